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

from rag.question import Kind, Question
from rag.retrieve import Found, Hit, Term
from rag.text import content_words, fold, word_spans
from rag.types import Span

# Sentences are read out of this many of the best passages: on the development sets they hold a right sentence for
# 99 % of the questions.
PASSAGES_READ = 12

SENTENCE_FEATURES = (
    "cosine", "passage_cosine", "coverage", "passage_coverage", "near_coverage", "bm25", "kind_met", "kind_open",
    "log_length", "opens_passage", "neighbour_cosine", "asks", "news", "focus_met", "fused",
    "cosine_gap", "passage_cosine_gap", "coverage_gap", "bm25_gap", "fused_gap",
)  # fmt: skip
_GAPS = ("cosine", "passage_cosine", "coverage", "bm25", "fused")

ANSWER_FEATURES = (
    "best_score", "margin", "cosine", "passage_cosine", "coverage", "passage_coverage", "near_coverage", "bm25",
    "kind_met", "kind_met_in_3", "focus_met", "max_cosine", "max_passage_cosine", "second_cosine", "names_missing",
    "rarest_missing", "number_missing", "log_terms",
) + tuple(f"is_{kind.value}" for kind in Kind)  # fmt: skip


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
        return frozenset(content_words(self.text, self.language))


def candidates(found: Found) -> list[Candidate]:
    """Return the sentences of the best passages, passage by passage in reading order."""
    out = []
    for hit in found.hits[:PASSAGES_READ]:
        passage = hit.stored.passage
        for n, span in enumerate(hit.stored.sentences):
            text = passage.text[span.start - passage.start : span.end - passage.start]
            out.append(Candidate(hit, span, text, n, hit.stored.language))
    return out


def sentence_features(found: Found, sentences: list[Candidate]) -> NDArray[np.float64]:
    """Return one row of `SENTENCE_FEATURES` per sentence, shape ``(n, features)``."""
    asked = frozenset(s for t in found.terms for s in t.stems)
    asked_words = frozenset(fold(s.of(found.question.text)) for s in word_spans(found.question.text))
    rows = []
    for i, c in enumerate(sentences):
        before = sentences[i - 1] if c.position else None
        after = sentences[i + 1] if i + 1 < len(sentences) and sentences[i + 1].position else None
        rows.append(_row(found, c, before, after, asked, asked_words))
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
    met = kind_met(q, c.text, c.folded, asked_words)
    size = max(len(c.stems), 1)
    neighbours = [cosines[n.position] for n in (before, after) if n]
    return [
        float(cosines[c.position]),
        c.hit.dense,
        coverage(found.terms, c.stems),
        coverage(found.terms, whole),
        coverage(found.terms, near),
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
    ]


def _gap(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance to the best sentence of this search, in standard deviations: 0 for the best, negative below."""
    out: NDArray[np.float64] = (values - values.max(initial=0.0)) / (values.std() + 1e-6)
    return out if values.size else values


def coverage(terms: tuple[Term, ...], stems: frozenset[str]) -> float:
    """Return the idf-weighted share of the question's terms that stand among ``stems``, in [0, 1]."""
    total = sum(t.idf for t in terms)
    return sum(t.idf for t in terms if not stems.isdisjoint(t.stems)) / total if total else 0.0


def answer_features(
    found: Found, sentences: list[Candidate], rows: NDArray[np.float64], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the vector of `ANSWER_FEATURES` for a search whose sentences have been scored, shape ``(features,)``."""
    q = found.question
    order = np.argsort(-scores, kind="stable")
    best = dict(zip(SENTENCE_FEATURES, rows[order[0]], strict=True))
    column = {name: rows[:, n] for n, name in enumerate(SENTENCE_FEATURES)}
    top = sentences[order[0]]
    whole = frozenset(top.hit.stored.stems) | frozenset(top.hit.stored.title_stems)
    missing = [t for t in found.terms if whole.isdisjoint(t.stems)]
    names = frozenset(content_words(" ".join(n.title() for n in q.names), q.language))
    unmet = [n for n in names if n not in whole]
    values = [
        float(scores[order[0]]),
        float(scores[order[0]] - scores[order[1:4]].mean()) if len(order) > 1 else 0.0,
        *(best[n] for n in ("cosine", "passage_cosine", "coverage", "passage_coverage", "near_coverage", "bm25")),
        best["kind_met"],
        float(column["kind_met"][order[:3]].max()),
        best["focus_met"],
        float(column["cosine"].max()),
        float(column["passage_cosine"].max()),
        float(column["cosine"][order[1]]) if len(order) > 1 else best["cosine"],
        len(unmet) / max(1, len(names)),
        max((t.idf for t in missing), default=0.0),
        float(any(n not in top.text for n in q.numbers)),
        math.log1p(len(found.terms)),
        *(float(q.kind is kind) for kind in Kind),
    ]
    return np.array(values, dtype=np.float64)


_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo"
    "|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    "|lunes|martes|miercoles|jueves|viernes|sabado|domingo"
)
_DATE = re.compile(
    rf"\b(1[0-9]{{3}}s?|20[0-9]{{2}}s?|[1-9][0-9]{{2}} (bc|ad|bce|ce)|\d+(st|nd|rd|th) century|{_MONTHS}|siglo [ivxlc]+"
    r"|today|yesterday|tomorrow|last (week|month|year|night)|hoy|ayer)\b"
)
_REASON = re.compile(
    r"\b(because|due to|since|so that|in order to|to \w+|as a result|thus|therefore|hence|thanks to|caused?|causes|reasons?"
    r"|led to|owing|aim(s|ed|ing)?|purpose|porque|debido|ya que|para|por lo que|a causa|gracias a|motivo|aims)\b"
)
_MANNER = re.compile(r"\b(by|through|via|using|with|mediante|a traves|por medio)\b")
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen half third "
    "quarter percent twice once uno dos tres cuatro cinco seis siete ocho nueve diez cien ciento mil millon millones mitad "
    "tercio docena".split()
)  # fmt: skip


def kind_met(question: Question, text: str, folded: str, asked: frozenset[str]) -> bool | None:
    """Tell whether ``text`` holds the kind of answer asked for, beyond what the question says; None: any text may."""
    match question.kind:
        case Kind.PERSON | Kind.PLACE:
            words = (s.of(text) for s in word_spans(text))
            return any(w[0].isupper() and fold(w).removesuffix("'s") not in asked for w in words)
        case Kind.DATE:
            return any(m.group(0) not in asked for m in _DATE.finditer(folded))
        case Kind.QUANTITY:
            words = (s.of(folded) for s in word_spans(folded))
            return any((w[0].isdigit() or w in _NUMBER_WORDS) and w not in asked for w in words)
        case Kind.REASON:
            return bool(_REASON.search(folded))
        case Kind.MANNER:
            return bool(_MANNER.search(folded))
        case _:
            return None
