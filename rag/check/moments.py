"""When a text says something happens: its dates as days of the calendar, bounds and ranges kept.

In: text, its language and, where known, the day it was written. Out: `Moment` values in order: "after 2010", "from
1990 to 1993", "the 1920s", "siglo XIX", and "last December" where the day of writing is known. It judges no question.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.check.calendar import DAY, FIRST, LAST, Date, Period, written, years
from rag.check.facts import dates
from rag.check.relative import relative
from rag.text import fold
from rag.types import Span


@dataclass(frozen=True, slots=True)
class Moment:
    """An expression of time and the days it means.

    ``counted``: it is counted from the day of writing. ``sure`` is false for a date without a year, which is taken for
    the nearest such. ``bound`` is the word that opens one end ("after", "since", "before", "until"), or "".
    """

    span: Span
    period: Period
    counted: bool = False
    sure: bool = True
    bound: str = ""


_ANY = re.compile(
    r"\d{4}|\d[./-]\d|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|set)[a-z]*\b|century|siglo"
    r"|day|week|month|year|decade|tonight|night|tomorrow|hoy|ayer|noche|ma[nñ]ana|semana|mes|a[nñ]o|d[ií]a|d[eé]cada"
    r"|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo",
    re.I,
)
_DECADE = re.compile(
    r"\b(?:the |los (?:a[nñ]os )?)?(?P<y>1\d\d0|20\d0)(?:['’]?s\b)|\baños (?P<y2>1\d\d0|20\d0)\b", re.I
)
# "1990-1993", "1939–45"
_YEARS = re.compile(r"(?<![\w.,-])(?P<a>1\d{3}|20\d\d)\s?[-–—]\s?(?P<b>1\d{3}|20\d\d|\d\d)(?![\w-])")
_CENTURY = re.compile(r"\b(?P<n>\d{1,2})(?:st|nd|rd|th)[ -]century\b|\bsiglo (?P<r>[ivx]+)\b", re.I)
_ROMAN = {"i": 1, "v": 5, "x": 10}


@functools.lru_cache(maxsize=4096)
def moments(text: str, language: str = "en", wrote: Date | None = None) -> tuple[Moment, ...]:
    """Return what a text says of time, in order; ``wrote`` is the day it was written."""
    if not _ANY.search(text):
        return ()
    found: list[Moment] = []
    if wrote:
        found += [Moment(c.span, c.period, counted=True) for c in relative(text, language, wrote)]
    found += [m for m in _spans_of_years(text) if _free(m, found)]
    found += [m for m in _dated(text, language, wrote) if _free(m, found)]
    merged = _ranges(text, sorted(found, key=lambda m: m.span.start))
    return tuple(_bounded(text, m) for m in merged)


def _free(moment: Moment, taken: list[Moment]) -> bool:
    return all(moment.span.end <= t.span.start or moment.span.start >= t.span.end for t in taken)


def _spans_of_years(text: str) -> Iterator[Moment]:
    for m in _DECADE.finditer(text):
        first = int(m["y"] or m["y2"])
        yield Moment(Span(m.start(), m.end()), years(first, first + (99 if first % 100 == 0 else 9)))
    for m in _YEARS.finditer(text):
        last = int(m["b"] if len(m["b"]) == 4 else m["a"][:2] + m["b"])
        if last > int(m["a"]):
            yield Moment(Span(m.start(), m.end()), years(int(m["a"]), last), bound="between")
    for m in _CENTURY.finditer(text):
        number = int(m["n"]) if m["n"] else _roman(fold(m["r"]))
        if 1 <= number <= 30:
            yield Moment(Span(m.start(), m.end()), years(100 * number - 99, 100 * number))


def _roman(letters: str) -> int:
    values = [_ROMAN[c] for c in letters]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))


def _dated(text: str, language: str, wrote: Date | None) -> Iterator[Moment]:
    """The dates written out; one that may be read two ways is left alone, one without a year is near ``wrote``."""
    for fact in dates(text, language):
        if "|" in fact.value:
            continue
        yearless = fact.value.startswith("*")
        period = written(fact.value, wrote)
        if period:
            yield Moment(Span(fact.start, fact.end), period, sure=not yearless)
        elif yearless and wrote is None:
            yield Moment(Span(fact.start, fact.end), Period(FIRST, LAST), sure=False)


_TO = re.compile(r"\s*(?:-|–|—|to|until|till|through|and|a|al|hasta|y)\s*(?:the |el |de )?\Z", re.I)
_FROM = re.compile(r"\b(?:from|between|desde|entre|del?)\s+(?:the |el )?\Z", re.I)
_DASH = re.compile(r"\s*[-–—]\s*\Z")


def _ranges(text: str, found: list[Moment]) -> list[Moment]:
    """ "From 1990 to 1993", "1990-1993", "4 January to 24 March 1927": two dates that are the ends of one."""
    out: list[Moment] = []
    for moment in found:
        before = out[-1] if out else None
        between = text[before.span.end : moment.span.start] if before else ""
        opened = before and (_FROM.search(text[max(0, before.span.start - 12) : before.span.start]))
        if before and _TO.fullmatch(between) and (opened or _DASH.fullmatch(between)):
            first = _with_year(text, before, moment)
            if first <= moment.period.last and not before.bound:
                joined = Period(first, moment.period.last)
                counted = before.counted or moment.counted
                out[-1] = Moment(Span(before.span.start, moment.span.end), joined, counted, moment.sure, "between")
                continue
        out.append(moment)
    return out


def _with_year(text: str, first: Moment, second: Moment) -> Date:
    """ "4 January to 24 March 1927": the first date has the year of the second."""
    if first.sure:
        return first.period.first
    known = next((f for f in dates(first.span.of(text), "en") if f.value.startswith("*")), None)
    period = written(known.value, second.period.first) if known else None
    return period.first if period else first.period.first


_BOUNDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})\s+(?:the\s+|el\s+|la\s+|about\s+|early\s+|late\s+|end of\s+)*\Z", re.I))
    for name, words in (
        ("after", "after|following|later than|beyond|despu[eé]s de|despu[eé]s del|tras|a partir de"),
        ("since", "since|from|starting(?: in| on)?|as of|as from|desde|from about"),
        ("before", "before|prior to|earlier than|ahead of|antes de|antes del|previo a"),
        ("until", "until|till|by|up to|up until|hasta|para"),
    )
)


def _bounded(text: str, moment: Moment) -> Moment:
    if moment.bound or not moment.sure:
        return moment
    lead = text[max(0, moment.span.start - 32) : moment.span.start]
    for name, pattern in _BOUNDS:
        m = pattern.search(lead)
        if m:
            start = moment.span.start - len(lead) + m.start()
            return replace(moment, span=Span(start, moment.span.end), period=_opened(name, moment.period), bound=name)
    return moment


def _opened(bound: str, period: Period) -> Period:
    match bound:
        case "after":
            return Period(period.last + DAY, LAST) if period.last < LAST else period
        case "since":
            return Period(period.first, LAST)
        case "before":
            return Period(FIRST, period.first - DAY) if period.first > FIRST else period
        case _:
            return Period(FIRST, period.last)
