"""Dates that a text counts from its own: "yesterday", "last December", "two years ago", "el mes pasado".

In: text, its language and the day it was written. Out: where each stands and which days it means. What may mean two
things ("next Friday", "last summer", "a few days ago") is left alone. English and Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.check.calendar import DAY, Date, Period, day, month, months_away, week, years
from rag.check.wordlists import wordlists
from rag.text import fold
from rag.types import Span

Meaning = Callable[[re.Match[str], Date], "Period | None"]


@dataclass(frozen=True, slots=True)
class Counted:
    """An expression that is counted from the day of writing, and what it means."""

    span: Span
    period: Period


def relative(text: str, language: str, anchor: Date) -> list[Counted]:
    """Return the expressions of ``text`` that are counted from ``anchor``, in order; the longest where two overlap."""
    rules = _RULES["es" if language == "es" else "en"]
    found = sorted(_found(text, rules, anchor), key=lambda c: (c.span.start, -c.span.end))
    kept: list[Counted] = []
    for counted in found:
        if not kept or counted.span.start >= kept[-1].span.end:
            kept.append(counted)
    return kept


def _found(text: str, rules: list[tuple[re.Pattern[str], Meaning]], anchor: Date) -> Iterator[Counted]:
    for pattern, meaning in rules:
        for m in pattern.finditer(text):
            try:
                period = meaning(m, anchor)
            except (OverflowError, ValueError):  # "3000 years ago" lies before the calendar begins
                continue
            if period:
                yield Counted(Span(m.start(), m.end()), period)


# ---------------------------------------------------------------- meanings

_STEP = {"last": -1, "past": -1, "this": 0, "current": 0, "next": 1, "coming": 1}
_ES_STEP = {"pasad": -1, "ultim": -1, "est": 0, "proxim": 1, "que viene": 1, "entrante": 1, "anterior": -1}
_UNITS = {
    "day": "day", "week": "week", "month": "month", "year": "year", "quarter": "quarter", "century": "century",
    "decade": "decade", "fortnight": "fortnight", "weekend": "weekend",
    "dia": "day", "semana": "week", "mes": "month", "ano": "year", "trimestre": "quarter", "siglo": "century",
    "decada": "decade", "quincena": "fortnight", "fin de semana": "weekend",
}  # fmt: skip


def _unit(word: str) -> str:
    folded = fold(word)
    return _UNITS.get(folded) or _UNITS.get(folded.removesuffix("s")) or _UNITS.get(folded.removesuffix("es")) or ""


def _step(word: str) -> int:
    folded = fold(word)
    if folded in _STEP:
        return _STEP[folded]
    return next(step for stem, step in _ES_STEP.items() if folded.startswith(stem))


def _count(word: str) -> int:
    folded = fold(word)
    if folded.isdigit():
        return int(folded)
    return 1 if folded in {"a", "an"} else int(wordlists()["cardinals"][folded])


def _shifted(unit: str, steps: int, anchor: Date) -> Period | None:
    """The whole unit that lies ``steps`` units from the one that ``anchor`` is in."""
    match unit:
        case "day":
            return day(anchor + steps * DAY)
        case "week":
            return week(anchor + 7 * steps * DAY)
        case "weekend":  # the last one ended before this week; the next may be this one or the one after
            return Period(week(anchor).first - 2 * DAY, week(anchor).first - DAY) if steps < 0 else None
        case "month":
            return month(anchor.year, anchor.month + steps)
        case "quarter":
            first = month(anchor.year, 3 * ((anchor.month - 1) // 3 + steps) + 1).first
            return Period(first, month(first.year, first.month + 2).last)
        case "year":
            return years(anchor.year + steps)
        case "century":
            begins = 100 * ((anchor.year - 1) // 100 + steps) + 1
            return years(begins, begins + 99)
        case _:
            return None


def _named_unit(m: re.Match[str], anchor: Date) -> Period | None:
    return _shifted(_unit(m["unit"]), _step(m["step"]), anchor)


def _named_month(m: re.Match[str], anchor: Date) -> Period | None:
    number, step = int(wordlists()["months"][fold(m["month"])]), _step(m["step"])
    if m["month"] in {"may", "march", "august"}:  # "this may help"
        return None
    if step == 0:
        return month(anchor.year, number)
    if step < 0:
        return month(anchor.year - (number >= anchor.month), number)
    return month(anchor.year + (number <= anchor.month), number)


def _named_weekday(m: re.Match[str], anchor: Date) -> Period | None:
    """ "Last Friday" lies before today, "this Friday" in this week; "next Friday" may be either of two."""
    number, step = int(wordlists()["weekdays"][fold(m["weekday"])]), _step(m["step"])
    if step < 0:
        return day(anchor - ((anchor.isoweekday() - number - 1) % 7 + 1) * DAY)
    return day(week(anchor).first + (number - 1) * DAY) if step == 0 else None


def _away(m: re.Match[str], anchor: Date, sign: int) -> Period | None:
    """So many units before or after the day: a day or week is told to the day, a month or year as a whole."""
    count, unit = sign * _count(m["count"]), _unit(m["unit"])
    if unit == "week":
        return week(anchor + 7 * count * DAY)
    if unit == "decade":
        return years(anchor.year + 10 * count)
    return None if unit == "century" else _shifted(unit, count, anchor)


def _stretch(m: re.Match[str], anchor: Date) -> Period | None:
    """ "In the past two years": up to today, or from today on."""
    count, unit, step = _count(m["count"] or "1"), _unit(m["unit"]), _step(m["step"])
    if unit in {"day", "week", "fortnight"}:
        other = anchor + step * count * {"day": 1, "week": 7, "fortnight": 14}[unit] * DAY
    elif unit in {"month", "quarter", "year", "decade"}:
        other = months_away(anchor, step * count * {"month": 1, "quarter": 3, "year": 12, "decade": 120}[unit])
    else:
        return None
    return Period(min(anchor, other), max(anchor, other))


def _days(offset: int) -> Meaning:
    return lambda m, anchor: day(anchor + offset * DAY)


# ---------------------------------------------------------------- expressions

_SPELT = "|".join(sorted([*wordlists()["cardinals"], "an", "a"], key=len, reverse=True))
_COUNT = rf"(?<![\d.,])(?P<count>\d{{1,3}}|{_SPELT})"
_MONTHS = "|".join(m for m in wordlists()["months"] if len(m) > 4 or m in {"may", "june", "july", "mayo"})
_EN_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_ES_DAYS = "lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo"
_EN_UNITS = r"(?P<unit>day|week|fortnight|month|quarter|year|decade)s?"
_ES_UNITS = r"(?P<unit>d[ií]a|semana|quincena|mes(?:es)?|trimestre|a[nñ]o|d[eé]cada)s?"
# "The last week of May" and "the next year" count from what is told, not from the day of writing.
_OWN = r"(?<!\bthe )(?<!\bThe )"
_NOT_OF = r"(?!\s+(?:of|in which)\b)"

_ENGLISH: tuple[tuple[str, Meaning], ...] = (
    (r"the day before yesterday", _days(-2)),
    (r"(?<!before )yesterday(?: (?:morning|afternoon|evening|night))?|last night", _days(-1)),
    (r"today|tonight|this (?:morning|afternoon|evening)", _days(0)),
    (r"the day after tomorrow", _days(2)),
    (r"(?<!after )tomorrow(?: (?:morning|afternoon|evening|night))?", _days(1)),
    (rf"{_OWN}(?P<step>last|this|next) (?P<unit>week|month|quarter|year|century){_NOT_OF}", _named_unit),
    (rf"{_OWN}(?P<step>last) (?P<unit>weekend){_NOT_OF}", _named_unit),
    (r"the (?P<step>current|coming) (?P<unit>week|month|quarter|year|century)", _named_unit),
    (rf"{_OWN}(?P<step>last|this|next) (?P<month>{_MONTHS}){_NOT_OF}", _named_month),
    (rf"{_OWN}(?P<step>last|this) (?P<weekday>{_EN_DAYS}){_NOT_OF}", _named_weekday),
    (rf"{_COUNT} {_EN_UNITS} ago", lambda m, anchor: _away(m, anchor, -1)),
    (rf"(?:in )?{_COUNT} {_EN_UNITS}(?: from now|['’]? time)", lambda m, anchor: _away(m, anchor, 1)),
    (
        rf"(?:in|over|during|within|for) the (?P<step>last|past|next|coming) (?:{_COUNT} )?{_EN_UNITS}{_NOT_OF}",
        _stretch,
    ),
)  # fmt: skip
_SPANISH: tuple[tuple[str, Meaning], ...] = (
    (r"anteayer|antier|antes de ayer", _days(-2)),
    (r"(?<!antes de )ayer|anoche", _days(-1)),
    (r"hoy|esta (?:ma[nñ]ana|tarde|noche)", _days(0)),
    (r"pasado ma[nñ]ana", _days(2)),
    (r"(?<!\bla )(?<!\besta )(?<!\buna )(?<!\bcada )(?<!pasado )(?<!\bLa )ma[nñ]ana", _days(1)),
    (
        r"(?:el|la) (?P<unit>semana|mes|trimestre|a[nñ]o|siglo|fin de semana) "
        r"(?P<step>pasad[oa]|pr[oó]xim[oa]|que viene|entrante)",
        _named_unit,
    ),
    (r"(?:el|la) (?P<step>pasad[oa]|pr[oó]xim[oa]) (?P<unit>semana|mes|trimestre|a[nñ]o|fin de semana)", _named_unit),
    (r"(?P<step>est[ea]) (?P<unit>semana|mes|trimestre|a[nñ]o|siglo)", _named_unit),
    (rf"(?:el |en )?(?P<month>{_MONTHS}) (?P<step>pasado|pr[oó]ximo|que viene)", _named_month),
    (rf"el (?P<step>pasado|pr[oó]ximo) (?P<month>{_MONTHS})", _named_month),
    (rf"(?P<step>este) (?P<month>{_MONTHS})", _named_month),
    (rf"(?:el )?(?P<weekday>{_ES_DAYS}) (?P<step>pasado)", _named_weekday),
    (rf"el (?P<step>pasado) (?P<weekday>{_ES_DAYS})", _named_weekday),
    (rf"(?P<step>este) (?P<weekday>{_ES_DAYS})", _named_weekday),
    # "desde hace dos años" and "hace dos años que" tell how long, not when
    (rf"(?<!desde )hace {_COUNT} {_ES_UNITS}(?! que\b)", lambda m, anchor: _away(m, anchor, -1)),
    (rf"dentro de {_COUNT} {_ES_UNITS}", lambda m, anchor: _away(m, anchor, 1)),
    (
        rf"en (?:el|la|los|las) (?P<step>[uú]ltim[oa]s?|pr[oó]xim[oa]s?) (?:{_COUNT} )?{_ES_UNITS}",
        _stretch,
    ),
)
_RULES = {
    code: [(re.compile(rf"\b(?:{pattern})\b", re.I), meaning) for pattern, meaning in rules]
    for code, rules in (("en", _ENGLISH), ("es", _SPANISH))
}
