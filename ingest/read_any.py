"""Which reader a file needs, by its first bytes before its name, and archives of such files.

In: bytes and a name. Out: the readings of the reader that fits. Containers inside containers are opened a few levels
deep, and what they expand to is counted over all levels.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from ingest.load import READERS, TEXT, Limits, Reader, Reading, reader_for
from ingest.zips import entries, member, open_zip
from rag.errors import ReadError

DEEPEST = 3
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of old Office files, and of new ones with a password
_BY_NAME = {reader.name: reader for reader in READERS}


def is_plain(data: bytes, name: str) -> bool:
    """Say whether a file is text that needs no parser: it can be read where a crash would matter."""
    if data.startswith(b"PK\x03\x04"):
        return False
    reader = choose(data, name)
    return reader is None or not reader.isolated


def choose(data: bytes, name: str) -> Reader | None:
    """Return the reader for a file: a signature outweighs the name, and text of unknown ending is text."""
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _BY_NAME["pdf"]
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data)
    named = reader_for(name)
    head = data[:512].lstrip().lower()
    for sign, kind in ((b"{\\rtf", "rtf"), (b"begin:vcalendar", "cards"), (b"begin:vcard", "cards")):
        if head.startswith(sign):
            return _BY_NAME[kind]
    if head.startswith((b"<!doctype html", b"<html")) and (named is None or named.name in {"pdf", "docx", "text"}):
        return _BY_NAME["html"]
    return named


def _zip_kind(data: bytes) -> Reader:
    names = set(open_zip(data).namelist())
    for sign, kind in (
        ("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("ppt/presentation.xml", "pptx"),
        ("META-INF/container.xml", "epub"),
    ):  # fmt: skip
        if sign in names:
            return _BY_NAME[kind]
    if {"content.xml", "META-INF/manifest.xml"} <= names:
        return _BY_NAME["odf"]
    if "[Content_Types].xml" in names or "Index/Document.iwa" in names:
        raise ReadError("no reader for this kind of Office file; save it as .docx, .xlsx, .pptx or .pdf")
    return _BY_NAME["zip"]


def read_any(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read one file with the reader that fits. `ReadError` says why none does."""
    if not data.strip():
        raise ReadError("empty")
    if data.startswith(_OLE):
        raise ReadError(
            "encrypted, or of a kind before 2007: save it without a password as .docx, .xlsx, .pptx or .eml to read it"
        )
    reader = choose(data, name)
    if reader is not None:
        return reader.load()(data, name, limits)
    try:
        return TEXT.load()(data, name, limits)
    except ReadError as error:
        ending = posixpath.splitext(name)[1]
        raise ReadError(f"no reader for {ending or 'such'} files ({error})") from error


def read_inside(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a file that lies in a container, within the limits of all containers around it."""
    return read_any(data, name, deeper(data, limits))


def deeper(data: bytes, limits: Limits) -> Limits:
    """Return the limits for a file that was taken out of a container; `ReadError` when it is one too many."""
    limits.expanded[0] += len(data)
    if limits.depth >= DEEPEST:
        raise ReadError(f"archives nested more than {DEEPEST} deep")
    if limits.expanded[0] > limits.settings.max_expanded_mb << 20:
        raise ReadError(f"it expands to more than max_expanded_mb = {limits.settings.max_expanded_mb}")
    return replace(limits, depth=limits.depth + 1)


def read_zip(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read every file of an archive; each is a document named by its path inside."""
    opened = open_zip(data)
    left = limits.settings.max_expanded_mb << 20
    readings: list[Reading] = []
    warnings: list[str] = []
    for path, info in entries(opened):
        try:
            content = member(opened, info, left, limits)
            left -= len(content)
            for reading in read_inside(content, path, limits):
                inside = f"{path}/{reading.member}" if reading.member else path
                readings.append(replace(reading, member=inside))
        except ReadError as error:
            reason = str(error)
            warnings.append(reason if reason.startswith(path) else f"{path}: {reason}")
            if left <= 0:
                break
    if not readings:
        raise ReadError("; ".join(warnings) or "an archive without files")
    return [replace(readings[0], warnings=(*readings[0].warnings, *warnings)), *readings[1:]]
