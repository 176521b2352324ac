"""The values that walk from a question to a footnote.

In: nothing. Out: frozen dataclasses shared by every module. Each fact shown to a reader is one attribute walk
from its source. This module imports neither LlamaIndex nor Chroma and does no input or output.

All offsets count Unicode code points of a document's *canonical text* (decoded, NFC, ``\\n`` line ends).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range ``[start, end)`` of a canonical text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the characters of ``text`` inside this span."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the folder. ``source`` is its path relative to the ingested root, with ``/`` separators.

    ``date`` is an ISO 8601 date (``2024-02-05``) or ``None``; ``length`` counts code points of the canonical text;
    ``pages`` holds one span per page where the format has pages, else it is empty.
    """

    source: str
    title: str
    length: int
    sha256: str
    media_type: str = "text/plain"
    date: str | None = None
    author: str | None = None
    language: str | None = None
    pages: tuple[Span, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of a document: its span, what it is called, its columns' names ("" where there is none).

    ``cells`` say where each cell stands in the canonical text, packed by `rag.tables.grid`.
    """

    start: int
    end: int
    caption: str
    names: tuple[str, ...]
    cells: bytes


@dataclass(frozen=True, slots=True)
class Tabled:
    """The table that an answer comes from: the `Grid` of ``source`` that begins at ``start``. ``cells`` are those that
    count, none where no way to read the question was certain; ``way`` says in words what was done with them."""

    source: str
    start: int
    cells: tuple[Span, ...] = ()
    way: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document, no longer than the embedding model reads: ``text == canonical_text[start:end]``.

    ``page`` counts from 1 and is ``None`` for formats without pages.
    """

    id: str
    source: str
    title: str
    page: int | None
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage found for a question. ``score`` orders; ``dense`` is a cosine, ``lexical`` a BM25 (0: unmatched).

    ``also`` are passages that say the same and were left out for it: copies, older versions.
    """

    passage: Passage
    score: float
    dense: float
    lexical: float
    also: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A footnote: where the marker stands in the answer, and the verbatim quote it opens.

    Always ``canonical_text[quote_start:quote_end] == quote`` and
    ``answer.text[marker_start:marker_end] == f"[{number}]"``. ``note`` says what a date in the quote stands for that is
    counted from the document's own ("last December"), and how sure the recognition of a picture's text is; else it is
    empty.
    """

    number: int
    marker_start: int
    marker_end: int
    source: str
    page: int | None
    quote_start: int
    quote_end: int
    quote: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Highlight:
    """The words inside an answer's text that are the answer itself: ``answer.text[start:end] == text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What one of several documents that disagree states: its ``value``, in the words of the quote at its span.

    ``number`` is the footnote that shows the quote, if one does.
    """

    value: str
    source: str
    date: str | None
    quote_start: int
    quote_end: int
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that a language model wrote and the sources do not support: never a fact. ``reason`` is the check's
    word for what is wrong (`rag.verify.Verdict`), or "fragment", "planted" or "leans on a dropped sentence"."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn's outcome. While streaming, a partial answer is an ``Answer`` too; the last one is complete.

    ``refused``: the documents do not hold the answer; ``text`` then says what was searched and ``citations`` is empty.
    ``caution``: the answer is shown, but it may not answer the question. ``reason`` says in one line why the engine
    refused or cautions, else it is empty. ``confidence`` is the calibrated probability, in [0, 1], that the documents
    answer the question. ``timings`` maps names ending in ``_ms`` to milliseconds. ``highlights`` mark the answer itself
    inside ``text``. ``writer`` is "none" where the documents' own sentences are the answer, the model's name where one
    wrote it, and "extractive" where a model was asked and nothing it wrote could be shown. ``dropped`` are sentences
    of the model that failed verification; ``usage`` counts what it read and wrote (``prompt_tokens`` and
    ``written_tokens``, estimates; ``sentences`` judged, ``shown`` of them). ``ahead``, of a partial answer only, is how
    many questions wait before this one for a local model. ``rewriter``, "rules" or "model", made the stand-alone
    question. ``short`` is the answer without its sentence (a cell, a count, a list joined by ", ", "yes"), or ``None``;
    it is never said without a citation. ``table`` is the table that it was read from, or that could not be read for
    certain.
    """

    question: str
    standalone_question: str
    text: str
    refused: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    passages: tuple[Retrieved, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    caution: bool = False
    reason: str = ""
    highlights: tuple[Highlight, ...] = ()
    writer: str = "none"
    dropped: tuple[Dropped, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    ahead: int = 0
    rewriter: str = "rules"
    disagreement: tuple[Stated, ...] = ()
    notes: tuple[str, ...] = ()
    short: str | None = None
    table: Tabled | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents may answer; all of them where it is empty.

    ``inside`` are file names, folders or titles, of which one must fit; ``types`` are file endings or words for them
    ("pdf", "mail"); ``since`` is an ISO 8601 date (or its year, or its month) before which no document counts.
    """

    inside: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A past exchange. The caller owns the history and passes it in; ``answer`` is the text that was shown."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence chosen as (part of) the answer: ``canonical_text[span.start:span.end] == text``.

    ``score`` is the probability, in [0, 1], that this sentence is the one that answers, among those read. ``mark`` is
    the answer itself inside it, a span of the canonical text, where a reader marked one.
    """

    passage: Passage
    span: Span
    text: str
    score: float
    mark: Span | None = None
