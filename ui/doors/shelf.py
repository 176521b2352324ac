"""Adding and removing documents through the API, for a token with the scope write.

In: a file's bytes and its name; a source. Out: a place in the queue of the one reader that the library has. How files
are kept and read is the shelf's matter; without one the server only answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Protocol

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ui.doors.desk import Counter
from ui.doors.gate import Refusal

PATH = "/api/documents"
LONGEST_NAME = 200


class Shelf(Protocol):
    """Where documents that are given to the server go."""

    def place(self, name: str) -> tuple[str, Path]:
        """Return the source that a file of this name gets, and where to write it meanwhile."""

    def received(self, source: str, written: Path) -> None:
        """Take over a file that has come whole."""

    def remove(self, source: str) -> str:
        """Take a document out; what it returns puts it back for a while."""

    def state(self) -> dict[str, Any]:
        """Return what is being read and what waits."""


def router(counter: Counter, shelf: Shelf | None) -> APIRouter:
    """The routes, bound to one shelf."""
    routes = APIRouter()

    def held() -> Shelf:
        if shelf is None:
            raise Refusal(501, "this server takes no documents in; run `rag ingest`")
        return shelf

    @routes.post(PATH, summary="Add a document: the body is the file", status_code=202)
    async def add(request: Request, name: Annotated[str, Query(min_length=1, max_length=LONGEST_NAME)]) -> JSONResponse:
        counter.gate.admit(request, "write")
        source, place = await anyio.to_thread.run_sync(held().place, name)
        try:
            await _written(request, place, counter.engine.settings.max_file_mb)
            await anyio.to_thread.run_sync(held().received, source, place)
        finally:
            place.unlink(missing_ok=True)
        return JSONResponse({"source": source, "state": "queued"}, 202)

    @routes.delete(PATH + "/{source:path}", summary="Remove a document that was added here", status_code=202)
    def remove(source: str, request: Request) -> JSONResponse:
        counter.gate.admit(request, "write")
        return JSONResponse({"source": source, "undo": held().remove(source)}, 202)

    @routes.get("/api/intake", summary="What is being read, and what waits")
    def intake(request: Request) -> dict[str, Any]:
        counter.gate.admit(request, "read")
        return held().state()

    return routes


async def _written(request: Request, place: Path, megabytes: int) -> None:
    """Write the body to a file as it comes."""
    size = 0
    with place.open("wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > megabytes << 20:
                raise HTTPException(413, f"a file has at most {megabytes} MB here (max_file_mb)")
            await anyio.to_thread.run_sync(file.write, piece)
    if not size:
        raise HTTPException(400, "the file is empty")
