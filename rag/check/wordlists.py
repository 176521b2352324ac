"""The word tables that reading and checking of sentences share (``rag/check/wordlists.json``: English and Spanish).

In: a table's name. Out: its content. It holds no rules.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any


@functools.cache
def wordlists() -> dict[str, Any]:
    """Return every table."""
    table: dict[str, Any] = json.loads(Path(__file__).with_name("wordlists.json").read_text(encoding="utf-8"))
    return table


@functools.cache
def word_set(name: str) -> frozenset[str]:
    """Return one space-separated list as a set."""
    return frozenset(wordlists()[name].split())
