"""The splitter as a LlamaIndex node parser, for pipelines of other people.

In: LlamaIndex documents. Out: a `TextNode` for every passage, whose ``start_char_idx`` and ``end_char_idx`` are exact
spans of its document, also where a text repeats itself. Footnote's own ingest does not come through here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.node_parser import NodeParser
from llama_index.core.node_parser.node_utils import build_nodes_from_splits
from llama_index.core.schema import BaseNode, MetadataMode

from ingest.describe import detect_language
from ingest.split import split
from rag.models import Embedder


class SpanNodeParser(NodeParser):
    """Cuts documents as Footnote does: paragraphs and sentences whole, never longer than the embedder reads.

    Each node's metadata names its ``section``; ``SpanNodeParser.of(embedder)`` counts with the embedding model's own
    tokenizer.
    """

    max_tokens: int = 0
    _count: Callable[[str], int] = PrivateAttr()

    def __init__(self, count_tokens: Callable[[str], int], max_tokens: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_tokens = max_tokens
        self._count = count_tokens

    @classmethod
    def of(cls, embedder: Embedder) -> SpanNodeParser:
        """Return a parser for the window of ``embedder``."""
        return cls(embedder.count_tokens, embedder.max_tokens)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex stores."""
        return "SpanNodeParser"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:
        found: list[BaseNode] = []
        for node in nodes:
            text = node.get_content(metadata_mode=MetadataMode.NONE)
            pieces = split(text, self._count, self.max_tokens, language=detect_language(text))
            built = build_nodes_from_splits([text[p.start : p.end] for p in pieces], node, id_func=self.id_func)
            for piece, passage in zip(pieces, built, strict=True):
                passage.start_char_idx, passage.end_char_idx = piece.start, piece.end
                passage.metadata["section"] = piece.section
                found.append(passage)
        return found

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]) -> list[BaseNode]:
        """Keep the offsets: the base class searches for each text and finds the first of its twins."""
        spans = [(getattr(n, "start_char_idx", None), getattr(n, "end_char_idx", None)) for n in nodes]
        done = super()._postprocess_parsed_nodes(nodes, parent_doc_map)
        for node, (start, end) in zip(done, spans, strict=True):
            node.start_char_idx, node.end_char_idx = start, end  # type: ignore[attr-defined]
        return done
