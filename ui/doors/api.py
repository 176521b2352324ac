"""Our own API: ask, search, check, documents and sources, as JSON; what it takes and gives is told at /openapi.json.

In: requests. Out: the objects that `rag ask --json`, `rag search --json` and `rag check --format json` print. Errors
are problem documents (RFC 9457).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from rag.types import Answer, Document, Retrieved, Scope, Turn
from ui import check_report, render
from ui.doors import gate, links
from ui.doors.desk import MOST_CHARACTERS, MOST_PASSAGES, MOST_TEXT, Counter


class Strict(BaseModel):
    """A request body; a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


class Bounds(Strict):
    """Which documents may answer: of these files, folders or titles, of these types, since this date."""

    inside: list[str] = Field(default=[], max_length=100)
    types: list[str] = Field(default=[], max_length=100)
    since: str = Field(default="", max_length=32)

    def scope(self) -> Scope:
        """The same as the engine takes it."""
        return Scope(tuple(self.inside), tuple(self.types), self.since)


class Past(Strict):
    """A past exchange."""

    question: str = Field(max_length=100_000)
    answer: str = Field(default="", max_length=100_000)


class Ask(Strict):
    """A question. With ``stream`` the answer comes as server-sent events while it grows."""

    question: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    history: list[Past] = Field(default=[], max_length=100)
    scope: Bounds | None = None
    stream: bool = False


class Search(Strict):
    """What to search for, and how many passages to bring."""

    query: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    k: int = Field(default=10, ge=1, le=MOST_PASSAGES)
    scope: Bounds | None = None


class Check(Strict):
    """A text whose sentences are judged, and what to call it."""

    text: str = Field(min_length=1, max_length=MOST_TEXT)
    name: str = Field(default="", max_length=300)
    scope: Bounds | None = None


def scope_of(bounds: Bounds | None) -> Scope | None:
    """The bounds of a request, ``None`` for all documents."""
    return bounds.scope() if bounds and (bounds.inside or bounds.types or bounds.since) else None


def answer_json(answer: Answer, counter: Counter, base: str) -> dict[str, Any]:
    """The object of `rag ask --json`, each citation with the link that opens it."""
    value: dict[str, Any] = render.to_json(answer)
    for plain, citation in zip(value["citations"], answer.citations, strict=True):
        plain["url"] = links.address(base, counter.gate.tokens, citation)
    return value


def passage_json(found: Retrieved) -> dict[str, Any]:
    """One passage of a search."""
    return {**asdict(found.passage), "score": found.score, "dense": found.dense, "lexical": found.lexical}


def document_json(document: Document) -> dict[str, Any]:
    """What the library knows of a document; the metadata of its format aside."""
    plain = {key: value for key, value in asdict(document).items() if key not in {"pages", "metadata"}}
    return {**plain, "pages": len(document.pages)}


def sse(value: object, event: str = "") -> str:
    """One server-sent event."""
    return (f"event: {event}\n" if event else "") + f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def router(counter: Counter) -> APIRouter:
    """The routes, bound to one engine."""
    routes = APIRouter()
    _questions(routes, counter)
    _documents(routes, counter)
    _house(routes, counter)
    return routes


def _questions(routes: APIRouter, counter: Counter) -> None:
    @routes.post("/api/ask", summary="Answer a question")
    def ask(body: Ask, request: Request) -> Response:
        counter.gate.admit(request, "ask")
        base = str(request.base_url)
        history = [Turn(turn.question, turn.answer) for turn in body.history]
        states = counter.stream(body.question, history, scope_of(body.scope))
        if not body.stream:
            *_, last = states
            return JSONResponse(answer_json(last, counter, base))
        first = next(states)  # what is wrong with the request is told by its status

        def events() -> Iterator[str]:
            last = first
            try:
                for last in states:
                    yield sse({"text": last.text, "ahead": last.ahead}, "partial")
                yield sse(answer_json(last, counter, base), "answer")
            except Exception as error:  # noqa: BLE001 (the response has begun: its last event tells what happened)
                status, message, _ = gate.told(error)
                yield sse({"status": status, "detail": message}, "error")

        return StreamingResponse(events(), media_type="text/event-stream")

    @routes.post("/api/search", summary="Find the passages nearest to a question")
    def search(body: Search, request: Request) -> dict[str, Any]:
        counter.gate.admit(request, "read")
        found = counter.search(body.query, body.k, scope_of(body.scope))
        return {"query": body.query, "passages": [passage_json(one) for one in found]}

    @routes.post("/api/check", summary="Judge every sentence of a text")
    def check(body: Check, request: Request) -> dict[str, Any]:
        counter.gate.admit(request, "ask")
        return check_report.to_json(counter.check(body.text, body.name, scope_of(body.scope)))


def _documents(routes: APIRouter, counter: Counter) -> None:
    @routes.get("/api/documents", summary="List the documents")
    def documents(request: Request) -> dict[str, Any]:
        counter.gate.admit(request, "read")
        library = counter.engine.library
        failed = [{"source": source, "reason": reason} for source, reason in library.stats().failed]
        return {"documents": [document_json(one) for one in library.documents()], "failed": failed}

    @routes.get("/api/sources/{source:path}", summary="Read a document, or a page or a stretch of it")
    def source(
        source: str,
        request: Request,
        page: Annotated[int | None, Query(ge=1)] = None,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int | None, Query(ge=0)] = None,
    ) -> dict[str, Any]:
        counter.gate.admit(request, "read")
        library = counter.engine.library
        document, text = library.document(source), library.text(source)
        if page is not None:
            if page > len(document.pages):
                raise gate.Refusal(404, f"{source} has {len(document.pages)} pages")
            start, end = document.pages[page - 1].start, document.pages[page - 1].end
        end = len(text) if end is None else min(end, len(text))
        start = min(start, end)
        pages = [{"page": n, "start": p.start, "end": p.end} for n, p in enumerate(document.pages, start=1)]
        return {**document_json(document), "page_spans": pages, "start": start, "end": end, "text": text[start:end]}

    @routes.get(links.ROUTE + "{source:path}", include_in_schema=False)
    def quote(source: str, start: int, end: int, key: str) -> HTMLResponse:
        engine = counter.engine
        return HTMLResponse(links.page(engine.library, counter.gate.tokens, source, start, end, key))


def _house(routes: APIRouter, counter: Counter) -> None:
    @routes.get("/healthz", summary="Is the server up?")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz", summary="Can it answer?")
    def readyz() -> dict[str, Any]:
        return {"status": "ready", "generation": counter.engine.library.generation}

    @routes.get("/metrics", summary="Counts and times for Prometheus")
    def metrics(request: Request) -> PlainTextResponse:
        counter.gate.admit(request, "read")
        documents, passages = counter.engine.library.counts()
        gauges = {"documents": documents, "passages": passages, "questions_waiting": counter.gate.waiting}
        return PlainTextResponse(counter.gate.meter.text(gauges), media_type="text/plain; version=0.0.4")
