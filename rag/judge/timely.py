"""The time a question asks about, against the time each sentence speaks of: "after December 2023", "last week".

In: `Found` with the dates of its documents, and candidate sentences. Out: what fits, what lies outside, and the order
that follows. A time counted from now is read against each document's own date, or against today where something found
is that new. It reads no clock: `Found.today` does.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from rag.asked.question import Kind
from rag.asked.terms import Term
from rag.asked.times import ANY_DAY, TimeAsked, time_asked
from rag.check.calendar import Date, Period
from rag.check.facts import language_of
from rag.check.moments import Moment, moments
from rag.judge import lasting
from rag.judge.close import PASSAGES_READ
from rag.judge.expect import held
from rag.judge.features import Candidate
from rag.library import Library
from rag.messages import say
from rag.retrieve import Found, Hit
from rag.text import content_words, word_spans

# What a sentence of the time asked for gains, in the units of the sentence score, and one of another time loses. Where
# a question asks for nothing but the time, nothing else may decide.
GAIN, GAIN_ALONE = 2.0, 9.0
# Sentences outside of a bound ("after 2010") come this far behind the last one inside.
BEHIND = 5.0
# So many of the passages that are read keep their place; the others make room for passages of the time asked for.
KEPT, LOOKED = 6, 40
# What is left of the confidence where the best sentence states another time than the one asked for.
ELSEWHERE = 0.2
# A question that asks for nothing but a time is answered by a sentence of that time; how sure, by what tells its time.
SURE, LIKELY = 0.9, 0.6
# Nearly all that a text tells lies before "2020": there a date inside the bound is no sign.
_OPEN_BEFORE = frozenset({"before", "until"})
LONG_BEFORE = 10
# What a date of the kind asked for is worth among the best sentences: the weight that was fitted for a written one.
DATED, READ = 1.5, 10
# A sentence may tell its time this much more coarsely than the question asks: "in 2023" is no "in December 2023".
COARSE = 4
# A state that began before a span of years may last into it; of two, the later is likelier, by so much a year.
LAG, LAGGING = 0.2, 10
# What is left of the confidence where nothing in or above the best sentence dates it and a span of years is asked for.
UNDATED = 0.5
# By so much, in the units of the sentence score, a sentence of other years answers clearly better.
CLEARLY = 1.0
# Fewer words than this beside its dates state nothing ("date 2024-02-05").
STATES = 4


class Fit(IntEnum):
    """How the time of a sentence stands to the time asked for."""

    OUTSIDE = -1
    UNKNOWN = 0
    BY_DOCUMENT = 1
    SAID = 2


def fit(asked_for: Period, text: str, language: str, wrote: Date | None) -> Fit:
    """Tell how the time that ``text`` speaks of stands to the days asked for."""
    found = [m for m in moments(text, language, wrote) if m.sure or wrote]
    if found and _states(text, found):
        if any(m.period.meets(asked_for) for m in found):
            near = any(m.period.meets(asked_for) and m.period.days <= COARSE * asked_for.days for m in found)
            return Fit.SAID if near else Fit.UNKNOWN
        sure = [m.period for m in found if m.sure]
        if sure and not Period(min(p.first for p in sure), max(p.last for p in sure)).meets(asked_for):
            return Fit.OUTSIDE
    return Fit.BY_DOCUMENT if wrote and asked_for.holds(wrote) else Fit.UNKNOWN


def _states(text: str, found: Sequence[Moment]) -> bool:
    outside = [s for s in word_spans(text) if all(s.end <= m.span.start or s.start >= m.span.end for m in found)]
    return len(outside) >= STATES


# ---------------------------------------------------------------- passages


def placed(found: Found, library: Library, today: Date) -> Found:
    """Return the search with the days on which its documents were written, and the day of asking.

    A file that names its time was not written after it, whenever it was saved.
    """
    dates = library.dates({h.stored.passage.source for h in found.hits})
    passages = {h.stored.passage.source: h.stored.passage for h in found.hits}
    named = {s: period for s, p in passages.items() if (period := of_name(s, p.title)) is not None}
    for source, period in named.items():
        if source in dates and not period.holds(dates[source]):
            dates[source] = period.last
    return replace(found, dates=dates, named=named, today=today)


# "report_2023" and "report-2023" say a year; "2023-05-04" stays one date.
_APART = re.compile(r"_|(?<=[^\W\d])-(?=\d)")


@functools.lru_cache(maxsize=4096)
def of_name(source: str, title: str) -> Period | None:
    """Return the time, a year at most, that a file's name or title says, if it says one.

    >>> of_name("reports/annual_report-2023.pdf", "Annual report")
    Period(first=datetime.date(2023, 1, 1), last=datetime.date(2023, 12, 31))
    """
    name = _APART.sub(" ", PurePosixPath(source).stem)
    text = f"{name}\n{title}"
    found = {m.period for m in moments(text, language_of(title)) if m.sure and not m.counted and m.period.days <= 366}
    narrow = [p for p in found if all(p.within(other) for other in found)]
    return narrow[0] if narrow else None


def promoted(found: Found) -> Found:
    """Bring passages that speak of the time asked for among those that are read, behind the first few."""
    wanted = _telling(found)
    if wanted is None or len(found.hits) <= PASSAGES_READ:
        return found
    first, rest = list(found.hits[:KEPT]), list(found.hits[KEPT:])
    anchors = _anchors(found, wanted)
    near = rest[:LOOKED]
    fitting = [h for h in near if _speaks_of(wanted, h, anchors.get(h.stored.passage.source))]
    moved = fitting[: PASSAGES_READ - KEPT]
    ceiling = first[-1].score
    raised = [replace(h, score=min(ceiling, max(h.score, ceiling - 0.01 * n))) for n, h in enumerate(moved, start=1)]
    raised.sort(key=lambda h: -h.score)
    chosen = {h.stored.passage.id for h in moved}
    floor = raised[-1].score if raised else ceiling
    left = [replace(h, score=min(h.score, floor)) for h in rest if h.stored.passage.id not in chosen]
    return replace(found, hits=(*first, *raised, *left))


def _telling(found: Found) -> TimeAsked | None:
    """Return the time asked for, unless it tells nothing: every text is of its own "this week".

    Where something found is of the week of asking, "this week" is that week.
    """
    wanted = time_asked(found.question)
    if wanted is None or not wanted.counted or _now(found, wanted):
        return wanted
    period = wanted.period(ANY_DAY)
    return None if period and period.holds(ANY_DAY) else wanted


def _now(found: Found, wanted: TimeAsked) -> bool:
    """Tell whether a document found is of the time asked for, counted from today."""
    now = wanted.period(found.today) if found.today else None
    return now is not None and any(now.holds(wrote) for wrote in found.dates.values())


def _speaks_of(wanted: TimeAsked, hit: Hit, anchor: Date | None) -> bool:
    period = wanted.period(anchor)
    if period is None:
        return False
    passage = hit.stored.passage
    return fit(period, passage.text, hit.stored.language, anchor) >= Fit.BY_DOCUMENT


def _anchors(found: Found, wanted: TimeAsked) -> dict[str, Date]:
    """From which day each document counts: its own, or today for all where something found is that new."""
    if wanted.counted and found.today and _now(found, wanted):
        return dict.fromkeys(found.dates, found.today)
    return dict(found.dates)


# ---------------------------------------------------------------- sentences


@dataclass(frozen=True)
class Timing:
    """How each candidate sentence stands to the time asked for; without such a time it changes nothing."""

    found: Found
    wanted: TimeAsked | None
    fits: tuple[Fit, ...] = ()
    sentences: tuple[Candidate, ...] = ()
    lags: tuple[int, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether the question asks for nothing but what happened at that time."""
        return self.wanted is not None and not _other_terms(self.found, self.wanted)

    def weigh(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sentence scores with the time counted in; outside of a bound is behind all others."""
        if self.wanted is None:
            return self._dates_counted(scores) if self.found.question.kind is Kind.DATE else scores
        gain = GAIN_ALONE if self.alone else GAIN if self.wanted.bound not in _OPEN_BEFORE else GAIN / 3
        worth = {Fit.SAID: gain, Fit.BY_DOCUMENT: gain / 3, Fit.UNKNOWN: 0.0, Fit.OUTSIDE: -gain}
        weighed: NDArray[np.float64] = scores + np.array([worth[f] for f in self.fits], dtype=np.float64)
        weighed -= LAG * np.minimum(self.lags, LAGGING)
        if self.wanted.bound:
            outside = np.array([f is Fit.OUTSIDE for f in self.fits])
            if outside.any() and not outside.all():
                weighed[outside] = np.minimum(weighed[outside], weighed[~outside].min() - BEHIND)
        return weighed

    def _dates_counted(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Let a date that is counted from the day of writing count for "When …?" as a written one does."""
        weighed: NDArray[np.float64] = scores.copy()
        for i in np.argsort(-scores)[:READ]:
            c = self.sentences[int(i)]
            wrote = self.found.dates.get(c.hit.stored.passage.source)
            if wrote is None or held(self.found.question, c.text, c.language):
                continue
            if any(m.counted for m in moments(c.text, c.language, wrote)):
                weighed[i] += DATED
        return weighed

    def inside(self, order: Sequence[int]) -> list[int]:
        """Leave out what lies outside of a bound, and of any time that the best sentence speaks of, unless all does."""
        if self.wanted is None or not (self.wanted.bound or self.fits[order[0]] >= Fit.BY_DOCUMENT):
            return list(order)
        return [i for i in order if self.fits[i] is not Fit.OUTSIDE] or list(order)

    def met(self, best: int) -> Found:
        """Return the search without its words of time where the best sentence says that time in other words.

        Those of a span of years are left out of it already.
        """
        if (
            self.wanted is None
            or self.wanted.spans
            or self.fits[best] < Fit.BY_DOCUMENT
            or not self._in_other_words(best)
        ):
            return self.found
        kept = _other_terms(self.found, self.wanted)
        said = self.wanted.words()
        numbers = tuple(n for n in self.found.question.numbers if n not in said)
        return replace(self.found, terms=kept, question=replace(self.found.question, numbers=numbers))

    def _in_other_words(self, best: int) -> bool:
        """Whether the sentence counts its time from its own day, or sets it inside the bound, a year at most.

        A wide time inside a wide bound ("by 1914", "in the 1800s") may be any time: there the words must be said.
        """
        c = self.sentences[best]
        wrote = self.found.dates.get(c.hit.stored.passage.source)
        period = self.wanted.period(wrote) if self.wanted else None
        if period is None or self.fits[best] is Fit.BY_DOCUMENT:
            return period is not None
        said = [m for m in moments(c.text, c.language, wrote) if m.sure and m.period.meets(period)]
        return any(m.counted or _closely(m.period, period, self.wanted) for m in said)

    def settled(self, confidence: float, best: int, scores: NDArray[np.float64]) -> float:
        """Return the confidence: none where all lies outside of a bound, at least some where the time was all.

        ``scores`` are those without the time: what answers clearly better outside of a span of years says that the
        documents tell it of other years.
        """
        if self.wanted is None:
            return confidence
        if self.fits[best] is Fit.OUTSIDE:
            return 0.0 if self.wanted.bound else ELSEWHERE * confidence
        others = (scores[i] for i, f in enumerate(self.fits) if self.wanted.spans and f is Fit.OUTSIDE)
        if any(score > scores[best] + CLEARLY for score in others):
            return 0.0
        if self.wanted.spans and self.fits[best] is Fit.UNKNOWN:
            return UNDATED * confidence
        if self.alone:  # what is of no known time does not answer what happened then
            sure = {Fit.SAID: SURE, Fit.BY_DOCUMENT: LIKELY}.get(self.fits[best])
            return max(confidence, sure) if sure else ELSEWHERE * confidence
        return confidence

    def reason(self, best: int) -> str:
        """Say that the best sentence speaks of another time, or "" where it does not."""
        if self.wanted is None or self.fits[best] is not Fit.OUTSIDE:
            return ""
        question = self.found.question
        return say("times", question.voice or question.language, words=f"“{self.wanted.words()}”")


def _closely(said: Period, period: Period, wanted: TimeAsked | None) -> bool:
    """Tell whether a time lies inside a bound, a year wide at most and, before a bound, not long before it."""
    if wanted is None or not wanted.bound or not said.within(period) or said.days > 366:
        return False
    return wanted.bound not in _OPEN_BEFORE or period.last.year - said.first.year <= LONG_BEFORE


def timing(found: Found, sentences: Sequence[Candidate]) -> Timing:
    """Read the time of a question and hold each sentence against it."""
    wanted = _telling(found)
    if wanted is None:
        return Timing(found, None, (), tuple(sentences))
    anchors = _anchors(found, wanted)
    fits, lags = [], []
    for c in sentences:
        source = c.hit.stored.passage.source
        period = wanted.period(anchors.get(source))
        wrote = found.dates.get(source)
        fitting = fit(period, c.text, c.language, wrote) if period else Fit.UNKNOWN
        if fitting is Fit.UNKNOWN and period and source in found.named:
            own = found.named[source]
            fitting = Fit.BY_DOCUMENT if own.within(period) else Fit.UNKNOWN if own.meets(period) else Fit.OUTSIDE
        lag = lasting.began(period, c, wrote) if period and wanted.spans else None
        within = lasting.over(period, c, wrote) if period and wanted.spans else None
        if lag is not None:
            fitting = Fit.BY_DOCUMENT
        elif within is not None:
            fitting = Fit.SAID if within else Fit.OUTSIDE
        if fitting is Fit.UNKNOWN and wanted.bound and period and wrote and wrote < period.first:
            fitting = Fit.OUTSIDE  # a text of 2024 does not know what came after 2025, unless it dates a plan
        fits.append(fitting)
        lags.append(lag or 0)
    kept = _other_terms(found, wanted)
    read = lasting.read_without(found, wanted.span, kept) if wanted.spans and kept else found
    return Timing(read, wanted, tuple(fits), tuple(sentences), tuple(lags))


def _other_terms(found: Found, wanted: TimeAsked) -> tuple[Term, ...]:
    said = frozenset(content_words(wanted.words(), found.question.language))
    return tuple(t for t in found.terms if said.isdisjoint(t.stems))
