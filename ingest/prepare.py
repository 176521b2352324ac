"""One file becomes what the library stores of it, vectors aside.

In: a file found on the disk. Out: `Prepared`: its ledger entry, and its documents cut into passages. A file that
cannot be read becomes an entry with a reason, never an exception. It neither embeds nor writes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from ingest import split as splitter
from ingest.describe import detect_language, iso_date, lead_of, title_for
from ingest.language import language_code
from ingest.load import CONTAINERS, READERS, RECOGNISED, TEXT, Limits, Reading, named, reader_for
from ingest.read_any import is_plain, read_any
from ingest.recognise import engine_of
from ingest.scan import Found
from ingest.worker import Worker
from rag.config import Settings
from rag.errors import ReaderLost, ReadError
from rag.library import FileRecord
from rag.models import Embedder
from rag.types import Document, Grid


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document, its canonical text, its passages and its tables."""

    document: Document
    text: str
    pieces: tuple[splitter.Piece, ...]
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file ready to be embedded. ``again``: the disk or the reading process failed and nothing is known of the
    content, so what was read before stands, and the file is tried again next time even when it seems unchanged."""

    file: FileRecord
    documents: tuple[PreparedDocument, ...] = ()
    again: bool = False

    @property
    def size(self) -> int:
        """The number of passages."""
        return sum(len(d.pieces) for d in self.documents)


def file_fingerprint(source: str, settings: Settings, embedder: Embedder) -> str:
    """Name everything but the bytes that decides what is stored of a file, so that a change of it is noticed."""
    reader = reader_for(source) or TEXT
    # A container holds files of any kind.
    version = sum(r.version for r in READERS) if reader.name in CONTAINERS else reader.version
    limits = f"{settings.max_file_mb},{settings.max_pages},{settings.max_seconds},{settings.max_expanded_mb},"
    limits += str(settings.max_memory_mb)
    engine = engine_of(settings) if reader.name in RECOGNISED else ""
    limits += f" {engine}" * bool(engine)
    return f"{reader.name}{version} split{splitter.VERSION}/{embedder.max_tokens} limits {limits}"


def stable_bytes(found: Found, settings: Settings) -> tuple[bytes, str]:
    """Return the bytes of a file and their SHA-256; `ReadError` when it is too large or changes while it is read."""
    if found.size > settings.max_file_mb << 20:
        raise ReadError(
            f"{found.size >> 20} MB is more than max_file_mb = {settings.max_file_mb}; raise that setting to read it"
        )
    with found.path.open("rb") as file:
        before = os.fstat(file.fileno())
        data = file.read((settings.max_file_mb << 20) + 1)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise BlockingIOError(0, "it changed while it was read")
    return data, hashlib.sha256(data).hexdigest()


def prepare(found: Found, settings: Settings, embedder: Embedder, worker: Worker) -> Prepared:
    """Read, describe and split one file; ``worker`` parses what a stranger may have built to do harm."""
    fingerprint = file_fingerprint(found.source, settings, embedder)
    file = FileRecord(found.source, found.root, "", found.size, found.mtime_ns, fingerprint)
    try:
        data, sha256 = stable_bytes(found, settings)
    except OSError as error:
        return Prepared(_with(file, "", error.strerror or str(error)), again=True)
    except ReadError as error:
        return Prepared(_with(file, "", str(error)))
    try:
        readings = _read(data, found.source, settings, worker)
        documents = tuple(_documents(readings, found.source, sha256, embedder))
        if not documents:
            raise ReadError("there is no text in it")
    except ReaderLost as error:
        return Prepared(_with(file, "", str(error)), again=True)
    except ReadError as error:
        return Prepared(_with(file, sha256, str(error)))
    warnings = "; ".join(w for r in readings for w in (*r.warnings, *_unknown_language(r)))
    return Prepared(_with(file, sha256, warnings or None), documents)


def _unknown_language(reading: Reading) -> Sequence[str]:
    if not reading.language or language_code(reading.language):
        return ()
    return (f"no language is called {reading.language[:40]!r}; it was told from the text",)


def _with(file: FileRecord, sha256: str, error: str | None) -> FileRecord:
    return FileRecord(file.source, file.root, sha256, file.size, file.mtime_ns, file.fingerprint, error)


def _read(data: bytes, name: str, settings: Settings, worker: Worker) -> Sequence[Reading]:
    if is_plain(data, name):
        return read_any(data, name, Limits(settings))
    return worker.read(data, name)


def _documents(readings: Sequence[Reading], source: str, sha256: str, embedder: Embedder) -> list[PreparedDocument]:
    return [_document(reading, name, sha256, embedder) for name, reading in named(readings, source, set())]


def _document(reading: Reading, source: str, sha256: str, embedder: Embedder) -> PreparedDocument:
    text = reading.text
    lead = lead_of(text)
    language = language_code(reading.language or "") or detect_language(text)
    date = iso_date(reading.date) or (iso_date(lead.date.of(text).split()[-1]) if lead.date else None)
    document = Document(
        source=source,
        title=" ".join((reading.title or title_for(text, source, lead, language)).split()),
        length=len(text),
        sha256=sha256,
        media_type=reading.media_type,
        date=date,
        author=reading.author,
        language=language,
        pages=reading.pages,
        metadata={**reading.metadata, "unread": "; ".join(reading.warnings)} if reading.warnings else reading.metadata,
    )
    pieces = splitter.split(
        text,
        embedder.count_tokens,
        embedder.max_tokens,
        language=language,
        pages=reading.pages,
        headings=reading.headings,
        breaks=reading.breaks,
        rows=reading.rows,
    )
    return PreparedDocument(document, text, tuple(pieces), reading.grids)
