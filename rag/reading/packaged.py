"""The reader that comes with the package: a BERT of 12 layers of 384 in 8-bit weights, run by onnxruntime.

In: question and texts. Out: `PassageRead` values. docs/models.md is its card; `python -m eval.training.train_reader`
made the weights, `eval.training.export` the file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.reading.reader import PassageRead, reading_of, shortened
from rag.types import Span

WEIGHTS, TOKENS = Path(__file__).parent / "reader.onnx", Path(__file__).parent / "reader.json"
SHA256 = "289586b83b6e4e1902fb9f373d7354609ed1a63f478c910316e32c5114def7a5"
# Tokens that the model reads at once, the question's counted; it was trained on up to 256.
WINDOW = 384
# Texts that are padded to one length: in fewer, more is wasted on starting; in more, on padding.
TOGETHER = 4


_OPENING = threading.Lock()


@cache
def _opened(threads: int) -> tuple[Any, Any]:
    """Open the weights, once for all engines of a process: they hold nothing of a question."""
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    # A thread that waits by spinning takes the core from whatever else runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(WEIGHTS), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(TOKENS))
    tokenizer.no_padding()
    tokenizer.enable_truncation(WINDOW, strategy="only_second")
    return session, tokenizer


class PackagedReader:
    """Safe to share between threads; the weights are opened at the first question."""

    def __init__(self, *, threads: int = 0) -> None:
        self._threads = threads

    def read(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageRead]:
        """Read each text; see `rag.reading.reader.Reader`."""
        with _OPENING:
            session, tokenizer = _opened(self._threads)
        asked = shortened(question)
        encoded = [tokenizer.encode(asked, text) for text in texts]
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i].ids))
        made: dict[int, PassageRead] = {}
        for at in range(0, len(order), TOGETHER):
            group = order[at : at + TOGETHER]
            spans, verdicts = session.run(None, _padded([encoded[i] for i in group]))
            for i, logits, verdict in zip(group, spans, verdicts, strict=True):
                made[i] = _reading(texts[i], encoded[i], logits, verdict, sentences[i])
        return [made[i] for i in range(len(texts))]


def _padded(encoded: Sequence[Any]) -> dict[str, NDArray[np.int32]]:
    longest = max(len(e.ids) for e in encoded)
    shape = (len(encoded), longest)
    ids, kinds, mask = (np.zeros(shape, dtype=np.int32) for _ in range(3))
    for row, e in enumerate(encoded):
        size = len(e.ids)
        ids[row, :size], kinds[row, :size], mask[row, :size] = e.ids, e.type_ids, 1
    return {"ids": ids, "kinds": kinds, "mask": mask}


def _reading(
    text: str, encoded: Any, logits: NDArray[np.float32], verdict: NDArray[np.float32], sentences: Sequence[Span]
) -> PassageRead:
    size = len(encoded.ids)
    offsets = np.array(encoded.offsets, dtype=np.int64)
    offsets[np.array(encoded.type_ids) == 0] = 0  # the question's tokens stand nowhere in the text
    first, last = logits[:size, 0], logits[:size, 1]
    return reading_of(text, first, last, offsets, sentences, (float(verdict[0]), float(verdict[1])))
