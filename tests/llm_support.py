"""Language models that say what a test wants: one inside the process, one behind real HTTP on loopback.

In: a script. Out: `ScriptedLLM`, a LlamaIndex LLM; `FakeServer`, which speaks OpenAI's and Ollama's protocols as
scripted, byte by byte where that matters. Nothing here patches the product.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from pydantic import Field, PrivateAttr

from rag.text import sentence_spans
from rag.types import Evidence, Passage, Span


class ScriptedLLM(CustomLLM):
    """Writes the pieces of its script, whatever is asked. ``prompts`` and ``closed`` tell a test what happened."""

    pieces: list[str] = Field(default_factory=list)
    pause: float = 0.0
    fail: str = ""
    _prompts: list[str] = PrivateAttr(default_factory=list)
    _written: list[int] = PrivateAttr(default_factory=lambda: [0])
    _closed: list[bool] = PrivateAttr(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", is_chat_model=False)

    @property
    def prompts(self) -> list[str]:
        return self._prompts

    @property
    def written(self) -> int:
        return self._written[0]

    @property
    def closed(self) -> bool:
        return bool(self._closed)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        self._prompts.append(prompt)
        return CompletionResponse(text="".join(self.pieces))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        self._prompts.append(prompt)

        def write() -> CompletionResponseGen:
            text = ""
            try:
                for piece in self.pieces:
                    time.sleep(self.pause)
                    text += piece
                    self._written[0] += 1
                    yield CompletionResponse(text=text, delta=piece)
                if self.fail:
                    raise RuntimeError(self.fail)
            finally:
                self._closed.append(True)

        return write()


def evidence_of(text: str, *, source: str = "a.txt", chosen: Sequence[int] = (), start: int = 0) -> list[Evidence]:
    """Return the sentences of ``text`` as evidence, or only the ``chosen`` ones."""
    passage = Passage(f"{source}:{start}", source, source, None, start, start + len(text), text)
    spans = [Span(s.start + start, s.end + start) for s in sentence_spans(text)]
    picked = [spans[i] for i in chosen] if chosen else spans
    return [
        Evidence(passage, s, text[s.start - start : s.end - start], 1 / (rank + 1)) for rank, s in enumerate(picked)
    ]


# ---------------------------------------------------------------- a server over real HTTP


@dataclass
class Reply:
    """What the server does with one request: status, headers, then the ``body``; a float is a pause in seconds."""

    body: Sequence[bytes | float] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def sse(text: str) -> bytes:
    """One chunk of a streamed chat completion."""
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fake"}
    choices = [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]
    return b"data: " + json.dumps({**chunk, "choices": choices}, ensure_ascii=False).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def streamed(*texts: str, pause: float = 0.0) -> Reply:
    """A whole streamed completion, a chunk a text."""
    body: list[bytes | float] = []
    for text in texts:
        body += [pause, sse(text)] if pause else [sse(text)]
    return Reply([*body, DONE])


def failure(status: int, message: str = "", headers: dict[str, str] | None = None) -> Reply:
    """An error as OpenAI's servers send it."""
    return Reply([json.dumps({"error": {"message": message, "code": status}}).encode()], status, headers or {})


class FakeServer:
    """Answers each request by calling ``script`` with its number and body. Use it in a ``with`` block."""

    def __init__(self, script: Callable[[int, dict[str, Any]], Reply]) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.hung_up = threading.Event()
        self.active, self.most_active = 0, 0
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def began(self) -> None:
        with self._lock:
            self.active += 1
            self.most_active = max(self.most_active, self.active)

    def ended(self) -> None:
        with self._lock:
            self.active -= 1


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""

    def do_GET(self) -> None:
        self._answer({"path": self.path})

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        self._answer({"path": self.path, **json.loads(self.rfile.read(size) or b"{}")})

    def _answer(self, request: dict[str, Any]) -> None:
        fake = self.fake
        fake.requests.append(request)
        fake.keys.append(self.headers.get("Authorization", "").removeprefix("Bearer "))
        fake.began()
        try:
            self._send(fake.script(len(fake.requests), request))
        except (BrokenPipeError, ConnectionResetError):
            fake.hung_up.set()
            self.close_connection = True
        finally:
            fake.ended()

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        kind = "text/event-stream" if reply.status == 200 else "application/json"
        for name, value in {"Content-Type": kind, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in reply.body:
            if isinstance(piece, float):
                time.sleep(piece)
            else:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
        self.close_connection = True
        if not reply.cut:
            self.wfile.write(b"0\r\n\r\n")


def always(reply: Reply) -> Callable[[int, dict[str, Any]], Reply]:
    """A script that gives the same reply to everyone."""
    return lambda number, request: reply


def endless(text: str, pause: float = 0.01) -> Iterator[bytes | float]:
    """The body of a model that repeats itself for ever."""
    while True:
        yield sse(text)
        yield pause
