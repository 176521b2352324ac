"""The doors without the page: a server of their own, for `rag serve --no-page`.

In: an application, a host, a port. Out: a server in the background, and its address. It prints nothing.
"""

from __future__ import annotations

import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp

from rag.errors import RagError

STARTED, ENDED = 30.0, 5.0  # seconds to wait for each


class Running:
    """A server that answers until it is closed; ``port`` 0 takes a free one. Use it in a ``with`` block."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            raise RagError(f"cannot serve on {host}:{port}: {error.strerror}; try another --port") from error
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, proxy_headers=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="doors", daemon=True)

    def __enter__(self) -> Running:
        """Start; return once it answers."""
        self._thread.start()
        until = time.monotonic() + STARTED
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise RagError("the server did not start; its log says why")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self._server.should_exit = True
        self._thread.join(ENDED)
        self._socket.close()
