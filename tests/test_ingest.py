"""Ingest: what the folder holds is what the library says, after every kind of change."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from ingest.load import READERS
from ingest.pipeline import BATCHES_AHEAD, Progress, ingest
from ingest.prepare import file_fingerprint
from rag.config import Settings
from rag.errors import PruneNeeded, ReadError
from rag.library import Library
from tests import make_files as make
from tests.ingest_support import EMBEDDER, SETTINGS, STORY, clean_build, run, snapshot, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {f"d{n}.txt": f"Document number {n}.\n\nIt speaks of topic{n} and of nothing else.\n" for n in range(6)}
    return write(tmp_path / "docs", {**files, "story.txt": STORY})


@pytest.fixture
def lib(tmp_path: Path) -> Path:
    return tmp_path / "lib"


def test_a_first_ingest_adds_everything(folder: Path, lib: Path) -> None:
    report = run(folder, lib)
    assert report.added == (*(f"d{n}.txt" for n in range(6)), "story.txt")
    assert report.failed == report.updated == report.deleted == ()
    assert report.passages == Library.open(lib).stats().passages == report.embedded


def test_a_second_ingest_changes_nothing(folder: Path, lib: Path) -> None:
    run(folder, lib)
    before, generation = snapshot(lib), Library.open(lib).generation
    report = run(folder, lib)
    assert len(report.unchanged) == 7
    assert report.passages == 0
    assert (snapshot(lib), Library.open(lib).generation) == (before, generation)


def test_changes_end_in_the_library_of_a_clean_build(folder: Path, lib: Path, tmp_path: Path) -> None:
    run(folder, lib)
    write(folder, {"d1.txt": "Now it speaks of something new.\n", "sub/new.md": "# Fresh\n\nA new page.\n"})
    (folder / "d2.txt").unlink()
    (folder / "d3.txt").rename(folder / "moved.txt")
    report = run(folder, lib)
    assert report.updated == ("d1.txt",)
    assert report.added == ("moved.txt", "sub/new.md")
    assert report.deleted == ("d2.txt", "d3.txt")
    assert snapshot(lib) == clean_build(folder, tmp_path / "clean")


class Counting(type(EMBEDDER)):  # type: ignore[misc]
    """Counts the passages that the model reads."""

    def __init__(self) -> None:
        self.read = 0

    def embed_passages(self, texts, sentences):  # type: ignore[no-untyped-def]
        self.read += len(texts)
        return super().embed_passages(texts, sentences)


def test_a_moved_file_is_not_embedded_again(folder: Path, lib: Path) -> None:
    run(folder, lib)
    (folder / "deep").mkdir()
    (folder / "story.txt").rename(folder / "deep" / "tale.txt")
    counting = Counting()
    report = run(folder, lib, embedder=counting)
    assert (report.added, report.deleted) == (("deep/tale.txt",), ("story.txt",))
    assert counting.read == report.embedded == 0
    assert Library.open(lib).document_passages("deep/tale.txt")


def test_one_changed_paragraph_embeds_one_passage(lib: Path, tmp_path: Path) -> None:
    long = "\n\n".join(f"Paragraph {n} " + f"tells of matter{n} " * 12 + "and ends." for n in range(10))
    folder = write(tmp_path / "docs", {"long.txt": long})
    run(folder, lib)
    write(folder, {"long.txt": long.replace("matter7", "matterx")})
    assert run(folder, lib).embedded == 1


def test_equal_documents_are_both_kept_and_both_removed(lib: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", {"a.txt": STORY, "b.txt": STORY, "c.txt": "Other text.\n"})
    run(folder, lib)
    assert [d.source for d in Library.open(lib).documents()] == ["a.txt", "b.txt", "c.txt"]
    (folder / "a.txt").unlink()
    run(folder, lib)
    (folder / "b.txt").unlink()
    run(folder, lib)
    assert snapshot(lib) == clean_build(folder, tmp_path / "clean")


def test_an_emptied_folder_wipes_nothing_without_prune(folder: Path, lib: Path, tmp_path: Path) -> None:
    run(folder, lib)
    before = snapshot(lib)
    for file in folder.glob("*.txt"):
        file.unlink()
    with pytest.raises(PruneNeeded, match="--prune"):
        run(folder, lib)
    assert snapshot(lib) == before
    assert len(run(folder, lib, dry_run=True, prune=True).deleted) == 7
    assert len(run(folder, lib, prune=True).deleted) == 7
    assert Library.open(lib).documents() == []


def test_a_missing_folder_is_an_error(folder: Path, lib: Path) -> None:
    run(folder, lib)
    with pytest.raises(ReadError, match="nowhere"):
        run(folder.parent / "nowhere", lib)


def test_a_dry_run_writes_nothing(folder: Path, lib: Path) -> None:
    assert len(run(folder, lib, dry_run=True).added) == 7
    assert not lib.exists()
    run(folder, lib)
    before = snapshot(lib)
    write(folder, {"d1.txt": "Changed.\n", "n.txt": "New.\n"})
    (folder / "d2.txt").unlink()
    report = run(folder, lib, dry_run=True)
    assert (report.added, report.updated, report.deleted) == (("n.txt",), ("d1.txt",), ("d2.txt",))
    assert report.unchanged == ("d0.txt", "d3.txt", "d4.txt", "d5.txt", "story.txt")
    assert snapshot(lib) == before


def test_a_touched_file_is_unchanged(folder: Path, lib: Path) -> None:
    run(folder, lib)
    os.utime(folder / "d1.txt", (1_000_000, 1_000_000))
    assert len(run(folder, lib).unchanged) == 7


def test_a_change_that_keeps_size_and_second_is_seen(folder: Path, lib: Path) -> None:
    """A file that was written just before it was read is looked at again: its time proves nothing yet."""
    info = (folder / "d1.txt").stat()
    run(folder, lib)
    write(folder, {"d1.txt": (folder / "d1.txt").read_text().replace("nothing", "mothing")})
    os.utime(folder / "d1.txt", ns=(info.st_atime_ns, info.st_mtime_ns))
    assert run(folder, lib).updated == ("d1.txt",)


def test_two_folders_share_a_library(folder: Path, lib: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", {"far.txt": "A far document.\n", "d1.txt": "A twin by name.\n"})
    run(folder, lib)
    report = run(other, lib)
    assert report.added == ("far.txt",)
    assert report.deleted == ()
    assert [s for s, _ in report.failed] == ["d1.txt"]
    assert str(folder) in report.failed[0][1]
    assert len(run(folder, lib).unchanged) == 7


def test_a_folder_inside_an_ingested_one_keeps_its_sources(lib: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", {"a.txt": "First.\n", "sub/b.txt": "Second.\n", "sub/c.txt": "Third.\n"})
    run(folder, lib)
    (folder / "sub" / "c.txt").unlink()
    (folder / "a.txt").unlink()
    report = run(folder / "sub", lib)
    assert report.deleted == ("sub/c.txt",)
    assert report.unchanged == ("sub/b.txt",)


def test_a_folder_around_an_ingested_one_takes_it_over(lib: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", {"a.txt": "First.\n", "d.txt": "Fourth.\n", "sub/b.txt": "Second.\n"})
    run(folder / "sub", lib)
    report = run(folder, lib, prune=True)
    assert (report.added, report.deleted) == (("a.txt", "d.txt", "sub/b.txt"), ("b.txt",))
    assert snapshot(lib) == clean_build(folder, tmp_path / "clean")


def test_a_single_file_is_named_by_its_name(folder: Path, lib: Path) -> None:
    report = ingest([folder / "story.txt"], lib, EMBEDDER, settings=SETTINGS)
    assert report.added == ("story.txt",)
    report = run(folder, lib)
    assert report.unchanged == ("story.txt",)
    assert len(report.added) == 6


def test_a_folder_that_moved_as_a_whole_keeps_its_library(folder: Path, lib: Path, tmp_path: Path) -> None:
    run(folder, lib)
    folder.rename(tmp_path / "elsewhere")
    report = run(tmp_path / "elsewhere", lib)
    assert len(report.unchanged) == 7
    assert (tmp_path / "elsewhere" / "d1.txt").exists()
    (tmp_path / "elsewhere" / "d1.txt").unlink()
    assert run(tmp_path / "elsewhere", lib).deleted == ("d1.txt",)


def test_stop_commits_what_was_read_and_goes_on_later(folder: Path, lib: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def progress(p: Progress) -> None:
        stop.set()

    report = run(folder, lib, progress=progress, stop=stop, batch=1)
    assert report.interrupted
    # The first file, and the batches that the model had in hand when it was told to stop.
    assert report.added in [tuple(f"d{n}.txt" for n in range(m)) for m in range(1, 2 + BATCHES_AHEAD)]
    assert [d.source for d in Library.open(lib).documents()] == list(report.added)
    assert len(run(folder, lib).added) == 7 - len(report.added)
    assert snapshot(lib) == clean_build(folder, tmp_path / "clean")


def test_stop_after_the_last_file_interrupts_nothing(folder: Path, lib: Path) -> None:
    stop = threading.Event()
    report = run(folder, lib, progress=lambda p: stop.set(), stop=stop)
    assert not report.interrupted
    assert len(report.added) == 7


def test_ragignore(lib: Path, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "docs",
        {
            ".ragignore": "# not these\nREADME.md\n*.bak\nold/*\ndrafts/\n",
            "a.txt": "One.\n", "README.md": "No.\n", "b.bak": "No.\n", "old/c.txt": "No.\n",
            "sub/drafts/d.txt": "No.\n", "sub/old/e.txt": "Two.\n",
        },
    )  # fmt: skip
    assert run(folder, lib).added == ("a.txt", "sub/old/e.txt")
    write(folder, {".ragignore": "a.txt"})
    report = run(folder, lib)
    assert report.deleted == ("a.txt",)
    assert len(report.added) == 4


def test_progress_ends_at_its_total(folder: Path, lib: Path) -> None:
    seen: list[Progress] = []
    run(folder, lib, progress=seen.append)
    assert [p.files for p in seen] == [1, 2, 3, 4, 5, 6, 7, 7]
    assert {p.files_total for p in seen} == {7}
    assert seen[-1].passages == Library.open(lib).stats().passages


def test_a_file_that_grew_readable_is_read(lib: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", {"a.txt": "Text.\n", "b.bin": b"\0\1\2\3" * 100})
    assert [s for s, _ in run(folder, lib).failed] == ["b.bin"]
    assert [s for s, _ in run(folder, lib).failed] == ["b.bin"]
    write(folder, {"b.bin": "Now it is text.\n"})
    report = run(folder, lib)
    assert report.failed == ()
    assert report.added + report.updated == ("b.bin",)


def test_a_larger_limit_tries_again(lib: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", {"big.txt": "word " * 300_000})
    small = Settings(max_file_mb=1)
    assert "max_file_mb" in run(folder, lib, settings=small).failed[0][1]
    assert run(folder, lib, settings=Settings(max_file_mb=2)).failed == ()


def test_a_library_inside_its_folder_is_not_read(folder: Path) -> None:
    run(folder, folder / "library")
    assert run(folder, folder / "library").added == ()


def test_what_of_a_document_was_not_read_is_kept_with_it(lib: Path, tmp_path: Path) -> None:
    inner = make.packed({"a.txt": "A text of some words.", "b.bin": b"\0\1" * 99})
    folder = write(tmp_path / "docs", {"a.zip": inner, "c.txt": "All of it is read."})
    reason = "b.bin: no reader for .bin files (not text: it holds binary data)"
    assert run(folder, lib).failed == (("a.zip", reason),)
    library = Library.open(lib)
    assert library.stats().failed == (("a.zip", reason),)
    assert [d.metadata.get("unread") for d in library.documents()] == [reason, None]


def test_a_container_is_read_again_when_any_reader_changes() -> None:
    before = file_fingerprint("a.zip", SETTINGS, EMBEDDER)
    assert str(sum(r.version for r in READERS)) in before
    assert file_fingerprint("b.zip", SETTINGS, EMBEDDER) == before != file_fingerprint("a.txt", SETTINGS, EMBEDDER)
