"""Two sentences that state different values of one thing: "The fee is 12 euros" in one text, "15 euros" in another.

In: `Found` and a `Draft`. Out: the draft with both sentences in its evidence, newest first, and what each states. A
false alarm is worse than a missed one: the sentences must use the same words but for one value of one kind, and stand
in texts about one thing. Nothing is averaged, nothing dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rag.answer import Draft
from rag.asked.question import Kind, Question
from rag.check.calendar import Date
from rag.check.facts import Fact, Reading, Word, dates, read, same
from rag.check.likeness import alike
from rag.check.wordlists import word_set
from rag.judge.close import PASSAGES_READ
from rag.judge.expect import counted
from rag.library import StoredPassage
from rag.retrieve import Found
from rag.text import content_words
from rag.types import Citation, Evidence, Span, Stated

# Sentences whose vectors are less alike than this are not read.
NEAR = 0.55
# Share of the words that two sentences must have in common, their values left out.
SAME_WORDS = 0.75
# A sentence that says all words of the question may add this many of its own.
OWN_WORDS = 4
# Two texts are about one thing when their titles share this much, or their passages' vectors are this alike.
SAME_TITLE, SAME_PASSAGE = 0.5, 0.8
MOST = 3
_VALUES = ("number", "code", "date", "time", "weekday")
# The kinds of question that a difference in a figure or a date bears on; others ask for a name or a reason.
_ASKS_VALUE = frozenset({Kind.QUANTITY, Kind.DATE, Kind.YES_NO, Kind.THING, Kind.LIST, Kind.SUMMARY})


@dataclass(frozen=True, slots=True)
class _Sentence:
    stored: StoredPassage
    span: Span
    text: str
    number: int

    def evidence(self, score: float) -> Evidence:
        return Evidence(self.stored.passage, self.span, self.text, score)

    def reading(self) -> Reading:
        return read(self.text, self.stored.language if self.stored.language in {"en", "es"} else "en")


def both_shown(found: Found, made: Draft) -> Draft:
    """Put what states another value of the same thing beside the best sentence, newest first."""
    if made.refused or not made.evidence:
        return made
    best = next((s for s in _sentences(found) if s.span == made.evidence[0].span and _of(s, made.evidence[0])), None)
    if best is None:
        return made
    stated: list[tuple[_Sentence, str]] = []
    for other in _rivals(found, best):
        differing = conflict(found.question, best.reading(), other.reading()) if len(stated) < MOST else None
        if differing and _one_thing(best, other) and not _of_other_times(found, best, other):
            mine, its = differing
            stated = stated or [(best, mine)]
            if all(its.casefold() != value.casefold() for _, value in stated):
                stated.append((other, its))
    if len(stated) < 2:
        return made
    stated.sort(key=lambda s: found.dates.get(s[0].stored.passage.source, Date.min), reverse=True)
    shown = [s.evidence(made.evidence[0].score) for s, _ in stated]
    spans = {(e.passage.source, e.span) for e in shown}
    rest = [e for e in made.evidence if (e.passage.source, e.span) not in spans]
    return replace(
        made,
        evidence=(*shown, *rest[: max(0, MOST - len(shown))]),
        disagreement=tuple(_stated(found, s, value) for s, value in stated),
    )


def _stated(found: Found, sentence: _Sentence, value: str) -> Stated:
    passage, wrote = sentence.stored.passage, found.dates.get(sentence.stored.passage.source)
    date = wrote.isoformat() if wrote else None
    return Stated(value, passage.source, date, sentence.span.start, sentence.span.end)


def _of(sentence: _Sentence, evidence: Evidence) -> bool:
    return sentence.stored.passage.source == evidence.passage.source


def _sentences(found: Found) -> Iterator[_Sentence]:
    for hit in found.hits[:PASSAGES_READ]:
        start = hit.stored.passage.start
        for n, span in enumerate(hit.stored.sentences):
            yield _Sentence(hit.stored, span, hit.stored.passage.text[span.start - start : span.end - start], n)


def _rivals(found: Found, best: _Sentence) -> list[_Sentence]:
    """The sentences near the best one, nearest first."""
    mine = best.stored.sentence_vectors[best.number]
    near = [(float(s.stored.sentence_vectors[s.number] @ mine), n, s) for n, s in enumerate(_sentences(found))]
    near = [x for x in near if x[0] >= NEAR and not (x[2].span == best.span and x[2].stored is best.stored)]
    return [s for _, _, s in sorted(near, key=lambda x: (-x[0], x[1]))]


# ---------------------------------------------------------------- one thing


def _one_thing(a: _Sentence, b: _Sentence) -> bool:
    """Tell whether two sentences speak of one thing: one document, one title, one name in both, or near passages."""
    if a.stored.passage.source == b.stored.passage.source:
        return True
    first, second = frozenset(a.stored.title_stems), frozenset(b.stored.title_stems)
    if first and second and len(first & second) / min(len(first), len(second)) >= SAME_TITLE:
        return True
    names = {w.stem for w in a.reading().content if w.name} & {w.stem for w in b.reading().content if w.name}
    return bool(names) or float(a.stored.vector @ b.stored.vector) >= SAME_PASSAGE


def _of_other_times(found: Found, a: _Sentence, b: _Sentence) -> bool:
    """The reports of 2023 and 2024, or the sections on two years, state a value each and do not disagree."""
    first, second = (s.stored.passage.source for s in (a, b))
    if first != second:
        mine, its = found.named.get(first), found.named.get(second)
        if mine and its and not mine.meets(its):
            return True
    return a.stored.section != b.stored.section and (first == second or _years(a) != _years(b))


def _years(s: _Sentence) -> tuple[str, ...]:
    return tuple(sorted(f.value for f in dates(s.stored.section, "en")))


# ---------------------------------------------------------------- two values


def conflict(question: Question, a: Reading, b: Reading) -> tuple[str, str] | None:
    """Return the two values in which sentences that otherwise say the same differ, in their own words, or None."""
    if not _speak_of_one(question, a, b):
        return None
    if question.kind in {Kind.PERSON, Kind.PLACE}:
        return _names(question, a, b)
    if question.kind not in _ASKS_VALUE:
        return None
    pair = _differing(a, b)
    if pair is None or not _bears_on(question, a, pair[0]) or _other_subjects(a, b):
        return None
    if not (_same_words(a, b) or _both_answer(question, a, b, pair)):
        return None
    return _said(a, pair[0]), _said(b, pair[1])


def _speak_of_one(question: Question, a: Reading, b: Reading) -> bool:
    """Both say the same names of the question: one of Kate and one of Sophie do not disagree on Kate."""
    first, second = ({w.folded for w in r.words} & set(question.names) for r in (a, b))
    return first == second


def _other_subjects(a: Reading, b: Reading) -> bool:
    """Each names what the other does not, or counts another place in a row: "the fourth book", "version 1.5.7"."""
    mine, its = _named(a), _named(b)
    ranks = [{f.value for f in r.facts if f.kind == "ordinal" or _labels(r, f)} for r in (a, b)]
    return bool(mine - its and its - mine) or (all(ranks) and ranks[0] != ranks[1])


def _labels(reading: Reading, fact: Fact) -> bool:
    """The code belongs to the name before it ("section 4.2"); in "The number is 555-12-34" it is what is told."""
    before = reading.text[: fact.start]
    return fact.kind == "code" and any(w.end == len(before.rstrip()) and not w.stop for w in reading.words)


def _named(reading: Reading) -> frozenset[str]:
    """The names of a sentence; its first word counts where a second capital follows it."""
    return frozenset(w.stem for run in _runs(reading, frozenset()) for w in run)


def _said(reading: Reading, fact: Fact) -> str:
    """The value in the sentence's own words, with the noun that a bare number counts: "310 people"."""
    noun = _noun(reading, fact)
    end = noun.end if noun else fact.end
    return " ".join(reading.text[fact.start : end].split())


def _differing(a: Reading, b: Reading) -> tuple[Fact, Fact] | None:
    """The one value in which two sentences differ: all else they date and count is equal or said by one alone."""
    left = [f for f in a.facts if f.kind in _VALUES]
    right = [f for f in b.facts if f.kind in _VALUES]
    for fact in list(left):
        twin = next((f for f in right if f.kind == fact.kind and _equal(fact, f)), None)
        if twin:
            left.remove(fact)
            right.remove(twin)
    kinds = {f.kind for f in left} & {f.kind for f in right}
    if len(kinds) != 1:
        return None
    kind = kinds.pop()
    mine, its = [f for f in left if f.kind == kind], [f for f in right if f.kind == kind]
    if len(mine) != 1 or len(its) != 1 or mine[0].unit != its[0].unit or {mine[0].sign, its[0].sign} & {"<", ">"}:
        return None
    return mine[0], its[0]


def _equal(a: Fact, b: Fact) -> bool:
    return a.unit == b.unit and _rounds_to(a.value, b.value) if a.kind == "number" else same(a, b)


def _rounds_to(a: str, b: str) -> bool:
    """ "1.2 million" and "1,203,000" are one number, told more and less exactly."""
    x, y = Decimal(a), Decimal(b)
    if x == y:
        return True
    if max(abs(x), abs(y)) < 100:
        return False
    return abs(x - y) <= Decimal("0.02") * max(abs(x), abs(y)) and (_round(x) or _round(y))


def _round(value: Decimal) -> bool:
    digits = str(abs(value)).replace(".", "").strip("0")
    return len(digits) <= 3


_AT = re.compile(r"\b(at|a las?|from|desde las?|until|till|hasta las?)\s+\Z", re.I)


def _bears_on(question: Question, reading: Reading, fact: Fact) -> bool:
    if question.kind is Kind.DATE:
        return fact.kind != "number" or bool(_AT.search(reading.text[: fact.start]))
    if question.kind is Kind.QUANTITY:
        return fact.kind in {"number", "time"} and not _counts_another(question, reading, fact)
    return True


def _counts_another(question: Question, reading: Reading, fact: Fact) -> bool:
    """ "How many cars?" is answered by the 40 of "180 passengers and 40 cars", and by no other number."""
    wanted = counted(question)
    nouns = {f.start: _noun(reading, f) for f in reading.facts if f.kind == "number"}
    fits = {start for start, noun in nouns.items() if noun and wanted and alike(noun.stem, wanted)}
    return bool(fits) and fact.start not in fits


def _content(reading: Reading) -> frozenset[str]:
    light = word_set("light")
    return frozenset(w.stem for w in reading.content if w.folded not in light)


def _same_words(a: Reading, b: Reading) -> bool:
    first, second = _content(a), _content(b)
    return len(first & second) >= 2 and len(first & second) / len(first | second) >= SAME_WORDS


def _both_answer(question: Question, a: Reading, b: Reading, pair: tuple[Fact, Fact]) -> bool:
    """Both say every word of the question and little else, and each has one value of the kind."""
    wanted = frozenset(content_words(question.text, question.language)) & frozenset(question.terms)
    if len(wanted) < 2 or question.kind not in {Kind.QUANTITY, Kind.DATE}:
        return False
    for reading, fact in ((a, pair[0]), (b, pair[1])):
        words = _content(reading)
        said = {w for w in wanted if any(alike(w, s) for s in words)}
        if said != wanted or sum(f.kind == fact.kind and f.unit == fact.unit for f in reading.facts) != 1:
            return False
        if sum(not any(alike(w, s) for w in wanted) for s in words) > OWN_WORDS:
            return False
    return True


def _noun(reading: Reading, fact: Fact) -> Word | None:
    """The word right behind a number that has no unit."""
    if fact.kind != "number" or fact.unit:
        return None
    return next((w for w in reading.words if w.start == fact.end + 1 and not w.stop and not w.name), None)


# ---------------------------------------------------------------- two names

# One person or place at a time: who leads, heads or wrote; where it lies or has its seat.
_SOLE = re.compile(
    r"\b(is|was|became|named|appointed|elected|led|leads|heads?|headed|directs?|directed|chairs?|chaired|founded|wrote"
    r"|invented|designed|born|located|lies|based|moved|es|era|fue|dirige|preside|encabeza|fundo|fundó|escribió|nació"
    r"|situad[oa]|ubicad[oa]|nombrad[oa]|elegid[oa])\b",
    re.I,
)


def _names(question: Question, a: Reading, b: Reading) -> tuple[str, str] | None:
    terms = frozenset(question.terms)
    left, right = _runs(a, terms), _runs(b, terms)
    mine = [r for r in left if not any(_shares(r, s) for s in right)]
    its = [r for r in right if not any(_shares(r, s) for s in left)]
    if (
        len(mine) != 1
        or len(its) != 1
        or _other_names(a, mine[0], b, its[0])
        or not (_SOLE.search(a.text) and _SOLE.search(b.text))
    ):
        return None
    if _differing(a, b) or {w.stem for r in (*mine, *its) for w in r} & terms:
        return None
    first = _content(a) - {w.stem for w in mine[0]}
    second = _content(b) - {w.stem for w in its[0]}
    if len(first & second) < 2 or len(first & second) / len(first | second) < SAME_WORDS:
        return None
    return _run_text(a, mine[0]), _run_text(b, its[0])


def _other_names(a: Reading, mine: Sequence[Word], b: Reading, its: Sequence[Word]) -> bool:
    """Each sentence names what the other does not, beyond the two names that differ."""
    left = _named(a) - _named(b) - {w.stem for w in mine}
    return bool(left and _named(b) - _named(a) - {w.stem for w in its})


def _runs(reading: Reading, said: frozenset[str]) -> list[tuple[Word, ...]]:
    """The names of a sentence: capitalised words that stand together; the first word counts where another follows."""
    runs: list[list[Word]] = []
    last: Word | None = None
    for word in reading.words:
        capital = word.text[:1].isupper() and not word.stop and word.folded not in word_set("honorifics")
        if capital and word.stem not in said:
            joined = last is not None and runs and re.fullmatch(r"[ .-]{1,2}", reading.text[last.end : word.start])
            if joined:
                runs[-1].append(word)
            else:
                runs.append([word])
            last = word
        else:
            last = None
    return [tuple(r) for r in runs if r[0].name or len(r) > 1]


def _shares(a: Sequence[Word], b: Sequence[Word]) -> bool:
    return not {w.stem for w in a}.isdisjoint(w.stem for w in b)


def _run_text(reading: Reading, run: Sequence[Word]) -> str:
    return " ".join(reading.text[run[0].start : run[-1].end].split())


# ---------------------------------------------------------------- what a reader is told


def numbered(stated: Sequence[Stated], citations: Sequence[Citation]) -> tuple[Stated, ...]:
    """Name the footnote that shows each statement; a text that a model wrote may cite only one of them."""
    places = {(c.source, c.quote_start, c.quote_end): c.number for c in citations}
    return tuple(replace(s, number=places.get((s.source, s.quote_start, s.quote_end))) for s in stated)
