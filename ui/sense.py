"""Does a request to Gradio's queue make sense? Gradio answers what does not with a trace and a 500.

In: the body that came. Out: the same body to read again, or `NoSense` with the status and the line to answer. It knows
the shape of the three calls that the page makes and nothing of what they do.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Container, MutableMapping
from typing import Any, NoReturn

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MOST_BYTES = 256 << 10
_CALLS = ("queue/join", "run/", "cancel", "reset")
_TEXTS = ("session_hash", "event_id")


class NoSense(Exception):
    """A request that cannot have come from the page."""

    def __init__(self, line: str, status: int = 400) -> None:
        super().__init__(line)
        self.status = status


def is_call(scope: Scope) -> bool:
    """Whether the request hands Gradio a body to act on."""
    prefix, _, route = scope["path"].partition("/gradio_api/")
    return bool(scope["method"] == "POST" and prefix == "" and route.startswith(_CALLS))


async def body_of(receive: Receive, most: int = MOST_BYTES) -> bytes:
    """Read the whole body; `NoSense` (413) for one that is longer than any the page sends."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise NoSense("the request ended early")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise NoSense("the request is too long", 413)
        if not message.get("more_body", False):
            return b"".join(parts)


def sensible(body: bytes, path: str, functions: Container[int]) -> Receive:
    """Return the body to read once more; `NoSense` where it is no call of the page."""
    value = parsed(body)
    for name in _TEXTS:
        if not isinstance(value.get(name, ""), str | None):
            raise NoSense(f"{name} is text")
    if "/queue/join" in path or "/run/" in path:
        if not isinstance(value.get("data"), list):
            raise NoSense("data is a list")
        number = value.get("fn_index")
        if isinstance(number, bool) or not isinstance(number, int) or number not in functions:
            raise NoSense("there is no such function")
        if "/queue/join" in path and not value.get("session_hash"):
            raise NoSense("session_hash is missing")
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a body: UTF-8, no NaN, no half of a surrogate pair; `NoSense` for anything else."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise NoSense("the request is no JSON object") from error
    if not isinstance(value, dict):
        raise NoSense("the request is no JSON object")
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
