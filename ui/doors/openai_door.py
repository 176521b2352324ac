"""OpenAI's door: `/v1/chat/completions` and `/v1/models`, for every client that speaks this protocol.

In: a conversation. Out: a completion whose annotations of type ``url_citation`` open the quotes; the footnotes stand
under the text as Markdown too, for a client that drops what it does not know, and as events for Open WebUI.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from rag.types import Answer, Citation
from ui import render
from ui.doors import gate, links, talk
from ui.doors.api import sse
from ui.doors.desk import Counter


class StreamOptions(BaseModel):
    """What a stream says besides."""

    include_usage: bool = False


class Completion(BaseModel):
    """A request; how a model should sample is no matter of ours and is passed over."""

    model: str
    messages: list[talk.Said] = Field(min_length=1, max_length=talk.MOST_MESSAGES)
    stream: bool = False
    stream_options: StreamOptions | None = None


def router(counter: Counter) -> APIRouter:
    """The routes, bound to one engine."""
    routes = APIRouter()

    @routes.get("/v1/models", summary="List the models (OpenAI, Anthropic)")
    def models(request: Request) -> dict[str, Any]:
        counter.gate.admit(request, "ask")
        return talk.models(counter.names)

    @routes.post("/v1/chat/completions", summary="Answer a conversation (OpenAI)")
    def complete(body: Completion, request: Request) -> Response:
        counter.gate.admit(request, "ask")
        talk.known(body.model, counter.names)
        question, history = talk.conversation(body.messages)
        base = str(request.base_url)

        def link(citation: Citation) -> str:
            return links.address(base, counter.gate.tokens, citation)

        states = counter.of(request).stream(question, history)
        head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": body.model}
        if not body.stream:
            *_, answer = states
            return JSONResponse(_whole(head, _Reply(answer, link)))
        first = next(states)  # what is wrong with the request is told by its status
        usage = bool(body.stream_options and body.stream_options.include_usage)
        events = _events(head, first, states, link, usage)
        return StreamingResponse(events, media_type="text/event-stream")

    return routes


class _Reply:
    """An answer in this protocol's shapes."""

    def __init__(self, answer: Answer, link: Any) -> None:
        self.answer = answer
        self.content, marks = talk.markdown(answer, link)
        self.annotations = [
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": mark.start,
                    "end_index": mark.end,
                    "title": render.title_of(answer, mark.citation.source),
                    "url": link(mark.citation),
                },
            }
            for mark in marks
        ]
        read, wrote = answer.usage.get("prompt_tokens", 0), answer.usage.get("written_tokens", 0)
        self.usage = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
        # Open WebUI shows the quote of such an event without a plug-in.
        self.sources = [
            {
                "type": "source",
                "data": {
                    "source": {"name": PurePosixPath(note.source).name, "url": link(note)},
                    "document": [note.quote],
                    "metadata": [{"source": link(note), "name": note.source, "page": note.page}],
                },
            }
            for note in render.footnotes(answer)
        ]


def _whole(head: dict[str, Any], reply: _Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.content, "refusal": None, "annotations": reply.annotations}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {
        **head,
        "object": "chat.completion",
        "choices": [choice],
        "usage": reply.usage,
        "footnote": talk.told(reply.answer),
    }


def _events(head: dict[str, Any], last: Answer, states: Iterator[Answer], link: Any, usage: bool) -> Iterator[str]:
    """The answer in chunks. It is sent once it is whole: what is shown is never taken back."""

    def chunk(delta: dict[str, Any], done: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": done}
        return sse({**head, "object": "chat.completion.chunk", "choices": [choice], **more})

    yield chunk({"role": "assistant", "content": ""})
    try:
        for state in states:
            last = state
            yield ": writing\n\n"
        reply = _Reply(last, link)
        for event in reply.sources:
            yield chunk({}, event=event)
        for line in reply.content.splitlines(keepends=True):
            yield chunk({"content": line})
        yield chunk({"annotations": reply.annotations}) if reply.annotations else ""
        yield chunk({}, "stop", footnote=talk.told(last))
        if usage:
            yield sse({**head, "object": "chat.completion.chunk", "choices": [], "usage": reply.usage})
    except Exception as error:  # noqa: BLE001 (the response has begun: its last event tells what happened)
        _, message, _ = gate.told(error)
        yield sse({"error": {"message": message, "type": "server_error", "param": None, "code": None}})
    yield "data: [DONE]\n\n"
