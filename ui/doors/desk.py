"""What the doors ask of the engine: one turn at a time, defects told apart, whoever answers not yet open.

In: a way to the engine, a gate. Out: answers, checks and passages as our own values. It knows no protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ingest.statements import statements
from rag.checked import CheckedText, check_text
from rag.claims import Judgement
from rag.types import Answer, Retrieved, Scope, Turn
from ui import defects
from ui.doors.gate import Gate, Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

    from rag.engine import Engine

MODEL = "footnote"
MOST_CHARACTERS = 2000  # of a question, as on the page
MOST_TEXT = 200_000  # characters of a text that is checked
MOST_PASSAGES = 100


class Counter:
    """The engine as every door uses it. ``find`` returns it, or ``None`` while its models load."""

    def __init__(self, find: Callable[[], Engine | None], gate: Gate) -> None:
        self._find = find
        self.gate = gate
        self.names: tuple[str, ...] = (MODEL,)  # of the models that may be asked for

    def of(self, request: Request) -> Counter:
        """Return what answers this request: this counter, whoever asks."""
        return self

    @property
    def engine(self) -> Engine:
        """The engine; a `Refusal` while there is none."""
        engine = self._find()
        if engine is None:
            raise Refusal(503, "the models are being loaded; try again in a moment", 5)
        return engine

    def stream(self, question: str, history: Sequence[Turn] = (), scope: Scope | None = None) -> Iterator[Answer]:
        """Yield the answer as it grows; the last item is whole."""
        if len(question) > MOST_CHARACTERS:
            raise Refusal(413, f"a question has at most {MOST_CHARACTERS:,} characters")
        engine = self.engine
        with self.gate.turn(), defects.told(engine.settings.library):
            yield from engine.stream(question, history, scope=scope)

    def ask(self, question: str, history: Sequence[Turn] = (), scope: Scope | None = None) -> Answer:
        """Answer one question."""
        *_, last = self.stream(question, history, scope)
        return last

    def search(self, query: str, k: int, scope: Scope | None = None) -> list[Retrieved]:
        """Return the nearest passages."""
        engine = self.engine
        with self.gate.turn(), defects.told(engine.settings.library):
            return engine.search(query[:MOST_CHARACTERS], k, scope=scope)

    def check(self, text: str, name: str = "", scope: Scope | None = None) -> CheckedText:
        """Judge every sentence of a text."""
        if len(text) > MOST_TEXT:
            raise Refusal(413, f"a text to check has at most {MOST_TEXT:,} characters")
        engine = self.engine
        with self.gate.turn(), defects.told(engine.settings.library):
            plain, sentences = statements(text)
            return check_text(engine, plain, sentences, name=name, scope=scope)

    def judge(self, claim: str, scope: Scope | None = None) -> Judgement:
        """Judge one sentence."""
        engine = self.engine
        with self.gate.turn(), defects.told(engine.settings.library):
            return engine.judge(claim[:MOST_CHARACTERS], scope=scope)
