"""The file that a document was read from: where it lies, and its bytes if it is still the one that was read.

In: an entry of the ledger. Out: a path, bytes. `NotThere` says in one line why they cannot be had.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ReadError

if TYPE_CHECKING:
    from rag.library import FileRecord


class NotThere(ReadError):
    """The file on the disk is gone, or is not the one that was read. It may come back."""


def place_of(record: FileRecord) -> Path:
    """Where the file lay when it was read."""
    path = Path(record.root)
    return path / record.source if path.is_dir() else path  # a file that was ingested alone is its own root


def original(record: FileRecord, called: str) -> bytes:
    """The bytes that were read, and no others; ``called`` names the file in the message of an error."""
    path = place_of(record)
    try:
        found = path.stat()
        data = path.read_bytes() if stat.S_ISREG(found.st_mode) and found.st_size == record.size else b""
    except FileNotFoundError as error:
        raise NotThere(f"{called} is no longer where it was read") from error
    except OSError as error:
        raise NotThere(f"{called} cannot be opened ({error.strerror})") from error
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise NotThere(f"{called} has changed since it was read; run `rag ingest` again")
    return data
