"""Speed and memory: ``python -m eval.bench`` reads a corpus, asks it questions, and prints tables.

In: a number of documents to generate, or a folder of documents or of cases with their ``corpus.jsonl``. Out: tables on
standard output, JSON where asked, beside LlamaIndex's stock path. Each phase runs in a process of its own, so that its
peak memory is its own; processor times hold on a busy machine too. It says nothing about good answers.
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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from eval import bench_corpus, metrics
from eval.bench_stock import WINDOW, stock
from eval.cases import load_cases, write_corpus
from ingest.pool import EmbedderPool
from rag.config import Settings
from rag.models import Embedder, FloatArray, PassageVectors, load_embedder
from rag.store.memory import steady
from rag.text import word_spans
from rag.types import Span

PHASES = ("ingest", "again", "questions", "stock", "stock whole", "1 worker", "2 workers")
COMPARED = ("documents/s", "tokens of the text/s")


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

    def align(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[FloatArray]:
        """Pass through."""
        return self._inner.align(question, texts, sentences)


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

    def align(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[FloatArray]:
        """Take every word of the question for met by no text."""
        return [np.zeros((1 + len(s), len(word_spans(question))), dtype=np.float32) for s in sentences]


def _embedder(random: bool, settings: Settings) -> Embedder:
    return RandomVectors() if random else load_embedder(settings)


def ingest_phase(work: Path, settings: Settings, random: bool) -> dict[str, float]:
    """Read the corpus into a new library, or into the one that is there."""
    from ingest.pipeline import ingest
    from rag.library import Library

    begun = time.perf_counter()
    embedder = Timed(_embedder(random, settings))
    if not Path(settings.library).exists():
        embedder.embed_query("warm")  # an unchanged folder must not need the weights
    loaded = time.perf_counter() - begun
    begun, worked = time.perf_counter(), time.process_time()
    made = ingest([work / "documents"], settings.library, embedder, settings=settings)
    seconds, busy = time.perf_counter() - begun, time.process_time() - worked
    peak = _peak()  # before the library is read: a reader maps its pages
    library = Library.open(settings.library)
    stats = library.stats()
    library.close()
    found = {
        "model load s": loaded,
        "seconds": seconds,
        "processor seconds": busy,
        "documents/s": (len(made.added) + len(made.unchanged)) / seconds,
        "passages": stats.passages,
        "passages/s": made.passages / seconds,
        "inside the model %": 100 * embedder.seconds / seconds,
        "disk bytes/passage": stats.bytes / max(1, stats.passages),
        "peak memory MB": peak,
    }
    if made.embedded and not random:
        share, tokens = _text_read(settings, embedder)
        found |= {"text embedded %": 100 * share, "tokens of the text/s": tokens / seconds}
    return found


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
        "p95 processor ms": metrics.percentile(busy[1:] or busy, 0.95) or 0.0,
        "questions": len(times),
    }


def worker_phase(work: Path, settings: Settings, workers: int) -> dict[str, float]:
    """Read the corpus with so many processes that embed, of one thread each, into a library of its own."""
    from ingest.pipeline import ingest

    alone = replace(settings, threads=1)
    with EmbedderPool(load_embedder(settings), partial(load_embedder, alone), workers) as pool:
        pool.embed_passages(["warm"] * 64 * workers, [[Span(0, 4)]] * 64 * workers)
        begun = time.perf_counter()
        made = ingest([work / "documents"], work / f"library-{workers}", pool, settings=settings)
        seconds = time.perf_counter() - begun
    return {"seconds": seconds, "documents/s": len(made.added) / seconds, "passages/s": made.passages / seconds}


def _text_read(settings: Settings, embedder: Embedder) -> tuple[float, int]:
    """Return which share of the texts' visible characters lies in passages, and how many tokens the passages have."""
    from rag.library import Library

    library = Library.open(settings.library)
    visible = within = tokens = 0
    for document in library.documents():
        visible += len("".join(library.text(document.source).split()))
        for stored in library.document_passages(document.source):
            within += len("".join(stored.passage.text.split()))
            tokens += embedder.count_tokens(stored.passage.text)
    library.close()
    return within / max(1, visible), tokens


def main(argv: Sequence[str] | None = None) -> int:
    """Run the phases, each in a process of its own, and print what they measured."""
    args = _parser().parse_args(argv)
    if args.phase:
        print(json.dumps(_phase(args)))
        return 0
    with tempfile.TemporaryDirectory(prefix="rag-bench-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        files = _corpus(args, work)
        print(f"{files} documents, {os.cpu_count()} processors", file=sys.stderr)
        found: dict[str, dict[str, float]] = {}
        for phase in [p for p in args.phases.split(",") if not (args.random and p.startswith(("stock", "1", "2")))]:
            measured = _in_process(phase, work, args)
            if measured is None:
                print(f"{phase} failed; its message stands above", file=sys.stderr)
                return 1
            found[phase] = measured
            print(_table(phase, measured), flush=True)
        print("\n".join(ratios(found)))
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _corpus(args: argparse.Namespace, work: Path) -> int:
    """Put documents and questions where the phases look for them, and return how many documents there are."""
    target = work / "documents"
    if args.corpus is None:
        questions = [fact.question for fact in bench_corpus.write(target, args.documents)]
    elif write_corpus(args.corpus, target):
        questions = [case.question for case in load_cases(args.corpus)]
    else:
        target.symlink_to(args.corpus.resolve(), target_is_directory=True)
        questions = ["What is this about?"] * args.questions
    (work / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    return sum(1 for file in target.rglob("*") if file.is_file())


def ratios(found: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Say how many times the stock path's pace ours is, documents and tokens apart, and what a second process adds."""
    ours, (one, two) = found.get("ingest", {}), (found.get("1 worker"), found.get("2 workers"))
    shared = (
        [f"2 workers / 1 worker: {two['passages/s'] / one['passages/s']:.2f} times the passages/s"]
        if one and two
        else []
    )
    return shared + [
        f"ingest / {phase}: " + ", ".join(f"{ours[c] / other[c]:.2f} times the {c}" for c in COMPARED if c in ours)
        for phase, other in found.items()
        if phase.startswith("stock") and ours
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description="Measure speed and memory.")
    parser.add_argument("--documents", type=int, default=200, help="how many documents to generate (default 200)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="read these documents, or a case folder's, instead")
    parser.add_argument("--questions", type=int, default=100, help="how many questions to ask (default 100)")
    parser.add_argument("--phases", default=",".join(PHASES), help=f"some of {','.join(PHASES)}")
    parser.add_argument("--random", action="store_true", help="random vectors, no model: for large libraries")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    return parser


def _phase(args: argparse.Namespace) -> dict[str, float]:
    steady()  # as the command does
    settings = replace(Settings.load(), library=str(args.work / "library"))
    if args.phase == "questions":
        found = question_phase(args.work, settings, args.random, args.questions)
    elif args.phase.endswith(("worker", "workers")):
        found = worker_phase(args.work, settings, int(args.phase[0]))
    elif args.phase.startswith("stock"):
        questions = json.loads((args.work / "questions.json").read_text(encoding="utf-8"))[: args.questions]
        chunk = None if args.phase == "stock" else WINDOW
        found = stock(args.work / "documents", args.work / args.phase, questions, settings.top_k, chunk)
    else:
        found = ingest_phase(args.work, settings, args.random)
    return {"peak memory MB": _peak(), **found}


def _peak() -> float:
    """Return the most memory that this process had resident so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


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
