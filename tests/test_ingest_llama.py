"""The splitter inside LlamaIndex: offsets are exact where its own parsers point at an earlier twin."""

from __future__ import annotations

from llama_index.core import Document
from llama_index.core.ingestion import run_transformations
from llama_index.core.schema import TextNode

from ingest.llama import SpanNodeParser
from tests.support import HashEmbedder


def test_offsets_of_repeated_text_are_exact() -> None:
    row = "The same paragraph stands here again and again, word for word. " * 4
    text = "\n\n".join([row.strip()] * 6 + ["Part Two", "The end."])
    nodes = run_transformations([Document(text=text, metadata={"file": "a"})], [SpanNodeParser.of(HashEmbedder())])
    assert len(nodes) > 5
    position = 0
    for node in nodes:
        assert isinstance(node, TextNode)
        assert node.start_char_idx is not None
        assert node.end_char_idx is not None
        assert node.start_char_idx >= position
        assert text[node.start_char_idx : node.end_char_idx] == node.text
        assert node.metadata["file"] == "a"
        position = node.end_char_idx
    assert nodes[-1].metadata["section"] == "Part Two"
