"""What Footnote says itself is said in the language of the question."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag import Engine, Settings
from rag.languages import languages
from rag.messages import messages, say
from rag.models import load_embedder
from tests.ingest_support import write

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


@pytest.mark.model
def test_a_refusal_names_the_words_of_the_reader_and_not_those_of_a_gloss(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "docs", {"a.txt": "The mill was built by the river in 1911.\n\nIt stood for a century.\n"}
    )
    settings = Settings(library=str(tmp_path / "lib"))
    ingest([folder], settings.library, load_embedder(settings), settings=settings)
    engine = Engine.open(settings)
    answer = engine.ask("¿Quién ganó la copa de fútbol?")
    assert answer.refused
    assert answer.text.startswith("Los documentos no lo dicen.")
    assert "“ganó”" in answer.reason
    assert "won" not in answer.reason
    engine.library.close()
