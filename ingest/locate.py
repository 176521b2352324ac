"""Where a stretch of canonical text stands among the characters of a PDF page.

In: the characters of a page in pdfium's order, the page's canonical text, a span of it. Out: ranges of the page's
characters. The two differ in white space, hyphens at line ends, running heads, ligatures and normal forms, so only
letters and digits are compared. Nothing is returned rather than a guess.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator

from rag.types import Span

_SURE = 90.0  # of 100: how alike a stretch of the page must be when it is not the same letter for letter
_NAMES = re.compile(r"(?:^|(?<=; ))[^;:\n]{1,80}: ", re.M)  # of the columns, before each value of a row
_FEW = 16  # letters; shorter stretches are too soon alike


def locate(page: str, text: str, span: Span) -> tuple[Span, ...]:
    """Return the ranges of ``page`` that show ``span`` of ``text``, or nothing where that is not certain."""
    shown, places = letters(page)
    told, origins = letters(text)
    first, last = bisect_left(origins, span.start), bisect_left(origins, span.end)
    quote = text[span.start : span.end]
    # The row of a table has the names of its columns in the text, and only its values in the line on the page.
    values = letters(_NAMES.sub("", quote))[0] if len(_NAMES.findall(quote)) > 1 else ""
    for wanted in (told[first:last], values):
        at = _best(shown, wanted, told[:first], told[last:]) if wanted else None
        if at is not None:
            return (_widened(page, Span(places[at], places[at + len(wanted) - 1] + 1), quote),)
    return _alike(shown, places, told[first:last])


def letters(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of ``text``, taken apart and without case, and the place that each came from."""
    found: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = character if character.isascii() else unicodedata.normalize("NFKD", character)
        for part in plain.casefold():
            if part.isalnum():
                found.append(part)
                places.append(place)
    return "".join(found), places


def _best(shown: str, wanted: str, before: str, after: str) -> int | None:
    """Return where ``wanted`` stands; where it stands often, the place whose surroundings are most like its own."""
    reversed_before, reversed_shown = before[::-1], shown[::-1]
    best, most = None, -1
    for at in _all(shown, wanted):
        end = at + len(wanted)
        like = _shared(reversed_shown[len(shown) - at :], reversed_before) + _shared(shown[end:], after)
        if like > most:
            best, most = at, like
    return best


def _all(shown: str, wanted: str) -> Iterator[int]:
    at = shown.find(wanted)
    while at >= 0:
        yield at
        at = shown.find(wanted, at + 1)


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _widened(page: str, found: Span, quote: str) -> Span:
    """Take in the punctuation that the quote begins and ends with, and an accent that is a character of its own."""
    start, end = found.start, found.end
    marks = len(quote) - len(quote.lstrip()), len(quote.rstrip())
    lead = next((n for n, c in enumerate(quote[marks[0] :]) if c.isalnum()), 0)
    tail = next((n for n, c in enumerate(reversed(quote[: marks[1]])) if c.isalnum()), 0)
    while lead and start and _is_mark(page[start - 1]):
        start, lead = start - 1, lead - 1
    while end < len(page) and unicodedata.combining(page[end]):
        end += 1
    while tail and end < len(page) and _is_mark(page[end]):
        end, tail = end + 1, tail - 1
    return Span(start, end)


def _is_mark(character: str) -> bool:
    return not character.isalnum() and not character.isspace()


def _alike(shown: str, places: list[int], wanted: str) -> tuple[Span, ...]:
    if not _FEW <= len(wanted) <= len(shown):
        return ()
    from rapidfuzz import fuzz

    found = fuzz.partial_ratio_alignment(wanted, shown, score_cutoff=_SURE)
    if found is None or found.dest_end <= found.dest_start:
        return ()
    return (Span(places[found.dest_start], places[found.dest_end - 1] + 1),)
