"""The reranker's slot, with a tiny cross-encoder made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag import Engine, Settings
from rag.errors import ModelError
from rag.models import Embedder
from rag.rerank import CrossEncoderReranker, load_reranker
from tests.cross_encoder_support import tiny_cross_encoder

pytestmark = pytest.mark.model
QUESTION = "Where were the working meetings held?"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_cross_encoder(tmp_path_factory.mktemp("tiny"))


def test_the_engine_orders_passages_by_what_the_reranker_says(
    tiny: Path, seed_library: Path, seed_engine: Engine, embedder: Embedder
) -> None:
    settings = Settings.load(environ={}, library=str(seed_library), reranker=str(tiny), dtype="float32")
    engine = Engine.open(settings, embedder=embedder)
    plain = {r.passage.id: r.score for r in seed_engine.search(QUESTION)}
    found = engine.search(QUESTION)
    assert {r.passage.id for r in found} == set(plain)
    scores = CrossEncoderReranker(str(tiny), dtype="float32").score(QUESTION, [r.passage.text for r in found])
    fused = np.array([plain[r.passage.id] for r in found])
    expected = (fused - fused.mean()) / fused.std() + (scores - scores.mean()) / scores.std()
    assert [r.score for r in found] == pytest.approx(expected.tolist(), abs=1e-4)
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)


def test_an_answer_still_quotes_word_for_word(tiny: Path, seed_library: Path, embedder: Embedder) -> None:
    settings = Settings.load(environ={}, library=str(seed_library), reranker=str(tiny))
    engine = Engine.open(settings, embedder=embedder)
    answer = engine.ask(QUESTION)
    assert answer.citations
    for c in answer.citations:
        assert engine.library.text(c.source)[c.quote_start : c.quote_end] == c.quote


def test_none_loads_nothing_and_an_absent_model_says_what_to_give(tmp_path: Path) -> None:
    assert load_reranker(Settings.load(environ={})) is None
    with pytest.raises(ModelError, match="--reranker none"):
        load_reranker(Settings.load(environ={}, reranker=str(tmp_path / "absent")))


def test_a_model_with_several_scores_orders_nothing(tmp_path: Path) -> None:
    folder = tiny_cross_encoder(tmp_path, ("contradiction", "entailment", "neutral"))
    with pytest.raises(ModelError, match=r"gives 3 scores, not one.*--reranker none"):
        CrossEncoderReranker(str(folder))
