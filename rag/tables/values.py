"""What stands in a cell, read once: numbers with units and thousands marks, dates, times, scores, nothing.

In: the text of a cell. Out: a number to order and reckon by, or none; a column has one kind, that of most of its cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.text import fold

Kind = Literal["text", "number", "date", "time"]

MOST = 0.7  # of the cells of a column that are days or times
HALF = 0.5  # that are numbers: "Free", "Loan" and "Undisclosed" may stand among fees
_NOTHING = re.compile(
    r"[-–—−.?*/\s]*|n/?a\.?|none|nil|tb[acd]|unknown|not (?:known|available|applicable)", re.IGNORECASE
)
_NOTE = re.compile(r"\[(?:\d{1,3}|[a-z]|note \d+)\]|[†‡*¹²³]+$")
_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-−–+(]?)\s?[£$€¥₹]?\s?"
    r"(?P<whole>\d{1,3}(?:(?P<mark>[,. '’\u00a0\u202f])\d{3})(?:(?P=mark)\d{3})*(?!\d)|\d+)"
    r"(?P<part>[.,]\d+)?"
)
_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d\d(?:\.\d+)?)(?:\s*(?:[ap]m|min|hrs?|h))?(?!\d)", re.IGNORECASE)
_SCORE = re.compile(r"(?:[WLTD],? )?(\d{1,3})\s?[-–:]\s?(\d{1,3})(?![\d:.])")
_MONTHS = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<m>\d\d)(?:-(?P<day>\d\d))?\b",
        r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\.? (?:of )?" + _MONTH + r",? (?P<year>\d{4})\b",
        r"\b" + _MONTH + r" (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})\b",
        r"\b" + _MONTH + r",? (?P<year>\d{4})\b",
        r"\b(?P<day>\d{1,2})[./](?P<m>\d{1,2})[./](?P<year>\d{4})\b",
        r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)? (?:of )?" + _MONTH + r"(?![a-z])",
        r"\b" + _MONTH + r" (?P<day>\d{1,2})(?!\d)",
        r"^" + _MONTH + r"$",
        r"^(?P<year>1[0-9]\d\d|20\d\d|21\d\d)(?:\s?[/–-]\s?\d{2,4})?$",
    )
)

Day = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Value:
    """One cell: its text without footnote marks, and what it can be read as. ``day`` is (year, month, day), 0: not
    told."""

    text: str
    number: float | None = None
    day: Day | None = None
    seconds: float | None = None
    leads: bool = False  # the number is what the cell is about, not a figure inside a name


def read(text: str) -> Value | None:
    """Read a cell; ``None`` where it holds nothing ("—", "n/a", "")."""
    bare = _NOTE.sub("", text).strip()
    if _NOTHING.fullmatch(bare):
        return None
    number, leads = number_in(bare)
    return Value(bare, number, day(bare), _seconds(bare), leads)


def number_in(text: str) -> tuple[float | None, bool]:
    """The first number of a text, and whether hardly anything stands before it."""
    found = _NUMBER.search(text)
    if not found:
        return None, False
    whole, mark, part = found["whole"], found["mark"], found["part"] or ""
    if mark == "." and not part and whole.count(".") == 1:  # "1.234" alone: a decimal point
        mark = None
    figure = whole.replace(mark, "") if mark else whole
    number = float(figure + part.replace(",", "."))
    before = text[: found.start()].strip()
    sign = found["sign"]
    if (sign in {"-", "−", "–"} and not before) or (sign == "(" and text.rstrip().endswith(")") and not before):
        number = -number
    return number, not re.search(r"[^\W\d_]{2,}", before) and len(before) <= 4


def day(text: str) -> Day | None:
    """The first date of a text."""
    for pattern in _DATES:
        found = pattern.search(text)
        if found:
            parts = found.groupdict()
            month = _MONTHS[parts["month"].lower()] if parts.get("month") else int(parts.get("m") or 0)
            the_day = int(parts.get("day") or 0)
            if month > 12 >= the_day > 0:  # 05/23/2024: the month first
                month, the_day = the_day, month
            if month <= 12 and the_day <= 31:
                return int(parts.get("year") or 0), month, the_day
    return None


def _seconds(text: str) -> float | None:
    found = _TIME.match(text)
    if not found:
        return None
    return 3600 * float(found[1] or 0) + 60 * float(found[2]) + float(found[3])


def kind_of(values: Sequence[Value | None]) -> Kind:
    """What most cells of a column are."""
    held = [v for v in values if v is not None]
    if not held:
        return "text"
    enough = MOST * len(held)
    if sum(v.day is not None for v in held) >= enough:
        return "date"
    if sum(v.seconds is not None for v in held) >= enough:
        return "time"
    return "number" if sum(v.leads for v in held) > HALF * len(held) else "text"


def order(value: Value | None, kind: Kind) -> float | None:
    """What a cell is ordered and reckoned by in a column of this kind: days as yyyymmdd, times in seconds."""
    if value is None:
        return None
    if kind == "date":
        return None if value.day is None else float(value.day[0] * 10000 + value.day[1] * 100 + value.day[2])
    if kind == "time":
        return value.seconds
    return value.number if value.leads else None


def margin(text: str) -> float | None:
    """By how much a score was won: 4 of "21–17"."""
    found = _SCORE.match(text)
    return abs(float(found[1]) - float(found[2])) if found else None


def same(text: str) -> str:
    """The form in which two cells are one: folded, without footnote marks."""
    return " ".join(fold(_NOTE.sub("", text)).split())
