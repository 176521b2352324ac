"""Anthropic's door: `/v1/messages`, whose citations are ours one to one.

In: a conversation. Out: a message of text blocks; a block that a footnote carries has a ``char_location`` (offsets of
the canonical text) or, in a document with pages, a ``page_location``. ``document_index`` counts in ``documents``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from rag.types import Answer, Citation
from ui import render
from ui.doors import gate, links, talk
from ui.doors.api import sse
from ui.doors.desk import Counter

_TAIL = re.compile(r"[.!?…,;:]*[\"'”’»)\]]*")


class Message(BaseModel):
    """A request; what a model should sample by, and its system prompt, are passed over."""

    model: str
    max_tokens: int = Field(ge=1)
    messages: list[talk.Said] = Field(min_length=1, max_length=talk.MOST_MESSAGES)
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the answer and the footnotes that carry it, none for what is no fact."""

    text: str
    citations: tuple[Citation, ...]


def blocks(answer: Answer) -> list[Block]:
    """Cut an answer into what each group of markers carries; the markers themselves are left out."""
    found: list[Block] = []
    text, cited = "", list[Citation]()
    for piece, what in render.pieces(answer):
        if isinstance(what, Citation):
            cited.append(what)
            continue
        if cited:
            tail = _TAIL.match(piece)
            end = tail.end() if tail else 0
            found.append(Block(text.rstrip() + piece[:end], tuple(cited)))
            piece, text, cited = piece[end:], "", []
        text += piece
    if cited or text.strip():
        found.append(Block(text.rstrip() if cited else text, tuple(cited)))
    found += [Block(f"\n\n{line}", ()) for line in talk.remarks(answer)]
    return found


def router(counter: Counter) -> APIRouter:
    """The route, bound to one engine."""
    routes = APIRouter()

    @routes.post("/v1/messages", summary="Answer a conversation (Anthropic)")
    def message(body: Message, request: Request) -> Response:
        counter.gate.admit(request, "ask")
        talk.known(body.model, counter.names)
        question, history = talk.conversation(body.messages)
        base = str(request.base_url)
        states = counter.of(request).stream(question, history)
        if not body.stream:
            *_, answer = states
            return JSONResponse(_Reply(answer, counter, base, body.model).whole())
        first = next(states)  # what is wrong with the request is told by its status
        return StreamingResponse(_events(first, states, counter, base, body.model), media_type="text/event-stream")

    return routes


class _Reply:
    """An answer in this protocol's shapes."""

    def __init__(self, answer: Answer, counter: Counter, base: str, model: str) -> None:
        self._model = model
        self.answer = answer
        self.blocks = blocks(answer)
        self._library = counter.engine.library
        self._sources = list(dict.fromkeys(c.source for b in self.blocks for c in b.citations))
        self._tokens, self._base = counter.gate.tokens, base
        self.id = f"msg_{secrets.token_hex(12)}"

    def usage(self) -> dict[str, int]:
        """What a language model read and wrote; 0 where none did."""
        usage = self.answer.usage
        return {"input_tokens": usage.get("prompt_tokens", 0), "output_tokens": usage.get("written_tokens", 0)}

    def frame(self, content: list[dict[str, Any]], stop: str | None) -> dict[str, Any]:
        """The message around its content; ``documents`` and ``footnote`` are ours."""
        documents = [
            {"index": n, "source": source, "title": self._library.document(source).title}
            for n, source in enumerate(self._sources)
        ]
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": self.usage(),
            "documents": documents,
            "footnote": talk.told(self.answer),
        }

    def whole(self) -> dict[str, Any]:
        """The message in one piece."""
        content = [
            {"type": "text", "text": b.text, "citations": [self.citation(c) for c in b.citations] or None}
            for b in self.blocks
        ]
        return self.frame(content, "end_turn")

    def citation(self, citation: Citation) -> dict[str, Any]:
        """One footnote. One on a page tells its offsets too, which the protocol leaves out."""
        document = self._library.document(citation.source)
        start, end = citation.quote_start, citation.quote_end
        shared = {
            "cited_text": citation.quote,
            "document_index": self._sources.index(citation.source),
            "document_title": document.title,
            "file_id": None,
            "start_char_index": start,
            "end_char_index": end,
            "url": links.address(self._base, self._tokens, citation),
        }
        on = [n for n, p in enumerate(document.pages, start=1) if p.start < end and start < p.end]
        if not on:
            return {"type": "char_location", **shared}
        return {"type": "page_location", "start_page_number": on[0], "end_page_number": on[-1] + 1, **shared}


def _event(kind: str, **more: Any) -> str:
    return sse({"type": kind, **more}, kind)


def _events(last: Answer, states: Iterator[Answer], counter: Counter, base: str, model: str) -> Iterator[str]:
    """The message in events. It is sent once it is whole: what is shown is never taken back."""
    try:
        for state in states:
            last = state
            yield _event("ping")
        reply = _Reply(last, counter, base, model)
        yield _event("message_start", message=reply.frame([], None))
        for n, block in enumerate(reply.blocks):
            yield _event("content_block_start", index=n, content_block={"type": "text", "text": "", "citations": []})
            yield _event("content_block_delta", index=n, delta={"type": "text_delta", "text": block.text})
            for one in block.citations:
                delta = {"type": "citations_delta", "citation": reply.citation(one)}
                yield _event("content_block_delta", index=n, delta=delta)
            yield _event("content_block_stop", index=n)
        ended = {"stop_reason": "end_turn", "stop_sequence": None}
        yield _event("message_delta", delta=ended, usage=reply.usage())
        yield _event("message_stop")
    except Exception as error:  # noqa: BLE001 (the response has begun: its last event tells what happened)
        _, message, _ = gate.told(error)
        yield _event("error", error={"type": "api_error", "message": message})
