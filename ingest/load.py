"""Files become canonical text: decoded, NFC, ``\\n`` line ends, with pages and metadata where the format has them.

In: the bytes of one file and its name. Out: one `Reading` per document inside it. A table maps file endings to
readers, so a format is a row and a function. It embeds nothing and writes nothing.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import PurePosixPath

from rag.config import Settings
from rag.errors import ReadError
from rag.types import Span


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading line of the canonical text; ``level`` counts from 1, ``title`` is its text without markup."""

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One document as a reader found it.

    ``member`` names it inside its file (an archive's entry), else it is "". ``headings`` is ``None`` when the reader
    cannot tell, and the splitter looks for them. ``breaks`` are offsets at which a passage must begin (rows of a
    table). ``warnings`` say what of the file could not be read.
    """

    text: str
    member: str = ""
    title: str | None = None
    date: str | None = None
    author: str | None = None
    language: str | None = None
    media_type: str = "text/plain"
    pages: tuple[Span, ...] = ()
    headings: tuple[Heading, ...] | None = None
    breaks: tuple[int, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


ReadFunction = Callable[[bytes, str, Settings], Sequence[Reading]]


@dataclass(frozen=True, slots=True)
class Reader:
    """A row of the table. ``function`` is ``module:name``, imported when first needed; raise ``version`` when what
    it makes of a file changes. ``isolated`` readers parse what strangers wrote in another process."""

    name: str
    endings: tuple[str, ...]
    function: str
    version: int = 1
    isolated: bool = True

    def load(self) -> ReadFunction:
        """Import the function."""
        module, name = self.function.split(":")
        found: ReadFunction = getattr(import_module(module), name)
        return found


TEXT = Reader("text", (".txt", ".text", ".log", ".rst", ""), "ingest.read_text:read_text", isolated=False)
READERS: tuple[Reader, ...] = (
    TEXT,
    Reader("markdown", (".md", ".markdown"), "ingest.read_text:read_markdown", isolated=False),
)
_BY_ENDING = {ending: reader for reader in READERS for ending in reader.endings}


def reader_for(name: str) -> Reader | None:
    """Return the reader for a file name, or ``None`` when its ending is unknown."""
    return _BY_ENDING.get(PurePosixPath(name).suffix.lower())


def decode(data: bytes) -> str:
    """Return the text of ``data``: byte order mark, else strict UTF-8, else UTF-16 by its zeros, else a guess, else
    cp1252. Nothing is dropped: what no encoding explains shows as U+FFFD. `ReadError` for binary data."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data)
    zeros = text.count("\0")
    if zeros * 10 > len(text):
        return _guess(data)
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if zeros else text


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 65536


def _guess(data: bytes) -> str:
    sample = data[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > 0.2 * half and others < 0.05 * half:
            return data.decode(encoding, errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    if sample.count(0):
        raise ReadError("not text: it holds binary data")
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    encoding = best.encoding if best is not None else "cp1252"
    text = data.decode(encoding, errors="replace")
    controls = sum(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f\v\x1b" for c in text[:_SAMPLE])
    if controls * 20 > min(len(text), _SAMPLE):
        raise ReadError("not text: it holds binary data")
    return text


def canonical(text: str) -> str:
    """Return ``text`` in NFC with ``\\n`` line ends, otherwise untouched: every offset counts in what comes out."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
