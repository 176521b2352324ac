"""`rag proxy`: programs talk to your own model, and only what the documents hold comes back.

In: settings, the model's spec. Out: OpenAI's and Anthropic's doors until Ctrl-C.
"""

from __future__ import annotations

import argparse
import threading

from rag.config import Settings
from rag.errors import ConfigError
from ui import terminal
from ui.cli_ask import open_engine
from ui.doors.gate import LOOPBACK, Gate
from ui.doors.tokens import Tokens


def proxy(args: argparse.Namespace, settings: Settings) -> int:
    """Serve the doors, with the model behind them."""
    from ui.doors.alone import Running
    from ui.doors.proxy import Proxy
    from ui.doors.server import application

    if args.pass_key and settings.host not in LOOPBACK:
        raise ConfigError("--pass-key is for this machine alone, where no token is asked for; leave out --host")
    engine = open_engine(settings)
    gate = Gate(Tokens(settings.library), settings.host)
    counter = Proxy(lambda: engine, gate, settings, args.to, pass_key=args.pass_key)
    try:
        with Running(application(counter, settings.host), settings.host, settings.port) as running:
            terminal.note(f"Point your client at {running.address}/v1 (Ctrl-C stops it)")
            threading.Event().wait()
    except KeyboardInterrupt:
        terminal.note("Stopped.")
    return 0
