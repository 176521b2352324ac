"""A reading process that dies or is too slow says nothing of the file: what was read stays, it is tried again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ingest.prepare import prepare
from ingest.scan import scan
from ingest.worker import Worker
from rag.config import Settings
from rag.library import Library
from tests import make_files as make
from tests.ingest_support import EMBEDDER, SETTINGS, clean_build, run, snapshot, write

NO_TIME = replace(SETTINGS, max_seconds=0)


def page(word: str) -> bytes:
    return make.pdf([make.column([f"The {word} stands at the end of the quay."])])


def test_the_version_read_before_stands_until_the_next_time(tmp_path: Path) -> None:
    folder, lib = write(tmp_path / "docs", {"a.pdf": page("crane"), "b.txt": "A text.\n"}), tmp_path / "lib"
    run(folder, lib)
    write(folder, {"a.pdf": page("lighthouse")})
    report = run(folder, lib, settings=NO_TIME)
    [(source, reason)] = report.failed
    assert source == "a.pdf"
    assert reason.startswith("not read within max_seconds = 0")
    assert reason.endswith("the version read before is kept, and it is tried again next time")
    assert report.deleted == ()
    assert "crane" in Library.open(lib).text("a.pdf")
    report = run(folder, lib)
    assert "a.pdf" in report.updated
    assert report.failed == ()
    assert snapshot(lib) == clean_build(folder, tmp_path / "clean")


def test_a_file_that_was_never_read_is_tried_each_time(tmp_path: Path) -> None:
    folder, lib = write(tmp_path / "docs", {"a.pdf": page("crane")}), tmp_path / "lib"
    assert dict(run(folder, lib, settings=NO_TIME).failed).keys() == {"a.pdf"}
    assert Library.open(lib).stats().failed[0][0] == "a.pdf"
    library = Library.open(lib)
    [held] = library.files().values()
    assert (held.sha256, held.mtime_ns) == ("", 0)  # nothing by which it would seem unchanged
    assert run(folder, lib).updated == ("a.pdf",)


def test_a_process_that_died_is_no_verdict_on_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.pdf": page("crane"), "b.pdf": page("lighthouse")})
    first, second = scan([tmp_path], {}, tmp_path / "lib").found.values()
    with Worker(Settings()) as worker:
        prepare(first, SETTINGS, EMBEDDER, worker)
        assert worker._process is not None
        worker._process.kill()
        worker._process.wait()
        lost = prepare(second, SETTINGS, EMBEDDER, worker)
        assert (lost.again, lost.documents, lost.file.sha256) == (True, (), "")
        assert "signal 9" in str(lost.file.error)
        assert prepare(second, SETTINGS, EMBEDDER, worker).documents
