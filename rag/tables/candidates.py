"""Every plan that the words of a question can mean, each with what speaks for and against it.

In: `Asked` and a `Table`. Out: plans with their features, by name. An operation is thought of only where a word calls
for it, so that there are hundreds of plans and not millions.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.tables.asked import Asked
from rag.tables.plan import Op, Outcome, Plan, Where, run
from rag.tables.table import Column, Table, words
from rag.tables.terms import Match, lists
from rag.text import stem

MOST = 3000  # plans
_SETS = 60  # sets of conditions
_CONDITIONS = 3
_CUES = frozenset(
    (
        "count", "sum", "average", "difference", "distinct", "next", "previous", "first", "last", "largest", "smallest",
        "common", "run", "years", "negated", "only", "winner", "second",
    )
)  # fmt: skip
_STRONG = (
    "count", "average", "difference", "distinct", "next", "previous", "first", "last", "largest", "smallest", "run",
    "negated",
)  # fmt: skip
_CLOSED = frozenset("did does do is are was were has have had can".split())
_TELLS = frozenset({"cell", "place", "next", "previous", "best", "common", "rare", "often", "longest"})
_PEOPLE = frozenset({"who", "whose", "whom"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan, what it comes to, and its features."""

    plan: Plan
    outcome: Outcome
    features: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Draft:
    plan: Plan
    used: frozenset[int]
    matches: tuple[Match, ...]
    cue: str = ""


def candidates(asked: Asked, table: Table) -> list[Candidate]:
    """Return the plans that come to something."""
    made: dict[Plan, _Draft] = {}
    for draft in itertools.islice(_drafts(asked, table), MOST):
        old = made.get(draft.plan)
        if old is None or len(draft.used) > len(old.used):
            made[draft.plan] = draft
    found = []
    for draft in made.values():
        outcome = run(draft.plan, table)
        if outcome is not None and all(outcome.said):
            found.append(Candidate(draft.plan, outcome, _features(draft, outcome, asked, table)))
    return found


def _sets(asked: Asked) -> list[tuple[Match, ...]]:
    """Sets of conditions over words that do not overlap, those that account for most words first."""
    negated = asked.cues.get("negated", frozenset())
    groups: dict[frozenset[int], list[Match]] = {}
    for match in asked.matches:
        options = groups.setdefault(match.tokens, [])
        options.append(match)
        first = min(match.tokens)
        before = {t for t in negated if 0 < first - t <= 5}
        if before and match.where.test in {"is", "has"}:
            turned = replace(match.where, negated=True)
            options.append(replace(match, where=turned, tokens=match.tokens | before))
    every = [m for options in groups.values() for m in options]
    every.sort(key=lambda m: (-len(m.tokens & asked.content), m.near, -m.share))
    every = every[:24]
    sets: list[tuple[Match, ...]] = [()]
    for size in range(1, _CONDITIONS + 1):
        for combination in itertools.combinations(every, size):
            apart = all(a.tokens.isdisjoint(b.tokens) for a, b in itertools.combinations(combination, 2))
            if apart:
                sets.append(combination)
    sets.sort(key=lambda s: (-sum(len(m.tokens & asked.content) - 0.3 * m.near for m in s), len(s)))
    return [*sets[: _SETS - 1], ()]


def _drafts(asked: Asked, table: Table) -> Iterator[_Draft]:
    told = _told(asked, table)
    keyed = [n for n in range(len(table.names)) if table.column(n).kind != "text"]
    keyed.sort(key=lambda n: (-asked.headers[n].said, not asked.headers[n].meant, n))
    for matches in _sets(asked):
        yield from _plain(asked, table, matches, told)
        yield from _counted(asked, table, matches, told)
        yield from _groups(asked, matches, told)
        yield from _by_order(asked, table, matches, told, keyed[:8])
        yield from _between_rows(asked, table, matches, told, keyed[:6])


def _told(asked: Asked, table: Table) -> list[int]:
    """The columns that can be said, the likeliest first."""

    def likely(n: int) -> tuple[float, int]:
        h = asked.headers[n]
        return -(2 * h.focus + h.said + 0.5 * h.meant + 0.8 * (n == table.subject)), n

    return sorted(range(len(table.names)), key=likely)[:9]


def _draft(
    asked: Asked, op: Op, matches: Sequence[Match], cue: str = "", told: int = -1, by: int = -1, **more: object
) -> _Draft:
    used = set(asked.cues.get(cue, ()))
    for m in matches:
        used |= m.tokens
    if used:  # "how many grants", "the largest grant", where the table is called so
        used |= {i for i in asked.called if 0 < i - max(asked.cues.get(cue, {i})) <= 3}
    if told == asked.subject:
        used |= asked.called
    for n in (told, by):
        if n >= 0:
            used |= asked.headers[n].tokens
    for m in matches:
        used |= asked.headers[m.where.column].tokens
    used |= asked.headers[asked.subject].tokens  # what a row is called
    where = [m.where for m in sorted(matches, key=lambda m: m.where.test != "top")]  # "the first five" are so of all
    where += [replace(m.but, negated=True) for m in matches if m.but]
    plan = Plan(op, tuple(where), told, by, **more)  # type: ignore[arg-type]
    return _Draft(plan, frozenset(used), tuple(matches), cue)


def _plain(asked: Asked, table: Table, matches: tuple[Match, ...], told: list[int]) -> Iterator[_Draft]:
    cues = asked.cues
    if matches:
        for n in told:  # "how many points" is no count, where points are a column
            figure = asked.wh == "how many" and asked.headers[n].tokens and asked.numeric[n]
            yield _draft(asked, "cell", matches, "count" if figure else "", told=n)
    for cue, place in (("first", 0), ("winner", 0), ("second", 1), ("last", -1)):
        if cue in cues and (matches or cue != "winner" or any(c.is_rank for c in _columns(table))):
            for n in told:
                yield _draft(asked, "place", matches, cue, told=n, place=place)
    for name, at in lists()["places"].items():
        if at and name in asked.tokens:
            for n in told[:5]:
                yield _draft(asked, "place", matches, told=n, place=at)
    if matches and asked.tokens[:1] and asked.tokens[0] in _CLOSED:
        yield _draft(asked, "whether", matches)


def _columns(table: Table) -> Iterator[Column]:
    return map(table.column, range(len(table.names)))


def _counted(asked: Asked, table: Table, matches: tuple[Match, ...], told: list[int]) -> Iterator[_Draft]:
    if "count" not in asked.cues and asked.wh != "how many":
        return
    if not any(_names_a_row(m, asked, table) for m in matches):
        yield _draft(asked, "count", matches, "count", told=-1 if matches else table.subject)
    for n in told[:5]:
        if asked.headers[n].tokens and not matches and table.column(n).is_gappy:
            held = Match(Where(n, "held"), asked.headers[n].tokens, 1.0)
            yield _draft(asked, "count", (held,), "count")
        if asked.headers[n].tokens and ("distinct" in asked.cues or n != table.subject):  # each row is another
            yield _draft(asked, "distinct", matches, "distinct" if "distinct" in asked.cues else "count", told=n)


def _names_a_row(match: Match, asked: Asked, table: Table) -> bool:
    """ "How many nurses", where one row is of nurses and each row of another thing: counting rows says nothing."""
    column = table.column(match.where.column)
    alone = match.where.test == "is" and len({column.same[r] for r in table.body}) == len(table.body)
    return alone and asked.tokens[: min(match.tokens)][-1:] == ("many",)


def _groups(asked: Asked, matches: tuple[Match, ...], told: list[int]) -> Iterator[_Draft]:
    """Values by how often they stand: most often, "more than once", "twice", the longest run."""
    cues = asked.cues
    for cue, op in (("common", "common"), ("rare", "rare"), ("run", "longest")):
        if cue in cues:
            for n in told[:6]:
                yield _draft(asked, op, matches, cue, told=n)  # type: ignore[arg-type]
                if op == "longest" and ("count" in cues or asked.wh == "how many"):
                    yield _draft(asked, "run", matches, cue, told=n)
    more = re.search(r"\b(?:more than|at least|multiple|several)\b", asked.folded)
    for i, token in enumerate(asked.tokens):
        many = {"multiple": 2, "several": 2}.get(token) or lists()["numbers"].get(token, 0)
        least = many + (token in {"once", "one"} and "than" in asked.tokens[:i][-1:])
        if 0 < least <= 9 and asked.wh != "how many":
            for n in told[:4]:
                draft = _draft(asked, "often", matches, told=n, place=least, down=bool(more))
                yield replace(draft, used=draft.used | {i})


def _by_order(
    asked: Asked, table: Table, matches: tuple[Match, ...], told: list[int], keyed: list[int]
) -> Iterator[_Draft]:
    cues = asked.cues
    nth = next((at for name, at in lists()["places"].items() if at and name in asked.tokens), 0)
    for cue, down in (("largest", True), ("smallest", False), ("first", False), ("last", True), ("winner", False)):
        if cue not in cues:
            continue
        both = (down, not down) if cue in {"largest", "smallest"} else (down,)  # the best place is the smallest
        for by, way in itertools.product(keyed, both):
            if way and "longest" in asked.tokens and _is_start(table.column(by)):
                continue  # for the longest: since the earliest day
            for n in told[:6]:
                alone = asked.wh == "what" and asked.headers[by].sole and not asked.headers[n].tokens
                if n != by and not alone:  # "what was the largest grant": its amount
                    yield _draft(asked, "best", matches, cue, told=n, by=by, down=way)
                    if nth and way == down:
                        yield _draft(asked, "best", matches, cue, told=n, by=by, down=way, place=nth)
            if asked.headers[by].tokens:
                yield _draft(asked, "largest" if way else "smallest", matches, cue, by=by, down=way)
    for cue, op in (("sum", "sum"), ("average", "average"), ("years", "years")):
        if cue in cues:
            for by in keyed:
                added = _draft(asked, op, matches, cue, by=by)  # type: ignore[arg-type]
                figure = asked.wh == "how many" and asked.numeric[by] and asked.headers[by].focus
                yield replace(added, used=added.used | asked.cues.get("count", frozenset()) if figure else added.used)
    if "sum" not in cues and asked.wh in {"how many", "how much"} and matches:  # "how many points did the two score"
        for by in keyed[:3]:
            if asked.headers[by].tokens:
                yield _draft(asked, "sum", matches, by=by)


def _is_start(column: Column) -> bool:
    return column.kind == "date" and not {stem(w) for w in lists()["start"]}.isdisjoint(words(column.name))


def _between_rows(
    asked: Asked, table: Table, matches: tuple[Match, ...], told: list[int], keyed: list[int]
) -> Iterator[_Draft]:
    cues = asked.cues
    if not matches:
        return
    beside = {(x.where.column, x.where.than) for x in asked.matches if x.where.than >= 0}
    for cue, op in (("next", "next"), ("previous", "previous")):
        if cue in cues:
            for n in told[:6]:
                yield _draft(asked, op, matches, cue, told=n)  # type: ignore[arg-type]
    for n, m in beside:
        if "difference" in cues and any((x.where.column, x.where.than) == (n, m) for x in matches):
            yield _draft(asked, "difference", matches, "difference", told=n, by=m)
    for n, m in itertools.permutations(keyed, 2):
        years = table.column(n).kind == table.column(m).kind == "date" and n < m and "years" in cues
        named = asked.headers[n].tokens and asked.headers[m].tokens and "difference" in cues
        if {n, m} in map(set, beside):
            continue  # only where it does exceed the other
        if years or named:
            yield _draft(asked, "difference", matches, "difference" if named else "years", told=n, by=m)
    if len(matches) != 2:
        return
    for n in keyed:
        if "difference" in cues:
            one = _draft(asked, "difference", matches, "difference", told=n)
            yield replace(one, plan=replace(one.plan, where=one.plan.where[:1], other=one.plan.where[1:]))
        for cue, down in (("largest", True), ("smallest", False), ("last", True), ("first", False)):
            if cue in cues and asked.tokens[0] in _CLOSED and "than" in asked.tokens:
                pair = sorted(matches, key=lambda m: min(m.tokens))
                one = _draft(asked, "more", pair, cue, by=n, down=down)
                yield replace(one, plan=replace(one.plan, where=one.plan.where[:1], other=one.plan.where[1:]))


def _features(draft: _Draft, outcome: Outcome, asked: Asked, table: Table) -> dict[str, float]:
    plan = draft.plan
    left = asked.content - draft.used
    either = any(m.where.test == "any" for m in draft.matches)
    kinds = {c for c, tokens in asked.cues.items() if tokens}
    f: dict[str, float] = {
        f"op {plan.do}": 1.0,
        "left": len(left) / max(1, len(asked.content)),
        "left many": min(4.0, len(left)),
        "left common": min(4.0, len(left & asked.common)),
        "left rare": min(4.0, len(left - asked.common)),
        "head left": float(_head(asked) in left),
        "conditions": float(len(draft.matches)),
        "near": float(sum(m.near for m in draft.matches)),
        "share": sum(m.share for m in draft.matches) / max(1, len(draft.matches)),
        "partial": float(sum(m.share < 0.5 for m in draft.matches)),
        "named": float(sum(bool(asked.headers[m.where.column].tokens) for m in draft.matches)),
        "negated": float(sum(m.where.negated for m in draft.matches)),
        "turned": float(table.is_turned),
        "list": float(len(outcome.said) > 1),
        "long list": float(len(outcome.said) > 3),
    }
    numbers = {i for i, t in enumerate(asked.tokens) if t.isdigit() or t in lists()["numbers"]}
    f["numbers left"] = min(2.0, float(len(numbers - draft.used)))
    f |= _said_features(plan, outcome, asked)
    for cue in kinds & _CUES:
        f[f"{plan.do} with {cue}"] = 1.0
    if asked.wh:
        f[f"{plan.do} for {asked.wh}"] = 1.0
    if plan.told >= 0 and plan.do not in {"count"}:
        f |= _told_features(plan, asked, table)
    f |= _column_features(draft, asked, table)
    if either:
        f["either with " + ("or" if "or" in asked.tokens else "and")] = 1.0
    names = [h.tokens for h in asked.headers if h.said == 1.0]
    f["match is a name"] = float(sum(m.tokens <= name for m in draft.matches for name in names if m.share < 1.0))
    tests = {m.where.test for m in draft.matches}
    for test in tests:
        f[f"test {test}"] = 1.0
    f["cues left"] = float(sum(asked.cues.get(c, draft.used).isdisjoint(draft.used) for c in _STRONG if c in kinds))
    pairs = {(m.where.column, m.tokens) for m in draft.matches}
    f["rivals"] = float(
        len({m.where.column for m in asked.matches if not m.near and m.share > 0.5
             and any(m.tokens == t and m.where.column != c for c, t in pairs)})
    )  # fmt: skip
    unused = [m for m in asked.matches if not m.near and m.share > 0.9 and m.tokens.isdisjoint(draft.used)]
    f["unused"] = min(2.0, float(len({m.tokens for m in unused})))
    return f


def _head(asked: Asked) -> int:
    """The word that says what is asked for, the first of weight after "how many", "which" or "what"; -1: none."""
    wh = asked.tokens.index(asked.wh.split()[0]) if asked.wh in {"how many", "which", "what", "whose"} else -1
    return min((i for i in asked.content if i > wh >= 0), default=-1)


def _said_features(plan: Plan, outcome: Outcome, asked: Asked) -> dict[str, float]:
    """What is said, against the question: its own words are no answer but to "A or B"."""
    said = [w for text in outcome.said[:3] for w in words(text)]
    echo = sum(w in asked.stems for w in said) / max(1, len(said))
    group = "a side" if {"or", "between", "than"} & set(asked.tokens) else "any"
    f: dict[str, float] = {}
    if plan.do in _TELLS:
        f[f"echo for {group}"] = echo
        f[f"echo whole for {group}"] = float(echo == 1.0)
    counted = [n for n, h in enumerate(asked.headers) if h.focus and h.said]
    if asked.wh == "how many" and plan.do in {"count", "distinct", "cell", "sum", "run"}:
        f[f"{plan.do} of a figure"] = float(any(asked.numeric[n] for n in counted))
        f[f"{plan.do} of a name"] = float(any(not asked.numeric[n] for n in counted))
    if plan.do in {"cell", "place", "next", "previous", "best"} and asked.wh == "how many":
        f["told in figures"] = float(bool(said) and said[0][:1].isdigit())
    return f


def _column_features(draft: _Draft, asked: Asked, table: Table) -> dict[str, float]:
    plan = draft.plan
    f: dict[str, float] = {}
    if draft.cue:
        at = asked.cues.get(draft.cue, frozenset())
        f["cue in a condition"] = float(any(at <= m.tokens for m in draft.matches))
        # "average loan" where a column is called so
        f["cue is a name"] = float(any(at <= h.tokens and h.said == 1.0 for h in asked.headers))
    column = plan.by if plan.by >= 0 else plan.told
    if column >= 0:
        f[f"{plan.do} of {table.column(column).kind}"] = 1.0
        signs = {lists()["units"].get(t, "") for t in asked.tokens} - {""}
        texts = [t for t in table.column(column).texts[:3] if t]
        f["unit"] = float(any(c in t for s in signs for c in s for t in texts))
        f["other unit"] = float(bool(signs) and not f["unit"])
    if plan.by >= 0:
        h = asked.headers[plan.by]
        f["by said"], f["by meant"], f["by unsaid"] = h.said, float(h.meant), float(not h.tokens)
        f["by kind " + table.column(plan.by).kind + " " + draft.cue] = 1.0
        rank = "rank" if table.column(plan.by).is_rank else "other"
        low = " low" if any(t in lists()["low_is_large"] for t in asked.tokens) else ""
        if draft.cue:
            way = f"{draft.cue} {'down' if plan.down else 'up'}"
            f[f"{way} by {rank} {table.column(plan.by).kind}{low}"] = f[f"{way} by {rank}{low}"] = f[way] = 1.0
        f["by is condition"] = float(any(m.where.column == plan.by for m in draft.matches))
    return f


def _told_features(plan: Plan, asked: Asked, table: Table) -> dict[str, float]:
    h = asked.headers[plan.told]
    kind = table.column(plan.told).kind
    others = any(x.focus for n, x in enumerate(asked.headers) if n != plan.told)
    f = {
        "told said": h.said,
        "told meant": float(h.meant),
        "told focus": float(h.focus),
        "told unsaid": float(not h.tokens),
        "told subject": float(plan.told == table.subject),
        "told subject alone": float(plan.told == table.subject and not others),
        "told is condition": float(any(w.column == plan.told for w in (*plan.where, *plan.other))),
        f"told {kind} for {asked.wh or 'none'}": 1.0,
        f"{plan.do} told focus": float(h.focus),
        f"{plan.do} told said": h.said,
        f"{plan.do} told subject": float(plan.told == table.subject),
        f"{plan.do} told is condition": float(any(w.column == plan.told for w in (*plan.where, *plan.other))),
        "told rank": float(table.column(plan.told).is_rank),
    }
    if asked.wh in _PEOPLE:
        f["told people"] = float(kind == "text")
    return f
