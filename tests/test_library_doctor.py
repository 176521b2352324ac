"""Doctor and rebuild: every kind of damage is named with its remedy, and the remedy works."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingest.doctor import Diagnosis, examine
from ingest.rebuild import rebuild
from rag.config import Settings
from rag.engine import Engine
from rag.errors import LibraryError
from rag.library import Library
from rag.store import schema
from rag.store.vectors import VectorCache, cache_folder
from rag.text import content_words
from tests.ingest_support import EMBEDDER, STORY, run, snapshot, write
from tests.support import HashEmbedder


@pytest.fixture
def lib(tmp_path: Path) -> Path:
    run(write(tmp_path / "docs", {"a.txt": STORY, "b.txt": "The other text speaks of mills.\n"}), tmp_path / "lib")
    return tmp_path / "lib"


def bad(diagnosis: Diagnosis) -> list[str]:
    return [c.name for c in diagnosis.checks if not c.ok]


def sql(lib: Path, *statements: str) -> None:
    c = schema.connect(lib, write=True)
    for statement in statements:
        c.execute(statement)
    c.close()


def test_a_whole_library_is_well(lib: Path) -> None:
    diagnosis = examine(lib)
    assert diagnosis.ok
    names = ["database", "values", "spans", "full text", "words", "outbox", "vectors", "nearest"]
    assert [c.name for c in diagnosis.checks] == names


def test_no_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="rag ingest"):
        examine(tmp_path)
    with pytest.raises(LibraryError, match="rag ingest"):
        rebuild(tmp_path)


def test_a_lost_full_text_row(lib: Path) -> None:
    sql(lib, "DELETE FROM search WHERE rowid = 1")
    assert bad(examine(lib)) == ["full text"]
    rebuild(lib)
    assert examine(lib).ok
    assert Library.open(lib).lexical(content_words("lighthouse"), 5)


def test_a_lost_vector_and_a_stranger(lib: Path) -> None:
    cache = VectorCache(lib, "passages-1", EMBEDDER.fingerprint)
    cache.forget(list(cache.ids())[:1])
    cache.upsert([1], ["stranger"], EMBEDDER.embed_query("x")[None, :])
    cache.close()
    diagnosis = examine(lib)
    assert bad(diagnosis) == ["vectors"]
    assert all("rag rebuild" in c.remedy for c in diagnosis.checks if not c.ok)
    rebuild(lib)
    assert examine(lib).ok


def test_a_swapped_vector(lib: Path) -> None:
    cache = VectorCache(lib, "passages-1", EMBEDDER.fingerprint)
    for i in list(cache.ids()):
        cache.upsert([1], [i], EMBEDDER.embed_query(f"wrong {i}")[None, :])
    cache.close()
    assert bad(examine(lib)) == ["nearest"]


@pytest.mark.parametrize("damage", ["missing", "garbage", "empty"])
def test_damaged_chroma_files(lib: Path, damage: str) -> None:
    before = snapshot(lib)
    folder = cache_folder(lib, "passages-1")
    if damage == "missing":
        shutil.rmtree(folder)
    else:
        for file in folder.rglob("*"):
            if file.is_file():
                file.write_bytes(b"\xff" * 5000 if damage == "garbage" else b"")
    assert not examine(lib).ok
    report = rebuild(lib)
    assert (report.documents, report.passages, report.embedded) == (2, len(before.passages), 0)
    assert examine(lib).ok
    assert snapshot(lib) == before


def test_damaged_passages_and_database(lib: Path) -> None:
    sql(lib, "UPDATE passages SET text = 'forged' WHERE row = 1")
    assert bad(examine(lib)) == ["spans", "words"]
    data = bytearray((lib / "library.sqlite3").read_bytes())
    data[4096 * 2 : 4096 * 8] = b"\xff" * 4096 * 6
    (lib / "library.sqlite3").write_bytes(data)
    assert "database" in bad(examine(lib))


def test_rebuild_replaces_the_old_collection_under_an_open_reader(lib: Path) -> None:
    reader = Library.open(lib)
    wanted = reader.document_passages("a.txt")[1]
    assert reader.dense(wanted.vector, 1)[0][0] == wanted.passage.id
    rebuild(lib)
    assert [f.name for f in (lib / "chroma").iterdir()] == ["passages-2"]
    assert reader.dense(wanted.vector, 1)[0][0] == wanted.passage.id
    assert run(lib.parent / "docs", lib).unchanged == ("a.txt", "b.txt")


class Small(HashEmbedder):
    """Another model, with a smaller window and longer vectors."""

    fingerprint = "hash:2"
    dimensions = 96
    max_tokens = 12


def test_rebuild_with_another_model(lib: Path) -> None:
    report = rebuild(lib, Small())
    assert report.embedded == report.passages
    assert examine(lib).ok
    library = Library.open(lib, "hash:2")
    for source in ("a.txt", "b.txt"):
        text = library.text(source)
        for p in library.document_passages(source):
            assert text[p.passage.start : p.passage.end] == p.passage.text
            assert Small().count_tokens(p.passage.text) <= 12
            assert p.sentence_vectors.shape == (len(p.sentences), 96)
            assert library.dense(p.vector, 1)[0][1] == pytest.approx(1, abs=1e-3)
    assert run(lib.parent / "docs", lib, embedder=Small()).failed == ()


class Broken(Small):
    """Fails while it embeds."""

    def embed_passages(self, texts, sentences):  # type: ignore[no-untyped-def]
        raise RuntimeError("out of memory")


def test_a_rebuild_that_fails_leaves_the_old_library(lib: Path) -> None:
    before = snapshot(lib)
    with pytest.raises(RuntimeError, match="out of memory"):
        rebuild(lib, Broken())
    assert snapshot(lib) == before
    assert Library.open(lib, EMBEDDER.fingerprint).dense(EMBEDDER.embed_query("storm"), 1)


# Each way to damage a library, what the doctor calls it, and what the engine says.
DAMAGES = {
    "a date that is none": ("UPDATE documents SET date = 'soon'", "values", "is damaged"),
    "a generation that is text": ("UPDATE meta SET value = 'many' WHERE key = 'generation'", "values", "is damaged"),
    "metadata that is no JSON": ("UPDATE documents SET metadata = '{'", "values", "is damaged"),
    "vectors of another length": (
        "UPDATE passages SET vectors = substr(vectors, 1, length(vectors) / 2)", "library", "damaged",
    ),
    "vectors cut in a number": ("UPDATE passages SET vectors = substr(vectors, 2)", "values", "damaged"),
    "bytes that are no text": ("UPDATE passages SET text = CAST(x'ff00fe' AS TEXT)", "spans", "is damaged"),
    "another text of the passage": ("UPDATE passages SET text = replace(text, 'e', 'o')", "spans", "is damaged"),
    "another text of the document": ("UPDATE documents SET text = replace(text, 'e', 'o')", "spans", "is damaged"),
    "an emptied index": ("DELETE FROM search", "full text", "rag rebuild"),
    "an index without its words": ("DELETE FROM search_data WHERE id > 10", "words", "run `rag"),
    "an index of other words": ("UPDATE search SET stems = 'nothing'", "words", ""),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_library_is_called_that_and_never_refuses(damage: str, lib: Path) -> None:
    statement, name, said = DAMAGES[damage]
    settings = Settings.load(environ={}, library=str(lib), reader="none")
    sql(lib, statement)
    assert name in bad(examine(lib)) or "database" in bad(examine(lib))
    if said:
        with pytest.raises(LibraryError, match=said):
            Engine.open(settings, embedder=EMBEDDER).ask("What does the other text speak of?")
