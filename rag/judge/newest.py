"""The newer of two documents first, where both answer equally well; much further for "the latest", "the current".

In: `Found` with the dates of its documents, scored sentences. Out: the scores with the newer sentence's place and the
older one's exchanged, so that nothing else changes. It looks at no clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rag.asked.question import Question
from rag.judge.features import Candidate
from rag.retrieve import Found
from rag.text import fold
from rag.types import Evidence

# A newer sentence on the same thing leads when its score is at most this far behind: the weights are in log odds.
TIE, TIE_NEWEST = 1.0, 3.0
# Cosine of two sentences about one thing, and the share of their words in common.
ABOUT, SHARED, ABOUT_NEWEST = 0.75, 0.5, 0.6
_NEWEST = re.compile(
    r"\b(latest|newest|most recent(ly)?|current(ly)?|right now|at the moment|at present|nowadays|up to date|as of today"
    r"|in force|mas recientes?|mas nuev[oa]s?|ultim[oa]s?|actual(es|mente)?|ahora( mismo)?|hoy en dia|vigentes?)\b"
)


def wants_newest(question: Question) -> bool:
    """Tell whether a question asks for what is newest.

    >>> from rag.asked.question import analyse
    >>> wants_newest(analyse("What is the current fee?")), wants_newest(analyse("What was the fee?"))
    (True, False)
    """
    return bool(_NEWEST.search(fold(question.text)))


def lead(found: Found, sentences: Sequence[Candidate], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exchange the score of the best sentence with that of a newer one about the same that is hardly worse."""
    best = int(np.argmax(scores))
    top = found.dates.get(sentences[best].hit.stored.passage.source)
    if top is None or len(set(found.dates.values())) < 2:
        return scores
    newest = wants_newest(found.question)
    near = float(scores[best]) - (TIE_NEWEST if newest else TIE)
    rivals = [
        (when, float(scores[i]), i)
        for i, c in enumerate(sentences)
        if scores[i] >= near
        and (when := found.dates.get(c.hit.stored.passage.source)) is not None
        and when > top
        and _about_the_same(sentences[best], c, newest)
    ]
    if not rivals:
        return scores
    _, _, first = max(rivals)
    out = scores.copy()
    out[best], out[first] = scores[first], scores[best]
    return out


def _about_the_same(a: Candidate, b: Candidate, newest: bool) -> bool:
    cosine = float(_vector(a) @ _vector(b))
    if newest:
        return cosine >= ABOUT_NEWEST
    shared = len(a.stems & b.stems) / max(1, min(len(a.stems), len(b.stems)))
    return cosine >= ABOUT and shared >= SHARED


def _vector(c: Candidate) -> NDArray[np.float32]:
    row: NDArray[np.float32] = c.hit.stored.sentence_vectors[c.position]
    return row


def met(found: Found, best: Candidate) -> Found:
    """Return the search without "latest" and "current": a date of the document meets them, not a word of the text."""
    if best.hit.stored.passage.source not in found.dates or not wants_newest(found.question):
        return found
    kept = tuple(t for t in found.terms if not _NEWEST.fullmatch(fold(t.word)))
    return replace(found, terms=kept or found.terms)


def note(found: Found, best: Evidence) -> str:
    """Say how new the answer is to a question for what is newest, or "" where nothing dates it."""
    wrote = found.dates.get(best.passage.source)
    if wrote is None or not wants_newest(found.question):
        return ""
    vectors = {h.stored.passage.id: (h.stored.passage.source, h.stored.vector) for h in found.hits}
    if best.passage.id not in vectors:  # it was read from the document, as the line that dates it is
        return f"This stands in a document dated {wrote.isoformat()}."
    mine = vectors[best.passage.id][1]
    about = {source for source, vector in vectors.values() if float(mine @ vector) >= ABOUT_NEWEST}
    others = [found.dates[source] for source in about - {best.passage.source} if source in found.dates]
    if others and all(wrote >= when for when in others):
        return f"This stands in the newest document found, dated {wrote.isoformat()}."
    return f"This stands in a document dated {wrote.isoformat()}."
