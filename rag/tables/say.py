"""What a plan came to, said with its footnotes, and checked once more against what they quote.

In: a plan, its outcome, the table and its text. Out: `Told`. What is looked up is quoted with its row; what is reckoned
is said with its arithmetic and a footnote for each cell, or for each stretch of rows where there are many. Nothing is
told whose number does not come out again from the quotes alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.tables import values
from rag.tables.plan import Outcome, Plan, Where, chosen
from rag.tables.table import Table
from rag.types import Citation, Highlight, Span, Tabled

MOST_FOOTNOTES = 8
_ROWS_QUOTED = 5
_SPACE = re.compile(r"\s+")
_RECKONED = frozenset({"count", "distinct", "sum", "average", "difference", "years", "run"})
_TESTS = {"above": "is above", "below": "is below", "least": "is at least", "most": "is at most"}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer out of a table: ``text`` begins with ``short``; ``table.way`` says the plan in words, ``doubt``
    what is not certain about it; ``short`` is "" where that is the value itself."""

    short: str
    text: str
    citations: tuple[Citation, ...]
    highlights: tuple[Highlight, ...]
    table: Tabled
    confidence: float
    doubt: str = ""


def say(
    plan: Plan, outcome: Outcome, table: Table, source: str, pages: Sequence[Span], text: str, noun: str
) -> Told | None:
    """Write the answer; ``None`` where its numbers do not come out again from its quotes."""
    short = ", ".join(_SPACE.sub(" ", s).strip() for s in outcome.said)
    way = in_words(plan, table)
    rows = list(dict.fromkeys(r for r, _ in outcome.cells))
    if not short or not rows or not _comes_out(plan, outcome, table):
        return None
    if plan.do in _RECKONED or len(rows) > _ROWS_QUOTED:
        spans = _cited(outcome, table)
        sentence = f"{short}: {outcome.sum or way}"
        each = plan.do == "distinct" and len(outcome.cells) == len(chosen(table, plan.where))
        if plan.do == "count" or each:  # where all values differ, the rows are counted
            sentence = f"{short} {noun}{_where(plan, table)}"
        elif plan.do == "distinct":
            sentence = f"{short} different values of {table.names[plan.told] or 'a column'}{_where(plan, table)}"
        said, marks = _marked(sentence, len(spans))
    else:
        spans = [table.line(r) for r in rows]
        said, marks = f"{short[:1].upper() + short[1:] if plan.do in {'whether', 'more'} else short}:", []
        for n, span in enumerate(spans, 1):
            said += " " + _SPACE.sub(" ", span.of(text)).strip() + " "
            marks.append(Span(len(said), len(said) + len(f"[{n}]")))
            said += f"[{n}]"
    tabled = Tabled(source, table.grid.start, tuple(table.span(r, c) for r, c in outcome.cells), way)
    citations = tuple(
        Citation(n, mark.start, mark.end, source, _page(pages, span), span.start, span.end, span.of(text))
        for n, (mark, span) in enumerate(zip(marks, spans, strict=True), 1)
    )
    return Told(short, said, citations, (Highlight(0, len(short), said[: len(short)]),), tabled, 0.0)


def _marked(sentence: str, many: int) -> tuple[str, list[Span]]:
    marks = []
    for n in range(1, many + 1):
        sentence += " "
        marks.append(Span(len(sentence), len(sentence) + len(f"[{n}]")))
        sentence += f"[{n}]"
    return sentence + ".", marks


def _page(pages: Sequence[Span], span: Span) -> int | None:
    return bisect_right([p.start for p in pages], span.start) or None


def _cited(outcome: Outcome, table: Table) -> list[Span]:
    """The cells, one footnote each; many of them as stretches of whole rows, and too many stretches as one."""
    cells = [table.span(r, c) for r, c in outcome.cells]
    if len(cells) <= MOST_FOOTNOTES:
        return cells
    rows = sorted({r for r, _ in outcome.cells})
    runs = [[r for _, r in run] for _, run in groupby(enumerate(rows), lambda pair: pair[1] - pair[0])]
    if len(runs) > MOST_FOOTNOTES:
        runs = [[rows[0], rows[-1]]]
    return [Span(table.line(run[0]).start, table.line(run[-1]).end) for run in runs]


def _comes_out(plan: Plan, outcome: Outcome, table: Table) -> bool:
    """Reckon again from the texts of the cited cells, as a reader would: what a footnote opens must bear the number."""
    texts = [table.cell(r, c) for r, c in outcome.cells]
    if not all(texts):
        return False
    match plan.do:
        case "count":
            return outcome.said == (str(len({r for r, _ in outcome.cells})),)
        case "distinct":
            return outcome.said == (str(len({values.same(t) for t in texts})),)
        case "run":
            return outcome.said == (str(len(texts)),) and len({values.same(t) for t in texts}) == 1
        case "sum" | "average" | "difference" | "years":
            return _adds_up(plan.do, outcome.said[0], texts)
        case "whether" | "more":
            return True
        case _:
            return all(s in texts for s in outcome.said)


def _adds_up(do: str, said: str, texts: Sequence[str]) -> bool:
    kind = values.kind_of([values.read(t) for t in texts])
    keys = [values.order(values.read(t), kind) for t in texts]
    told = values.order(values.read(said), "time" if kind == "time" and ":" in said else "number")
    known = [k // 10_000 if kind == "date" else k for k in keys if k is not None]
    if told is None or len(known) != len(texts):
        return False
    right = {"sum": sum(known), "average": sum(known) / len(known)}.get(do, max(known) - min(known))
    return abs(right - told) <= 0.006  # said with at least two decimals, or with those of the cells


def _where(plan: Plan, table: Table) -> str:
    parts = [_condition(w, table) for w in plan.where]
    return " where " + " and ".join(parts) if parts else ""


def _condition(where: Where, table: Table) -> str:
    name = table.names[where.column] or "a cell"
    no = " not" if where.negated else ""
    match where.test:
        case "is" | "has" | "any":
            column = table.column(where.column)
            shown = where.text.replace("|", " or ")
            if where.test == "is":
                shown = next((t for t in column.texts if values.same(t) == where.text), shown)
            return f"{name} {'is' if where.test == 'is' else 'says'}{no} {_SPACE.sub(' ', shown)}"
        case "empty" | "held":
            return f"{name} {'is empty' if where.test == 'empty' else 'is filled'}"
        case "between" if where.low == where.high:
            return f"{name} is{no} {where.low:g}"
        case "between":
            return f"{name} is{no} from {where.low:g} to {where.high:g}"
        case "margin":
            return f"{name} is won by {where.low:g}" + (" or more" if where.high > 1e8 else f" to {where.high:g}")
        case "top":
            return f"they are the {'first' if where.low > 0 else 'last'} {abs(where.low):g}"
        case "year" | "month":
            return f"the {where.test} of {name} is{no} {where.low:g}"
        case _:
            other = table.names[where.than] if where.than >= 0 else f"{where.low:g}"
            return f"{name} {_TESTS[where.test]} {other}"


def in_words(plan: Plan, table: Table) -> str:
    """Say a plan in words, so that a reader sees what was done."""
    told = table.names[plan.told] if plan.told >= 0 else ""
    by = table.names[plan.by] if plan.by >= 0 else ""
    told, by = told or "first column", by or "column"
    rows = f"rows{_where(plan, table)}" if plan.where else "all rows"
    end = "largest" if plan.down else "smallest"
    said = {
        "cell": f"{told} of the {rows}",
        "count": f"{rows}, counted",
        "distinct": f"different values of {told} in {rows}, counted",
        "sum": f"{by} of {rows}, added up",
        "average": f"average of {by} over {rows}",
        "largest": f"largest {by} of {rows}",
        "smallest": f"smallest {by} of {rows}",
        "best": f"{told} of the row with the {end} {by}, of {rows}",
        "place": f"{told} of the {_nth(plan.place)} of {rows}",
        "next": f"{told} of the row after the {rows}",
        "previous": f"{told} of the row before the {rows}",
        "difference": f"difference of {told}",
        "common": f"most frequent {told} of {rows}",
        "rare": f"least frequent {told} of {rows}",
        "often": f"{told} that stands {'at least ' if plan.down else ''}{plan.place} times in {rows}",
        "more": f"is {by} of the {rows} {'larger' if plan.down else 'smaller'} than that of the other row",
        "run": f"longest run of one {told} in {rows}",
        "longest": f"{told} with the longest run in {rows}",
        "whether": f"is there a row{_where(plan, table)}",
        "years": f"years from the first to the last {by} of {rows}",
    }
    return said[plan.do]


def _nth(place: int) -> str:
    return "last" if place < 0 else ("first", "second", "third")[place] if place < 3 else f"{place + 1}th"
