"""Canonical text put together from the parts of a document, with the offsets of its pages, headings and rows.

In: paragraphs, headings, rows and page borders in reading order. Out: one `Reading`. Every part is normalised before
it gets its offset, so what is marked is what is stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ingest.grid import Names, Note, Values, parts
from ingest.load import Heading, Reading
from rag.tables.grid import Cells
from rag.types import Grid, Span

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


@dataclass(slots=True)
class _Table:
    names: tuple[str, ...]
    caption: str
    start: int
    cells: Cells


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
        self._grids: list[Grid] = []
        self._table: _Table | None = None
        self._table_end = 0

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

    def row(self, text: str, *, apart: bool = True) -> int:
        """Add a row of a table: one sentence, and with ``apart`` a passage of its own. Return where it begins."""
        text = one_line(text)
        start = self._length
        if text:
            start = self._add(text, tight=True)
            self._rows.append(Span(start, start + len(text)))
            if apart:
                self._breaks.append(start)
        return start

    def table(
        self, rows: Iterable[Sequence[str]], *, apart: bool = True, heads: int | None = None, caption: str = ""
    ) -> None:
        """Add the tables that stand in ``rows`` (`ingest.grid`): each row repeats the names of its columns, so that it
        can be cited alone, and the place of each cell is kept. ``heads``: how many rows are known to be names;
        ``caption`` is what the table is called, by itself the heading above it."""
        self._end_table()
        for part in parts(([one_line(cell) for cell in row] for row in rows), heads):
            match part:
                case Note(text) if self._table is not None:
                    self.row(text, apart=False)
                case Note(text):
                    self.paragraph(text)
                case Names(cells, shown):
                    self.columns(cells, shown, caption)
                case Values(cells):
                    self.values(cells, apart=apart)
        self._end_table()

    def columns(self, names: Sequence[str], shown: Sequence[Sequence[str]] = (), caption: str = "") -> None:
        """Begin a table whose columns have these names; ``shown`` are the rows that they stand in."""
        self._end_table()
        caption = caption or (self._headings[-1].title if self._headings else "")
        start = self._length
        for row in shown:
            said = [key for key, _ in groupby(row)] if len(shown) > 1 else row  # a name over two columns stands once
            self.row(" | ".join(filter(None, said)), apart=False)
        self._table = _Table(tuple(names), caption, start, Cells())

    def values(self, cells: Sequence[str], *, apart: bool = True) -> None:
        """Add a row to the table that was begun last."""
        if self._table is None:
            return
        text, spans = record(self._table.names, [one_line(cell) for cell in cells])
        if text:
            at = self.row(text, apart=apart)
            self._table.cells.add([span and Span(at + span.start, at + span.end) for span in spans])
            self._table_end = self._length

    def _end_table(self) -> None:
        table, self._table = self._table, None
        if table is not None and table.cells.height:
            self._grids.append(table.cells.grid(table.names, table.caption, table.start, self._table_end))

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
        self._end_table()
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
            grids=tuple(self._grids),
            metadata={k: one_line(v) for k, v in (metadata or {}).items() if v and one_line(v)},
            warnings=tuple(warnings),
        )


def record(names: Sequence[str], values: Sequence[str]) -> tuple[str, list[Span | None]]:
    """Return ``name: value; name: value`` for the columns that hold something, and where the values stand in it."""
    text = ""
    spans: list[Span | None] = []
    for n, value in enumerate(values):
        if not value:
            spans.append(None)
            continue
        name = names[n] if n < len(names) else ""
        text += ("; " if text else "") + (f"{name}: " if name else "")
        spans.append(Span(len(text), len(text) + len(value)))
        text += value
    return text, spans
