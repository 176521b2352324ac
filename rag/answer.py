"""Ranked passages become an answer: the sentences that answer, in order, or the decision to refuse.

In: `Found`. Out: a `Draft`: evidence, a calibrated confidence, and the reason when it falls short. It writes the
extractive text with its footnotes too. It formats nothing for a screen and calls no language model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.judge import linear, newest, timely, twins, voices
from rag.judge.choice import choose, evidence
from rag.judge.close import read
from rag.judge.confidence import confidence, ranking, suited
from rag.judge.expect import another_rank, cannot_answer
from rag.judge.features import (
    Candidate,
    candidates,
    sentence_features,
    spoken_of,
)
from rag.judge.hop import second_step
from rag.judge.reasons import explain, one_word
from rag.judge.thresholds import limits
from rag.judge.unsaid import passes_over
from rag.library import Library
from rag.models import Embedder
from rag.reading.reader import Reader
from rag.retrieve import Found, Hit
from rag.text import fold
from rag.types import Citation, Evidence, Span, Stated

# Sentences are told in reading order, unless that would put the best one beyond this many words.
LEAD_WORDS = 60
# Share of the best sentence's score in the order of the passages that are shown.
SENTENCE_WEIGHT = 0.2
# A question of quantity whose best sentences hold none, or for the third of what is said to be the second, keeps this
# share of its confidence.
CANNOT, READ = 0.25, 5
# Sentences that a language model is shown, within its token budget.
WIDER = 8
# A date that ingest read and the text states is as sure as an answer gets here.
CERTAIN = 0.99


@dataclass(frozen=True, slots=True)
class Draft:
    """What the documents offer: ``evidence`` best first, and how sure the engine is that it answers.

    ``wider`` is what a language model may read: more of the best sentences than an extractive answer quotes.
    ``disagreement`` is what documents state that disagree (`rag.judge.disagree`); ``compared`` the line that says how
    the values of the first two compare (`rag.judge.compare`).
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    refused: bool
    caution: bool
    reason: str
    hits: tuple[Hit, ...]
    wider: tuple[Evidence, ...] = ()
    disagreement: tuple[Stated, ...] = ()
    compared: str = ""


def draft(
    found: Found,
    library: Library,
    embedder: Embedder,
    settings: Settings,
    eyes: Reader | None = None,
    steps: bool = True,
) -> Draft:
    """Choose the evidence for a question and decide whether it answers; ``steps``: a second step may be taken."""
    shown, unheard = voices.heard(found, library)
    found = twins.without_copies(shown)
    sentences = candidates(found)
    if not sentences:
        return Draft((), 0.0, True, False, explain(found, np.zeros(len(found.terms))), found.hits)
    timed = timely.timing(found, sentences)
    found = timed.found
    reading = read(found, embedder, eyes)
    rows = sentence_features(found, sentences, reading)
    untimed = ranking(rows, reading)
    scores = newest.lead(found, sentences, timed.weigh(untimed))
    order = timed.inside([int(i) for i in np.argsort(-scores, kind="stable")])
    met = newest.met(timed.met(order[0]), sentences[order[0]])
    sure, aligned = confidence(met, sentences, rows, scores, order[0], reading)
    texts = [sentences[i].text for i in order[:READ]]
    if cannot_answer(found.question, texts, sentences[order[0]].language) or another_rank(found.question, texts[0]):
        sure *= CANNOT
    refuse, caution = limits(library, settings, lambda name: suited(name, found, reading))
    sure = tempered(sure, found, sentences[order[0]], refuse, caution)
    if sure >= caution and passes_over(found, sentences[order[0]].hit.stored, library):
        sure = (refuse + caution) / 2
    sure = timed.settled(sure, order[0], untimed)
    # A second step forgets the time asked for: where nothing lies inside it, there is none to take.
    hop = second_step(found, sentences[order[0]], sure, library, embedder, eyes) if steps and sure > 0 else None
    sure = max(sure, hop.confidence if hop else 0.0)
    chance = linear.softmax(scores)
    chosen = choose(found.question, sentences, order, chance, settings.max_sentences, hop, broad=timed.alone)
    refused, unsure = sure < refuse, sure < caution
    marks = {(c.hit.stored.passage.source, c.span): reading.mark(c.hit, c.position) for c in sentences}
    reason = ""
    if refused or unsure:
        reason = timed.reason(order[0]) or explain(met, aligned)
    hits = (*reranked(shown, sentences, scores), *unheard)
    best = (evidence(sentences[i], float(chance[i])) for i in order[:WIDER])
    marked = (replace(e, mark=marks.get((e.passage.source, e.span))) for e in (*chosen, *best))
    wider = tuple({(e.passage.source, e.span): e for e in marked}.values())[: max(WIDER, len(chosen))]
    chosen = wider[: len(chosen)]
    return Draft(chosen, sure, refused, unsure and not refused, reason, hits, wider)


def tempered(sure: float, found: Found, best: Candidate, refuse: float, caution: float) -> float:
    """Bound the confidence where the best passage says no word of the question, and where no document says one."""
    if not spoken_of(found.terms, best.hit.stored):
        sure = min(sure, (refuse + caution) / 2)
    if sure >= caution or found.question.abroad or not found.terms or any(t.known for t in found.terms):
        return sure
    said = best.hit.stored.stems  # "Belgian" for "Belgium", "meetngs"
    return sure if any(one_word(fold(t.word), s) for t in found.terms for s in said) else min(sure, refuse / 2)


def certain(found: Found, evidence: tuple[Evidence, ...]) -> Draft:
    """Return the draft of an answer that was read from metadata and found in the text."""
    return Draft(evidence, CERTAIN, False, False, "", found.hits)


def reranked(found: Found, sentences: Sequence[Candidate], scores: NDArray[np.float64]) -> tuple[Hit, ...]:
    """Order the passages by their fused score and that of their best sentence; those not read come as the worst."""
    best: dict[str, float] = {}
    for c, score in zip(sentences, scores, strict=True):
        key = c.hit.stored.passage.id
        best[key] = max(best.get(key, -np.inf), float(score))
    worst = min(best.values())
    weighed = (replace(h, score=h.score + SENTENCE_WEIGHT * best.get(h.stored.passage.id, worst)) for h in found.hits)
    return tuple(sorted(weighed, key=lambda h: -h.score))


def reading_order(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Group evidence by document, the best document first, and inside a document by where it stands.

    ``evidence`` comes best first; its first item leads where reading order would bury it.
    """
    documents = list(dict.fromkeys(e.passage.source for e in evidence))
    ordered = sorted(evidence, key=lambda e: (documents.index(e.passage.source), e.span.start))
    words = 0
    for e in ordered:
        words += len(e.text.split())
        if e is evidence[0]:
            break
    return ordered if words <= LEAD_WORDS else [evidence[0], *(e for e in ordered if e is not evidence[0])]


_SPACE = re.compile(r"\s+")
# An item of a list stands on a line of its own.
LISTED = re.compile(r"(?:[-*+•‣◦·▪–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+(?=\S)")
STOP = re.compile(r"[.!?…。]+[\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Written:
    """An answer's text with its citations; ``spans`` are where each sentence of the evidence stands in it."""

    text: str
    citations: tuple[Citation, ...]
    spans: tuple[Span, ...]


def footnoted(evidence: Sequence[Evidence], opening: str = "", compared: str = "") -> Written:
    """Write the sentences one after the other, each with its own footnote; ``compared``, before them, has those of all.

    White space inside a sentence is folded for reading; the citation keeps the quote verbatim.
    """
    text, citations, spans = compared or opening, [], []
    for number, e in enumerate(evidence if compared else (), start=1):
        text += " " if number == 1 else ""
        citations.append(cite(number, Span(len(text), len(text) + len(f"[{number}]")), e))
        text += f"[{number}]"
    text += "." if compared else ""
    for number, e in enumerate(evidence, start=1):
        sentence = _SPACE.sub(" ", e.text).strip()
        stop = STOP.search(sentence)
        body, tail = (sentence[: stop.start()], stop.group(0)) if stop else (sentence, "")
        text += ("\n" if LISTED.match(sentence) else " ") if text else ""
        spans.append(Span(len(text), len(text) + len(body)))
        text += body + " "
        marker = f"[{number}]"
        citations.append(cite(number, Span(len(text), len(text) + len(marker)), e))
        text += marker + tail
    return Written(text, tuple(citations), tuple(spans))


def cite(number: int, marker: Span, evidence: Evidence) -> Citation:
    """Return the citation that opens ``evidence`` from a marker."""
    passage, span = evidence.passage, evidence.span
    return Citation(number, marker.start, marker.end, passage.source, passage.page, span.start, span.end, evidence.text)
