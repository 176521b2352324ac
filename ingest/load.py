"""Files become canonical text: decoded, NFC, ``\\n`` line ends, with pages and metadata where the format has them.

In: the bytes of one file and its name. Out: one `Reading` per document inside it. A table maps file endings to
readers, so a format is a row and a function. It embeds nothing and writes nothing.
"""

from __future__ import annotations

import codecs
import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import PurePosixPath

from rag.added import READERS as READERS_ADDED
from rag.added import point
from rag.config import Settings
from rag.errors import ReadError
from rag.types import Grid, Span

# A passage's spans are offsets of 32 bits, and a text of this length is no document.
_LONGEST = 2**31


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
    cannot tell, and the splitter looks for them. ``breaks`` are offsets at which a passage must begin, ``rows`` spans
    that are one sentence whatever they hold, ``grids`` the tables. ``warnings`` say what of the file could not be read.
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
    rows: tuple[Span, ...] = ()
    grids: tuple[Grid, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader may use: the ``max_`` settings, how deep in containers it is, and the bytes they have expanded to
    so far (one counter, shared by all levels)."""

    settings: Settings
    depth: int = 0
    expanded: list[int] = field(default_factory=lambda: [0])


ReadFunction = Callable[[bytes, str, Limits], Sequence[Reading]]


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


PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif")
TEXT = Reader("text", (".txt", ".text", ".log", ".rst", ""), "ingest.read_text:read_text", version=2, isolated=False)
READERS: tuple[Reader, ...] = (
    TEXT,
    Reader("markdown", (".md", ".markdown"), "ingest.read_text:read_markdown", version=3, isolated=False),
    Reader("pdf", (".pdf",), "ingest.read_pdf:read_pdf", version=4),
    Reader("docx", (".docx", ".docm"), "ingest.read_word:read_docx", version=3),
    Reader("pptx", (".pptx", ".pptm"), "ingest.read_slides:read_pptx", version=3),
    Reader("xlsx", (".xlsx", ".xlsm"), "ingest.read_table:read_xlsx", version=3),
    Reader("html", (".html", ".htm", ".xhtml"), "ingest.read_web:read_html", version=3),
    Reader("epub", (".epub",), "ingest.read_epub:read_epub", version=3),
    Reader("csv", (".csv", ".tsv", ".tab"), "ingest.read_table:read_csv", version=3),
    Reader("json", (".json",), "ingest.read_table:read_json", version=2),
    Reader("jsonl", (".jsonl", ".ndjson"), "ingest.read_table:read_jsonl", version=2),
    Reader("eml", (".eml",), "ingest.read_mail:read_eml", version=3),
    Reader("mbox", (".mbox",), "ingest.read_mail:read_mbox", version=3),
    Reader("mhtml", (".mhtml", ".mht"), "ingest.read_mail:read_mhtml", version=2),
    Reader("odf", (".odt", ".ods", ".odp", ".ott", ".ots", ".otp", ".odg"), "ingest.read_odf:read_odf", version=2),
    Reader("rtf", (".rtf",), "ingest.read_rtf:read_rtf", version=2),
    Reader("cards", (".ics", ".ical", ".vcf", ".vcard"), "ingest.read_cards:read_cards", version=2),
    Reader("picture", PICTURES, "ingest.read_picture:read_picture"),
    Reader("zip", (".zip",), "ingest.read_any:read_zip", version=2),
)
CONTAINERS = frozenset({"zip", "eml", "mbox"})
RECOGNISED = frozenset({"pdf", "picture", *CONTAINERS})  # of these, or inside, pictures of text are recognised
_BY_ENDING = {ending: reader for reader in READERS for ending in reader.endings}


def reader_for(name: str) -> Reader | None:
    """Return the reader for a file name, or ``None`` when its ending is unknown."""
    ending = PurePosixPath(name).suffix.lower()
    return _BY_ENDING.get(ending) or (_added(ending) if ending else None)


@functools.cache
def _added(ending: str) -> Reader | None:
    """The reader that an installed package brings for an ending of its own; read again when its version changes."""
    found = point(READERS_ADDED, ending)
    if found is None or found.dist is None:
        return None
    return Reader(f"{found.dist.name}-{found.dist.version}-", (ending,), found.value)


def named(readings: Iterable[Reading], source: str, names: set[str]) -> Iterator[tuple[str, Reading]]:
    """Return the readings that become documents with the sources of these; ``names`` are taken, and grow."""
    for reading in readings:
        if not reading.text.strip() or len(reading.text) >= _LONGEST:
            continue
        name = f"{source}/{reading.member}" if reading.member else source
        while name in names:
            name += "~"
        names.add(name)
        yield name, reading


def counted_things(unread: Mapping[str, int]) -> list[str]:
    """Return "2 pictures not read" for what a reader counted under its singular."""
    return [f"{n} {what if n == 1 else what + 's'} not read" for what, n in unread.items() if n]


def decode(data: bytes) -> str:
    """Return the text of ``data``: byte order mark, else strict UTF-8, else UTF-16 by its zeros, else a guess, else
    cp1252. Nothing is dropped: what no encoding explains shows as U+FFFD. `ReadError` for binary data."""
    text = _decode(data)
    if _controls(text) * 20 > min(len(text), _SAMPLE):
        raise ReadError("not text: it holds binary data")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    sample = data[:_SAMPLE]
    if 0 in sample:
        for encoding in ("utf-16-le", "utf-16-be"):
            if _is_utf16(sample, encoding):
                return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if 0 in sample:
            raise ReadError("not text: it holds binary data") from None
    return data.decode(_code_page(sample), errors="replace")


def _code_page(sample: bytes) -> str:
    """Return the code page of a text. Several often give a text that could be one ("año", "ańo"): of Latin letters the
    one is taken that the language is written in, and the commonest for all others."""
    from charset_normalizer import from_bytes

    from ingest.describe import detect_language

    found = from_bytes(sample)
    possible = {page for match in found for page in match.could_be_from_charset}
    for page, languages in _WRITTEN_IN.items():
        if page in possible and detect_language(sample.decode(page, errors="replace")) in languages:
            return page
    western = sample.decode("cp1252", errors="replace")
    letters = [c for c in western if c.isalpha()]
    is_latin = sum(not c.isascii() for c in letters) < 0.35 * len(letters) and not _NO_WORD.search(western)
    best = found.best()
    return "cp1252" if is_latin or best is None else best.encoding


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 65536
_WRITTEN_IN = {"cp1250": set("pl cs sk hu hr bs sr sl ro sq".split()), "cp1257": {"lt", "lv"}, "cp1254": {"tr", "az"}}
# A sign inside a word: the text is of another code page.
_NO_WORD = re.compile(r"[^\W\d_][‚„†‡ˆ‰‹›•˜™¡¢¤¥¦§¨©¬®¯±²³´¶¸¹¼½¾¿×÷\ufffd][^\W\d_]")
# Control characters but tab, line ends, form feed and the escape of coloured logs.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")


def _is_utf16(sample: bytes, encoding: str) -> bool:
    """Say whether a text without a mark is UTF-16: in most scripts every second byte is the same, zero in Latin."""
    text = sample[: len(sample) & ~1].decode(encoding, errors="replace")
    plain = sum(c.isascii() and (c.isprintable() or c in "\t\n\r") for c in text)
    return bool(text) and plain > 0.3 * len(text) and not _controls(text)


def _controls(text: str) -> int:
    return len(_CONTROL.findall(text[:_SAMPLE]))


def canonical(text: str) -> str:
    """Return ``text`` in NFC with ``\\n`` line ends, otherwise untouched: every offset counts in what comes out."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
