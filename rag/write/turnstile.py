"""One local model serves one person at a time, in the order they came.

In: the model. Out: a place in its queue that is told how many are ahead. A remote service has no queue here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from typing import Any

from rag.write.llm import is_loopback

TELL_EVERY = 0.5


class Turnstile:
    """First come, first served. A place is left by leaving its ``with`` block, also when its owner gives up waiting."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    def wait(self) -> Generator[int, None, None]:
        """Yield how many are ahead, until it is this caller's turn; then yield 0 and hold the turn until closed."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            ahead = self._ahead(ticket)
            while ahead:
                yield ahead
                with self._changed:
                    if self._queue[0] is not ticket:
                        self._changed.wait(TELL_EVERY)
                ahead = self._ahead(ticket)
            yield 0
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _ahead(self, ticket: object) -> int:
        with self._changed:
            return self._queue.index(ticket)


_gates: dict[str, Turnstile] = {}
_gates_lock = threading.Lock()


def turnstile(llm: Any) -> Turnstile | None:
    """Return the queue of a local model, ``None`` for a remote service. Models at one address share one queue."""
    url = getattr(llm, "base_url", None) or getattr(llm, "api_base", None)
    if isinstance(url, str) and url and not is_loopback(url):
        return None
    name = url if isinstance(url, str) and url else f"{type(llm).__name__} at {id(llm)}"
    with _gates_lock:
        return _gates.setdefault(name, Turnstile())
