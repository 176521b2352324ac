"""A span of years that a question asks about ("from 2002 to 2003"), held against a sentence and what stands around it.

In: days asked about and a sentence with its passage. Out: whether its time lies in or over the span, and for a state
that began before, by how much. "From 2002 to 2003" stands in no text that says "from 1998 to 2004": a reader that
looks for the words finds nothing, so it reads the question without them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.asked.terms import Term
from rag.check.calendar import LAST, Date, Period
from rag.check.moments import moments
from rag.judge.features import Candidate
from rag.retrieve import Found
from rag.types import Span

_BEGINS = re.compile(
    r"\b(appointed|bec(?:am|om)es?|joined|t(?:ook|akes) (?:over|office)|succeeded|followed|elected|named|moved|started"
    r"|began|opened|founded|established|acquired|bought|nombrad[oa]|asumi[oó]|sucedi[oó]|elegid[oa])\b",
    re.I,
)
_ENDS = re.compile(r"\b(left|leaves|resigned|retired|died|stepped down|closed|ended|sold|dej[oó]|muri[oó])\b", re.I)
_UNTIL = re.compile(r"\b(until|till|hasta)\b", re.I)
_GOES_ON = re.compile(r"\W*(he|she|it|they|who|él|ella)\b", re.I)
_LEADS = re.compile(
    r"\b(?:(?:in|during|for) )?(?:the years )?(?:from|between|in|during|desde|entre|del?|en) (?:the |el )?$", re.I
)


def over(period: Period, c: Candidate, wrote: Date | None) -> bool | None:
    """Tell whether a sentence speaks of a time that lies in the span or lasts through it.

    False where its times all lie outside, or it says that what it tells of ended before ("from 2001 until he fell ill
    in 2009"); None where it has no time.
    """
    sure = [m.period for m in moments(c.text, c.language, wrote) if m.sure]
    closed = [p.last for p in sure if p.last < LAST]
    if _UNTIL.search(c.text) and closed and len(closed) < len(sure) and max(closed) < period.first:
        return False
    return any(p.meets(period) for p in sure) if sure else None


def began(period: Period, c: Candidate, wrote: Date | None) -> int | None:
    """Return how many years before the span the state began that a sentence tells of; None where it tells of none.

    It may last into the span unless the next sentence says that it ended: "She joined in 1999. She left in 2006."
    """
    sure = [m for m in moments(c.text, c.language, wrote) if m.sure]
    before = [m.period.last for m in sure if m.bound in {"", "since", "after"} and m.period.last < period.first]
    if not before or len(before) < len(sure) or not _BEGINS.search(c.text) or _ENDS.search(c.text):
        return None
    after = _next(c)
    ended = moments(after, c.language, wrote) if _GOES_ON.match(after) and _ENDS.search(after) else ()
    if ended and all(m.period.last < period.first for m in ended):
        return None
    return period.first.year - max(before).year


def _next(c: Candidate) -> str:
    passage, spans = c.hit.stored.passage, c.hit.stored.sentences[c.position + 1 :]
    return passage.text[spans[0].start - passage.start : spans[0].end - passage.start] if spans else ""


def read_without(found: Found, said: Span, kept: Sequence[Term]) -> Found:
    """Return the search with a question that does not say the span; ``kept`` are the terms that are left of it."""
    question = found.question
    words = said.of(question.text)
    text = _LEADS.sub("", question.text[: said.start]).rstrip() + question.text[said.end :]
    numbers = tuple(n for n in question.numbers if n not in words)
    return replace(found, terms=tuple(kept), question=replace(question, text=text, numbers=numbers))
