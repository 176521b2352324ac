"""Who may do what at the doors, how often, and how an error is told.

In: a request. Out: the caller's name, or a `Refusal` that becomes a problem document (RFC 9457) or the shape of the
door it came through. It knows neither the engine nor what is asked.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rag.errors import LibraryError, ModelError, RagError, ScopeError, UnknownSource
from ui.defects import Defect
from ui.doors.meter import Meter
from ui.doors.tokens import Token, Tokens

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Questions answered side by side, and those that may wait; requests a minute of one caller, and how many at once.
AT_ONCE, WAITING, SECONDS = 4, 64, 120.0
A_MINUTE, BURST, CALLERS = 240, 60, 1000
# What a proxy adds: whoever comes over one is not of this machine, although the proxy is.
_AFAR = ("x-forwarded-for", "forwarded", "x-real-ip")
_ID = re.compile(r"[\w.-]{1,64}")


class Refusal(RagError):
    """A request that is not served: ``status`` is the HTTP status, ``wait`` seconds after which to try again."""

    def __init__(self, status: int, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.wait = wait


class Gate:
    """Tokens, limits and turns of one server. Safe between threads."""

    def __init__(self, tokens: Tokens, host: str) -> None:
        self.tokens = tokens
        self.meter = Meter()
        self._own = host in LOOPBACK
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._waiting = 0
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admit(self, request: Request, *scopes: str) -> Token | None:
        """Return the token of a caller who may do all of ``scopes``.

        ``None`` for a caller of this machine where the library has no tokens: without any only this machine may ask
        and read, and nobody may write.
        """
        secret = secret_of(request)
        token = self.tokens.of(secret) if secret else None
        self._spend(token.id if token else (request.client.host if request.client else ""))
        if token is None:
            near = self._own and not any(name in request.headers for name in _AFAR)
            if near and "write" not in scopes and not self.tokens.all():
                return None
            hint = "make one with: rag token new" + (" --scope write" if "write" in scopes else "")
            raise Refusal(401, f"this needs a token; {hint}")
        if lacking := [scope for scope in scopes if scope not in token.scopes]:
            raise Refusal(403, f"this token may not {lacking[0]}; it may {', '.join(token.scopes)}")
        return token

    def _spend(self, caller: str) -> None:
        """A bucket of `BURST` requests a caller, filled again at `A_MINUTE`."""
        with self._lock:
            now = time.monotonic()
            left, then = self._buckets.pop(caller, (float(BURST), now))
            left = min(float(BURST), left + (now - then) * A_MINUTE / 60)
            self._buckets[caller] = (max(0.0, left - 1), now)
            while len(self._buckets) > CALLERS:
                self._buckets.popitem(last=False)
        if left < 1:
            raise Refusal(429, "too many requests; try again in a moment", 1)

    @property
    def waiting(self) -> int:
        """How many questions wait for their turn."""
        return self._waiting

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn at the engine; `Refusal` where too many wait already."""
        with self._lock:
            if self._waiting >= WAITING:
                raise Refusal(503, "too many questions wait; try again in a moment", 5)
            self._waiting += 1
        try:
            got = self._turns.acquire(timeout=SECONDS)
        finally:
            with self._lock:
                self._waiting -= 1
        if not got:
            raise Refusal(503, "the questions before this one take too long; try again in a moment", 30)
        try:
            yield
        finally:
            self._turns.release()


def secret_of(request: Request) -> str:
    """Return what OpenAI's clients send as a bearer token and Anthropic's as a key."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else request.headers.get("x-api-key", "").strip()


# ---------------------------------------------------------------- errors


def request_id(request: Request) -> str:
    """Return the id of a request: the caller's own where it is a plain one, else a new one."""
    known: str | None = getattr(request.state, "request_id", None)
    if known is None:
        given = request.headers.get("x-request-id", "")
        known = given if _ID.fullmatch(given) else f"req_{secrets.token_hex(8)}"
        request.state.request_id = known
    return known


def told(error: Exception) -> tuple[int, str, int]:
    """Return status, message and seconds to wait for what a request raised."""
    if isinstance(error, Refusal):
        return error.status, str(error), error.wait
    if isinstance(error, Defect) or not isinstance(error, RagError):
        return 500, "Footnote met a defect; its log has the details", 0
    statuses: tuple[tuple[type[RagError], int], ...] = (
        (UnknownSource, 404), (ScopeError, 422), (LibraryError, 503), (ModelError, 502),
    )  # fmt: skip
    return next((status for kind, status in statuses if isinstance(error, kind)), 400), str(error), 0


def refused(request: Request, status: int, message: str, wait: int = 0, more: dict[str, Any] | None = None) -> Response:
    """The error in the shape of the door that the request came through."""
    own = request_id(request)
    headers = {"x-request-id": own} | ({"retry-after": str(wait)} if wait else {})
    headers |= {"www-authenticate": "Bearer"} if status == 401 else {}
    path = request.url.path
    if path.startswith("/v1/messages"):
        kind = _ANTHROPIC.get(status, "api_error" if status >= 500 else "invalid_request_error")
        body: dict[str, Any] = {"type": "error", "error": {"type": kind, "message": message}, "request_id": own}
        return JSONResponse(body, status, headers)
    if path.startswith("/v1/"):
        kind = "server_error" if status >= 500 else "invalid_request_error"
        error = {"message": message, "type": kind, "param": None, "code": _OPENAI.get(status)}
        return JSONResponse({"error": error}, status, headers)
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": message}
    problem |= {"instance": f"urn:footnote:{own}"} | (more or {})
    return JSONResponse(problem, status, headers, media_type="application/problem+json")


_ANTHROPIC = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 413: "request_too_large",
              429: "rate_limit_error", 503: "overloaded_error"}  # fmt: skip
_OPENAI = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
