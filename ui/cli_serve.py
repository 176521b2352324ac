"""`rag serve`: the chat page.

In: settings. Out: a page that answers until Ctrl-C. It opens the engine before the page, so that a missing library is
told in the terminal and not to a visitor.
"""

from __future__ import annotations

import argparse
import threading
from typing import TYPE_CHECKING

from rag.config import Settings
from ui import terminal
from ui.cli_ask import open_engine
from ui.cli_ingest import STOPPED, report_lines, take_in

if TYPE_CHECKING:
    from rag.engine import Engine


def serve(args: argparse.Namespace, settings: Settings) -> int:
    """Serve the page until it is stopped; with ``--ingest`` bring the library in step first, under the same model."""
    embedder = None
    if args.ingest:
        from rag.models import load_embedder

        terminal.passing("Loading…")
        embedder = load_embedder(settings)
        report = take_in(args.ingest, settings, embedder)
        terminal.note("\n".join(report_lines(report)))
        if report.interrupted:
            return STOPPED
    engine = open_engine(settings, embedder)
    engine.search("first", 1)  # reads weights and vectors now; the first visitor would wait for them
    if args.no_page:
        return _doors_alone(engine, settings)
    from ui import web

    try:
        web.serve(
            engine,
            host=settings.host,
            port=settings.port,
            open_browser=args.open,
            ready=lambda address: terminal.note(f"The page answers at {address} (Ctrl-C stops it)"),
        )
    except KeyboardInterrupt:
        terminal.note("Stopped.")
    return 0


def _doors_alone(engine: Engine, settings: Settings) -> int:
    """Serve the doors for programs until they are stopped."""
    from ui.doors.alone import Running
    from ui.doors.server import doors

    try:
        with Running(doors(lambda: engine, settings.library, settings.host), settings.host, settings.port) as running:
            terminal.note(f"The doors answer at {running.address} (Ctrl-C stops them)")
            threading.Event().wait()
    except KeyboardInterrupt:
        terminal.note("Stopped.")
    return 0
