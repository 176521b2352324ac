"""A process in which files are parsed, so that a crash, a hang or a flood of memory there costs one file.

In: bytes and a name over a pipe. Out: `Reading` values, as JSON: what comes from a process that parsed a stranger's
file is data, never objects to unpickle. The parent kills it at ``max_seconds`` and starts another.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, fields
from types import TracebackType
from typing import Any, BinaryIO

from ingest.load import Heading, Limits, Reading
from rag.config import Settings
from rag.errors import ReadError
from rag.types import Span

_SIZE = struct.Struct(">QQ")


class Worker:
    """The parent's side; a context manager. The process starts with the first file that needs it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, data: bytes, name: str) -> Sequence[Reading]:
        """Parse one file. `ReadError` also for a crash, a time-out and an answer that makes no sense."""
        process = self._process or self._start()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._settings.max_seconds, end)
        timer.start()
        try:
            answer = _ask(process, data, name)
        except (OSError, EOFError, ValueError) as error:
            process.kill()
            status = process.wait()
            self._process = None
            if late.is_set():
                limit = self._settings.max_seconds
                raise ReadError(f"not read within max_seconds = {limit}; raise that setting to try longer") from error
            raise ReadError(f"its reader crashed ({_status(status)})") from error
        finally:
            timer.cancel()
        if "error" in answer:
            raise ReadError(str(answer["error"]))
        return [_reading(item) for item in answer["readings"]]

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ingest.worker", json.dumps(asdict(self._settings))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is the parent's to handle
        )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None


def _ask(process: subprocess.Popen[bytes], data: bytes, name: str) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    _write(process.stdin, name.encode("utf-8", "surrogatepass"), data)
    _, answer = _read(process.stdout)
    loaded = json.loads(answer)
    if not isinstance(loaded, dict) or not ({"error", "readings"} & set(loaded)):
        raise ValueError("no answer")
    return loaded


def _write(pipe: BinaryIO | Any, name: bytes, data: bytes) -> None:
    pipe.write(_SIZE.pack(len(name), len(data)))
    pipe.write(name)
    pipe.write(data)
    pipe.flush()


def _read(pipe: BinaryIO | Any) -> tuple[bytes, bytes]:
    head = pipe.read(_SIZE.size)
    if len(head) < _SIZE.size:
        raise EOFError
    name, data = _SIZE.unpack(head)
    parts = pipe.read(name), pipe.read(data)
    if len(parts[1]) < data:
        raise EOFError
    return parts


def _status(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _reading(item: dict[str, Any]) -> Reading:
    """Make a `Reading` of JSON, and see that its offsets lie in its text."""
    known = {f.name for f in fields(Reading)}
    values = {k: v for k, v in item.items() if k in known}
    length = len(values["text"])
    for key in ("pages", "rows"):
        values[key] = tuple(Span(min(a, length), min(b, length)) for a, b in values[key])
    headings = values["headings"]
    values["headings"] = None if headings is None else tuple(Heading(*h) for h in headings)
    values["breaks"] = tuple(values["breaks"])
    values["warnings"] = tuple(values["warnings"])
    return Reading(**values)


def _plain(reading: Reading) -> dict[str, Any]:
    found = {f.name: getattr(reading, f.name) for f in fields(Reading)}
    found["pages"] = [(s.start, s.end) for s in reading.pages]
    found["rows"] = [(s.start, s.end) for s in reading.rows]
    if reading.headings is not None:
        found["headings"] = [(h.start, h.end, h.level, h.title) for h in reading.headings]
    found["metadata"] = dict(reading.metadata)
    # A lone surrogate cannot be stored; nothing that decodes a file properly makes one.
    found["text"] = reading.text.encode("utf-8", "replace").decode("utf-8")
    return found


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on this system: the time limit and the process border remain
        return
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(settings: Settings) -> None:
    """The child's side: answer until the pipe closes."""
    from ingest.read_any import read_any

    # What a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory(settings.max_memory_mb)
    while True:
        try:
            name, data = _read(sys.stdin.buffer)
        except EOFError:
            return
        try:
            readings = read_any(data, name.decode("utf-8", "surrogatepass"), Limits(settings))
            answer = json.dumps({"readings": [_plain(r) for r in readings]}).encode()
        except ReadError as error:
            answer = json.dumps({"error": str(error)}).encode()
        except MemoryError:
            answer = json.dumps({"error": f"it needs more than max_memory_mb = {settings.max_memory_mb}"}).encode()
        except RecursionError:
            answer = json.dumps({"error": "nested too deeply"}).encode()
        except Exception as error:  # noqa: BLE001 (on damaged input the parsers raise anything; it costs one file)
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            answer = json.dumps({"error": f"damaged, or not what its name says ({reason})"}).encode()
        _write(answers, b"", answer)


if __name__ == "__main__":
    serve(Settings(**json.loads(sys.argv[1])))
