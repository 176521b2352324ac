"""Yes or no, where a sentence settles it.

In: a yes/no question and the best sentence found. Out: "Yes:", "No:" or nothing. The question is turned into a
statement and put through the same check that every shown sentence passes; whatever is not certain gets neither word.
"""

from __future__ import annotations

import re
from itertools import pairwise

from rag.asked.phrases import phrases
from rag.asked.question import Kind, Question
from rag.check.clauses import bare_verb, is_past
from rag.check.facts import read
from rag.types import Evidence
from rag.verify import Source, check

_AUXILIARY = re.compile(
    r"^(?:and |but |so )?(is|are|was|were|does|do|did|has|have|had|can|could|will|would|should"
    r"|may|might|must)\s+(.+?)\s*\?*\s*$",
    re.IGNORECASE | re.DOTALL,
)
_BE_AND_HAVE = frozenset("is are was were has have had".split())
_PRONOUNS = frozenset("i you he she it we they".split())


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
    end = _subject_end(verb, rest)
    subject, predicate = rest[:end].strip(), rest[end:].strip()
    if not subject or not predicate:
        return None
    return f"{subject} {verb} {predicate}", f"{subject} {verb} not {predicate}"


def _subject_end(verb: str, rest: str) -> int:
    """Where the predicate of what follows the auxiliary begins: at the bare verb, behind the first noun phrase, or,
    where that is everything ("Is the mine safe?"), at the last word; 0 where it is unclear."""
    if verb not in _BE_AND_HAVE:
        words = read(rest, "en").words
        named = next((k for k, w in enumerate(words) if not w.stop or w.folded in _PRONOUNS), len(words))
        return next((w.start for w in words[named + 1 :] if bare_verb(w) and w.text.islower()), 0)
    subjects = [p.end for p in phrases(rest, "en") if p.start == 0]
    if not subjects:
        return 0
    words = read(rest, "en").words
    past = (b.start for a, b in pairwise(words) if is_past(b) and b.text.islower() and not a.stop)
    end = min(max(subjects), next(past, len(rest)))  # "was the harbour dug"
    return end if rest[end:].strip() else rest.rfind(" ") + 1
