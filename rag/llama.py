"""LlamaIndex faces of our values: passages as nodes, the search as a retriever.

In: `Retrieved`. Out: `NodeWithScore`. It adds no behaviour of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.types import Retrieved

if TYPE_CHECKING:
    from rag.engine import Engine


class PassageRetriever(BaseRetriever):
    """The engine's fused search as a LlamaIndex retriever."""

    def __init__(self, engine: Engine, k: int) -> None:
        super().__init__()
        self._engine = engine
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [as_node(r) for r in self._engine.search(query_bundle.query_str, self._k)]


def as_node(retrieved: Retrieved) -> NodeWithScore:
    """Return a passage as a LlamaIndex node; its offsets are those of the canonical text."""
    p = retrieved.passage
    node = TextNode(
        id_=p.id,
        text=p.text,
        start_char_idx=p.start,
        end_char_idx=p.end,
        metadata={"source": p.source, "title": p.title, "page": p.page},
        excluded_embed_metadata_keys=["source", "title", "page"],
    )
    return NodeWithScore(node=node, score=retrieved.score)
