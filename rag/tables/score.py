"""The plan that a question means, and how sure that is: two linear models over a plan's features and its rivals.

In: candidates. Out: the best with a probability. The weights (``weights.json``) are fitted by
``python -m eval.training.fit_tables``.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from rag.tables.candidates import Candidate

_TELLING = (
    "left", "left many", "left common", "left rare", "head left", "near", "conditions", "share", "named",
    "partial", "list", "told unsaid", "told said",
    "by said", "by unsaid", "unused", "cues left", "rivals", "negated", "turned", "numbers left", "echo for any",
)  # fmt: skip


@functools.cache
def weights() -> Mapping[str, Any]:
    """``plan``: a weight a feature; ``sure``: a weight a feature of the choice, and ``below``, where it is refused."""
    loaded: dict[str, Any] = json.loads(files("rag.tables").joinpath("weights.json").read_text(encoding="utf-8"))
    return loaded


def scores(found: Sequence[Candidate], by: Mapping[str, float]) -> list[float]:
    """The score of each plan."""
    return [sum(by.get(name, 0.0) * value for name, value in c.features.items()) for c in found]


def choice(found: Sequence[Candidate], scored: Sequence[float]) -> tuple[Candidate, dict[str, float]]:
    """The candidate whose result has most of the probability, and what tells whether it is right."""
    top = max(scored)
    mass: dict[tuple[str, ...], float] = {}
    for c, s in zip(found, scored, strict=True):
        mass[c.outcome.said] = mass.get(c.outcome.said, 0.0) + math.exp(s - top)
    total = sum(mass.values())
    order = sorted(mass.items(), key=lambda pair: -pair[1])
    best = max(c for c in zip(scored, range(len(found)), strict=True) if found[c[1]].outcome.said == order[0][0])
    chosen = found[best[1]]
    second = order[1][1] if len(order) > 1 else 0.0
    f = chosen.features
    told = {
        "one": 1.0,
        "mass": order[0][1] / total,
        "margin": math.log((order[0][1] + 1e-9) / (second + 1e-9)) if second else 5.0,
        "score": best[0] / 10,
        f"op {chosen.plan.do}": 1.0,
    } | {name: f.get(name, 0.0) for name in _TELLING}
    return chosen, told


def sure(told: Mapping[str, float], by: Mapping[str, float]) -> float:
    """The probability that the chosen plan is the right one."""
    total = sum(by.get(name, 0.0) * value for name, value in told.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
