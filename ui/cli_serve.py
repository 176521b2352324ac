"""`rag serve`: the chat page.

In: settings. Out: a page that answers until Ctrl-C. It opens the engine before the page, so that a missing library is
told in the terminal and not to a visitor.
"""

from __future__ import annotations

import argparse

from rag.config import Settings
from ui import terminal
from ui.cli_ask import open_engine
from ui.cli_ingest import STOPPED, report_lines, take_in


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
