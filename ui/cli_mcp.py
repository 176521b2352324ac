"""`rag mcp`: the library as an MCP server on standard input and output, for an assistant on this machine.

In: settings. Out: answers in the protocol until the host closes the pipe. Models load behind the greeting, so that a
host does not wait for them. Nothing but the protocol is written to standard output.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import ModelError
from rag.library import Library

if TYPE_CHECKING:
    from rag.engine import Engine


def mcp(_args: argparse.Namespace, settings: Settings) -> int:
    """Serve MCP on the standard streams."""
    try:
        from ui.doors.mcp_door import server
    except ImportError as error:
        raise ModelError(f"`rag mcp` needs the package mcp ({error}); pip install 'footnote-rag[mcp]'") from error
    from ui.doors.desk import Counter
    from ui.doors.gate import Gate
    from ui.doors.tokens import Tokens

    Library.open(settings.library).close()  # a missing library is told before a host believes that all is well
    with ThreadPoolExecutor(1) as loader:
        opening = loader.submit(_opened, settings)

        def engine() -> Engine:
            return opening.result()

        server(Counter(engine, Gate(Tokens(settings.library), "127.0.0.1"))).run("stdio")
    return 0


def _opened(settings: Settings) -> Engine:
    from rag.engine import Engine

    return Engine.open(settings)
