"""The stock engine stands in the engine's place, with its real parts and a language model that follows a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata

from eval.baseline import StockEngine
from eval.cases import Case
from eval.run import evaluate
from eval.scoring import INVENTED, REFUSED, RIGHT, outcome
from rag.config import Settings
from tests.support import HashEmbedder

PERU = "Peru asked for support in December 2023. The talks were held in Lima."
PORTS = "Callao is a port near the capital."


class Words(BaseEmbedding):
    """LlamaIndex's face of the tests' embedder."""

    def _get_text_embedding(self, text: str) -> list[float]:
        return [float(x) for x in HashEmbedder().embed_query(text)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class Scripted(CustomLLM):
    """Says the reply whose key stands in the question."""

    replies: dict[str, str]

    @property
    def metadata(self) -> LLMMetadata:
        """A context large enough for one call."""
        return LLMMetadata(context_window=8192, num_output=64)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Look the reply up by the last line that asks."""
        asked = prompt.rsplit("Query: ", 1)[-1]
        return CompletionResponse(text=next(reply for key, reply in self.replies.items() if key in asked))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Not streamed here."""
        raise NotImplementedError


@pytest.fixture
def engine(tmp_path: Path) -> StockEngine:
    """Two documents and three scripted replies."""
    (tmp_path / "peru.txt").write_text(PERU, encoding="utf-8")
    (tmp_path / "ports.txt").write_text(PORTS, encoding="utf-8")
    replies = {
        "paid": "Chile paid 5 million [1][7].",
        "colour": "The sources don't mention a colour. [1]",
        "talks": "The talks were held in Lima [1].",
    }
    return StockEngine(tmp_path, Scripted(replies=replies), Words(), Settings(), top_k=1)


def test_the_stock_engine_is_measured_like_ours(engine: StockEngine) -> None:
    cases = [
        Case("a", "Where in Peru were the talks held?", "where", True, ("Lima",), (PERU[41:],), ("peru.txt",)),
        Case("b", "What colour has Peru?", "trap", False),
        Case("c", "Who paid Peru in the talks held?", "trap", False),
    ]
    report = evaluate(engine, cases)
    assert [outcome(r) for r in report.results] == [RIGHT, REFUSED, INVENTED]
    assert report.measures["quote_exact"].value == 1.0
    assert report.measures["citation_recall"].value == 0.5  # Lima is in the chunk, "Chile paid 5 million" is not
    assert report.results[0].citations[0].source == "peru.txt"
    assert len(report.results[2].citations) == 1  # the footnote 7 has no source behind it
