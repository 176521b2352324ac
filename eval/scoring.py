"""What one question's outcome is worth: a ``Result`` in, named measures out.

The measures by case give a number per question, or ``None`` where the question does not judge them; the measures of a
whole run are computed over all results. All of it is recomputed from a stored report; nothing here asks an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from eval import metrics, written
from eval.cases import Case
from rag.text import fold
from rag.types import Citation, Dropped

OVERLAP = 0.5
RIGHT, ANSWERED, WRONG, FALSE_REFUSAL = "right", "answered", "wrong", "false refusal"
REFUSED, CAUTIONED, INVENTED, NOT_JUDGED = "rightly refused", "cautioned", "answered, though absent", "not judged"
WORST_FIRST = (INVENTED, WRONG, FALSE_REFUSAL, CAUTIONED, ANSWERED, NOT_JUDGED, RIGHT, REFUSED)


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a stored document."""

    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Result:
    """What the engine said to one case, and where the case's evidence lies in the library.

    ``exact`` says of each citation whether the stored text at its span is its quote. ``evidence`` holds the gold
    evidence that could be located; what could not be is not judged. ``ms`` is the wall clock around the question.
    ``writer``, ``dropped`` and ``usage`` are the answer's; ``rechecked`` says of each shown sentence of a model
    whether its own footnotes carry it.
    """

    case: Case
    text: str
    standalone_question: str
    refused: bool
    caution: bool
    confidence: float
    reason: str
    citations: tuple[Citation, ...]
    exact: tuple[bool, ...]
    passages: tuple[Place, ...]
    evidence: tuple[Place, ...]
    ms: float
    timings: Mapping[str, float]
    writer: str = "none"
    dropped: tuple[Dropped, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    rechecked: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its 95 % interval and the number of questions that judged it."""

    value: float | None
    low: float | None
    high: float | None
    count: int


def outcome(result: Result) -> str:
    """Name what happened in a word or two; `WORST_FIRST` orders the names."""
    if result.case.answerable is None:
        return NOT_JUDGED
    if not result.case.answerable:
        return REFUSED if result.refused else CAUTIONED if result.caution else INVENTED
    if result.refused:
        return FALSE_REFUSAL
    return {None: ANSWERED, 0.0: WRONG}.get(correct(result), RIGHT)


def correct(result: Result) -> float | None:
    """1 when an answerable question's answer holds a gold string, and one of each group wanted; a refusal is 0."""
    case = result.case
    if not case.answerable or not (case.answers or case.wanted):
        return None
    if result.refused:
        return 0.0
    told = " ".join([metrics.shown_text(result.text, None), *(c.source for c in result.citations)])
    held = all(any(metrics.contains(told, gold) for gold in group) for group in case.wanted)
    return (metrics.correctness(result.text, case.answers) if case.answers else 1.0) if held else 0.0


def f1(result: Result) -> float | None:
    """Word overlap with the nearest gold; a refusal is 0."""
    if not result.case.answerable or not result.case.answers:
        return None
    return 0.0 if result.refused else metrics.token_f1(result.text, result.case.answers)


def overlaps(one: Place, other: Place) -> bool:
    """Whether half of the shorter of two places lies in the other."""
    share = metrics.overlap_share(one.start, one.end, other.start, other.end)
    return one.source == other.source and share >= OVERLAP


def evidence_ranks(result: Result) -> list[int | None]:
    """The rank, from 1, of the first passage that holds each located piece of evidence."""
    if not result.case.answerable:
        return []
    ranked = list(enumerate(result.passages, start=1))
    return [next((n for n, passage in ranked if overlaps(passage, gold)), None) for gold in result.evidence]


def document_rank(result: Result) -> list[int | None]:
    """The rank of the first gold document among the distinct documents found, as a list of one; empty: not judged."""
    if not result.case.answerable or not result.case.sources:
        return []
    found = list(dict.fromkeys(p.source for p in result.passages))
    return [next((n for n, source in enumerate(found, start=1) if source in result.case.sources), None)]


def evidence_hits(result: Result) -> list[float] | None:
    """For each citation of an answered question, whether it shows gold evidence; ``None``: no evidence to go by."""
    if not result.case.answerable or not result.evidence or result.refused:
        return None
    cited = [Place(c.source, c.quote_start, c.quote_end) for c in result.citations]
    return [float(any(overlaps(place, gold) for gold in result.evidence)) for place in cited]


def evidence_cited(result: Result) -> float | None:
    """1 when a citation shows gold evidence; a refusal of an answerable question is 0."""
    if not result.case.answerable or not result.evidence:
        return None
    return max(evidence_hits(result) or [0.0])


def rewrite(result: Result) -> float | None:
    """1 when the stand-alone question holds all that the case expects and nothing that it excludes.

    Both are looked for without regard to case and accents; a blank at the edge of a string is a word's end.
    """
    if not result.case.expect_contains and not result.case.expect_absent:
        return None
    text = f" {fold(result.standalone_question)} "
    held = all(fold(wanted) in text for wanted in result.case.expect_contains)
    return float(held and not any(fold(wrong) in text for wrong in result.case.expect_absent))


def _quotes(result: Result) -> dict[int, str]:
    # what "last December" stands for is shown with the quote, and carries the date that the answer opens with
    return {c.number: f"{c.quote} {c.note}".strip() for c in result.citations}


def _if(condition: bool | None, value: bool) -> float | None:
    return float(value) if condition else None


BY_CASE: dict[str, Callable[[Result], float | None]] = {
    "correct": correct,
    "f1": f1,
    "hit@1": lambda r: metrics.recall_at(document_rank(r), 1),
    "hit@5": lambda r: metrics.recall_at(document_rank(r), 5),
    "recall@1": lambda r: metrics.recall_at(evidence_ranks(r), 1),
    "recall@5": lambda r: metrics.recall_at(evidence_ranks(r), 5),
    "recall@10": lambda r: metrics.recall_at(evidence_ranks(r), 10),
    "mrr": lambda r: metrics.reciprocal_rank(evidence_ranks(r)),
    "citation_recall": lambda r: None if r.refused else metrics.citation_recall(r.text, _quotes(r)),
    "citation_precision": lambda r: None if r.refused else metrics.citation_precision(r.text, _quotes(r)),
    "evidence_cited": evidence_cited,
    "evidence_precision": lambda r: metrics.mean(evidence_hits(r) or []),
    "quote_exact": lambda r: metrics.mean(map(float, r.exact)),
    "uncited": lambda r: _if(not r.refused, not r.citations),
    "refusal_recall": lambda r: _if(r.case.answerable is False, r.refused),
    "false_refusal": lambda r: _if(r.case.answerable, r.refused),
    "rewrite": rewrite,
    "warning_recall": lambda r: _if(r.case.answerable is False, r.refused or r.caution),
    "false_warning": lambda r: _if(r.case.answerable, r.refused or r.caution),
    "written": written.written,
    "support_before": written.support_before,
    "support_after": written.support_after,
    "dropped": written.dropped,
}


def refusal_precision(results: Sequence[Result]) -> float | None:
    """Of what was refused, the share that is truly unanswerable; not judged where nothing is unanswerable."""
    if all(r.case.answerable is not False for r in results):
        return None
    return metrics.mean(
        float(r.case.answerable is False) for r in results if r.refused and r.case.answerable is not None
    )


def auroc(results: Sequence[Result]) -> float | None:
    """How well the confidence parts answerable from unanswerable questions."""
    return metrics.auroc(
        [r.confidence for r in results if r.case.answerable],
        [r.confidence for r in results if r.case.answerable is False],
    )


def calibration_error(results: Sequence[Result]) -> float | None:
    """How far the confidence lies from the share of answerable questions."""
    judged = [(r.confidence, r.case.answerable) for r in results if r.case.answerable is not None]
    if len({so for _, so in judged}) < 2:
        return None
    return metrics.calibration_error([c for c, _ in judged], [so for _, so in judged])


OF_A_RUN: dict[str, Callable[[Sequence[Result]], float | None]] = {
    "refusal_precision": refusal_precision,
    "auroc": auroc,
    "ece": calibration_error,
    "p50_ms": lambda results: metrics.percentile([r.ms for r in results], 0.50),
    "p95_ms": lambda results: metrics.percentile([r.ms for r in results], 0.95),
    "evidence_ms": written.evidence_ms,
    "last_token_ms": written.last_token_ms,
    "tokens_read": written.tokens_read,
    "tokens_written": written.tokens_written,
}
LOWER_IS_BETTER = frozenset(
    "uncited false_refusal false_warning ece p50_ms p95_ms dropped evidence_ms last_token_ms tokens_read "
    "tokens_written".split()
)


def median_timings(results: Sequence[Result]) -> dict[str, float]:
    """Where the time goes: the median of each part that the engine timed, over the questions that have it."""
    names = dict.fromkeys(name for r in results for name in r.timings)
    parts = {name: [r.timings[name] for r in results if name in r.timings] for name in names}
    return {name: value for name, times in parts.items() if (value := metrics.percentile(times, 0.5)) is not None}


def score(results: Sequence[Result]) -> dict[str, Measure]:
    """Every measure over ``results``, with intervals by bootstrap."""
    found = by_case(results)
    for name, statistic in OF_A_RUN.items():
        value = statistic(results)
        interval = metrics.bootstrap(results, statistic) if value is not None else None
        found[name] = _measure(value, interval, len(results))
    return found


def by_case(results: Sequence[Result]) -> dict[str, Measure]:
    """The means of the measures by case."""
    found = {}
    for name, measure in BY_CASE.items():
        values = [measure(r) for r in results]
        count = sum(v is not None for v in values)
        found[name] = _measure(metrics.mean(values), metrics.bootstrap_mean(values), count)
    return found


def _measure(value: float | None, interval: metrics.Interval | None, count: int) -> Measure:
    return Measure(value, interval.low if interval else None, interval.high if interval else None, count)
