"""The suite cannot leave the machine: neither the test process nor the commands it starts."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request

import pytest

from footnote_offline_guard import OutsideConnection, is_local
from tests.support import offline_environment

OUTSIDE = ("192.0.2.1", 80)  # reserved for documentation: nothing answers there


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_no_socket_connects_outside(kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as sock, pytest.raises(OutsideConnection):
        sock.connect(OUTSIDE)


def test_no_datagram_leaves() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(OutsideConnection):
        sock.sendto(b"x", OUTSIDE)


def test_no_name_is_looked_up() -> None:
    with pytest.raises(OSError, match="tests stay on this machine"):
        urllib.request.urlopen("http://example.org/")


def test_loopback_works() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            assert client.getpeername() == server.getsockname()


def test_commands_are_guarded_too() -> None:
    code = f"import socket; socket.create_connection({OUTSIDE!r}, timeout=1)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=offline_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "OutsideConnection" in done.stderr


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        (b"localhost", True),
        (None, True),
        ("10.0.0.1", False),
        ("example.org", False),
        ("fe80::1%eth0", False),
        ("localhost.example.org", False),
    ],
)
def test_what_counts_as_this_machine(host: object, local: bool) -> None:
    assert is_local(host) is local
