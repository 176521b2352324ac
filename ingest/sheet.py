"""What openpyxl's reading of large sheets leaves out: merged ranges, hidden rows and columns, formulas never computed.

In: the XML of a sheet. Out: `Marks`, and rows with them applied. The XML is searched, not parsed: a sheet of a million
cells costs one pass over its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=\"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)\"")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_HIDDEN = re.compile(rb"\bhidden=\"(?:1|true)\"")
_NUMBER = {name: re.compile(rb"\b%s=\"(\d+)\"" % name.encode()) for name in ("r", "min", "max")}
_UNREAD = re.compile(
    rb"<(?:\w+:)?f\b[^<]*(?:</(?:\w+:)?f>)?\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_WIDEST = 400  # columns of a merged range that is filled


@dataclass(frozen=True, slots=True)
class Marks:
    """Of a sheet, counted from 1: merged ranges (left, top, right, bottom), hidden rows and columns, and how many
    formulas have no value."""

    merged: tuple[tuple[int, int, int, int], ...] = ()
    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    unread: int = 0


def marked(xml: bytes) -> Marks:
    """Find the marks in the XML of a sheet."""
    merged = tuple((_column(a), int(b), _column(c), int(d)) for a, b, c, d in _MERGED.findall(xml))
    rows = frozenset(_value(tag, "r") for tag in _ROW.findall(xml) if _HIDDEN.search(tag))
    columns: set[int] = set()
    for tag in _COLUMN.findall(xml):
        if _HIDDEN.search(tag):
            low, high = _value(tag, "min"), _value(tag, "max")
            columns.update(range(low, min(high, low + _WIDEST) + 1))
    return Marks(merged, rows, frozenset(columns), len(_UNREAD.findall(xml)))


def _value(tag: bytes, name: str) -> int:
    found = _NUMBER[name].search(tag)
    return int(found[1]) if found else 0


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def filled(rows: Iterable[tuple[int, list[str]]], marks: Marks) -> Iterator[list[str]]:
    """Yield the visible rows; a merged range says its text in each of its cells, but a banner says it once."""
    waiting = sorted(marks.merged, key=lambda r: r[1], reverse=True)
    active: list[tuple[tuple[int, int, int, int], str]] = []
    for number, cells in rows:
        active = [(r, text) for r, text in active if r[3] >= number]
        while waiting and waiting[-1][1] <= number:
            span = waiting.pop()
            text = cells[span[0] - 1] if span[0] <= len(cells) else ""
            if text and span[3] >= number:
                active.append((span, text))
        for (left, _, right, _), text in active:
            cells.extend([""] * (min(right, left + _WIDEST) - len(cells)))
            cells[left - 1 : min(right, left + _WIDEST)] = [text] * (min(right, left + _WIDEST) - left + 1)
        if number not in marks.rows:
            yield [cell for n, cell in enumerate(cells, 1) if n not in marks.columns]
