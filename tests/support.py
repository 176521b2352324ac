"""What many tests share: an embedder without a model, and the `rag` command run as a user runs it.

In: texts, argument lists. Out: deterministic unit vectors, finished processes. Nothing here patches the product.
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.models import PassageVectors
from rag.text import fold, word_spans
from rag.types import Span

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
OFFLINE = ROOT / "tests" / "offline"

Vector = npt.NDArray[np.float32]


class HashEmbedder:
    """An `Embedder` without a model: a text is the sum of one fixed random direction per folded word."""

    fingerprint = "hash:1"
    dimensions = 64
    max_tokens = 60

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(word_spans(text))

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        """Embed each text and each of its sentences; the spans are relative to their text."""
        out = []
        for text, spans in zip(texts, sentences, strict=True):
            rows = [self.embed_query(span.of(text)) for span in spans]
            stacked = np.stack(rows) if rows else np.zeros((0, self.dimensions), dtype=np.float32)
            out.append(PassageVectors(passage=self.embed_query(text), sentences=stacked))
        return out

    def is_word(self, word: str) -> bool:
        """Take every word for well spelled."""
        return True

    def align(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[Vector]:
        """Score each word of the question 1 where the text or sentence says it, else by the nearest direction."""
        asked = [self.embed_query(s.of(question)) for s in word_spans(question)]
        out = []
        for text, spans in zip(texts, sentences, strict=True):
            parts = [text, *(span.of(text) for span in spans)]
            said = [np.stack([self.embed_query(s.of(p)) for s in word_spans(p) or [Span(0, 0)]]) for p in parts]
            out.append(np.array([[float((s @ word).max()) for word in asked] for s in said], dtype=np.float32))
        return out

    def embed_query(self, text: str) -> Vector:
        """Embed one text; a text without words gets the first axis, so that every vector has unit length."""
        total = np.zeros(self.dimensions, dtype=np.float64)
        for span in word_spans(text):
            total += _direction(fold(span.of(text)), self.dimensions)
        if not total.any():
            total[0] = 1.0
        unit: Vector = (total / np.linalg.norm(total)).astype(np.float32)
        return unit


@functools.lru_cache(maxsize=1 << 16)
def _direction(word: str, dimensions: int) -> npt.NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimensions)


def offline_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a command under test: guarded against outside connections, no settings of the host."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("RAG_")}
    env["PYTHONPATH"] = os.pathsep.join(p for p in (str(OFFLINE), env.get("PYTHONPATH", "")) if p)
    return env | dict(extra or {})


def run_rag(
    *args: str | Path,
    cwd: Path,
    stdin: str | bytes = "",
    env: Mapping[str, str] | None = None,
    timeout: float = 200,  # a busy machine, and still below pytest's own limit
) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a process of its own, as a user does."""
    command = [sys.executable, "-m", "ui.cli", *map(str, args)]
    done = subprocess.run(
        command,
        cwd=cwd,
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=offline_environment(env),
        timeout=timeout,
        check=False,
    )
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())
