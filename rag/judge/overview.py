"""An overview of a document that a question names by no word of its own: "Summarise the article."

In: `Found` and the library. Out: the sentences nearest to the middle of the document and far from each other, or
nothing where the question is about something. It writes no sentence.
"""

from __future__ import annotations

import re

import numpy as np

from rag.asked.question import Kind
from rag.check.wordlists import word_set
from rag.library import Library
from rag.retrieve import Found
from rag.text import fold, word_spans
from rag.types import Evidence, Span

MOST_SENTENCES, MOST_WORDS = 5, 120
# A document longer than this is summed up from its beginning.
MOST_PASSAGES = 40
# Maximal marginal relevance (Carbonell and Goldstein 1998): nearness to the middle against likeness to what is chosen.
RELEVANCE = 0.7
_FULL = re.compile(r"[.!?。][\"'”’)\]]*$")
_EXTRA = frozenset("about main points point idea ideas gist it this short brief briefly trata principal puntos".split())


def overview(found: Found, library: Library) -> tuple[Evidence, ...]:
    """Return the evidence of an overview, best first, or nothing when the question asks for something in particular."""
    words = [fold(s.of(found.question.text)) for s in word_spans(found.question.text)]
    own = (
        word_set("asking")
        | _EXTRA
        | {"the", "of", "what", "is", "me", "a", "an", "el", "la", "de", "que", "se", "this"}
    )
    if found.question.kind is not Kind.SUMMARY or not found.hits or any(w not in own for w in words):
        return ()
    sentences: list[tuple[Evidence, np.ndarray[tuple[int], np.dtype[np.float32]]]] = []
    for stored in library.document_passages(found.hits[0].stored.passage.source)[:MOST_PASSAGES]:
        start = stored.passage.start
        for span, vector in zip(stored.sentences, stored.sentence_vectors, strict=True):
            text = stored.passage.text[span.start - start : span.end - start]
            if _FULL.search(text) and len(text.split()) >= 6:
                sentences.append((Evidence(stored.passage, Span(span.start, span.end), text, 0.0), vector))
    return _marginal(sentences)


def _marginal(
    sentences: list[tuple[Evidence, np.ndarray[tuple[int], np.dtype[np.float32]]]],
) -> tuple[Evidence, ...]:
    if not sentences:
        return ()
    matrix = np.stack([v for _, v in sentences])
    middle = matrix.mean(axis=0)
    near = matrix @ (middle / np.linalg.norm(middle))
    chosen: list[int] = []
    words = 0
    while len(chosen) < min(MOST_SENTENCES, len(sentences)):
        like = (matrix @ matrix[chosen].T).max(axis=1) if chosen else np.zeros(len(sentences))
        gain = RELEVANCE * near - (1 - RELEVANCE) * like
        gain[chosen] = -np.inf
        best = int(gain.argmax())
        words += len(sentences[best][0].text.split())
        if chosen and words > MOST_WORDS:
            break
        chosen.append(best)
    return tuple(sentences[i][0] for i in chosen)
