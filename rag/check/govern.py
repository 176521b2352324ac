"""What governs the words a claim takes over must come along: "Critics say it is unsafe" is not "It is unsafe".

In: a claim beside its quote (`Pair`). Out: "" or the kind of governor that was left out. Two things are asked. An
*operator* (a verb of saying, a condition, a question, a denial, a time limit, "almost", "alleged") stands over a
stretch of the quote: a claim that uses the stretch must hold one of its kind. A *holder* has a word hang on it (an
infinitive on its verb, a gerund, what follows a preposition, an owner): a claim that uses the word must use a holder.
"""

from __future__ import annotations

import re

from rag.check.binding import Pair
from rag.check.clauses import clauses
from rag.check.cues import cues
from rag.check.facts import Word
from rag.check.holders import holders
from rag.check.likeness import Hit
from rag.check.operators import Operator, operators

Used = frozenset[tuple[int, int]]
_EQUAL = {
    "said": r"\b(?:according|view|opinion|words|seg[uú]n)\b|[\"“]",
    "if": r"\b(?:if|unless|provided|providing|long|case|should|would|could|depends?|without|si|only|when)\b",
    "question": r"\b(?:whether|if|unclear|unknown|uncertain|question)\b",
    "would": r"\b(?:would|could|might|may|plans?|proposed?)\b",
}


def governed(pair: Pair) -> str:
    """Return the kind of the first governor that the claim leaves out, "" where it leaves out none."""
    said = {o.kind for o in operators(pair.claim)}
    for i, quote in enumerate(pair.quotes):
        for operator in operators(quote):
            if _reaches(pair, i, operator) and not _kept(pair, i, operator, said):
                return operator.kind
    return _unheld(pair)


def _reaches(pair: Pair, i: int, operator: Operator) -> bool:
    """Some word of the claim stands nowhere but under the operator; a name tells nothing of itself."""
    for word, hits in pair.hits.items():
        if word.name and operator.kind not in {"quality", "time", "role"}:
            continue
        if hits and all(h.reading == i and operator.start <= h.word.start < operator.end for h in hits):
            return True
    return False


def _kept(pair: Pair, i: int, operator: Operator, said: set[str]) -> bool:
    if operator.kind in said:
        return True
    claim = {w.folded for w in pair.claim.words} | {f"{f.kind}:{f.value}" for f in pair.claim.facts}
    if operator.words & claim:
        return True
    if any(h.reading == i and h.word.folded in operator.words for hits in pair.hits.values() for h in hits):
        return True
    if operator.kind == "negation" and any(c.kind in {"not", "verb"} for c in cues(pair.claim)):
        return True
    return bool(re.search(_EQUAL.get(operator.kind, r"(?!)"), pair.claim.text, re.I))


def _unheld(pair: Pair) -> str:
    """A word of the claim hangs, wherever it stands in the quote, on words that the claim does not use."""
    used = frozenset((h.reading, h.word.start) for hits in pair.hits.values() for h in hits)
    used |= {(i, f.start) for found in pair.facts.values() for i, f in found}
    plain = {w.folded for w in pair.claim.words if w.stop}
    used |= {(i, w.start) for i, q in enumerate(pair.quotes) for w in q.words if w.stop and w.folded in plain}
    for word, hits in pair.hits.items():
        kinds = [_loose(pair, word, h, used) for h in hits]
        if kinds and all(kinds):
            return kinds[0]
    return ""


def _loose(pair: Pair, word: Word, hit: Hit, used: Used) -> str:
    for kind, holding in holders(pair.quotes[hit.reading]).get(hit.word.start, ()):
        if any((hit.reading, h) in used for h in holding):
            continue
        if kind != "object":
            return kind
        if _becomes_subject(pair, word, hit):
            return "role"
    return ""


def _becomes_subject(pair: Pair, word: Word, hit: Hit) -> bool:
    """The word leads a verb of the claim that stands behind it in the quote, with no "he" or "it" in between."""
    c = clauses(pair.claim)
    verbs = [n for n, t in zip(c.nodes, c.tags, strict=True) if t == "verb" and isinstance(n, Word)]
    if not verbs or word.start > verbs[0].start:
        return False
    quote = pair.quotes[hit.reading]
    behind = [h.word.start for v in verbs for h in pair.hits.get(v, ()) if h.reading == hit.reading]
    place = max(behind, default=0)
    return place > hit.word.end and not _PRONOUN.search(quote.text[hit.word.end : place])


_PRONOUN = re.compile(r"\b(?:he|she|it|they|who|which|whom|him|her|them)\b", re.I)
