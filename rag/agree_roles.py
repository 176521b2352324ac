"""Who did what to whom, what came first, what caused what: order checks between a claim and its quote.

In: the readings and the word hits of `rag/agree.py`. Out: "" or the kind of the reversal. Only clear reversals are
named: what these rules cannot read they let pass.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from rag.facts import Reading, Word, lemma
from rag.likeness import Hit
from rag.wordlists import word_set, wordlists

Hits = Mapping[Word, Sequence[Hit]]


# ---------------------------------------------------------------- cause and order in time


@functools.cache
def _pattern(*tables: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(wordlists()[t] for t in tables) + r")\b", re.I)


def _split(reading: Reading, at: re.Match[str], last_first: bool) -> tuple[frozenset[Word], frozenset[Word]]:
    """Return (earlier or causing words, later or caused words) around a connective.

    ``last_first``: the connective introduces the earlier part ("B because A", "B after A"). At the head of the
    sentence its part ends with the comma ("Because A, B").
    """
    end = len(reading.text)
    head = not reading.text[: at.start()].strip()
    comma = reading.text.find(",", at.end())
    if head and comma > 0:
        introduced = (at.end(), comma)
        other = (comma, end)
    else:
        introduced, other = (at.end(), end), (0, at.start())
    a, b = (_inside(reading, *introduced), _inside(reading, *other))
    return (a, b) if last_first else (b, a)


def _inside(reading: Reading, start: int, end: int) -> frozenset[Word]:
    return frozenset(w for w in reading.content if start <= w.start < end)


def _relations(
    reading: Reading, last: tuple[str, ...], first: tuple[str, ...]
) -> list[tuple[frozenset[Word], frozenset[Word]]]:
    found, taken = [], []
    for tables, last_first in ((last, True), (first, False)):
        for m in _pattern(*tables).finditer(reading.text):
            if any(m.start() < e and s < m.end() for s, e in taken):
                continue
            taken.append((m.start(), m.end()))
            found.append(_split(reading, m, last_first))
    return [(a, b) for a, b in found if a and b]


def _reversed(
    claim: Reading, quotes: Sequence[Reading], hits: Hits, last: tuple[str, ...], first: tuple[str, ...]
) -> bool | None:
    """``None`` when the quote holds no such relation."""
    wanted = _relations(claim, last, first)
    given = [(i, a, b) for i, q in enumerate(quotes) for a, b in _relations(q, last, first)]
    if not wanted or not given:
        return None if wanted else False
    before, after = wanted[0]
    scores = []
    for i, early, late in given:
        same = _overlap(before, early, i, hits) + _overlap(after, late, i, hits)
        cross = _overlap(before, late, i, hits) + _overlap(after, early, i, hits)
        scores.append(same - cross)
    return max(scores) < 0


def _overlap(words: frozenset[Word], side: frozenset[Word], reading: int, hits: Hits) -> float:
    if not words:
        return 0.0
    return sum(any(h.reading == reading and h.word in side for h in hits.get(w, ())) for w in words) / len(words)


def cause(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> str:
    """A stated cause must be stated in the quote too, and the same way round."""
    turned = _reversed(claim, quotes, hits, ("cause_last",), ("cause_first",))
    if turned is None:
        soft = any(_pattern("soft_causes").search(q.text) for q in quotes)
        return "" if soft and _soft_holds(claim, quotes, hits) else "cause"
    return "cause" if turned else ""


def _soft_holds(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> bool:
    """The quote joins the two parts by "since", "as", "so": accept unless the order says otherwise."""
    return not _reversed(claim, quotes, hits, ("cause_last", "soft_last"), ("cause_first", "soft_first"))


def order(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> str:
    """ "A after B" is not "B after A"."""
    turned = _reversed(claim, quotes, hits, ("later_first",), ("earlier_first",))
    return "order" if turned else ""


# ---------------------------------------------------------------- who did what


_BE = frozenset("is are was were be been being got get gets fue fueron es son sido ser".split())


def roles(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> str:
    """Two names, or two neighbours of a verb, must not change places around it."""
    for i, quote in enumerate(quotes):
        if _names_turned(claim, quote, i, hits) or _neighbours_turned(claim, quote, i, hits):
            return "role"
    return ""


def _symmetric(word: Word) -> bool:
    return word.stem in {lemma(w, "en") for w in word_set("symmetric")}


def _names_turned(claim: Reading, quote: Reading, i: int, hits: Hits) -> bool:
    names = [w for w in claim.content if w.name or w.text[:1].isupper()]
    for a in names:
        for b in names:
            if a.start < b.start and _pair_turned(claim, quote, i, hits, a, b):
                return True
    return False


def _pair_turned(claim: Reading, quote: Reading, i: int, hits: Hits, a: Word, b: Word) -> bool:
    ha, hb = _only(hits, a, i), _only(hits, b, i)
    if ha is None or hb is None or ha == hb:
        return False
    between = [w for w in claim.content if a.end <= w.start < b.start and not w.name]
    shared = [(w, h.word) for w in between for h in hits.get(w, ()) if h.reading == i and not _symmetric(w)]
    low, high = sorted((ha.start, hb.start))
    votes = [v for v in shared if low < v[1].start < high]
    if not votes:
        return False
    turned = hb.start < ha.start
    flips = [_passive(claim, w) != _passive(quote, q) for w, q in votes]
    return all(turned != flip for flip in flips)


def _only(hits: Hits, word: Word, reading: int) -> Word | None:
    found = {h.word for h in hits.get(word, ()) if h.reading == reading}
    return next(iter(found)) if len(found) == 1 else None


def _passive(reading: Reading, verb: Word) -> bool:
    """A form of "be" before the verb and "by" after it, within a few words."""
    index = reading.words.index(verb)
    before = {w.folded for w in reading.words[max(0, index - 3) : index]}
    after = [w.folded for w in reading.words[index + 1 : index + 8]]
    return bool(before & _BE or verb.folded.endswith(("ed", "en"))) and bool({"by", "por"} & set(after))


def _neighbours_turned(claim: Reading, quote: Reading, i: int, hits: Hits) -> bool:
    content = claim.content
    for left, verb, right in zip(content, content[1:], content[2:], strict=False):
        if left.clause != right.clause or _symmetric(verb):
            continue
        hl, hv, hr = (_only(hits, w, i) for w in (left, verb, right))
        if hl is None or hv is None or hr is None:
            continue
        crossed = hr.at < hv.at < hl.at and hl.at - hr.at <= 4
        if (
            crossed
            and hv.stem == verb.stem
            and _passive(claim, verb) == _passive(quote, hv)
            and _agents(claim, quote, verb, hv)
        ):
            return True
    return False


def _agents(claim: Reading, quote: Reading, verb: Word, other: Word) -> bool:
    """Both look like verbs: nothing but a following article or name tells, so nominal use ("the signing of") is let pass."""
    return all(
        not re.match(r"\s+(?:of|de|between|in|at|for)\b", r.text[w.end :]) for r, w in ((claim, verb), (quote, other))
    )


def prepositions(claim: Reading, quotes: Sequence[Reading]) -> str:
    """ "from Lima to Cusco" is not "from Cusco to Lima"."""
    opposite: dict[str, str] = wordlists()["opposite_prepositions"]
    given = [pair for q in quotes for pair in _governed(q)]
    for prep, thing in _governed(claim):
        other = opposite[prep]
        if (prep, thing) not in given and (other, thing) in given:
            return "role"
    return ""


def _governed(reading: Reading) -> list[tuple[str, str]]:
    opposite = wordlists()["opposite_prepositions"]
    things = sorted(
        [(w.start, w.stem) for w in reading.content] + [(f.start, f"{f.kind}:{f.value}") for f in reading.facts]
    )
    found = []
    for word in reading.words:
        if word.folded in opposite and not (word.folded in {"a", "de"} and reading.language != "es"):
            after = next(((s, t) for s, t in things if s >= word.end), None)
            if after and after[0] - word.end <= 12:
                found.append((word.folded, after[1]))
    return found
