"""Made tables and questions over them with their answers, to fit `rag/tables/weights.json`.

In: a seed. Out: `Made` tables of invented things, and the questions that templates make of them. The answers come
from the rows themselves, never from the plans that are fitted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from eval.training.table_questions import LISTS, SHAPES, Shape, questions

_FIRST, _LAST = LISTS["first"], LISTS["last"]
_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True)
class Made:
    """A table, its rows as text, and its questions with their answers."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    questions: tuple[tuple[str, tuple[str, ...]], ...]


def make(seed: int, tables: int = 40) -> list[Made]:
    """Return so many tables with their questions."""
    rng = random.Random(seed)
    return [_made(rng.choice(SHAPES), rng) for _ in range(tables)]


def _shown(rng: random.Random, number: int, unit: str) -> str:
    text = f"{number:,}"
    return text + unit if unit.startswith(" ") else unit + text


def _made(shape: Shape, rng: random.Random) -> Made:
    many = rng.randint(6, 20)
    subjects = (
        [f"{a} {b}" for a in _FIRST for b in _LAST]
        if shape.who
        else [f"{b} {c}" for b in _LAST for c in _titles(shape)]
    )
    subjects = rng.sample(subjects, many)
    values = {g[0]: rng.sample(g[2], min(len(g[2]), rng.randint(3, 5))) for g in shape.groups}
    records: list[dict[str, str]] = []
    numbers: list[dict[str, int]] = []
    year = rng.randint(1950, 2005)
    years = sorted(rng.randint(year, year + 30) for _ in range(many))
    if not shape.ranked and rng.random() < 0.5:
        rng.shuffle(years)
    if shape.noun == "order":
        subjects = [str(rng.randint(100, 900) + n) for n in range(0, 1000 * many, 1000)]
    for n, year in enumerate(years):
        number = {f[0]: rng.randint(*f[2]) for f in shape.figures}
        day = str(year) if shape.years else f"{rng.randint(1, 28)} {rng.choice(_MONTHS)} {year}"
        record = {"Rank": str(n + 1)} if shape.ranked else {}
        record |= {shape.subject: subjects[n]} | {g[0]: rng.choice(values[g[0]]) for g in shape.groups}
        record |= {f[0]: _shown(rng, number[f[0]], f[5]) for f in shape.figures}
        if shape.day:
            record[shape.day] = day
        records.append(record)
        numbers.append(number | {"year": year})
    names = list(records[0])
    if not shape.ranked:
        rng.shuffle(names)
    asks = [q for q in questions(shape, records, numbers, rng) if q[1] and all(q[1])]
    rng.shuffle(asks)
    rows = tuple(tuple(r[n] for n in names) for r in records)
    return Made(tuple(names), rows, tuple((q, tuple(a)) for q, a in asks[:12]))


def _titles(shape: Shape) -> list[str]:
    return list(LISTS["titles"].get(shape.noun, ["One"]))
