"""The doors as one application, and that application beside the page's on one port.

In: a way to the engine, a host. Out: an ASGI application that refuses a foreign Host or Origin, gives every response
its request id, and tells every error in the shape of its door.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import RagError
from ui.doors import anthropic_door, api, openai_door
from ui.doors import shelf as documents
from ui.doors.desk import Counter
from ui.doors.gate import Gate, Refusal, refused, request_id, told
from ui.doors.meter import Meter
from ui.doors.shelf import PATH as DOCUMENTS
from ui.doors.shelf import Shelf
from ui.doors.tokens import Tokens
from ui.guard import allowed_names, is_own_host

if TYPE_CHECKING:
    from rag.engine import Engine

log = logging.getLogger(__name__)

MOST_BYTES = 4 << 20
PATHS = ("/api/", "/v1/", "/quote/")
FILES = frozenset({"/mcp", "/openapi.json", "/healthz", "/readyz", "/metrics"})
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


def doors(find: Callable[[], Engine | None], library: str, host: str, shelf: Shelf | None = None) -> ASGIApp:
    """Return the application of all doors; ``find`` returns the engine once it is open, ``shelf`` takes files in."""
    return application(Counter(find, Gate(Tokens(library), host)), host, shelf)


def application(counter: Counter, host: str, shelf: Shelf | None = None) -> ASGIApp:
    """Return the application of all doors over one counter."""
    app = FastAPI(title="Footnote", version=version("footnote-rag"), docs_url=None, redoc_url=None)
    for door in (api, openai_door, anthropic_door):
        app.include_router(door.router(counter))
    app.include_router(documents.router(counter, shelf))
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(RagError, _failed)
    app.add_exception_handler(Exception, _failed)
    return Watch(_with_mcp(app, counter), host, counter.gate.meter)


def _with_mcp(app: ASGIApp, counter: Counter) -> ASGIApp:
    """Put MCP beside the other doors; where its package is not installed, say so to who comes for it."""
    over: ASGIApp
    try:
        from ui.doors.mcp_door import OverHttp

        over = OverHttp(counter)
    except ImportError:

        async def over(scope: Scope, receive: Receive, send: Send) -> None:
            raise Refusal(501, "MCP needs a package; pip install 'footnote-rag[mcp]'")

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        own = scope["type"] == "http" and scope["path"] == "/mcp"
        await (over if own else app)(scope, receive, send)

    return chosen


class Watch:
    """ASGI middleware: foreign hosts, foreign origins and floods are refused; every response has an id."""

    def __init__(self, app: ASGIApp, host: str, meter: Meter) -> None:
        self.app = app
        self._meter = meter
        self._names = allowed_names(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        own, status, started = request_id(request), 0, time.perf_counter()

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in {**_HEADERS, "x-request-id": own}.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._foreign(Headers(scope=scope))
            # a document that is added is bounded where it is written, by `max_file_mb`
            await self.app(scope, receive if scope["path"] == DOCUMENTS else _bounded(receive), marked)
        except Exception as error:  # noqa: BLE001 (one request's defect is told, never its text)
            if not isinstance(error, Refusal):
                log.error("%s %s %s failed: %s", own, scope["method"], scope["path"], type(error).__name__)
            if not status:
                await refused(request, *told(error))(scope, receive, marked)
        finally:
            self._meter.observe(own, scope["path"], status, time.perf_counter() - started)

    def _foreign(self, headers: Headers) -> None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not is_own_host(host, self._names):
            raise Refusal(400, "this address is not Footnote's; use the one that `rag serve` shows")
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            raise Refusal(403, "another site may not use this address")


def _bounded(receive: Receive) -> Receive:
    """A body that is too long ends with 413, whatever its header says."""
    read = 0

    async def some() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BYTES:
            raise HTTPException(413, f"a request has at most {MOST_BYTES >> 20} MB")
        return message

    return some


async def _failed(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return refused(request, error.status_code, str(error.detail))
    status, message, wait = told(error)
    if status >= 500:
        log.error("%s %s failed: %s", request_id(request), request.url.path, type(error).__name__)
    return refused(request, status, message, wait)


async def _not_valid(request: Request, error: Exception) -> Response:
    """Say what is wrong with which part of the body, without what was sent."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    wrong = [{"at": ".".join(map(str, one["loc"])), "problem": one["msg"]} for one in faults]
    message = "; ".join(f"{one['at']}: {one['problem']}" for one in wrong) or "the request makes no sense"
    return refused(request, 422, message, more={"errors": wrong})


class Beside:
    """ASGI application: the doors' own addresses go to the doors, everything else to the page."""

    def __init__(self, app: ASGIApp, doors: ASGIApp) -> None:
        self.app = app
        self.doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by the path."""
        path: Any = scope.get("path", "")
        own = scope["type"] == "http" and (path in FILES or path.startswith(PATHS))
        await (self.doors if own else self.app)(scope, receive, send)
