"""The picture of one page of a PDF, and the rectangles on it that quotes take up.

In: the bytes of a PDF, a page, its canonical text with the spans to mark. Out: a `PagePicture`. It runs in the process
of `ingest/worker.py` and nowhere else: pdfium is not thread-safe, and what a stranger wrote may crash it.
"""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.locate import locate
from rag.errors import ReadError
from rag.types import Span

WIDTH = 1240  # pixels: an A4 page at 150 dots an inch
MOST_PIXELS = 4_000_000
_SIDEWAYS = 0.7  # the sine of an angle beyond which a line of text runs up or down
_GAP = 2.5  # times the height of a line; a wider gap parts two rectangles
_UNITS = 100  # of a point: pdfium turns places into whole numbers


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page to draw, counted from 1, and which spans of its canonical ``text`` to look for."""

    page: int
    text: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; every number is a share of the picture's width or height, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as PNG. ``marks`` holds the rectangles of each span asked for; none where it could not be found."""

    png: bytes
    width: int
    height: int
    marks: tuple[tuple[Box, ...], ...] = ()


def draw_page(data: bytes, request: PageRequest) -> PagePicture:
    """Draw a page and find the spans on it; `ReadError` when it cannot be drawn."""
    import pypdfium2

    if not data[:1024].lstrip().startswith(b"%PDF-"):
        from ingest.read_picture import frame, opened

        with opened(data) as picture:
            image = frame(picture, request.page)
        scale = min(WIDTH / image.width, math.sqrt(MOST_PIXELS / (image.width * image.height)))
        return _png(image.resize([max(1, round(side * scale)) for side in image.size]), ((),) * len(request.spans))
    try:
        document: Any = pypdfium2.PdfDocument(data)
        try:
            if not 1 <= request.page <= len(document):
                raise ReadError(f"it has {len(document):,} pages, and not a page {request.page:,}")
            document.init_forms()
            page = document[request.page - 1]
            marks = _marks(page, request)
            return _drawn(page, marks)
        finally:
            document.close()
    except pypdfium2.PdfiumError as error:
        raise ReadError(f"page {request.page:,} cannot be drawn ({error})") from error


def _drawn(page: Any, marks: tuple[tuple[Box, ...], ...]) -> PagePicture:
    width, height = page.get_size()
    scale = min(WIDTH / width, math.sqrt(MOST_PIXELS / (width * height)))
    return _png(page.render(scale=scale).to_pil(), marks)


def _png(image: Any, marks: tuple[tuple[Box, ...], ...]) -> PagePicture:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return PagePicture(out.getvalue(), image.width, image.height, marks)


def _marks(page: Any, request: PageRequest) -> tuple[tuple[Box, ...], ...]:
    if not request.spans:
        return ()
    text_page = page.get_textpage()
    try:
        shown = _characters(text_page)
        canvas = _Canvas(page, text_page)
        return tuple(
            tuple(box for found in locate(shown, request.text, span) for box in canvas.lines(shown, found))
            for span in request.spans
        )
    finally:
        text_page.close()


def _characters(text_page: Any) -> str:
    """Return the characters of a page, one for each index of pdfium; what is no character is a blank."""
    import pypdfium2.raw as raw

    codes = (raw.FPDFText_GetUnicode(text_page, n) for n in range(text_page.count_chars()))
    return "".join(chr(code) if 0 < code < 0x110000 else " " for code in codes)


class _Canvas:
    """Turns the characters of a page into rectangles, as the page is seen: cropped and turned."""

    def __init__(self, page: Any, text_page: Any) -> None:
        self._page, self._text = page, text_page
        width, height = page.get_size()
        self._size = max(1, round(width * _UNITS)), max(1, round(height * _UNITS))
        self._turned = page.get_rotation() in (90, 270)

    def lines(self, shown: str, found: Span) -> Iterator[Box]:
        """One rectangle for each line, or part of a line, that the characters of ``found`` stand in."""
        line: list[float] = []
        for n in range(found.start, found.end):
            if shown[n].isspace():
                continue
            corners = self._corners(n)
            if corners is None:
                continue
            if line and _goes_on(line, corners, sideways=self._is_sideways(n)):
                line = [*map(min, line[:2], corners[:2]), *map(max, line[2:], corners[2:])]
            else:
                yield from self._box(line)
                line = corners
        yield from self._box(line)

    def _is_sideways(self, n: int) -> bool:
        import pypdfium2.raw as raw

        return (abs(math.sin(raw.FPDFText_GetCharAngle(self._text, n))) > _SIDEWAYS) != self._turned

    def _corners(self, n: int) -> list[float] | None:
        """Return left, top, right and bottom of a character on the canvas."""
        import pypdfium2.raw as raw

        left, bottom, right, top = self._text.get_charbox(n, loose=True)
        if right <= left or top <= bottom:
            left, bottom, right, top = self._text.get_charbox(n)
        if not all(map(math.isfinite, (left, bottom, right, top))) or right <= left or top <= bottom:
            return None
        x, y = ctypes.c_int(), ctypes.c_int()
        places: list[tuple[int, int]] = []
        for corner in ((left, top), (right, bottom)):
            if not raw.FPDF_PageToDevice(self._page, 0, 0, *self._size, 0, *corner, x, y):
                return None
            places.append((x.value, y.value))
        (x1, y1), (x2, y2) = places
        return [min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)]

    def _box(self, line: Sequence[float]) -> Iterator[Box]:
        """Cut a line at the edges of the page; nothing where it lies beyond them."""
        if not line:
            return
        width, height = self._size
        left, right = (min(max(line[n] / width, 0.0), 1.0) for n in (0, 2))
        top, bottom = (min(max(line[n] / height, 0.0), 1.0) for n in (1, 3))
        if right > left and bottom > top:
            yield Box(round(left, 5), round(top, 5), round(right - left, 5), round(bottom - top, 5))


def _goes_on(line: Sequence[float], corners: Sequence[float], *, sideways: bool) -> bool:
    """Say whether a character stands in the line: beside it, not above or below, and not far away."""
    along, across = (1, 0) if sideways else (0, 1)
    overlap = min(line[across + 2], corners[across + 2]) - max(line[across], corners[across])
    thick = min(line[across + 2] - line[across], corners[across + 2] - corners[across])
    gap = max(line[along], corners[along]) - min(line[along + 2], corners[along + 2])
    return overlap > 0.5 * thick and gap < _GAP * thick
