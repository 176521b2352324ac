"""The reader: the weights that were measured, marks that are whole words of the text, and other models in its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import Engine, Settings
from rag.errors import ModelError
from rag.models import Embedder
from rag.reading import packaged
from rag.reading.packaged import PackagedReader
from rag.reading.reader import LONGEST, load_reader, marked
from rag.text import sentence_spans
from rag.types import Span
from tests.extractive_support import tiny_extractive

pytestmark = pytest.mark.model
PORT = "Ana Torres leads the port of Callao. She asked for two more cranes in May 2023. Rain is expected on Sunday."


def test_the_weights_are_those_that_were_measured() -> None:
    assert hashlib.sha256(packaged.WEIGHTS.read_bytes()).hexdigest() == packaged.SHA256
    assert packaged.WEIGHTS.stat().st_size <= 35_000_000


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [("Who leads the port?", "Ana Torres", 0), ("When were the cranes asked for?", "May 2023", 1)],
)
def test_it_marks_the_words_that_answer(question: str, answer: str, sentence: int) -> None:
    spans = sentence_spans(PORT)
    [reading] = PackagedReader().read(question, [PORT], [spans])
    assert reading.best is not None
    assert answer in reading.best.span.of(PORT)
    scores = [m.score if m else -np.inf for m in reading.sentences]
    assert int(np.argmax(scores)) == sentence
    assert reading.best.score == max(scores)


def test_a_passage_that_answers_is_told_from_one_that_does_not() -> None:
    other = "The pool opens at nine. Children pay two coins. Dogs must wait outside the gate."
    reader = PackagedReader()
    own, foreign = reader.read("Who leads the port?", [PORT, other], [sentence_spans(t) for t in (PORT, other)])
    assert own.answers > foreign.answers
    assert own.relevant > foreign.relevant
    [absent] = reader.read("How deep is the port?", [PORT], [sentence_spans(PORT)])
    assert absent.answers < own.answers


def test_texts_are_read_alike_in_any_company() -> None:
    """A batch pads and sorts; neither may change what is read of a text."""
    texts = [PORT, "The pool opens at nine.", PORT * 3, "x", "Cranes cost 4,000 a day."]
    spans = [sentence_spans(t) for t in texts]
    together = PackagedReader().read("What do cranes cost?", texts, spans)
    for text, at, reading in zip(texts, spans, together, strict=True):
        [alone] = PackagedReader().read("What do cranes cost?", [text], [at])
        assert reading.answers == pytest.approx(alone.answers, abs=0.4)  # 8 bits: a scale for each batch
    assert PackagedReader().read("What?", [], []) == []


TEXTS = st.text(alphabet="abcÄöß 'é.,;:-\n0123456789€北京", max_size=300)


@settings(max_examples=25, deadline=None)
@given(text=TEXTS, question=st.text(alphabet="abc wh?é 北1.", max_size=400))
def test_every_mark_lies_in_its_sentence(text: str, question: str) -> None:
    spans = sentence_spans(text)
    [reading] = PackagedReader().read(question, [text], [spans])
    assert len(reading.sentences) == len(spans)
    for mark, span in zip(reading.sentences, spans, strict=True):
        if mark is not None:
            assert span.start <= mark.span.start < mark.span.end <= span.end
            assert np.isfinite(mark.score)


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=60))
def test_the_mark_is_the_best_pair_within_reach(logits: list[tuple[float, float]]) -> None:
    """Against every pair, tried one by one."""
    text = "a " * len(logits)
    first, last = (np.array(column, dtype=np.float32) for column in zip(*logits, strict=True))
    offsets = np.array([[2 * i, 2 * i + 1] for i in range(len(logits))])
    found = marked(text, first, last, offsets, Span(0, len(text)), 1.0)
    pairs = [(i, j) for i in range(len(logits)) for j in range(i, min(len(logits), i + LONGEST))]
    assert found is not None
    assert found.score == pytest.approx(max(float(first[i] + last[j]) for i, j in pairs) - 1.0, abs=1e-4)


def test_a_long_question_leaves_room_for_the_passage() -> None:
    [reading] = PackagedReader().read("why " * 2000 + "who leads the port?", [PORT], [sentence_spans(PORT)])
    assert all(reading.sentences)


def test_any_extractive_model_of_a_folder_reads_too(tmp_path: Path, embedder: Embedder, seed_library: Path) -> None:
    folder = tiny_extractive(tmp_path / "model")
    chosen = Settings.load(environ={}, reader=str(folder), library=str(seed_library))
    reader = load_reader(chosen)
    assert reader is not None
    spans = sentence_spans(PORT)
    [reading] = reader.read("Who leads the port?", [PORT], [spans])
    assert len(reading.sentences) == len(spans)
    assert reading.best is not None
    assert reading.answers == reading.best.score
    answer = Engine.open(chosen, embedder=embedder).ask("Who formalized the request?")
    assert answer.passages


def test_without_a_reader_the_documents_still_answer(embedder: Embedder, seed_library: Path) -> None:
    settings = Settings.load(environ={}, reader="none", library=str(seed_library))
    assert load_reader(settings) is None
    answer = Engine.open(settings, embedder=embedder).ask("Where were the working meetings held?")
    assert not answer.refused
    assert "Lima" in answer.text


def test_a_reader_that_is_not_there_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="--reader footnote"):
        load_reader(Settings.load(environ={}, reader=str(tmp_path / "nowhere")))
