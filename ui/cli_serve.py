"""`rag serve`: the chat page.

In: settings. Out: a page that answers until Ctrl-C. It opens the engine before the page, so that a missing library is
told in the terminal and not to a visitor.
"""

from __future__ import annotations

import argparse

from rag.config import Settings
from ui import terminal
from ui.cli_ask import open_engine


def serve(args: argparse.Namespace, settings: Settings) -> int:
    """Serve the page until it is stopped."""
    engine = open_engine(settings)
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
