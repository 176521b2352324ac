"""The reading order of a PDF page whose text is set in columns, by where it stands and not by when it was drawn.

In: the lines of a page, cut into cells at wide gaps. Out: lines in reading order. A gutter must run through at least
three lines on both sides, and what stands on either side must read as running text; a table, or what may be one, keeps
its lines. A page without columns whose lines were drawn out of order is read from top to bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.pdf_lines import Line
from ingest.pdf_tables import Cell, em, find_tables

_ROWS = 3  # lines on each side of a gutter
_GUTTER = 0.7  # times the height of type
_PROSE = 12  # letters of a usual line of running text
_LOWER = 0.25  # share of the lines of a column that go on in lower case
_FULL, _OFTEN = 0.75, 0.5  # a line is full from this share of its column on; so many lines are
_DENSE = 0.6  # share of the rows between a column's first and last line that it has a line in
_DEEPEST = 4
_MOST = 2000  # pieces of a page; one of more is a map or a drawing


@dataclass(frozen=True, slots=True)
class _Piece:
    """A cell of a line: ``line`` and ``cell`` say which."""

    text: str
    left: float
    right: float
    base: float
    high: float
    line: int
    cell: int


def in_order(lines: list[Line]) -> list[Line]:
    """Return the lines of a page in reading order."""
    falling = all(below.base <= above.base + 0.1 * above.size for above, below in pairwise(lines))
    if len(lines) < 2 or (falling and sum(len(line.cells) > 1 for line in lines) < _ROWS):
        return lines
    if any(not line.cells for line in lines) or _is_in_order(lines):
        return lines
    high = em(sum(c.right - c.left for line in lines for c in line.cells), sum(len(line.text) for line in lines))
    pieces = [
        _Piece(cell.text, cell.left, cell.right, line.base, high, n, m)
        for n, line in enumerate(lines)
        for m, cell in enumerate(line.cells)
    ]
    if len(pieces) > _MOST:
        return lines
    barred: set[int] = set()
    if _longest_run(_rows(pieces), barred):
        barred = {n for table in find_tables([line.row for line in lines]) for n in range(table.start, table.end)}
    ordered, found = _ordered(pieces, barred, 0)
    if found:
        return list(_lines(ordered, lines))
    alone = all(len(row) == 1 or len({p.line for p in row}) == 1 for row in _rows(pieces))
    return list(_lines(ordered, lines)) if alone and not falling else lines


def _is_in_order(lines: Sequence[Line]) -> bool:
    """Say whether lines fall, column after column, each right of all before it: most pages are drawn so."""
    widest = float("-inf")
    for above, line in pairwise(lines):
        widest = max(widest, above.right)
        if len(line.cells) > 1 or len(above.cells) > 1:
            return False
        if line.base > above.base + 0.1 * above.size and line.left <= widest:
            return False
    return True


def _rows(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Put pieces on one base line together, from the top, each row from the left."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: (-p.base, p.left)):
        if rows and rows[-1][0].base - piece.base < 0.3 * piece.high:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.left) for row in rows]


def _ordered(pieces: Sequence[_Piece], barred: set[int], depth: int) -> tuple[list[_Piece], bool]:
    """Return pieces in reading order, and whether there were columns among them."""
    rows = _rows(pieces)
    run = _longest_run(rows, barred) if depth < _DEEPEST else None
    if run is None:
        return [piece for row in rows for piece in row], False
    start, end, gutter = run
    inside = [piece for row in rows[start:end] for piece in row]
    parts = (
        [p for row in rows[:start] for p in row],
        [p for p in inside if p.right <= gutter],
        [p for p in inside if p.right > gutter],
        [p for row in rows[end:] for p in row],
    )
    return [piece for part in parts for piece in _ordered(part, barred, depth + 1)[0]], True


def _longest_run(rows: list[list[_Piece]], barred: set[int]) -> tuple[int, int, float] | None:
    """Find the most rows that one gutter runs through: their first, the one after the last, and where it is."""
    lefts = sorted(p.left for row in rows for p in row)
    high = rows[0][0].high if rows else 0.0
    edges = [x for n, x in enumerate(lefts) if n + _ROWS <= len(lefts) and lefts[n + _ROWS - 1] - x < 0.5 * high]
    best: tuple[int, int, float] | None = None
    tried: list[float] = []
    for edge in edges:
        gutter = edge - 0.1 * high
        if tried and gutter - tried[-1] < 0.5 * high:
            continue
        tried.append(gutter)
        start = 0
        for n in range(len(rows) + 1):
            if n < len(rows) and not any(_bars(p, gutter, barred) for p in rows[n]):
                continue
            if n - start > (best[1] - best[0] if best else _ROWS - 1) and (run := _columns(rows, start, n, gutter)):
                best = run
            start = n + 1
    return best


def _bars(piece: _Piece, gutter: float, barred: set[int]) -> bool:
    return piece.line in barred or piece.left < gutter < piece.right + _GUTTER * piece.high - 0.1 * piece.high


def _columns(rows: list[list[_Piece]], start: int, end: int, gutter: float) -> tuple[int, int, float] | None:
    """Return the rows between two bars that have text on both sides, if both sides are running text."""
    sides = [
        [n for n in range(start, end) if any((p.left >= gutter) is right for p in rows[n])] for right in (False, True)
    ]
    if min(map(len, sides)) < _ROWS:
        return None
    first, last = min(s[0] for s in sides), max(s[-1] for s in sides) + 1
    shared = min(s[-1] for s in sides) - max(s[0] for s in sides)
    if shared < _ROWS - 1:
        return None
    for right, own in zip((False, True), sides, strict=True):
        column = [p for n in own for p in rows[n] if (p.left >= gutter) is right]
        between = range(own[0], own[-1] + 1)
        paired = sum(1 for n in between if any((p.left >= gutter) is not right for p in rows[n]))
        if len(own) < _DENSE * max(1, min(len(between), paired)) or not _is_prose(column):
            return None
    return first, last, gutter


def _is_prose(column: Sequence[_Piece]) -> bool:
    width = max(p.right for p in column) - min(p.left for p in column)
    full = sum(p.right - min(q.left for q in column) >= _FULL * width for p in column)
    lower = sum(p.text[:1].islower() for p in column)
    letters = median(len(p.text) for p in column)
    return letters >= _PROSE and full >= _OFTEN * len(column) and lower >= _LOWER * len(column)


def _lines(pieces: Sequence[_Piece], lines: Sequence[Line]) -> list[Line]:
    """Put pieces back into lines; those of one line that still stand side by side are one."""
    runs: list[list[_Piece]] = []
    for piece in pieces:
        last = runs[-1][-1] if runs else None
        if last and last.line == piece.line and last.cell + 1 == piece.cell:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    made = []
    for run in runs:
        line = lines[run[0].line]
        cells: tuple[Cell, ...] = line.cells[run[0].cell : run[-1].cell + 1]
        whole = len(cells) == len(line.cells)
        text = line.text if whole else "  ".join(cell.text for cell in cells)
        made.append(line if whole else replace(line, text=text, left=cells[0].left, cells=cells))
    return made
