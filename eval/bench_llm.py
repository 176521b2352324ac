"""What a language model writes and what the check leaves of it: ``python -m eval.bench_llm gguf:smollm2``.

In: a model spec, cases (those of the sample corpus by default). Out: the model's row for docs/models.md;
with ``--json`` every answer. It scores no answers: `rag eval --llm SPEC` does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponseGen, CompletionResponse, CompletionResponseGen
from llama_index.core.llms import LLM, CustomLLM, LLMMetadata
from pydantic import PrivateAttr

from eval.cases import PACKAGED_CASES, load_cases
from ingest.pipeline import ingest
from rag.config import Settings
from rag.engine import Engine
from rag.errors import ModelError
from rag.models import load_embedder
from rag.types import Answer, Evidence, Span
from rag.write.compose import verified
from rag.write.llm import load_llm
from rag.write.prompt import sources

SEEDS = Path(__file__).resolve().parent.parent / "seeds"


class Recorder(CustomLLM):
    """Passes everything on to a model and keeps what it was asked and what it wrote."""

    _inner: LLM = PrivateAttr()
    _raw: list[str] = PrivateAttr(default_factory=list)

    @classmethod
    def of(cls, inner: LLM) -> Recorder:
        """Wrap ``inner``."""
        made = cls()
        made._inner = inner
        return made

    @property
    def metadata(self) -> LLMMetadata:
        """What the model says of itself."""
        return self._inner.metadata

    def take(self) -> str:
        """Return what was written since the last call."""
        raw = "".join(self._raw)
        self._raw.clear()
        return raw

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Pass the stream on, keeping a copy."""

        def pieces() -> ChatResponseGen:
            for response in self._inner.stream_chat(messages, **kwargs):
                self._raw.append(response.delta or "")
                yield response

        return pieces()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Pass through."""
        return self._inner.complete(prompt, formatted, **kwargs)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Pass through."""
        return self._inner.stream_complete(prompt, formatted, **kwargs)


@dataclass(frozen=True, slots=True)
class Written:
    """One question: what the model wrote, how much of it was judged and shown, and how long it took."""

    question: str
    refused: bool
    raw: str
    text: str
    judged: int
    shown: int
    reasons: tuple[str, ...]
    first_ms: float
    last_ms: float


def written(engine: Engine, recorder: Recorder, question: str) -> Written:
    """Ask one question; the first answer of the stream is the evidence, the last one the model's."""
    begun = time.perf_counter()
    first, last, answer = 0.0, 0.0, Answer(question, question, "", True, 0.0)
    for state in engine.stream(question):
        answer = state
        last = 1000 * (time.perf_counter() - begun)
        first = first or last
    raw = recorder.take()
    passages = [Evidence(r.passage, Span(r.passage.start, r.passage.end), r.passage.text, 1.0) for r in answer.passages]
    *_, judged = verified(iter([raw]), sources(passages))
    return Written(
        question,
        answer.refused,
        raw,
        answer.text,
        judged.shown + judged.dropped,
        judged.shown,
        judged.reasons,
        first,
        last,
    )


def row(spec: str, results: Sequence[Written]) -> str:
    """Return the model's row of the table in docs/models.md."""
    wrote = [r for r in results if not r.refused]
    judged, shown = sum(r.judged for r in wrote), sum(r.shown for r in wrote)
    first, last = (statistics.median(times) for times in ([r.first_ms for r in wrote], [r.last_ms for r in wrote]))
    cells = [
        spec, len(results), len(results) - len(wrote), len(wrote), judged, f"{shown} ({shown / max(1, judged):.0%})",
        sum(r.shown > 0 for r in wrote), f"{first:.0f} ms", f"{last / 1000:.1f} s",
    ]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def main(arguments: Sequence[str]) -> None:
    """Run the cases through the model that the first argument names."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench_llm", description=__doc__)
    parser.add_argument("spec", help="a model, as for --llm")
    parser.add_argument("--cases", type=Path, default=PACKAGED_CASES, help="a case file (default: the sample's)")
    parser.add_argument("--corpus", type=Path, default=SEEDS, help="the folder the cases ask about (default: seeds)")
    parser.add_argument("--limit", type=int, default=None, help="ask only so many, spread over the kinds")
    parser.add_argument("--json", type=Path, help="write every answer to this file, one JSON object a line")
    given = parser.parse_args(arguments)
    settings = Settings.load()
    llm = load_llm(given.spec, settings)
    if llm is None:
        raise ModelError(f"{given.spec!r} names no model: write, for example, gguf:smollm2")
    recorder, embedder = Recorder.of(llm), load_embedder(settings)
    with tempfile.TemporaryDirectory() as folder:
        ingest([given.corpus], folder, embedder, settings=settings)
        engine = Engine.open(Settings.load(library=folder), llm=recorder, embedder=embedder)
        cases = [c for c in load_cases(given.cases, limit=given.limit) if not c.history]
        results = [written(engine, recorder, case.question) for case in cases]
        engine.library.close()
    if given.json:
        lines = [json.dumps(asdict(r), ensure_ascii=False) for r in results]
        given.json.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(row(given.spec, results))


if __name__ == "__main__":
    main(sys.argv[1:])
