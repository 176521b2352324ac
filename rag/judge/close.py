"""Close reading: how much of a question each sentence speaks of, word by word, in whatever words.

In: a search. Out: for each passage read and each of its sentences, the best cosine of every word of the question with
any of its tokens, as read inside the passage. Features are made of it; it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.models import Embedder, FloatArray
from rag.retrieve import Found, Hit
from rag.text import content_words, word_spans
from rag.types import Span

# Passages that are read, and that sentences are taken from: see docs/evaluation.md.
PASSAGES_READ = 8


@dataclass(frozen=True, eq=False)
class Reading:
    """``words`` holds per passage id a row for the passage and one for each sentence, a column per question word."""

    found: Found
    words: dict[str, FloatArray]

    def spoken(self, hit: Hit) -> FloatArray:
        """Return how much of the question each sentence of a passage speaks of, the mean over its words, ``(n,)``."""
        rows = self.words[hit.stored.passage.id][1:]
        means: FloatArray = rows.mean(axis=1) if rows.shape[1] else np.zeros(len(rows), dtype=np.float32)
        return means

    def terms(self, hit: Hit) -> NDArray[np.float64]:
        """Return how well the passage speaks of each of ``found.terms``, shape ``(terms,)``."""
        text, language = self.found.question.text, self.found.question.language
        at: dict[str, float] = {}
        for span, value in zip(word_spans(text), self.words[hit.stored.passage.id][0], strict=True):
            for stem in content_words(span.of(text), language):
                at[stem] = max(at.get(stem, -1.0), float(value))
        return np.array([at.get(t.stems[0], -1.0) for t in self.found.terms], dtype=np.float64)


def read(found: Found, embedder: Embedder) -> Reading:
    """Read the best passages closely: one pass of the model over each."""
    hits = found.hits[:PASSAGES_READ]
    texts = [h.stored.passage.text for h in hits]
    spans = [[_inside(s, h) for s in h.stored.sentences] for h in hits]
    rows = embedder.align(found.question.text, texts, spans)
    return Reading(found, {h.stored.passage.id: r for h, r in zip(hits, rows, strict=True)})


def _inside(span: Span, hit: Hit) -> Span:
    start = hit.stored.passage.start
    return Span(span.start - start, span.end - start)
