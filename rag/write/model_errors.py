"""What went wrong with a language model, in one line that says what to do. Nothing of a server's own words is repeated.

In: an exception of any adapter. Out: `ModelError`. Servers echo keys and prompts in their messages, so only the kind of
failure, the status code and a waiting time are taken over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rag.errors import ModelError

_KINDS = (
    ("timeout", r"Timeout"),
    ("absent", r"ConnectError|APIConnectionError|ConnectionError|ConnectionRefused|gaierror"),
    (
        "broken",
        r"RemoteProtocolError|ReadError|JSONDecodeError|UnicodeDecodeError|IncompleteRead|ChunkedEncoding|ValidationError",
    ),
)
_TEXTS = {
    "key": "the model's server refused the key: set the right one (docs/models.md) and ask again",
    "unknown": "the server has no such model: check its name, or fetch it (for Ollama: `ollama pull NAME`)",
    "context": "the question and its sources are longer than the model reads: choose a model with a longer context",
    "busy": "the model's server is busy or its quota is spent: wait a minute and ask again",
    "server": "the model's server failed: look at its log, or choose another with --llm",
    "timeout": "the model did not answer in time: choose a smaller one with --llm, or --llm none",
    "absent": "the model's server does not answer: start it (for Ollama: `ollama serve`), or use --llm none",
    "broken": "the model's answer broke off: ask again",
    "refused": "the model's server refused the request: choose another model with --llm",
}


def model_error(error: BaseException) -> ModelError:
    """Return the `ModelError` for whatever an adapter raised."""
    if isinstance(error, ModelError):
        return error
    chain = list(_chain(error))
    status = next((s for s in map(_status, chain) if s), 0)
    text = " ".join(str(e) for e in chain)
    kind = _by_status(status, text) if status else _by_name([type(e).__name__ for e in chain], text)
    if kind == "busy" and (wait := next((w for w in map(_wait, chain) if w), 0)):
        return ModelError(f"the model's server is busy or its quota is spent: ask again in {wait} s")
    if kind == "other":
        return ModelError(f"the model failed ({type(error).__name__}): choose another with --llm, or --llm none")
    return ModelError(_TEXTS[kind])


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _status(error: BaseException) -> int:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) and status >= 400 else 0


def _by_status(status: int, text: str) -> str:
    if status in {400, 413, 422, 500} and re.search(
        r"context|too (?:long|large|many tokens)|maximum.{0,20}tokens", text, re.I
    ):
        return "context"
    table = {
        401: "key",
        403: "key",
        404: "unknown",
        408: "timeout",
        413: "context",
        429: "busy",
        503: "busy",
        529: "busy",
    }
    return table.get(status, "server" if status >= 500 else "refused")


def _by_name(names: list[str], text: str) -> str:
    for kind, pattern in _KINDS:
        if any(re.search(pattern, name) for name in names):
            return kind
    if re.search(r"context.{0,20}(?:size|length|window)", text, re.I):
        return "context"
    return "other"


def _wait(error: BaseException) -> int:
    headers = getattr(getattr(error, "response", None), "headers", None)
    if not isinstance(headers, Mapping):
        return 0
    value = str(headers.get("retry-after", ""))
    return int(value) if value.isdigit() else 0
