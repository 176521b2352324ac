"""Denials and doubts: what a quote denies must stay denied, what it holds possible must not become certain.

In: a claim beside its quote. Out: "" or "negation" or "certainty". A denial of the quote bears out one denial of the
claim, and only one about the same thing. It weighs no other words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.check.binding import Pair
from rag.check.cues import Cue, cues, not_only, not_than
from rag.check.facts import Reading, Word
from rag.check.wordlists import word_set


def negation(pair: Pair) -> str:
    said = [c for c in cues(pair.claim) if c.kind in {"not", "verb"}]
    given = [(i, c) for i, q in enumerate(pair.quotes) for c in cues(q) if c.kind in {"not", "verb"}]
    spent: set[tuple[int, Cue]] = set()
    for cue in sorted(said, key=lambda c: c.word.folded not in {g.word.folded for _, g in given}):
        if cue.kind == "verb" and pair.hits.get(cue.word):
            continue
        if cue.kind == "verb" and cue.word.folded not in word_set("negative_equals"):
            continue  # an uncovered verb is an addition, and is found as such
        fitting = [(i, c) for i, c in given if (i, c) not in spent and _same_denial(pair, cue, i, c)]
        if not fitting:
            return "negation"
        spent.add(min(fitting, key=lambda g: g[1].word.folded != cue.word.folded))
    if not_than(pair.claim) != max((not_than(q) for q in pair.quotes), default=0) and _bounded(pair):
        return "negation"
    if not_only(pair.claim) and not any(not_only(q) for q in pair.quotes):
        return "negation"
    # a verb that the quote has too ("failed") answers for itself and not for another denial ("denied that it failed")
    free = [c for c in said if not (c.kind == "verb" and pair.hits.get(c.word))]
    for i, cue in given:
        if not _kept(pair, i, cue, free):
            return "negation"
    return ""


def _bounded(pair: Pair) -> bool:
    """The claim compares with something: "less than", "more than"."""
    return bool(re.search(r"\b(?:fewer|less|more|later|earlier) than\b", pair.claim.text, re.I))


def _same_denial(pair: Pair, said: Cue, reading: int, given: Cue) -> bool:
    """The quote's cue bears on what the claim's cue bears on; "did not cancel" is not borne out by "cancelled"."""
    if given.word.folded in _EXCEPTING:
        doers = [w for w in pair.hits if w.at < said.word.at or w.clause != said.word.clause][-3:]
        return any(h.word in given.scope for w in doers for h in pair.hits[w] if h.reading == reading)
    if given.kind == "verb" and any(h.word == given.word for hits in pair.hits.values() for h in hits):
        return False
    if _denies_phrase(pair.quotes[reading], given):
        return all(
            any(h.reading == reading and h.word == w for hits in pair.hits.values() for h in hits) for w in given.scope
        )
    inside = set(given.scope)
    heads = said.scope[: 2 if given.kind == "not" else 1]
    return any(h.reading == reading and h.word in inside for w in heads for h in pair.hits.get(w, ()))


_EXCEPTING = frozenset("except excluding excepto salvo".split())


_PHRASE = re.compile(r"(?:not|no) (?:for|in|at|on|by|to|from|with|against|among|en|por|para|con)\b", re.I)


def _denies_phrase(reading: Reading, cue: Cue) -> bool:
    """ "but not for floods" denies the whole phrase, and only that."""
    return bool(_PHRASE.match(reading.text, cue.word.start))


def _kept(pair: Pair, reading: int, cue: Cue, free: list[Cue]) -> bool:
    """What the quote's cue denies is not said, or is denied in the claim by a cue of its own, taken off ``free``."""
    phrase = _denies_phrase(pair.quotes[reading], cue)
    heads = cue.scope[: 3 if cue.kind == "verb" or phrase else 1]
    used = _carriers(pair, reading, heads)
    if not used:
        return True
    if cue.kind == "verb" and _carriers(pair, reading, (cue.word,)):
        return True
    whole = set(_carriers(pair, reading, cue.scope))
    fitting = [c for c in free if set(c.scope) & whole or c.word in used]
    if fitting:
        free.remove(min(fitting, key=lambda c: c.word.folded != cue.word.folded))
        return True
    return _elsewhere(pair, used, reading, cue)


def _carriers(pair: Pair, reading: int, words: Sequence[Word]) -> list[Word]:
    """The words of the claim that some of ``words`` carries."""
    return [w for w, hits in pair.hits.items() if any(h.reading == reading and h.word in words for h in hits)]


def _elsewhere(pair: Pair, used: Sequence[Word], reading: int, cue: Cue) -> bool:
    """All these words stand un-negated too, in clauses that share at least as much with the claim."""
    here = _clause_share(pair, reading, cue.word.clause)
    for word in used:
        away = {
            h.word
            for h in pair.hits[word]
            if (h.reading, h.word.clause) != (reading, cue.word.clause)
            and h.word not in cue.scope
            and _clause_share(pair, h.reading, h.word.clause) >= here
        }
        if len(away) < sum(w.stem == word.stem for w in pair.claim.content):
            return False
    return bool(used)


def _clause_share(pair: Pair, reading: int, clause: int) -> int:
    return sum(any(h.reading == reading and h.word.clause == clause for h in hits) for hits in pair.hits.values())


def certainty(pair: Pair) -> str:
    said = [c for c in cues(pair.claim) if c.kind in {"may", "will"}]
    given = [(i, c) for i, q in enumerate(pair.quotes) for c in cues(q) if c.kind in {"may", "will"}]
    if any(c.kind == "will" for c in said) and not given:
        return "certainty"
    for i, cue in given:
        used = [w for w, hits in pair.hits.items() for h in hits if h.reading == i and h.word in cue.scope[:1]]
        if not used or any(h.word == cue.word for hits in pair.hits.values() for h in hits):
            continue
        kept = any(set(c.scope) & set(used) or c.word.clause == w.clause for c in said for w in used)
        if not kept and not _elsewhere(pair, used, i, cue):
            return "certainty"
    return ""
