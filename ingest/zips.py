"""Zip containers opened with care: what they would expand to is counted before anything is unpacked.

In: the bytes of a container. Out: members' bytes, or `ReadError`. Sizes in a header can lie, so unpacking stops at the
limit as well.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from ingest.load import Limits
from rag.errors import ReadError

MOST_MEMBERS = 10_000
# What the office libraries raise on damaged files, besides errors of their own.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, AttributeError, IndexError, TypeError, SyntaxError,
    OverflowError, NotImplementedError,
)  # fmt: skip


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Open a container; `ReadError` when it is damaged or has too many members."""
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except (*DAMAGE, OSError, struct.error) as error:
        raise ReadError(f"a damaged zip file ({error})") from error
    if len(opened.infolist()) > MOST_MEMBERS:
        raise ReadError(f"more than {MOST_MEMBERS:,} files in one archive")
    return opened


def entries(opened: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Each file of an archive under the path that names its document; hidden ones are left out."""
    for info in opened.infolist():
        parts = [p for p in info.filename.replace("\\", "/").split("/") if p not in {"", ".", ".."}]
        if parts and not info.is_dir() and not any(p.startswith((".", "__MACOSX")) for p in parts):
            yield "/".join(parts), info


def check_expansion(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """Open a container and refuse it when its members are larger than ``max_expanded_mb`` altogether."""
    opened = open_zip(data)
    size = sum(info.file_size for info in opened.infolist())
    if size > limits.settings.max_expanded_mb << 20:
        raise ReadError(_too_large(limits))
    return opened


def member(opened: zipfile.ZipFile, info: zipfile.ZipInfo | str, left: int, limits: Limits) -> bytes:
    """Unpack one member of at most ``left`` bytes."""
    name = info if isinstance(info, str) else info.filename
    try:
        with opened.open(info) as file:
            data = file.read(left + 1)
    except RuntimeError as error:
        raise ReadError(f"{name}: encrypted") from error
    except (*DAMAGE, OSError, struct.error) as error:
        raise ReadError(f"{name}: damaged ({error})") from error
    if len(data) > left:
        raise ReadError(_too_large(limits))
    return data


def _too_large(limits: Limits) -> str:
    return f"it expands to more than max_expanded_mb = {limits.settings.max_expanded_mb}; raise that setting to read it"
