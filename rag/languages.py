"""The word tables of the languages besides English and Spanish (``rag/languages.json``).

In: a language code and a table's name. Out: its content. A language is added by a table there, not by code.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any


@functools.cache
def languages() -> dict[str, dict[str, Any]]:
    """Return the tables of every language."""
    table: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return table


@functools.cache
def words(language: str, name: str) -> tuple[str, ...]:
    """Return one list of words of a language, empty where it has none."""
    return tuple(str(languages().get(language, {}).get(name, "")).split())


def unspaced_cuts() -> frozenset[str]:
    """Return the particles and question words that cut a run of a script without spaces."""
    return frozenset(w for code in languages() for w in words(code, "cuts"))
