"""A server of our own: for the page with the doors beside it, and for the doors alone (`rag serve --no-page`).

In: an application, a host, a port. Out: a server in the background, and its address. It prints nothing.
"""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from rag.errors import RagError

STARTED, ENDED = 30.0, 5.0  # seconds to wait for each


def bound(host: str, port: int) -> socket.socket:
    """A socket on the port, so that a complaint can say what to type, and nobody takes the port meanwhile."""
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            raise RagError(f"port {port} is in use; choose another with `rag serve --port {port + 1}`") from error
        raise RagError(f"cannot serve on {host}:{port}: {error}; try `rag serve --host 127.0.0.1`") from error
    return found


class Running:
    """A server that answers until it is closed; ``port`` 0 takes a free one. Use it in a ``with`` block, or `close` it.

    ``found`` is the socket where it is bound already; ``ending`` is called first when it closes: streams can end.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        *,
        found: socket.socket | None = None,
        ending: Callable[[], None] = lambda: None,
    ) -> None:
        found = found or bound(host, port)
        port = found.getsockname()[1]
        shown = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104 (compared)
        self.address = f"http://{shown}:{port}"
        self._socket = found
        self._ending = ending
        # Headers of proxies are the guard's matter; who answers, and with what, is nobody's.
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, proxy_headers=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([found],), name="serving", daemon=True)

    def __enter__(self) -> Running:
        """Start; return once it answers."""
        return self.start()

    def start(self) -> Running:
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
        self.close()

    def close(self) -> None:
        """Stop answering, streams included."""
        self._ending()
        self._server.should_exit = True
        self._thread.join(ENDED)
        self._socket.close()
