"""The rows of a sheet or a page become tables: where one begins, which rows name its columns, what is a note.

In: rows of cells, spanned cells filled down and right by the reader. Out: `Note`, `Names` and `Values` in the order of
the rows, one at a time, so that a sheet of a million rows is never held. A header is found, not assumed: a lone cell
above is a note, a first row like the rows below it is data, two rows of names are joined, a blank row ends a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

# Whole texts are no names; repeating them in every row would multiply the table.
_LONGEST_NAME = 80
_HEAD = 16  # rows that are looked at to find the names
_WIDEST = 400  # columns that one cell spans
_FEW = 3  # lines of one cell that stand alone are notes; more are a table of one column
_DATA = re.compile(
    r"\(?[-+−–~<>≈]?\s*[£$€¥₹%#]?\s*\d[\d.,'’:/\s–-]*\s*(?:%|[^\W\d]{1,4}\.?)?\)?|[-–—]|n/?a|\d{4}-\d\d-\d\d.*|"
    r"\d{1,2}\.? [^\W\d]{3,9} \d{4}|[^\W\d]{3,9} \d{1,2}, \d{4}",
    re.IGNORECASE,
)
_REMARK = re.compile(r"(?:sources?|notes?|remarks?)\b.*|[*†‡].*|.{60,}", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d(?:\s*[/–-]\s*\d{2,4})?")


@dataclass(frozen=True, slots=True)
class Note:
    """A line beside a table, or over all of its columns: a banner, a source, a remark."""

    text: str


@dataclass(frozen=True, slots=True)
class Names:
    """A table begins; ``cells`` name its columns, all "" where no row does. ``shown`` are the rows they stood in."""

    cells: tuple[str, ...]
    shown: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Values:
    """A row of the table that began last."""

    cells: tuple[str, ...]


Part = Note | Names | Values


def parts(rows: Iterable[Sequence[str]], heads: int | None = None) -> Iterator[Part]:
    """Yield what ``rows`` of cleaned cells hold; ``heads`` is how many rows of names the first table says it has."""
    source = iter(rows)
    before: Names | None = None
    width = 0
    while True:
        block = _block(source)
        first = list(islice(block, _HEAD))
        if not first:
            return
        notes, names, skip = _opened(first, heads)
        yield from map(Note, notes)
        # A blank row inside a table: what follows has no names of its own and as many columns.
        goes_on = names is not None and before is not None and not any(names.cells) and len(names.cells) == width
        heads = None
        if names is None:
            continue
        if not goes_on:
            yield names
            before, width = names, len(names.cells)
        for row in chain(first[len(notes) + skip :], block):
            if _lone(row, width) and (len(set(row)) == 1 < len(row) or _REMARK.match(row[0])):
                yield Note(next(filter(None, row)))
            elif not names.shown or row != names.shown[-1]:  # the names stand again on every page
                yield Values(row)


def _block(source: Iterator[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield rows up to the next blank one, with no empty cells at their ends; leading blank rows are passed over."""
    begun = False
    for row in source:
        cells = tuple(row)
        while cells and not cells[-1]:
            cells = cells[:-1]
        if cells:
            begun = True
            yield cells
        elif begun:
            return


def _opened(first: list[tuple[str, ...]], heads: int | None) -> tuple[list[str], Names | None, int]:
    """Return the notes above a table, its names (``None``: no table at all), and how many rows those stand in."""
    wide = max(map(len, first))
    notes: list[str] = []
    if wide > 1 and len(first) > 1:
        for row in first[:-1]:
            if not _lone(row, wide):
                break
            notes.append(next(filter(None, row)))
    rest = first[len(notes) :]
    if wide == 1 and len(first) <= _FEW and heads is None:
        return [row[0] for row in first], None, 0
    if heads is not None:
        heads = max(0, heads - len(notes))
    many = _heads(rest) if heads is None else min(heads, len(rest) - 1, 3)
    named = rest[:many]
    cells = _joined(named, wide)
    return notes, Names(cells, tuple(named)), many


def _lone(row: tuple[str, ...], wide: int) -> bool:
    """Say whether a row is one text, in one cell or spanned over all of them."""
    said = {c for c in row if c}
    alone = sum(map(bool, row)) == 1 or len(row) == wide > 2
    return len(said) == 1 and alone and not all(map(_is_data, said))


def _joined(named: Sequence[tuple[str, ...]], wide: int) -> tuple[str, ...]:
    columns = []
    for n in range(wide):
        said = dict.fromkeys(row[n] for row in named if n < len(row) and row[n])
        columns.append(" ".join(said))
    return tuple(columns)


def _heads(rows: Sequence[tuple[str, ...]]) -> int:
    """How many of the first rows name the columns: none, one, or two where the second parts what the first spans."""
    if len(rows) < 2:
        return 0 if rows and any(map(_is_data, rows[0])) else len(rows)
    if not _names(rows[0], rows[1:]):
        return 0
    two = len(rows) > 2 and _parts(rows[0], rows[1]) and _names(rows[1], rows[2:], certain=True)
    return 2 if two else 1


def _is_data(cell: str) -> bool:
    return bool(_DATA.fullmatch(cell)) and not _YEAR.fullmatch(cell)


def _names(row: tuple[str, ...], below: Sequence[tuple[str, ...]], *, certain: bool = False) -> bool:
    """Say whether ``row`` names the columns: it differs in kind from the rows below it, or nothing says it does not.

    With ``certain`` a column of data below a name is asked for.
    """
    if max(map(len, row)) > _LONGEST_NAME:
        return False
    votes = 0
    for n, cell in enumerate(row):
        column = [r[n] for r in below if n < len(r) and r[n]]
        if not cell or not column:
            continue
        data = sum(_DATA.fullmatch(c) is not None for c in column)
        if 2 * data > len(column):
            like = _DATA.fullmatch(cell) and (not _YEAR.fullmatch(cell) or all(map(_YEAR.fullmatch, column)))
            votes += -2 if like else 1
        elif _is_data(cell) or cell in column:
            votes -= 1
    return votes > 0 if certain else votes >= 0


def _parts(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Say whether the second row names apart what the first names together: a name that spans, or a blank beside it."""
    for n in range(1, len(second)):
        here = first[n] if n < len(first) else ""
        spans = not here or here == first[min(n, len(first)) - 1]
        if spans and second[n] and second[n] != second[n - 1] and not _is_data(second[n]):
            return True
    return False


def spanned(rows: Iterable[Iterable[tuple[str, int, int]]]) -> Iterator[list[str]]:
    """Yield rows of cells out of (text, rows, columns) that each spans; it says its text in each of its places."""
    below: dict[int, tuple[str, int]] = {}  # column: the text that comes down, for so many rows
    for row in rows:
        cells: list[str] = []
        cells += _come_down(below, len(cells))
        for text, down, right in row:
            for _ in range(max(1, min(right, _WIDEST))):
                if down > 1:
                    below[len(cells)] = (text, down - 1)
                cells.append(text)
            cells += _come_down(below, len(cells))
        while below and len(cells) <= max(below):  # a column that the row did not reach
            cells += _come_down(below, len(cells)) or [""]
        yield cells


def _come_down(below: dict[int, tuple[str, int]], at: int) -> list[str]:
    texts = []
    while at in below:
        text, left = below.pop(at)
        if left > 1:
            below[at] = (text, left - 1)
        texts.append(text)
        at += 1
    return texts
