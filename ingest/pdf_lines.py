"""The lines of a PDF page: their text, their place, the cells that wide gaps cut them into.

In: a page of pdfium. Out: `Line` values in pdfium's order. Marks set above the line are told by their place and said
apart ("10^6", "400 [note 12]"); what lies outside the page is left out; lines that a raised mark broke are one again.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ingest.marks import raised
from ingest.pdf_tables import GAP, Cell, Row, em
from rag.types import Span

_DIGITS = re.compile(r"(?:[+−–-]?\d+(?:[,;–-]\d+)*)")
_HIGHER = 0.25  # times the height of a digit: it is raised when its base line lies so far above the others'
_BESIDE = 0.4  # times the height of type: a gap between two stretches of one line


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. ``field``: it is a field of a form with its value, and nothing runs on into or out of it."""

    text: str
    left: float
    base: float
    size: float
    cells: tuple[Cell, ...] = ()
    field: bool = False

    @property
    def row(self) -> Row:
        """The line as a row of a table that it may be."""
        return Row(self.cells, self.base, self.size)

    @property
    def right(self) -> float:
        """Where the last of its characters ends."""
        return self.cells[-1].right if self.cells else self.left


def lines_of(page: Any) -> list[Line]:
    """Return the lines of a page with where they begin and how large their type is."""
    import pypdfium2.raw as raw

    text_page = page.get_textpage()
    text = text_page.get_text_range()
    lines: list[Line] = []
    position = 0
    x, y = ctypes.c_double(), ctypes.c_double()
    turn = page.get_rotation()
    left, bottom, right, top = page.get_bbox()
    for line in re.split(r"(?<=[\n\u0002\ufffe])", text):
        visible = len(line) - len(line.lstrip())
        if line.strip():
            at = position + visible
            raw.FPDFText_GetCharOrigin(text_page, at, x, y)
            if left <= x.value <= right and bottom <= y.value <= top:
                start, base = as_seen(x.value, y.value, turn)
                # The type size in the middle of a line: a bullet at its beginning is often set smaller.
                words = line.rstrip()
                middle = next(n for n in range(max(visible, len(words) // 2), len(words)) if not words[n].isspace())
                size = float(raw.FPDFText_GetFontSize(text_page, position + middle))
                marks = _raised(text_page, line, position, middle, turn)
                cells = _cells(text_page, line, position, turn, marks)
                made = Line(_said(line, marks).strip("\r\n "), start, base, size, cells)
                lines.append(made)
        position += len(line) if line.isascii() else len(line.encode("utf-16-le")) // 2
    text_page.close()
    return _rejoined(lines)


def _is_beyond(line: str) -> bool:
    """Say whether a character of the text may be two of the page."""
    return not line.isascii() and max(line) > "\uffff"


def _raised(text_page: Any, line: str, position: int, middle: int, turn: int) -> list[Span]:
    """Return the digits of a line that are set above it, by their base line and their height as the page is seen."""
    import pypdfium2.raw as raw

    found = [m.span() for m in _DIGITS.finditer(line)]
    if not found or _is_beyond(line):
        return []
    x, y = ctypes.c_double(), ctypes.c_double()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))

    def base(n: int) -> float:
        raw.FPDFText_GetCharOrigin(text_page, n, x, y)
        return as_seen(x.value, y.value, turn)[1]

    usual = base(position + middle)
    marks = []
    for start, end in found:
        last = position + end - 1
        height = base(last) - usual
        if abs(height) < 0.5:
            continue
        raw.FPDFText_GetCharBox(text_page, last, left, right, bottom, top)
        tall = abs(as_seen(right.value, top.value, turn)[1] - as_seen(left.value, bottom.value, turn)[1])
        if not _HIGHER * tall < height < 2 * tall:
            continue
        first = end - 1
        while first > start and abs(base(position + first - 1) - usual - height) < 0.5:
            first -= 1
        marks.append(Span(first, end))
    covered = sum(m.end - m.start for m in marks)
    return marks if covered * 2 < len(line.strip()) else []


def _said(line: str, marks: Sequence[Span], start: int = 0, end: int | None = None) -> str:
    """Return a stretch of a line with its raised marks told apart."""
    end = len(line) if end is None else end
    text, at = "", start
    for mark in marks:
        if start <= mark.start and mark.end <= end:
            text += line[at : mark.start]
            text += raised(text, line[mark.start : mark.end], line[mark.end : mark.end + 20])
            at = mark.end
    return text + line[at:end]


def _rejoined(lines: list[Line]) -> list[Line]:
    """Put the stretches of one line together that pdfium parts after a raised mark."""
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before is not None and before.cells and line.cells and line.left > before.left:
            high = before.row.em
            beside = -0.1 * high <= line.left - before.right < _BESIDE * high
            if beside and abs(line.base - before.base) < 0.1 * high:
                gap = "" if line.left - before.right < 0.08 * high and line.text[:1] in ".,;:)" else " "
                first, last = line.cells[0], before.cells[-1]
                cell = Cell(f"{last.text}{gap}{first.text}", last.left, first.right, last.font)
                cells = (*before.cells[:-1], cell, *line.cells[1:])
                joined[-1] = replace(before, text=f"{before.text}{gap}{line.text}", cells=cells)
                continue
            lifted = 0.15 * high < line.base - before.base < 0.8 * high and line.size < 0.9 * before.size
            if beside and lifted and _DIGITS.fullmatch(line.text) and len(line.cells) == 1:
                last = before.cells[-1]
                mark = raised(last.text, line.text)
                cell = Cell(last.text + mark, last.left, line.right, last.font)
                joined[-1] = replace(before, text=before.text + mark, cells=(*before.cells[:-1], cell))
                continue
        joined.append(line)
    return joined


def _cells(text_page: Any, line: str, position: int, turn: int, marks: Sequence[Span]) -> tuple[Cell, ...]:
    """Cut a line where a gap is wider than any between words."""
    import pypdfium2.raw as raw

    words = [found.span() for found in re.finditer(r"\S+", line)]
    if not words or _is_beyond(line):
        return ()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    box = raw.FPDFText_GetCharBox

    def edges(n: int) -> tuple[float, float]:
        box(text_page, position + n, left, right, bottom, top)
        (one, _), (other, _) = as_seen(left.value, bottom.value, turn), as_seen(right.value, top.value, turn)
        return min(one, other), max(one, other)

    ends = [(edges(a)[0], edges(b - 1)[1]) for a, b in words] if turn else []
    for a, b in words if not turn else ():  # most pages are not turned, and this is the most of the work on one
        box(text_page, position + a, left, right, bottom, top)
        start = left.value
        if b > a + 1:
            box(text_page, position + b - 1, left, right, bottom, top)
        ends.append((start, right.value))
    wide = em(sum(right - left for left, right in ends), sum(b - a for a, b in words))
    cuts = [n for n in range(1, len(words)) if ends[n][0] - ends[n - 1][1] > GAP * wide]
    return tuple(
        Cell(
            _said(line, marks, words[a][0], words[b - 1][1]),
            ends[a][0],
            ends[b - 1][1],
            _font(text_page, position + words[a][0]),
        )
        for a, b in pairwise([0, *cuts, len(words)])
    )


def _font(text_page: Any, index: int) -> str:
    import pypdfium2.raw as raw

    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, index, name, len(name), flags)
    return name.value.decode("utf-8", "replace")


def as_seen(x: float, y: float, turn: int) -> tuple[float, float]:
    """Turn a place with its page; where the corner of the page comes to lie does not matter here."""
    if not turn:
        return x, y
    return {90: (y, -x), 180: (-x, -y), 270: (-y, x)}[turn]
