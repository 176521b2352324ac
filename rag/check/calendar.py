"""Stretches of the calendar: what a date that a text writes or means stands for.

In: dates in the normal form of `rag/check/facts.py` ("2024-2-5", "2023-12-*"). Out: `Period`, whole days from first to
last, and how a person would write it. It reads no text.
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

Date = datetime.date
DAY = datetime.timedelta(days=1)
FIRST, LAST = Date.min, Date.max
_NAMES = {
    "en": "January February March April May June July August September October November December".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
}


@dataclass(frozen=True, slots=True)
class Period:
    """From ``first`` to ``last``, both inside; `FIRST` and `LAST` stand for an open end."""

    first: Date
    last: Date

    def meets(self, other: Period) -> bool:
        """Tell whether a day lies in both."""
        return self.first <= other.last and other.first <= self.last

    def within(self, other: Period) -> bool:
        """Tell whether all of it lies in the other."""
        return other.first <= self.first and self.last <= other.last

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def holds(self, day: Date) -> bool:
        """Tell whether a day lies inside."""
        return self.first <= day <= self.last


def day(when: Date) -> Period:
    """Return one day as a period."""
    return Period(when, when)


def week(when: Date) -> Period:
    """Return the week, Monday to Sunday, that ``when`` lies in."""
    monday = when - DAY * when.weekday()
    return Period(monday, monday + 6 * DAY)


def month(year: int, number: int) -> Period:
    """Return a month; ``number`` may run over either end of the year (0 is last December)."""
    year, number = year + (number - 1) // 12, (number - 1) % 12 + 1
    return Period(Date(year, number, 1), Date(year, number, calendar.monthrange(year, number)[1]))


def years(first: int, last: int | None = None) -> Period:
    """Return one year, or all from ``first`` to ``last``."""
    return Period(Date(first, 1, 1), Date(first if last is None else last, 12, 31))


def months_away(when: Date, count: int) -> Date:
    """Return the same day ``count`` months on, or the last day of that month."""
    whole = month(when.year, when.month + count)
    return whole.first.replace(day=min(when.day, whole.last.day))


def written(value: str, near: Date | None = None) -> Period | None:
    """Return the period of a date in normal form; one without a year is the nearest such to ``near``.

    >>> written("2023-12-*")
    Period(first=datetime.date(2023, 12, 1), last=datetime.date(2023, 12, 31))
    """
    year, number, the_day = value.split("-")
    if year != "*":
        return _of(int(year), number, the_day)
    if near is None:
        return None
    tried = (_of(near.year + step, number, the_day) for step in (-1, 0, 1))
    return min((p for p in tried if p), key=lambda p: abs((_middle(p) - near).days), default=None)


def _of(year: int, number: str, the_day: str) -> Period | None:
    if not datetime.MINYEAR <= year < datetime.MAXYEAR:  # "0000-12-*" is written in documents, and on no calendar
        return None
    if number == "*":
        return years(year)
    whole = month(year, int(number))
    if the_day == "*":
        return whole
    return day(whole.first.replace(day=int(the_day))) if int(the_day) <= whole.last.day else None


def _middle(period: Period) -> Date:
    return period.first + (period.last - period.first) / 2


def label(period: Period, language: str = "en") -> str:
    """Write a period as a person does: "5 February 2024", "December 2023", "2023", "12-18 June 2022".

    >>> label(month(2023, 12)), label(month(2023, 12), "es"), label(Period(FIRST, Date(2020, 5, 1)))
    ('December 2023', 'diciembre de 2023', 'until 1 May 2020')
    """
    first, last = period.first, period.last
    names = _NAMES.get(language, _NAMES["en"])
    of = " de " if language == "es" else " "
    if first == last:
        return f"{first.day}{of}{names[first.month - 1]}{of}{first.year}"
    if first == FIRST or last == LAST:
        said = ("hasta ", "desde ") if language == "es" else ("until ", "from ")
        return said[0] + label(day(last), language) if first == FIRST else said[1] + label(day(first), language)
    if period == month(first.year, first.month):
        return f"{names[first.month - 1]}{of}{first.year}"
    if period == years(first.year, last.year):
        return f"{first.year}" if first.year == last.year else f"{first.year}–{last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{label(day(last), language)}"
    return f"{label(day(first), language)} – {label(day(last), language)}"
