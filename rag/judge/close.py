"""Close reading of the best passages: by the reader, or, where it knows no language of them, word by word.

In: a search. Out: for each passage and each of its sentences, the words that answer and how surely (`rag.reading`);
without a reader, the best cosine of every word of the question with any token, as read inside the passage. Features
are made of it; it decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.asked.terms import Term
from rag.check.likeness import alike
from rag.library import StoredPassage
from rag.models import Embedder, FloatArray
from rag.reading import reader
from rag.retrieve import Found, Hit
from rag.text import content_words, word_spans
from rag.types import Span

# Passages that are read, and that sentences are taken from: see docs/tried.md.
PASSAGES_READ = 8
# "What is said about ice?" asks for all that is, and not for words that answer.
_TOPIC = re.compile(
    r"\bwhat\b.*\b(?:says?|said|tells?|told|states?|writes?|written|known)\b.*\b(?:about|of|on)\b|^what about\b",
    re.IGNORECASE,
)
# The score of a sentence that lies beyond the reader's window.
NOWHERE = -12.0


@dataclass(frozen=True, eq=False)
class CloseReading:
    """``read`` holds per passage id what the reader found, and is empty where none read; ``words`` then holds a row for
    the passage and one for each sentence, a column per question word."""

    found: Found
    words: dict[str, FloatArray]
    read: dict[str, reader.PassageRead]

    def marks(self, hit: Hit) -> tuple[float, NDArray[np.float64]]:
        """Return the log odds that a passage answers and, per sentence, by how much its best words beat "nowhere";
        nothing but zeros where no reader read."""
        known = self.read.get(hit.stored.passage.id)
        if known is None:
            return 0.0, np.zeros(len(hit.stored.sentences))
        return known.answers, np.array([m.score if m else NOWHERE for m in known.sentences], dtype=np.float64)

    def mark(self, hit: Hit, position: int) -> Span | None:
        """Return what the reader marked in a sentence, a span of the canonical text; None where it marked nothing."""
        known = self.read.get(hit.stored.passage.id)
        found = known.sentences[position] if known else None
        start = hit.stored.passage.start
        return Span(start + found.span.start, start + found.span.end) if found else None

    def relevant(self, hit: Hit) -> float:
        """Return the log odds that a passage is about what is asked; 0 where no reader read."""
        known = self.read.get(hit.stored.passage.id)
        return known.relevant if known else 0.0

    def spoken(self, hit: Hit) -> FloatArray:
        """Return how much of the question each sentence of a passage speaks of, the mean over its words, ``(n,)``."""
        if self.read:
            return np.zeros(len(hit.stored.sentences), dtype=np.float32)
        rows = self.words[hit.stored.passage.id][1:]
        means: FloatArray = rows.mean(axis=1) if rows.shape[1] else np.zeros(len(rows), dtype=np.float32)
        return means

    def terms(self, hit: Hit) -> NDArray[np.float64]:
        """Return how well the passage speaks of each of ``found.terms``, shape ``(terms,)``: a cosine, or, where the
        reader read, 1 for what is said in the same or in a related word and 0 for what is not."""
        if self.read:
            stems = said_by(hit.stored)
            return np.array([float(related(t, stems)) for t in self.found.terms])
        text, language = self.found.question.text, self.found.question.language
        at: dict[str, float] = {}
        for span, value in zip(word_spans(text), self.words[hit.stored.passage.id][0], strict=True):
            for stem in content_words(span.of(text), language):
                at[stem] = max(at.get(stem, -1.0), float(value))
        return np.array([at.get(t.stems[0], -1.0) for t in self.found.terms], dtype=np.float64)


def read(found: Found, embedder: Embedder, eyes: reader.Reader | None = None) -> CloseReading:
    """Read the best passages closely: one pass of a model over each. A question that is not English, or put into
    another language for its documents, is read word by word, for the reader knows English; so is one for a topic."""
    hits = found.hits[:PASSAGES_READ]
    ids = [h.stored.passage.id for h in hits]
    texts = [h.stored.passage.text for h in hits]
    spans = [[_inside(s, h) for s in h.stored.sentences] for h in hits]
    if eyes is not None and not found.question.abroad and not _TOPIC.search(found.question.text):
        return CloseReading(found, {}, dict(zip(ids, eyes.read(found.question.text, texts, spans), strict=True)))
    rows = embedder.align(found.question.text, texts, spans)
    return CloseReading(found, dict(zip(ids, rows, strict=True)), {})


def related(term: Term, stems: frozenset[str]) -> bool:
    """Tell whether a term of the question, a synonym or a derived form of it is among ``stems``."""
    return not stems.isdisjoint(term.stems) or any(alike(term.lemma, s) for s in stems)


def said_by(stored: StoredPassage) -> frozenset[str]:
    """Return the stems of a passage and of its title."""
    return frozenset(stored.stems) | frozenset(stored.title_stems)


def _inside(span: Span, hit: Hit) -> Span:
    start = hit.stored.passage.start
    return Span(span.start - start, span.end - start)
