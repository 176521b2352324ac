"""A stored table as columns of typed values, read a column at a time.

In: a `Grid` and the canonical text it stands in. Out: `Table`. Rows that sum up the others ("Total") are marked, so
that no count takes them for one more.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.tables import values
from rag.tables.grid import places
from rag.text import fold, stem, word_spans
from rag.types import Grid, Span

_TOTAL = re.compile(r"(?:grand |sub)?totals?\b.*|sum|overall|all|average|mean|annual", re.IGNORECASE)
_MONTHS = re.compile(r"jan(?:uary)?|feb(?:ruary)?", re.IGNORECASE)
_ONE_OF_A_ROW = re.compile(
    r"\d|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b|"
    r"\b(?:spring|summer|autumn|winter|first|second|third|fourth)\b",
    re.IGNORECASE,
)


_RANK = re.compile(r"rank(?:ing)?|pos(?:ition|\.)?|place|#|no\.?|№", re.IGNORECASE)
_BEST_IS_ONE = re.compile(r"\b(?:rank(?:ing)?|pos|position|place|peak|finish|standing|seed|chart)\b", re.IGNORECASE)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)\b")
_TURNED = 40  # rows of a table that is also read by its columns


def _ranked(keys: list[float | None]) -> list[float | None]:
    """Ranks of which the first ones are left out, as where medals stand for them: they count on from one."""
    first = next((i for i, key in enumerate(keys) if key is not None), 0)
    if not first or keys[first] != first + 1:
        return keys
    return [*(float(i + 1) for i in range(first)), *keys[first:]]


def words(text: str) -> list[str]:
    """The stems of all words of a text, in order."""
    return [stem(span.of(text)) for span in word_spans(text)]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its cells' texts, and what each is ordered by (``None``: nothing, or of another kind),
    the stems of its words, the form in which two cells are one; whether the smallest is the best (places, peaks in a
    chart), and whether some cells hold nothing, or a nought, and others something."""

    name: str
    texts: tuple[str, ...]
    kind: values.Kind
    values: tuple[values.Value | None, ...]
    keys: tuple[float | None, ...]
    words: tuple[tuple[str, ...], ...]
    same: tuple[str, ...]
    is_rank: bool
    is_gappy: bool


def _typed(name: str, texts: tuple[str, ...], body: Sequence[int]) -> Column:
    held = tuple(values.read(t) for t in texts)
    kind = values.kind_of([held[r] for r in body])
    keys = [values.order(v, kind) for v in held]
    if _RANK.fullmatch(name.strip()) and kind == "number":
        keys = _ranked(keys)
    ordinal = sum(bool(_ORDINAL.match(t)) for t in texts)
    rank = kind == "number" and (bool(_BEST_IS_ONE.search(name)) or 2 * ordinal > sum(map(bool, texts)))
    nothing = sum(v is None or k == 0 for v, k in zip(held, keys, strict=True))
    return Column(
        name,
        texts,
        kind,
        held,
        tuple(keys),
        tuple(tuple(words(v.text)) if v else () for v in held),
        tuple(values.same(v.text) if v else "" for v in held),
        rank,
        0 < nothing < len(texts),
    )


class Table:
    """A table of a document. ``rows`` counts all rows, ``body`` are those that sum up no others."""

    def __init__(
        self,
        grid: Grid,
        text: str,
        at: NDArray[np.int64] | None = None,
        names: Sequence[str] = (),
        *,
        turned: bool = False,
    ) -> None:
        self.grid = grid
        self.names = tuple(names) or grid.names
        self._text = text
        self._places = places(grid) if at is None else at
        self.rows = len(self._places)
        self.is_turned = turned
        self._columns: dict[int, Column] = {}
        self.memo: dict[object, tuple[int, ...]] = {}  # rows that meet conditions, by the conditions
        self.body = tuple(range(self.rows))
        if self.rows > 2 and self.names:
            self.body = tuple(r for r in self.body if r == 0 or not self._sums(r))

    def _sums(self, row: int) -> bool:
        first = next((self.cell(row, c) for c in range(min(2, len(self.names))) if self.cell(row, c)), "")
        year = fold(first) == "year" and any(_MONTHS.fullmatch(self.cell(r, 0)) for r in range(min(2, self.rows)))
        return row >= self.rows - 3 and (year or bool(_TOTAL.fullmatch(first)))

    def turned(self) -> Table | None:
        """The same table with its columns as rows, where the first column names what the rows say ("Volume", "Value")
        and the columns are one thing after the other (years, months), not one measure beside another ("Planned",
        "Paid"): numbers all of them, or below no name of the first. ``None`` where that makes no sense."""
        names = [self.cell(r, 0) for r in range(self.rows)]
        wide = len(self.names)
        if wide < 3 or not 1 < self.rows <= _TURNED or not all(names) or len(set(names)) < self.rows:
            return None
        if not all(self.names[1:]) or len(set(self.names)) < wide or self.column(0).kind != "text":
            return None
        if self.names[0]:
            row = all(map(_ONE_OF_A_ROW.search, self.names[1:]))
            if not row or any(self.column(n).kind != "number" for n in range(1, wide)):
                return None
        at = np.zeros((wide - 1, self.rows + 1, 2), dtype=np.int64)
        at[:, 1:] = self._places[:, 1:].swapaxes(0, 1)
        for n in range(1, wide):
            place = self._named(n)
            if place is None:
                return None
            at[n - 1, 0] = place
        return Table(self.grid, self._text, at, [self.names[0], *names], turned=True)

    def stacked(self) -> Table | None:
        """The same table with the groups of columns below each other, where the same names stand side by side ("Name",
        "Term", "Name", "Term"); ``None`` where they do not."""
        wide = len(self.names)
        for n in range(2, wide // 2 + 1):
            if wide % n == 0 and self.names == self.names[:n] * (wide // n) and len(set(self.names[:n])) == n:
                at = np.concatenate(np.split(self._places, wide // n, axis=1))
                held = (at[:, :, 1] > at[:, :, 0]).any(axis=1)
                return Table(self.grid, self._text, at[held], self.names[:n])
        return None

    def _named(self, column: int) -> tuple[int, int] | None:
        """Where the name of a column stands before one of its cells."""
        name = self.names[column]
        for r in range(self.rows):
            start, end = self._places[r, column]
            low = start - len(name) - 2
            if end > start and self._text[low:start] == f"{name}: ":
                return int(low), int(start) - 2
        return None

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
            self._columns[n] = _typed(self.names[n], texts, self.body)
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


def views(grid: Grid, text: str) -> list[Table]:
    """A table as it stands and, where that makes sense, turned."""
    table = Table(grid, text)
    table = table.stacked() or table
    turned = table.turned()
    return [table, turned] if turned else [table]
