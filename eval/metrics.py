"""The measures, as pure functions: plain values in, a number or ``None`` out.

``None`` means "not judged": the case says nothing about this measure, and it enters no mean. It is never "wrong".
Each measure is defined here once, with an example worked by hand; the tests run the examples.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from rag.scripts import is_unspaced
from rag.text import content_words, fold, sentence_spans
from rag.types import Span

T = TypeVar("T")

ARTICLES = frozenset("a an the el la los las un una".split())
ANSWER_WORDS = 60
SUPPORT_SHARE = 0.8
_MARKER = re.compile(r"\s*\[(\d+)\]")
_FIGURE = re.compile(r"\w*\d\w*(?:[.,:/-]\w*\d\w*)*")
_NAME = re.compile(r"\b[^\W\d_a-zß-ÿ][\w-]+")


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a reliability diagram: the mean confidence said, the share that was so, and how many cases."""

    low: float
    high: float
    said: float
    so: float
    count: int


def normalise(text: str) -> str:
    """Lower case, no diacritics, letters and digits only, no articles, single spaces.

    >>> normalise("The Minister, González-Olaechea!")
    'minister gonzalez olaechea'
    """
    text = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in fold(text))
    return " ".join(w for w in text.split() if w not in ARTICLES)


def contains(text: str, gold: str) -> bool:
    """Whether the whole words of ``gold`` stand in ``text``, both normalised.

    >>> contains("It was held in Lima, Peru.", "the Lima"), contains("Limassol", "Lima")
    (True, False)
    """
    wanted, said = normalise(gold), normalise(text)
    if any(is_unspaced(c) for c in wanted):  # no spaces, no whole words
        return wanted.replace(" ", "") in said.replace(" ", "")
    return bool(wanted) and f" {wanted} " in f" {said} "


def shown_text(text: str, most: int | None = ANSWER_WORDS) -> str:
    """The answer without its footnote markers, cut after ``most`` words: pasting a whole passage is no answer.

    >>> shown_text("Peru asked [1]. It waits. [2]")
    'Peru asked. It waits.'
    """
    return " ".join(_MARKER.sub("", text).split()[:most])


def correctness(text: str, golds: Sequence[str]) -> float | None:
    """1 when the answer contains one of the gold strings, else 0; without golds not judged.

    >>> correctness("They met in Lima [1].", ["Cusco", "lima"]), correctness("Lima", [])
    (1.0, None)
    """
    if not golds:
        return None
    return float(any(contains(shown_text(text), gold) for gold in golds))


def token_f1(text: str, golds: Sequence[str]) -> float | None:
    """Harmonic mean of word precision and recall against the nearest gold, as in SQuAD.

    Three words said, two wanted, two shared: precision 2/3, recall 1.

    >>> token_f1("in December 2023", ["December 2023"])
    0.8
    """
    if not golds:
        return None
    said = normalise(shown_text(text)).split()
    wanted = [normalise(gold).split() for gold in golds]
    shared = [sum((Counter(said) & Counter(gold)).values()) for gold in wanted]
    return max(2 * s / (len(said) + len(g)) if s else 0.0 for s, g in zip(shared, wanted, strict=True))


def recall_at(ranks: Sequence[int | None], k: int) -> float | None:
    """Share of the gold items whose rank (from 1; ``None`` = not found) is at most ``k``.

    >>> recall_at([1, None, 7], 5), recall_at([], 5)
    (0.3333333333333333, None)
    """
    return sum(r is not None and r <= k for r in ranks) / len(ranks) if ranks else None


def reciprocal_rank(ranks: Sequence[int | None], depth: int = 10) -> float | None:
    """1 / the best rank among the gold items, 0 when none is within ``depth``. Its mean is the MRR.

    >>> reciprocal_rank([4, 2, None]), reciprocal_rank([None]), reciprocal_rank([11])
    (0.5, 0.0, 0.0)
    """
    if not ranks:
        return None
    return max((1 / r for r in ranks if r is not None and r <= depth), default=0.0)


def supported(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether the quotes together carry the sentence, by a rule and without a language model.

    Every figure and every capitalised word of the sentence stands in them, and so do 80 % of its content-word stems.

    >>> supported("Peru asked in 2023", ["In 2023 Peru had asked for support."])
    True
    >>> supported("Peru asked in 2022", ["In 2023 Peru had asked for support."])
    False
    """
    said, source = set(content_words(sentence)), set(content_words(" ".join(quotes)))
    plain = f" {normalise(' '.join(quotes))} "
    names = [m.group() for m in _NAME.finditer(sentence) if m.start() > 0]
    sharp = [*_FIGURE.findall(sentence), *names]
    if not quotes or any(f" {normalise(s)} " not in plain for s in sharp if normalise(s)):
        return False
    return len(said & source) >= SUPPORT_SHARE * len(said)


def cited_sentences(text: str, quotes: Mapping[int, str]) -> list[tuple[str, list[int]]]:
    """The sentences of an answer, each with the footnote numbers that stand in it or right behind it.

    Sentences that run on, word for word, inside one quote count as one: the footnote behind the last is theirs too.

    >>> cited_sentences("Peru asked. [1][2] It waits.", {})
    [('Peru asked.', [1, 2]), ('It waits.', [])]
    >>> cited_sentences("He met Dr. No. They spoke. [1]", {1: "He met Dr. No. They spoke."})
    [('He met Dr. No. They spoke.', [1])]
    """
    plain, marks, last = "", [], 0
    for m in _MARKER.finditer(text):
        plain += text[last : m.start()]
        marks.append((len(plain.rstrip()), int(m.group(1))))
        last = m.end()
    plain += text[last:]
    units: list[tuple[Span, list[int]]] = []
    for s in sentence_spans(plain):
        numbers = [n for at, n in marks if s.start < at <= s.end]
        start = s.start
        while units and not units[-1][1] and _runs_on(plain[units[-1][0].start : s.end], numbers, quotes):
            start = units.pop()[0].start
        units.append((Span(start, s.end), numbers))
    return [(span.of(plain), numbers) for span, numbers in units]


def _runs_on(text: str, numbers: Sequence[int], quotes: Mapping[int, str]) -> bool:
    return any(contains(quotes.get(n, ""), text) for n in numbers)


def citation_recall(text: str, quotes: Mapping[int, str]) -> float | None:
    """ALCE: share of the answer's sentences that their own footnotes support. ``quotes`` maps number to quote.

    One sentence of two is supported; the other has no footnote.

    >>> citation_recall("Peru asked. [1] It waits.", {1: "Peru asked for support."})
    0.5
    """
    judged = [supported(s, [quotes[n] for n in ns if n in quotes]) for s, ns in cited_sentences(text, quotes)]
    return sum(judged) / len(judged) if judged else None


def citation_precision(text: str, quotes: Mapping[int, str]) -> float | None:
    """ALCE: share of the footnotes that are needed: their sentence is supported, by them alone or not without them.

    Footnote 1 carries the sentence, footnote 2 adds nothing: one of two.

    >>> citation_precision("Peru asked. [1][2]", {1: "Peru asked for support.", 2: "Lima is a city."})
    0.5
    """
    needed: list[bool] = []
    for sentence, numbers in cited_sentences(text, quotes):
        whole = supported(sentence, [quotes[n] for n in numbers if n in quotes])
        for n in numbers:
            alone = n in quotes and supported(sentence, [quotes[n]])
            rest = supported(sentence, [quotes[m] for m in numbers if m != n and m in quotes])
            needed.append(whole and (alone or not rest))
    return sum(needed) / len(needed) if needed else None


def overlap_share(start: int, end: int, gold_start: int, gold_end: int) -> float:
    """Share of the shorter of two ranges that lies in the other.

    >>> overlap_share(0, 10, 5, 25), overlap_share(0, 10, 10, 20)
    (0.5, 0.0)
    """
    common = min(end, gold_end) - max(start, gold_start)
    return max(0, common) / max(1, min(end - start, gold_end - gold_start))


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of what was judged.

    >>> mean([1.0, None, 0.0]), mean([None])
    (0.5, None)
    """
    judged = [v for v in values if v is not None]
    return sum(judged) / len(judged) if judged else None


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Probability that a positive scores above a negative, ties counted half.

    Pairs (0.9, 0.4) and (0.9, 0.8) are in order, (0.5, 0.4) is, (0.5, 0.8) is not: three of four.

    >>> auroc([0.9, 0.5], [0.4, 0.8])
    0.75
    """
    if not positive or not negative:
        return None
    below, at = np.sort(np.asarray(negative)), np.asarray(positive)
    wins = np.searchsorted(below, at, side="left") + np.searchsorted(below, at, side="right")
    return float(wins.sum()) / (2 * len(positive) * len(negative))


def reliability(said: Sequence[float], so: Sequence[bool], bins: int = 10) -> list[Bin]:
    """The reliability diagram in equal-width bins; empty bins are left out.

    >>> reliability([0.75, 1.0], [True, False], bins=2)
    [Bin(low=0.5, high=1.0, said=0.875, so=0.5, count=2)]
    """
    places: dict[int, list[tuple[float, bool]]] = {}
    for confidence, outcome in zip(said, so, strict=True):
        places.setdefault(min(bins - 1, int(confidence * bins)), []).append((confidence, outcome))
    return [
        Bin(b / bins, (b + 1) / bins, sum(c for c, _ in got) / len(got), sum(o for _, o in got) / len(got), len(got))
        for b, got in sorted(places.items())
    ]


def calibration_error(said: Sequence[float], so: Sequence[bool], bins: int = 10) -> float | None:
    """Expected calibration error: the gap between said and so, averaged over the bins by their counts.

    Two of three cases sit at 0.9 and half of them is so (gap 0.4), one sits at 0.1 and is not (gap 0.1).

    >>> round(calibration_error([0.9, 0.9, 0.1], [True, False, False]), 6)
    0.3
    """
    if not said:
        return None
    return sum(abs(b.said - b.so) * b.count for b in reliability(said, so, bins)) / len(said)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest value that at least ``share`` of the values do not exceed.

    >>> percentile([40.0, 10.0, 20.0, 30.0], 0.5), percentile([], 0.5)
    (20.0, None)
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def bootstrap_mean(values: Iterable[float | None], seed: int = 0, times: int = 1000) -> Interval | None:
    """95 % interval of the mean of what was judged, by resampling with a fixed seed.

    >>> bootstrap_mean([1.0, 1.0, None])
    Interval(low=1.0, high=1.0)
    """
    judged = np.asarray([v for v in values if v is not None], dtype=np.float64)
    if not judged.size:
        return None
    if judged.min() == judged.max():
        return Interval(float(judged[0]), float(judged[0]))
    random = np.random.default_rng(seed)
    means = [float(judged[random.integers(0, judged.size, judged.size)].mean()) for _ in range(times)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(low), float(high))


def bootstrap(
    items: Sequence[T], statistic: Callable[[Sequence[T]], float | None], seed: int = 0, times: int = 300
) -> Interval | None:
    """95 % interval of any statistic of a list; resamples for which it is ``None`` are left out.

    >>> bootstrap([2.0, 2.0], lambda xs: max(xs))
    Interval(low=2.0, high=2.0)
    """
    if not items:
        return None
    random = np.random.default_rng(seed)
    draws = ([items[i] for i in random.integers(0, len(items), len(items))] for _ in range(times))
    found = [v for draw in draws if (v := statistic(draw)) is not None]
    if not found:
        return None
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(float(low), float(high))
