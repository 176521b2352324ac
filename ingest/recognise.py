"""Text in pictures, by RapidOCR (the extra `ocr`): the lines of a page, its words with their places and confidences.

In: the picture of a page. Out: `Line` values like those of a printed page, so that columns, tables and paragraphs are
told in the same way, and the words they are made of. A page that lies askew is set straight by the slope of its lines.
The models come with the wheel; nothing is fetched. It runs in the process of `ingest/worker.py`.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from statistics import median
from typing import Any

from ingest.load import Reading
from ingest.locate import letters
from ingest.page_picture import Box
from ingest.pdf_columns import in_order
from ingest.pdf_lines import Line
from ingest.pdf_tables import Cell
from rag.config import Settings
from rag.recognised import KEY, Seen, packed
from rag.types import Span

SIDE = 1800  # pixels of the longer side of a page: type of 9 points is 18 pixels high then
HOW_TO = "to have it recognised, install the extra `ocr`: pip install rapidocr"
_PACKAGE = "rapidocr"
_SHARE = 0.8  # of `max_seconds` that may pass before the next page is begun
_HEADING = 1.35  # times the usual height of a line: less is due to its letters
_APART = 200  # letters by which words may be apart in the text: column names, what was left out


@dataclass(frozen=True, slots=True)
class Word:
    """A word in a picture: its text, its confidence (0 to 1) and its rectangle as shares of the page."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class Page:
    """What was recognised on a page: lines in reading order, in points from its lower left corner, and their words."""

    lines: list[Line] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    @property
    def confidence(self) -> float:
        """The mean of the words' confidences, by letters; 0 for a page without any."""
        whole = sum(len(w.text) for w in self.words)
        return sum(w.confidence * len(w.text) for w in self.words) / whole if whole else 0.0


def engine_of(settings: Settings) -> str:
    """Name what recognises, with its version; "" where nothing does: the extra is missing, or `ocr` is off."""
    if settings.ocr == "off" or importlib.util.find_spec(_PACKAGE) is None:
        return ""
    return f"{_PACKAGE} {version(_PACKAGE)}"


class Recogniser:
    """Recognises the pages of one file, as many as ``max_seconds`` let it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.on = bool(engine_of(settings))
        self.why_not = "`ocr` is off" if settings.ocr == "off" else HOW_TO
        self._end = time.monotonic() + _SHARE * settings.max_seconds
        self.late: list[int] = []
        self.doubtful: list[tuple[int, float]] = []

    def page(self, number: int, image: Any) -> Page:
        """Recognise page ``number``, counted from 1; an empty page where it is switched off or time is up."""
        if not self.on:
            return Page()
        if time.monotonic() > self._end:
            self.late.append(number)
            return Page()
        page = recognised(image, self.settings.threads)
        if page.words and page.confidence < self.settings.ocr_report_below:
            self.doubtful.append((number, page.confidence))
        return page

    def warnings(self) -> list[str]:
        """Say which pages were recognised with little confidence, and for which there was no time."""
        told = [f"page {n} was recognised with a confidence of only {sure:.2f}" for n, sure in self.doubtful]
        if self.late:
            limit = self.settings.max_seconds
            told.append(f"no time to recognise {len(self.late)} pages from page {self.late[0]} (max_seconds = {limit})")
        return told


@functools.cache
def _engine(threads: int) -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.return_word_box": True,
            "Global.use_cls": False,  # what stands on its head is turned by its file, or not read
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def recognised(image: Any, threads: int = 0) -> Page:
    """Recognise the text of a page, given as a picture of Pillow's."""
    import numpy as np

    scale = min(1.0, SIDE / max(image.size))
    small = image.convert("RGB").resize([max(1, round(side * scale)) for side in image.size])
    found = _engine(threads or max(1, (os.cpu_count() or 2) // 2))(np.ascontiguousarray(np.asarray(small)[:, :, ::-1]))
    if found.txts is None:
        return Page()
    width, height = small.size
    words = [
        [Word(str(text), float(sure), *_around(corners, width, height)) for text, sure, corners in line]
        for line in found.word_results
    ]
    corners = [box.tolist() for box in found.boxes]
    return arranged(list(zip(corners, map(str, found.txts), strict=True)), words, height)


def _around(corners: Any, width: int, height: int) -> tuple[float, float, float, float]:
    across, down = [float(x) / width for x, _ in corners], [float(y) / height for _, y in corners]
    return min(across), min(down), max(across), max(down)


def _slope(boxes: Sequence[Sequence[Sequence[float]]]) -> float:
    """Return by how much the lines of a page rise or fall, in radians: the median of its long ones."""
    tops = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2), *_ in boxes]
    widest = max(long for long, _ in tops)
    return median(math.atan2(fall, long) for long, fall in tops if long >= 0.5 * widest)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What the detection found as one line, set straight: its place in pixels from the lower left corner."""

    text: str
    left: float
    right: float
    base: float
    high: float
    words: tuple[Word, ...]


def arranged(
    boxes: Sequence[tuple[Sequence[Sequence[float]], str]], words: Sequence[Sequence[Word]], height: int
) -> Page:
    """Set straight what was found on a page ``height`` pixels high, and put it in reading order. ``boxes`` are the four
    corners of each line, from its upper left one clockwise, and its text; ``words`` are those of each."""
    slope = _slope([corners for corners, _ in boxes])
    turn = math.cos(slope), math.sin(slope)
    pieces = []
    for (corners, text), own in zip(boxes, words, strict=True):
        straight = [(x * turn[0] + y * turn[1], height - (y * turn[0] - x * turn[1])) for x, y in corners]
        left, right = (f(x for x, _ in straight) for f in (min, max))
        top = sum(y for _, y in straight[:2]) / 2
        base = sum(y for _, y in straight[2:]) / 2
        pieces.append(_Piece(text.strip(), left, right, base, max(1.0, top - base), tuple(own)))
    usual = median(piece.high for piece in pieces)
    lines: list[Line] = []
    by_cell: dict[Cell, tuple[Word, ...]] = {}
    for row in _rows(pieces):
        cells = tuple(Cell(piece.text, piece.left, piece.right) for piece in row)
        by_cell |= {cell: piece.words for cell, piece in zip(cells, row, strict=True)}
        high = max(piece.high for piece in row)
        size = high if high > _HEADING * usual else usual
        lines.append(Line("  ".join(cell.text for cell in cells), row[0].left, row[0].base, size, cells))
    ordered = in_order(lines)
    return Page(ordered, [word for line in ordered for cell in line.cells for word in by_cell[cell]])


def _rows(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Put what stands side by side into rows, from the top, each from the left."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: -p.base):
        beside = rows and rows[-1][0].base - piece.base < 0.4 * min(piece.high, rows[-1][0].high)
        if beside and all(piece.left >= p.right or piece.right <= p.left for p in rows[-1]):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.left) for row in rows]


def placed(words: Sequence[Word], text: str, page: Span) -> list[Seen]:
    """Find the words of a page, in reading order, in its canonical text; what was left out of it is left out."""
    shown, places = letters(page.of(text))
    at, found = 0, []
    for word in words:
        wanted, _ = letters(word.text)
        start = shown.find(wanted, at, at + _APART + len(wanted)) if wanted else -1
        if start < 0:
            continue
        at = start + len(wanted)
        span = Span(page.start + places[start], page.start + places[at - 1] + 1)
        found.append(Seen(span, word.confidence, word.left, word.top, word.right, word.bottom))
    return found


def with_words(reading: Reading, seen: Mapping[int, Page]) -> Reading:
    """Keep with a reading where the recognised words of its pages, by their numbers from 1, stand in it."""
    found = [w for n, page in seen.items() for w in placed(page.words, reading.text, reading.pages[n - 1])]
    return replace(reading, metadata={**reading.metadata, KEY: packed(found)}) if found else reading


def marks(words: Sequence[Seen], spans: Sequence[Span]) -> tuple[tuple[Box, ...], ...]:
    """Return the rectangles on a page of the words in each span, those side by side in one."""
    return tuple(tuple(_boxes([w for w in words if w.span.start < s.end and s.start < w.span.end])) for s in spans)


def _boxes(words: Sequence[Seen]) -> list[Box]:
    runs: list[list[float]] = []
    for w in words:
        last = runs[-1] if runs else None
        high = w.bottom - w.top
        if last and last[0] < w.left and abs(last[1] - w.top) < 0.5 * high and w.left - last[2] < 2.5 * high:
            runs[-1] = [last[0], min(last[1], w.top), w.right, max(last[3], w.bottom)]
        else:
            runs.append([w.left, w.top, w.right, w.bottom])
    return [Box(left, top, right - left, bottom - top) for left, top, right, bottom in runs]
