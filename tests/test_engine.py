"""One turn on the sample document with the real model: answers, refusals, follow-ups, and the LlamaIndex faces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import pytest
from llama_index.core.query_engine import CustomQueryEngine

from ingest.pipeline import ingest
from rag import Engine, RagError, Settings, Turn
from rag.errors import FingerprintMismatch, LibraryError
from tests.support import HashEmbedder

SOURCE = "000_678fa3628cc71388.txt"
pytestmark = pytest.mark.model

QUESTIONS = (
    "Where were the working meetings held?",
    "When did Peru formally ask for support?",
    "What do the agreements include?",
    "When was this published?",
    "Who won the World Cup in 2018?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_citation_is_a_verbatim_span_and_every_sentence_has_one(seed_engine: Engine, question: str) -> None:
    answer = seed_engine.ask(question)
    text = seed_engine.library.text(SOURCE)
    for c in answer.citations:
        assert text[c.quote_start : c.quote_end] == c.quote
        assert answer.text[c.marker_start : c.marker_end] == f"[{c.number}]"
    assert answer.refused is not bool(answer.citations)
    assert 0.0 <= answer.confidence <= 1.0


def test_an_answer_names_the_place(seed_engine: Engine) -> None:
    answer = seed_engine.ask("Where were the working meetings held?")
    assert not answer.refused
    assert "Lima" in answer.text


def test_the_date_of_the_text_answers_when_it_was_published(seed_engine: Engine) -> None:
    answer = seed_engine.ask("When was this published?")
    assert "2024-02-05" in answer.text
    assert [h.text for h in answer.highlights] == ["2024-02-05"]


def test_what_the_document_does_not_hold_is_refused_with_the_nearest_passages(seed_engine: Engine) -> None:
    answer = seed_engine.ask("Who won the World Cup in 2018?")
    assert answer.refused
    assert answer.citations == ()
    assert answer.reason
    assert len(answer.passages) >= 3
    assert "Who won the World Cup in 2018?" in answer.text


def test_a_follow_up_is_made_to_stand_alone(seed_engine: Engine) -> None:
    history = [Turn("Who formalized the request?", "Foreign Affairs Minister Javier González-Olaechea did [1].")]
    answer = seed_engine.ask("When did he do it?", history)
    assert "Olaechea" in answer.standalone_question
    assert answer.question == "When did he do it?"
    assert "December 2023" in answer.text


def test_ask_is_the_last_item_of_stream(seed_engine: Engine) -> None:
    *_, last = seed_engine.stream(QUESTIONS[0])
    again = seed_engine.ask(QUESTIONS[0])
    assert (last.text, last.citations) == (again.text, again.citations)


def test_an_engine_is_shared_between_threads(seed_engine: Engine) -> None:
    alone = {q: seed_engine.ask(q).text for q in QUESTIONS}
    with ThreadPoolExecutor(8) as pool:
        asked = [q for q in QUESTIONS for _ in range(4)]
        together = list(pool.map(lambda q: seed_engine.ask(q).text, asked))
    assert together == [alone[q] for q in asked]


def test_it_is_a_llama_index_query_engine_and_retriever(seed_engine: Engine) -> None:
    assert isinstance(seed_engine, CustomQueryEngine)
    response = seed_engine.query("Where were the working meetings held?")
    assert "Lima" in str(response)
    text = seed_engine.library.text(SOURCE)
    nodes = seed_engine.as_retriever(3).retrieve("drug trafficking")
    assert len(nodes) == 3
    assert response.source_nodes
    for node in [*nodes, *response.source_nodes]:
        assert node.node.metadata["source"] == SOURCE
        assert node.node.get_content() in text


def test_an_empty_question_says_what_to_type(seed_engine: Engine) -> None:
    with pytest.raises(RagError, match="rag ask"):
        seed_engine.ask("  ")


def test_no_library_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="rag ingest"):
        Engine.open(Settings.load(environ={}, library=str(tmp_path / "none")), embedder=HashEmbedder())


def test_another_embedding_model_is_refused(seed_library: Path) -> None:
    with pytest.raises(FingerprintMismatch, match="rag rebuild"):
        Engine.open(Settings.load(environ={}, library=str(seed_library)), embedder=HashEmbedder())


def test_a_topic_lent_by_an_earlier_turn_does_not_answer(seed_engine: Engine) -> None:
    """ "What did the agreements cost?" is not answered by the sentence that answered the question before it."""
    before = "Where were the working meetings held?"
    history = [Turn(before, seed_engine.ask(before).text)]
    assert seed_engine.ask("What did the agreements cost?").refused
    answer = seed_engine.ask("What did the agreements cost?", history)
    assert answer.refused
    assert "cost" in answer.reason


def test_a_refusal_says_which_document_was_not_read_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["The harbour office opens at nine and closes at five."])
    book.create_sheet("Salaries").sheet_state = "hidden"
    book.save(tmp_path / "office.xlsx")
    settings = Settings.load(environ={}, library=str(tmp_path / "library"))
    ingest([tmp_path / "office.xlsx"], tmp_path / "library", HashEmbedder(), settings=settings)
    answer = Engine.open(settings, embedder=HashEmbedder()).ask("What does the volcano weigh?")
    assert answer.refused
    assert any("office.xlsx" in note and "Salaries" in note for note in answer.notes)
