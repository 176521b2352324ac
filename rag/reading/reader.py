"""What a reader is, and which one the settings name: ours, none, or an extractive-QA model by folder or hub name.

In: ``Settings.reader``. Out: a `Reader`, or None. It never swaps a model that fails for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.text import word_spans
from rag.types import Span

OURS, NONE = "footnote", "none"
# The longest answer, in word pieces: SQuAD's are nearly all shorter, and a longer one is a sentence.
LONGEST = 30

Logits = NDArray[np.float32]
Offsets = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Marked:
    """Words that may answer, as a span of the text that was read; ``score`` is by how much, in logits, they beat
    "nowhere in this text"."""

    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class PassageRead:
    """What reading one passage gave. ``answers`` and ``relevant`` are log odds: that the passage answers the question,
    and that it is about what the question asks. ``best`` is the likeliest answer, ``sentences`` the likeliest inside
    each sentence; None where a sentence lies beyond what the reader reads."""

    answers: float
    relevant: float
    best: Marked | None
    sentences: tuple[Marked | None, ...]


class Reader(Protocol):
    """What ranking, marking and refusal need of a reader."""

    def read(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageRead]:
        """Read each text, with the spans of its sentences relative to it; one `PassageRead` a text, in their order."""
        ...


def load_reader(settings: Settings) -> Reader | None:
    """Load the reader that the settings name. Raises `ModelError` when it cannot be loaded."""
    if settings.reader == NONE:
        return None
    if settings.reader == OURS:
        from rag.reading.packaged import PackagedReader

        return PackagedReader(threads=settings.threads)
    from rag.reading.extractive import ExtractiveReader

    return ExtractiveReader(settings.reader, dtype=settings.dtype)


def marked(text: str, first: Logits, last: Logits, offsets: Offsets, within: Span, none: float) -> Marked | None:
    """Return the likeliest answer inside a stretch of ``text``, in whole words; None where no token lies there.

    ``first`` and ``last`` are the logits of an answer's first and last token, shape ``(tokens,)``, ``offsets`` the
    tokens' characters, shape ``(tokens, 2)``; ``none`` is the sum of both logits for "nowhere".
    """
    inside = np.flatnonzero(
        (offsets[:, 0] >= within.start) & (offsets[:, 1] <= within.end) & (offsets[:, 1] > offsets[:, 0])
    )
    if not len(inside):
        return None
    sums = first[inside][:, None] + last[inside][None, :]
    reach = np.tri(len(inside), k=LONGEST - 1, dtype=bool) & ~np.tri(len(inside), k=-1, dtype=bool)
    flat = int(np.where(reach, sums, -np.inf).argmax())
    i, j = divmod(flat, len(inside))
    span = _whole_words(text, int(offsets[inside[i], 0]), int(offsets[inside[j], 1]), within)
    return Marked(span, float(sums[i, j]) - none)


def _whole_words(text: str, start: int, end: int, within: Span) -> Span:
    """Widen a span that cuts a word ("González-Ola|echea"), and take the stop off its end."""
    while start > within.start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < within.end and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    while end - 1 > start and text[end - 1] in ".,;:":
        end -= 1
    return Span(start, end)


def reading_of(
    text: str, first: Logits, last: Logits, offsets: Offsets, sentences: Sequence[Span], verdict: tuple[float, float]
) -> PassageRead:
    """Return the reading of one text from its tokens' logits; token 0 stands for "nowhere" and has an empty offset."""
    none = float(first[0] + last[0])
    each = tuple(marked(text, first, last, offsets, s, none) for s in sentences)
    found = [m for m in each if m is not None]
    best = max(found, key=lambda m: m.score) if found else marked(text, first, last, offsets, Span(0, len(text)), none)
    return PassageRead(*verdict, best, each)


def shortened(question: str, words: int = 64) -> str:
    """Return the first words of a question: a reader's window is for the passage."""
    spans: Any = word_spans(question)
    return question if len(spans) <= words else question[: spans[words - 1].end]
