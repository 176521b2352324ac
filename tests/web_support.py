"""A small engine of the chat page's shape, for what the real one cannot be made to do: fail, crawl, quote anything.

In: texts by source. Out: answers made of the sentence that shares most words with the question. It enters by the door
of the real engine (`ask`, `stream`, `search`, `library`), so the page cannot tell.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from rag.config import Settings
from rag.errors import RagError, UnknownSource
from rag.library import FileRecord
from rag.types import Answer, Citation, Document, Dropped, Passage, Retrieved, Span, Turn

STOP = set("a an and are at by did do does for from has have how in is it of on or that the this to was".split())
STOP |= set("what when where who why".split())


def words(text: str) -> set[str]:
    """The content words, lower-cased."""
    return {word for word in re.findall(r"\w+", text.lower()) if word not in STOP}


class StubLibrary:
    """Documents in memory, with the reading side of `rag.library.Library`."""

    def __init__(self, texts: Mapping[str, str], pages: Mapping[str, tuple[Span, ...]] | None = None) -> None:
        self.texts = dict(texts)
        self.pages = dict(pages or {})
        self.generation = 1

    def documents(self) -> list[Document]:
        """Sorted by source."""
        return [self.document(source) for source in sorted(self.texts)]

    def document(self, source: str) -> Document:
        """The document, its first words as title."""
        text = self.text(source)
        date = re.search(r"\d{4}-\d\d-\d\d", text[:200])
        title = text.strip().split("\n")[0][:70] or source
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Document(
            source, title, len(text), digest, date=date[0] if date else None, pages=self.pages.get(source, ())
        )

    def text(self, source: str) -> str:
        """The canonical text."""
        if source not in self.texts:
            raise UnknownSource(f"no document {source!r}; run `rag status` to see what there is")
        return self.texts[source]

    def document_passages(self, source: str) -> list[SimpleNamespace]:
        """One passage per paragraph; the section is the last heading."""
        section, out, title = "", [], self.document(source).title
        for match in re.finditer(r"[^\n]+", self.text(source)):
            if len(match[0]) < 80 and match[0][-1].isalnum():
                section = match[0]
                continue
            passage = Passage(f"{source}:{match.start()}", source, title, None, *match.span(), match[0])
            out.append(SimpleNamespace(passage=passage, section=section))
        return out

    def counts(self) -> tuple[int, int]:
        """Documents and passages."""
        return len(self.texts), sum(len(self.document_passages(source)) for source in self.texts)

    def files(self) -> dict[str, FileRecord]:
        """The ledger: one file a document, in a folder that is not there."""
        return {source: FileRecord(source, "/nowhere", "", 0, 0, "") for source in self.texts}


@dataclass
class StubEngine:
    """Answers with the closest sentence; fails, waits and streams as told."""

    library: StubLibrary
    fails: bool = False
    pause: float = 0.0
    settings: Settings = field(default_factory=lambda: Settings(library=tempfile.mkdtemp(prefix="footnote-stub-")))
    writer: str = "none"
    dropped: tuple[Dropped, ...] = ()

    def __post_init__(self) -> None:
        self.histories: list[tuple[str, tuple[Turn, ...]]] = []
        self._lock = threading.Lock()

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The last item of the stream."""
        return list(self.stream(question, history))[-1]

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, scope: object = None, write: bool = True
    ) -> Iterator[Answer]:
        """Word by word; the complete answer last."""
        with self._lock:
            self.histories.append((question, tuple(history)))
        if self.fails:
            raise RagError("the model does not answer; start it with `ollama serve` and ask again")
        answer = self._answer(question, history)
        pieces = answer.text.split(" ")
        for end in range(1, len(pieces)):
            time.sleep(self.pause)
            yield replace(answer, text=" ".join(pieces[:end]), citations=(), passages=())
        yield answer

    def search(self, question: str, k: int = 10) -> list[Retrieved]:
        """Passages by shared words."""
        wanted = words(question)
        found = []
        for source in self.library.texts:
            for stored in self.library.document_passages(source):
                score = len(wanted & words(stored.passage.text)) / (len(wanted) or 1)
                found.append(Retrieved(stored.passage, score, score, score))
        return sorted(found, key=lambda one: -one.score)[:k]

    def _answer(self, question: str, history: Sequence[Turn]) -> Answer:
        alone = question
        if history and re.search(r"\b(he|she|it|they)\b", question.lower()):
            alone = f"{question.rstrip('?')} ({history[-1].question.rstrip('?')})?"
        passages = tuple(self.search(alone))
        best = self._best(alone, passages)
        if best is None:
            text = f"I searched {len(self.library.texts)} documents for this; they do not say."
            return Answer(question, alone, text, True, 0.1, passages=passages, timings={"retrieve_ms": 12.0})
        passage, start, quote = best
        citation = Citation(
            1, len(quote) + 1, len(quote) + 4, passage.source, passage.page, start, start + len(quote), quote
        )
        timings = {"retrieve_ms": 12.0}
        text = f"{quote} [1]"
        return Answer(question, alone, text, False, 0.9, (citation,), passages, timings, dropped=self.dropped)

    def _best(self, question: str, passages: Sequence[Retrieved]) -> tuple[Passage, int, str] | None:
        wanted, best, most = words(question), None, 1
        for found in passages:
            for match in re.finditer(r"\S.*?(?:[.!?](?=\s|$)|$)", found.passage.text):
                quote = match[0].strip()
                shared = len(wanted & words(quote))
                if shared > most:
                    start = found.passage.start + match.start() + match[0].index(quote)
                    best, most = (found.passage, start, quote), shared
        return best
