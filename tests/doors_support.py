"""One served set of doors for a test module: a small library without a model, over real HTTP.

Out: `Served`, whose ``base`` is the address. Nothing here patches the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from eval.checks import OWN, engine_over
from ingest.pipeline import ingest
from rag.config import Settings
from rag.engine import Engine
from tests.support import HashEmbedder
from ui.doors.alone import Running
from ui.doors.server import doors
from ui.doors.tokens import Tokens

QUESTION = "How many passengers did Sandvik Ferries carry in 2023?"
ABSENT = "Which colour has the moon of Neptune?"


class FolderShelf:
    """A shelf that reads at once, by the pipeline that `rag ingest` runs."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder, self.settings = folder, settings
        folder.mkdir()

    def place(self, name: str) -> tuple[str, Path]:
        return name, self.folder / f".{name}"

    def received(self, source: str, written: Path) -> None:
        written.replace(self.folder / source)
        self._read()

    def remove(self, source: str) -> str:
        (self.folder / source).unlink()
        self._read()
        return "no undo"

    def state(self) -> dict[str, Any]:
        return {"items": sorted(p.name for p in self.folder.iterdir())}

    def _read(self) -> None:
        ingest([self.folder], self.settings.library, HashEmbedder(), settings=self.settings, prune=True)


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
    shelf = FolderShelf(folder / "shelf", engine.settings)
    running = Running(doors(lambda: engine, library, host, shelf), "127.0.0.1", 0)
    with running, httpx.Client(base_url=running.address, timeout=60) as http:
        yield Served(running.address, engine, Tokens(library), http)
