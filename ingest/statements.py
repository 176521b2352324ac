"""The sentences of any text or file, for a text that is checked and not kept.

In: the bytes of a file and its name, or a text. Out: canonical text and the spans of its sentences, headings left out.
It writes nothing; a risky format is parsed in a worker process, as for an ingest.
"""

from __future__ import annotations

from ingest.describe import detect_language
from ingest.load import Limits, Reading
from ingest.read_any import is_plain, read_any
from ingest.split import split
from ingest.worker import Worker
from rag.config import Settings
from rag.errors import ReadError
from rag.text import word_spans
from rag.types import Span

_LONGEST = 2000  # words of a passage, which no sentence of prose has


def read_statements(data: bytes, name: str, settings: Settings) -> tuple[str, list[Span]]:
    """Read a file of any kind that an ingest reads. `ReadError` where it cannot be, or holds no text.

    Of a file that holds several documents, all are put together.
    """
    try:
        if is_plain(data, name):
            readings = read_any(data, name, Limits(settings))
        else:
            with Worker(settings) as worker:
                readings = worker.read(data, name)
    except ReadError as error:
        raise ReadError(f"{name} cannot be checked: {error}") from error
    text, spans = "", list[Span]()
    for reading in readings:
        start = len(text)
        text += reading.text + "\n\n"
        spans += [Span(s.start + start, s.end + start) for s in _sentences(reading)]
    if not text.strip():
        raise ReadError(f"{name} cannot be checked: there is no text in it")
    return text, spans


def statements(text: str) -> tuple[str, list[Span]]:
    """Read a text, which may be Markdown. `ReadError` where it is empty."""
    return read_statements(text.encode("utf-8", "replace"), "text.md", Settings())


def _sentences(reading: Reading) -> list[Span]:
    pieces = split(
        reading.text,
        lambda part: len(word_spans(part)),
        _LONGEST,
        language=reading.language or detect_language(reading.text),
        pages=reading.pages,
        headings=reading.headings,
        breaks=reading.breaks,
        rows=reading.rows,
    )
    return [span for piece in pieces for span in piece.sentences]
