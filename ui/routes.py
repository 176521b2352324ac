"""The page's own addresses beside Gradio's: documents, conversations, what is going on.

In: requests that `ui/guard.py` let in. Out: JSON, pieces of HTML that `ui/markup.py` and its neighbours made, files,
and one stream of events per tab. Each function reads a request, asks the desk, the intake or the conversations, and
says what it was told; what cannot be done is one line and a status.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rag.errors import RagError
from ui import export
from ui.door import VISITOR
from ui.intake import Refused
from ui.originals import original
from ui.page_picture import route as picture_route
from ui.render import sentence
from ui.sense import body_of, parsed
from ui.shelf import ORDERS, SHOWN, Wanted
from ui.talks import NoTalk, Talk

if TYPE_CHECKING:
    from starlette.requests import Request

    from ui.desk import Desk

LOOK_SECONDS = 0.4  # between two looks at what is going on, for one tab
STILL_THERE = 15.0  # seconds after which a silent stream says that it lives
BOOT = secrets.token_hex(4)  # tells a page that the process behind it is another one
_KINDS: dict[str, tuple[str, Callable[[Talk], str]]] = {
    "md": ("text/markdown", export.as_markdown),
    "json": ("application/json", export.as_json),
    "html": ("text/html", export.as_page),
}
# What a stranger's file may do in a browser that opens it: nothing.
_SHUT = {"content-security-policy": "default-src 'none'; sandbox", "cross-origin-resource-policy": "same-origin"}
_PRINTED = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


def routes(desk: Desk) -> list[Route]:
    """Every route of one page."""
    page = _Page(desk)
    get, base = ["GET"], "/footnote"
    return [
        picture_route(desk.pictures),
        Route(f"{base}/events", page.events, methods=get),
        Route(f"{base}/shelf", page.shelf, methods=get),
        Route(f"{base}/examples", page.examples, methods=get),
        Route(f"{base}/documents", page.receive, methods=["PUT"]),
        Route(f"{base}/documents", page.do, methods=["POST"]),
        Route(f"{base}/original", page.original, methods=get),
        Route(f"{base}/talks", page.talks, methods=get),
        Route(f"{base}/talks/{{talk}}", page.talk, methods=get),
        Route(f"{base}/talks/{{talk}}", page.change, methods=["POST"]),
        Route(f"{base}/talks/{{talk}}/export", page.export, methods=get),
    ]


class _Page:
    """The functions behind the routes."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    # -- what is going on ---------------------------------------------------------------------------------------------

    async def events(self, request: Request) -> Response:
        """The state of the page whenever it changes, as server-sent events."""
        return StreamingResponse(self._states(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def _states(self) -> AsyncIterator[str]:
        last, silent = "", 0.0
        while not self.desk.closed:
            state = json.dumps(await run_in_threadpool(self.desk.state) | {"boot": BOOT}, ensure_ascii=False)
            if state != last:
                yield f"data: {state}\n\n"
                last, silent = state, 0.0
            elif silent >= STILL_THERE:
                yield ": still there\n\n"
                silent = 0.0
            await asyncio.sleep(LOOK_SECONDS)
            silent += LOOK_SECONDS

    # -- documents ----------------------------------------------------------------------------------------------------

    def shelf(self, request: Request) -> Response:
        """The documents, found and ordered."""
        asked = request.query_params
        most, order = asked.get("most", ""), asked.get("order", "")
        wanted = Wanted(
            asked.get("words", "")[:200], asked.get("kind", ""), order if order in ORDERS else "title",
            int(most) if re.fullmatch(r"[0-9]{1,6}", most) else SHOWN,
        )  # fmt: skip
        return _said(lambda: HTMLResponse(self.desk.shelf(wanted)))

    def examples(self, request: Request) -> Response:
        """Questions to begin with."""
        return _said(lambda: HTMLResponse(self.desk.examples()))

    async def receive(self, request: Request) -> Response:
        """Take one file in, as it comes; ``name`` is its name or its path below the folder that was chosen."""
        intake, most = self.desk.intake, self.desk.house.settings.max_file_mb << 20
        written = None
        try:
            source, written = await run_in_threadpool(intake.place, request.query_params.get("name", ""))
            size = 0
            with written.open("xb") as file:
                async for part in request.stream():
                    size += len(part)
                    if size > most:
                        raise Refused(f"{source} is larger than max_file_mb = {most >> 20}")
                    await run_in_threadpool(file.write, part)
            if not size:
                raise Refused(f"{source} is empty")
            await run_in_threadpool(intake.received, source, written)
        except RagError as error:  # it is shown behind the file's name and a colon
            return JSONResponse({"error": str(error)}, 400)
        except OSError as error:
            return JSONResponse({"error": f"the file cannot be kept ({error.strerror})"}, 507)
        finally:
            if written is not None:
                written.unlink(missing_ok=True)
        return JSONResponse({"source": source})

    async def do(self, request: Request) -> Response:
        """Do one of the deeds with a document: cancel, again, remove, undo; or take the sample in."""
        asked = parsed(await body_of(request.receive))
        source, token, deed = (str(asked.get(name, "")) for name in ("source", "token", "do"))
        intake = self.desk.intake
        deeds: dict[str, Callable[[], str | None]] = {
            "cancel": lambda: intake.cancel(source),
            "again": lambda: intake.again(source),
            "remove": lambda: intake.remove(source),
            "undo": lambda: intake.undo(token),
            "sample": intake.sample,
        }
        if deed not in deeds:
            return JSONResponse({"error": "There is no such deed"}, 400)
        return await run_in_threadpool(_said, lambda: JSONResponse({"token": deeds[deed]()}))

    def original(self, request: Request) -> Response:
        """The file that a document was read from, to be saved."""

        def made() -> Response:
            library = self.desk.library()
            record = library.file_of(request.query_params.get("source", ""))
            name = record.source.rsplit("/", 1)[-1]
            data = original(record, name)
            how = f"attachment; filename*=UTF-8''{quote(name)}"
            return Response(data, media_type="application/octet-stream", headers={"content-disposition": how, **_SHUT})

        return _said(made)

    # -- conversations ------------------------------------------------------------------------------------------------

    def talks(self, request: Request) -> Response:
        """The visitor's own conversations."""

        def made() -> Response:
            found = self.desk.talks.list(_visitor(request), request.query_params.get("words", "")[:200])
            return JSONResponse([{"id": t.id, "title": t.title, "used": t.used, "shared": t.shared} for t in found])

        return _said(made)

    def talk(self, request: Request) -> Response:
        """One conversation, its turns as they were shown."""

        def made() -> Response:
            talk = self.desk.talks.read(_visitor(request), request.path_params["talk"])
            turns = [self.desk.shown(turn) for turn in talk.turns]
            return JSONResponse({"title": talk.title, "own": talk.own, "private": talk.private, "turns": turns})

        return _said(made)

    async def change(self, request: Request) -> Response:
        """Rename, share, delete, or undo that."""
        asked = parsed(await body_of(request.receive))
        title, deleted = asked.get("title"), asked.get("deleted")

        def made() -> Response:
            self.desk.talks.change(
                _visitor(request), request.path_params["talk"],
                title=title if isinstance(title, str) else None, shared=asked.get("shared") is True,
                deleted=deleted if isinstance(deleted, bool) else None,
            )  # fmt: skip
            return JSONResponse({})

        return await run_in_threadpool(_said, made)

    def export(self, request: Request) -> Response:
        """One conversation as a file."""

        def made() -> Response:
            kind = request.query_params.get("as", "md")
            if kind not in _KINDS:
                raise Refused("a conversation is written as md, json or html")
            talk = self.desk.talks.read(_visitor(request), request.path_params["talk"])
            media, write = _KINDS[kind]
            how = f"attachment; filename*=UTF-8''{quote(talk.title[:60] or 'conversation')}.{kind}"
            headers = _PRINTED if kind == "html" else {"content-disposition": how, **_SHUT}
            return Response(write(talk), media_type=media, headers=headers)

        return _said(made)


def _visitor(request: Request) -> str:
    visitor = str(request.scope.get(VISITOR, ""))
    if not visitor:
        raise NoTalk("open the page first")
    return visitor


def _said(made: Callable[[], Response]) -> Response:
    try:
        return made()
    except RagError as error:
        return _refusal(error)


def _refusal(error: RagError) -> Response:
    status = 404 if isinstance(error, NoTalk) else 400
    return JSONResponse({"error": sentence(str(error))}, status)
