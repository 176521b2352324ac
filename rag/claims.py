"""Does a sentence of any text stand in these sources: held, contradicted, held but for a word, or not said at all.

In: a sentence, the sources found for it, the sentence it may lean on. Out: a `Judgement` with verbatim quotes.
Deterministic, no model: what holds is `rag/verify.py`'s word. It searches nothing and reads no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rag.check.agree import disagreement, uncovered
from rag.check.binding import Pair
from rag.check.facts import Fact, Reading, Word, read
from rag.check.likeness import alike, opposed
from rag.check.resolve import resolved, subject_of
from rag.library import StoredPassage
from rag.text import word_spans
from rag.types import Span
from rag.verify import Place, Quote, Source, check, parts, ranked, said_at
from rag.write.polish import cleaned, is_fragment, leans_back

SUPPORTED, CONTRADICTED, PARTLY = "supported", "contradicted", "partly"
NOT_SAID, NO_CLAIM = "not_said", "no_claim"
PASSAGES = 10  # that a sentence is held against
VERDICTS = (SUPPORTED, PARTLY, CONTRADICTED, NOT_SAID, NO_CLAIM)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the library says of one sentence: one of `VERDICTS`.

    ``quotes``: all that carry it; for "contradicted" the one that says otherwise, for "partly" what carries the rest.
    ``words``: spans of the sentence that nothing carries, or that another value stands for, which is ``said``.
    ``reason``: the check's word for what is wrong (`rag.verify.Verdict`). ``exact``: it stands there word for word.
    """

    verdict: str
    quotes: tuple[Quote, ...] = ()
    words: tuple[Span, ...] = ()
    reason: str = ""
    said: str = ""
    exact: bool = False


# "I think …", "We recommend …", "Please …", "Dear …", "This report …": an opinion, a wish, a greeting, the text itself.
_NO_FACT = re.compile(
    r"(?:i|we) (?:\w+ly )?(?:think|believe|feel|hope|wish|recommend|suggest|propose|would|should|want|suspect|guess"
    r"|assume|thank|ask|look forward)\b|in (?:my|our) (?:view|opinion|experience)\b|please\b|thank(?:s| you)\b|dear \w"
    r"|let us\b|let's\b|perhaps we\b|it (?:would be|is) (?:good|better|best|wise|important|worth\w*) (?:to|that)\b"
    r"|(?:this|the (?:present|following)) (?:report|memo|document|section|chapter|summary|note|paper|table|figure|page"
    r"|draft|letter) (?:is about|\w+(?:es|s) (?:how|what|why|which|the|our|at|on|into)\b)"
    r"|(?:creo|creemos|pienso|opino|espero|esperamos|recomendamos|recomiendo|propongo|proponemos|gracias|estimad[oa]s?"
    r"|en mi opini[oó]n|por favor|este informe)\b",
    re.I,
)
# What the check found wrong with words that all stand in the quote: it says the contrary, or it says it of another.
_CONTRARY = frozenset(
    {"negation", "opposite", "role", "order", "place", "number of something else", "date of something else"}
)
# One person or place at a time: only of these is another name a contradiction.
_SOLE = re.compile(
    r"^(?i:the|el|la)\b[^,;]*\b(?:is|was|are|were|es|era|fue)\s+(?=[A-ZÀ-Þ])"
    r"|(?i:\b(?:was|were|is|are|fue|es|era)\b[^.;]*\b(?:by|por|born|located|based|named|called|situated|held)\b"
    r"|\b(?:died|dies|led|leads|heads|headed|directs|directed|chairs|chaired|founded|wrote|writes|invented|designed|discovered"
    r"|painted|composed|became|capital|ceo|director|president|mayor|chair|captain|owner|author|fundó|escribió|dirige)\b)",
)
# What must be left of a claim once its bare words are taken out, and the share of it that may be taken out.
_LEAST_LEFT, _MOST_CUT = 3, 0.5
_LEAST_PART = 2
# What the check finds wrong where the words stand in the quote under something that the claim leaves out.
_GOVERNED = frozenset({"said", "condition", "time", "quality", "certainty", "choice", "fiction", "quantity"})


def searched(claim: str, before: str) -> str:
    """Return what to search for: the sentence, with the one that it leans on."""
    return f"{before} {claim}" if before and leans_back(claim) else claim


def judged(claim: str, found: Sequence[StoredPassage], before: str = "") -> Judgement:
    """Hold one sentence against the best passages found for it."""
    return judge(claim, [Source.of(s.passage, s.sentences, s.language) for s in found[:PASSAGES]], before)


def judge(claim: str, sources: Sequence[Source], before: str = "") -> Judgement:
    """Hold one sentence against ``sources``; ``before`` is the sentence that its "it" may lean on, "" for none."""
    plain = cleaned(claim)
    if not plain or plain.endswith("?") or not (read(plain).content or read(plain).facts):
        return Judgement(NO_CLAIM)
    whole = resolved(plain, cleaned(before)) if before and leans_back(plain) else None
    asked = whole.text if whole else plain
    verdict = check(asked, sources)
    if verdict.support:
        return Judgement(SUPPORTED, verdict.support.quotes, exact=verdict.support.exact)
    if _NO_FACT.match(plain) or (is_fragment(plain) and not read(plain).facts):
        return Judgement(NO_CLAIM)
    near = ranked(asked, sources)
    found = _contradicted(asked, near) or _cut_down(asked, near) or _half(asked, sources, near)
    if found is None:
        return Judgement(NOT_SAID, reason=verdict.reason)
    return replace(found, words=_placed(claim, [s.of(asked) for s in found.words]))


def _placed(text: str, words: Sequence[str]) -> tuple[Span, ...]:
    """Find words of the plain sentence in the sentence as it was written, one after the other."""
    spans, position = [], 0
    for word in words:
        at = text.lower().find(word.lower(), position)
        if at >= 0:
            position = at + len(word)
            spans.append(Span(at, position))
    return tuple(spans)


def _pairs(claim: str, places: Sequence[Place]) -> Iterator[tuple[Place, Pair, tuple[Quote, ...]]]:
    """Pair the claim with each place, as it stands and with what its pronouns stand for, and the quotes of each."""
    for place in places:
        for text, quotes in said_at(place):
            quote = read(text)
            yield place, Pair.of(read(claim, quote.language), [quote]), quotes


# ---------------------------------------------------------------- the contrary


def _contradicted(claim: str, places: Sequence[Place]) -> Judgement | None:
    """The first place that speaks of the same and says another value, another name, or the contrary."""
    for place, pair, quotes in _pairs(claim, places):
        bare = uncovered(pair)
        values = _other_values(pair)
        bare = [w for w in bare if not (w.text[:1].isupper() and _told_of(place, w))]
        if values and _same_thing(pair, bare):
            reason = "date" if values[0][0].kind in {"date", "weekday", "time"} else "number"
            mine, its = (
                [Span(f.start, f.end) for f, _ in values],
                [pair.quotes[0].text[g.start : g.end] for _, g in values],
            )
            return Judgement(CONTRADICTED, quotes, tuple(mine), reason, " ".join(dict.fromkeys(its)))
        if any(not found for found in pair.facts.values()):
            continue
        found = _other_word(pair, bare, quotes) or _other_name(pair, bare, quotes)
        if found:
            return found
        if not bare and _same_thing(pair, bare):
            reason = disagreement(claim, [pair.quotes[0].text])
            if reason in _CONTRARY:
                return _contrary(pair, quotes, reason)
    return None


def _told_of(place: Place, name: Word) -> bool:
    """The passage speaks of the name, if the sentence does not: "the company" of Sandvik Ferries."""
    return any(w.stem == name.stem and w.text[:1].isupper() for w in read(place.source.text).words)


def _same_thing(pair: Pair, bare: Sequence[Word]) -> bool:
    """The quote has every name of the claim and all of its words, or all but one of many."""
    if any(w.name for w in bare):
        return False
    carried = sum(bool(hits) for hits in pair.hits.values())
    return carried >= 1 and (not bare or (len(bare) == 1 and carried >= 5)) and not _another(pair)


def _another(pair: Pair) -> bool:
    """Claim and quote count another place in a row: what holds of the second is no word on the first."""
    mine, its = ({f.value for f in r.facts if f.kind == "ordinal"} for r in (pair.claim, pair.quotes[0]))
    return bool(its) and mine != its


def _other_values(pair: Pair) -> list[tuple[Fact, Fact]]:
    """The facts of the claim that the quote does not have, each with the one it has instead; none unless all have one.

    Where a number and a date both differ, the quote speaks of another time.
    """
    bare = [f for f, behind in pair.facts.items() if not behind]
    if not bare or len({f.kind for f in bare}) > 1:
        return []
    taken = {g for behind in pair.facts.values() for _, g in behind}
    found = []
    for fact in bare:
        rivals = [g for g in pair.quotes[0].facts if g not in taken and _excludes(pair, fact, g)]
        others = [g for g in pair.quotes[0].facts if g not in taken and g.kind == fact.kind and g not in rivals]
        if not rivals or any(not _counts_another(pair, fact, g) for g in others):
            return []
        found.append((fact, rivals[0]))
    return found


def _excludes(pair: Pair, mine: Fact, its: Fact) -> bool:
    """Say whether two facts cannot both be the value of one thing."""
    if mine.kind != its.kind or mine.kind in {"ordinal", "code"} or _counts_another(pair, mine, its):
        return False
    if mine.kind == "date":
        return all(_apart(p, q) for p in mine.value.split("|") for q in its.value.split("|"))
    if mine.kind != "number":
        return mine.value != its.value
    if mine.sign == its.sign and mine.sign in {"<", ">"}:
        return mine.value != its.value  # "at most 140" is another limit than "at most 160"
    (low, high), (least, most) = _range(mine), _range(its)
    return high < least or most < low


def _apart(a: str, b: str) -> bool:
    return any("*" not in (x, y) and x != y for x, y in zip(a.split("-"), b.split("-"), strict=True))


def _range(fact: Fact) -> tuple[Decimal, Decimal]:
    """The numbers that a statement admits: "more than 5", "about 5" (a tenth up or down), "5"."""
    value, endless = Decimal(fact.value), Decimal("Infinity")
    tenth = abs(value) / 10
    return {">": (value, endless), "<": (-endless, value), "~": (value - tenth, value + tenth)}.get(
        fact.sign, (value, value)
    )


def _counts_another(pair: Pair, mine: Fact, its: Fact) -> bool:
    """The two numbers have another unit, or count other nouns."""
    if mine.kind != "number" or its.kind != "number":
        return False
    if mine.unit != its.unit:
        return True
    a, b = _noun(pair.claim, mine), _noun(pair.quotes[0], its)
    return bool(a and b and not alike(a.stem, b.stem))


def _noun(reading: Reading, fact: Fact) -> Word | None:
    return next((w for w in reading.words if w.start == fact.end + 1 and not w.stop and not w.name), None)


def _contrary(pair: Pair, quotes: tuple[Quote, ...], reason: str) -> Judgement:
    """All words stand there, and not so; an opposite is named."""
    against = [(w, o) for w in pair.claim.content for o in pair.quotes[0].content if opposed(w.stem, o.stem)]
    if reason != "opposite" or not against:
        return Judgement(CONTRADICTED, quotes, reason=reason)
    word, other = against[0]
    return Judgement(CONTRADICTED, quotes, (Span(word.start, word.end),), reason, other.text)


def _other_word(pair: Pair, bare: Sequence[Word], quotes: tuple[Quote, ...]) -> Judgement | None:
    """One word of the claim stands where the quote has its opposite: "rose", "fell"."""
    for word in bare:
        against = next((w for w in pair.quotes[0].content if opposed(word.stem, w.stem)), None)
        if against and len(bare) == 1 and _same_thing(pair, ()):
            return Judgement(CONTRADICTED, quotes, (Span(word.start, word.end),), "opposite", against.text)
    return None


def _other_name(pair: Pair, bare: Sequence[Word], quotes: tuple[Quote, ...]) -> Judgement | None:
    """All but one name stands there, and another name stands in its place, of what only one can have been."""
    quote = pair.quotes[0]
    if not bare or not all(w.text[:1].isupper() for w in bare) or len(_runs(bare)) > 1:
        return None
    carrying = {h.word for hits in pair.hits.values() for h in hits}
    free = [w for w in quote.content if w.text[:1].isupper() and w not in carrying and (w.name or w.start == 0)]
    free = [w for w in free if not any(w.end + 1 == c.start and c.text[:1].isupper() for c in carrying)]  # a first name
    rest = sum(bool(hits) for hits in pair.hits.values())
    if len(_runs(free)) != 1 or rest < 2 or not (_SOLE.search(quote.text) and _SOLE.search(pair.claim.text)):
        return None
    said = quote.text[free[0].start : free[-1].end]
    return Judgement(CONTRADICTED, quotes, (Span(bare[0].start, bare[-1].end),), "name", said)


def _runs(words: Sequence[Word]) -> list[list[Word]]:
    runs: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.start):
        if runs and word.start - runs[-1][-1].end <= 2:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


# ---------------------------------------------------------------- held but for a word


def _cut_down(claim: str, places: Sequence[Place]) -> Judgement | None:
    """The place that carries the claim once the fewest words are taken out; or all of them, without what governs."""
    best: tuple[int, Judgement] | None = None
    subject = subject_of(claim).split()
    for _, pair, quotes in _pairs(claim, places):
        bare = [Span(w.start, w.end) for w in uncovered(pair)]
        bare += [Span(f.start, f.end) for f, behind in pair.facts.items() if not behind]
        bare.sort(key=lambda s: s.start)
        size = len(pair.hits) + len(pair.facts)
        lacking = set(uncovered(pair))
        about = {w for w in pair.claim.content if w.text in subject}
        if (about and about <= lacking) or (pair.hits.keys() <= about | lacking and not any(pair.facts.values())):
            continue  # of something else, or nothing but what it is about
        if size - len(bare) < min(_LEAST_LEFT, size) or len(bare) > _MOST_CUT * size or (best and len(bare) >= best[0]):
            continue
        reason = disagreement(_without(claim, bare), [pair.quotes[0].text])
        if reason in _GOVERNED or (reason and not bare and reason not in _CONTRARY):
            best = (len(bare), Judgement(PARTLY, quotes, tuple(bare), reason))
        elif bare and not reason:
            best = (len(bare), Judgement(PARTLY, quotes, tuple(bare), "addition"))
    return best[1] if best else None


def _without(text: str, spans: Sequence[Span]) -> str:
    for span in reversed(spans):
        text = text[: span.start] + text[span.end :]
    return " ".join(text.split())


def _half(claim: str, sources: Sequence[Source], places: Sequence[Place]) -> Judgement | None:
    """Of two statements in one sentence one holds."""
    for (left, left_at), (right, right_at) in parts(claim, _LEAST_PART):
        verdicts = [check(part, sources) for part in (left, right)]
        for verdict, other, at in ((verdicts[0], right, right_at), (verdicts[1], left, left_at)):
            if not verdict.support:
                continue
            against = _contradicted(other, places)
            if against:
                return replace(against, words=(at,))
            words = tuple(Span(s.start + at.start, s.end + at.start) for s in word_spans(at.of(claim)))
            return Judgement(PARTLY, verdict.support.quotes, (Span(words[0].start, words[-1].end),), "addition")
    return None
