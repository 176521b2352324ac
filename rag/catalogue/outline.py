"""A document in short: from each of its sections the sentences that say most, in reading order, nothing twice.

In: a document's passages. Out: a heading and evidence for each point, and how many of the sections they cover. The
first sentences of a section count more, and so does what lies near the middle of the whole. It writes no sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from rag.library import StoredPassage
from rag.types import Evidence, Span

MOST_POINTS, MOST_WORDS = 10, 220
# Points of a document with few headings or none, and for each section of one with more.
FEW, EACH = 5, 2
# A document longer than this is summed up from passages spread evenly over it.
MOST_PASSAGES = 120
# What the first sentence of a section gains, in units of cosine; the second gains half of it.
FIRST = 0.15
# What a row of a table loses: it states one case of many.
RECORD = 0.3
_RECORD = re.compile(r"^[^;]{1,60}: [^;]+; [^;:]{1,60}: | \| ")
# A sentence this like one that is chosen says nothing new (cosine).
SAME = 0.9
# Fewer words than this state little; a list item may be short.
STATES = 4
_HEADER = re.compile(r"(?:From|To|Cc|Date|Subject|Sent): \S|date:? \d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Point:
    """One sentence of the outline; ``heading`` is above it in its quote, or ""."""

    heading: str
    evidence: Evidence
    section: int
    gain: float
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Outline:
    """The points in reading order; ``covered`` of the ``sections`` have one."""

    points: tuple[Point, ...]
    covered: int
    sections: int


def outline(passages: Sequence[StoredPassage], most: int = 0) -> Outline:
    """Return the outline of the document that ``passages`` are all of, in reading order; at most ``most`` points
    where that is not 0."""
    most = most or min(MOST_POINTS, max(FEW, EACH * len({p.section for p in passages})))
    step = max(1, -(-len(passages) // MOST_PASSAGES))
    sections = _sections(passages[::step])
    points = [p for number, group in enumerate(sections) for p in _points(number, group)]
    if not points:
        return Outline((), 0, len(sections))
    middle = np.stack([p.vector for p in points]).mean(axis=0)
    middle /= float(np.linalg.norm(middle)) or 1.0
    worth = {id(p): p.gain + float(p.vector @ middle) for p in points}
    chosen: list[Point] = []
    words = 0
    while len(chosen) < most:
        rounds = {n: sum(c.section == n for c in chosen) for n in range(len(sections))}
        open_ = [p for p in points if p not in chosen and not any(float(p.vector @ c.vector) >= SAME for c in chosen)]
        # Each section in turn: none gets a second sentence before all have a first.
        best = max(open_, key=lambda p: (-rounds[p.section], worth[id(p)]), default=None)
        size = len(best.evidence.text.split()) if best else 0
        if best is None or (chosen and words + size > MOST_WORDS):
            break
        chosen.append(best)
        words += size
    chosen.sort(key=lambda p: p.evidence.span.start)
    told = {p.section for p in chosen}
    return Outline(tuple(chosen), len(told), len({p.section for p in points}))


def _sections(passages: Sequence[StoredPassage]) -> list[list[StoredPassage]]:
    """The passages by the heading above them; where there are no headings, each passage is a section of its own."""
    groups = [list(g) for _, g in groupby(passages, key=lambda p: p.section)]
    return groups if len(groups) > 1 else [[p] for p in passages]


def _points(number: int, group: Sequence[StoredPassage]) -> list[Point]:
    out: list[Point] = []
    for stored in group:
        passage = stored.passage
        for n, span in enumerate(stored.sentences):
            text = passage.text[span.start - passage.start : span.end - passage.start]
            if text.strip("#=* \t") == passage.title or _HEADER.match(text) or len(text.split()) < STATES:
                continue
            heading, start = _heading(stored, span) if not out else ("", span.start)
            quote = passage.text[start - passage.start : span.end - passage.start]
            evidence = Evidence(passage, Span(start, span.end), quote, 1.0)
            gain = FIRST / (len(out) + 1) - (RECORD if _RECORD.search(text) else 0.0)
            out.append(Point(heading, evidence, number, gain, stored.sentence_vectors[n]))
    return out


def _heading(stored: StoredPassage, span: Span) -> tuple[str, int]:
    """Return the heading right above a sentence and where it begins, so that the quote holds it; else "" and the
    sentence's own start."""
    passage = stored.passage
    above = passage.text[: span.start - passage.start]
    heading = stored.section.rsplit(" > ", 1)[-1]
    at = above.rfind(heading) if heading else -1
    if at < 0 or above[at + len(heading) :].strip("#=-* \t\n"):
        return "", span.start
    return heading, passage.start + at
