"""Thresholds for one library, fitted on questions made of its own sentences, with a bound on false answers.

In: an engine, `Made` questions, the share of false answers to allow. Out: `Fitted` values, and a picture of them. Each
question is asked twice: over the whole library, and over it without the passages that answer. It stores nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from eval.own_questions import Made
from rag.engine import Engine
from rag.errors import RagError
from rag.judge import linear
from rag.library import Library, StoredPassage
from rag.types import Grid

# Thresholds are multiples of 1 / STEPS: on a finite grid the least one that holds exists.
STEPS = 1000
# More of the answerable questions refused than this, and a threshold is no use.
MOST_REFUSED = 0.5
# False answers without a warning may be this part of all that are allowed.
UNWARNED = 0.5
# How a weights file ends the names of the thresholds for what no reader read, and for other languages than English.
UNREAD, ABROAD = "_unread", "_abroad"


class Asked(NamedTuple):
    """A question with its confidence where the library answers it, and where the passages that do were left out."""

    made: Made
    present: float
    absent: float


class Pair(NamedTuple):
    """Two thresholds and what they do: ``false_answers`` is the share answered of those left without their passage,
    ``unwarned`` the share of these without a caution, ``refused`` the share refused of those that have it."""

    refuse: float
    caution: float
    false_answers: float
    unwarned: float
    refused: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """What came out for the questions that one pair of packaged thresholds judges; their names end in ``end``.

    ``after`` is None where there are too few questions for a bound.
    """

    end: str
    asked: tuple[Asked, ...]
    before: Pair
    after: Pair | None

    @property
    def usable(self) -> bool:
        """Whether there are thresholds that hold and leave at least half of the answerable questions answered."""
        return self.after is not None and self.after.refused <= MOST_REFUSED

    @property
    def language(self) -> str:
        """The documents that these questions are made of."""
        return "not English" if self.end == ABROAD else "English"


class Without(Library):
    """A library as it would be without the passages that answer one question: ``left_out`` names it."""

    left_out: Made | None = None

    def passages(self, ids: Sequence[str]) -> list[StoredPassage]:
        """Return the passages with these ids that are not left out."""
        return self._kept(super().passages(ids))

    def document_passages(self, source: str) -> list[StoredPassage]:
        """Return the passages of a document that are not left out."""
        return self._kept(super().document_passages(source))

    def grids(self, source: str) -> list[Grid]:
        """Return the tables of a document that no passage left out lies in."""
        out = [p.passage for p in super().document_passages(source) if self.left_out and self.left_out.answered_by(p)]
        return [g for g in super().grids(source) if all(p.end <= g.start or g.end <= p.start for p in out)]

    def _kept(self, found: Iterable[StoredPassage]) -> list[StoredPassage]:
        return [p for p in found if self.left_out is None or not self.left_out.answered_by(p)]


def ask(engine: Engine, questions: Sequence[Made], progress: Callable[[int, int], None]) -> list[Asked]:
    """Ask every question with and without the passages that answer it.

    ``engine`` must refuse below 1 and warn below 1, so that no threshold has a say in the confidence; what is answered
    all the same is answered at every threshold, and counts as sure.
    """
    view, out = Without(engine.library.path), list[Asked]()
    with closing(view):
        over = engine.over(view)
        for made in questions:
            sure = []
            for view.left_out in (None, made):
                *_, answer = over.stream(made.question, write=False)
                sure.append(answer.confidence if answer.refused else 1.0)
                progress(2 * len(out) + len(sure), 2 * len(questions))
            out.append(Asked(made, *sure))
    return out


def least_questions(alpha: float) -> int:
    """Return how few questions a bound can be given for: both thresholds need ``n + 1 >= 1 / their share``.

    >>> least_questions(0.10), least_questions(0.05)
    (19, 39)
    """
    return math.ceil(1 / (UNWARNED * alpha) - 1e-9) - 1


def enough(count: int, alpha: float) -> None:
    """Raise `RagError` where so many questions are too few for a bound."""
    if count < (least := least_questions(alpha)):
        raise RagError(
            f"the library is too small for a bound of {alpha:g}: {count} questions can be made of its sentences in one "
            f"language, {least} are needed; add documents, or allow more with --alpha"
        )


def bounded(absent: Sequence[float], alpha: float) -> float | None:
    """Return the least threshold that bounds the expected share of false answers by ``alpha``; None where there are too
    few confidences. Above 1 it refuses everything.

    Conformal risk control (Angelopoulos, Bates, Fisch, Lei and Schuster, ICLR 2024, arXiv:2208.02814, section 2): the
    loss of question i at threshold t is L_i(t) = 1 where its confidence is at least t, else 0. It falls as t grows and
    is at most B = 1. Of the thresholds of a finite grid, the least one with

        n / (n + 1) · R(t) + B / (n + 1) <= alpha,    R(t) = (L_1(t) + … + L_n(t)) / n

    has E[L_(n+1)] <= alpha, over the drawing of all n + 1 questions, if these are exchangeable. Here the left side is
    (k + 1) / (n + 1), with k questions answered.

    >>> bounded([0.1, 0.2, 0.3, 0.9], 0.4)  # (1 + 1) / 5: one of the four may be answered
    0.301
    >>> bounded([0.1, 0.2, 0.3, 0.9], 0.1) is None
    True
    """
    allowed = math.floor(alpha * (len(absent) + 1) + 1e-9) - 1
    if allowed < 0:
        return None
    first_refused = sorted(absent, reverse=True)[allowed] if allowed < len(absent) else -1.0
    return next(t / STEPS for t in range(STEPS + 2) if t / STEPS > first_refused)


def fit(asked: Sequence[Asked], alpha: float, *, reader: bool) -> list[Fitted]:
    """Fit the thresholds of each kind of question; `RagError` where there are too few of every kind.

    A threshold is never laxer than the packaged one: questions made by rule know no trap that a person sets. That
    keeps the bound, because the loss only falls.
    """
    ends = ("" if reader else UNREAD, ABROAD)
    groups = [(end, tuple(a for a in asked if (a.made.language != "en") == (end == ABROAD))) for end in ends]
    fitted = [_fitted(end, group, alpha) for end, group in groups if group]
    enough(max((len(f.asked) for f in fitted), default=0), alpha)
    return fitted


def _fitted(end: str, group: tuple[Asked, ...], alpha: float) -> Fitted:
    packaged = [linear.threshold(f"{name}{end}") for name in ("refuse", "caution")]
    absent = [a.absent for a in group]
    refuse, caution = bounded(absent, alpha), bounded(absent, UNWARNED * alpha)
    after = None
    if refuse is not None and caution is not None:
        refuse = max(refuse, packaged[0])
        after = pair(group, refuse, max(caution, packaged[1], refuse))
    return Fitted(end, group, pair(group, *packaged), after)


def pair(group: Sequence[Asked], refuse: float, caution: float) -> Pair:
    """Return what two thresholds do to questions that were asked."""
    n = len(group)
    return Pair(
        refuse,
        caution,
        sum(a.absent >= refuse for a in group) / n,
        sum(a.absent >= caution for a in group) / n,
        sum(a.present < refuse for a in group) / n,
    )


def picture(fitted: Sequence[Fitted], alpha: float) -> str:
    """Draw, for each kind of question, what is answered wrongly and refused wrongly at every threshold, as SVG."""
    panels = [f'<g transform="translate({45 + n * 380},30)">{_panel(f, alpha)}</g>' for n, f in enumerate(fitted)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {380 * len(fitted) + 20} 270" font-family="sans-serif" '
        f'font-size="11" fill="#333"><rect width="100%" height="100%" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


def _panel(f: Fitted, alpha: float) -> str:
    size, wide, high = len(f.asked), 320, 200
    parts = [f'<text y="-12" font-weight="bold">{size} questions, {f.language}: by threshold of refusal</text>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = high * (1 - share)
        parts.append(f'<path d="M0 {y}H{wide}" stroke="#ddd"/><text x="-4" y="{y + 4}" text-anchor="end">{share:.0%}')
        parts.append(f'</text><text x="{wide * share}" y="{high + 16}" text-anchor="middle">{share:g}</text>')
    parts.append(f'<path d="M0 {high * (1 - alpha)}H{wide}" stroke="#c2410c" stroke-dasharray="2 3"/>')
    curves = (
        ("answered, passage removed", "#c2410c", [sum(a.absent >= t / 100 for a in f.asked) for t in range(101)]),
        ("refused, passage there", "#1d4ed8", [sum(a.present < t / 100 for a in f.asked) for t in range(101)]),
    )
    for row, (name, colour, counts) in enumerate(curves):
        points = " ".join(f"{wide * t / 100:.1f},{high * (1 - c / size):.1f}" for t, c in enumerate(counts))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{wide}" y="{high + 32 + 14 * row}" text-anchor="end" fill="{colour}">{name}</text>')
    for name, at in (("refuse", f.after.refuse), ("warn", f.after.caution)) if f.after else ():
        parts.append(f'<path d="M{wide * at} 0V{high}" stroke="#666" stroke-dasharray="5 3"/>')
        parts.append(f'<text x="{wide * at + 3}" y="{high - 4}">{name} {at:.3f}</text>')
    return "".join(parts)
