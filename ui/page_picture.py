"""Pictures of the pages of the library's PDFs, with the places of quotes on them.

In: a source and a page of the library, never a path. Out: a `PagePicture`, or a `RagError` that says in one line why
there is none: the file that was read is gone, or is no longer the one that was read. A process of its own draws each,
under limits, and takes it out of its archive or mail; the last few are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.page_picture import PagePicture, PageRequest
from ingest.recognise import marks
from ingest.worker import Worker
from rag.errors import RagError, ReadError
from rag.recognised import KEY, unpacked
from rag.types import Document, Span
from ui.originals import NotThere, original
from ui.render import one_line
from ui.source_page import PICTURE_ROUTE, is_printed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import Route

    from rag.config import Settings
    from rag.library import Library

SECONDS = 20
AT_ONCE = 2
KEPT = 24
DIGITS = 6
HEADERS = {"cache-control": "private, no-cache", "cross-origin-resource-policy": "same-origin"}

_Key = tuple[str, str, int, tuple[Span, ...]]


class Pictures:
    """The pages of one library. Safe for many visitors at once."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._settings = replace(settings, max_seconds=min(settings.max_seconds, SECONDS))
        self._drawing = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, PagePicture | str] = OrderedDict()

    def page(self, source: str, page: int, spans: Sequence[Span] = ()) -> PagePicture:
        """Draw a page, counted from 1, and mark ``spans`` of the document's canonical text where they are on it."""
        document = self._library.document(source)
        if not is_printed(document) or not 1 <= page <= len(document.pages):
            raise ReadError(f"{source} has no picture of a page {page}")
        whole = document.pages[page - 1]
        parts = tuple(_part(span, whole) for span in spans)
        kept = self._known(document, page, parts)
        if kept is None:
            text = whole.of(self._library.text(source)) if parts else ""
            kept = self._draw(document, PageRequest(page, text, parts))
        if isinstance(kept, str):
            raise ReadError(kept)
        return kept

    def _known(self, document: Document, page: int, parts: tuple[Span, ...]) -> PagePicture | str | None:
        """What is kept of a page. A picture without marks is as good with others; a failure is one for all."""
        wanted = (document.source, document.sha256, page)
        with self._lock:
            for key, kept in self._kept.items():
                if key[:3] == wanted and (not parts or key[3] == parts or isinstance(kept, str)):
                    self._kept.move_to_end(key)
                    return kept
        return None

    def _draw(self, document: Document, request: PageRequest) -> PagePicture | str:
        if not self._drawing.acquire(timeout=SECONDS):
            raise ReadError("other pages are being drawn; open it again in a moment")
        made: PagePicture | str
        try:
            file = self._library.file_of(document.source)
            member = document.source[len(file.source) + 1 :]  # the document's name inside an archive or a mail
            data = original(file, "the file" if not member else one_line(file.source, 200))
            with Worker(self._settings) as worker:
                made = worker.picture(data, request, file.source, member)
            words = unpacked(document.metadata.get(KEY, ""))
            whole = document.pages[request.page - 1]
            on_page = [word for word in words if whole.start <= word.span.start < whole.end]
            if on_page:
                parts = [Span(whole.start + part.start, whole.start + part.end) for part in request.spans]
                made = replace(made, marks=marks(on_page, parts))
        except NotThere as error:  # it may come back, so this is not remembered
            raise NotThere(f"no picture of this page: {error}") from error
        except ReadError as error:
            made = f"no picture of this page: {error}"
        finally:
            self._drawing.release()
        with self._lock:
            self._kept[document.source, document.sha256, request.page, request.spans] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


def route(pictures: Callable[[], Pictures]) -> Route:
    """The address of a picture: a source and a page of the library, asked for by this page and no other site."""
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    def picture(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return PlainTextResponse("Another site may not use this page.", 403)
        page = request.query_params.get("page", "")
        try:
            if not (page.isascii() and page.isdecimal() and len(page) <= DIGITS):
                raise ReadError("there is no such page")
            png = pictures().page(request.query_params.get("source", ""), int(page)).png
        except RagError as error:
            return PlainTextResponse(str(error), 404)
        return Response(png, media_type="image/png", headers=HEADERS)

    return Route(PICTURE_ROUTE, picture, methods=["GET"])


def _part(span: Span, page: Span) -> Span:
    """The part of a span that stands on a page, counted from the page's beginning; empty when there is none."""
    start, end = max(span.start, page.start), min(span.end, page.end)
    return Span(start - page.start, end - page.start) if start < end else Span(0, 0)
