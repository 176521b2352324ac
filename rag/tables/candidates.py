"""Every plan that the words of a question can mean, each with what speaks for and against it.

In: `Asked` and a `Table`. Out: plans with their features, by name. An operation is thought of only where a word calls
for it, so that there are hundreds of plans and not millions.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.tables.asked import Asked, Match, lists
from rag.tables.plan import Op, Outcome, Plan, Where, run
from rag.tables.table import Table

MOST = 3000  # plans
_SETS = 60  # sets of conditions
_CONDITIONS = 3
_CUES = frozenset(
    (
        "count",
        "sum",
        "average",
        "difference",
        "distinct",
        "next",
        "previous",
        "first",
        "last",
        "largest",
        "smallest",
        "common",
        "run",
        "years",
        "negated",
        "only",
    )
)
_STRONG = (
    "count", "average", "difference", "distinct", "next", "previous", "first", "last", "largest", "smallest", "run",
    "negated",
)  # fmt: skip
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
        yield from _by_order(asked, matches, told, keyed[:8])
        yield from _between_rows(asked, matches, told, keyed[:6])


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
    for n in (told, by):
        if n >= 0:
            used |= asked.headers[n].tokens
    for m in matches:
        used |= asked.headers[m.where.column].tokens
    plan = Plan(op, tuple(m.where for m in matches), told, by, **more)  # type: ignore[arg-type]
    return _Draft(plan, frozenset(used), tuple(matches), cue)


def _plain(asked: Asked, table: Table, matches: tuple[Match, ...], told: list[int]) -> Iterator[_Draft]:
    cues = asked.cues
    if matches:
        for n in told:
            yield _draft(asked, "cell", matches, told=n)
    counts = "count" in cues or asked.wh == "how many"
    if counts:
        if matches:
            yield _draft(asked, "count", matches, "count")
        else:
            yield _draft(asked, "count", (), "count", told=table.subject)
        for n in told[:5]:
            if asked.headers[n].tokens:
                if not matches:
                    held = Match(Where(n, "held"), asked.headers[n].tokens, 1.0)
                    yield _draft(asked, "count", (held,), "count")
                if "distinct" in cues or n != table.subject:  # each row is another of its subjects
                    yield _draft(asked, "distinct", matches, "distinct" if "distinct" in cues else "count", told=n)
    for cue, place in (("first", 0), ("last", -1)):
        if cue in cues:
            for n in told:
                yield _draft(asked, "place", matches, cue, told=n, place=place)
    for name, at in lists()["places"].items():
        if at and name in asked.tokens:
            for n in told[:5]:
                yield _draft(asked, "place", matches, told=n, place=at)
    for cue, op in (("common", "common"), ("rare", "rare"), ("run", "longest")):
        if cue in cues:
            for n in told[:6]:
                yield _draft(asked, op, matches, cue, told=n)  # type: ignore[arg-type]
                if op == "longest" and counts:
                    yield _draft(asked, "run", matches, cue, told=n)
    if (
        matches
        and asked.tokens[:1]
        and asked.tokens[0] in {"did", "does", "do", "is", "are", "was", "were", "has", "have"}
    ):
        yield _draft(asked, "whether", matches)


def _by_order(asked: Asked, matches: tuple[Match, ...], told: list[int], keyed: list[int]) -> Iterator[_Draft]:
    cues = asked.cues
    low = any(t in lists()["low_is_large"] for t in asked.tokens)
    for cue, down in (("largest", True), ("smallest", False), ("first", False), ("last", True)):
        if cue not in cues:
            continue
        for by in keyed:
            for n in told[:6]:
                if n != by:
                    yield _draft(asked, "best", matches, cue, told=n, by=by, down=down)
                    if low and cue == "largest":
                        yield _draft(asked, "best", matches, cue, told=n, by=by, down=False)
            if asked.headers[by].tokens:
                yield _draft(asked, "largest" if down else "smallest", matches, cue, by=by, down=down)
    for cue, op in (("sum", "sum"), ("average", "average"), ("years", "years")):
        if cue in cues:
            for by in keyed:
                yield _draft(asked, op, matches, cue, by=by)  # type: ignore[arg-type]


def _between_rows(asked: Asked, matches: tuple[Match, ...], told: list[int], keyed: list[int]) -> Iterator[_Draft]:
    cues = asked.cues
    for cue, op in (("next", "next"), ("previous", "previous")):
        if cue in cues and matches:
            for n in told[:6]:
                yield _draft(asked, op, matches, cue, told=n)  # type: ignore[arg-type]
    if "difference" in cues and matches:
        for n in keyed:
            for m in keyed:
                if m != n and asked.headers[n].tokens and asked.headers[m].tokens:
                    yield _draft(asked, "difference", matches, "difference", told=n, by=m)
        if len(matches) == 2:
            for n in keyed:
                one = _draft(asked, "difference", matches, "difference", told=n)
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
    for cue in kinds & _CUES:
        f[f"{plan.do} with {cue}"] = 1.0
    if asked.wh:
        f[f"{plan.do} for {asked.wh}"] = 1.0
    if plan.told >= 0 and plan.do not in {"count"}:
        f |= _told_features(plan, asked, table)
    f |= _column_features(draft, asked, table)
    if either:
        f["either with " + ("or" if "or" in asked.tokens else "and")] = 1.0
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


def _column_features(draft: _Draft, asked: Asked, table: Table) -> dict[str, float]:
    plan = draft.plan
    f: dict[str, float] = {}
    if draft.cue:
        at = asked.cues.get(draft.cue, frozenset())
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
    }
    if asked.wh in _PEOPLE:
        f["told people"] = float(kind == "text")
    return f
