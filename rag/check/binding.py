"""What belongs to what: a number, a date, a place or a verb must stand beside the same words in claim and quote.

In: a claim beside its quote (`Pair`). Out: "" or the kind of thing that stands beside the wrong words ("opened in
2004" where the quote has "opened in 1990 and closed in 2004"). It does not judge whether the things stand there at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rag.check.facts import Fact, Reading, Word
from rag.check.likeness import Carrier, Words, opposed
from rag.check.matching import matching

Token = Word | Fact


@dataclass(frozen=True)
class Pair:
    """A claim beside its quote.

    ``hits``: for each content word of the claim the quote words that may carry it; ``links``: the same for words and
    facts, as (place in the claim, [(sentence of the quote, token)]).
    """

    claim: Reading
    source: Words
    hits: dict[Word, list[Carrier]]
    facts: dict[Fact, list[tuple[int, Fact]]]
    links: list[tuple[Token, list[tuple[int, Token]]]] = field(default_factory=list)

    @classmethod
    def of(cls, claim: Reading, quotes: Sequence[Reading]) -> Pair:
        """Look up every word and fact of the claim in the quote."""
        source = Words(quotes)
        hits = {w: source.hits(w) for w in claim.content}
        facts = {f: matching(f, quotes) for f in claim.facts}
        links: list[tuple[Token, list[tuple[int, Token]]]] = [
            (w, [(h.reading, h.word) for h in found]) for w, found in hits.items()
        ]
        links += [(f, list(found)) for f, found in facts.items()]
        return cls(claim, source, hits, facts, links)

    @property
    def quotes(self) -> tuple[Reading, ...]:
        """The sentences of the quote."""
        return self.source.readings


# ---------------------------------------------------------------- nearness

_PARTED = re.compile(r"[,;]|\b(?:and|but|or|to|while|y|o|pero|mientras)\b", re.I)
_JOINED = re.compile(
    r"(?:\band|\bor|\bto|,|;|\by|\bo|-|–)\s*(?:(?:in|on|by|at|of|for|from|en|de|[$€£])\s*)?(?:[<>~]|about |nearly )?\Z",
    re.I,
)
_MARGIN = 0.8
_NAME_MARGIN = 0.6


def _gap(quote: Reading, word: Token, target: Token, series: Sequence[Token]) -> int:
    """How far a word of the quote stands from a target.

    In a series ("1,250 people in Spain and 840 in Portugal") what stands before its first member, and the noun right
    after one, belongs to every member; what else stands between two members belongs to the earlier one.
    """
    gap = abs(word.at - target.at)
    low, high = (word.end, target.start) if word.start < target.start else (target.end, word.start)
    if _PARTED.search(quote.text[low:high]):
        gap += 2
    if not series:
        return gap
    if word.start < series[0].start:
        return min(gap, _gap(quote, word, series[0], ()))
    for member in series:
        if word.at == member.at + 1 and not quote.text[member.end : word.start].strip(" -"):
            return min(gap, 1)
    return gap + 3 if word.start < target.start else gap


def _series(quote: Reading, target: Token) -> list[Token]:
    """The members before ``target`` of the series it continues, first one first; empty when it continues none."""
    if isinstance(target, Word):
        return []
    earlier = [f for f in quote.facts if f.kind == target.kind and f.start < target.start]
    members: list[Token] = []
    last: Fact = target
    while earlier and _JOINED.search(quote.text[: last.start]):
        last = earlier.pop()
        members.insert(0, last)
    return members


def _nearer(pair: Pair, claimed: Token, reading: int, own: Token, rival: Token, margin: float = _MARGIN) -> bool:
    """Words that stand equally near to both tell nothing and are left out."""
    quote = pair.quotes[reading]
    series = {t: _series(quote, t) for t in (own, rival)}
    totals = {own: 0.0, rival: 0.0}
    for token, found in pair.links:
        inside = [t for i, t in found if i == reading and t not in totals]
        if not inside or token == claimed:
            continue
        near = {t: max(1 / (1 + _gap(quote, w, t, series[t])) ** 2 for w in inside) for t in totals}
        if near[own] != near[rival]:
            for t in totals:
                totals[t] += near[t] / (1 + abs(token.at - claimed.at)) ** 2
    return totals[own] >= margin * totals[rival]


# ---------------------------------------------------------------- numbers and dates


def facts_bound(pair: Pair) -> str:
    """The words around a fact in the claim must stand nearer to it in the quote than to a rival of its kind."""
    for fact, behind in pair.facts.items():
        wholes = [_whole_of(pair.quotes[i], f) for i, f in behind]
        if wholes and all(wholes) and not _whole_of(pair.claim, fact):
            return "number of something else"  # "two of the five reactors" says nothing about five of them
        if wholes and all(wholes) and _parts(pair.claim, fact) <= _parts_of(pair, behind):
            continue  # "168 of the 214": the part says what the whole is counted for
        if behind and not _bound(pair, fact, behind):
            return "date of something else" if fact.kind in {"date", "weekday", "time"} else "number of something else"
    return ""


_TOTAL = re.compile(r"\b(?:total|altogether|overall|in all|en total)\b", re.I)


def _parts(reading: Reading, whole: Fact) -> set[str]:
    """The other numbers beside a whole: the 168 of "168 of the 214"."""
    return {f.value for f in reading.facts if f.kind == "number" and f != whole and not f.unit}


def _parts_of(pair: Pair, wholes: Sequence[tuple[int, Fact]]) -> set[str]:
    return {value for i, f in wholes for value in _parts(pair.quotes[i], f)}


_OF = re.compile(r"\s+(?:of|out of|in|de)\s+(?:the|these|those|its|their|los|las|cada)?\s*\Z")


def _whole_of(reading: Reading, fact: Fact) -> bool:
    """The fact is the five in "two of the five"."""
    if re.match(r"(?:out )?of (?:the |these |those )?\Z", reading.text[: fact.start], re.I):
        return True
    return any(
        f.kind == fact.kind == "number" and _OF.fullmatch(reading.text[f.end : fact.start])
        for f in reading.facts
        if f.end < fact.start
    )


def _bound(pair: Pair, fact: Fact, behind: Sequence[tuple[int, Fact]]) -> bool:
    values, said = {f.value for _, f in behind}, {f.value for f in pair.claim.facts}
    for i, own in behind:
        rivals = [
            f
            for f in pair.quotes[i].facts
            if f.kind == fact.kind
            and f.value not in values
            and (f.kind != "number" or f.unit == own.unit)
            and not _same_couple(pair, i, fact, own, f)
            and not (_whole_of(pair.quotes[i], f) and (f.value in said or not _TOTAL.search(pair.claim.text)))
        ]
        if all(_nearer(pair, fact, i, own, rival) for rival in rivals):
            return True
    return False


_BOUNDS = (
    (
        "<",
        re.compile(
            r"\b(?:by|before|until|till|antes de|hasta)\s+(?:the\s+|el\s+|early\s+|late\s+|the end of\s+)*\Z", re.I
        ),
    ),
    (">", re.compile(r"\b(?:after|since|despu[eé]s de|tras|desde)\s+(?:the\s+|el\s+|early\s+|late\s+)*\Z", re.I)),
    ("=", re.compile(r"\b(?:in|on|at|en|el)\s+(?:the\s+|early\s+|late\s+)*\Z", re.I)),
)


_WHEN = re.compile(r",?\s+(?:when|cuando)\b", re.I)


def _bound_of(reading: Reading, fact: Fact) -> str:
    lead = reading.text[max(0, fact.start - 24) : fact.start]
    return next((kind for kind, pattern in _BOUNDS if pattern.search(lead)), "")


def dates_bounded(pair: Pair) -> str:
    """ "by 15 October" is neither "on" nor "after 15 October"."""
    for fact, behind in pair.facts.items():
        said = _bound_of(pair.claim, fact) if fact.kind in {"date", "weekday", "time"} else ""
        if not said or not behind:
            continue
        given = {_bound_of(pair.quotes[i], f) for i, f in behind}
        given |= {"=" for i, f in behind if _WHEN.match(pair.quotes[i].text, f.end)}
        if "" not in given and said not in given:
            return "date"
    return ""


def _same_couple(pair: Pair, i: int, fact: Fact, own: Fact, rival: Fact) -> bool:
    """ "9 to 4", "180 seats and 40 beds": both numbers stand in the same order in claim and quote, parted by nothing
    or by the same word."""
    step = rival.at - own.at
    return 1 <= abs(step) <= 2 and any(
        f.value == rival.value
        and f.at - fact.at == step
        and _between(pair.claim, fact, f) == _between(pair.quotes[i], own, rival)
        for f in pair.claim.facts
    )


def _between(reading: Reading, a: Fact, b: Fact) -> set[str]:
    low, high = sorted((a.at, b.at))
    return {w.stem for w in reading.content if low < w.at < high}


# ---------------------------------------------------------------- names after a preposition

_GOVERNING = re.compile(r"\b(in|at|to|from|for|of|on|with|near|en|a|de|desde)\s+(?:the\s+|el\s+|la\s+)?\Z", re.I)


_WHERE, _WHENCE = frozenset({"in", "at", "on", "near", "en"}), frozenset({"", "from", "to", "for", "of", "with"})


def names_bound(pair: Pair) -> str:
    """ "fell in Kenya but rose in Uganda" is not "rose in Kenya"."""
    for name, prep in _governed(pair.claim):
        found = [h for h in pair.hits.get(name, ()) if h.word.name]
        if not found:
            continue
        if not any(_name_bound(pair, name, prep, h) for h in found):
            return "place"
    return ""


def _governed(reading: Reading) -> Iterable[tuple[Word, str]]:
    for word in reading.content:
        m = _GOVERNING.search(reading.text[: word.start]) if word.name else None
        if m:
            yield word, m[1].lower()


def _name_bound(pair: Pair, name: Word, prep: str, own: Carrier) -> bool:
    quote = pair.quotes[own.reading]
    rivals = [w for w, p in _governed(quote) if p == prep and abs(w.at - own.word.at) > 1]
    own_prep = next((p for w, p in _governed(quote) if w == own.word), "")
    if own_prep != prep:
        said = {h.word for hits in pair.hits.values() for h in hits}
        return not (prep in _WHERE and own_prep in _WHENCE and any(r not in said for r in rivals))
    return all(_nearer(pair, name, own.reading, own.word, r, _NAME_MARGIN) for r in rivals)


# ---------------------------------------------------------------- opposites


def opposite(pair: Pair) -> str:
    """A word must not stand where the quote says the opposite: sales "rose" where they "fell"."""
    for word, hits in pair.hits.items():
        against = [(i, w) for i, q in enumerate(pair.quotes) for w in q.content if opposed(word.stem, w.stem)]
        if not against:
            continue
        exact = any(h.word.stem == word.stem for h in hits)
        best = max((_fit(pair, word, h.reading, h.word) for h in hits), default=0.0)
        if max(_fit(pair, word, i, w) for i, w in against) > best * (1.25 if exact else 1.0):
            return "opposite"
    return ""


def _fit(pair: Pair, word: Word, reading: int, place: Word) -> float:
    """How well the claim's words around ``word`` stand around ``place`` in the quote."""
    total = 0.0
    quote = pair.quotes[reading]
    for other, found in pair.links:
        near = [1 / (1 + _gap(quote, t, place, ())) ** 2 for i, t in found if i == reading and t != place]
        if near and other != word:
            total += max(near) / (1 + abs(other.at - word.at)) ** 2
    return total
