"""Canonical text put together from the parts of a document, with the offsets of its pages, headings and rows.

In: paragraphs, headings, rows and page borders in reading order. Out: one `Reading`. Every part is normalised before
it gets its offset, so what is marked is what is stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ingest.load import Heading, Reading
from rag.types import Span

_BLANKS = re.compile(r"[^\S\n]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What a page breaks a word at, and shows nothing of.
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")


def clean(text: str) -> str:
    """Return ``text`` in NFC, with single blanks, without control characters and soft hyphens; line breaks stay."""
    lines = _CONTROLS.sub(" ", _UNSEEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return unicodedata.normalize("NFC", "\n".join(_BLANKS.sub(" ", line).strip() for line in lines)).strip()


def one_line(text: str) -> str:
    """Return ``text`` on one line."""
    return " ".join(clean(text).split())


_LONGEST_NAME = 80


class Builder:
    """Grows a canonical text; parts are parted by a blank line, rows and list items by a line end."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pages: list[int] = []
        self._headings: list[Heading] = []
        self._rows: list[Span] = []
        self._breaks: list[int] = []
        self._tight = False

    def _add(self, text: str, tight: bool = False) -> int:
        if self._length:
            gap = "\n" if tight and self._tight else "\n\n"
            self._parts.append(gap)
            self._length += len(gap)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        self._tight = tight
        return start

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        text = clean(text)
        if text:
            self._add(text)

    def heading(self, text: str, level: int) -> None:
        """Add a heading line."""
        text = one_line(text)
        if text:
            start = self._add(text)
            self._headings.append(Heading(start, start + len(text), level, text))

    def item(self, text: str, mark: str = "- ") -> None:
        """Add a list item on a line of its own."""
        text = one_line(text)
        if text:
            self._add(mark + text, tight=True)

    def row(self, text: str, *, apart: bool = True) -> None:
        """Add a row of a table: one sentence, and with ``apart`` a passage of its own."""
        text = one_line(text)
        if text:
            start = self._add(text, tight=True)
            self._rows.append(Span(start, start + len(text)))
            if apart:
                self._breaks.append(start)

    def table(self, rows: Iterable[Sequence[str]], *, apart: bool = True) -> None:
        """Add a table whose first row names the columns: each row repeats the names, so that it can be cited alone."""
        header: list[str] | None = None
        for cells in rows:
            values = [one_line(cell) for cell in cells]
            if not any(values):
                continue
            if header is None:
                # Whole texts are no names; repeating them in every row would multiply the table.
                header = values if max(map(len, values)) <= _LONGEST_NAME else [""] * len(values)
                self.row(" | ".join(v for v in values if v), apart=False)
            else:
                self.row(record(header, values), apart=apart)

    def block_break(self) -> None:
        """Let the next part begin a passage."""
        self._breaks.append(self._length + (2 if self._length else 0))
        self._tight = False

    def page(self, *, continued: bool = False) -> None:
        """Begin a new page with the next part, which may go on with the sentence before it."""
        gap = 1 if continued else 2
        self._pages.append(self._length + (gap if self._length else 0))
        self._tight = False

    def continued(self, text: str) -> None:
        """Add text that goes on with the paragraph before it, across a page border."""
        text = clean(text)
        if text:
            self._parts.append(" " + text)
            self._length += len(text) + 1

    @property
    def ends_open(self) -> bool:
        """Whether the last part ends without a stop, so that a next page may go on with it."""
        return (
            bool(self._parts) and self._parts[-1].rstrip()[-1:] not in '.!?:;…。！？"”)' and not self._last_is_heading()
        )

    def _last_is_heading(self) -> bool:
        return bool(self._headings) and self._headings[-1].end == self._length

    @property
    def first_heading(self) -> str | None:
        """The text of the first heading."""
        return self._headings[0].title if self._headings else None

    def reading(
        self,
        *,
        member: str = "",
        title: str | None = None,
        date: str | None = None,
        author: str | None = None,
        language: str | None = None,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
        warnings: Iterable[str] = (),
        find_headings: bool = False,
    ) -> Reading:
        """Return what was built; ``find_headings`` leaves the headings to the splitter."""
        text = "".join(self._parts)
        edges = [min(start, len(text)) for start in self._pages] + [len(text)]
        pages = tuple(Span(a, b) for a, b in pairwise(edges))
        return Reading(
            text,
            member=member,
            title=one_line(title) or None if title else None,
            date=date,
            author=one_line(author) or None if author else None,
            language=language,
            media_type=media_type,
            pages=pages,
            headings=None if find_headings and not self._headings else tuple(self._headings),
            breaks=tuple(self._breaks),
            rows=tuple(self._rows),
            metadata={k: one_line(v) for k, v in (metadata or {}).items() if v and one_line(v)},
            warnings=tuple(warnings),
        )


def record(header: Sequence[str], values: Sequence[str]) -> str:
    """Return ``name: value; name: value`` for the columns that hold something."""
    pairs = []
    for n, value in enumerate(values):
        name = header[n] if n < len(header) else ""
        if value:
            pairs.append(f"{name}: {value}" if name else value)
    return "; ".join(pairs)
