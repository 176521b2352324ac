"""Numbers that tell whether a sentence answers a question, and whether anything found does.

In: `Found`. Out: candidate sentences with one feature vector each, and one vector for the whole search. Pure; the
coefficients stand in weights.json. Names of features are part of that file.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.asked.question import Kind
from rag.asked.terms import Term
from rag.judge.clash import clash, unsaid_facts
from rag.judge.close import PASSAGES_READ, Reading, related
from rag.judge.expect import bare, held, unsaid, words_of
from rag.library import StoredPassage
from rag.retrieve import Found, Hit
from rag.text import fold, index_words, word_spans
from rag.types import Span

SENTENCE_FEATURES = (
    "cosine", "passage_cosine", "coverage", "passage_coverage", "near_coverage", "related_coverage", "bm25",
    "kind_met", "kind_open", "log_length", "opens_passage", "neighbour_cosine", "asks", "news", "focus_met", "fused",
    "new_names", "unfinished", "log_depth", "thing_named", "spoken", "answers", "marked",
    "cosine_gap", "passage_cosine_gap", "coverage_gap", "bm25_gap", "fused_gap", "spoken_gap", "marked_gap",
)  # fmt: skip
_GAPS = ("cosine", "passage_cosine", "coverage", "bm25", "fused", "spoken", "marked")

# Kinds whose answer can be recognised; `unmet_…` says that neither the best sentence nor one beside it holds one.
TYPED = (Kind.PERSON, Kind.PLACE, Kind.DATE, Kind.QUANTITY, Kind.REASON, Kind.MANNER)
ANSWER_FEATURES = (
    "best_score", "margin", "cosine", "passage_cosine", "coverage", "passage_coverage", "near_coverage",
    "related_coverage", "bm25", "max_passage_cosine", "log_terms", "log_passages",
    "answers", "answers_most", "marked", "relevant",
    "align_mean", "align_rare", "align_low",
    "held", "near_related", "near_gap", "verbs_unsaid", "names_unsaid", "nouns_unsaid_near",
    "opposite_said", "opposite_near", "denial_asked", "denial_said", "other_number", "number_unsaid", "crossed",
    *(f"unmet_{kind.value}" for kind in TYPED),
)  # fmt: skip
# The sign each weight of the confidence may have; 1 where a feature is not named. The length of a question, the size
# of the library and a crossing of languages may count either way.
EXPECTED: dict[str, int] = {
    **dict.fromkeys(("align_low", "verbs_unsaid", "names_unsaid", "nouns_unsaid_near", "number_unsaid"), -1),
    **dict.fromkeys(("opposite_said", "opposite_near", "denial_asked", "denial_said", "other_number"), -1),
    **{f"unmet_{kind.value}": -1 for kind in TYPED},
    **dict.fromkeys(("log_terms", "log_passages", "crossed"), 0),
}
# A word of the question whose best cosine with the passage's tokens is below this counts as not spoken of.
LOW = 0.35


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


def candidates(found: Found) -> list[Candidate]:
    """Return the sentences of the best passages, passage by passage in reading order."""
    out = []
    for hit in found.hits[:PASSAGES_READ]:
        passage = hit.stored.passage
        for n, span in enumerate(hit.stored.sentences):
            text = passage.text[span.start - passage.start : span.end - passage.start]
            out.append(Candidate(hit, span, text, n, hit.stored.language))
    return out


def sentence_features(found: Found, sentences: list[Candidate], reading: Reading) -> NDArray[np.float64]:
    """Return one row of `SENTENCE_FEATURES` per sentence, shape ``(n, features)``."""
    hits = {c.hit.stored.passage.id: c.hit for c in sentences}
    spoken = {i: reading.spoken(h) for i, h in hits.items()}
    marks = {i: reading.marks(h) for i, h in hits.items()}
    asked = frozenset(s for t in found.terms for s in t.stems)
    asked_words = words_of(found.question)
    rows = []
    for i, c in enumerate(sentences):
        before = sentences[i - 1] if c.position else None
        after = sentences[i + 1] if i + 1 < len(sentences) and sentences[i + 1].position else None
        row = _row(found, c, before, after, asked, asked_words)
        answers, marked = marks[c.hit.stored.passage.id]
        rows.append([*row, float(spoken[c.hit.stored.passage.id][c.position]), answers, float(marked[c.position])])
    base = np.array(rows, dtype=np.float64).reshape(len(rows), len(SENTENCE_FEATURES) - len(_GAPS))
    gaps = [_gap(base[:, SENTENCE_FEATURES.index(name)]) for name in _GAPS]
    return np.column_stack([base, *gaps]) if rows else np.zeros((0, len(SENTENCE_FEATURES)))


def _row(
    found: Found,
    c: Candidate,
    before: Candidate | None,
    after: Candidate | None,
    asked: frozenset[str],
    asked_words: frozenset[str],
) -> list[float]:
    q, stored = found.question, c.hit.stored
    cosines = stored.sentence_vectors @ found.vector
    whole = frozenset(stored.stems) | frozenset(stored.title_stems)
    near = c.stems | (before.stems if before else frozenset(stored.title_stems))
    named = new_names(c.text, asked_words)
    met = held(q, c.text, c.language)
    size = max(len(c.stems), 1)
    neighbours = [cosines[n.position] for n in (before, after) if n]
    return [
        float(cosines[c.position]),
        c.hit.dense,
        coverage(found.terms, c.stems),
        coverage(found.terms, whole),
        coverage(found.terms, near),
        related_coverage(found.terms, c.stems),
        c.hit.lexical / (1e-9 + 2.2 * sum(t.idf for t in found.terms)),
        float(met or 0.0),
        float(met is None),
        math.log(size),
        float(c.position == 0),
        float(max(neighbours, default=0.0)),
        float(c.text.rstrip().endswith("?")),
        len(c.stems - asked) / size,
        float(bool(q.focus) and q.focus in c.stems),
        c.hit.score,
        min(named, 3.0),
        float(not _STOP.search(c.text)),
        math.log1p(stored.passage.start / 1000),
        float(q.kind is Kind.THING and bool(q.focus) and named > 0),
    ]


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
    stems = frozenset(stored.stems) | frozenset(stored.title_stems)
    return not terms or related_coverage(terms, stems) > 0


def new_names(text: str, asked: frozenset[str]) -> float:
    """Count the capitalised words inside a sentence, its first word left out, that the question does not say."""
    words = [s.of(text) for s in word_spans(text)]
    return float(sum(w[0].isupper() and bare(w) not in asked for w in words[1:]))


def answer_features(
    found: Found,
    sentences: list[Candidate],
    rows: NDArray[np.float64],
    scores: NDArray[np.float64],
    reading: Reading,
) -> NDArray[np.float64]:
    """Return the vector of `ANSWER_FEATURES` for a search whose sentences have been scored, shape ``(features,)``."""
    order = np.argsort(-scores, kind="stable")
    best = dict(zip(SENTENCE_FEATURES, rows[order[0]], strict=True))
    values = [
        float(scores[order[0]]),
        float(scores[order[0]] - scores[order[1:4]].mean()) if len(order) > 1 else 0.0,
        *(best[n] for n in ANSWER_FEATURES[2:9]),
        float(rows[:, SENTENCE_FEATURES.index("passage_cosine")].max()),
        math.log1p(len(found.terms)),
        math.log1p(found.passages),
        best["answers"],
        float(rows[:, SENTENCE_FEATURES.index("answers")].max()),
        best["marked"],
        reading.relevant(sentences[order[0]].hit),
        *_alignment(found.terms, reading, sentences[order[0]].hit),
        *_expected(found, sentences, sentences[order[0]]),
    ]
    return np.array(values, dtype=np.float64)


def _alignment(terms: tuple[Term, ...], reading: Reading, hit: Hit) -> list[float]:
    """Return the mean, the idf-weighted mean and the share of low values of how well a passage speaks of the terms."""
    if not terms:
        return [1.0, 1.0, 0.0]
    aligned = reading.terms(hit)
    idf = np.array([t.idf for t in terms])
    return [float(aligned.mean()), float((aligned * idf).sum() / idf.sum()), float((aligned < LOW).mean())]


def _expected(found: Found, sentences: list[Candidate], top: Candidate) -> list[float]:
    """Return whether the answer's kind is held, what of the question is left unsaid, and where the two clash."""
    q, language = found.question, top.language
    whole = [c for c in sentences if c.hit is top.hit]
    near = whole[max(0, top.position - 1) : top.position + 2]
    texts, beside = [c.text for c in whole], [c.text for c in near]
    grade = held(q, top.text, language)
    unmet = all((held(q, text, language) or 0.0) < 1.0 for text in beside)
    related = related_coverage(found.terms, frozenset().union(*(c.stems for c in near)))
    far, close = unsaid(q, texts, language), unsaid(q, beside, language)
    here, there = clash(q, top.text, [top.text], language), clash(q, top.text, beside, language)
    return [
        0.5 if grade is None else grade,
        related,
        related - related_coverage(found.terms, frozenset().union(*(c.stems for c in whole))),
        far.verbs,
        far.names,
        close.nouns,
        float(bool(here.opposite)),
        float(bool(there.opposite)),
        float(here.denial_asked),
        float(here.denial_said),
        float(bool(there.other_number)),
        float(unsaid_facts(q, texts, language)),
        float(q.crossed),
        *(float(q.kind is kind and unmet) for kind in TYPED),
    ]


_STOP = re.compile(r"[.!?…。:;][\"'”’»)\]]*\s*$")
