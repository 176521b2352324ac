"""A question becomes ranked passages: dense (Chroma) and lexical (FTS5), fused.

In: a `Question`, a `Library`, an `Embedder`. Out: `Found`, the passages best first with the scores that later decide
about the answer. It sees no history and builds no prompt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.library import Library, StoredPassage
from rag.models import Embedder, FloatArray
from rag.question import Question
from rag.types import Retrieved

if TYPE_CHECKING:
    from collections.abc import Callable

# Weight of the z-scored dense part against the z-scored BM25; docs/evaluation.md has the table it was read from.
DENSE_WEIGHT, LEXICAL_WEIGHT = 0.6, 0.4
# BM25 of a passage that only the dense search found is read from this many lexical hits before it counts as zero.
LEXICAL_DEPTH = 400


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the question: the stems that count as a match, and how rare it is in the library.

    ``idf`` is ``log(1 + (N - n + 0.5) / (n + 0.5))`` (Robertson and Zaragoza 2009), divided by that of an absent
    word, so that it lies in (0, 1].
    """

    stems: tuple[str, ...]
    idf: float
    known: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its scores: ``dense`` and ``nearest`` are cosines of the passage and of its best sentence."""

    stored: StoredPassage
    dense: float
    nearest: float
    lexical: float
    score: float

    def public(self) -> Retrieved:
        """Return the value that users see."""
        return Retrieved(self.stored.passage, self.score, self.dense, self.lexical)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: passages best first, with the question's vector and terms that found them."""

    question: Question
    vector: FloatArray
    terms: tuple[Term, ...]
    hits: tuple[Hit, ...]
    passages: int


def search(library: Library, embedder: Embedder, question: Question, candidates: int) -> Found:
    """Return up to ``2 * candidates`` passages, best first: those that either search ranks among its first."""
    total = library.stats().passages
    vector = embedder.embed_query(question.text)
    terms = weigh_terms(question, total, library.term_counts)
    lexical = dict(library.lexical([s for t in terms for s in t.stems], LEXICAL_DEPTH))
    dense = dict(library.dense(vector, candidates))
    ids = dict.fromkeys([*dense, *list(lexical)[:candidates]])
    stored = library.passages(list(ids))
    hits = fuse(stored, vector, lexical)
    return Found(question, vector, terms, tuple(hits), total)


def weigh_terms(
    question: Question, passages: int, counts: Callable[[Sequence[str]], Mapping[str, int]]
) -> tuple[Term, ...]:
    """Give each term of the question its rarity in the library."""
    found = counts(question.terms)
    absent = math.log(1 + (passages + 0.5) / 0.5)
    terms = []
    for stem in question.terms:
        n = min(found.get(stem, 0), passages)
        idf = math.log(1 + (passages - n + 0.5) / (n + 0.5)) / absent
        terms.append(Term((stem,), max(idf, 1e-3), n > 0))
    return tuple(terms)


def fuse(stored: Sequence[StoredPassage], vector: FloatArray, lexical: Mapping[str, float]) -> list[Hit]:
    """Order passages by the weighted sum of their z-scored dense and lexical scores."""
    if not stored:
        return []
    dense = np.array([float(p.vector @ vector) for p in stored])
    nearest = np.array([float((p.sentence_vectors @ vector).max(initial=-1.0)) for p in stored])
    words = np.array([lexical.get(p.passage.id, 0.0) for p in stored])
    score = DENSE_WEIGHT * _z(dense + nearest) + LEXICAL_WEIGHT * _z(words)
    order = sorted(range(len(stored)), key=lambda i: (-score[i], stored[i].passage.id))
    return [Hit(stored[i], float(dense[i]), float(nearest[i]), float(words[i]), float(score[i])) for i in order]


def _z(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    spread = float(values.std())
    return (values - values.mean()) / (spread or 1.0)
