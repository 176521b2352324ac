"""A folder and its library kept in step.

In: paths, a library, an embedder, an event that ends it. Out: one `IngestReport` after every change that was taken
in. It decides nothing of its own: each round is an `ingest` of the same paths.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.pipeline import IngestReport, ingest
from rag.config import Settings
from rag.errors import LibraryLocked, PruneNeeded
from rag.models import Embedder

# Files saved together arrive together; a person still sees an answer change within a second or two.
_SETTLE_MS = 600


def watch(
    paths: Sequence[str | Path],
    library: str | Path,
    embedder: Embedder,
    *,
    settings: Settings,
    report: Callable[[IngestReport], None],
    stop: threading.Event,
    trouble: Callable[[LibraryLocked | PruneNeeded], None] | None = None,
) -> None:
    """Ingest ``paths`` now and after each change, until ``stop``.

    A library that another process holds, and a deletion that wants ``--prune``, are told to ``trouble`` and tried again
    at the next change; without ``trouble`` they are raised.
    """
    import watchfiles

    own = Path(library).resolve()

    def outside(_change: watchfiles.Change, path: str) -> bool:
        return own != Path(path) and own not in Path(path).parents

    def take_in() -> None:
        try:
            done = ingest(paths, library, embedder, settings=settings, stop=stop)
        except (LibraryLocked, PruneNeeded) as error:
            if trouble is None:
                raise
            trouble(error)
        else:
            report(done)

    # Watching begins before the first ingest, so that nothing falls between the two.
    changes = watchfiles.watch(
        *paths, watch_filter=outside, stop_event=stop, step=_SETTLE_MS, rust_timeout=500, yield_on_timeout=True
    )
    next(changes, None)
    take_in()
    for changed in changes:
        if changed:
            take_in()
