"""How sure the engine is that a search answers its question: one probability from the features of the best sentence.

In: a search with its scored sentences. Out: the calibrated probability, and how well each word of the question is
spoken of, which the reasons for a refusal are read from. The thresholds are not its business.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rag.judge import linear
from rag.judge.close import CloseReading
from rag.judge.features import ANSWER_FEATURES, SENTENCE_FEATURES, Candidate, answer_features
from rag.retrieve import Found


def confidence(
    found: Found,
    sentences: list[Candidate],
    rows: NDArray[np.float64],
    scores: NDArray[np.float64],
    best: int,
    reading: CloseReading,
) -> tuple[float, NDArray[np.float64]]:
    """Return the probability in (0, 1) that sentence ``best`` answers, and the alignment, shape ``(terms,)``.

    ``rows`` and ``scores`` are those of `sentence_features` and of the ranking model.
    """
    reading = replace(reading, found=found)
    features = answer_features(found, sentences, rows, scores, reading)
    model = linear.load(suited("answer", found, reading), ANSWER_FEATURES)
    return linear.sigmoid(float(model.score(features[None, :])[0])), reading.terms(sentences[best].hit)


def suited(name: str, found: Found, reading: CloseReading) -> str:
    """Return the name of a model or threshold: of what the reader read, of other languages, or without a reader."""
    return name if reading.read else f"{name}_abroad" if found.question.abroad else f"{name}_unread"


def ranking(rows: NDArray[np.float64], reading: CloseReading) -> NDArray[np.float64]:
    """Return the score of each sentence, shape ``(n,)``, from the rows of `sentence_features`."""
    return linear.load("sentence" if reading.read else "sentence_unread", SENTENCE_FEATURES).score(rows)
