"""MCP: the library as tools and resources for assistants, over standard input or streamable HTTP.

In: a way to the engine. Out: a server with the tools ask, search, list_documents, open_quote and check_claim, whose
output is structured, and every document as a resource. It only reads. The package `mcp` is an extra.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from rag.errors import RagError
from rag.types import Citation
from rag.types import Scope as Within
from ui import asides, check_report
from ui.doors import links
from ui.doors.desk import MOST_CHARACTERS, Counter
from ui.doors.gate import told

PATH = "/mcp"
_AROUND = 600
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_INSTRUCTIONS = (
    "Answers from a library of documents. Every sentence of an answer carries a footnote with a verbatim quote: keep "
    "the quote's words and source when you use them. A refusal means that the documents do not say so; leave the gap."
)
T = TypeVar("T")
Documents = Annotated[list[str], Field(description="Only these file names, folders or titles; all where it is empty")]
Question = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]


class Quoted(BaseModel):
    """A verbatim quote: ``quote`` is the document's text from ``quote_start`` to ``quote_end``, in code points."""

    number: int
    source: str
    page: int | None
    quote_start: int
    quote_end: int
    quote: str
    url: str | None = None


class Answered(BaseModel):
    """An answer; ``text`` has a marker [n] for each citation."""

    text: str
    refused: bool
    confidence: float
    caution: bool
    reason: str
    remarks: list[str]
    citations: list[Quoted]


class Passage(BaseModel):
    """A passage found."""

    source: str
    title: str
    page: int | None
    start: int
    end: int
    text: str
    score: float


class Passages(BaseModel):
    """Passages, best first."""

    passages: list[Passage]


class Document(BaseModel):
    """A document of the library."""

    source: str
    title: str
    date: str | None
    author: str | None
    language: str | None
    pages: int
    characters: int


class Shelf(BaseModel):
    """The documents of the library."""

    documents: list[Document]


class Opened(BaseModel):
    """A quote in its context."""

    source: str
    title: str
    page: int | None
    before: str
    quote: str
    after: str


class Claim(BaseModel):
    """What the library says of a sentence: supported, partly, contradicted, not_said or no_claim."""

    verdict: str
    why: str
    said: str
    unsaid_words: list[str]
    citations: list[Quoted]


def server(counter: Counter, base: str | None = None) -> MCPServer[Any]:
    """Return the server; ``base`` is the address under which links to quotes open, ``None`` for none."""
    root = logging.getLogger()
    before = list(root.handlers), root.level
    made: MCPServer[Any] = MCPServer("footnote", title="Footnote", instructions=_INSTRUCTIONS, version=_version())
    # It sets up the whole process's logging, which is whoever runs the process's to choose.
    root.handlers[:], root.level = before
    _asking(made, counter, base)
    _reading(made, counter)
    return made


def _version() -> str:
    return version("footnote-rag")


async def _aside(work: Callable[[], T]) -> T:
    """Do blocking work in a thread; what a user can mend is told, a defect only named."""
    try:
        return await anyio.to_thread.run_sync(work)
    except RagError as error:
        raise ToolError(told(error)[1]) from error


def _asking(made: MCPServer[Any], counter: Counter, base: str | None) -> None:
    def url(citation: Citation) -> str | None:
        return links.address(base, counter.gate.tokens, citation) if base else None

    @made.tool(description="Answer a question from the documents, with footnotes, or refuse", annotations=_READS)
    async def ask(question: Question, documents: Documents = []) -> Answered:  # noqa: B006 (never changed; a schema)
        answer = await _aside(partial(counter.ask, question, (), _within(documents)))
        cited = [
            Quoted(**{k: v for k, v in asdict(c).items() if k in Quoted.model_fields}, url=url(c))
            for c in answer.citations
        ]
        return Answered(
            text=answer.text,
            refused=answer.refused,
            confidence=answer.confidence,
            caution=answer.caution,
            reason=answer.reason,
            remarks=list(asides.asides(answer)),
            citations=cited,
        )

    @made.tool(
        description="Say whether the documents hold a sentence: supported, contradicted, only partly, or not said",
        annotations=_READS,
    )
    async def check_claim(claim: Question, documents: Documents = []) -> Claim:  # noqa: B006
        found = await _aside(partial(counter.judge, claim, _within(documents)))
        plain = check_report.judgement_json(found, claim)
        cited = [Quoted(**one) for one in plain["citations"]]
        bare = [one["text"] for one in plain["words"]]
        return Claim(verdict=found.verdict, why=plain["why"], said=found.said, unsaid_words=bare, citations=cited)


def _within(documents: list[str]) -> Within | None:
    return Within(inside=tuple(documents)) if documents else None


def _reading(made: MCPServer[Any], counter: Counter) -> None:
    @made.tool(description="Find the passages nearest to a query", annotations=_READS)
    async def search(query: Question, k: Annotated[int, Field(ge=1, le=50)] = 8) -> Passages:
        found = await _aside(partial(counter.search, query, k))
        return Passages(
            passages=[
                Passage(**{k: v for k, v in asdict(r.passage).items() if k != "id"}, score=r.score) for r in found
            ]
        )

    @made.tool(description="List the documents of the library", annotations=_READS)
    async def list_documents() -> Shelf:
        found = await _aside(lambda: counter.engine.library.documents())
        return Shelf(
            documents=[
                Document(
                    source=d.source, title=d.title, date=d.date, author=d.author, language=d.language,
                    pages=len(d.pages), characters=d.length,
                )
                for d in found
            ]
        )  # fmt: skip

    @made.tool(description="Read a quote in its context, by the offsets of a citation", annotations=_READS)
    async def open_quote(
        source: str, quote_start: Annotated[int, Field(ge=0)], quote_end: Annotated[int, Field(ge=0)]
    ) -> Opened:
        return await _aside(partial(_opened, counter, source, quote_start, quote_end))

    @made.resource("footnote://documents", name="documents", mime_type="application/json")
    async def documents() -> str:
        """The documents of the library."""
        shelf = await list_documents()
        return json.dumps(shelf.model_dump(), ensure_ascii=False)

    @made.resource("footnote://documents/{+source}", name="document", mime_type="text/plain")
    async def document(source: str) -> str:
        """The text of one document, in which the offsets of citations count."""
        return await _aside(lambda: counter.engine.library.text(source))


def _opened(counter: Counter, source: str, start: int, end: int) -> Opened:
    library = counter.engine.library
    document, text = library.document(source), library.text(source)
    if not start < end <= len(text):
        raise RagError(f"{source} has {len(text)} characters; a quote lies inside them")
    page = next((n for n, p in enumerate(document.pages, start=1) if p.start <= start < p.end), None)
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    return Opened(source=source, title=document.title, page=page, before=before, quote=text[start:end], after=after)


class OverHttp:
    """ASGI application: MCP over streamable HTTP, for callers who may ask and read.

    The session manager is started with the first request, inside the loop that serves it.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._started: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._server = server(counter)
        # `ui.doors.server.Watch` looks at Host and Origin, by the names that the page goes by.
        unguarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._app = self._server.streamable_http_app(
            streamable_http_path=PATH, stateless_http=True, transport_security=unguarded
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        self._counter.gate.admit(Request(scope), "ask", "read")
        if self._started is None:
            self._started = asyncio.create_task(self._keep())
        await self._ready.wait()
        await self._app(scope, receive, send)

    async def _keep(self) -> None:
        async with self._server.session_manager.run():
            self._ready.set()
            await asyncio.Event().wait()
