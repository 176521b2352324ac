"""Who does a deed and who undergoes it must not change: "the nurse called the guard" is not the reverse.

In: a claim beside its quote (`Pair`). Out: "" or "role". Only clear reversals are named: what it cannot read it passes.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.check.binding import Pair
from rag.check.clauses import VERBAL, Clauses, clauses, is_past
from rag.check.facts import Word, lemma
from rag.check.likeness import proper
from rag.check.wordlists import word_set

_BE = frozenset("is are was were be been being get got es son fue fueron ser sido".split())


@dataclass(frozen=True, slots=True)
class Deed:
    """Where the words for the doer, the one it is done to, and the one it is done for begin."""

    doer: frozenset[int]
    undergoer: frozenset[int]
    receiver: frozenset[int]


def roles(pair: Pair) -> str:
    """Return "role" where a verb of the claim has another doer than everywhere in the quote, or the two changed."""
    c = clauses(pair.claim)
    symmetric, of_itself = ({lemma(w, "en") for w in word_set(name)} for name in ("symmetric", "of_itself"))
    for k, verb in enumerate(c.nodes):
        if c.tags[k] not in {"verb", "part"} or not isinstance(verb, Word) or verb.stem in symmetric:
            continue
        said = _deed(c, k)
        if verb.stem in of_itself and not said.undergoer:
            continue  # what was opened opened
        given = [
            (h.reading, _deed(q, q.nodes.index(h.word)), h.word.stem == verb.stem)
            for h in pair.hits.get(verb, ())
            for q in [clauses(pair.quotes[h.reading])]
            if q.tags[q.nodes.index(h.word)] in {"verb", "part", "inf"}
        ]
        if given and all(_turned(pair, said, *one) for one in given):
            return "role"
    return ""


def _turned(pair: Pair, said: Deed, i: int, given: Deed, same: bool) -> bool:
    """``same``: the verb itself, no synonym, which may take its doer elsewhere ("fetched" for "was sold")."""

    def places(starts: frozenset[int]) -> set[int]:
        return {h.word.start for w, hits in pair.hits.items() if w.start in starts for h in hits if h.reading == i}

    doer, undergoer, receiver = places(said.doer), places(said.undergoer), places(said.receiver)
    changed = [
        bool(doer & (given.undergoer | given.receiver)) and not doer & given.doer,
        bool(undergoer & given.doer) and not undergoer & given.undergoer,
        bool(receiver & given.doer) and not receiver & given.receiver,
    ]
    if not same:
        return sum(changed) > 1
    names = {w.start for w in pair.quotes[i].words if proper(w) or (w.start == 0 and w.text[:1].isupper())}
    named, owners = doer & names, given.doer & names
    another = bool(doer and given.doer) and not doer & given.doer and bool(undergoer & given.undergoer)
    return any(changed) or another or bool(named - owners and owners - named)


def _deed(c: Clauses, k: int) -> Deed:
    here = [j for j in range(k + 1, len(c.nodes)) if c.parts[j] == c.parts[k]]
    by = next((_after(c, j + 1, k) for j in here if c.word(j) in {"by", "por"} and c.tag(j + 1) != "num"), _NOBODY)
    to = next((_after(c, j + 1, k) for j in here if c.word(j) == "to"), _NOBODY)
    return Deed(by, _left(c, k), to) if _passive(c, k) else Deed(_left(c, k), _after(c, k + 1, k), to)


_NOBODY: frozenset[int] = frozenset()


def _passive(c: Clauses, k: int) -> bool:
    node = c.nodes[k]
    if not isinstance(node, Word) or node.folded.endswith("ing"):
        return False
    first = c.parts.index(c.parts[k])
    if c.tags[first] == "conj" and is_past(node) and all(c.tags[n] in {"conj", "adv"} for n in range(first, k)):
        verbs = [n for n in range(first) if c.parts[n] == c.parts[k] - 1 and c.tags[n] in VERBAL]
        return bool(verbs) and _passive(c, verbs[-1])  # "was laid in 2008 and renewed"
    by = c.word(k + 1) in {"by", "por"} and c.tag(k + 2) != "num" and is_past(node)
    return by or c.tags[k] == "part" or (c.word(c.before(k)) in _BE and (is_past(node) or c.spanish))


def _after(c: Clauses, i: int, k: int) -> frozenset[int]:
    if i >= len(c.nodes) or c.parts[i] != c.parts[k]:
        return _NOBODY
    return frozenset(c.nodes[n].start for n in c.run(i) if not c.owner(n) and c.tags[n] == "noun")


def _left(c: Clauses, k: int) -> frozenset[int]:
    """The noun phrase before the verb, with those it is joined to; before "who"; or the first one, behind "and".

    Empty where another verb stands between: it is unclear then whose the phrase is.
    """
    first = c.parts.index(c.parts[k])
    inside = range(first, k)
    if any(c.tags[n] in VERBAL for n in inside):
        return _NOBODY
    nouns = [n for n in inside if c.tags[n] in {"noun", "pron"}]
    if not nouns and c.tags[first] == "sub":
        return _run_before(c, first)
    if nouns and (c.tags[first] != "conj" or c.stops[first] or _told(c, c.parts[k] - 1)):
        return _run_before(c, k)
    part = c.parts[k] - 1
    while part >= 0 and not _told(c, part):
        part -= 1
    if not nouns and c.tags[first] == "conj" and part >= 0:
        verbs = [n for n in range(k) if c.parts[n] == part and c.tags[n] in VERBAL | {"aux"}]
        return _left(c, verbs[0])
    before = range(part + 1, c.parts[k])
    joined = frozenset().union(*(_head(c, p) | _run_before(c, c.parts.index(p + 1)) for p in before))
    return joined | (_run_before(c, k) if nouns else _NOBODY)


def _told(c: Clauses, part: int) -> bool:
    return part < 0 or any(p == part and t in VERBAL | {"aux"} for p, t in zip(c.parts, c.tags, strict=True))


def _run_before(c: Clauses, k: int) -> frozenset[int]:
    n = k - 1
    while n >= 0 and c.tags[n] in {"adv", "aux"} and c.parts[n] == c.parts[k - 1]:
        n -= 1
    run = []
    while n >= 0 and c.tags[n] == "noun" and c.parts[n] == c.parts[k - 1] and not c.owner(n):
        run.append(n)
        n -= 1
    while n >= 0 and (c.tags[n] == "det" or getattr(c.nodes[n], "kind", "") == "number"):
        n -= 1
    led = n >= 0 and c.tags[n] == "prep"
    return _NOBODY if led else frozenset(c.nodes[r].start for r in run)


def _head(c: Clauses, part: int) -> frozenset[int]:
    """The noun phrase that opens a part."""
    first = c.parts.index(part) if part in c.parts else -1
    if first >= 0 and c.tags[first] == "conj":
        first += 1
    if first < 0 or c.tag(first) not in {"noun", "det", "num"}:
        return _NOBODY
    return frozenset(c.nodes[n].start for n in c.run(first))
