"""Text that was recognised in a picture: where its words stand in the text and on the page, and how sure they are.

In: the words of a document, or their packed form, which is kept with the document's metadata under `KEY`. Out: the
same; the mean confidence of a stretch of text; answers whose footnotes on recognised text say so. It reads no picture.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.types import Answer, Citation, Span

if TYPE_CHECKING:
    from rag.library import Library

KEY = "recognised"
_WORD = struct.Struct("<IHB4H")
_WHOLE = 0xFFFF  # of a page's width or height


@dataclass(frozen=True, slots=True)
class Seen:
    """A recognised word: its span in the canonical text, the probability (0 to 1) that it was read rightly, and its
    rectangle, each number a share of the page's width or height from the upper left corner."""

    span: Span
    confidence: float
    left: float
    top: float
    right: float
    bottom: float


def packed(words: Iterable[Seen]) -> str:
    """Return words as text, about eleven characters each."""
    data = b"".join(
        _WORD.pack(
            w.span.start,
            min(w.span.end - w.span.start, _WHOLE),
            round(255 * w.confidence),
            *(round(_WHOLE * min(1.0, max(0.0, share))) for share in (w.left, w.top, w.right, w.bottom)),
        )
        for w in words
    )
    return base64.b85encode(zlib.compress(data)).decode("ascii")


def unpacked(text: str) -> list[Seen]:
    """Return what `packed` made a text of; none for an empty one."""
    data = zlib.decompress(base64.b85decode(text)) if text else b""
    return [
        Seen(Span(start, start + length), sure / 255, *(share / _WHOLE for share in box))
        for start, length, sure, *box in _WORD.iter_unpack(data)
    ]


def confidence(words: Iterable[Seen], start: int, end: int) -> float | None:
    """Return the mean confidence of the letters between two offsets; None where nothing there was recognised."""
    found = [(w.confidence, w.span.end - w.span.start) for w in words if w.span.start < end and start < w.span.end]
    letters = sum(length for _, length in found)
    return sum(sure * length for sure, length in found) / letters if letters else None


def labelled(answer: Answer, library: Library) -> Answer:
    """Say beside each footnote that stands on recognised text that it does, and how sure the recognition is."""
    known = {c.source: library.document(c.source).metadata.get(KEY, "") for c in answer.citations}
    if not any(known.values()):
        return answer
    words = {source: unpacked(text) for source, text in known.items()}

    def noted(citation: Citation) -> Citation:
        sure = confidence(words[citation.source], citation.quote_start, citation.quote_end)
        if sure is None:
            return citation
        label = f"recognised text, {min(sure, 0.99):.2f}"  # no recognition is certain
        return replace(citation, note="; ".join(filter(None, (citation.note, label))))

    return replace(answer, citations=tuple(map(noted, answer.citations)))
