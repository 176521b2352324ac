"""A sentence-transformers `CrossEncoder` by folder or hub name: two texts read together give one row of scores.

In: a path or a name, and what it is wanted for. Out: raw scores, before any squashing. It runs no code that comes with
a model and never swaps a model that fails. `rag/rerank.py` and `rag/vote.py` say what the scores mean.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from rag.hub import loading, offline_environment, only_weights
from rag.models import FloatArray, pick_dtype

NONE = "none"
BATCH = 8


class PairModel:
    """The model behind a lock. ``role`` is the setting that names it, for the error that says what to give."""

    def __init__(self, path: str, role: str, *, dtype: str = "auto") -> None:
        offline_environment(path)
        import torch
        from sentence_transformers import CrossEncoder

        options = {"dtype": getattr(torch, pick_dtype(dtype)), "use_safetensors": True}
        advice = f"give the folder of a cross-encoder, or leave it out with --{role} {NONE}"
        with loading(f"{role} {path!r}", advice):
            only_weights(path)
            self._model = CrossEncoder(path, trust_remote_code=False, device="cpu", model_kwargs=options)
        self._raw = torch.nn.Identity()
        self._lock = threading.Lock()

    @property
    def labels(self) -> tuple[str, ...]:
        """What each column of the scores stands for, in the words of the model's own configuration."""
        named = self._model.config.id2label
        return tuple(str(named[i]) for i in sorted(named))

    def scores(self, pairs: Sequence[tuple[str, str]], *, raw: bool = False) -> FloatArray:
        """Return one row a pair, shape ``(n, labels)``; ``raw``: logits, whatever the model's own last step is."""
        with self._lock:
            found = self._model.predict(
                list(pairs), batch_size=BATCH, show_progress_bar=False, activation_fn=self._raw if raw else None
            )
        return np.asarray(found, dtype=np.float32).reshape(len(pairs), -1)
