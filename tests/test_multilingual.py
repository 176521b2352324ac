"""The multilingual model out of its wheel: a packed model of a few numbers becomes one that can be loaded."""

from __future__ import annotations

import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag.config import Settings
from rag.errors import ModelError
from rag.library import Library
from rag.models import SentenceTransformerEmbedder
from rag.multilingual import multilingual_folder, unpack, weights
from rag.types import Span
from tests.ingest_support import EMBEDDER, run, write
from ui.cli_ingest import language_advice

HIDDEN, LAYERS, HEADS, INNER, WORDS, POSITIONS = 32, 1, 2, 64, 40, 64
PIECES = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "\u2581the",
    "\u2581ferry",
    "\u2581el",
    "\u2581año",
    "\u2581",
    *"aeilmnorstuñ",
]


def quantised(numbers: np.ndarray, scale: float = 0.25) -> bytes:
    """Pack whole numbers from -8 to 7 in blocks of 32 with one scale, low halves first."""
    rows = (numbers.reshape(-1, 32) + 8).astype(np.uint8)
    pairs = rows[:, :16] | rows[:, 16:] << 4
    return b"".join(np.float16(scale).tobytes() + pair.tobytes() for pair in pairs)


def packed() -> tuple[bytes, dict[str, np.ndarray]]:
    """A model of one layer in the wheel's format, and its tensors."""
    draw = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {"emb.word": (WORDS, HIDDEN)}
    plain: dict[str, tuple[int, ...]] = {
        "emb.pos": (POSITIONS, HIDDEN), "emb.type": (2, HIDDEN), "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,),
    }  # fmt: skip
    for part, (out, into) in {
        "q": (32, 32),
        "k": (32, 32),
        "v": (32, 32),
        "ao": (32, 32),
        "fi": (64, 32),
        "fo": (32, 64),
    }.items():
        shapes[f"l0.{part}.w"], plain[f"l0.{part}.b"] = (out, into), (out,)
    for part in ("aln", "oln"):
        plain |= {f"l0.{part}.w": (HIDDEN,), f"l0.{part}.b": (HIDDEN,)}
    tensors = {name: draw.integers(-8, 8, shape).astype(np.float32) for name, shape in shapes.items()}
    tensors |= {name: draw.normal(1, 0.2, shape).astype(np.float32) for name, shape in plain.items()}
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, WORDS, POSITIONS, 2, 1e-12, 32)
    pieces = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, pieces)]).astype("<u4")
    scores = np.linspace(-1, -9, len(pieces)).astype("<f4")
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(offsets[-1])) + offsets.tobytes() + scores.tobytes()
    head += b"".join(pieces) + struct.pack("<iIIB2I", 1, 13, 0xFB01, 2, ord("f"), ord("i"))
    order = ["emb.word", *plain, *(name for name in shapes if name != "emb.word")]
    parts = {name: quantised(tensors[name]) if name in shapes else tensors[name].tobytes() for name in order}
    size = 4 + sum(2 + len(name) + 1 + 4 + 16 for name in order)
    directory, at = struct.pack("<i", len(order)), len(head) + size
    for name in order:
        directory += (
            struct.pack("<H", len(name)) + name.encode() + struct.pack("<BI", name in shapes, tensors[name].size)
        )
        directory += struct.pack("<QQ", at, len(parts[name]))
        at += len(parts[name])
    return head + directory + b"".join(parts.values()), tensors


def test_the_halves_of_a_byte_are_weights_of_their_block() -> None:
    numbers = np.arange(64).reshape(2, 32) % 16 - 8
    assert np.array_equal(weights(quantised(numbers, 0.5)), numbers.reshape(-1) * 0.5)


def test_a_packed_model_is_read_with_its_prompts_tokens_and_sentences(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    data, tensors = packed()
    (tmp_path / "packed.bin").write_bytes(data)
    unpack(tmp_path / "packed.bin", tmp_path / "model")
    made = load_file(tmp_path / "model" / "model.safetensors")
    assert np.array_equal(made["embeddings.word_embeddings.weight"], tensors["emb.word"] * 0.25)
    assert np.array_equal(made["encoder.layer.0.output.dense.weight"], tensors["l0.fo.w"] * 0.25)
    assert np.array_equal(made["encoder.layer.0.output.LayerNorm.bias"], tensors["l0.oln.b"])
    model = SentenceTransformerEmbedder(str(tmp_path / "model"), dtype="float32")
    assert model.fingerprint.endswith(":late-mean:32:query: |passage: ")
    assert model.count_tokens("the  ferry") == model.count_tokens("el\taño") == 2
    text = "the ferry el año"
    (vectors,) = model.embed_passages([text], [[Span(0, 9), Span(10, 16)]])
    assert vectors.sentences.shape == (2, 32)
    assert np.linalg.norm(vectors.passage) == pytest.approx(1, abs=1e-5)
    assert model.embed_query("the ferry").shape == (32,)
    (tmp_path / "other.bin").write_bytes(b"GGUF" + data[4:])
    with pytest.raises(ModelError, match="no model of this kind"):
        unpack(tmp_path / "other.bin", tmp_path / "again")


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="cannot be unpacked into"):
        multilingual_folder()


def test_a_library_with_much_in_other_languages_is_advised(tmp_path: Path) -> None:
    spanish = "El faro de la isla fue construido en el año 1850 por los vecinos del pueblo, que pagaron las obras. "
    english = "The lighthouse of the island was built in the year 1850 by the people of the town, who paid for it. "
    files = {f"{n}.txt": (spanish if n < 3 else english) * 3 for n in range(8)}
    run(write(tmp_path / "docs", files), tmp_path / "library")
    settings = Settings(library=str(tmp_path / "library"))
    assert language_advice(settings).startswith("3 of 8 documents are not English: `--embedding multilingual`")
    assert language_advice(Settings(library=settings.library, embedding="multilingual")) == ""
    with closing(Library.open(settings.library, EMBEDDER.fingerprint)) as library:
        assert library.counts()[0] == 8
    (tmp_path / "docs" / "0.txt").unlink()
    run(tmp_path / "docs", tmp_path / "library")
    assert language_advice(settings) == ""
