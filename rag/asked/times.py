"""The time that a question sets: "after December 2023", "last week", "from 2002 to 2003".

In: a question. Out: where it says a time and whether that is a bound, or None; a date that only names a thing ("the
2020 election") sets none. It reads no passage.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.asked.question import Question
from rag.check.calendar import Date, Period
from rag.check.moments import Moment, moments
from rag.text import STOPWORDS, fold, word_spans
from rag.types import Span

ANY_DAY = Date(2000, 6, 15)  # to read a question's words from where only their shape matters


@dataclass(frozen=True, slots=True)
class TimeAsked:
    """The time a question asks about: where it says so, and whether it sets a bound ("after", "between")."""

    question: Question
    span: Span
    bound: str
    counted: bool

    def period(self, anchor: Date | None) -> Period | None:
        """Return the days asked about, read from ``anchor`` where they are counted from now."""
        found = moments(self.question.text, self.question.language, anchor)
        return next((m.period for m in found if m.span == self.span), None)

    @property
    def spans(self) -> bool:
        """Whether it is a span with both its ends: "from 2002 to 2003"."""
        return self.bound == "between"

    def words(self) -> str:
        """Return the question's own words for it."""
        return self.span.of(self.question.text)


_IN = re.compile(r"\b(?:in|on|during|of|for|throughout|en|durante|el|de)\s+(?:the |el |la |early |late )?\Z", re.I)


def time_asked(question: Question) -> TimeAsked | None:
    """Return the time that a question asks about, if it sets one.

    A date that only names a thing ("the 2020 election") sets none.
    """
    for moment in moments(question.text, question.language, ANY_DAY):
        lead = question.text[max(0, moment.span.start - 40) : moment.span.start]
        placed = moment.counted or moment.bound or _IN.search(lead)
        if moment.sure and placed and not (_names_a_thing(question, moment) or _tells_of_a_thing(lead, moment)):
            return TimeAsked(question, moment.span, moment.bound, moment.counted)
    return None


def _names_a_thing(question: Question, moment: Moment) -> bool:
    """ "After the 2020 election": the word behind the date is what the bound belongs to."""
    rest = question.text[moment.span.end :]
    following = word_spans(rest)
    if moment.counted or not following or rest[: following[0].start].strip():
        return False
    word = fold(following[0].of(rest))
    return word not in STOPWORDS["es" if question.language == "es" else "en"] and not word.endswith("ed")


_PARTICIPLE = re.compile(
    r"(\w+)\s+(?:born|founded|formed|created|published|released|written|built|shot|nacid[oa]|fundad[oa])"
    r"\s+(?:in|on|en|el)\s+\Z",
    re.I,
)
_VERBAL = frozenset("was were is are been be being has had have did who which that fue fueron ha han first".split())


def _tells_of_a_thing(lead: str, moment: Moment) -> bool:
    """ "A singer born in 1952": the date belongs to the singer, not to what is asked."""
    m = _PARTICIPLE.search(lead)
    return m is not None and not moment.bound and m[1].lower() not in _VERBAL
