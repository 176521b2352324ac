"""Does a claim say no more than its quote? Each check compares one kind of fact and names what is wrong.

In: the reading of one claim sentence and of the source sentences proposed for it. Out: "" or the kind of the first
disagreement. Deterministic, no model. It does not choose the source sentences: `rag/verify.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rag.check.agree_roles import cause, order, prepositions
from rag.check.binding import Pair, dates_bounded, facts_bound, names_bound, opposite
from rag.check.clauses import stems, table
from rag.check.contrast import couples, crossed, directions, mixed, rates, rows
from rag.check.cues import cues, has_temporal, not_only, quantifiers
from rag.check.denial import certainty, negation
from rag.check.facts import Reading, Word, language_of, read
from rag.check.govern import governed
from rag.check.numerals import unit_names
from rag.check.operators import operators
from rag.check.who import roles
from rag.check.wordlists import word_set, wordlists


def disagreement(claim: str, quotes: Sequence[str], language: str = "") -> str:
    """Return "" when the quotes carry the claim, else the kind of the first thing that does not hold.

    Both are read in one language, the quotes' unless given: a short claim does not tell its own.
    """
    shared = language or language_of(" ".join(quotes))
    pair = Pair.of(read(claim, shared), [read(q, shared) for q in quotes])
    return next((kind for kind in (check(pair) for check in _CHECKS) if kind), "")


def _facts(pair: Pair) -> str:
    for a, b in zip(pair.claim.facts, pair.claim.facts[1:], strict=False):
        if a.kind == b.kind == "date" and a.value == b.value and b.at - a.at == 1:
            return "date"
    for fact, behind in pair.facts.items():
        if not behind:
            return "date" if fact.kind in {"date", "weekday", "time"} else "number"
    return dates_bounded(pair) or facts_bound(pair)


# ---------------------------------------------------------------- names


def _names(pair: Pair) -> str:
    for word in pair.claim.content:
        if word.folded in word_set("honorifics"):
            continue
        if word.name and (not pair.hits[word] or _common(pair, word)):
            return "name"
    if _twice(pair):
        return "name"
    for a, b in _adjacent(pair.claim):
        if _named(pair, a) and _named(pair, b) and pair.hits[a] and pair.hits[b] and not _together(pair, a, b):
            return "name"
    return ""


def _named(pair: Pair, word: Word) -> bool:
    """A capital at the head of a sentence tells only where the quote has the word as a name."""
    capital = word.text[:1].isupper() and not word.stop and word.folded not in word_set("honorifics")
    return capital and (word.name or any(h.word.name for h in pair.hits[word]))


def _common(pair: Pair, word: Word) -> bool:
    """A name of the claim is only a common word in the quote, among other words: "the General", "governor general"."""
    hits = pair.hits[word]
    if any(h.word.text[:1].isupper() or h.word.stem != word.stem for h in hits):
        return False
    beside = [w for w in pair.claim.content if w != word and abs(w.at - word.at) <= 2]
    return bool(beside) and not any(
        g.reading == h.reading and 0 < abs(g.word.at - h.word.at) <= 2
        for h in hits
        for w in beside
        for g in pair.hits[w]
    )


def _twice(pair: Pair) -> bool:
    """ "Rajan left Rajan": one name of the quote stands in two places of one clause."""
    names = [w for w in pair.claim.content if w.name or (w.start == 0 and w.text[:1].isupper())]
    for a in names:
        for b in names:
            same = a.start < b.start and a.clause == b.clause and a.stem == b.stem and len(pair.hits.get(a, ())) == 1
            if same and pair.hits[a] == pair.hits[b]:
                return True
    return False


def _adjacent(reading: Reading) -> Iterator[tuple[Word, Word]]:
    for a, b in zip(reading.words, reading.words[1:], strict=False):
        if re.fullmatch(r"[ -]", reading.text[a.end : b.start]) and not a.text.endswith(("'s", "’s")):
            yield a, b


def _together(pair: Pair, a: Word, b: Word) -> bool:
    """Two words of one name stand in one name of the quote, so that no name is made of two people or places."""
    places = [(h, g) for h in pair.hits[a] for g in pair.hits[b] if h.reading == g.reading]
    if any(abs(h.word.at - g.word.at) <= 1 for h, g in places):
        return True
    runs = [
        (_name_run(pair.quotes[h.reading], h.word), _name_run(pair.quotes[g.reading], g.word), h.word, g.word)
        for h, g in places
    ]
    if any(g in run_h or h in run_g for run_h, run_g, h, g in runs):
        return True
    # each stands alone somewhere: a title before a surname ("President Macron" where the quote says "the president")
    return all(len(run_h) <= 1 or len(run_g) <= 1 for run_h, run_g, _, _ in runs) and not all(
        len(run_h) > 1 or len(run_g) > 1 for run_h, run_g, _, _ in runs
    )


def _name_run(reading: Reading, word: Word) -> tuple[Word, ...]:
    """The capitalised words that stand together around ``word``; empty when it is no name there."""
    if not word.text[:1].isupper():
        return ()
    index = reading.words.index(word)
    low = high = index
    while low > 0 and _linked(reading, low - 1):
        low -= 1
    while high + 1 < len(reading.words) and _linked(reading, high):
        high += 1
    return reading.words[low : high + 1]


def _linked(reading: Reading, i: int) -> bool:
    """The words at ``i`` and ``i + 1`` belong to one name."""
    a, b = reading.words[i], reading.words[i + 1]
    between = reading.text[a.end : b.start]
    capitals = b.text[:1].isupper() and a.text[:1].isupper() and not a.stop and not b.stop
    return capitals and bool(re.fullmatch(r"(?:['’]s)?\.?[ -]", between))


# ---------------------------------------------------------------- quantity


_DEMANDED = ("all", "most", "only", "both", "half", "few", "many")
_KEPT = ("most", "few", "half")


def _quantity(pair: Pair) -> str:
    said = quantifiers(pair.claim)
    given = [quantifiers(q) for q in pair.quotes]
    text = " ".join(q.text for q in pair.quotes).casefold()
    for kind in _DEMANDED:
        if kind in said and not any(kind in g for g in given) and not _otherwise(kind, text):
            return "quantity"
    if "only" in said and not not_only(pair.claim) and any(not_only(q) for q in pair.quotes):
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
    """Return the words of the claim that nothing in the quote carries.

    A word of the quote may stand for one differing word of the claim only: "specifics" is not "exact terms" twice over.
    """
    spent = _spent(pair)
    light = word_set("light")
    counted = any(f.kind == "number" for f in pair.claim.facts)  # else a yard is a place
    open_words = [w for w in pair.hits if w not in spent and w.folded not in light and not _glue(w, counted)]
    same = {w for w in open_words if any(h.word.stem == w.stem for h in pair.hits[w])}
    other = [w for w in open_words if w not in same]
    taken = {(h.reading, h.word) for w in same for h in pair.hits[w] if h.word.stem == w.stem}
    return [w for w in other if w not in _assigned(pair, other, taken)]


def _assigned(pair: Pair, words: Sequence[Word], taken: set[tuple[int, Word]]) -> set[Word]:
    """Pair off words with different words of the quote, as many as can be (augmenting paths)."""
    owner: dict[tuple[int, Word], Word] = {}

    def place(word: Word, tried: set[tuple[int, Word]]) -> bool:
        for hit in pair.hits[word]:
            key = (hit.reading, hit.word)
            if key in tried or key in taken:
                continue
            tried.add(key)
            if key not in owner or place(owner[key], tried):
                owner[key] = word
                return True
        return False

    for word in words:
        if word.name and pair.hits[word]:
            owner[(-1, word)] = word
        else:
            place(word, set())
    return set(owner.values())


def _glue(word: Word, counted: bool) -> bool:
    unit = counted and word.folded in unit_names()
    return unit or word.folded in word_set("honorifics") or word.folded in _COMPARING


_COMPARING = frozenset(
    "nearly almost around approximately roughly exactly least estimated exceeding greater fewer "
    "less up total number amount "
    "although however therefore thus hence consequently moreover furthermore additionally "
    "furthermore meanwhile namely".split()
)


def _spent(pair: Pair) -> set[Word]:
    """Words whose meaning another check has already held against the quote."""
    spent = {c.word for c in cues(pair.claim) if c.kind != "verb" or c.word.folded in word_set("negative_equals")}
    causal = re.compile(rf"\b(?:{wordlists()['cause_first']}|{wordlists()['cause_last']})\b", re.I)
    for m in causal.finditer(pair.claim.text):
        spent |= {w for w in pair.claim.words if m.start() <= w.start < m.end()}
    spent |= {w for w in pair.claim.words if w.folded in _QUANTITY_WORDS}
    neutral = stems("neutral")
    if any(o.kind == "said" and o.words & table("neutral_forms") for q in pair.quotes for o in operators(q)):
        spent |= {w for w in pair.claim.words if w.stem in neutral}
    if has_temporal(pair.claim):
        spent |= {w for w in pair.claim.words if w.folded in {"following", "prior", "ahead", "subsequently", "later"}}
    return spent


_QUANTITY_WORDS = frozenset(w for words in wordlists()["quantifiers"].values() for w in words.split())

_CHECKS: tuple[Callable[[Pair], str], ...] = (
    _facts,
    rates,
    _names,
    negation,
    certainty,
    _quantity,
    opposite,
    _addition,
    names_bound,
    lambda p: cause(p.claim, p.quotes, p.hits),
    lambda p: order(p.claim, p.quotes, p.hits),
    roles,
    lambda p: prepositions(p.claim, p.quotes),
    mixed,
    crossed,
    directions,
    couples,
    rows,
    governed,
)
