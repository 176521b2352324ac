"""A question becomes ranked passages: dense (Chroma) and lexical (FTS5), fused.

In: a `Question`, a `Library`, an `Embedder`. Out: `Found`, the passages best first with the scores that later decide
about the answer. It sees no history and builds no prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rag.asked.followup import SearchQuery
from rag.asked.question import Question, analyse
from rag.asked.terms import Term, weigh_terms
from rag.check.calendar import Date, Period
from rag.crossing import Crossed, cross, reads_both
from rag.library import Library, StoredPassage
from rag.models import Embedder, FloatArray
from rag.rerank import READ, Reranker
from rag.text import content_words, word_spans
from rag.types import Passage, Retrieved

# Weight of the z-scored dense part against the z-scored BM25; docs/tried.md has the table it was read from.
DENSE_WEIGHT, LEXICAL_WEIGHT = 0.55, 0.45
# BM25 of a passage that only the dense search found is read from this many lexical hits before it counts as zero.
LEXICAL_DEPTH = 400
# Where only some documents may answer and they have at most so many passages, all of these are scored.
ALL_SCORED = 500


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its scores: ``dense`` and ``nearest`` are cosines of the passage and of its best sentence.

    ``also`` are its twins (`rag.judge.twins`).
    """

    stored: StoredPassage
    dense: float
    nearest: float
    lexical: float
    score: float
    also: tuple[Passage, ...] = ()

    def public(self) -> Retrieved:
        """Return the value that users see."""
        return Retrieved(self.stored.passage, self.score, self.dense, self.lexical, self.also)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: passages best first, with the question's vector and terms that found them.

    ``dates`` are the days on which the documents found were written, where known; ``today`` is the day of asking.
    ``named`` are the times that file names or titles say ("report-2023"). ``within`` are the documents that may answer,
    None for all.
    """

    question: Question
    vector: FloatArray
    terms: tuple[Term, ...]
    hits: tuple[Hit, ...]
    passages: int
    dates: Mapping[str, Date] = field(default_factory=dict)
    today: Date | None = None
    named: Mapping[str, Period] = field(default_factory=dict)
    within: frozenset[str] | None = None


def search(
    library: Library,
    embedder: Embedder,
    question: Question,
    candidates: int,
    also: Sequence[SearchQuery] = (),
    reranker: Reranker | None = None,
    within: frozenset[str] | None = None,
) -> Found:
    """Return up to ``2 * candidates`` passages, best first: those that either search ranks among its first.

    ``question`` stands alone and is what sentences are later held against. ``also`` holds what a follow-up is searched
    for besides, by weight (`rag.asked.followup.search_queries`); without it the question itself is searched for.
    ``within`` are the documents that may answer, None for all.
    """
    _, total = library.counts()
    asked = _asked(library, embedder, question, total)
    looked = [(q.weight, _asked(library, embedder, analyse(q.text), total)) for q in also] or [(1.0, asked)]
    vector = _unit(sum((w * a.vector for w, a in looked), np.zeros_like(asked.vector)))
    lexical: dict[str, float] = {}
    for weight, a in looked:
        for i, score in library.lexical(a.stems(), LEXICAL_DEPTH if within is None else total):
            lexical[i] = lexical.get(i, 0.0) + weight * score
    inside = None if within is None else frozenset(library.ids_within(within))
    near = _near(library, vector, candidates, total, inside)
    if inside is not None:
        lexical = {i: score for i, score in lexical.items() if i in inside}
    first = sorted(lexical, key=lambda i: (-lexical[i], i))[:candidates]
    ids = dict.fromkeys([*near, *first])
    hits = fuse(library.passages(list(ids)), vector, lexical)
    if reranker is not None:
        hits = rerank(hits, reranker, asked.question.text)
    return Found(asked.question, asked.vector, asked.terms, tuple(hits), total, within=within)


def _near(
    library: Library, vector: FloatArray, candidates: int, total: int, inside: frozenset[str] | None
) -> list[str]:
    """Return the passages nearest to a vector; of few documents all of them, of more the first inside, looked for
    ever further down."""
    if inside is None:
        return [i for i, _ in library.dense(vector, candidates)]
    if len(inside) <= ALL_SCORED:
        return sorted(inside)
    depth = candidates
    while True:
        near = [i for i, _ in library.dense(vector, depth) if i in inside][:candidates]
        if len(near) == candidates or depth >= total:
            return near
        depth *= 4


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    question: Question
    vector: FloatArray
    terms: tuple[Term, ...]

    def stems(self) -> list[str]:
        """Return what to look up by word: the terms in every spelling, and the words that only ask ("named")."""
        asking = content_words(self.question.text, self.question.language)
        return list(dict.fromkeys([*(s for t in self.terms for s in t.stems), *asking]))


def _asked(library: Library, embedder: Embedder, question: Question, total: int) -> _Asked:
    """Read one text to search for: spelled as the documents spell it, in their language, with vector and terms."""
    crossed = cross(question, library)
    if crossed.question is question:  # a word of another language is no slip of the library's
        question = _respelled(question, weigh_terms(question, total, library, embedder.is_word), library)
        crossed = Crossed(question)
    vector = embedder.embed_query(question.text)
    put = crossed.question
    if put.text != question.text and not reads_both(embedder):
        # The gloss finds what the model cannot read across languages; the question itself corrects a rough gloss.
        vector = _unit(vector + embedder.embed_query(put.text))
    return _Asked(put, vector, crossed.widened(weigh_terms(put, total, library, embedder.is_word)))


def _respelled(question: Question, terms: Sequence[Term], library: Library) -> Question:
    """Replace a word that neither the library nor the language knows by the library's word that is a slip away."""
    text = question.text
    for term in terms:
        if len(term.stems) > 1 and not term.stems[1].endswith(term.stems[0]):  # no compound of it
            surface = _surface(term.stems[1], library)
            text = re.sub(rf"\b{re.escape(term.word)}\b", surface, text) if surface else text
    return question if text == question.text else replace(analyse(text), language=question.language)


def _surface(stem: str, library: Library) -> str:
    """Return a word of the library that has this stem, as a passage writes it."""
    for stored in library.passages([i for i, _ in library.lexical([stem], 1)]):
        words = (s.of(stored.passage.text) for s in word_spans(stored.passage.text))
        return next((w for w in words if stem in content_words(w, stored.language)), "")
    return ""


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


def rerank(hits: Sequence[Hit], reranker: Reranker, question: str) -> list[Hit]:
    """Order the first `READ` passages by the sum of their z-scored fused and reranker scores; the rest stay behind."""
    first, rest = list(hits[:READ]), list(hits[READ:])
    if not first:
        return []
    read = reranker.score(question, [h.stored.passage.text for h in first]).astype(np.float64)
    score = _z(np.array([h.score for h in first])) + _z(read)
    order = sorted(range(len(first)), key=lambda i: (-score[i], first[i].stored.passage.id))
    lowest = float(score.min())
    highest = max((h.score for h in rest), default=0.0)
    return [replace(first[i], score=float(score[i])) for i in order] + [
        replace(h, score=lowest + h.score - highest) for h in rest
    ]


def _unit(vector: FloatArray) -> FloatArray:
    return (vector / (float(np.linalg.norm(vector)) or 1.0)).astype(np.float32)


def _z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(values.std())
    out: NDArray[np.float64] = (values - values.mean()) / (spread or 1.0)
    return out
