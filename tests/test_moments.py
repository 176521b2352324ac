"""What a text says of time, as days of the calendar: written dates, dates counted from its own, bounds, ranges."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.check.calendar import FIRST, LAST, Period, label, month, months_away, week, years
from rag.check.moments import moments
from rag.check.relative import relative
from rag.text import fold

WROTE = date(2024, 2, 5)  # a Monday


@pytest.mark.parametrize(
    ("text", "words", "means"),
    [
        ("It closed yesterday.", "yesterday", "4 February 2024"),
        ("He came the day before yesterday.", "the day before yesterday", "3 February 2024"),
        ("A barge struck it last December.", "last December", "December 2023"),
        ("It opens next May.", "next May", "May 2024"),
        ("It opens next February.", "next February", "February 2025"),
        ("It fell last week.", "last week", "29 January 2024 – 4 February 2024"),
        ("It fell last Friday.", "last Friday", "2 February 2024"),
        ("It fell last Monday.", "last Monday", "29 January 2024"),
        ("She came this Friday.", "this Friday", "9 February 2024"),
        ("Two years ago it burned.", "Two years ago", "2022"),
        ("It burned 3 months ago.", "3 months ago", "November 2023"),
        ("It opens tomorrow morning.", "tomorrow morning", "6 February 2024"),
        ("Next month it closes.", "Next month", "March 2024"),
        ("Last year's fair was small.", "Last year", "2023"),
        ("It was built last century.", "last century", "1901–2000"),
        ("It opens in three weeks' time", "in three weeks' time", "26 February 2024 – 3 March 2024"),
        ("It closed twice in the past two years.", "in the past two years", "5 February 2022 – 5 February 2024"),
        ("It fell last weekend.", "last weekend", "3–4 February 2024"),
    ],
)
def test_english_dates_counted_from_the_day_of_writing(text: str, words: str, means: str) -> None:
    [found] = relative(text, "en", WROTE)
    assert found.span.of(text) == words
    assert label(found.period) == means


@pytest.mark.parametrize(
    ("text", "words", "means"),
    [
        ("Cerró ayer.", "ayer", "4 de febrero de 2024"),
        ("Cerró anteayer.", "anteayer", "3 de febrero de 2024"),
        ("Cerró el mes pasado.", "el mes pasado", "enero de 2024"),
        ("Cerró el pasado martes.", "el pasado martes", "30 de enero de 2024"),
        ("Cerró el miércoles pasado.", "el miércoles pasado", "31 de enero de 2024"),
        ("Ardió en diciembre pasado.", "en diciembre pasado", "diciembre de 2023"),
        ("Hace dos años ardió.", "Hace dos años", "2022"),
        ("Abrirá el año que viene.", "el año que viene", "2025"),
        ("Abrirá la próxima semana.", "la próxima semana", "12–18 de febrero de 2024"),
        ("Llega mañana.", "mañana", "6 de febrero de 2024"),
        ("Abrirá dentro de tres meses.", "dentro de tres meses", "mayo de 2024"),
    ],
)
def test_spanish_dates_counted_from_the_day_of_writing(text: str, words: str, means: str) -> None:
    [found] = relative(text, "es", WROTE)
    assert found.span.of(text) == words
    assert label(found.period, "es") == means


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It rained in the last week of May.", "en"),  # counted from what is told
        ("The next year it closed.", "en"),
        ("A few days ago it rained.", "en"),  # how many is not said
        ("It opens next Friday.", "en"),  # this week's or the one after
        ("Last summer was dry.", "en"),  # summer is not the same everywhere
        ("This may help.", "en"),
        ("3000 years ago the sea came.", "en"),
        ("46,000 years ago it froze.", "en"),
        ("Cada mañana abre a las nueve.", "es"),
        ("Abre por la mañana.", "es"),
        ("Vive aquí desde hace dos años.", "es"),  # how long, not when
        ("Hace dos años que vive aquí.", "es"),
    ],
)
def test_what_may_mean_two_things_is_left_alone(text: str, language: str) -> None:
    assert relative(text, language, WROTE) == []


@pytest.mark.parametrize(
    ("text", "first", "last", "bound"),
    [
        ("in December 2023", date(2023, 12, 1), date(2023, 12, 31), ""),
        ("after December 2023", date(2024, 1, 1), LAST, "after"),
        ("since 2010", date(2010, 1, 1), LAST, "since"),
        ("before 2020", FIRST, date(2019, 12, 31), "before"),
        ("until 5 May 2021", FIRST, date(2021, 5, 5), "until"),
        ("between 1990 and 1993", date(1990, 1, 1), date(1993, 12, 31), "between"),
        ("from 1990 to 1993", date(1990, 1, 1), date(1993, 12, 31), "between"),
        ("1990–1993", date(1990, 1, 1), date(1993, 12, 31), "between"),
        ("From 1945-1949", date(1945, 1, 1), date(1949, 12, 31), "between"),
        ("1939-45", date(1939, 1, 1), date(1945, 12, 31), "between"),
        ("4 January to 24 March 1927", None, None, None),
        ("from January 4 to March 24, 1927", date(1927, 1, 4), date(1927, 3, 24), "between"),
        ("in the 1920s", date(1920, 1, 1), date(1929, 12, 31), ""),
        ("in the 19th century", date(1801, 1, 1), date(1900, 12, 31), ""),
    ],
)
def test_bounds_and_ranges(text: str, first: date | None, last: date | None, bound: str | None) -> None:
    found = moments(text, "en")
    if first is None:  # no "from", no dash: two dates, the first without a year
        assert len(found) == 2
        return
    assert last is not None
    [moment] = found
    assert (moment.period, moment.bound) == (Period(first, last), bound)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("después de mayo de 2020", Period(date(2020, 6, 1), LAST)),
        ("antes de 1990", Period(FIRST, date(1989, 12, 31))),
        ("desde 2010", Period(date(2010, 1, 1), LAST)),
        ("entre 2010 y 2012", Period(date(2010, 1, 1), date(2012, 12, 31))),
        ("en el siglo XIX", Period(date(1801, 1, 1), date(1900, 12, 31))),
    ],
)
def test_bounds_in_spanish(text: str, period: Period) -> None:
    assert [m.period for m in moments(text, "es")] == [period]


def test_a_date_without_a_year_is_the_nearest_and_not_sure() -> None:
    [moment] = moments("The request came in December.", "en", WROTE)
    assert moment.period == month(2023, 12)
    assert not moment.sure
    assert not moment.counted


def test_a_date_that_may_be_read_two_ways_and_one_that_no_calendar_has_say_nothing() -> None:
    assert moments("on 05/02/2024", "en") == ()
    assert moments("on 0000-12-03 and 30 February 2020", "en") == ()


def test_a_counted_date_can_be_a_bound() -> None:
    [moment] = moments("The lane is closed since last December.", "en", WROTE)
    assert (moment.counted, moment.bound) == (True, "since")
    assert moment.period == Period(date(2023, 12, 1), LAST)


DATES = st.dates(date(1, 1, 1), date(9999, 12, 31))


@given(st.text(max_size=80), st.sampled_from(["en", "es", "de"]), st.none() | DATES)
def test_any_text_is_read_and_every_span_lies_inside_it(text: str, language: str, wrote: date | None) -> None:
    found = moments(text, language, wrote)
    assert all(0 <= m.span.start < m.span.end <= len(text) and m.period.first <= m.period.last for m in found)


_PIECES = st.lists(
    st.sampled_from(
        "last next this week month year December May Friday two 3 years days ago yesterday hoy ayer hace dos años "
        "after before between and from to 1990 2024 5 February siglo XIX 9999 0001-01-01 9999-12-31 20th".split()
    ),
    max_size=9,
).map(" ".join)


@given(_PIECES, st.sampled_from(["en", "es"]), DATES)
def test_no_heap_of_time_words_breaks_it(text: str, language: str, wrote: date) -> None:
    for moment in moments(text, language, wrote):
        assert moment.period.first <= moment.period.last
        assert label(moment.period, language)


@given(DATES.filter(lambda d: d.year < 9990), st.integers(-24, 24))
def test_months_away_keeps_the_day_or_takes_the_last(day: date, count: int) -> None:
    if day.year + count / 12 - 1 > 1:
        there = months_away(day, count)
        assert there.day <= day.day
        assert (there.year - day.year) * 12 + there.month - day.month == count


@given(DATES.filter(lambda d: 1 < d.year < 9999))
def test_a_week_holds_its_day_and_runs_from_monday(day: date) -> None:
    found = week(day)
    assert found.holds(day)
    assert found.first.isoweekday() == 1
    assert found.days == 7


def test_labels_are_written_as_a_person_writes_them() -> None:
    assert label(Period(date(2022, 6, 12), date(2022, 6, 18))) == "12–18 June 2022"
    assert label(years(1990, 1993)) == "1990–1993"
    assert label(Period(date(2020, 1, 1), LAST)) == "from 1 January 2020"
    assert label(Period(FIRST, date(2020, 5, 1)), "es") == "hasta 1 de mayo de 2020"
    assert fold(label(month(2023, 3), "fr")) == "march 2023"
