"""A process in which files are parsed, so that a crash, a hang or a flood of memory there costs one file.

In: bytes and a task over a pipe. Out: `Reading` values, or the picture of a page, as JSON and PNG: what comes from a
process that parsed a stranger's file is data, never objects to unpickle. The parent kills it at ``max_seconds`` and
starts another.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, astuple, fields
from types import TracebackType
from typing import Any, BinaryIO

from ingest.load import Heading, Limits, Reading
from ingest.page_picture import Box, PagePicture, PageRequest, draw_page
from rag.config import Settings
from rag.errors import ReaderLost, ReadError
from rag.types import Grid, Span

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
        """Parse one file. `ReaderLost` for a crash, a time-out and an answer that makes no sense, else
        `ReadError`."""
        answer, _ = self._do({"name": name}, data)
        return [_reading(item) for item in answer["readings"]]

    def picture(self, data: bytes, request: PageRequest, name: str = "", member: str = "") -> PagePicture:
        """Draw one page of a PDF, or of the one that is ``member`` of the container ``name``. `ReadError` as for
        `read`."""
        answer, png = self._do({"picture": asdict(request), "name": name, "member": member}, data)
        return _picture(answer["picture"], png)

    def _do(self, task: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._process or self._start()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._settings.max_seconds, end)
        timer.start()
        try:
            answer, attached = _ask(process, task, data)
        except (OSError, EOFError, ValueError) as error:
            process.kill()
            status = process.wait()
            self._process = None
            if late.is_set():
                limit = self._settings.max_seconds
                raise ReaderLost(f"not read within max_seconds = {limit}; raise that setting to try longer") from error
            raise ReaderLost(f"its reader crashed ({_status(status)})") from error
        finally:
            timer.cancel()
        if "error" in answer:
            raise ReadError(str(answer["error"]))
        return answer, attached

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


def _ask(process: subprocess.Popen[bytes], task: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    _write(process.stdin, json.dumps(task).encode(), data)
    answer, attached = _read(process.stdout)
    loaded = json.loads(answer)
    if not isinstance(loaded, dict) or not ({"error", "readings", "picture"} & set(loaded)):
        raise ValueError("no answer")
    return loaded, attached


def _write(pipe: BinaryIO | Any, head: bytes, data: bytes) -> None:
    pipe.write(_SIZE.pack(len(head), len(data)))
    pipe.write(head)
    pipe.write(data)
    pipe.flush()


def _read(pipe: BinaryIO | Any) -> tuple[bytes, bytes]:
    sizes = pipe.read(_SIZE.size)
    if len(sizes) < _SIZE.size:
        raise EOFError
    head, data = _SIZE.unpack(sizes)
    parts = pipe.read(head), pipe.read(data)
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
    values["grids"] = tuple(
        Grid(start, end, caption, tuple(names), base64.b64decode(cells))
        for start, end, caption, names, cells in values["grids"]
    )
    values["breaks"] = tuple(values["breaks"])
    values["warnings"] = tuple(values["warnings"])
    return Reading(**values)


def _picture(item: dict[str, Any], png: bytes) -> PagePicture:
    """Make a `PagePicture` of what the process sent, and see that it is one and that its marks lie on it."""
    marks = tuple(tuple(Box(*map(float, box)) for box in mark) for mark in item["marks"])
    inside = all(0 <= share <= 1 for mark in marks for box in mark for share in astuple(box))
    if not inside or not png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ReadError("its reader made no picture of it")
    return PagePicture(png, int(item["width"]), int(item["height"]), marks)


def _plain(reading: Reading) -> dict[str, Any]:
    found = {f.name: getattr(reading, f.name) for f in fields(Reading)}
    found["pages"] = [(s.start, s.end) for s in reading.pages]
    found["rows"] = [(s.start, s.end) for s in reading.rows]
    found["grids"] = [
        (g.start, g.end, g.caption, g.names, base64.b64encode(g.cells).decode("ascii")) for g in reading.grids
    ]
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
    # What a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory(settings.max_memory_mb)
    while True:
        try:
            task, data = _read(sys.stdin.buffer)
        except EOFError:
            return
        attached = b""
        try:
            answer, attached = _done(json.loads(task), data, settings)
        except ReadError as error:
            answer = {"error": str(error)}
        except MemoryError:
            answer = {"error": f"it needs more than max_memory_mb = {settings.max_memory_mb}"}
        except RecursionError:
            answer = {"error": "nested too deeply"}
        except Exception as error:  # noqa: BLE001 (on damaged input the parsers raise anything; it costs one file)
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            answer = {"error": f"damaged, or not what its name says ({reason})"}
        _write(answers, json.dumps(answer).encode(), attached)


def _done(task: dict[str, Any], data: bytes, settings: Settings) -> tuple[dict[str, Any], bytes]:
    if "picture" in task:
        wanted = task["picture"]
        spans = tuple(Span(**span) for span in wanted["spans"])
        if task["member"]:
            from ingest.inside import take_out

            data = take_out(data, task["name"], task["member"], Limits(settings))
        picture = draw_page(data, PageRequest(wanted["page"], wanted["text"], spans))
        marks = [[astuple(box) for box in mark] for mark in picture.marks]
        return {"picture": {"width": picture.width, "height": picture.height, "marks": marks}}, picture.png
    from ingest.read_any import read_any

    return {"readings": [_plain(r) for r in read_any(data, task["name"], Limits(settings))]}, b""


if __name__ == "__main__":
    serve(Settings(**json.loads(sys.argv[1])))
