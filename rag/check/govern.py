"""What governs the words a claim takes over must come along: "Critics say it is unsafe" is not "It is unsafe".

In: a claim beside its quote (`Pair`). Out: "" or the kind of governor that was left out. Two things are asked. An
*operator* (a verb of saying, a condition, a question, a denial, a time limit, "almost", "alleged") stands over a
stretch of the quote: a claim that uses the stretch must hold one of its kind. A *holder* has a word hang on it (an
infinitive on its verb, a gerund, what follows a preposition, an owner): a claim that uses the word must use a holder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rag.check.binding import Pair
from rag.check.clauses import bare_verb, clauses, is_past
from rag.check.cues import cues
from rag.check.facts import Word
from rag.check.holders import holders
from rag.check.likeness import Carrier
from rag.check.operators import Operator, operators

Used = frozenset[tuple[int, int]]
_EQUAL = {
    "said": r"\b(?:according|view|opinion|words|account|reckoning|seg[uú]n)\b|[\"“]",
    "if": r"\b(?:if|unless|provided|providing|long|should|would|could|depends?|without|si)\b",
    "when": r"\b(?:after|as soon|on condition|provided)\b",
    "question": r"\b(?:whether|if|unclear|unknown|uncertain|question)\b",
    "would": r"\b(?:would|could|might|may|plans?|proposed?)\b",
}


_REASONS = {"if": "condition", "when": "condition", "question": "condition", "would": "condition", "few": "quantity"}


def governed(pair: Pair) -> str:
    """Return the kind of the first governor that the claim leaves out, "" where it leaves out none."""
    said = {o.kind for o in operators(pair.claim)}
    for i, quote in enumerate(pair.quotes):
        for operator in operators(quote):
            if _reaches(pair, i, operator) and not _kept(pair, i, operator, said):
                return _REASONS.get(operator.kind, operator.kind)
    return _unheld(pair) or _restricted(pair) or _tense(pair) or _turned(pair)


def _told(pair: Pair) -> Mapping[Word, list[Carrier]]:
    """The content words of the claim, and verbs that count as stop words elsewhere ("owns")."""
    c = clauses(pair.claim)
    verbs = [n for n, t in zip(c.nodes, c.tags, strict=True) if t == "verb" and isinstance(n, Word) and n.stop]
    return {**pair.hits, **{v: pair.source.hits(v) for v in verbs}} if verbs else pair.hits


def _reaches(pair: Pair, i: int, operator: Operator) -> bool:
    """Some word of the claim stands nowhere but under the operator; a name tells nothing of itself."""
    for word, hits in _told(pair).items():
        if word.name and operator.kind not in {"quality", "time", "role"}:
            continue
        if hits and all(h.reading == i and operator.start <= h.word.start < operator.end for h in hits):
            return True
    return operator.kind in {"choice", "negation", "quantity"} and any(
        found and all(j == i and operator.start <= f.start < operator.end for j, f in found)
        for found in pair.facts.values()
    )


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


def _loose(pair: Pair, word: Word, hit: Carrier, used: Used) -> str:
    for kind, holding in holders(pair.quotes[hit.reading]).get(hit.word.start, ()):
        if any((hit.reading, h) in used for h in holding):
            continue
        if kind != "object":
            return kind
        if _becomes_subject(pair, word, hit):
            return "role"
    return ""


def _becomes_subject(pair: Pair, word: Word, hit: Carrier) -> bool:
    """The word leads a verb of the claim that stands behind it in the quote, with no "he" or "it" in between."""
    c = clauses(pair.claim)
    verbs = [n for n, t in zip(c.nodes, c.tags, strict=True) if t == "verb" and isinstance(n, Word)]
    place = c.nodes.index(word)
    if not verbs or word.start > verbs[0].start or c.tag(c.before(place, _NOMINAL)) == "prep":
        return False
    quote = pair.quotes[hit.reading]
    behind = [h.word.start for v in verbs for h in pair.hits.get(v, ()) if h.reading == hit.reading]
    last = max(behind, default=0)
    return last > hit.word.end and not _PRONOUN.search(quote.text[hit.word.end : last])


_NOMINAL = frozenset({"det", "adv", "noun", "num"})


_PRONOUN = re.compile(r"\b(?:he|she|it|they|who|which|whom|him|her|them)\b", re.I)


# ---------------------------------------------------------------- restrictions, tenses, sides

_ALL_OF = frozenset("no every each all few any most ningun ninguna todo toda todos todas cada".split())


_LOOSE = frozenset("more other further such single otro otra".split())


def _restricted(pair: Pair) -> str:
    """ "No tall teacher ran" is not "no teacher ran": under "no" and "every" what narrows a noun must stay."""
    said = {w.folded for w in pair.claim.words}
    for i, quote in enumerate(pair.quotes):
        c = clauses(quote)
        used = {h.word.start for hits in pair.hits.values() for h in hits if h.reading == i}
        for k in range(len(c.nodes) - 1):
            if c.word(k) in _ALL_OF & said and c.tag(k + 1) == "noun":
                run = [c.nodes[n] for n in c.run(k + 1) if c.word(n) not in _LOOSE]
                if run and run[-1].start in used and any(n.start not in used for n in run[:-1]):
                    return "quantity"
    return ""


_PRESENT, _PAST = frozenset({"is", "are"}), frozenset({"was", "were", "had"})


def _tense(pair: Pair) -> str:
    """ "Was French", "used to teach" is not "is French", "teaches"."""
    c, told = clauses(pair.claim), _told(pair)
    for i, node in enumerate(c.nodes):
        hits = told.get(node, []) if isinstance(node, Word) else []
        if not hits or not isinstance(node, Word):
            continue
        if c.word(c.before(i, _SMALL)) in _PRESENT and all(_aux_before(pair, h) in _PAST for h in hits):
            return "time"
        present = c.word(i - 1) in {"do", "does"} or (
            c.tags[i] == "verb" and node.folded.endswith("s") and c.tag(i - 1) != "aux"
        )
        if present and all(_past(pair, h) for h in hits):
            return "time"
    return ""


def _past(pair: Pair, hit: Carrier) -> bool:
    """The verb stands in the past tense, no participle."""
    c = clauses(pair.quotes[hit.reading])
    k = next(n for n, node in enumerate(c.nodes) if node.start == hit.word.start)
    past = c.tags[k] == "verb" and is_past(hit.word) and not bare_verb(hit.word) and not _aux_before(pair, hit)
    return past or (c.tags[k] == "inf" and c.word(k - 2) == "used")


_SMALL = frozenset({"adv", "det", "num", "prep"})


def _aux_before(pair: Pair, hit: Carrier) -> str:
    c = clauses(pair.quotes[hit.reading])
    k = next(n for n, node in enumerate(c.nodes) if node.start == hit.word.start)
    j = c.before(k, _SMALL)
    while j > 0 and c.tags[j - 1] == "aux" and c.word(j) in {"been", "being"}:
        j -= 1
    return c.word(j) if j >= 0 and c.tags[j] == "aux" else ""


_PREFERRED = re.compile(
    r"\b(?:prefer|chose|favou?r|swap|trad|replac|substitut)\w*\b(.+?)\b(?:to|over|for|with|by)\b(.+)", re.I
)


_THAN = re.compile(r"(.+?)\bthan\b([^,;]+)", re.I)


def _turned(pair: Pair) -> str:
    """ "Preferred tea to coffee" is not "preferred coffee to tea", "cheaper in A than in B" not the reverse."""
    for pattern in (_PREFERRED, _THAN):
        m = pattern.search(pair.claim.text)
        for i, quote in enumerate(pair.quotes):
            n = pattern.search(quote.text)
            if m and n and _lies(pair, i, m.span(2), n.span(1), all) and _lies(pair, i, m.span(1), n.span(2), any):
                return "role"
    return ""


def _lies(pair: Pair, i: int, inside: tuple[int, int], there: tuple[int, int], some: Callable[..., bool]) -> bool:
    """All, or some, of the words in one stretch of the claim stand only in one stretch of the quote."""
    words = [w for w in pair.hits if inside[0] <= w.start < inside[1]]
    places = [[h.word.start for h in pair.hits[w] if h.reading == i] for w in words]
    return bool(words) and some(p and all(there[0] <= s < there[1] for s in p) for p in places)
