"""The verifying proxy: a client talks to its own model through Footnote, and only sentences that hold come back.

In: a model's spec, requests. Out: for each request the engine with the model that writes for it. With ``pass_key`` the
key that a client sends is the model's and goes to it alone; it is neither kept on disk nor logged.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request

from rag.config import Settings
from rag.write.llm import load_llm
from ui.doors.desk import Counter
from ui.doors.gate import Gate, Refusal, secret_of

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.engine import Engine

_KEPT = 16  # models by key
_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_API_KEY")


class Proxy(Counter):
    """A counter behind which the user's own model writes."""

    def __init__(
        self, find: Callable[[], Engine | None], gate: Gate, settings: Settings, spec: str, *, pass_key: bool
    ) -> None:
        super().__init__(find, gate)
        self.names = (*self.names, spec, spec.partition(":")[2].rpartition("@")[0] or spec.partition(":")[2])
        self._settings = settings
        self._spec = spec
        self._pass_key = pass_key
        self._models: OrderedDict[str, LLM] = OrderedDict()
        self._lock = threading.Lock()
        if not pass_key:
            self._model("")  # what is missing is told at the start

    def of(self, request: Request) -> Counter:
        """Return what answers this request: the same library, its own model. `Refusal` where its key is missing."""
        key = secret_of(request) if self._pass_key else ""
        if self._pass_key and not key:
            raise Refusal(401, "send the key of your model as this client's key")
        written = self.engine.writing(self._model(key), self._spec)
        counter = Counter(lambda: written, self.gate)
        counter.names = self.names
        return counter

    def _model(self, key: str) -> LLM:
        digest = hashlib.sha256(key.encode()).hexdigest()
        with self._lock:
            known = self._models.pop(digest, None)
            if known is None:
                environ = dict.fromkeys(_KEYS, key) if self._pass_key else None
                known = load_llm(self._spec, self._settings, environ=environ)
            if known is None:
                raise Refusal(501, f"{self._spec!r} names no model; rag proxy --to openai:NAME@URL")
            self._models[digest] = known
            while len(self._models) > _KEPT:
                self._models.popitem(last=False)
            return known
