"""What one page serves from: the library as soon as there is one, the engine as soon as its models are loaded.

In: settings; for the tests, an engine that is open already. Out: the library and the engine, each when it is there, and
what is to be said while it is not. The page is up before either; `open_in_background` brings both. It knows nothing of
HTTP and nothing of Gradio.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.errors import LibraryError, NoLibrary, RagError

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.engine import Engine
    from rag.library import Library
    from rag.models import Embedder

LOOK_AGAIN = 2.0  # seconds between two looks for a library that another process may be making
PATIENCE = 600.0  # seconds that a question waits for the models
EMPTY = "No document has been read yet. Add one on this page, or run `rag ingest FOLDER`."


class House:
    """The library and the engine of one page. Safe for many visitors at once."""

    def __init__(self, settings: Settings, engine: Engine | None = None, embedder: Embedder | None = None) -> None:
        self.settings = settings
        self.trouble = ""  # why the engine cannot be opened, in one line
        self._engine = engine
        self._library: Library | None = None if engine is None else engine.library
        self._embedder = embedder
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._told = threading.Condition()
        self._look = threading.Event()
        self._closed = False

    @classmethod
    def of(cls, engine: Engine) -> House:
        """A house whose engine is there already."""
        return cls(engine.settings, engine)

    @property
    def engine(self) -> Engine | None:
        """The engine, once it is open."""
        return self._engine

    @property
    def library(self) -> Library | None:
        """The library, once there is one; it needs no model. `LibraryError` where there is one that cannot be used."""
        from rag.library import Library

        with self._lock:
            if self._library is None:
                try:
                    self._library = Library.open(self.settings.library)
                except NoLibrary:
                    return None
            return self._library

    def embedder(self) -> Embedder:
        """The embedding model, loaded once; the engine and the reading of documents share it."""
        from rag.models import load_embedder

        with self._loading:
            if self._embedder is None:
                self._embedder = load_embedder(self.settings)
            return self._embedder

    def open_in_background(self, tell: Callable[[str], None]) -> None:
        """Load the models, wait for a library, open the engine. ``tell`` hears what a person at the terminal should."""
        threading.Thread(target=self._open, args=(tell,), name="opening", daemon=True).start()

    def _open(self, tell: Callable[[str], None]) -> None:
        while not self._closed and self._engine is None:
            try:
                self.embedder()
                if self.library is not None:
                    self._opened(tell)
                self.trouble = ""
            except LibraryError as error:
                # It may be mended, or made anew, while the page stays up.
                if str(error) != self.trouble:
                    tell(f"rag: {error}")
                self.trouble = str(error)
            except RagError as error:
                self.trouble = str(error)
                tell(f"rag: {error}")
                self._wake()
                return
            self._wake()
            self._look.wait(LOOK_AGAIN)
            self._look.clear()

    def _opened(self, tell: Callable[[str], None]) -> None:
        from rag.engine import Engine
        from rag.judge import thresholds

        engine = Engine.open(self.settings, embedder=self.embedder())
        engine.search("first", 1)  # reads weights and vectors now; the first visitor would wait for them
        if why := thresholds.unused(engine.library, self.settings):
            tell(f"rag: {why}")
        self._engine, self._library = engine, engine.library

    def poke(self) -> None:
        """Look now whether there is a library."""
        self._look.set()

    def _wake(self) -> None:
        with self._told:
            self._told.notify_all()

    def wait(self, seconds: float = PATIENCE) -> Engine:
        """The engine, waited for while its models load; `RagError` where there will be none, or no document is read."""
        if self._engine is None and self.library is None:
            raise RagError(self.trouble or EMPTY)
        with self._told:
            self._told.wait_for(lambda: self._engine is not None or self.trouble or self._closed, seconds)
        if self._engine is None:
            raise RagError(self.trouble or "The models are still loading. Ask again in a moment.")
        return self._engine

    def close(self) -> None:
        """Let go of who waits."""
        self._closed = True
        self.poke()
        self._wake()
