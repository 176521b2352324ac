"""The words of operations, columns and cells, and what a question's words can mean before a table.

Out: `lists`, and the `Match` and `Header` that `rag.tables.asked` finds.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from rag.tables.plan import Where


@functools.cache
def lists() -> Mapping[str, Any]:
    """The words of operations, of columns and of cells (``words.json``)."""
    loaded: dict[str, Any] = json.loads(files("rag.tables").joinpath("words.json").read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True, slots=True)
class Match:
    """A condition that some words of the question make: ``tokens`` are those words; ``share`` is how much of the cell
    they are; ``near``: the words are only like those of the cell; ``but``: what must not hold beside it."""

    where: Where
    tokens: frozenset[int]
    share: float
    near: bool = False
    but: Where | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """How a column's name stands in the question: ``said`` is the share of its words there, ``meant`` that another word
    for it is, ``focus`` that it follows "which", "what" or "how many", ``sole`` that nothing but its being the only
    amount points at it."""

    said: float
    meant: bool
    focus: bool
    tokens: frozenset[int]
    sole: bool = False
