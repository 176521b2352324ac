"""`rag serve`: the chat page.

In: settings. Out: a page that answers until Ctrl-C. The page comes first: models load, and files are read, while it is
up already, also where there is no library yet.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import ReadError
from ui import terminal

if TYPE_CHECKING:
    from ui.house import House
    from ui.intake import Intake


def serve(args: argparse.Namespace, settings: Settings) -> int:
    """Serve the page until it is stopped; with ``--ingest`` bring the library in step meanwhile."""
    from ui import web
    from ui.cli_ingest import report_lines
    from ui.house import House
    from ui.intake import Intake

    for path in args.ingest or ():
        if not Path(path).expanduser().exists():
            raise ReadError(f"no such file or folder: {path}; nothing was changed")
    house = House(settings)
    intake = Intake(
        house, read_only=args.read_only, report=lambda report: terminal.note("\n".join(report_lines(report)))
    )

    def ready(address: str) -> None:
        what = "The doors answer" if args.no_page else "The page answers"
        terminal.note(f"{what} at {address} (Ctrl-C stops it)")
        house.open_in_background(terminal.note)
        intake.start(args.ingest or ())

    try:
        if args.no_page:
            _doors_alone(house, intake, ready)
        web.serve(house, host=settings.host, port=settings.port, intake=intake, open_browser=args.open, ready=ready)
    except KeyboardInterrupt:
        terminal.note("Stopped.")
    finally:
        intake.close()
        house.close()
    return 0


def _doors_alone(house: House, intake: Intake, ready: Callable[[str], None]) -> None:
    """Serve the doors for programs until they are stopped."""
    from ui.doors.alone import Running
    from ui.doors.server import doors

    settings = house.settings
    doorway = doors(lambda: house.engine, settings.library, settings.host, intake)
    with Running(doorway, settings.host, settings.port) as running:
        ready(running.address)
        threading.Event().wait()
