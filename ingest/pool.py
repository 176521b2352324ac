"""Embedding in several processes.

In: a way to load the model, and how many. Out: an `Embedder` whose passages are embedded elsewhere, so that reading,
splitting and writing go on meanwhile. It knows nothing of files and writes nothing: there is still one writer.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType

from rag.errors import ModelError
from rag.models import Embedder, FloatArray, PassageVectors
from rag.types import Span

# Texts sent at a time: a few forward passes, so that a slow one does not leave the other processes idle.
_SHARE = 32
_model: Embedder | None = None


def _load(factory: Callable[[], Embedder]) -> None:
    global _model  # one model a process, loaded before its first share
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C ends
    _model = factory()


def _embed(texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
    if _model is None:
        raise ModelError("the embedding process has no model; run the command again")
    return _model.embed_passages(texts, sentences)


class EmbedderPool:
    """``workers`` processes that embed, each with a model of its own; a context manager.

    ``local`` answers for the model in this process: its name, its window, its way of counting. ``factory`` must be
    picklable (``functools.partial(load_embedder, settings)``) and should give each model one thread.
    """

    def __init__(self, local: Embedder, factory: Callable[[], Embedder], workers: int) -> None:
        self._local = local
        self.fingerprint, self.dimensions, self.max_tokens = local.fingerprint, local.dimensions, local.max_tokens
        self.workers = workers
        self._executor = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _load, (factory,))

    def __enter__(self) -> EmbedderPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def count_tokens(self, text: str) -> int:
        """Count with the model of this process."""
        return self._local.count_tokens(text)

    def is_word(self, word: str) -> bool:
        """Ask the model of this process."""
        return self._local.is_word(word)

    def align(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[FloatArray]:
        """Align with the model of this process."""
        return self._local.align(question, texts, sentences)

    def embed_query(self, text: str) -> FloatArray:
        """Embed with the model of this process."""
        return self._local.embed_query(text)

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        """Embed in the processes, in shares of like length, and wait."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        shares = [order[low : low + _SHARE] for low in range(0, len(order), _SHARE)]
        made: dict[int, PassageVectors] = {}
        try:
            sent: list[Future[list[PassageVectors]]] = [
                self._executor.submit(_embed, [texts[i] for i in share], [sentences[i] for i in share])
                for share in shares
            ]
            for share, future in zip(shares, sent, strict=True):
                made |= dict(zip(share, future.result(), strict=True))
        except BrokenProcessPool as error:
            raise _broken() from error
        return [made[i] for i in range(len(texts))]


def _broken() -> ModelError:
    return ModelError(
        "an embedding process ended (out of memory?); what was committed is safe: run the command again with fewer "
        "--workers"
    )
