"""The table that an answer was read from, as HTML: the cells that count marked, and the plan in words behind a control.

In: a library and an `Answer`. Out: a string, "" for an answer of no table. Pure but for the library; all text goes
through `markup.escape`. Of a long table the rows that count are shown with their neighbours.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from rag.library import Library
from rag.tables.table import Table
from rag.types import Answer, Span, Tabled
from ui.markup import escape
from ui.render import one_line

MOST_ROWS = 200
AROUND = 3  # rows before and after one that counts
MOST_COLUMNS = 40


def table_html(answer: Answer, library: Library) -> str:
    """The table of an answer, scrolled by the page's script to the first cell that counts."""
    tabled = answer.table
    if tabled is None:
        return ""
    grid = next((g for g in library.grids(tabled.source) if g.start == tabled.start), None)
    if grid is None:  # the document went or changed while the answer was written: its footnotes say so
        return ""
    text = library.text(tabled.source)
    table = Table(grid, text)
    name = grid.caption or f"A table of {tabled.source}"
    head = "".join(f'<th scope="col">{escape(one_line(n, 80))}</th>' for n in table.names[:MOST_COLUMNS])
    rows = "".join(_rows(table, tabled.cells))
    return (
        f'{_way_html(tabled)}<div class="grid" tabindex="0" role="group" aria-label="{escape(one_line(name, 120))}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _way_html(tabled: Tabled) -> str:
    if not tabled.way:
        return ""
    said = escape(one_line(tabled.way))
    return f'<details class="way"><summary>How this was worked out</summary><p>{said}</p></details>'


def _rows(table: Table, cells: Sequence[Span]) -> Iterator[str]:
    counts = {(c.start, c.end) for c in cells if c.end > c.start}
    wide = min(len(table.names), MOST_COLUMNS)
    marked = [
        r for r in range(table.rows) if any((s.start, s.end) in counts for s in (table.span(r, c) for c in range(wide)))
    ]
    before = -1
    for row in _shown(table.rows, marked):
        if row != before + 1:
            yield f'<tr class="left-out"><td colspan="{wide}">{row - before - 1:,} rows</td></tr>'
        before = row
        yield f"<tr>{''.join(_cell(table, row, c, counts) for c in range(wide))}</tr>"
    if before < table.rows - 1:
        yield f'<tr class="left-out"><td colspan="{wide}">{table.rows - 1 - before:,} rows</td></tr>'


def _shown(rows: int, marked: Sequence[int]) -> list[int]:
    """The rows to show: all of a short table, else those that count and their neighbours, the first ones where none
    does."""
    if rows <= MOST_ROWS:
        return list(range(rows))
    near = {n for r in marked for n in range(max(0, r - AROUND), min(rows, r + AROUND + 1))}
    return list(itertools.islice(sorted(near), MOST_ROWS)) or list(range(MOST_ROWS // 4))


def _cell(table: Table, row: int, column: int, counts: set[tuple[int, int]]) -> str:
    span = table.span(row, column)
    body = escape(one_line(table.cell(row, column), 200))
    return f"<td><mark>{body}</mark></td>" if (span.start, span.end) in counts else f"<td>{body}</td>"
