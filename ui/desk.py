"""What the chat page does, without the page: ask, open a source, tell the state of the library.

In: a house, a visitor's own turns. Out: HTML strings and new turns. Asking holds no conversation: the turns come in and
go out, so two visitors cannot meet; `ui/talks.py` keeps them. It knows nothing of Gradio.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.asked.lexicon import question_language
from rag.errors import RagError, UnknownSource
from rag.messages import say
from rag.types import Answer, Citation, Document, Scope, Span, Turn
from ui import defects, markup, source_page
from ui.examples import example_questions
from ui.house import EMPTY
from ui.intake import Intake
from ui.page_picture import Pictures
from ui.render import nearest, passage_citation, sentence
from ui.shelf import Wanted, shelf_html
from ui.table_view import table_html
from ui.talks import Exchange, Talks

if TYPE_CHECKING:
    from rag.library import Library
    from ui.house import House

log = logging.getLogger(__name__)

THROTTLE = 0.08
MOST_CHARACTERS = 2000
_PLACE = re.compile(r"([0-9]{1,9})-([0-9]{1,9}):(.+)", re.DOTALL)


class Desk:
    """The engine as the page uses it. Safe for many visitors at once."""

    def __init__(self, house: House, *, intake: Intake | None = None) -> None:
        self.house = house
        self.intake = intake or Intake(house, read_only=True)
        self.talks = Talks(house.settings.library)
        self.closed = False
        self._pictures: Pictures | None = None
        self._examples: tuple[int, list[str]] = (-1, [])
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let the streams end."""
        self.closed = True

    def library(self) -> Library:
        """The library; `RagError` where there is none yet."""
        library = self.house.library
        if library is None:
            raise RagError(EMPTY)
        return library

    def pictures(self) -> Pictures:
        """The pictures of the library's pages."""
        with self._lock:
            if self._pictures is None:
                self._pictures = Pictures(self.library(), self.house.settings)
            return self._pictures

    def ask(
        self,
        question: str,
        turns: Sequence[Exchange],
        *,
        write: bool = True,
        inside: Sequence[str] = (),
        coming: int = 0,
    ) -> Iterator[tuple[str, list[Exchange]]]:
        """Yield the turn's HTML as it grows, and the visitor's turns; the last item is the finished turn.

        ``write``: a language model may write, where the engine has one. ``inside``: the sources that may answer, all of
        them where it is empty. ``coming``: files that the visitor's browser has yet to send. While the models load, the
        turn waits.
        """
        question, turn = question.strip()[:MOST_CHARACTERS], secrets.token_hex(4)
        kept = list(turns)
        if not question:
            return
        yield markup.pending_html(question, turn), kept
        try:
            answer: Answer | None = None
            engine = self.house.wait()
            # where a model writes, the evidence comes first and at once; what follows may take long
            shown, ahead = time.monotonic() - THROTTLE * (engine.writer != "none"), 0
            scope = Scope(tuple(inside)) if inside else None
            with defects.told(engine.settings.library):
                for answer in engine.stream(question, self._history(kept), scope=scope, write=write):
                    if answer.refused:
                        answer = replace(answer, notes=(*answer.notes, *self._unread(question, coming)))
                    if time.monotonic() - shown >= THROTTLE or answer.ahead != ahead:
                        yield markup.to_html(answer, turn, growing=True), kept
                        shown, ahead = time.monotonic(), answer.ahead
            if answer is None:
                raise RagError("the engine gave no answer; ask again")
        except defects.Defect as error:  # where the trace lies is the server's matter, not the visitor's
            log.error("%s", error)
            yield markup.error_html(question, turn, "Footnote met a defect; its log has the details. Ask again."), kept
        except RagError as error:
            # no library yet is no trouble where its first documents are on their way
            unread = self._unread(question, coming) if self.house.library is None else ()
            yield markup.error_html(question, turn, "".join(unread) or str(error)), kept
        else:
            table = table_html(answer, engine.library)
            yield markup.to_html(answer, turn, table=table), [*kept, Exchange(turn, _slim(answer))]

    def _unread(self, question: str, coming: int) -> tuple[str, ...]:
        """The line that says what the answer could not look at yet, in the language of the question."""
        left, total = self.intake.left()
        if not left + coming:
            return ()
        return (say("reading", question_language(question), left=left + coming, total=total + coming),)

    def shown(self, turn: Exchange) -> str:
        """A turn that was kept, as it was shown."""
        library = self.house.library
        return markup.to_html(turn.answer, turn.id, table=table_html(turn.answer, library) if library else "")

    def _history(self, turns: Sequence[Exchange]) -> list[Turn]:
        most = self.house.settings.history_turns
        last = turns[-most:] if most else []
        return [Turn(one.answer.question, one.answer.text) for one in last]

    def open(self, ref: str, turns: Sequence[Exchange], window: int = 0) -> str:
        """The source pane for ``TURN:c0`` (a footnote), ``TURN:p0`` (a nearest passage), ``doc:SOURCE`` or
        ``at:10-20:SOURCE`` (a passage by its place)."""
        return self._source(self._cited(ref, turns), window)

    def printed(self, ref: str, turns: Sequence[Exchange], page: int = 0) -> str:
        """A page of that source as it is printed, by default the one with the quote; one line where there is none."""
        citations = self._cited(ref, turns)
        try:
            document, _ = self._held(citations)
            first, *others = citations
            page = page or source_page.pages_of(document, first)[0]
            picture = self.pictures().page(first.source, page, [Span(c.quote_start, c.quote_end) for c in citations])
        except RagError as error:
            return source_page.no_picture_html(str(error))
        return source_page.picture_html(document, page, first, others, picture)

    def _cited(self, ref: str, turns: Sequence[Exchange]) -> list[Citation]:
        kind, _, rest = ref.partition(":")
        if kind == "doc":
            return [Citation(0, 0, 0, rest, None, 0, 0, "")]
        if kind != "at":
            return _find(kind, rest, turns)
        found = _PLACE.fullmatch(rest)
        if found is None:
            return []
        start, end, source = int(found[1]), int(found[2]), found[3]
        try:
            document, text = self.library().document(source), self.library().text(source)
        except RagError:
            return [Citation(0, 0, 0, source, None, 0, 0, "")]  # opening it says what is wrong
        start, end = min(start, len(text)), min(end, len(text))
        page = next((n for n, span in enumerate(document.pages, start=1) if span.start <= start < span.end), None)
        return [Citation(0, 0, 0, source, page, start, max(start, end), text[start:end])]

    def _source(self, citations: Sequence[Citation], window: int) -> str:
        """The document of the first citation, with the others of the same turn shown faintly."""
        try:
            document, text = self._held(citations)
        except RagError as error:
            return source_page.notice_html(str(error))
        return source_page.source_html(document, text, citations[0], others=citations[1:], window=window)

    def _held(self, citations: Sequence[Citation]) -> tuple[Document, str]:
        """The document of the first citation and its text, in which the quote still stands."""
        if not citations:
            raise RagError("This answer is no longer held here. Ask the question again to open its sources.")
        first, library = citations[0], self.library()
        try:
            text = library.text(first.source)
        except UnknownSource as error:
            raise RagError(_was_said(f"{first.source} is no longer in the library.", first) or str(error)) from error
        if text[first.quote_start : first.quote_end] != first.quote:
            raise RagError(_was_said(f"{first.source} has changed since this answer.", first))
        return library.document(first.source), text

    def state(self) -> dict[str, Any]:
        """What is going on: the models, the library, what is being read. It changes when the page has news to show."""
        engine, counted, generation = self.house.engine, (0, 0), 0
        state = self.intake.state()
        trouble = self.house.trouble
        try:
            library = self.house.library
            if library is not None:
                generation, counted = library.generation, library.counts()
        except RagError as error:
            trouble = str(error)
        return {
            **state,
            "phase": "ready" if engine else "failed" if trouble else "loading",
            "trouble": sentence(trouble or state["trouble"]),
            "generation": generation,
            "documents": counted[0],
            "passages": counted[1],
            "writer": engine.writer if engine else "none",
        }

    def shelf(self, wanted: Wanted | None = None) -> str:
        """The documents, each of which opens."""
        library = self.house.library
        if library is None:
            return ""
        folder = self.intake.folder
        files = library.files()
        given = {source for source, file in files.items() if Path(file.root) == folder}
        failed = sorted((source, file.error) for source, file in files.items() if file.error)
        return shelf_html(library.documents(), failed, wanted=wanted, removable=given, read_only=self.intake.read_only)

    def examples(self) -> str:
        """Questions that these documents answer, as buttons; made once for each state of the library."""
        engine = self.house.engine
        if engine is None:
            return ""
        with self._lock:
            generation = engine.library.generation
            if self._examples[0] != generation:
                self._examples = (generation, example_questions(engine))
            return markup.examples_html(self._examples[1])


def _was_said(what: str, citation: Citation) -> str:
    """Why a passage cannot be shown in its place, and the words that were quoted from it."""
    return f"{what} It said: “{citation.quote}”" if citation.quote else ""


def _find(turn: str, rest: str, turns: Sequence[Exchange]) -> list[Citation]:
    """The citation that a control names, in its own turn and nowhere else; then that turn's others of its source."""
    answer = next((one.answer for one in turns if one.id == turn), None)
    if answer is None or not rest[1:].isdecimal():
        return []
    index = int(rest[1:])
    if rest[0] == "c":
        found = answer.citations[index : index + 1]
    else:
        found = tuple(passage_citation(passage) for passage in nearest(answer)[index : index + 1])
    others = [one for one in answer.citations if found and one.source == found[0].source and one not in found]
    return [*found, *others]


def _slim(answer: Answer) -> Answer:
    """What a later click needs, so that a long conversation stays small."""
    return replace(answer, passages=answer.passages[: len(nearest(answer))])
