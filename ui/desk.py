"""What the chat page does, without the page: ask, open a source, tell the state of the library.

In: an engine, a visitor's own turns. Out: HTML strings and new turns. It holds no conversation: the turns come in and
go out, so two visitors cannot meet. It knows nothing of Gradio.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.types import Answer, Citation, Document, Span, Turn
from ui import defects, markup, source_page
from ui.examples import example_questions
from ui.page_picture import Pictures
from ui.render import nearest, passage_citation
from ui.table_view import table_html

if TYPE_CHECKING:
    from rag.engine import Engine

log = logging.getLogger(__name__)

THROTTLE = 0.08
MOST_CHARACTERS = 2000


@dataclass(frozen=True)
class Exchange:
    """A finished turn of one visitor. ``id`` binds its footnotes to it."""

    id: str
    answer: Answer


class Desk:
    """The engine as the page uses it. Safe for many visitors at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.pictures = Pictures(engine.library, engine.settings)
        self._examples: tuple[int, list[str]] = (-1, [])
        self._lock = threading.Lock()

    def ask(
        self, question: str, turns: Sequence[Exchange], *, write: bool = True
    ) -> Iterator[tuple[str, list[Exchange]]]:
        """Yield the turn's HTML as it grows, and the visitor's turns; the last item is the finished turn.

        ``write``: a language model may write, where the engine has one.
        """
        question, turn = question.strip()[:MOST_CHARACTERS], secrets.token_hex(4)
        kept = list(turns)
        if not question:
            return
        yield markup.pending_html(question, turn), kept
        try:
            answer: Answer | None = None
            # where a model writes, the evidence comes first and at once; what follows may take long
            shown, ahead = time.monotonic() - THROTTLE * (self.engine.writer != "none"), 0
            with defects.told(self.engine.settings.library):
                for answer in self.engine.stream(question, self._history(kept), write=write):
                    if time.monotonic() - shown >= THROTTLE or answer.ahead != ahead:
                        yield markup.to_html(answer, turn, growing=True), kept
                        shown, ahead = time.monotonic(), answer.ahead
            if answer is None:
                raise RagError("the engine gave no answer; ask again")
        except defects.Defect as error:  # where the trace lies is the server's matter, not the visitor's
            log.error("%s", error)
            yield markup.error_html(question, turn, "Footnote met a defect; its log has the details. Ask again."), kept
        except RagError as error:
            yield markup.error_html(question, turn, str(error)), kept
        else:
            table = table_html(answer, self.engine.library)
            yield markup.to_html(answer, turn, table=table), [*kept, Exchange(turn, _slim(answer))]

    def _history(self, turns: Sequence[Exchange]) -> list[Turn]:
        last = turns[-self.engine.settings.history_turns :] if self.engine.settings.history_turns else []
        return [Turn(one.answer.question, one.answer.text) for one in last]

    def open(self, ref: str, turns: Sequence[Exchange], window: int = 0) -> str:
        """The source pane for ``TURN:c0`` (a footnote), ``TURN:p0`` (a nearest passage) or ``doc:SOURCE``."""
        return self._source(_cited(ref, turns), window)

    def printed(self, ref: str, turns: Sequence[Exchange], page: int = 0) -> str:
        """A page of that source as it is printed, by default the one with the quote; one line where there is none."""
        citations = _cited(ref, turns)
        try:
            document, _ = self._held(citations)
            first, *others = citations
            page = page or source_page.pages_of(document, first)[0]
            picture = self.pictures.page(first.source, page, [Span(c.quote_start, c.quote_end) for c in citations])
        except RagError as error:
            return source_page.no_picture_html(str(error))
        return source_page.picture_html(document, page, first, others, picture)

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
        first = citations[0]
        text = self.engine.library.text(first.source)
        if text[first.quote_start : first.quote_end] != first.quote:
            raise RagError(f"{first.source} has changed since this answer. Ask the question again.")
        return self.engine.library.document(first.source), text

    def generation(self) -> int:
        """Moves with every change of the library."""
        return self.engine.library.generation

    def status(self) -> str:
        """One line: how much the library holds."""
        stats = self.engine.library.stats()
        return markup.status_html(stats.documents, stats.passages)

    def shelf(self) -> str:
        """The documents, each of which opens."""
        return markup.shelf_html(self.engine.library.documents(), self.engine.library.stats().failed)

    def examples(self) -> str:
        """Questions that these documents answer, as buttons; made once for each state of the library."""
        with self._lock:
            generation = self.generation()
            if self._examples[0] != generation:
                self._examples = (generation, example_questions(self.engine))
            return markup.examples_html(self._examples[1])


def _cited(ref: str, turns: Sequence[Exchange]) -> list[Citation]:
    kind, _, rest = ref.partition(":")
    return [Citation(0, 0, 0, rest, None, 0, 0, "")] if kind == "doc" else _find(kind, rest, turns)


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
