"""An answer of many lines, each with the quote that stands behind it and its footnote.

In: labels and evidence. Out: an `Answer`. A line that shows a document shows its opening, so that each statement about
the library opens the document it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.answer import CERTAIN, STOP, cite
from rag.check.facts import dates
from rag.library import Library
from rag.text import fold
from rag.types import Answer, Citation, Document, Evidence, Passage, Retrieved, Span
from rag.verify import Source, verify

# Letters of a line that is shown for a document; lines read for one that says a date or a name, and the title.
LONGEST, READ, HEAD = 160, 300, 12
_LINE = re.compile(r"[^\n]*\S[^\n]*")


class Sheet:
    """Grows an answer line by line."""

    def __init__(self, head: str = "") -> None:
        self._text = head
        self._citations: list[Citation] = []
        self._passages: dict[str, Passage] = {}

    def add(self, label: str, evidence: Evidence, *, shown: str = "", joined: bool = False) -> None:
        """Add ``label`` and the quote, or the part of it to be ``shown``, on a line or ``joined`` to the one before.

        A quote that does not hold is left out.
        """
        if not verify(evidence.text, [Source.of(evidence.passage, (evidence.span,))]):
            return
        self._text += (" " if joined else "\n") if self._text else ""
        sentence = " ".join((shown or evidence.text).split())
        stop = STOP.search(sentence)
        body, tail = (sentence[: stop.start()], stop[0]) if stop else (sentence, "")
        self._text += f"{label}{body} "
        number = len(self._citations) + 1
        marker = f"[{number}]"
        self._citations.append(cite(number, Span(len(self._text), len(self._text) + len(marker)), evidence))
        self._text += marker + tail
        self._passages.setdefault(evidence.passage.id or evidence.passage.source, evidence.passage)

    def line(self, text: str) -> None:
        """Add a line of our own, which states nothing of a document."""
        self._text += f"\n{text}"

    @property
    def empty(self) -> bool:
        """Whether no quote held."""
        return not self._citations

    def answer(self, question: str, alone: str, notes: Sequence[str] = ()) -> Answer:
        """Return the answer."""
        passages = tuple(Retrieved(p, 1.0, 0.0, 0.0) for p in self._passages.values())
        return Answer(question, alone, self._text, False, CERTAIN, tuple(self._citations), passages, notes=tuple(notes))


def opening(library: Library, document: Document) -> Evidence:
    """Return the line of a document that says its title, else its first, or as much of it as is short to read."""
    title = fold(document.title)
    return (
        _found(library, document, lambda line: title in fold(line), HEAD)
        or _found(library, document, lambda _: True)
        or _evidence(document, library.text(document.source), Span(0, 1))
    )


def saying(library: Library, document: Document, words: str) -> Evidence:
    """Return the first line that says ``words``, else the opening."""
    wanted = fold(words)
    return (wanted and _found(library, document, lambda line: wanted in fold(line))) or opening(library, document)


def dated(library: Library, document: Document) -> Evidence:
    """Return the first line that states the day of a document, else the opening."""
    day = (document.date or "").replace("-0", "-")
    return _found(library, document, lambda line: any(f.value == day for f in dates(line, "en"))) or opening(
        library, document
    )


def _found(library: Library, document: Document, fits: Callable[[str], bool], most: int = READ) -> Evidence | None:
    text = library.text(document.source)
    for number, m in enumerate(_LINE.finditer(text)):
        if number == most:
            return None
        if fits(m[0]):
            return _evidence(document, text, Span(m.start() + len(m[0]) - len(m[0].lstrip()), m.end()))
    return None


def _evidence(document: Document, text: str, line: Span) -> Evidence:
    end = line.start + len(line.of(text).rstrip())
    if end - line.start > LONGEST:
        cut = text.rfind(" ", line.start, line.start + LONGEST)
        end = cut if cut > line.start else line.start + LONGEST
    span = Span(line.start, end)
    page = next((n for n, p in enumerate(document.pages, 1) if p.start <= line.start < p.end), None)
    passage = Passage("", document.source, document.title, page, span.start, span.end, span.of(text))
    return Evidence(passage, span, span.of(text), 1.0)
