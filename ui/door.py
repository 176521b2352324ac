"""Who is there: a visitor, told by a cookie that holds nothing but chance.

In: the cookies of a request. Out: a `Visit`: the visitor's digest, by which conversations are kept, and the headers
that the response carries. A door that asks for a name and a password would be another one of these. It keeps nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Header = tuple[bytes, bytes]
Told = tuple[int, str, Sequence[Header]]

COOKIE = "footnote"
VISITOR = "footnote.visitor"  # where the guard leaves the visitor in an ASGI scope
YEAR = 365 * 86_400
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True)
class Visit:
    """One request's visitor ("" for nobody known), and what its response sets."""

    visitor: str
    headers: Sequence[Header] = ()


class Door:
    """Lets everybody in, each as themselves."""

    def enter(self, cookies: str, *, page: bool) -> Visit:
        """The visitor of a request; the page itself makes one of a stranger."""
        token = cookie_of(cookies, COOKIE)
        if _TOKEN.fullmatch(token):
            return Visit(digest(token))
        if not page:
            return Visit("")
        token = secrets.token_urlsafe(32)
        return Visit(digest(token), (set_cookie(COOKIE, token, YEAR),))

    async def answer(self, scope: Scope, receive: Receive, visit: Visit) -> Told | None:
        """What the door itself says to a request; ``None`` lets it in."""
        return None

    def visitor_of(self, cookies: str) -> str:
        """The visitor of a request that the guard has let in already."""
        return self.enter(cookies, page=False).visitor


def cookie_of(cookies: str, name: str) -> str:
    """The value of a cookie, "" where it is not there or the header makes no sense."""
    try:
        found = SimpleCookie(cookies).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def set_cookie(name: str, value: str, seconds: int) -> Header:
    """The header that sets a cookie no script reads and no other site sends along."""
    return b"set-cookie", f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax".encode()


def digest(token: str) -> str:
    """What is kept of a token: it cannot be turned back into the cookie."""
    return hashlib.sha256(f"footnote visitor {token}".encode()).hexdigest()[:32]
