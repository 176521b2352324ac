"""The `rag` command on a pseudo-terminal, driven by what is shown on it.

In: arguments and keys. Out: what a person would see. A command that never shows what is awaited fails the test.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support import offline_environment


class Terminal:
    """A terminal of 30 lines and 90 columns with the command in it."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self.descriptor = descriptor
        self.process = process
        self.seen = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def type(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def wait_for(self, text: str, timeout: float = 120) -> str:
        """Return what was shown up to and with ``text``; what comes after is left for the next call."""
        end = time.monotonic() + timeout
        while text not in self.seen:
            assert time.monotonic() < end, f"{text!r} never came; seen: {self.seen!r}"
            if select.select([self.descriptor], [], [], 0.1)[0]:
                self.seen += self.read()
        shown, _, self.seen = self.seen.partition(text)
        return shown + text

    def read(self) -> str:
        """Return what came; `EOFError` when the command has ended."""
        try:
            data = os.read(self.descriptor, 65536)
        except OSError as error:  # Linux tells the end of a pseudo-terminal this way
            raise EOFError(f"the command ended; seen: {self.seen!r}") from error
        if not data:
            raise EOFError(f"the command ended; seen: {self.seen!r}")
        return self._decoder.decode(data)


@contextmanager
def terminal(*args: str, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))
    environment = offline_environment({"TERM": "xterm", "COLUMNS": "90", **(env or {})})
    with subprocess.Popen(
        [sys.executable, "-m", "ui.cli", *args],
        cwd=cwd,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it as a signal
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(ours, process)
        finally:
            process.kill()
            os.close(ours)


def shown_by(*args: str, cwd: Path, timeout: float = 120) -> str:
    """Return all that a command shows on a terminal without colours until it ends, with plain line ends."""
    with terminal(*args, cwd=cwd, env={"NO_COLOR": "1"}) as screen:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if select.select([screen.descriptor], [], [], 0.1)[0]:
                try:
                    screen.seen += screen.read()
                except EOFError:
                    assert screen.process.wait(timeout=20) == 0, screen.seen
                    return screen.seen.replace("\r\n", "\n")
    raise AssertionError(f"rag {' '.join(args)} did not end; seen: {screen.seen!r}")
