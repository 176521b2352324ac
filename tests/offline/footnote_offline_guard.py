"""Forbids every connection beyond this machine, for the test process and for the commands it starts.

In: the audit events of Python's socket module. Out: `OutsideConnection` for any host that is not loopback. It cannot
see sockets opened by native code; the browser tests watch the browser's own requests.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

LOCAL_NAMES = {"", "localhost", "0.0.0.0", "::"}
_WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_installed = False


class OutsideConnection(OSError):
    """A test, or a command it started, tried to leave the machine."""


def is_local(host: object) -> bool:
    """Say whether ``host`` is this machine; ``None`` is the socket module's spelling of loopback."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.split("%", 1)[0]).is_loopback
    except ValueError:
        return False


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event in _WATCHED:
        address = args[1]
        if not isinstance(address, tuple) or is_local(address[0]):
            return  # a Unix socket's address is text, not a tuple
        raise OutsideConnection(f"tests stay on this machine: {event} to {address}")
    if event == "socket.getaddrinfo" and not is_local(args[0]):
        raise OutsideConnection(f"tests stay on this machine: look-up of {args[0]!r}")


def install() -> None:
    """Start forbidding. There is no way back: an audit hook lives as long as its process."""
    global _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
