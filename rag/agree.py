"""Does a claim say no more than its quote? Each check compares one kind of fact and names what is wrong.

In: the reading of one claim sentence and of the source sentences proposed for it. Out: "" or the kind of the first
disagreement. Deterministic, no model. It does not choose the source sentences: `rag/verify.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.agree_roles import cause, order, prepositions, roles
from rag.cues import Cue, cues, has_temporal, quantifiers
from rag.facts import Fact, Reading, Word, read
from rag.likeness import Hit, Source, proper
from rag.numerals import unit_names
from rag.wordlists import word_set, wordlists


@dataclass(frozen=True)
class Pair:
    """A claim beside its quote: for each content word of the claim the quote words that may carry it."""

    claim: Reading
    source: Source
    hits: dict[Word, list[Hit]]

    @classmethod
    def of(cls, claim: Reading, quotes: Sequence[Reading]) -> Pair:
        source = Source(quotes)
        return cls(claim, source, {w: source.hits(w) for w in claim.content})

    @property
    def quotes(self) -> tuple[Reading, ...]:
        return self.source.readings


def disagreement(claim: str, quotes: Sequence[str], language: str = "") -> str:
    """Return "" when the quotes carry the claim, else the kind of the first thing that does not hold."""
    pair = Pair.of(read(claim, language), [read(q, language) for q in quotes])
    return next((kind for kind in (check(pair) for check in _CHECKS) if kind), "")


# ---------------------------------------------------------------- numbers and dates


def _facts(pair: Pair) -> str:
    for fact in pair.claim.facts:
        behind = matching(pair, fact)
        if not behind:
            return {"date": "date", "weekday": "date", "time": "date"}.get(fact.kind, "number")
        if not _bound(pair, fact, behind):
            return "date of something else" if fact.kind in {"date", "weekday"} else "number of something else"
    return ""


def matching(pair: Pair, fact: Fact) -> list[tuple[int, Fact]]:
    """Return the facts of the quote that state ``fact``."""
    found = [(i, f) for i, q in enumerate(pair.quotes) for f in q.facts if _states(f, fact, q)]
    if found or fact.kind != "date":
        return found
    year, month, day = fact.value.split("|")[0].split("-")
    parts = [f"{year}-*-*", f"*-{month}-{day}"]
    dates = [(i, f) for i, q in enumerate(pair.quotes) for f in q.facts if f.kind == "date"]
    halves = [[(i, f) for i, f in dates if f.value == part] for part in parts]
    return halves[0] + halves[1] if all(halves) else []


def _states(quote: Fact, claim: Fact, reading: Reading) -> bool:
    if {quote.kind, claim.kind} == {"number", "date"}:
        number, date = (quote, claim) if quote.kind == "number" else (claim, quote)
        return date.value == f"{number.value}-*-*" and not number.unit and not number.sign
    if quote.kind != claim.kind:
        return False
    if claim.kind == "date":
        return any(_within(q, c) for q in quote.value.split("|") for c in claim.value.split("|"))
    if claim.kind != "number":
        return quote.value == claim.value
    return quote.value == claim.value and _same_unit(quote, claim, reading) and _same_sign(quote.sign, claim.sign)


def _within(quote: str, claim: str) -> bool:
    return all(c in ("*", q) for q, c in zip(quote.split("-"), claim.split("-"), strict=True))


def _same_unit(quote: Fact, claim: Fact, reading: Reading) -> bool:
    if quote.unit == claim.unit:
        return True
    if not quote.unit:
        return any(unit_names().get(w.folded) == claim.unit for w in reading.words)
    return False


def _same_sign(quote: str, claim: str) -> bool:
    """ "500" for "about 500" is let pass, "about 500" for "500" too; "more than" must stand on both sides."""
    return quote == claim or {quote, claim} <= {"", "~"}


def _bound(pair: Pair, fact: Fact, behind: list[tuple[int, Fact]]) -> bool:
    """The words around the fact in the claim must stand nearer to it in the quote than to a rival of its kind."""
    own = max(_nearness(pair, fact, i, f) for i, f in behind)
    values = {f.value for _, f in behind}
    rivals = [
        _nearness(pair, fact, i, f)
        for i, q in enumerate(pair.quotes)
        for f in q.facts
        if f.kind == fact.kind and f.value not in values and (f.kind != "number" or f.unit == fact.unit)
    ]
    return not rivals or own >= _MARGIN * max(rivals)


_MARGIN = 0.8


def _nearness(pair: Pair, fact: Fact, reading: int, other: Fact) -> float:
    total = 0.0
    for word, hits in pair.hits.items():
        near = [1 / (1 + abs(h.word.at - other.at)) ** 2 for h in hits if h.reading == reading]
        if near:
            total += max(near) / (1 + abs(word.at - fact.at)) ** 2
    return total


# ---------------------------------------------------------------- names


def _names(pair: Pair) -> str:
    for word in pair.claim.content:
        if word.folded in word_set("honorifics"):
            continue
        if word.name and not pair.hits[word]:
            return "name"
    for a, b in _adjacent(pair.claim):
        if proper(a) and proper(b) and pair.hits[a] and pair.hits[b] and not _together(pair, a, b):
            return "name"
    return ""


def _adjacent(reading: Reading) -> Iterator[tuple[Word, Word]]:
    for a, b in zip(reading.words, reading.words[1:], strict=False):
        if re.fullmatch(r"[ -]", reading.text[a.end : b.start]) and not a.text.endswith(("'s", "’s")):
            yield a, b


def _together(pair: Pair, a: Word, b: Word) -> bool:
    """Two words of one name stand near each other in the quote, so that no name is made of two people."""
    places = [(h, g) for h in pair.hits[a] for g in pair.hits[b] if h.reading == g.reading]
    return any(abs(h.word.at - g.word.at) <= 3 for h, g in places) or a.folded in {"united", "new", "north", "south"}


# ---------------------------------------------------------------- negation, certainty, quantity


def _negation(pair: Pair) -> str:
    said = [c for c in cues(pair.claim) if c.kind in {"not", "verb"}]
    given = [(i, c) for i, q in enumerate(pair.quotes) for c in cues(q) if c.kind in {"not", "verb"}]
    for cue in said:
        if cue.kind == "verb" and pair.hits.get(cue.word):
            continue
        if cue.kind == "verb" and cue.word.folded not in word_set("negative_equals"):
            continue  # an uncovered verb is an addition, and is found as such
        heads = cue.scope[:2]
        if not any(_shares(pair, heads, i, c.scope) for i, c in given):
            return "negation"
    for i, cue in given:
        if _dropped(pair, i, cue, said):
            return "negation"
    return ""


def _shares(pair: Pair, heads: Sequence[Word], reading: int, scope: Sequence[Word]) -> bool:
    inside = set(scope)
    return any(h.reading == reading and h.word in inside for w in heads for h in pair.hits.get(w, ()))


def _dropped(pair: Pair, reading: int, cue: Cue, said: Sequence[Cue]) -> bool:
    """The claim says what the quote's cue negates, and has no negation there of its own."""
    heads = cue.scope[: 3 if cue.kind == "verb" else 1]
    used = [w for w, hits in pair.hits.items() for h in hits if h.reading == reading and h.word in heads]
    if not used:
        return False
    if cue.kind == "verb" and any(h.word == cue.word for hits in pair.hits.values() for h in hits):
        return False
    if any(set(c.scope) & set(used) or c.word in used for c in said):
        return False
    return not _elsewhere(pair, used, reading, cue)


def _elsewhere(pair: Pair, used: Sequence[Word], reading: int, cue: Cue) -> bool:
    """The same words stand un-negated in another clause that shares at least as much with the claim."""
    here = _clause_share(pair, reading, cue.word.clause)
    for word in used:
        for h in pair.hits[word]:
            away = (h.reading, h.word.clause) != (reading, cue.word.clause) and h.word not in cue.scope
            if away and _clause_share(pair, h.reading, h.word.clause) >= here:
                return True
    return False


def _clause_share(pair: Pair, reading: int, clause: int) -> int:
    return sum(any(h.reading == reading and h.word.clause == clause for h in hits) for hits in pair.hits.values())


def _certainty(pair: Pair) -> str:
    said = {c.kind for c in cues(pair.claim)} & {"may", "will"}
    given = [(i, c) for i, q in enumerate(pair.quotes) for c in cues(q) if c.kind in {"may", "will"}]
    if "will" in said and not given:
        return "certainty"
    if said:
        return ""
    for i, cue in given:
        used = [w for w, hits in pair.hits.items() for h in hits if h.reading == i and h.word in cue.scope[:1]]
        if (
            used
            and not any(h.word == cue.word for hits in pair.hits.values() for h in hits)
            and not _elsewhere(pair, used, i, cue)
        ):
            return "certainty"
    return ""


_DEMANDED = ("all", "most", "only", "both", "half", "few", "many")
_KEPT = ("most", "few", "half")


def _quantity(pair: Pair) -> str:
    said = quantifiers(pair.claim)
    given = [quantifiers(q) for q in pair.quotes]
    text = " ".join(q.text for q in pair.quotes).casefold()
    for kind in _DEMANDED:
        if kind in said and not any(kind in g for g in given) and not _otherwise(kind, text):
            return "quantity"
    for i, found in enumerate(given):
        for kind in _KEPT:
            after = found.get(kind, ())
            carried = any(h.reading == i and h.word in after for hits in pair.hits.values() for h in hits)
            if carried and kind not in said and not any(f.kind == "number" for f in pair.claim.facts):
                return "quantity"
    return ""


def _otherwise(kind: str, text: str) -> bool:
    words = {
        "all": r"\b(whole|entire|entirely|both|any)\b",
        "both": r"\b(and|two|y)\b",
        "only": r"\b(alone|just|exclusive|but)\b",
        "many": r"\b(hundreds|thousands|dozens|lot|most|large number)\b",
        "half": r"\b50 ?(%|per ?cent)",
        "most": r"\b(bulk)\b",
    }
    return bool(re.search(words.get(kind, r"(?!)"), text))


# ---------------------------------------------------------------- additions


def _addition(pair: Pair) -> str:
    return "addition" if uncovered(pair) else ""


def uncovered(pair: Pair) -> list[Word]:
    """Return the words of the claim that nothing in the quote carries."""
    spent = _spent(pair)
    light = word_set("light")
    return [
        w for w, hits in pair.hits.items() if not hits and w not in spent and w.folded not in light and not _glue(w)
    ]


def _glue(word: Word) -> bool:
    return word.folded in word_set("honorifics") or word.folded in _COMPARING or word.folded in unit_names()


_COMPARING = frozenset(
    "nearly almost approximately roughly exactly least estimated exceeding greater fewer less up total number amount "
    "although however therefore thus hence consequently moreover furthermore additionally furthermore meanwhile namely".split()
)


def _spent(pair: Pair) -> set[Word]:
    """Words whose meaning another check has already held against the quote."""
    spent = {c.word for c in cues(pair.claim) if c.kind != "verb" or c.word.folded in word_set("negative_equals")}
    causal = re.compile(rf"\b(?:{wordlists()['cause_first']}|{wordlists()['cause_last']})\b", re.I)
    for m in causal.finditer(pair.claim.text):
        spent |= {w for w in pair.claim.words if m.start() <= w.start < m.end()}
    spent |= {w for w in pair.claim.words if w.folded in _QUANTITY_WORDS}
    if has_temporal(pair.claim):
        spent |= {w for w in pair.claim.words if w.folded in {"following", "prior", "ahead", "subsequently", "later"}}
    return spent


_QUANTITY_WORDS = frozenset(w for words in wordlists()["quantifiers"].values() for w in words.split())

_CHECKS: tuple[Callable[[Pair], str], ...] = (
    _facts,
    _names,
    _negation,
    _certainty,
    _quantity,
    _addition,
    lambda p: cause(p.claim, p.quotes, p.hits),
    lambda p: order(p.claim, p.quotes, p.hits),
    lambda p: roles(p.claim, p.quotes, p.hits),
    lambda p: prepositions(p.claim, p.quotes),
)
