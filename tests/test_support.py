"""The embedder without a model behaves like one: unit vectors, the same for the same words, spans in their order."""

from __future__ import annotations

import numpy as np

from rag.text import sentence_spans
from rag.types import Span
from tests.support import HashEmbedder


def test_vectors_are_of_unit_length_and_repeatable() -> None:
    embedder = HashEmbedder()
    one, other = embedder.embed_query("González met Ana"), embedder.embed_query("gonzalez MET ana")
    assert np.allclose(one, other)
    assert np.isclose(np.linalg.norm(one), 1.0)
    assert np.isclose(np.linalg.norm(embedder.embed_query("…")), 1.0)


def test_shared_words_bring_texts_together() -> None:
    embedder = HashEmbedder()
    asked = embedder.embed_query("when did the harbour open")
    near, far = embedder.embed_query("the harbour did open in 1897"), embedder.embed_query("dolphins sleep")
    assert asked @ near > 0.5 > asked @ far


def test_a_passage_brings_one_vector_per_sentence() -> None:
    embedder = HashEmbedder()
    text = "Dolphins sleep. The harbour opened in 1897."
    spans = sentence_spans(text)
    [found, empty] = embedder.embed_passages([text, "…"], [spans, []])
    assert found.sentences.shape == (2, 64)
    assert np.allclose(found.sentences[1], embedder.embed_query(Span(spans[1].start, spans[1].end).of(text)))
    assert empty.sentences.shape == (0, 64)
    assert embedder.count_tokens(text) == 7


def test_alignment_says_which_words_a_text_holds() -> None:
    [[row]] = HashEmbedder().align("Did Ana sleep?", ["Ana sang."], [[]])
    assert np.isclose(row[1], 1.0)
    assert row[0] < 0.9 > row[2]
