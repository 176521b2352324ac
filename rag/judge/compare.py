"""A question that compares, read once for each side; the two values are compared by code and said in one line.

In: a search, and how to ask a question of the passages of one side. Out: a `Draft` that quotes both sides, or refuses
and says which is not found; None where nothing is compared. A value counts only where its sentence, or what stands
above it, says the name and the year asked for. It takes no figure from anywhere but the quotes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import zip_longest

from rag.answer import Draft
from rag.asked.sides import Side, Sides, split
from rag.check.calendar import written
from rag.check.facts import Fact, Word, dates, read
from rag.check.numerals import parse, plain
from rag.judge import linear
from rag.judge.close import related
from rag.judge.topic import told
from rag.library import Library, StoredPassage
from rag.retrieve import Found, Hit
from rag.text import content_words, word_spans
from rag.types import Evidence, Span

Ask = Callable[[str, Callable[[StoredPassage], bool]], tuple[Found, Draft]]
# How many sentences back the name of a side may stand; the share of its question's words beside what a reader marked.
BACK, HALF = 2, 0.5
# Sentences that each side has where no two values are compared.
EACH = 2
# "About 300" may be this much more or less.
ABOUT = Decimal("0.05")
# Two values of the right names and years are at least this sure.
CHECKED = 0.7
_OPEN = Decimal("1e30")


@dataclass(frozen=True, slots=True)
class Value:
    """What one side's quote states: its words, and the range it lies in (days since year 1 for a date)."""

    label: str
    words: str
    low: Decimal
    high: Decimal
    unit: str
    evidence: Evidence


def both_sides(found: Found, ask: Ask, library: Library) -> Draft | None:
    """Answer a question that compares; None for any other, and where how a thing went is not told in two figures."""
    sides = split(found.question.text) if found.question.language == "en" else None
    if sides is None:
        return None
    pair = (sides.first, sides.second)
    read_of = [ask(side.question, functools.partial(_may_tell, side)) for side in pair]
    values = [_value(s, o, sides, r) for s, o, r in zip(pair, reversed(pair), read_of, strict=True)]
    hits = _together([made.hits for _, made in read_of])
    if (first := values[0]) and (second := values[1]):
        places = {(v.words, v.evidence.passage.source, v.evidence.span) for v in (first, second)}
        one = sides.first.name != sides.second.name and len(places) == 1
        line = "" if one else compared(sides, first, second)  # one figure is not that of two
        doubt = "" if line else f"“{first.words}” and “{second.words}” cannot be compared."
        both = {(e.passage.source, e.span): e for e in (first.evidence, second.evidence)}
        evidence = tuple(both.values())
        return Draft(evidence, CHECKED, False, not line, doubt, hits, evidence, compared=line)
    if sides.wants == "both" and sides.figures:
        return None
    drafts = [made if sides.figures else told(f, made, library) for f, made in read_of]
    strict = sides.figures and not all(_LOOSE.match(side.question) for side in pair)
    lacking = [n for n, made in enumerate(drafts) if made.refused or (strict and not values[n])]
    if lacking:
        names = "” or “".join(pair[n].question for n in lacking)
        sure = min(linear.threshold("refuse"), *(made.confidence for made in drafts))
        return Draft((), sure, True, False, f"I found no answer to “{names}”.", hits)
    evidence = tuple({(e.passage.source, e.span): e for made in drafts for e in made.evidence[:EACH]}.values())
    unsure = sides.figures or any(made.caution for made in drafts)
    doubt = "I found no two values that are sure enough to compare." if sides.figures else ""
    return Draft(evidence, min(made.confidence for made in drafts), False, unsure, doubt, hits, evidence)


def _together(lists: Sequence[tuple[Hit, ...]]) -> tuple[Hit, ...]:
    """The passages of both searches in turn, each once."""
    mixed = (h for pair in zip_longest(*lists) for h in pair if h)
    return tuple({h.stored.passage.id: h for h in mixed}.values())


# ---------------------------------------------------------------- where a side is spoken of

# A sentence that opens with a name of several words is about what bears it.
_OPENS = re.compile(r"(?:The |Its \w+ )?(?P<name>[A-ZÀ-ÖØ-Þ][\w&-]+(?: [A-ZÀ-ÖØ-Þ][\w&-]+)+)")
_YEAR = re.compile(r"\b(?:1\d{3}|20\d\d)\b")


def _may_tell(side: Side, stored: StoredPassage) -> bool:
    """Tell whether a passage can be of one side: it or its title says the name; no title sets it in another year."""
    above, text = _above(stored), stored.passage.text
    years = _YEAR.findall(above)
    return _names(side.name, f"{above} {text}") and (not (side.year and years) or side.year in above + text)


def _about(side: Side, other: Side, e: Evidence, stored: StoredPassage) -> Evidence | None:
    """Return the sentence, with those before it down to the one that names the side; None where it is of another."""
    text, start = stored.passage.text, stored.passage.start
    for span in [s for s in stored.sentences if s.start <= e.span.start][: -BACK - 2 : -1]:
        said = text[span.start - start : span.end - start]
        if _names(side.name, said):
            return replace(e, span=Span(span.start, e.span.end), text=text[span.start - start : e.span.end - start])
        opens = _OPENS.match(said)
        foreign = opens and not set(content_words(opens["name"])) <= set(content_words(side.name))
        if foreign or (side.name != other.name and _names(other.name, said)):
            return None
    return e if _names(side.name, _above(stored)) else None


def _above(stored: StoredPassage) -> str:
    return f"{stored.passage.title} · {stored.section}"


def _names(name: str, text: str) -> bool:
    """Tell whether a text says a name; of "the merger of Aldo with Bero", what is capitalised."""
    capitals = [s.of(name) for s in word_spans(name) if s.of(name)[0].isupper()]
    return set(content_words(" ".join(capitals) or name)) <= set(content_words(text))


# ---------------------------------------------------------------- one side's value

_BY = re.compile(r"\bby (?:about |some |nearly |over )?$", re.I)
_THEN = re.compile(
    r"\s*(?:\w+\s+){0,2}?\(?(?:in|for|at the end of|during|by)?\s*(?:the )?(?:(?:financial |fiscal )?year )?", re.I
)
_EARLIER_AHEAD = re.compile(
    r"\b(?:up from|down from|against|compared (?:to|with)|from|after|instead of|had been)\b(?:(?!\bto\b)[^,;]){0,40}$",
    re.I,
)
_EARLIER = re.compile(
    r"^\W*(?:\w+ ){0,3}?(?:the |a )?(?:year before|previous year|prior year|year earlier|preceding year)", re.I
)
# "44 metres" answers "How tall is it?", and "a film of 1974" when it was made, without a word of the question.
_LOOSE = re.compile(r"How (?!much|many)\w+ (?:is|was)\b|When was .* or (?:built|founded)\?$")
_WORKS = re.compile(r"\s+(?P<noun>\w+)\s+(?!work|live)(?P<verb>\w+)")


def _value(side: Side, other: Side, sides: Sides, read_of: tuple[Found, Draft]) -> Value | None:
    """Return the value of the best sentence that states one of the right name, year and kind; what says all the words
    of the side's question comes before what a reader marked."""
    found, made = read_of
    stored = {h.stored.passage.id: h.stored for h in made.hits}
    kind = "date" if sides.wants in {"before", "after"} else "number"
    seen: list[tuple[float, int, int, Value]] = []
    for n, e in enumerate(made.wider):
        passage = stored.get(e.passage.id)
        quoted = _about(side, other, e, passage) if passage else None
        if passage is None or quoted is None:
            continue
        said = _said(side, found, e.text)
        near = 1.0 if _LOOSE.match(side.question) else _said(side, found, f"{e.text} {passage.section}")
        sure = not (made.refused or made.caution)
        for f in read(e.text).facts:
            bare = side.question.startswith("How many") and not _noun(f, e)  # "The headcount was 447."
            if f.kind != kind or not (said == 1 or (sure and (bare or near >= HALF) and _marked(f, e))):
                continue
            if kind == "date" or (_counts(f, e, side, found) and _of_year(f, e, side, passage, found)):
                value = _as_value(side, f, quoted, e)
                # of "founded in 1868" and "the mill was built in 1881" the earlier is the age
                n = int(value.low) if value and kind == "date" and _LOOSE.match(side.question) else n
                seen += [(-float(said == 1), n, _far(f, e, side, found), value)] if value else []
    return min(seen, key=lambda s: s[:3])[3] if seen else None


def _said(side: Side, found: Found, text: str) -> float:
    """The share of the question's words, name and year left out, that a text says in the same or in related words."""
    own = {*content_words(side.name), side.year}
    asked = [t for t in found.terms if own.isdisjoint(t.stems)]
    stems = frozenset(content_words(text))
    stems |= {"profit"} if "loss" in stems else frozenset()  # a loss is what a profit can be
    each = [related(t, stems) for t in asked]
    return (
        float(any(each))
        if side.question.startswith("When was") and _LOOSE.match(side.question)
        else sum(each) / len(each)
        if each
        else 1.0
    )


def _marked(fact: Fact, e: Evidence) -> bool:
    return e.mark is not None and fact.start + e.span.start < e.mark.end and e.mark.start < fact.end + e.span.start


def _counts(fact: Fact, e: Evidence, side: Side, found: Found) -> bool:
    """Tell whether a number can be the value: no change ("by 27 percent"), and for "How many people …?" no sum of money
    and no people of whom something else is said ("sixty people left")."""
    if fact.value == "version" or _BY.search(e.text[: fact.start]):
        return False
    if not side.question.startswith("How many"):
        return True
    m = _WORKS.match(e.text, fact.end)
    other = m and content_words(m["verb"]) and _said(side, found, m["noun"]) and not _said(side, found, m["verb"])
    return not fact.unit and not other


def _of_year(fact: Fact, e: Evidence, side: Side, stored: StoredPassage, found: Found) -> bool:
    """Tell whether a value is of the year asked for: the year bound to it, or that of its sentence, title or text."""
    if not side.year:
        return True
    said = [d for d in dates(e.text, "en") if not d.value.startswith("*")]
    behind = next((d for d in said if d.start >= fact.end), None)
    if behind and _THEN.fullmatch(e.text, fact.end, behind.start):
        return behind.value.startswith(side.year)
    if _EARLIER.search(e.text[fact.end :]) or _EARLIER_AHEAD.search(e.text[: fact.start]):
        return False
    others = [f for f in read(e.text).facts if f.kind == "number" and f is not fact]
    free = [d for d in said if not any(f.end <= d.start and _THEN.fullmatch(e.text, f.end, d.start) for f in others)]
    if free:
        ahead = [d for d in free if d.end <= fact.start]
        return (ahead[-1] if ahead else free[0]).value.startswith(side.year)
    if above := _YEAR.findall(_above(stored)):
        return side.year in above
    before = dates(stored.passage.text[: e.span.start - stored.passage.start], "en")
    years = [d.value[:4] for d in before if not d.value.startswith("*")]
    wrote = found.dates.get(stored.passage.source)
    return side.year == (years[-1] if years else str(wrote.year if wrote else ""))


def _far(fact: Fact, e: Evidence, side: Side, found: Found) -> int:
    """How far a value stands from the nearest word of the question; what the reader marked is nearest."""
    words = [s for s in word_spans(e.text) if _said(side, found, s.of(e.text))]
    return -1 if _marked(fact, e) else min((max(fact.start - w.end, w.start - fact.end) for w in words), default=0)


def _noun(fact: Fact, e: Evidence) -> Word | None:
    """The word right behind a number, which it counts."""
    return next((w for w in read(e.text).words if w.start == fact.end + 1 and not w.stop and not w.name), None)


def _as_value(side: Side, fact: Fact, quoted: Evidence, e: Evidence) -> Value | None:
    if fact.kind == "date":
        period = None if "|" in fact.value else written(fact.value)
        words = " ".join(e.text[fact.start : fact.end].split()).removeprefix("the ")
        days = (Decimal(period.first.toordinal()), Decimal(period.last.toordinal())) if period else None
        return Value(side.label, words, *days, "day", quoted) if days else None
    noun, counted = _noun(fact, e), side.question.startswith("How many")
    words = " ".join(e.text[fact.start : noun.end if noun and not fact.unit else fact.end].split())
    unit = fact.unit or (noun.stem if noun and not counted else "")
    value = Decimal(fact.value)
    if re.search(r"\bloss(?:es)? (?:\w+ ){0,2}$", e.text[: fact.start]) and "loss" not in side.question:
        words, value = f"a loss of {words}", -value
    about = abs(value) * ABOUT
    ranges = {">": (value, _OPEN), "<": (-_OPEN, value), "~": (value - about, value + about)}
    return Value(side.label, words, *ranges.get(fact.sign, (value, value)), unit, quoted)


# ---------------------------------------------------------------- the line


def compared(sides: Sides, first: Value, second: Value) -> str:
    """Say what the two values make of the question, "" where they cannot be compared.

    The words of both stand in the line as their quotes say them; a difference is the one figure that is computed.
    """
    one_text = first.evidence.passage.source == second.evidence.passage.source
    if first.unit != second.unit and not (one_text and "" in (first.unit, second.unit)):
        return ""
    more = 1 if first.low > second.high else -1 if first.high < second.low else 0
    if not more and not (first.low == first.high == second.low == second.high):
        return ""
    dated = first.unit == "day" and sides.wants in {"before", "after"}
    signs = {1: "is after", -1: "is before", 0: "is the same as"} if dated else {1: ">", -1: "<", 0: "="}
    wanted = -1 if sides.wants in {"less", "before"} else 1
    if sides.yes_no:
        return f"{'Yes' if more == wanted else 'No'}: {first.words} {signs[more]} {second.words}"
    if not more:
        return f"{first.label} and {second.label}: {first.words} {signs[0]} {second.words}"
    one, other = (first, second) if more == wanted else (second, first)
    if sides.wants == "difference" and (by := _difference(one, other)):
        return f"{one.label}: {one.words} − {other.words} = {by}"
    return f"{one.label}: {one.words} {signs[wanted]} {other.words}"


_FIGURE = re.compile(r"(?P<before>[^\d]*)(?P<digits>\d[\d.,]*)(?P<after>.*)", re.S)


def _difference(one: Value, other: Value) -> str:
    """What one value has more, in the words of both where they count alike ("1.1 million euros"); "" for a range.

    >>> from rag.types import Passage
    >>> e = Evidence(Passage("", "", "", None, 0, 0, ""), Span(0, 0), "", 1.0)
    >>> a, b = (Decimal("3.2e6"), "3.2 million euros"), (Decimal("2.1e6"), "2.1 million euros")
    >>> _difference(*(Value("", words, n, n, "eur", e) for n, words in (a, b)))
    '1.1 million euros'
    """
    if one.low != one.high or other.low != other.high:
        return ""
    by = one.low - other.low
    mine, its = _FIGURE.fullmatch(one.words), _FIGURE.fullmatch(other.words)
    if not mine or not its or (mine["before"], mine["after"]) != (its["before"], its["after"]) or not by:
        return f"{by:,}"
    digits = parse(mine["digits"], "en")
    scaled = by / (one.low / digits) if digits and one.low else by
    return f"{mine['before']}{Decimal(plain(scaled)):,}{mine['after']}"
