"""LlamaIndex's stock ``CitationQueryEngine`` in the engine's place, so that one evaluation measures both.

In: a folder of texts, a LlamaIndex language model and embedding model. Out: an object that `eval.run.evaluate` can ask.
It uses LlamaIndex as its quick start wires it and improves nothing: no check of citations, no rewriting of follow-ups.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.types import Answer, Citation, Document, Passage, Retrieved, Turn

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM
    from llama_index.core.schema import NodeWithScore

_MARKER = re.compile(r"\[(\d+)\]")
_LABEL = re.compile(r"^Source \d+:\n")
# What a model says when it finds nothing; the stock engine has no other sign for it.
_NOTHING = re.compile(
    r"empty response|(?:\b(?:not|no|cannot|unable)\b|n't\b)[^.]*"
    r"\b(?:mention|provid|contain|specif|stat|inform|determin|answer)",
    re.IGNORECASE,
)


class StockTexts:
    """The documents of a folder as plain text."""

    def __init__(self, folder: Path) -> None:
        files = sorted(p for p in folder.rglob("*.txt") if p.is_file())
        self._texts = {
            p.relative_to(folder).as_posix(): unicodedata.normalize("NFC", p.read_text(encoding="utf-8")) for p in files
        }

    def documents(self) -> list[Document]:
        """Return the documents, sorted by source."""
        return [
            Document(source, source, len(text), hashlib.sha256(text.encode()).hexdigest())
            for source, text in sorted(self._texts.items())
        ]

    def text(self, source: str) -> str:
        """Return one document's text."""
        return self._texts[source]


class StockEngine:
    """``CitationQueryEngine`` over a ``VectorStoreIndex``, its replies read into ``Answer`` values.

    An answer whose first sentence says that the sources hold nothing counts as a refusal. The confidence is the best
    similarity. A footnote's quote is the whole chunk behind its number; a number without a chunk gives no citation.
    """

    def __init__(
        self, folder: Path, llm: LLM, embed_model: BaseEmbedding, settings: Settings, top_k: int = 3, chunk: int = 512
    ) -> None:
        from llama_index.core import Document as Stock
        from llama_index.core import VectorStoreIndex
        from llama_index.core.query_engine import CitationQueryEngine

        self.settings = settings
        self.library = StockTexts(folder)
        index = VectorStoreIndex.from_documents(
            [Stock(text=self.library.text(d.source), metadata={"source": d.source}) for d in self.library.documents()],
            embed_model=embed_model,
        )
        self._retriever = index.as_retriever(similarity_top_k=settings.top_k)
        self._engine = CitationQueryEngine.from_args(
            index, llm=llm, similarity_top_k=top_k, citation_chunk_size=chunk, embed_model=embed_model
        )

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer one question; the stock engine does not know what came before it."""
        response = self._engine.query(question)
        text = str(response)
        ranked = [self._retrieved(node) for node in self._retriever.retrieve(question)]
        refused = bool(_NOTHING.search(re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]))
        return Answer(
            question=question,
            standalone_question=question,
            text=text,
            refused=refused,
            confidence=min(1.0, max(0.0, ranked[0].score)) if ranked else 0.0,
            citations=() if refused else self._citations(text, response.source_nodes),
            passages=tuple(ranked),
        )

    def _citations(self, text: str, nodes: Sequence[NodeWithScore]) -> tuple[Citation, ...]:
        found = []
        for mark in _MARKER.finditer(text):
            number = int(mark.group(1))
            place = self._retrieved(nodes[number - 1]).passage if 0 < number <= len(nodes) else None
            if place is not None and place.text:
                found.append(
                    Citation(number, mark.start(), mark.end(), place.source, None, place.start, place.end, place.text)
                )
        return tuple(found)

    def _retrieved(self, node: NodeWithScore) -> Retrieved:
        """A chunk as a passage; its place is searched for, because the stock engine drops it."""
        source = str(node.metadata["source"])
        chunk = _LABEL.sub("", node.node.get_content()).strip()
        start = max(0, self.library.text(source).find(chunk))
        score = float(node.score or 0.0)
        return Retrieved(
            Passage(node.node_id, source, source, None, start, start + len(chunk), chunk), score, score, 0.0
        )
