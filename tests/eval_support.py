"""A small engine of real parts that enters an evaluation by the public door, for tests that need no model.

In: a folder of texts. Out: answers made of the sentence that shares most words with the question, or a refusal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rag.config import Settings
from rag.text import content_words, sentence_spans
from rag.types import Answer, Citation, Document, Passage, Retrieved, Turn


class FolderTexts:
    """The documents of a folder, as an evaluation reads them."""

    def __init__(self, folder: Path) -> None:
        self._texts = {p.name: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.txt"))}

    def documents(self) -> list[Document]:
        """Return the documents, sorted by source."""
        return [
            Document(source, source, len(text), hashlib.sha256(text.encode()).hexdigest())
            for source, text in self._texts.items()
        ]

    def text(self, source: str) -> str:
        """Return one document's text."""
        return self._texts[source]


class WordEngine:
    """Answers with the sentence that shares the largest share of the question's words; refuses below ``least``."""

    def __init__(self, folder: Path, least: float = 0.5) -> None:
        self.settings = Settings()
        self.library = FolderTexts(folder)
        self.least = least
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer one question."""
        self.asked.append((question, tuple(history)))
        wanted = set(content_words(question))
        found = sorted(self._sentences(), key=lambda p: -len(wanted & set(content_words(p.text))))[:10]
        share = len(wanted & set(content_words(found[0].text))) / max(1, len(wanted))
        passages = tuple(Retrieved(p, 1 / n, 0.0, 0.0) for n, p in enumerate(found, start=1))
        if share < self.least:
            return Answer(question, question, "The documents do not say.", True, share, passages=passages)
        best = found[0]
        mark = len(best.text) + 1
        note = Citation(1, mark, mark + 3, best.source, None, best.start, best.end, best.text)
        return Answer(question, question, f"{best.text} [1]", False, share, (note,), passages, {"read_ms": 2.0})

    def _sentences(self) -> list[Passage]:
        return [
            Passage(f"{d.source}:{s.start}", d.source, d.title, None, s.start, s.end, s.of(self.library.text(d.source)))
            for d in self.library.documents()
            for s in sentence_spans(self.library.text(d.source))
        ]
