"""Templates that make questions of a made table, with their answers.

In: a `Shape`, the rows of a table and their numbers. Out: (question, answers) pairs. The words lie in shapes.json.
"""

from __future__ import annotations

import json
import operator
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LISTS: dict[str, Any] = json.loads(Path(__file__).with_name("shapes.json").read_text(encoding="utf-8"))
_PEOPLE = LISTS["people"]


@dataclass(frozen=True)
class Shape:
    """A kind of table. ``subject`` heads the names, ``noun`` is what a row is; ``groups`` and ``figures`` are (header,
    words for it, words for "most", words for "least"); ``day`` is the header of dates or years."""

    caption: str
    subject: str
    noun: str
    who: bool
    groups: tuple[tuple[str, str, tuple[str, ...]], ...]
    figures: tuple[tuple[str, str, tuple[int, int], tuple[str, ...], tuple[str, ...], str], ...]
    day: str = ""
    years: bool = True
    ranked: bool = False


SHAPES = tuple(Shape(**shape) for shape in LISTS["shapes"])
_COMPARISONS: tuple[tuple[str, Callable[[int, int], bool]], ...] = (
    ("more than", operator.gt),
    ("over", operator.gt),
    ("at least", operator.ge),
    ("less than", operator.lt),
    ("fewer than", operator.lt),
    ("under", operator.lt),
    ("at most", operator.le),
)
Question = tuple[str, list[str]]


def questions(
    s: Shape, rows: list[dict[str, str]], numbers: list[dict[str, int]], rng: random.Random
) -> Iterator[Question]:
    yield from _cells(s, rows, rng)
    yield from _figures(s, rows, rng)
    yield from _counts(s, rows, numbers, rng)
    yield from _compared(s, rows, numbers, rng)
    yield from _extremes(s, rows, numbers, rng)
    yield from _sequence(s, rows, rng)
    yield from _ends(s, rows, numbers, rng)
    yield from _sums(s, rows, numbers, rng)


def _which(s: Shape, rng: random.Random) -> str:
    return rng.choice(["who", f"which {s.noun}", f"what {s.noun}"] if s.who else [f"which {s.noun}", f"what {s.noun}"])


def _cells(s: Shape, rows: list[dict[str, str]], rng: random.Random) -> Iterator[Question]:
    row = rng.choice(rows)
    name = row[s.subject].lower()
    for header, word, _ in s.groups:
        yield (
            rng.choice(
                [f"what is the {word} of {name}?", f"which {word} is listed for {name}?", f"what was {name}'s {word}?"]
            ),
            [row[header]],
        )
        same = [r[s.subject] for r in rows if r[header] == row[header]]
        value = row[header].lower()
        if len(same) == 1:
            yield f"{_which(s, rng)} is the only one with {value} as the {word}?", same
        yield (
            rng.choice(
                [f"{_which(s, rng)}s have the {word} {value}?", f"list the {s.noun}s with {value} as their {word}"]
            ),
            list(dict.fromkeys(same)),
        )


def _figures(s: Shape, rows: list[dict[str, str]], rng: random.Random) -> Iterator[Question]:
    row = rng.choice(rows)
    name = row[s.subject].lower()
    for header, word, *_ in s.figures:
        yield (
            rng.choice(
                [
                    f"what is the {word} of {name}?",
                    f"how much {word} is listed for {name}?",
                    f"what number of {word} did {name} have?",
                ]
            ),
            [row[header]],
        )
        yield (
            rng.choice(
                [
                    f"how many {word} did {name} have?",
                    f"how many {word} does {name} have?",
                    f"how much {word} had {name}?",
                ]
            ),
            [row[header]],
        )
        yield f"what is the {word} of {s.noun} {name}?", [row[header]]
        for group in s.groups:
            alike = [r[header] for r in rows if r[group[0]] == row[group[0]]]
            if len(alike) == 1:
                yield f"how many {word} does {row[group[0]].lower()} have?", alike
        same = [r[s.subject] for r in rows if r[header] == row[header]]
        yield f"{_which(s, rng)} had {row[header].lower()} {word}?", same
    if s.day:
        yield (
            rng.choice(
                [
                    f"when was {name} {s.day.lower()}?",
                    f"in what year is {name} listed?",
                    f"what is the {s.day.lower()} of {name}?",
                ]
            ),
            [row[s.day]],
        )


def _counts(
    s: Shape, rows: list[dict[str, str]], numbers: list[dict[str, int]], rng: random.Random
) -> Iterator[Question]:
    yield (
        rng.choice(
            [
                f"how many {s.noun}s are there?",
                f"what is the total number of {s.noun}s?",
                f"how many {s.noun}s are listed in the table?",
                f"what is the total amount of {s.noun}s?",
            ]
        ),
        [str(len(rows))],
    )
    for header, word, _ in s.groups:
        value = rng.choice(rows)[header]
        count = sum(r[header] == value for r in rows)
        said = _PEOPLE.get(value, value.lower())
        yield (
            rng.choice(
                [
                    f"how many {s.noun}s have {value.lower()} as their {word}?",
                    f"what is the number of {said} {s.noun}s?",
                    f"how many {said} {s.noun}s are there?",
                    f"how many times is {value.lower()} listed as the {word}?",
                    f"number of {s.noun}s from {value.lower()}",
                ]
            ),
            [str(count)],
        )
        yield (
            rng.choice([f"how many different {word}s are there?", f"what is the number of different {word}s?"]),
            [str(len({r[header] for r in rows}))],
        )
        yield f"how many {s.noun}s are not {value.lower()}?", [str(len(rows) - count)]
        for pair in s.figures[:1]:
            low = sorted(n[pair[0]] for n in numbers)[len(rows) // 3]
            both = sum(r[header] == value and n[pair[0]] > low for r, n in zip(rows, numbers, strict=True))
            yield f"how many {value.lower()} {s.noun}s had more than {low:,} {pair[1]}?", [str(both)] if both else []


def _compared(
    s: Shape, rows: list[dict[str, str]], numbers: list[dict[str, int]], rng: random.Random
) -> Iterator[Question]:
    for header, word, *_ in s.figures:
        low = rng.choice(sorted(n[header] for n in numbers)[1:-1])
        phrase, test = rng.choice(_COMPARISONS)
        count = sum(test(n[header], low) for n in numbers)
        yield (
            rng.choice(
                [
                    f"how many {s.noun}s had {phrase} {low:,} {word}?",
                    f"what is the number of {s.noun}s with {word} {phrase} {low:,}?",
                    f"how many {s.noun}s have a {word} of {phrase} {low:,}?",
                ]
            ),
            [str(count)],
        )
    if s.day:
        year = rng.choice(numbers)["year"]
        yield f"how many {s.noun}s are listed in {year}?", [str(sum(n["year"] == year for n in numbers))]
        after = sum(n["year"] > year for n in numbers)
        yield f"how many {s.noun}s were {s.day.lower()} after {year}?", [str(after)] if after else []


def _extremes(
    s: Shape, rows: list[dict[str, str]], numbers: list[dict[str, int]], rng: random.Random
) -> Iterator[Question]:
    for header, word, _, most, least, _ in s.figures:
        for words, down in ((most, True), (least, False)):
            ends = max if down else min
            best = ends(n[header] for n in numbers)
            at = [r for r, n in zip(rows, numbers, strict=True) if n[header] == best]
            how = rng.choice(words)
            yield (
                rng.choice(
                    [
                        f"{_which(s, rng)} had the {how} {word}?",
                        f"{_which(s, rng)} has the {how} {word}?",
                        f"the {s.noun} with the {how} {word}",
                    ]
                ),
                [r[s.subject] for r in at],
            )
            if how.endswith("est") and " " not in how:
                yield f"what is the {how} {word}?", [at[0][header]]
            group = rng.choice(s.groups)
            yield f"which {group[1]} had the {how} {word}?", list(dict.fromkeys(r[group[0]] for r in at))
            value = rng.choice(rows)[group[0]]
            inside = [(n[header], r) for r, n in zip(rows, numbers, strict=True) if r[group[0]] == value]
            top = ends(k for k, _ in inside)
            yield (
                f"which {value.lower()} {s.noun} had the {how} {word}?",
                [r[s.subject] for k, r in inside if k == top] if len(inside) > 1 else [],
            )
        a, b = rng.sample(range(len(rows)), 2)
        x, y = numbers[a][header], numbers[b][header]
        if x != y:
            names = rows[a][s.subject].lower(), rows[b][s.subject].lower()
            yield f"who had more {word}, {names[0]} or {names[1]}?", [rows[a if x > y else b][s.subject]]
            yield f"did {names[0]} or {names[1]} have less {word}?", [rows[a if x < y else b][s.subject]]
    for header, word, _ in s.groups:
        (value, n), *rest = Counter(r[header] for r in rows).most_common()
        if not rest or rest[0][1] < n:
            yield (
                rng.choice(
                    [
                        f"which {word} has the most {s.noun}s?",
                        f"which {word} is listed the most?",
                        f"what is the most common {word}?",
                        f"which {word} appears most often?",
                    ]
                ),
                [value],
            )


def _sequence(s: Shape, rows: list[dict[str, str]], rng: random.Random) -> Iterator[Question]:
    n = rng.randrange(1, len(rows) - 1)
    name = rows[n][s.subject].lower()
    yield (
        rng.choice(
            [
                f"{_which(s, rng)} is listed after {name}?",
                f"{_which(s, rng)} comes next after {name}?",
                f"{_which(s, rng)} came right after {name}?",
                f"what is the next {s.noun} after {name}?",
            ]
        ),
        [rows[n + 1][s.subject]],
    )
    yield (
        rng.choice(
            [
                f"{_which(s, rng)} is listed before {name}?",
                f"{_which(s, rng)} came before {name}?",
                f"what was the previous {s.noun} before {name}?",
                f"{_which(s, rng)} is above {name}?",
            ]
        ),
        [rows[n - 1][s.subject]],
    )
    yield (
        rng.choice(
            [
                f"what is the first {s.noun} listed?",
                f"{_which(s, rng)} is first on the list?",
                f"which {s.noun} was the first?",
            ]
        ),
        [rows[0][s.subject]],
    )
    yield (
        rng.choice(
            [
                f"what is the last {s.noun} listed?",
                f"{_which(s, rng)} is last on the list?",
                f"what is the name of the last {s.noun}?",
            ]
        ),
        [rows[-1][s.subject]],
    )


def _ends(
    s: Shape, rows: list[dict[str, str]], numbers: list[dict[str, int]], rng: random.Random
) -> Iterator[Question]:
    n = rng.randrange(1, len(rows) - 1)
    group = rng.choice(s.groups)
    value = rows[n][group[0]]
    inside = [r for r in rows if r[group[0]] == value]
    yield (
        rng.choice(
            [
                f"what was the last {s.noun} with {value.lower()} as {group[1]}?",
                f"{_which(s, rng)} was the last from {value.lower()}?",
            ]
        ),
        [inside[-1][s.subject]],
    )
    yield (
        rng.choice(
            [
                f"what was the first {s.noun} with {value.lower()} as {group[1]}?",
                f"{_which(s, rng)} was the first from {value.lower()}?",
            ]
        ),
        [inside[0][s.subject]],
    )
    if s.day not in {"Date", "Year"} and s.years:
        ends = sorted(range(len(rows)), key=lambda i: numbers[i]["year"])
        for place, words in ((0, ("first", "earliest")), (-1, ("last", "latest"))):
            year = numbers[ends[place]]["year"]
            best = [r[s.subject] for r, n in zip(rows, numbers, strict=True) if n["year"] == year]
            yield f"{_which(s, rng)} was {s.day.lower()} {rng.choice(words)}?", best
    if s.day and s.years and len(inside) > 1:
        last = max(n["year"] for r, n in zip(rows, numbers, strict=True) if r in inside)
        yield f"what was the last year with {value.lower()} as the {group[1]}?", [str(last)]
    if s.ranked:
        word, at = rng.choice([("first", 0), ("second", 1), ("third", 2), ("fifth", 4)])
        yield (
            rng.choice([f"who came in {word} place?", f"which {s.noun} finished {word}?"]),
            [rows[at][s.subject]],
        )
        yield f"what is the {group[1]} of the {word} place {s.noun}?", [rows[at][group[0]]]


def _sums(
    s: Shape, rows: list[dict[str, str]], numbers: list[dict[str, int]], rng: random.Random
) -> Iterator[Question]:
    for header, word, *_ in s.figures:
        total = sum(n[header] for n in numbers)
        yield (
            rng.choice(
                [
                    f"what is the total {word} of all {s.noun}s?",
                    f"what is the sum of the {word}?",
                    f"what is the total {word}?",
                    f"if you added up all the {word}, what would the total be?",
                ]
            ),
            [f"{total:,}"],
        )
        group = rng.choice(s.groups)
        value = rng.choice(rows)[group[0]]
        inside = [n[header] for r, n in zip(rows, numbers, strict=True) if r[group[0]] == value]
        if len(inside) > 1:
            yield f"what is the total {word} for {value.lower()}?", [f"{sum(inside):,}"]
        a, b = rng.sample(range(len(rows)), 2)
        gap = abs(numbers[a][header] - numbers[b][header])
        names = rows[a][s.subject].lower(), rows[b][s.subject].lower()
        yield (
            rng.choice(
                [
                    f"what is the difference in {word} between {names[0]} and {names[1]}?",
                    f"what is the difference between the {word} of {names[0]} and {names[1]}?",
                ]
            ),
            [str(gap)] if gap else [],
        )
        mean = total / len(rows)
        if float(mean).is_integer():
            yield f"what is the average {word}?", [f"{int(mean):,}"]
