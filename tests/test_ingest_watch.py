"""Watching a folder: a change is in the library soon after, and trouble does not end the watch."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline import IngestReport
from ingest.watch import watch
from rag.errors import PruneNeeded, RagError
from rag.library import Library
from tests.ingest_support import EMBEDDER, SETTINGS, write


@pytest.fixture
def reports(tmp_path: Path) -> Iterator[queue.Queue[IngestReport | RagError]]:
    write(tmp_path / "docs", {"a.txt": "First.\n", "b.txt": "Second.\n"})
    told: queue.Queue[IngestReport | RagError] = queue.Queue()
    stop = threading.Event()
    thread = threading.Thread(
        target=watch,
        args=([tmp_path / "docs"], tmp_path / "docs" / "lib", EMBEDDER),
        kwargs={"settings": SETTINGS, "report": told.put, "stop": stop, "trouble": told.put},
    )
    thread.start()
    yield told
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def next_report(told: queue.Queue[IngestReport | RagError]) -> IngestReport:
    report = told.get(timeout=20)
    assert isinstance(report, IngestReport)
    return report


def test_changes_are_taken_in(tmp_path: Path, reports: queue.Queue[IngestReport | RagError]) -> None:
    assert next_report(reports).added == ("a.txt", "b.txt")
    write(tmp_path / "docs", {"c.txt": "Third.\n"})
    assert next_report(reports).added == ("c.txt",)
    (tmp_path / "docs" / "a.txt").unlink()
    assert next_report(reports).deleted == ("a.txt",)
    (tmp_path / "docs" / "b.txt").unlink()
    (tmp_path / "docs" / "c.txt").unlink()
    assert isinstance(reports.get(timeout=20), PruneNeeded)
    write(tmp_path / "docs", {"b.txt": "Second, again.\n", "c.txt": "Third.\n"})
    assert next_report(reports).updated == ("b.txt",)
    assert [d.source for d in Library.open(tmp_path / "docs" / "lib").documents()] == ["b.txt", "c.txt"]
