"""A copy of a library in one file, taken while it is in use, and a library made of such a file.

In: a library's folder, a file. Out: a zip archive with a consistent copy of every database and of what lies beside
them; a library whose indexes are made anew. Both are whole or not there: a kill leaves what was before. No model.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.rebuild import rebuild
from rag.errors import LibraryError, ReadError
from rag.library import Library
from rag.store import schema
from rag.store.writer import HOLDER

MANIFEST, FORMAT = "backup.json", 1
# The vectors' cache is made anew; locks, logs and who holds it belong to the running library.
_LEFT_OUT = ("chroma/", "errors.log", HOLDER)
_PASSING = (".lock", "-wal", "-shm", "-journal", ".new")
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, or a restored library: documents, files of the archive, its bytes."""

    documents: int
    files: int
    bytes: int


def backup(library: str | Path, file: str | Path) -> BackupReport:
    """Write a copy of the library to ``file``, which it replaces when the copy is whole."""
    path, target = Path(library), Path(file)
    opened = Library.open(path)  # tells what is no library
    documents = opened.counts()[0]
    opened.close()
    beside = target.with_name(target.name + ".new")
    hashes: dict[str, str] = {}
    try:
        with tempfile.TemporaryDirectory() as room, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in _kept(path):
                copied = _copy(path / name, Path(room) / "copy")
                hashes[name] = _digest(copied)
                archive.write(copied, name)
                copied.unlink()
            archive.writestr(MANIFEST, json.dumps({"format": FORMAT, "documents": documents, "sha256": hashes}))
        beside.chmod(0o600)  # it holds the documents' text, and the hashes of tokens
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return BackupReport(documents, len(hashes), target.stat().st_size)


def _kept(path: Path) -> Iterator[str]:
    for found in sorted(path.rglob("*")):
        name = found.relative_to(path).as_posix()
        if (
            found.is_file()
            and not found.is_symlink()
            and not name.startswith(_LEFT_OUT)
            and not name.endswith(_PASSING)
        ):
            yield name


def _copy(found: Path, to: Path) -> Path:
    """Copy a file; a database as its last commit left it, whoever writes to it meanwhile."""
    with found.open("rb") as head:
        database = head.read(len(_SQLITE)) == _SQLITE
    if not database:
        return Path(shutil.copyfile(found, to))
    with closing(sqlite3.connect(found)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    return to


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def restore(file: str | Path, library: str | Path) -> BackupReport:
    """Make a library of a backup, where there is none yet. `ReadError` for a file that is no whole backup."""
    path, archive = Path(library), Path(file)
    if path.exists() and any(path.iterdir()):
        raise LibraryError(f"{path} is not empty; restore to another folder: --library NEW")
    beside = path.with_name(path.name + ".restoring")
    shutil.rmtree(beside, ignore_errors=True)  # what a kill left
    beside.mkdir(parents=True)
    try:
        files = _unpack(archive, beside)
        report = rebuild(beside)
        if path.exists():
            path.rmdir()
        beside.replace(path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return BackupReport(report.documents, files, archive.stat().st_size)


def _unpack(archive: Path, to: Path) -> int:
    """Write the files that the manifest names, and no others, each with the hash it names."""
    try:
        with zipfile.ZipFile(archive) as opened:
            manifest = json.loads(opened.read(MANIFEST))
            if manifest["format"] != FORMAT:
                raise ReadError(f"{archive} is a backup of another version of Footnote")
            for name, sha256 in manifest["sha256"].items():
                _write(opened, name, to, sha256)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, AttributeError, TypeError) as error:
        raise ReadError(f"{archive} is no whole backup of a library ({error})") from error
    if not schema.database(to).is_file():
        raise ReadError(f"{archive} holds no library")
    return len(manifest["sha256"])


def _write(opened: zipfile.ZipFile, name: str, to: Path, sha256: str) -> None:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name:
        raise ValueError(f"it names a file outside: {name!r}")
    target = to.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(name) as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    target.chmod(0o600)
    if _digest(target) != sha256:
        raise ValueError(f"{name} is damaged")
