"""A question over a table as a small typed plan, and what it comes to.

In: a `Table` and a `Plan`. Out: an `Outcome`: the values said and the cells that they were made of, or ``None`` where a
type does not fit: a comparison over a column of texts, a sum of days. No plan runs code that was not written here.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.tables import values
from rag.tables.table import Column, Table

Test = Literal[
    "is", "has", "above", "below", "least", "most", "between", "any", "year", "month", "empty", "held", "margin", "top",
]  # fmt: skip
Op = Literal[
    "cell", "count", "distinct", "sum", "average", "largest", "smallest", "best", "place", "next", "previous",
    "difference", "common", "rare", "often", "run", "longest", "whether", "more", "years",
]  # fmt: skip
_TIED = 3  # values that are all said when they are equally frequent
ORDERED: frozenset[Test] = frozenset({"above", "below", "least", "most", "between"})


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on a column: ``text`` for "is", "has" and "any" (runs of words, parted by "|"), ``low`` and ``high``
    for the others. "margin" is of a score's two numbers; "top" are the first ``low`` rows, the last when negative.
    ``than``: an order is against that column's cell of the same row, where it is not -1."""

    column: int
    test: Test
    text: str = ""
    low: float = 0.0
    high: float = 0.0
    negated: bool = False
    than: int = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows chosen by ``where`` (all of them must hold), then ``do``.

    ``told`` is the column that is said, ``by`` the one that rows are ordered by (-1: as they stand), ``down`` the
    largest first; ``place`` counts from 0, from the end when negative. A difference is of the rows of ``where`` and
    those of ``other``, or of two columns when ``by`` names the second; a comparison chooses among both. "often": the
    values that stand in ``place`` rows, or in at least as many when ``down``.
    """

    do: Op
    where: tuple[Where, ...] = ()
    told: int = -1
    by: int = -1
    down: bool = True
    place: int = 0
    other: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan comes to: ``said``, one value or a list, ``cells`` (row, column) it was made of, and for arithmetic
    the ``sum`` written out."""

    said: tuple[str, ...]
    cells: tuple[tuple[int, int], ...]
    sum: str = ""


def holds(where: Where, column: Column, row: int, beside: float | None = None) -> bool:
    """Say whether a cell meets a condition, ``beside`` is what stands in the column it is held against. A cell that
    holds nothing meets none but "empty", negated or not."""
    value = column.values[row]
    if where.test in {"empty", "held"}:  # no medals: an empty cell, or a nought
        nothing = value is None or (column.kind == "number" and column.keys[row] == 0)
        return nothing == (where.test == "empty")
    if where.test == "margin":
        wide = values.margin(column.texts[row])
        return wide is not None and where.low <= wide <= where.high
    if where.test in ORDERED:
        key = column.keys[row]
        if where.than >= 0:
            return key is not None and beside is not None and _ordered_as(where.test, key, beside) != where.negated
        return key is not None and _compares(where, column, key) != where.negated
    return value is not None and _says(where, column, row, value) != where.negated


def _says(where: Where, column: Column, row: int, value: values.Value) -> bool:
    if where.test == "is":
        return column.same[row] == where.text
    if where.test == "has":
        return _inside(where.text.split(), column.words[row])
    if where.test == "any":
        return any(_inside(run.split(), column.words[row]) for run in where.text.split("|"))
    found = value.day or (0, 0, 0)
    return found[where.test == "month"] == int(where.low)


def _compares(where: Where, column: Column, key: float) -> bool:
    if column.kind == "date" and abs(where.low) < 10_000:  # compared by its year
        key //= 10_000
    return where.low <= key <= where.high if where.test == "between" else _ordered_as(where.test, key, where.low)


def _ordered_as(test: Test, key: float, other: float) -> bool:
    """Equal is neither above nor below."""
    if test == "above":
        return key > other
    if test == "below":
        return key < other
    return key >= other if test == "least" else key <= other


def _inside(run: Sequence[str], said: Sequence[str]) -> bool:
    return any(said[i : i + len(run)] == tuple(run) for i in range(len(said) - len(run) + 1))


def fits(where: Where, column: Column) -> bool:
    """Say whether a condition can be asked of a column: an order needs numbers, a year days."""
    if where.test in ORDERED:
        return column.kind != "text"
    if where.test == "margin":
        return 2 * sum(values.margin(t) is not None for t in column.texts) > len(column.texts)
    return where.test not in {"year", "month"} or any(v is not None and v.day is not None for v in column.values)


def chosen(table: Table, where: Sequence[Where]) -> tuple[int, ...]:
    """The rows, in their order, that meet all conditions."""
    if not where:
        return table.body
    known = table.memo.get(tuple(where))
    if known is None:
        one, before = where[-1], chosen(table, where[:-1])
        if one.test == "top":
            known = before[: int(one.low)] if one.low > 0 else before[int(one.low) :]
        else:
            column = table.column(one.column)
            beside = table.column(one.than).keys if one.than >= 0 else (None,) * table.rows
            known = tuple(r for r in before if holds(one, column, r, beside[r]))
        table.memo[tuple(where)] = known
    return known


def run(plan: Plan, table: Table) -> Outcome | None:
    """Carry a plan out; ``None`` where it comes to nothing or its types do not fit."""
    if not all(fits(w, table.column(w.column)) for w in (*plan.where, *plan.other)):
        return None
    rows = chosen(table, plan.where)
    if plan.do == "count":
        return _count(plan, table, rows)
    if plan.do == "whether":
        return Outcome(("yes" if rows else "no",), _proof(plan, rows))
    if not rows:
        return None
    if plan.do == "more":
        return _more(plan, table, rows)
    if plan.do == "difference":
        return _difference(plan, table, rows)
    if plan.do in {"next", "previous"}:
        return _beside(plan, table, rows)
    if plan.do in {"cell", "distinct", "common", "rare", "often", "run", "longest"}:
        return _over_texts(plan, table, rows)
    return _ordered(plan, table, rows)


def _proof(plan: Plan, rows: Sequence[int]) -> tuple[tuple[int, int], ...]:
    columns = [c for w in plan.where for c in (w.column, w.than) if c >= 0]
    return tuple((r, c) for r in rows for c in dict.fromkeys(columns))


def _count(plan: Plan, table: Table, rows: Sequence[int]) -> Outcome | None:
    if not plan.where:
        return Outcome((str(len(rows)),), tuple((r, table.subject) for r in rows if table.cell(r, table.subject)))
    cells = [(r, c) for r, c in _proof(plan, rows) if table.cell(r, c)]
    bare = set(rows) - {r for r, _ in cells}  # counted because they hold nothing: told by their names
    told = tuple(sorted(cells + [(r, table.subject) for r in bare]))
    return Outcome((str(len(rows)),), told) if rows else None


def _difference(plan: Plan, table: Table, rows: Sequence[int]) -> Outcome | None:
    others = chosen(table, plan.other) if plan.other else rows
    second = plan.by if plan.by >= 0 else plan.told
    if len(rows) != 1 or len(others) != 1 or (others == rows and second == plan.told):
        return None
    pairs = ((rows[0], plan.told), (others[0], second))
    columns = [table.column(c) for _, c in pairs]
    keys = [column.keys[r] for (r, _), column in zip(pairs, columns, strict=True)]
    a, b = keys
    if a is None or b is None or columns[0].kind != columns[1].kind or columns[0].kind == "text":
        return None
    said = _reckoned(abs(a - b), [table.cell(*pairs[0]), table.cell(*pairs[1])], columns[0].kind)
    if said is None:
        return None
    (r1, c1), (r2, c2) = pairs if a >= b else (pairs[1], pairs[0])
    return Outcome((said,), pairs, f"{table.cell(r1, c1)} − {table.cell(r2, c2)} = {said}")


def _more(plan: Plan, table: Table, rows: Sequence[int]) -> Outcome | None:
    """Whether one row has more of a column than another, or less."""
    others, column = chosen(table, plan.other), table.column(plan.by)
    if len(rows) != 1 or len(others) != 1 or rows == others or column.kind == "text":
        return None
    a, b = column.keys[rows[0]], column.keys[others[0]]
    if a is None or b is None:
        return None
    holds_true = a > b if plan.down else a < b
    return Outcome(("yes" if holds_true else "no",), ((rows[0], plan.by), (others[0], plan.by)))


def _beside(plan: Plan, table: Table, rows: Sequence[int]) -> Outcome | None:
    order = list(table.body)
    at = order.index(rows[-1] if plan.do == "next" else rows[0]) + (1 if plan.do == "next" else -1)
    if not 0 <= at < len(order) or not table.cell(order[at], plan.told):
        return None
    beside = rows[-1] if plan.do == "next" else rows[0]
    proof = plan.where[0].column if plan.where else table.subject
    return Outcome((table.cell(order[at], plan.told),), ((order[at], plan.told), (beside, proof)))


def _over_texts(plan: Plan, table: Table, rows: Sequence[int]) -> Outcome | None:
    column = table.column(plan.told)
    held = [r for r in rows if column.values[r] is not None]
    if not held:
        return None
    groups: dict[str, list[int]] = {}
    for r in held:
        groups.setdefault(column.same[r], []).append(r)
    if plan.do == "cell":
        return Outcome(
            tuple(column.texts[g[0]] for g in groups.values()), tuple((g[0], plan.told) for g in groups.values())
        )
    if plan.do == "distinct":
        return Outcome((str(len(groups)),), tuple((g[0], plan.told) for g in groups.values()))
    if plan.do in {"run", "longest"}:
        return _longest(plan, table, column, rows)
    sizes = sorted((len(g) for g in groups.values()), reverse=plan.do == "common")
    low, high = (plan.place, len(rows) if plan.down else plan.place) if plan.do == "often" else (sizes[0], sizes[0])
    best = [g for g in groups.values() if low <= len(g) <= high]
    if not 1 <= len(best) <= _TIED or len(groups) < 2 or len(best) == len(groups):
        return None
    return Outcome(tuple(column.texts[g[0]] for g in best), tuple((r, plan.told) for g in best for r in g))


def _longest(plan: Plan, table: Table, column: Column, rows: Sequence[int]) -> Outcome | None:
    """The longest run of one value in neighbouring rows: how long it is, or which value."""
    best: list[int] = []
    chosen_rows = set(rows)
    for key, run_of in itertools.groupby(table.body, lambda r: column.same[r] if r in chosen_rows else ""):
        here = list(run_of)
        if key and len(here) > len(best):
            best = here
    if len(best) < 2:
        return None
    said = str(len(best)) if plan.do == "run" else column.texts[best[0]]
    return Outcome((said,), tuple((r, plan.told) for r in best))


def _ordered(plan: Plan, table: Table, rows: Sequence[int]) -> Outcome | None:
    if plan.do == "place":
        if not -len(rows) <= plan.place < len(rows):
            return None
        row = rows[plan.place]
        return Outcome((table.cell(row, plan.told),), ((row, plan.told),)) if table.cell(row, plan.told) else None
    column = table.column(plan.by)
    keyed = [(key, r) for r in rows if (key := column.keys[r]) is not None]
    if column.kind == "text" or not keyed:
        return None
    if plan.do in {"sum", "average", "years"}:
        return _sum(plan, table, column, [r for _, r in keyed])
    if not -len(keyed) <= plan.place < len(keyed):
        return None
    key = sorted((k for k, _ in keyed), reverse=plan.down)[plan.place]
    best = [r for k, r in keyed if k == key]
    if plan.do in {"largest", "smallest"}:
        return Outcome((table.cell(best[0], plan.by),), ((best[0], plan.by),))
    told = [r for r in best if table.cell(r, plan.told)]
    if not told or len(keyed) < 2:
        return None
    said = tuple(dict.fromkeys(table.cell(r, plan.told) for r in told))
    return Outcome(said, tuple(c for r in told for c in dict.fromkeys(((r, plan.told), (r, plan.by)))))


def _sum(plan: Plan, table: Table, column: Column, rows: Sequence[int]) -> Outcome | None:
    keys = [key for r in rows if (key := column.keys[r]) is not None]
    texts = [column.texts[r] for r in rows]
    cells = tuple((r, plan.by) for r in rows)
    if plan.do == "years":
        if column.kind != "date" or len(keys) < 2:
            return None
        low, high = min(keys), max(keys)
        ends = tuple((r, plan.by) for r in rows if column.keys[r] in {low, high})
        years = int(high // 10_000 - low // 10_000)
        return Outcome((str(years),), ends, f"{int(high // 10_000)} − {int(low // 10_000)} = {years}")
    if column.kind == "date":
        return None
    total = sum(keys) if plan.do == "sum" else sum(keys) / len(keys)
    said = _reckoned(total, texts, column.kind, exact=plan.do == "sum")
    if said is None:
        return None
    few = " + ".join(texts) if len(texts) <= 8 else f"{len(texts)} values of {column.name or 'the column'}"
    few = few if plan.do == "sum" else f"({few}) / {len(texts)}"
    return Outcome((said,), cells, f"{few} = {said}")


def _reckoned(number: float, of: Sequence[str], kind: values.Kind, *, exact: bool = True) -> str | None:
    """Write a computed number as its parts are written: decimals, separator of thousands, times as times."""
    if kind == "date":
        days = [values.day(t) for t in of]
        return str(int(number // 10_000)) if all(d is not None and not d[1] for d in days) else None
    places = max((len(t.rpartition(".")[2].rstrip("%")) for t in of if _has_point(t)), default=0)
    if kind == "time":
        if number < 60:
            return f"{number:.{places}f}"
        minutes, seconds = divmod(round(number, places), 60)
        hours, minutes = divmod(int(minutes), 60)
        tail = f"{seconds:0{3 + places if places else 2}.{places}f}"
        return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"
    places = places if exact else max(places, 2)
    text = f"{number:,.{places}f}" if any("," in t for t in of) else f"{number:.{places}f}"
    money = any(sign in t for t in of for sign in "£$€¥₹")
    return text.rstrip("0").rstrip(".") if "." in text and not money else text


def _has_point(text: str) -> bool:
    head, point, tail = text.rpartition(".")
    return bool(point) and head[-1:].isdigit() and tail.rstrip("%")[:1].isdigit() and tail.rstrip("%").isdigit()
