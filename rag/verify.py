"""The door every shown sentence goes through: from a sentence and its possible sources to the exact quote, or a reason.

In: one sentence of an answer, the passages it may cite. Out: `Verdict`: the verbatim spans that support the
sentence, or none and why. Deterministic; no model is asked, no threshold is lowered to find "some" citation. A
sentence taken verbatim from a source passes exactly; any other must agree with its quote by `rag/check/agree.py`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rag.check.agree import disagreement
from rag.check.binding import Pair, Token
from rag.check.facts import Reading, Word, language_of, read
from rag.check.likeness import Words
from rag.check.resolve import Resolved, resolved, said_of_names
from rag.types import Passage, Span

if TYPE_CHECKING:
    from rag.vote import Voter


@dataclass(frozen=True, slots=True)
class Source:
    """A stretch of a document: ``text`` begins at ``start`` of the canonical text; ``sentences`` are absolute spans."""

    source: str
    page: int | None
    start: int
    text: str
    sentences: tuple[Span, ...]
    language: str = ""

    @classmethod
    def of(cls, passage: Passage, sentences: Sequence[Span], language: str = "") -> Source:
        """Make a source of a stored passage and the absolute spans of its sentences."""
        return cls(passage.source, passage.page, passage.start, passage.text, tuple(sentences), language)

    def quote(self, start: int, end: int) -> Quote:
        """Return the verbatim quote of an absolute range."""
        return Quote(self.source, self.page, start, end, self.text[start - self.start : end - self.start])


@dataclass(frozen=True, slots=True)
class Quote:
    """``canonical_text[start:end] == text``."""

    source: str
    page: int | None
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Support:
    """The quotes that carry a sentence, all of them needed. ``exact``: the sentence stands there word for word."""

    quotes: tuple[Quote, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """``support``, or the ``reason`` there is none: number, date, name, negation, certainty, quantity, opposite,
    addition, place, cause, order, role, said, condition, time, quality, choice, fiction, "number of something else",
    "date of something else", "no source", "no claim" or "verifier" (a model of the user's voted against it)."""

    support: Support | None
    reason: str = ""


class QueryEmbedder(Protocol):
    """What of an embedder is used here: one vector of unit length for a text."""

    def embed_query(self, text: str) -> Any:
        """Return the vector of ``text``."""


def verify(sentence: str, sources: Sequence[Source], *, embedder: QueryEmbedder | None = None) -> Support | None:
    """Return the support of ``sentence``, or ``None``; `check` also says why."""
    return check(sentence, sources, embedder=embedder).support


def check(
    sentence: str, sources: Sequence[Source], *, embedder: QueryEmbedder | None = None, voter: Voter | None = None
) -> Verdict:
    """Find the quote that carries ``sentence``, or the reason why none does.

    With ``embedder`` nearness in meaning helps to choose which sentences are tried; it never makes a check milder.
    ``voter`` is asked last, about a sentence that holds by the rules and does not stand in a source word for word; it
    can only reject.
    """
    exact = _exact(sentence, sources)
    if exact:
        return Verdict(Support((exact,), exact=True))
    verdict = _by_rules(sentence, sources, embedder)
    if verdict.support and voter and not voter.agrees(sentence, [q.text for q in verdict.support.quotes]):
        return Verdict(None, "verifier")
    return verdict


def _by_rules(sentence: str, sources: Sequence[Source], embedder: QueryEmbedder | None) -> Verdict:
    if not read(sentence).content and not read(sentence).facts:
        return Verdict(None, "no claim")
    places = ranked(sentence, sources, embedder)
    whole = _whole(sentence, places)
    if whole.support:
        return whole
    return _in_parts(sentence, places) or whole


# ---------------------------------------------------------------- verbatim


def _exact(sentence: str, sources: Sequence[Source]) -> Quote | None:
    """A run of whole sentences, white space aside. Part of a sentence does not count: "X denied that Y" is not Y."""
    words = sentence.split()
    if not words:
        return None
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    for source in sources:
        starts = {s.start for s in source.sentences}
        ends = {s.end for s in source.sentences}
        for m in pattern.finditer(source.text):
            start, end = m.start() + source.start, m.end() + source.start
            closing = re.match(r"[.!?…\"”’)\]]*", source.text[m.end() :])
            full = end + len(closing.group()) if closing else end
            if start in starts and (end in ends or full in ends):
                return source.quote(start, end if end in ends else full)
    return None


# ---------------------------------------------------------------- the sentences to try


@dataclass(frozen=True, slots=True)
class Place:
    """One source sentence and where it stands."""

    source: Source
    index: int

    @property
    def span(self) -> Span:
        return self.source.sentences[self.index]

    @property
    def text(self) -> str:
        span = self.span
        return self.source.text[span.start - self.source.start : span.end - self.source.start]

    @property
    def quote(self) -> Quote:
        return self.source.quote(self.span.start, self.span.end)


def _places(sources: Sequence[Source]) -> list[Place]:
    seen, places = set(), []
    for source in sources:
        for i, span in enumerate(source.sentences):
            key = (source.source, span.start, span.end)
            if key not in seen and span.start >= source.start and span.end <= source.start + len(source.text):
                seen.add(key)
                places.append(Place(source, i))
    return places


_TRIED = 8


def ranked(sentence: str, sources: Sequence[Source], embedder: QueryEmbedder | None = None) -> list[Place]:
    """Return the source sentences that share most with ``sentence``, rare words counting more, best first."""
    places = _places(sources)
    readings = [read(p.text) for p in places]
    seen = Counter(stem for r in readings for stem in {w.stem for w in r.content})
    near = _nearness(sentence, places, embedder)
    scored = [
        (_share(read(sentence, r.language), r, seen, len(readings)) + n, -i)
        for i, (r, n) in enumerate(zip(readings, near, strict=True))
    ]
    order = sorted(range(len(places)), key=lambda i: scored[i], reverse=True)
    return [places[i] for i in order if scored[i][0] > 0][:_TRIED]


def _share(claim: Reading, quote: Reading, seen: Counter[str], count: int) -> float:
    words = Words([quote])
    total = sum(math.log1p(count / (1 + seen[w.stem])) + 0.2 for w in claim.content if words.hits(w))
    return total + 1.5 * sum(any(f.kind == g.kind and f.value == g.value for g in quote.facts) for f in claim.facts)


def _nearness(sentence: str, places: Sequence[Place], embedder: QueryEmbedder | None) -> list[float]:
    if embedder is None:
        return [0.0] * len(places)
    target = embedder.embed_query(sentence)
    return [float(target @ embedder.embed_query(p.text)) for p in places]


# ---------------------------------------------------------------- one sentence, or one with its antecedent


def _whole(sentence: str, places: Sequence[Place]) -> Verdict:
    first = ""
    for place in places:
        reason = disagreement(sentence, [place.text])
        if not reason:
            return Verdict(Support((place.quote,), exact=False))
        if any(not disagreement(sentence, [said]) for said in said_of_names(place.text)):
            return Verdict(Support((place.quote,), exact=False))
        first = first or reason
    for place in places:
        for whole, before in _with_antecedent(place):
            if not disagreement(sentence, [whole.text]) and in_place(sentence, whole):
                return Verdict(Support(_joined([before, place]), exact=False))
    return Verdict(None, first or "no source")


def said_at(place: Place) -> Iterator[tuple[str, tuple[Quote, ...]]]:
    """Yield what a place says, as it stands and with its pronouns filled in, and the quotes that show it."""
    yield place.text, (place.quote,)
    for whole, before in _with_antecedent(place):
        yield whole.text, _joined([before, place])


def _with_antecedent(place: Place) -> Iterator[tuple[Resolved, Place]]:
    """The sentence with "he", "it" or "the minister" read as the subject of one of the two sentences before."""
    for back in (1, 2):
        if place.index >= back:
            before = Place(place.source, place.index - back)
            whole = resolved(place.text, before.text)
            if whole:
                yield whole, before


def in_place(sentence: str, whole: Resolved) -> bool:
    """What the claim takes from a filling must stand where the pronoun stood: before the same words, or after them."""
    language = language_of(whole.text)
    pair = Pair.of(read(sentence, language), [read(whole.text, language)])
    tokens = sorted(pair.links, key=lambda link: link[0].at)
    inside = [[any(s.start <= t.start < s.end for s in whole.filled) for _, t in found] for _, found in tokens]
    for k, (_, found) in enumerate(tokens):
        if not found or not all(inside[k]):
            continue
        if not _owned(pair.claim, tokens[k][0]) and all(_owned(pair.quotes[i], t) for i, t in found):
            return False  # "her predecessor left" is not "Holm left"
        after = next((n for n in range(k + 1, len(tokens)) if tokens[n][1] and not all(inside[n])), None)
        before = next((n for n in range(k - 1, -1, -1) if tokens[n][1] and not all(inside[n])), None)
        follows = after is not None and any(0 < t.at - f.at <= _NEAR for _, f in found for _, t in tokens[after][1])
        led = before is not None and any(0 < f.at - t.at <= _NEAR for _, f in found for _, t in tokens[before][1])
        behind = before is not None and before == k - 1 and isinstance(tokens[before][0], Word)
        moved = behind and before is not None and all(t.at > f.at for _, f in found for _, t in tokens[before][1])
        if moved or not (follows or (led and after is None)):
            return False
    return True


def _owned(reading: Reading, token: Token) -> bool:
    """ "Holm's", "of Holm": the name only says whose something is."""
    before, after = reading.text[: token.start], reading.text[token.end :]
    inside = isinstance(token, Word) and token.text.endswith(("'s", "’s"))
    return inside or after.startswith(("'s", "’s")) or bool(re.search(r"\b(?:of|by|de) (?:the |\w+ )?\Z", before))


_NEAR = 8


def _joined(places: Sequence[Place]) -> tuple[Quote, ...]:
    """Neighbouring sentences become one quote; others stay apart, in reading order."""
    quotes: list[Quote] = []
    ordered = sorted(dict.fromkeys(places), key=lambda p: (p.source.source, p.span.start))
    previous: Place | None = None
    for place in ordered:
        if previous is not None and previous.source is place.source and place.index == previous.index + 1:
            quotes[-1] = place.source.quote(quotes[-1].start, place.span.end)
        else:
            quotes.append(place.quote)
        previous = place
    return tuple(quotes)


# ---------------------------------------------------------------- a sentence made of several statements

_SEAM = re.compile(r"(?:;|,? and|,? while|,? but|, which|, who|,? y|, mientras)\s+", re.I)
_OWN_SUBJECT = re.compile(r"(?:the|a|an|this|these|those|its|his|her|their|el|la|los|las|un|una)\b|[A-ZÁÉÍÓÚÑ]")

# "meetings were held": a bare noun before an auxiliary is a subject too
_AUXILIARY = re.compile(r"(?:[^\W\d_]+\s+){1,3}(?:is|are|was|were|has|have|had|will|may|es|son|fue|fueron|ha|han)\b")


def parts(sentence: str, least: int = 3) -> Iterator[tuple[tuple[str, Span], tuple[str, Span]]]:
    """Yield each way to split at "and", ";" …: two statements, each with its span and ``least`` words that tell.

    A part without a subject is given that of the first part.
    """
    for m in _SEAM.finditer(sentence):
        left, right = sentence[: m.start()].strip(), sentence[m.end() :].strip()
        if min(_weight(left), _weight(right)) < least:
            continue
        spans = Span(0, m.start()), Span(m.end(), len(sentence))
        if not _OWN_SUBJECT.match(right) and not _AUXILIARY.match(right):
            right = f"{_subject(left)} {right}"
        yield (left, spans[0]), (right, spans[1])


def _in_parts(sentence: str, places: Sequence[Place]) -> Verdict | None:
    """Split the sentence and verify each part alone."""
    for (left, _), (right, _) in parts(sentence):
        verdicts = [_whole(part, places) for part in (left, right)]
        if all(v.support for v in verdicts):
            return Verdict(Support(_union(verdicts), exact=False))
    return None


def _weight(part: str) -> int:
    reading = read(part)
    return len(reading.facts) + sum(w.folded not in {"although", "while", "though"} for w in reading.content)


def _subject(part: str) -> str:
    """The first name, or the first content word, with what stands before it."""
    content = read(part).content
    if not content:
        return ""
    end = 0
    while end + 1 < len(content) and content[end].name and content[end + 1].name:
        end += 1
    return part[: content[end].end]


def _union(verdicts: Sequence[Verdict]) -> tuple[Quote, ...]:
    quotes = [q for v in verdicts if v.support for q in v.support.quotes]
    return tuple(dict.fromkeys(quotes))
