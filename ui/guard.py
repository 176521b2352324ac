"""The guard of the page: which hosts, which origins, which routes, and what the browser may load.

In: an ASGI application. Out: the same application behind these rules, every response with the headers. docs/security.md
gives the reasons. Of bodies it reads those that go to Gradio's queue (`ui/sense.py`); it keeps nothing.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
from collections.abc import Awaitable, Callable, Container, MutableMapping, Sequence
from typing import Any

from rag.errors import ConfigError
from ui.door import VISITOR, Door, Told
from ui.sense import NoSense, body_of, is_call, sensible

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

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
_FOLDERS = ("/static/", "/assets/", "/footnote/")
_API = ("startup-events", "heartbeat/", "queue/join", "queue/data", "run/", "cancel", "reset", "theme.css")
_TALK = re.compile(r"/c/([\w-]{22})/?", re.ASCII)
# What a proxy says of the request before it. Believed of a proxy that a setting names, and of nobody else.
_HEARSAY = (b"x-forwarded-", b"forwarded", b"x-gradio-server", b"x-real-ip", b"x-original-", b"x-rewrite-", b"x-http-")


class Guard:
    """ASGI application: refuses a foreign Host, a foreign Origin, an unused route and a request that makes no sense;
    adds the headers to every response, knows the visitor, and ends what fails with one line in the log."""

    def __init__(
        self,
        app: App,
        host: str,
        *,
        proxies: str = "",
        functions: Container[int] = frozenset(),
        door: Door | None = None,
    ) -> None:
        self.app = app
        self.names = allowed_names(host)
        self.proxies = networks(proxies)
        self.functions = functions
        self.door = door or Door()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        trusted = self.is_proxy(scope)
        if not trusted:
            scope = {**scope, "headers": [pair for pair in scope["headers"] if not pair[0].startswith(_HEARSAY)]}
        host = (headers.get(b"x-forwarded-host") if trusted else None) or headers.get(b"host", "")
        refusal = self.refusal(scope["path"], host, headers.get(b"origin"), trusted=trusted)
        if refusal is not None:
            await answer(send, *refusal)
            return
        visit = self.door.enter(headers.get(b"cookie", ""), page=is_page(scope["path"]))
        answering = _Answering(send, visit.headers)
        try:
            told = await self.door.answer(scope, receive, visit) or _moved(scope["path"])
            if told is not None:
                await answer(answering.send, *told)
                return
            scope = {**scope, VISITOR: visit.visitor}
            if is_call(scope):
                receive = sensible(await body_of(receive), scope["path"], self.functions)
            await self.app(scope, receive, answering.send)
        except NoSense as error:
            await answer(answering.send, error.status, str(error))
        except Exception as error:  # noqa: BLE001 (it costs one request; a trace could hold what a visitor wrote)
            log.error("%s %s failed: %s", scope["method"], scope["path"], type(error).__name__)
            if not answering.begun:
                await answer(answering.send, 500, "Footnote met a defect; its log names it.")

    def is_proxy(self, scope: Scope) -> bool:
        """Whether the request came over a proxy that the settings name."""
        client = scope.get("client")
        return client is not None and any(_address(client[0]) in network for network in self.proxies)

    def refusal(self, path: str, host: str, origin: str | None, *, trusted: bool = False) -> tuple[int, str] | None:
        """Why a request is refused, or ``None``. What a named proxy lets through it has looked at."""
        if not trusted and not is_own_host(host, self.names):
            return 400, "This address is not Footnote's. Open the one that `rag serve` shows."
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            return 403, "Another site may not use this page."
        if not _is_used(path):
            return 404, "Not found."
        return None


class _Answering:
    """The way back: every response carries the headers, whoever made it."""

    def __init__(self, send: Send, more: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._more = more
        self.begun = False

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.begun = True
            given = {name.lower() for name, _ in message.get("headers", [])}
            ours = [pair for pair in HEADERS if pair[0] not in given]
            message = {**message, "headers": [*message.get("headers", []), *ours, *self._more]}
        await self._send(message)


async def answer(send: Send, status: int, text: str, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Send one short response."""
    kind = b"text/html; charset=utf-8" if text.startswith("<!doctype") else b"text/plain; charset=utf-8"
    given = {name for name, _ in more}
    headers = [(b"content-type", kind), *(pair for pair in HEADERS if pair[0] not in given), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def _is_used(path: str) -> bool:
    if path in _PAGES or path.startswith(_FOLDERS) or _TALK.fullmatch(path):
        return True
    prefix, _, route = path.partition("/gradio_api/")
    return prefix == "" and route.startswith(_API)


def _moved(path: str) -> Told | None:
    """A conversation's address is the page's, with a word on which: its files are looked for beside its address."""
    found = _TALK.fullmatch(path)
    return (303, "", ((b"location", f"/?talk={found[1]}".encode()),)) if found else None


def is_page(path: str) -> bool:
    """Whether this is the address of the page itself."""
    return path == "/" or _TALK.fullmatch(path) is not None


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


def networks(proxies: str) -> tuple[Network, ...]:
    """The addresses and networks of the setting ``proxies``, which commas part; `ConfigError` for what is none."""
    try:
        return tuple(ipaddress.ip_network(one.strip()) for one in proxies.split(",") if one.strip() not in {"", "none"})
    except ValueError as error:
        raise ConfigError(f"setting 'proxies' wants addresses or networks parted by commas: {error}") from error


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(name)
    except ValueError:  # a socket of this machine has no address
        return ipaddress.ip_address("0.0.0.0")  # noqa: S104 (a value that lies in no proxy's network)
