"""Any extractive question-answering model of transformers as a reader, by folder or hub name.

In: a model that gives start and end logits, trained with unanswerable questions (the first token stands for none).
Out: `PassageRead` values whose verdicts are both the margin of the best span, for such a model has no other. It loads
weights from safetensors and no code of a model's.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from rag.errors import ModelError
from rag.hub import loading, offline_environment, only_weights
from rag.models import pick_dtype
from rag.reading.reader import NONE, OURS, PassageRead, reading_of, shortened
from rag.types import Span


class ExtractiveReader:
    """The model behind a lock. ``path`` is a folder or the name of a model in the hub's cache."""

    def __init__(self, path: str, *, dtype: str = "auto") -> None:
        offline_environment(path)
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self._torch = torch
        advice = f"give the folder of an extractive question-answering model, or use --reader {OURS} or --reader {NONE}"
        with loading(f"reader {path!r}", advice):
            only_weights(path)
            self._tokenizer: Any = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
            self._model: Any = AutoModelForQuestionAnswering.from_pretrained(
                path, trust_remote_code=False, use_safetensors=True, dtype=getattr(torch, pick_dtype(dtype))
            ).eval()
        if not self._tokenizer.is_fast:
            raise ModelError(f"reader {path!r} has a tokenizer that gives no offsets; use --reader {OURS}")
        known = (self._tokenizer.model_max_length, getattr(self._model.config, "max_position_embeddings", None))
        self._window = min(int(n) for n in (*known, 512) if n)
        self._lock = threading.Lock()

    def read(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageRead]:
        """Read each text; see `rag.reading.reader.Reader`."""
        if not texts:
            return []
        encoded = self._tokenizer(
            [shortened(question)] * len(texts),
            list(texts),
            padding=True,
            truncation="only_second",
            max_length=self._window,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping").numpy()
        with self._torch.inference_mode(), self._lock:
            found = self._model(**encoded)
        first, last = (t.float().numpy() for t in (found.start_logits, found.end_logits))
        out = []
        for i, text in enumerate(texts):
            seen = np.where(np.array([k == 1 for k in encoded.sequence_ids(i)])[:, None], offsets[i], 0)
            reading = reading_of(text, first[i], last[i], seen, sentences[i], (0.0, 0.0))
            margin = reading.best.score if reading.best else -10.0
            out.append(PassageRead(margin, margin, reading.best, reading.sentences))
        return out
