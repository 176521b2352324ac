"""HTTP clients whose open answers can be hung up, so that a cancelled generation stops at the server too.

In: an address. Out: client options for the adapters; the answers opened while one listens. An adapter's
generator keeps its connection open after it is closed, until the garbage collector comes by: too late for a busy model.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Closable(Protocol):
    """An HTTP response."""

    def close(self) -> None:
        """Close the connection."""


_here = threading.local()


def client_options(seconds: float, loopback: bool) -> dict[str, Any]:
    """Return options of an `httpx.Client`; an address of this machine is never asked through a proxy."""
    return {"timeout": seconds, "trust_env": not loopback, "event_hooks": {"response": [_opened]}}


def _opened(response: Closable) -> None:
    answers: list[Closable] | None = getattr(_here, "answers", None)
    if answers is not None:
        answers.append(response)


@contextmanager
def listening(answers: list[Closable]) -> Iterator[None]:
    """Note in ``answers`` what this thread opens meanwhile. For one step of a stream: the next may run in another."""
    before = getattr(_here, "answers", None)
    _here.answers = answers
    try:
        yield
    finally:
        _here.answers = before
