"""What Footnote says itself inside an answer, in the language of the question (``rag/messages.json``).

In: a message's name, a language code and what to fill in. Out: the sentence; English where the table has no language.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path


@functools.cache
def messages() -> dict[str, dict[str, str]]:
    """Return the sentences of every language by name."""
    table: dict[str, dict[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return table


def say(name: str, language: str, **parts: object) -> str:
    """Return one sentence with its parts filled in."""
    return messages().get(language, messages()["en"])[name].format(**parts)
