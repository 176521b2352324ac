"""From a question to passages: spelling, languages, overviews, on a small library with the real model."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag import Engine, Settings
from rag.asked.question import analyse
from rag.models import Embedder
from rag.retrieve import search

pytestmark = pytest.mark.model
TEXTS = {
    "cranes.txt": "Port news\n\nAna Torres leads the port of Callao. She requested two more cranes in May 2021. "
    "The cranes arrived after eight months. Dock workers had asked for them since the storm.\n",
    "weather.txt": "Weather\n\nRain is expected on Sunday. The mayor closed the beaches of Lima. Schools stay open.\n",
}


@pytest.fixture(scope="module")
def engine(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("docs")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    library = folder / "library"
    settings = Settings.load(environ={}, library=str(library))
    ingest([folder / name for name in TEXTS], library, embedder, settings=settings)
    return Engine.open(settings, embedder=embedder)


def test_passages_come_best_first_and_their_scores_say_so(engine: Engine) -> None:
    found = engine.search("Who leads the port?")
    assert found[0].passage.source == "cranes.txt"
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)
    answer = engine.ask("Who leads the port?")
    assert [r.score for r in answer.passages] == sorted((r.score for r in answer.passages), reverse=True)
    assert "Ana Torres" in answer.text


def test_a_misspelled_word_is_read_as_the_librarys(engine: Engine, embedder: Embedder) -> None:
    found = search(engine.library, embedder, analyse("who requsted craness"), 10)
    assert "requested" in found.question.text
    assert found.hits[0].stored.passage.source == "cranes.txt"


def test_a_spanish_question_finds_english_documents(engine: Engine, embedder: Embedder) -> None:
    found = search(engine.library, embedder, analyse("¿Qué espera el domingo, lluvia o sol?"), 10)
    assert found.question.language == "en"
    assert found.hits[0].stored.passage.source == "weather.txt"


def test_a_sentence_that_opens_with_a_pronoun_brings_the_one_before(engine: Engine) -> None:
    answer = engine.ask("What did she request in May 2021?")
    assert "She requested two more cranes" in answer.text
    assert "Ana Torres leads" in answer.text


def test_a_document_is_summed_up_in_its_own_sentences(seed_engine: Engine, tmp_path: Path) -> None:
    answer = seed_engine.ask("Summarise the article.")
    assert not answer.refused
    assert 2 <= len({c.quote for c in answer.citations}) == len(answer.citations) <= 10
    text = seed_engine.library.text("000_678fa3628cc71388.txt")
    assert all(text[c.quote_start : c.quote_end] == c.quote for c in answer.citations)


def test_a_title_is_no_sentence_of_an_answer(engine: Engine) -> None:
    answer = engine.ask("What is the weather?")
    assert "Weather" not in [c.quote for c in answer.citations]


def test_other_words_for_the_same_are_read(engine: Engine) -> None:
    answer = engine.ask("Who is the boss of the harbour?")
    assert not answer.refused
    assert answer.short == "Ana Torres"


def test_what_the_passages_say_no_word_of_is_refused_or_comes_with_a_caution(engine: Engine) -> None:
    answer = engine.ask("Who paints the volcano?")
    assert answer.refused or answer.caution
    assert answer.reason
