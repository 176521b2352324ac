"""What Footnote says itself is said in the language of the question."""

from __future__ import annotations

import string

import pytest

from rag.languages import languages
from rag.messages import messages, say

PARTS = {"documents": 3, "passages": 9, "question": "Q?", "words": "W", "said": "S", "asked": "A", "number": "7"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", sorted({*languages(), "es"}))
def test_every_language_says_everything_with_the_same_parts(language: str) -> None:
    english, own = messages()["en"], messages()[language]
    assert own.keys() == english.keys()
    for name, text in own.items():
        assert fields(text) == fields(english[name]), name
        assert name == "or" or text != english[name]
    assert "Q?" in say("refusal", language, **PARTS)


def test_a_language_without_sentences_gets_english() -> None:
    assert say("nothing", "fi") == "The library holds no passage that matches."
