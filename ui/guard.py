"""The door of the page: which hosts, which origins, which routes, and what the browser may load.

In: an ASGI application. Out: the same application behind these rules. docs/security.md gives the reasons. It reads no
body and keeps nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Gradio's own front end compiles its component templates and has inline scripts: both need their 'unsafe-' word. What
# keeps a document's text from being a script is that all of it is escaped; the rest keeps anything from leaving.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ]
)
HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), browsing-topics=()"),
]

# Only what this page uses. Gradio has more doors (uploads, files, proxies, recordings): they stay shut.
_PAGES = {"/", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt", "/pwa_icon", "/page-picture"}
_FOLDERS = ("/static/", "/assets/")
_API = ("startup-events", "heartbeat/", "queue/join", "queue/data", "run/", "cancel", "reset", "app_id", "theme.css")


class Guard:
    """ASGI middleware: refuses a foreign Host, a foreign Origin and an unused route; adds the headers."""

    def __init__(self, app: App, host: str) -> None:
        self.app = app
        self.names = allowed_names(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it with 400, 403 or 404."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self.refusal(scope["path"], headers.get(b"host", ""), headers.get(b"origin"))
        if refusal is not None:
            status, text = refusal
            plain = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
            await send({"type": "http.response.start", "status": status, "headers": plain})
            await send({"type": "http.response.body", "body": text.encode()})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def refusal(self, path: str, host: str, origin: str | None) -> tuple[int, str] | None:
        """Why a request is refused, or ``None``."""
        if not is_own_host(host, self.names):
            return 400, "This address is not Footnote's. Open the one that `rag serve` shows."
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            return 403, "Another site may not use this page."
        if not _is_used(path):
            return 404, "Not found."
        return None


def _is_used(path: str) -> bool:
    if path in _PAGES or path.startswith(_FOLDERS):
        return True
    prefix, _, route = path.partition("/gradio_api/")
    return prefix == "" and route.startswith(_API)


def allowed_names(host: str) -> frozenset[str]:
    """The names under which the page may be asked for: this machine's own, and the one it was given."""
    names = {"localhost", host.lower()}
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (compared, not bound)
        own = socket.gethostname().lower()
        names |= {own, f"{own}.local"}
    return frozenset(names)


def is_own_host(host: str, names: frozenset[str]) -> bool:
    """True for an IP address or one of the names. A page of another site that rebinds its name to this machine still
    sends that name; an address cannot be rebound."""
    name = host.lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
