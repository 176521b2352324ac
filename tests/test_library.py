"""The library: what goes in comes out exactly, both searches find it, and every refusal says what to type."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from rag.errors import FingerprintMismatch, LibraryError, LibraryLocked, UnknownSource
from rag.library import Library
from rag.text import content_words
from tests.ingest_support import EMBEDDER, STORY, run, write
from tests.support import ROOT, SEEDS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "docs", {"story.txt": STORY, "sub/gonzález.txt": "El señor González llegó a Lima en 1999.\n"}
    )


@pytest.fixture
def library(folder: Path, tmp_path: Path) -> Library:
    run(folder, tmp_path / "lib")
    return Library.open(tmp_path / "lib", EMBEDDER.fingerprint)


def test_every_span_is_verbatim(library: Library) -> None:
    for document in library.documents():
        text = library.text(document.source)
        assert document.length == len(text)
        stored = library.document_passages(document.source)
        assert stored
        for p in stored:
            assert text[p.passage.start : p.passage.end] == p.passage.text
            assert p.sentences
            assert all(p.passage.start <= s.start < s.end <= p.passage.end for s in p.sentences)
            assert p.sentence_vectors.shape == (len(p.sentences), EMBEDDER.dimensions)
            assert np.linalg.norm(p.vector) == pytest.approx(1, abs=1e-5)


def test_sections_and_titles(library: Library) -> None:
    first, second = library.document_passages("story.txt")
    assert first.passage.title == "The Lighthouse"
    assert (first.section, second.section) == ("", "The storm of 1911")
    assert second.passage.text.startswith("The storm of 1911\n\nIn March")
    assert [s.of(library.text("story.txt")) for s in second.sentences] == [
        "In March 1911 a storm broke the lamp.",
        "Mara burned oil in a bucket until the morning.",
        "No ship was lost.",
    ]


def test_dense_finds_the_passage_of_its_own_vector(library: Library) -> None:
    for p in library.document_passages("story.txt"):
        (best, cosine), *_ = library.dense(p.vector, 2)
        assert best == p.passage.id
        assert cosine == pytest.approx(1, abs=1e-3)


def test_lexical_finds_inflected_and_unaccented_words(library: Library) -> None:
    [(found, score)] = library.lexical(content_words("Gonzalez"), 5)
    assert library.passages([found])[0].passage.source == "sub/gonzález.txt"
    assert score > 0
    ids = [i for i, _ in library.lexical(content_words("storms burning"), 5)]
    assert library.passages(ids[:1])[0].section == "The storm of 1911"


@pytest.mark.parametrize("term", ['"', "AND", "a*", "NEAR(x", "stems:mara", "", " ", "\0", "(", "'"])
def test_lexical_takes_any_term_literally(library: Library, term: str) -> None:
    assert library.lexical([term], 5) == []
    assert library.lexical([term, "mara"], 5)


def test_term_counts(library: Library) -> None:
    assert library.term_counts(["mara", "storm", "nowhere"]) == {"mara": 2, "storm": 1, "nowhere": 0}


def test_passages_keep_the_order_asked_for_and_drop_unknown_ids(library: Library) -> None:
    ids = [p.passage.id for p in library.document_passages("story.txt")]
    assert [p.passage.id for p in library.passages([ids[1], "gone", ids[0]])] == [ids[1], ids[0]]


def test_stats(library: Library) -> None:
    stats = library.stats()
    assert (stats.documents, stats.passages, stats.fingerprint) == (2, 3, EMBEDDER.fingerprint)
    assert stats.sentences == sum(
        len(p.sentences) for d in library.documents() for p in library.document_passages(d.source)
    )
    assert stats.bytes > 0


def test_an_absent_library_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="rag ingest FOLDER"):
        Library.open(tmp_path / "none")


def test_a_folder_of_something_else_is_not_a_library(tmp_path: Path) -> None:
    write(tmp_path, {"library.sqlite3": b"not a database, but as long as one needs to be" * 50})
    with pytest.raises(LibraryError, match="rag doctor"):
        Library.open(tmp_path)


def test_another_model_is_refused_with_the_command_that_mends(library: Library) -> None:
    with pytest.raises(FingerprintMismatch, match="rag rebuild"):
        Library.open(library.path, "other:1")
    with pytest.raises(FingerprintMismatch, match="rag rebuild"), Library.writer(library.path, "other:1"):
        pass


def test_unknown_source_names_the_nearest(library: Library) -> None:
    with pytest.raises(UnknownSource, match=r"story\.txt"):
        library.document("storry.txt")
    with pytest.raises(UnknownSource):
        library.text("nothing like it")
    with pytest.raises(UnknownSource):
        library.document_passages("nothing like it")


def test_a_second_writer_is_told_who_holds_the_library(library: Library) -> None:
    code = (
        "import sys, time; from rag.library import Library\n"
        f"with Library.writer({str(library.path)!r}, {EMBEDDER.fingerprint!r}): print('in', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        with pytest.raises(LibraryLocked, match=str(other.pid)), Library.writer(library.path, EMBEDDER.fingerprint):
            pass
    finally:
        other.kill()
        other.wait()
    with Library.writer(library.path, EMBEDDER.fingerprint) as writer:
        assert set(writer.files()) == {"story.txt", "sub/gonzález.txt"}


def test_a_reader_sees_what_another_process_commits(library: Library, folder: Path) -> None:
    question = EMBEDDER.embed_query("zeppelin moored above the harbour")
    before = library.generation
    found = [p.passage.text for p in library.passages([i for i, _ in library.dense(question, 3)])]
    assert len(found) == 3
    assert not any("zeppelin" in text for text in found)
    write(folder, {"new.txt": "A zeppelin moored above the harbour.\n"})
    (folder / "story.txt").unlink()
    code = (
        "import sys; from pathlib import Path; from tests.ingest_support import run\n"
        f"print(len(run(Path({str(folder)!r}), Path({str(library.path)!r})).added))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "1\n"
    assert library.generation > before
    ids = [i for i, _ in library.dense(question, 5)]
    assert library.passages(ids[:1])[0].passage.source == "new.txt"
    assert len(library.passages(ids)) == len(ids) == 2


def test_rows_that_chroma_has_not_heard_of_are_found(library: Library) -> None:
    """A kill between the commit and Chroma leaves the outbox full: a reader answers from SQLite all the same."""
    with library._connection() as c:
        c.execute("PRAGMA query_only = OFF")
        c.execute("UPDATE passages SET generation = 2")
        c.execute("UPDATE meta SET value = '2' WHERE key = 'generation'")
    wanted = library.document_passages("story.txt")[1]
    cache = library._near._opened()[0]
    assert cache is not None
    cache.forget([wanted.passage.id])
    (best, cosine), *_ = library.dense(wanted.vector, 1)
    assert best == wanted.passage.id
    assert cosine == pytest.approx(1, abs=1e-3)


def test_many_threads_read_at_once(library: Library) -> None:
    wanted = library.document_passages("story.txt")[0]
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(20):
            if library.dense(wanted.vector, 1)[0][0] != wanted.passage.id or not library.lexical(["mara"], 3):
                wrong.append(1)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_an_empty_library_answers_with_nothing(tmp_path: Path) -> None:
    run(write(tmp_path / "docs", {"empty.txt": ""}), tmp_path / "lib")
    library = Library.open(tmp_path / "lib")
    assert library.documents() == []
    assert library.dense(EMBEDDER.embed_query("anything"), 5) == []
    assert library.lexical(["anything"], 5) == []
    assert library.stats().failed == (("empty.txt", "empty"),)


def test_closing_releases_and_reopens(library: Library) -> None:
    library.close()
    assert library.documents()
    library.close()


def test_the_sample_document(tmp_path: Path) -> None:
    run(SEEDS, tmp_path / "lib")
    library = Library.open(tmp_path / "lib")
    [source] = [d.source for d in library.documents() if d.source.startswith("000_")]
    document = library.document(source)
    assert document.date == "2024-02-05"
    assert document.language == "en"
    text = library.text(source)
    assert text == (SEEDS / source).read_text(encoding="utf-8")
    stored = library.document_passages(source)
    first, second, *_ = stored[0].sentences
    assert first.of(text) == "date 2024-02-05"
    assert second.of(text).startswith("Foreign Affairs Minister")
    assert {p.section for p in stored} == {
        "",
        "Strengthening International Cooperation",
        "Key Aspects of the Agreements",
        "Request for Support from the United States",
    }
    assert document.title == "Foreign Affairs Minister Javier Gonzalez-Olaechea elucidated…"
