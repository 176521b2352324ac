"""Fit rag/tables/weights.json: `python -m eval.training.fit_tables [FOLDER…] [--dry-run]`.

In: the made tables of `eval.training.tables`, and folders with tables/ and questions.jsonl (`file`, `question`,
`answers`), of which every second table is fitted on and the others are only reported. Out: the weights of plans (a
softmax over the plans of a question, those that come to the right result together), and of the certainty (a logistic
regression over choices made by weights that have not seen the table). It changes no code and copies no text.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from eval.training.tables import make
from ingest.load import Limits
from ingest.read_any import read_any
from rag.config import Settings
from rag.tables.asked import asked
from rag.tables.candidates import Candidate, candidates
from rag.tables.score import choice, scores, sure
from rag.tables.table import Table, views
from rag.text import fold

WEIGHTS = Path(__file__).parents[2] / "rag" / "tables" / "weights.json"
WRITTEN = Path(__file__).with_name("asked_tables.txt")
PLAN_L2, SURE_L2, FOLDS = 1.0, 0.05, 4
MADE, MADE_WEIGHT = 12, 0.3  # tables of templates, and how much a question of theirs counts beside a person's
ASKED_BY_PEOPLE = 3.0  # how much a question that no template made counts in the certainty
Array = NDArray[np.float64]
Asks = tuple[int, list[Table], str, Sequence[tuple[str, tuple[str, ...]]]]  # fold, tables, what they are of, questions


@dataclass(frozen=True)
class Example:
    """A question before a table: its plans, and which of them come to the right result; ``own``: the table holds it.
    ``weight`` is how much it counts; ``fold`` is of its table; ``held``: only reported; ``group`` is what it is of."""

    found: tuple[Candidate, ...]
    right: tuple[bool, ...]
    own: bool
    fold: int
    held: bool = False
    weight: float = 1.0
    group: str = ""


def matches(said: Sequence[str], gold: Iterable[str]) -> bool:
    """Say whether each of the gold values, and hardly more, is said."""
    wanted = {_norm(g) for g in gold}
    text = f" {' '.join(map(_norm, said))} "
    fits = len(text.split()) <= max(4, 2 * sum(len(w.split()) for w in wanted))
    return bool(said) and fits and all(f" {w} " in text for w in wanted)


def _norm(text: str) -> str:
    text = re.sub(r"(?<=\d)[, ](?=\d{3}\b)", "", re.sub(r"\[\d+\]", " ", fold(text)))
    return " ".join(re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+", re.sub(r"(\d)\.0+\b", r"\1", text)))


def read_tables(data: bytes, name: str) -> list[Table]:
    """The tables of one file."""
    readings = read_any(data, name, Limits(Settings()))
    return [t for r in readings for g in r.grids for t in views(g, r.text)]


def example(
    question: str,
    tables: Sequence[Table],
    gold: Sequence[str],
    fold_of: int,
    *,
    held: bool = False,
    weight: float = 1.0,
    about: str = "",
    group: str = "",
) -> Example:
    """Put a question before tables."""
    found = tuple(c for t in tables for c in candidates(asked(question, t, about), t))
    right = tuple(bool(gold) and matches(c.outcome.said, gold) for c in found)
    return Example(found, right, bool(gold), fold_of, held, weight, group)


def made_examples(seed: int, rng: random.Random) -> list[Example]:
    """Questions of the made tables, and for every second one the same before another table."""
    sets = []
    for n, made in enumerate(make(seed, MADE)):
        buffer = io.StringIO()
        csv.writer(buffer).writerows([made.names, *made.rows])
        sets.append((n % FOLDS, read_tables(buffer.getvalue().encode(), "made.csv"), "", made.questions))
    return _with_foreign(sets, rng, weight=MADE_WEIGHT, group="made")


def written(path: Path = WRITTEN) -> Iterator[tuple[str, list[list[str]], list[tuple[str, tuple[str, ...]]]]]:
    """The tables of a file: caption, rows, and (question, answers). "# caption" begins a table, its rows stand as CSV,
    its questions as "? question = answer, answer" below them."""
    for block in re.split(r"^# ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        caption, *lines = block.strip().split("\n")
        rows = list(csv.reader(line for line in lines if not line.startswith("? ")))
        cells = {cell.replace(", ", " "): cell for row in rows for cell in row}
        asks = []
        for line in lines:
            if line.startswith("? "):
                question, _, gold = line[2:].rpartition(" = ")
                whole = gold in {cell for row in rows for cell in row} or gold.replace(", ", " ") in cells
                asks.append((question, (gold,) if whole else tuple(gold.split(", "))))
        yield caption, rows, asks


def written_examples(rng: random.Random) -> list[Example]:
    """Questions that people would ask, over invented tables."""
    sets = []
    for n, (about, rows, asks) in enumerate(written()):
        buffer = io.StringIO()
        csv.writer(buffer).writerows(rows)
        sets.append((n % FOLDS, read_tables(buffer.getvalue().encode(), "made.csv"), about, asks))
    return _with_foreign(sets, rng, weight=1.0, group="written")


def folder_examples(folder: Path, rng: random.Random) -> list[Example]:
    """Questions of a folder; every second table is held back."""
    rows = [json.loads(line) for line in (folder / "questions.jsonl").open(encoding="utf-8")]
    sets: dict[bool, list[Asks]] = {False: [], True: []}
    for n, file in enumerate(sorted({r["file"] for r in rows})):
        tables = read_tables((folder / "tables" / file).read_bytes(), file)
        asks = [(r["question"], tuple(r["answers"])) for r in rows if r["file"] == file and r["answers"]]
        sets[n % 2 == 1].append((n // 2 % FOLDS, tables, Path(file).stem.replace("-", " "), asks))
    return [e for held, group in sets.items() for e in _with_foreign(group, rng, weight=1.0, held=held, group="folder")]


def _with_foreign(
    sets: Sequence[Asks],
    rng: random.Random,
    *,
    weight: float,
    held: bool = False,
    group: str,
) -> list[Example]:
    out = []
    for fold_of, tables, about, asks in sets:
        for question, gold in asks:
            other = rng.choice([s for s in sets if s[1] is not tables])
            for of, shown, wanted, title in ((fold_of, tables, gold, about), (other[0], other[1], (), other[2])):
                out.append(example(question, shown, wanted, of, held=held, weight=weight, about=title, group=group))
    return out


def fit_plans(examples: Sequence[Example]) -> dict[str, float]:
    """Fit the weights of plans."""
    used = [e for e in examples if any(e.right) and not all(e.right)]
    names = sorted({name for e in used for c in e.found for name in c.features})
    at = {name: n for n, name in enumerate(names)}
    data: list[tuple[Array, NDArray[np.bool_], float]] = []
    for e in used:
        matrix = np.zeros((len(e.found), len(names)))
        for row, c in enumerate(e.found):
            for name, value in c.features.items():
                matrix[row, at[name]] = value
        data.append((matrix, np.array(e.right), e.weight))

    def loss(w: Array) -> tuple[float, Array]:
        total, slope = 0.5 * PLAN_L2 * float(w @ w), PLAN_L2 * w
        for matrix, right, weight in data:
            s = matrix @ w
            p = np.exp(s - s.max())
            good = np.where(right, p, 0.0)
            total -= weight * float(np.log(good.sum() / p.sum()))
            slope = slope - weight * (matrix.T @ (good / good.sum() - p / p.sum()))
        return total, slope

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return {name: round(float(v), 4) for name, v in zip(names, fitted.x, strict=True) if abs(v) > 1e-3}


Chosen = tuple[dict[str, float], bool, Example]


def chosen(examples: Sequence[Example], plan: Mapping[str, float]) -> list[Chosen]:
    """What is chosen for each question that has plans, and whether that is right."""
    out = []
    for e in examples:
        if e.found:
            best, told = choice(e.found, scores(e.found, plan))
            out.append((told, e.right[e.found.index(best)], e))
    return out


def fit_sure(choices: Sequence[Chosen]) -> dict[str, float]:
    """Fit the certainty."""
    names = sorted({n for told, _, _ in choices for n in told})
    matrix = np.array([[told.get(n, 0.0) for n in names] for told, _, _ in choices])
    sign = np.array([1.0 if right else -1.0 for _, right, _ in choices])
    weight = np.array([e.weight if e.weight < 1 else ASKED_BY_PEOPLE for _, _, e in choices])

    def loss(w: Array) -> tuple[float, Array]:
        z = sign * (matrix @ w)
        p = 1 / (1 + np.exp(np.clip(z, -30, 30)))
        value = float(weight @ np.logaddexp(0, -z)) + SURE_L2 * len(sign) / 100 * float(w @ w)
        return value, -(matrix.T @ (weight * sign * p)) + 2 * SURE_L2 * len(sign) / 100 * w

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B")
    return {n: round(float(v), 4) for n, v in zip(names, fitted.x, strict=True) if abs(v) > 1e-3}


def report(name: str, choices: Sequence[Chosen], asks: int, foreign: int, by: Mapping[str, float]) -> None:
    """Print, for several thresholds, what would be said and how much of it rightly."""
    rated = [(sure(told, by), right, e.own) for told, right, e in choices]
    any_right = sum(right for _, right, own in rated if own) / max(1, asks)
    lines = [f"{name}: {asks} questions, {foreign} of other tables; any: {any_right:.3f} right"]
    for below in (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8):
        own = [right for p, right, is_own in rated if is_own and p >= below]
        refused = 1 - sum(p >= below for p, _, is_own in rated if not is_own) / max(1, foreign)
        right, of_said = sum(own) / max(1, asks), sum(own) / max(1, len(own))
        lines.append(f"  {below:.2f}  right of all {right:.3f}  of answered {of_said:.3f}  refused {refused:.3f}")
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--below", type=float, default=0.6, help="the certainty below which a plan is refused")
    args = parser.parse_args()
    rng = random.Random(5)
    examples = made_examples(11, rng) + written_examples(rng)
    for folder in args.folders:
        examples += folder_examples(folder, rng)
    train, held = [e for e in examples if not e.held], [e for e in examples if e.held]
    choices: list[Chosen] = []
    for k in range(FOLDS):
        plan = fit_plans([e for e in train if e.fold != k and e.own])
        choices += chosen([e for e in train if e.fold == k], plan)
    by = fit_sure(choices)
    plan = fit_plans([e for e in train if e.own])
    for group in ("made", "written", "folder"):
        some = [e for e in train if e.group == group]
        if some:
            made = [c for c in choices if c[2].group == group]
            report(f"{group}, cross-checked", made, sum(e.own for e in some), sum(not e.own for e in some), by)
    if held:
        report("held half", chosen(held, plan), sum(e.own for e in held), sum(not e.own for e in held), by)
    if not args.dry_run:
        WEIGHTS.write_text(
            json.dumps({"plan": plan, "sure": by, "below": args.below}, indent=1, sort_keys=True) + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
