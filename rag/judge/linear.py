"""Linear models whose coefficients stand in a readable file, fitted by `eval/fit.py`.

In: a feature matrix and the names of its columns. Out: scores. A file that names other features than the code
computes is refused, so that code and coefficients cannot drift apart.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ConfigError

WEIGHTS = Path(__file__).parent / "weights.json"


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """``score(x) = bias + sum(weights * (x - mean) / scale)``; all arrays have one entry per feature."""

    features: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score a matrix of shape ``(n, features)``; the result has shape ``(n,)``."""
        out: NDArray[np.float64] = ((x - self.mean) / self.scale) @ self.weights + self.bias
        return out


@functools.cache
def load(name: str, features: tuple[str, ...]) -> Linear:
    """Load the model ``name`` from `WEIGHTS`; its features must be ``features``, in that order."""
    entry = _file()[name]
    if tuple(entry["features"]) != features:
        raise ConfigError(f"{WEIGHTS.name} was fitted for other features of {name!r}; run `python -m eval.fit`")
    rows = np.array([entry["features"][f] for f in features], dtype=np.float64).T
    return Linear(features, rows[0], rows[1], rows[2], float(entry.get("bias", 0.0)))


@functools.cache
def threshold(name: str) -> float:
    """Return a fitted threshold by name."""
    return float(_file()["thresholds"][name])


@functools.cache
def _file() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return loaded


def sigmoid(x: float) -> float:
    """Return the logistic function, without overflow."""
    return float(1.0 / (1.0 + np.exp(-x))) if x >= 0 else float(np.exp(x) / (1.0 + np.exp(x)))


def softmax(x: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``exp(x) / sum(exp(x))``, shape ``(n,)``."""
    a = np.asarray(x, dtype=np.float64)
    e = np.exp(a - a.max(initial=-np.inf))
    out: NDArray[np.float64] = e / e.sum()
    return out
