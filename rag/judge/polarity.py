"""Yes or no, where a sentence settles it.

In: a yes/no question and the best sentence found. Out: "Yes:", "No:" or nothing. The question is turned into a
statement and put through the same check that every shown sentence passes; whatever is not certain gets neither word.
"""

from __future__ import annotations

import re

from rag.asked.phrases import phrases
from rag.asked.question import Kind, Question
from rag.types import Evidence
from rag.verify import Source, check

_AUXILIARY = re.compile(
    r"^(?:and |but |so )?(is|are|was|were|does|do|did|has|have|had|can|could|will|would|should"
    r"|may|might|must)\s+(.+?)\s*\?*\s*$",
    re.IGNORECASE | re.DOTALL,
)
_DO = frozenset({"do", "does", "did"})


def polarity(question: Question, best: Evidence) -> str:
    """Return "Yes:" or "No:" when ``best`` states, or denies, what is asked; else the empty string."""
    if question.kind is not Kind.YES_NO or question.language != "en":
        return ""
    stated = statements(question.text)
    if not stated:
        return ""
    plain, denied = stated
    source = Source.of(best.passage, (best.span,))
    if check(plain, [source]).support:
        return "Yes:"
    return "No:" if check(denied, [source]).support else ""


def statements(text: str) -> tuple[str, str] | None:
    """Turn a yes/no question into the statement it asks about and its denial; None where the subject is unclear.

    >>> statements("Were the meetings held in Lima?")
    ('the meetings were held in Lima', 'the meetings were not held in Lima')
    """
    match = _AUXILIARY.match(text.strip())
    if not match:
        return None
    verb, rest = match.group(1).lower(), match.group(2)
    subjects = [p for p in phrases(rest, "en") if p.start == 0]
    if not subjects:
        return None
    end = max(p.end for p in subjects)
    subject, predicate = rest[:end], rest[end:].strip()
    if not predicate:
        return None
    plain = f"{subject} {predicate}" if verb in _DO else f"{subject} {verb} {predicate}"
    return plain, f"{subject} {verb} not {predicate}"
