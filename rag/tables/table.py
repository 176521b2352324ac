"""A stored table as columns of typed values, read a column at a time.

In: a `Grid` and the canonical text it stands in. Out: `Table`. Rows that sum up the others ("Total") are marked, so that
no count takes them for one more.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from rag.tables import values
from rag.tables.grid import places
from rag.text import fold, stem, word_spans
from rag.types import Grid, Span

_TOTAL = re.compile(r"(?:grand |sub)?totals?\b.*|sum|overall|all|average|mean", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The stems of all words of a text, in order."""
    return [stem(span.of(text)) for span in word_spans(text)]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its cells' texts, and what each is ordered by (``None``: nothing, or of another kind)."""

    name: str
    texts: tuple[str, ...]
    kind: values.Kind
    values: tuple[values.Value | None, ...]
    keys: tuple[float | None, ...]


class Table:
    """A table of a document. ``rows`` counts all rows, ``body`` are those that sum up no others."""

    def __init__(self, grid: Grid, text: str) -> None:
        self.grid = grid
        self.names = grid.names
        self._text = text
        self._places = places(grid)
        self.rows = len(self._places)
        self._columns: dict[int, Column] = {}
        self.body = tuple(range(self.rows))
        if self.rows > 2 and self.names:
            self.body = tuple(r for r in self.body if r == 0 or not self._sums(r))

    def _sums(self, row: int) -> bool:
        first = next((self.cell(row, c) for c in range(min(2, len(self.names))) if self.cell(row, c)), "")
        return row >= self.rows - 3 and bool(_TOTAL.fullmatch(first))

    def cell(self, row: int, column: int) -> str:
        """The text of a cell."""
        start, end = self._places[row, column]
        return self._text[start:end]

    def span(self, row: int, column: int) -> Span:
        """Where a cell stands in the canonical text; empty where it holds nothing."""
        start, end = self._places[row, column]
        return Span(int(start), int(end))

    def line(self, row: int) -> Span:
        """Where the whole row stands in the canonical text."""
        held = [(a, b) for a, b in self._places[row].tolist() if b > a]
        start, end = min(held)[0], max(held)[1]
        low = self._text.rfind("\n", 0, start) + 1
        high = self._text.find("\n", end)
        return Span(low, len(self._text) if high < 0 else high)

    def column(self, n: int) -> Column:
        """A column with its values typed; read when first asked for."""
        if n not in self._columns:
            texts = tuple(self.cell(r, n) for r in range(self.rows))
            held = tuple(values.read(t) for t in texts)
            kind = values.kind_of([held[r] for r in self.body])
            keys = tuple(values.order(v, kind) for v in held)
            self._columns[n] = Column(self.names[n], texts, kind, held, keys)
        return self._columns[n]

    @functools.cached_property
    def subject(self) -> int:
        """The column that names the rows: the first of texts that are mostly different, else the first."""
        best, score = 0, -1.0
        for n in range(len(self.names)):
            column = self.column(n)
            held = [fold(t) for t in column.texts if t]
            if column.kind == "text" and held:
                value = len(set(held)) / self.rows - 0.05 * n - (0.3 if sum(map(len, held)) > 40 * len(held) else 0)
                if value > score + 0.1:
                    best, score = n, value
        return best
