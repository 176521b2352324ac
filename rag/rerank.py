"""A cross-encoder that orders the best passages once more, where the user names one.

In: ``Settings.reranker`` (``none``, the folder of a sentence-transformers `CrossEncoder`, or its hub name). Out: scores
of question and passage read together. `rag/cross_encoder.py` loads the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.config import Settings
from rag.cross_encoder import NONE, PairModel
from rag.errors import ModelError
from rag.models import FloatArray

# A cross-encoder reads a pair at the cost of an embedding: 20 passages of 200 tokens take about half a second.
READ = 20


class Reranker(Protocol):
    """What retrieval needs of a reranker: one score per text, higher is better, on any scale."""

    def score(self, question: str, texts: Sequence[str]) -> FloatArray: ...


def load_reranker(settings: Settings) -> Reranker | None:
    """Load the reranker that the settings name, or None. Raises `ModelError` when it cannot be loaded."""
    if settings.reranker == NONE:
        return None
    return CrossEncoderReranker(settings.reranker, dtype=settings.dtype)


class CrossEncoderReranker:
    """A cross-encoder with one score."""

    def __init__(self, path: str, *, dtype: str = "auto") -> None:
        self._model = PairModel(path, "reranker", dtype=dtype)
        if len(self._model.labels) != 1:
            raise ModelError(
                f"reranker {path!r} gives {len(self._model.labels)} scores, not one; name another, "
                f"or leave it out with --reranker {NONE}"
            )

    def score(self, question: str, texts: Sequence[str]) -> FloatArray:
        """Return one score per text, shape ``(n,)``."""
        return self._model.scores([(question, t) for t in texts])[:, 0]
