"""Which of the ranked sentences make the answer: the best, what it leans on, what it leaves unsaid, nothing twice.

In: sentences with their order and probabilities, and the second step of a question that takes two. Out: evidence, best
first. It ranks nothing, judges no confidence and writes no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.asked.phrases import phrases
from rag.asked.question import Kind, Question
from rag.judge.features import Candidate
from rag.judge.hop import NAMING, Hop
from rag.text import content_words, fold
from rag.types import Evidence

# An answer stops once the sentences in it hold this much of the probability, or are this long.
ENOUGH = 0.97
BRIEF_SENTENCES, BRIEF_WORDS = 3, 90
BROAD_WORDS = 120
# A further sentence must be at least this likely against the best one.
WORTH = 0.03
# Sentences among which one about a name that is still missing is looked for.
NEAR = 20
BROAD = frozenset({Kind.LIST, Kind.REASON, Kind.MANNER, Kind.SUMMARY})


class _Answer:
    """The sentences taken so far, within the limits that the question's kind sets."""

    def __init__(self, broad: bool, most: int) -> None:
        self.limit, self.budget = (most, BROAD_WORDS) if broad else (min(most, BRIEF_SENTENCES), BRIEF_WORDS)
        self.taken: list[tuple[Candidate, float]] = []
        self.words, self.held = 0, 0.0

    def full(self) -> bool:
        return self.held >= ENOUGH or len(self.taken) >= self.limit

    def take(self, c: Candidate, chance: float, score: float | None = None) -> bool:
        """Take a sentence unless there is no room for it or it says nothing new; the first is always taken.

        ``score`` orders the evidence for a language model, where ``chance``, of the first search, does not.
        """
        size = len(c.text.split())
        if self.taken and (len(self.taken) >= self.limit or self.words + size > self.budget or self._repeats(c)):
            return False
        self.taken.append((c, chance if score is None else score))
        self.words, self.held = self.words + size, self.held + chance
        return True

    def _repeats(self, c: Candidate) -> bool:
        """Tell whether nearly all the words of a sentence stand in one that is taken already."""
        return any(len(c.stems - t.stems) <= 0.1 * len(c.stems) for t, _ in self.taken)


def choose(
    question: Question,
    sentences: Sequence[Candidate],
    order: Sequence[int],
    chance: NDArray[np.float64],
    most: int,
    hop: Hop | None = None,
    broad: bool = False,
) -> tuple[Evidence, ...]:
    """Take sentences, best first, until they hold enough of the probability or the answer is long enough.

    ``broad``: it may be as long as one to "why" or "how". The sentence that a second step found comes right behind
    the best; so does one about each thing that the question names and the best sentence does not speak of ("Which is
    older, A or B?").
    """
    answer = _Answer(broad or question.kind in BROAD, most)
    order = [i for i in order if not _states_nothing(sentences[i], question)] or order
    best = order[0]
    answer.take(sentences[best], float(chance[best]))
    if answer.limit > 1 and (before := _leans_on(sentences, best)) is not None:
        answer.take(sentences[before], float(chance[before]))
    for c in hop.sentences if hop else ():
        answer.take(c, 0.0, score=float(chance[best]))
    for i in _of_other_names(question, sentences, order, sentences[best]):
        answer.take(sentences[i], float(chance[i]))
    for i in order[1:]:
        if not answer.full() and chance[i] >= WORTH * chance[best]:
            answer.take(sentences[i], float(chance[i]))
    return tuple(evidence(c, p) for c, p in answer.taken)


def evidence(c: Candidate, chance: float) -> Evidence:
    """Return a sentence as evidence."""
    return Evidence(c.hit.stored.passage, c.span, c.text, chance)


def _of_other_names(
    question: Question, sentences: Sequence[Candidate], order: Sequence[int], first: Candidate
) -> Iterator[int]:
    """Yield the best sentence about each name of a question that the first sentence is not about."""
    named = [p.core for p in phrases(question.text, question.language) if p.name and not p.linked and p.kind in NAMING]
    if len(named) < 2:
        return
    said = first.about
    for name in named:
        stems = frozenset(content_words(name, question.language))
        if stems <= said:
            continue
        found = next((i for i in order[1:NEAR] if stems <= sentences[i].about), None)
        if found is not None:
            said = said | sentences[found].about
            yield found


def _states_nothing(sentence: Candidate, question: Question) -> bool:
    """Tell whether a sentence is the title or the date of its document, or the header of a mail where neither a person
    nor a time is asked for, nor what the line is called."""
    line = sentence.text.strip("#=* \t").rstrip()
    headed = _HEADER.fullmatch(line)
    if headed:
        asked = question.kind in {Kind.PERSON, Kind.DATE} and not headed["subject"]
        return not asked and headed[0].split(":")[0].lower() not in fold(question.text).split()
    titled = line == sentence.hit.stored.passage.title and not _FIELD.fullmatch(line)
    return titled or bool(_DATE_LINE.fullmatch(sentence.text))


# "From: Bergen" in a timetable is no such line.
_HEADER = re.compile(r"(?:From|To|Cc): .*@.*|Date: .*\d\d:\d\d:\d\d .*|(?P<subject>Subject): .*")
# "Phone: 555-0147" heads a card and answers all the same.
_FIELD = re.compile(r"[^:]{1,40}: \S*[\d@]\S*(?: \S+){0,3}")
_DATE_LINE = re.compile(r"\s*date:?\s+\d{4}-\d{2}-\d{2}\s*", re.IGNORECASE)
# "These accords" names what it means; a bare "it" does not.
_PRONOUN = re.compile(r"\W*(he|she|it|they|his|her|its|their|ella|ellos|ellas)\b")


def _leans_on(sentences: Sequence[Candidate], i: int) -> int | None:
    """Return the sentence before one that opens with a pronoun, so that a reader sees what it stands for."""
    if not sentences[i].position or not _PRONOUN.match(sentences[i].folded):
        return None
    return i - 1
