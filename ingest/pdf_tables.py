"""Tables of a PDF page, told by the places of its characters alone, and only where it is certain.

In: the lines of a page with the cells that wide gaps cut them into. Out: which lines are a table, and its rows, the
names of the columns first. Rows must share their columns, with a gutter that runs through all of them, below names
that are set in another type, or over a column of nothing but numbers. What is less certain stays running text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

GAP = 1.0  # times the size of type: a wider gap between two characters parts two cells
_GUTTER = 0.5  # the same between two columns, over all rows
_ALIGNED = 0.5  # the same for edges that are one
_PITCH = 4.0  # the same from row to row at most
_SAME = 0.12  # times the size of type: what two lines of one table may differ by
_LEVEL = 0.2  # times the height of type: base lines that are one
_ROW_GAP = 1.15  # times the distance of lines in a cell: the distance of rows
_LONGEST = 300  # lines of a table on one page
_ROWS = 3  # with the names; one more when there are two columns only
_NAME = 40  # letters in the name of a column
_CELL, _USUAL, _WORD = 80, 30, 22  # letters in a cell, in the middle one, and in it where there are no numbers
_MOST = 2 / 3  # of the cells of a column of numbers
_NUMBER = re.compile(r"\W*\d[\d.,'’\s]*\W*\w{0,3}\W*|[-–—.]|n/?a", re.I)
_YEAR = re.compile(r"(?:1[89]|20)\d\d\W?")
_MARK = re.compile(r"\W*|\(?\w{1,4}[.)]")  # what a list item begins with
_HYPHEN = re.compile(r"[^\W\d_][-\u00ad\u0002\ufffe]$")  # pdfium sets one of these for a hyphen at a line's end
_SENTENCE = re.compile(r"[.!?;:,]$")


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of a line between two wide gaps."""

    text: str
    left: float
    right: float
    font: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line as this module sees it: its cells, its base line and its size of type."""

    cells: tuple[Cell, ...]
    base: float
    size: float

    @property
    def em(self) -> float:
        """How high the type is, in the units of the places."""
        return _em(self.cells)


def em(width: float, letters: int) -> float:
    """How high type is of which letters take up a width: a letter is about half as wide. The size that a PDF states
    leaves out what its page is scaled by."""
    return 2 * width / max(1, letters)


@dataclass(slots=True)
class Table:
    """Lines ``start`` to ``end`` of a page; ``rows`` have a cell, maybe an empty one, for each column. A table that
    ``goes_on`` has its names, the first of its rows, from the page before."""

    start: int
    end: int
    rows: list[list[Cell | None]]
    columns: list[tuple[float, float]]
    goes_on: bool = False

    @property
    def texts(self) -> list[list[str]]:
        """What stands in the cells."""
        return [[cell.text if cell else "" for cell in row] for row in self.rows]


def find_tables(lines: Sequence[Row], before: Table | None = None) -> Iterator[Table]:
    """Yield the tables of a page in their order; ``before`` is the one that the page before it ended with."""
    rows, starts = _whole(lines)
    at = 0
    while at < len(rows):
        rest = _rest(rows, before) if at == 0 and before is not None else None
        table = rest or _begun(rows, at) or _folded(rows, at)
        if table is not None:
            at = table.end
            table.start, table.end = starts[table.start], starts[table.end]
            yield table
        else:
            at += 1


def _whole(lines: Sequence[Row]) -> tuple[list[Row], list[int]]:
    """Put the parts of a row together that come as lines of their own, and say with which line each row begins."""
    rows: list[Row] = []
    starts: list[int] = []
    for n, line in enumerate(lines):
        before = rows[-1] if rows else None
        beside = before and before.cells and line.cells and before.cells[-1].right < line.cells[0].left
        if before and beside and abs(before.base - line.base) < _LEVEL * line.em:
            rows[-1] = Row((*before.cells, *line.cells), before.base, before.size)
        else:
            rows.append(line)
            starts.append(n)
    return rows, [*starts, len(lines)]


def share_columns(lines: Sequence[Row]) -> bool:
    """Say whether three lines are cut alike, so that they are rows and no running heads."""
    many = {len(line.cells) for line in lines}
    if len(lines) < _ROWS or len(many) > 1 or min(many) < 2:
        return False
    return all(_is_aligned([line.cells[n] for line in lines]) for n in range(min(many)))


def _begun(lines: Sequence[Row], start: int) -> Table | None:
    names = lines[start].cells
    if len(names) < 2:
        return None
    table = Table(start, start + 1, [list(names)], [(cell.left, cell.right) for cell in names])
    _grow(table, lines)
    return table if _is_certain(table.rows) else None


def _rest(lines: Sequence[Row], before: Table) -> Table | None:
    """The rows with which a table goes on over a page's end, under the names that it had there."""
    names, *body = before.rows
    if not lines or len(lines[0].cells) != len(names):
        return None
    table = Table(0, 0, [names], list(before.columns), goes_on=True)
    _grow(table, lines)
    again = len(table.texts) > 1 and table.texts[1] == table.texts[0]  # the names stand on every page
    certain = table.end > 0 and not again and _is_certain([names, *body, *table.rows[1:]])
    return table if certain else None


def _grow(table: Table, lines: Sequence[Row]) -> None:
    """Take further lines for as long as they keep to the columns."""
    for n in range(table.end, min(len(lines), table.start + _LONGEST)):
        line = lines[n]
        if n:
            above = lines[n - 1]
            near = 0 < above.base - line.base <= _PITCH * line.em
            if not near or (n > table.start + 1 and abs(above.size - line.size) > _SAME * line.size):
                return
        placed = _placed(line, table.columns)
        if placed is None:
            return
        table.rows.append(placed)
        table.end = n + 1
        table.columns = _widened(table.columns, placed)


def _placed(line: Row, columns: Sequence[tuple[float, float]]) -> list[Cell | None] | None:
    """Give each cell of a line its column; nothing when one lies in two columns or closes a gutter."""
    if len(line.cells) == len(columns):
        placed: list[Cell | None] = list(line.cells)
    else:
        placed = _slots(line, columns)
        if not placed or placed[0] is None or len(line.cells) < 2:
            return None
    return placed if _are_apart(line, columns, placed) else None


def _slots(line: Row, columns: Sequence[tuple[float, float]]) -> list[Cell | None]:
    """Give each cell the one column that it lies in; nothing when there is not one for each."""
    placed: list[Cell | None] = [None] * len(columns)
    for cell in line.cells:
        over = [n for n, (left, right) in enumerate(columns) if cell.left < right and left < cell.right]
        if len(over) != 1 or placed[over[0]] is not None:
            return []
        placed[over[0]] = cell
    return placed


def _are_apart(line: Row, columns: Sequence[tuple[float, float]], placed: Sequence[Cell | None]) -> bool:
    parted = pairwise(_widened(columns, placed))
    return all(right + _GUTTER * line.em <= left for (_, right), (left, _) in parted)


def _widened(columns: Sequence[tuple[float, float]], placed: Sequence[Cell | None]) -> list[tuple[float, float]]:
    return [
        (min(left, cell.left), max(right, cell.right)) if cell else (left, right)
        for (left, right), cell in zip(columns, placed, strict=True)
    ]


def _folded(lines: Sequence[Row], start: int) -> Table | None:
    """A table of which some cells have more than one line. Its names must be set in another type, and its rows stand
    further apart than the lines of a cell, or there is no telling where a row ends."""
    names = lines[start].cells
    if len(names) < 2:
        return None
    table = Table(start, start + 1, [list(names)], [(cell.left, cell.right) for cell in names])
    folds: list[_Fold] = []
    for n in range(start + 1, min(len(lines), start + _LONGEST)):
        line = lines[n]
        placed = _slots(line, table.columns)
        if not any(placed) or not _are_apart(line, table.columns, placed):
            break
        if placed[0] and not (folds and folds[-1].is_beside(line)):
            if folds and not folds[-1].is_row:
                break
            folds.append(_Fold(n, line.base, list(placed), [line.base if cell else 0.0 for cell in placed]))
        elif not folds or not folds[-1].take(line, placed):
            break
        table.columns = _widened(table.columns, placed)
        table.end = n + 1
    if folds and not folds[-1].is_row:  # what comes after the table and is no wider than its first column
        table.end = folds.pop().start
    table.rows += [fold.cells for fold in folds]
    steps = [step for fold in folds for step in fold.steps]
    gaps = [above.low - below.top for above, below in pairwise(folds)]
    told = not steps or (max(steps) <= 1.2 * min(steps) and min(gaps, default=0.0) >= _ROW_GAP * max(steps))
    return table if told and _is_certain(table.rows, folded=bool(steps)) else None


@dataclass(slots=True)
class _Fold:
    """A row that grows line by line: where its cells are, and where the last line of each stands."""

    start: int
    top: float
    cells: list[Cell | None]
    lows: list[float]
    steps: list[float] = field(default_factory=list)

    @property
    def is_row(self) -> bool:
        return sum(cell is not None for cell in self.cells) > 1

    @property
    def low(self) -> float:
        return min(low for low, cell in zip(self.lows, self.cells, strict=True) if cell)

    def is_beside(self, line: Row) -> bool:
        return abs(line.base - self.top) < _LEVEL * line.em

    def take(self, line: Row, placed: Sequence[Cell | None]) -> bool:
        """Add a line beside the first one, in columns that are empty, or below others of the same columns."""
        beside = self.is_beside(line)
        below = [low - line.base for low, cell in zip(self.lows, placed, strict=True) if cell and not beside]
        if any(cell and beside != (held is None) for cell, held in zip(placed, self.cells, strict=True)):
            return False
        if not all(0 < step <= _PITCH * line.em for step in below):
            return False
        self.steps += below
        for n, cell in enumerate(placed):
            if cell is not None:
                held, self.lows[n] = self.cells[n], line.base
                self.cells[n] = _merged(held, cell) if held else cell
        return True


def _merged(cell: Cell, more: Cell) -> Cell:
    text = _joined(cell.text, more.text)
    return Cell(text, min(cell.left, more.left), max(cell.right, more.right), cell.font)


def _joined(text: str, more: str) -> str:
    parted = _HYPHEN.search(text) and more[:1].islower()
    return text[:-1] + more if parted else f"{text} {more}"


def _is_certain(rows: Sequence[Sequence[Cell | None]], *, folded: bool = False) -> bool:
    names, *body = rows
    wide = len(names) > 2
    if len(rows) < _ROWS + (not wide):
        return False
    columns = [[row[n] for row in body if row[n]] for n in range(len(names))]
    held = [[cell for cell in column if cell] for column in columns]
    if any(2 * len(column) < len(body) or not _is_aligned(column) for column in held):
        return False
    sizes = [len(cell.text) for column in held for cell in column]
    if not folded and (max(sizes) > _CELL or median(sizes) > _USUAL):
        return False
    if not _are_names([cell.text for cell in names if cell], wide):
        return False
    first = [cell.text for cell in held[0]]
    if _share(_MARK, first) > 0.5 or sum(text.endswith(":") for text in first) * 2 > len(first):
        return False
    numbers = max(_share(_NUMBER, [cell.text for cell in column]) for column in held)
    fonts = {cell.font for column in held for cell in column}
    if all(cell and cell.font not in fonts for cell in names):
        return folded or numbers >= _MOST or median(sizes) <= _WORD
    if folded:
        return False
    # In the same type as the rest, the first line may be the first entries of a form.
    plain = not any(re.search(r"\d", cell.text) and not _YEAR.fullmatch(cell.text) for cell in names if cell)
    return numbers == 1 and plain and len(body) >= _ROWS


def _is_aligned(column: Sequence[Cell]) -> bool:
    """Say whether the left edges of a column's cells are one, or the right ones, or the middles."""
    slack = _ALIGNED * _em(column)
    edges = ([c.left for c in column], [c.right for c in column], [(c.left + c.right) / 2 for c in column])
    return any(max(edge) - min(edge) <= slack for edge in edges)


def _em(cells: Sequence[Cell]) -> float:
    return em(sum(cell.right - cell.left for cell in cells), sum(len(cell.text) for cell in cells))


def _are_names(texts: Sequence[str], wide: bool) -> bool:
    """Say whether texts can name columns: short, no sentences, no numbers but years."""
    return all(
        len(text) <= _NAME
        and (not _SENTENCE.search(text) or len(text) <= 5)
        and (not _NUMBER.fullmatch(text) or (wide and bool(_YEAR.fullmatch(text))))
        for text in texts
    ) and any(not _YEAR.fullmatch(text) for text in texts)


def _share(pattern: re.Pattern[str], texts: Sequence[str]) -> float:
    return sum(bool(pattern.fullmatch(text)) for text in texts) / len(texts)
