"""What a reader is told of times: "last December" means December 2023, since the text is of February 2024.

In: sentences with the day they were written. Out: a note beside a footnote, and the date that opens an answer to
"When …?", or "". It judges no sentence.
"""

from __future__ import annotations

import re

from rag.asked.question import Kind
from rag.check.calendar import Date, label
from rag.check.facts import language_of
from rag.check.moments import moments
from rag.retrieve import Found
from rag.text import fold
from rag.types import Evidence


def means(text: str, wrote: Date | None) -> str:
    """Say what the dates of a sentence that are counted from the day it was written stand for, or "".

    >>> means("It opened last December.", Date(2024, 2, 5))
    '“last December” = December 2023 (the text is dated 2024-02-05)'
    """
    if wrote is None:
        return ""
    language = language_of(text)
    told = [f"“{m.span.of(text)}” = {label(m.period, language)}" for m in moments(text, language, wrote) if m.counted]
    return f"{'; '.join(told)} (the text is dated {wrote.isoformat()})" if told else ""


# "How soon" asks for a stretch of time.
_WHEN = re.compile(r"\b(when|(what|which) (\w+ )?(year|date|day|month|week)|cuando|que (ano|fecha|dia|mes|semana))\b")


def answer(found: Found, best: Evidence) -> str:
    """Return "December 2023:" for "When …?" where the sentence only says "last December", else ""."""
    wrote = found.dates.get(best.passage.source)
    if wrote is None or found.question.kind is not Kind.DATE or not _WHEN.search(fold(found.question.text)):
        return ""
    told = [m for m in moments(best.text, language_of(best.text), wrote) if m.counted or m.sure]
    if len(told) != 1 or not told[0].counted or told[0].bound:
        return ""
    return label(told[0].period, found.question.language) + ":"
