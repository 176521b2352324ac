"""The dialogue cases and how a rewrite is held against one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from rag.text import fold
from rag.types import Turn

CASES = Path(__file__).parent.parent / "eval" / "dialogues.jsonl"
KINDS = {"pronoun", "ellipsis", "topic-change", "correction", "standalone", "spanish"}


@dataclass(frozen=True)
class Dialogue:
    id: str
    kind: str
    split: str
    history: tuple[Turn, ...]
    question: str
    expect_contains: tuple[str, ...]
    expect_absent: tuple[str, ...]


def dialogues() -> list[Dialogue]:
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [
        Dialogue(
            row["id"],
            row["kind"],
            row["split"],
            tuple(Turn(**turn) for turn in row["history"]),
            row["question"],
            tuple(row["expect_contains"]),
            tuple(row["expect_absent"]),
        )
        for row in rows
    ]


def faults(case: Dialogue, rewritten: str) -> list[str]:
    """Return what the rewrite lacks or must not have carried; terms count as whole words, whatever their accents."""
    text = fold(rewritten)
    lacks = [f"lacks {term!r}" for term in case.expect_contains if fold(term).strip() not in text]
    carries = [
        f"carries {term!r}"
        for term in case.expect_absent
        if re.search(rf"(?<!\w){re.escape(fold(term).strip())}(?!\w)", text)
    ]
    return lacks + carries
