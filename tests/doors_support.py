"""One served set of doors for a test module: a small library without a model, over real HTTP.

Out: `Served`, whose ``base`` is the address. Nothing here patches the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from eval.checks import OWN, engine_over
from rag.engine import Engine
from tests.support import HashEmbedder
from ui.doors.alone import Running
from ui.doors.server import doors
from ui.doors.tokens import Tokens

QUESTION = "How many passengers did Sandvik Ferries carry in 2023?"
ABSENT = "Which colour has the moon of Neptune?"


@dataclass
class Served:
    """A server and what it serves."""

    base: str
    engine: Engine
    tokens: Tokens
    http: httpx.Client


@contextmanager
def served(folder: Path, *, host: str = "127.0.0.1") -> Iterator[Served]:
    """Serve the documents of the first made report; ``host`` is what the doors take themselves to be served on."""
    engine = engine_over(OWN / "first", folder / "library", HashEmbedder())
    library = engine.settings.library
    running = Running(doors(lambda: engine, library, host), "127.0.0.1", 0)
    with running, httpx.Client(base_url=running.address, timeout=60) as http:
        yield Served(running.address, engine, Tokens(library), http)
