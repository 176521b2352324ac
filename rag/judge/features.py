"""Numbers that tell whether a sentence answers a question, and whether anything found does.

In: `Found`, read closely. Out: candidate sentences with one feature vector each, and one vector for the whole search.
Pure; the coefficients stand in weights.json. Names of features are part of that file.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.asked.terms import Term
from rag.judge.close import PASSAGES_READ, CloseReading, related, said_by
from rag.judge.expect import held
from rag.library import StoredPassage
from rag.retrieve import Found, Hit
from rag.text import fold, index_words
from rag.types import Span

SENTENCE_FEATURES = (
    "cosine", "passage_coverage", "related_coverage", "bm25", "kind_met", "log_length", "unfinished", "log_depth",
    "spoken", "answers", "marked",
    "cosine_gap", "bm25_gap", "passage_cosine_gap", "spoken_gap", "marked_gap",
)  # fmt: skip
ANSWER_FEATURES = (
    "best_score", "cosine", "related_coverage", "near_gap", "spoken_low", "log_passages", "crossed",
    "answers", "answers_most", "marked", "relevant",
)  # fmt: skip
# The sign each weight of the confidence may have; 1 where a feature is not named. The size of the library and a
# crossing of languages may count either way.
EXPECTED: dict[str, int] = {"spoken_low": -1, "log_passages": 0, "crossed": 0}
# A word of the question whose best cosine with the passage's tokens is below this counts as not spoken of.
LOW = 0.35
_STOP = re.compile(r"[.!?…。:;][\"'”’»)\]]*\s*$")


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer: its passage, its span in the canonical text, and its words."""

    hit: Hit
    span: Span
    text: str
    position: int
    language: str

    @cached_property
    def folded(self) -> str:
        """The sentence in lower case without diacritics."""
        return fold(self.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words that carry meaning."""
        return frozenset(index_words(self.text, self.language))

    @cached_property
    def about(self) -> frozenset[str]:
        """Its stems, and those of its document's title."""
        return self.stems | frozenset(self.hit.stored.title_stems)


def candidates(found: Found) -> list[Candidate]:
    """Return the sentences of the best passages, passage by passage in reading order."""
    out = []
    for hit in found.hits[:PASSAGES_READ]:
        passage = hit.stored.passage
        for n, span in enumerate(hit.stored.sentences):
            text = passage.text[span.start - passage.start : span.end - passage.start]
            out.append(Candidate(hit, span, text, n, hit.stored.language))
    return out


def sentence_features(found: Found, sentences: list[Candidate], reading: CloseReading) -> NDArray[np.float64]:
    """Return one row of `SENTENCE_FEATURES` per sentence, shape ``(n, features)``."""
    if not sentences:
        return np.zeros((0, len(SENTENCE_FEATURES)))
    hits = {c.hit.stored.passage.id: c.hit for c in sentences}
    spoken = {i: reading.spoken(h) for i, h in hits.items()}
    marks = {i: reading.marks(h) for i, h in hits.items()}
    rows = []
    for c in sentences:
        answers, marked = marks[c.hit.stored.passage.id]
        read = {"spoken": spoken[c.hit.stored.passage.id][c.position], "answers": answers, "marked": marked[c.position]}
        rows.append(_row(found, c) | {name: float(value) for name, value in read.items()})
    columns = {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}
    columns |= {n: _gap(columns[n.removesuffix("_gap")]) for n in SENTENCE_FEATURES if n.endswith("_gap")}
    return np.column_stack([columns[n] for n in SENTENCE_FEATURES])


def _row(found: Found, c: Candidate) -> dict[str, float]:
    """Return what the search and its own words tell of a sentence."""
    stored = c.hit.stored
    return {
        "cosine": float(stored.sentence_vectors[c.position] @ found.vector),
        "passage_cosine": c.hit.dense,
        "passage_coverage": coverage(found.terms, said_by(stored)),
        "related_coverage": related_coverage(found.terms, c.stems),
        "bm25": c.hit.lexical / (1e-9 + 2.2 * sum(t.idf for t in found.terms)),
        "kind_met": held(found.question, c.text, c.language) or 0.0,
        "log_length": math.log(max(len(c.stems), 1)),
        "unfinished": float(not _STOP.search(c.text)),
        "log_depth": math.log1p(stored.passage.start / 1000),
    }


def _gap(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance to the best sentence of this search, in standard deviations: 0 for the best, negative below."""
    if not values.size or not values.std():
        return np.zeros_like(values)
    out: NDArray[np.float64] = (values - values.max()) / (values.std() + 1e-6)
    return out


def coverage(terms: tuple[Term, ...], stems: frozenset[str]) -> float:
    """Return the idf-weighted share of the question's terms that stand among ``stems``, in [0, 1]."""
    total = sum(t.idf for t in terms)
    return sum(t.idf for t in terms if not stems.isdisjoint(t.stems)) / total if total else 0.0


def related_coverage(terms: tuple[Term, ...], stems: frozenset[str]) -> float:
    """Return `coverage` where a synonym or a derived form counts as a match too."""
    total = sum(t.idf for t in terms)
    return sum(t.idf for t in terms if related(t, stems)) / total if total else 0.0


def spoken_of(terms: tuple[Term, ...], stored: StoredPassage) -> bool:
    """Tell whether a passage says any word of the question, in the same or in another form."""
    return not terms or related_coverage(terms, said_by(stored)) > 0


def answer_features(
    found: Found,
    sentences: list[Candidate],
    rows: NDArray[np.float64],
    scores: NDArray[np.float64],
    reading: CloseReading,
) -> NDArray[np.float64]:
    """Return the vector of `ANSWER_FEATURES` for a search whose sentences have been scored, shape ``(features,)``."""
    first = int(np.argmax(scores))
    top, best = sentences[first], dict(zip(SENTENCE_FEATURES, rows[first], strict=True))
    whole = [c for c in sentences if c.hit is top.hit]
    near = whole[max(0, top.position - 1) : top.position + 2]
    beside, all_said = (related_coverage(found.terms, _stems(part)) for part in (near, whole))
    aligned = reading.terms(top.hit)
    values = best | {
        "best_score": float(scores[first]),
        "near_gap": beside - all_said,
        "spoken_low": float((aligned < LOW).mean()) if found.terms else 0.0,
        "log_passages": math.log1p(found.passages),
        "crossed": float(found.question.crossed),
        "answers_most": float(rows[:, SENTENCE_FEATURES.index("answers")].max()),
        "relevant": reading.relevant(top.hit),
    }
    return np.array([values[name] for name in ANSWER_FEATURES], dtype=np.float64)


def _stems(sentences: list[Candidate]) -> frozenset[str]:
    return frozenset().union(*(c.stems for c in sentences))
