"""A library copied while it is in use, and restored; kills and damage leave nothing half done."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from eval.checks import OWN, engine_over
from ingest.backup import MANIFEST, backup, restore
from ingest.doctor import examine
from rag.config import Settings
from rag.engine import Engine
from rag.errors import LibraryError, ReadError
from rag.library import Library
from tests.support import HashEmbedder, offline_environment
from ui.doors.tokens import Tokens

QUESTION = "How many passengers did Sandvik Ferries carry in 2023?"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine_over(OWN / "first", tmp_path_factory.mktemp("backup") / "library", HashEmbedder())


@pytest.fixture(scope="module")
def copy(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup taken while another holds the library for writing and has begun to delete."""
    file = tmp_path_factory.mktemp("copy") / "copy.zip"
    Tokens(engine.settings.library).new("lamp", ("ask",))
    with Library.writer(engine.settings.library, HashEmbedder.fingerprint) as writer:
        writer.connection.execute("BEGIN IMMEDIATE")
        writer.connection.execute("DELETE FROM passages")
        report = backup(engine.settings.library, file)
        writer.connection.execute("ROLLBACK")
    assert report.documents == 3
    return file


def test_a_copy_taken_in_use_restores_to_the_same_library(engine: Engine, copy: Path, tmp_path: Path) -> None:
    assert copy.stat().st_mode & 0o077 == 0
    made = tmp_path / "made"
    assert restore(copy, made).documents == 3
    assert examine(made).ok
    again = Engine.open(Settings.load(environ={}, library=str(made), reader="none"), embedder=HashEmbedder())
    first, second = engine.ask(QUESTION), again.ask(QUESTION)
    assert (first.text, first.citations) == (second.text, second.citations)
    assert [t.name for t in Tokens(made).all()] == ["lamp"]
    with pytest.raises(LibraryError, match="not empty"):
        restore(copy, made)


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_a_kill_leaves_a_whole_library_or_none_and_the_next_try_makes_it(
    seconds: float, copy: Path, tmp_path: Path
) -> None:
    made, beside = tmp_path / "made", tmp_path / "made.restoring"
    code = f"import ingest.backup as b; b.restore({str(copy)!r}, {str(made)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], env=offline_environment())
    try:
        until = time.monotonic() + 60
        while not beside.exists() and not made.exists() and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(seconds)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    if not made.exists():
        assert restore(copy, made).documents == 3
    assert examine(made).ok
    assert not beside.exists()


def _damaged(copy: Path, file: Path, kind: str) -> None:
    with zipfile.ZipFile(copy) as whole, zipfile.ZipFile(file, "w") as broken:
        for name in whole.namelist():
            data = whole.read(name)
            if kind == "bytes" and name.endswith(".sqlite3"):
                data = data[:-1] + bytes([data[-1] ^ 1])
            if kind == "outside" and name == MANIFEST:
                data = data.replace(b'"library.sqlite3"', b'"../library.sqlite3"')
            broken.writestr(name, data)


@pytest.mark.parametrize(("kind", "said"), [("bytes", "damaged"), ("outside", "outside"), ("none", "no whole backup")])
def test_a_damaged_copy_is_refused_and_leaves_nothing(kind: str, said: str, copy: Path, tmp_path: Path) -> None:
    file = tmp_path / "broken.zip"
    if kind == "none":
        file.write_bytes(copy.read_bytes()[:2000])
    else:
        _damaged(copy, file, kind)
    with pytest.raises(ReadError, match=said):
        restore(file, tmp_path / "made")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["broken.zip"]
