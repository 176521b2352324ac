"""The door: does a table that was found answer the question, by a plan that is sure enough?

In: what a search found, and the library. Out: `Told`; `Declined` where the question asks a table to be reckoned over
and no plan is sure; ``None`` where the documents' own sentences should answer.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.asked.question import Kind
from rag.check.facts import read
from rag.library import Library
from rag.retrieve import Found
from rag.tables.asked import Asked, asked
from rag.tables.candidates import candidates
from rag.tables.grid import is_larger
from rag.tables.plan import Plan, chosen, run
from rag.tables.say import Told, say
from rag.tables.score import choice, scores, sure, weights
from rag.tables.table import Table, views
from rag.text import fold
from rag.types import Grid, Tabled

HITS = 8  # passages whose tables are looked at
TABLES = 3
MOST_CELLS = 200_000  # a larger table is not reckoned over
_OPERATIONS = frozenset(
    {
        "count",
        "sum",
        "average",
        "difference",
        "next",
        "previous",
        "first",
        "last",
        "largest",
        "smallest",
        "run",
        "years",
    }
)
# Kinds of questions whose answer is a sentence, never a cell.
_IN_WORDS = frozenset({Kind.REASON, Kind.MANNER})
_CODE = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z\d./-]+")  # letters and digits in one word
_CAUTION = 0.65  # below it a plan is told with a caution
_UNSURE = "how the question is to be read over this table is not certain"
_DOUBT = "the row that the question names; which of its cells is asked for is not certain"
_STOPS = re.compile(
    r"\b(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would|in|on|of|at|with|that|who|which|where|the|from|"
    r"for|to|by|not|other|there|listed|when|only|during|between|after|before)\b"
)


@dataclass(frozen=True, slots=True)
class Declined:
    """A question that only arithmetic over this table could answer, and none is certain."""

    reason: str
    table: Tabled


def answer(found: Found, library: Library) -> Told | Declined | None:
    """Answer from the tables among the passages found, or say that they do not answer."""
    if found.question.abroad or found.question.kind in _IN_WORDS:
        return None
    question = found.question.text
    tables = list(_tables(found, library))
    plans = [
        (c, view, source, text, words)
        for source, text, shown in tables
        for view in shown
        for words in (asked(question, view, library.document(source).title),)
        for c in candidates(words, view)
    ]
    by = weights()
    if plans:
        every = [c for c, *_ in plans]
        best, facts = choice(every, scores(every, by["plan"]))
        chance = sure(facts, by["sure"])
        _, view, source, text, words = next(p for p in plans if p[0] is best)
        pages = library.document(source).pages
        if chance < by["below"]:
            whole = _row(best.plan, view, words)
            outcome = whole and run(whole, view)
            if whole and outcome and best.features["left rare"] <= 1:
                told = say(whole, outcome, view, source, pages, text, "")
                return told and replace(told, short="", doubt=_DOUBT, confidence=chance)
        else:
            told = say(best.plan, best.outcome, view, source, pages, text, _noun(words))
            if told and found.question.kind is Kind.DATE and not _dates(told.short, question):
                return None
            if told:
                way = _named(told.table.way, view, source)
                doubt = _UNSURE if chance < _CAUTION else ""
                return replace(told, table=replace(told.table, way=way), confidence=chance, doubt=doubt)
    return _declined(found, tables, question)


def _row(plan: Plan, view: Table, words: Asked) -> Plan | None:
    """The row whose code the question names ("E23"), where nothing is to be reckoned: it answers, whichever of its
    cells is asked for, and no other row does."""
    if plan.do != "cell" or _OPERATIONS & set(words.cues):
        return None
    for where in plan.where:
        code = where.test == "is" and not where.negated and bool(_CODE.fullmatch(where.text))
        if code and len(chosen(view, (where,))) == 1:
            return Plan("cell", (where,), told=where.column)
    return None


def _dates(short: str, question: str) -> bool:
    """Tell whether a cell can answer "since when is it closed on Sunday?": neither "closed" nor "Sunday" does."""
    return bool(read(short).facts) and fold(short) not in fold(question)


def _named(way: str, table: Table, source: str) -> str:
    caption = f"table “{table.grid.caption}” of " if table.grid.caption else ""
    return f"{caption}{source}: {way}"


def _noun(words: Asked) -> str:
    """What is counted, in the question's words: "8 orders"."""
    told = re.search(r"\b(?:how many|number of)\s+(.*)", words.folded)
    noun = _STOPS.split(told[1], maxsplit=1)[0].strip(" ?.,") if told else ""
    return noun if 0 < len(noun.split()) <= 3 else "rows"


def _tables(found: Found, library: Library) -> Iterator[tuple[str, str, list[Table]]]:
    """The tables that the best passages lie in, best first, as they stand and turned."""
    seen: set[tuple[str, int]] = set()
    grids: dict[str, list[Grid]] = {}
    for hit in found.hits[:HITS]:
        passage = hit.stored.passage
        if passage.source not in grids:
            grids[passage.source] = library.grids(passage.source)
        for grid in grids[passage.source]:
            key = (passage.source, grid.start)
            if key not in seen and passage.start < grid.end and grid.start < passage.end and len(seen) < TABLES:
                seen.add(key)
                text = library.text(passage.source)
                yield passage.source, text, list(_views(grid, text))


@functools.lru_cache(maxsize=8)
def _views(grid: Grid, text: str) -> tuple[Table, ...]:
    """Columns are typed once and kept for the next question."""
    return () if is_larger(grid, MOST_CELLS) else tuple(views(grid, text))


def _declined(found: Found, tables: list[tuple[str, str, list[Table]]], question: str) -> Declined | None:
    """Decline where all that was found best is rows of tables and a row alone cannot answer."""
    if not tables:
        return None
    best = found.hits[0].stored.passage
    inside = any(
        source == best.source and v.grid.start < best.end and best.start < v.grid.end
        for source, _, shown in tables
        for v in shown
    )
    view = tables[0][2][0] if tables[0][2] else None
    if not inside or view is None:
        return None
    calls = _OPERATIONS & set(asked(question, view).cues)
    where = f"the table “{view.grid.caption}”" if view.grid.caption else f"a table of {best.source}"
    reason = f"{where} is what was found, and no way to read the question over it is certain"
    return Declined(reason, Tabled(best.source, view.grid.start)) if calls else None
