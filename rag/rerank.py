"""A cross-encoder that orders the best passages once more, where the user names one.

In: ``Settings.reranker`` (``none``, the folder of a sentence-transformers `CrossEncoder`, or its hub name). Out: scores
of question and passage read together. It runs no code that comes with a model and never swaps a model that fails.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rag.config import Settings
from rag.errors import ModelError
from rag.hub import offline_environment
from rag.models import FloatArray, pick_dtype

NONE = "none"
# A cross-encoder reads a pair at the cost of an embedding: 20 passages of 200 tokens take about half a second.
READ = 20
BATCH = 8


class Reranker(Protocol):
    """What retrieval needs of a reranker: one score per text, higher is better, on any scale."""

    def score(self, question: str, texts: Sequence[str]) -> FloatArray: ...


def load_reranker(settings: Settings) -> Reranker | None:
    """Load the reranker that the settings name, or None. Raises `ModelError` when it cannot be loaded."""
    if settings.reranker == NONE:
        return None
    return CrossEncoderReranker(settings.reranker, dtype=settings.dtype)


class CrossEncoderReranker:
    """A sentence-transformers `CrossEncoder` by folder or hub name."""

    def __init__(self, path: str, *, dtype: str = "auto") -> None:
        offline_environment(path)
        import torch
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(
                path, trust_remote_code=False, device="cpu", model_kwargs={"dtype": getattr(torch, pick_dtype(dtype))}
            )
        except (OSError, ValueError, RuntimeError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(
                f"reranker {path!r} cannot be loaded ({first}); give the folder of a cross-encoder, "
                f"or leave it out with --reranker {NONE}"
            ) from error
        self._lock = threading.Lock()

    def score(self, question: str, texts: Sequence[str]) -> FloatArray:
        """Return one score per text, shape ``(n,)``."""
        with self._lock:
            scores = self._model.predict([(question, t) for t in texts], batch_size=BATCH, show_progress_bar=False)
        return np.asarray(scores, dtype=np.float32).reshape(len(texts))
