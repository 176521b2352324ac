"""A model of the user's that joins verification as one more vote: it may reject a sentence, never admit one.

In: ``Settings.verifier`` (``none``, the folder of a sentence-transformers `CrossEncoder`, or its hub name), a sentence
and the quotes that carry it by the rules of `rag/verify.py`. Out: whether the model agrees. An NLI model's "entailment"
is found by name in its configuration; a model with one score (a reranker, a model of consistency) counts as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rag.config import Settings
from rag.cross_encoder import NONE, PairModel
from rag.errors import ModelError

_ENTAILS = re.compile(r"\s*entail", re.I)  # at the start: "not_entailment" is another label


class Voter(Protocol):
    """What verification needs of such a model."""

    def agrees(self, sentence: str, quotes: Sequence[str]) -> bool:
        """Say whether ``quotes``, read together, carry ``sentence``."""


def load_voter(settings: Settings) -> Voter | None:
    """Load the verifier that the settings name, or None. Raises `ModelError` when it cannot be loaded or read."""
    if settings.verifier == NONE:
        return None
    return CrossEncoderVoter(settings.verifier, above=settings.verify_above, dtype=settings.dtype)


class CrossEncoderVoter:
    """Agrees where the probability of entailment, or of the one score, is at least ``above``."""

    def __init__(self, path: str, *, above: float = 0.5, dtype: str = "auto") -> None:
        self._model = PairModel(path, "verifier", dtype=dtype)
        self._above = above
        self._column = entailment(self._model.labels, path)

    def agrees(self, sentence: str, quotes: Sequence[str]) -> bool:
        """Read the quotes as the premise and the sentence as the hypothesis."""
        return self.probability(sentence, quotes) >= self._above

    def probability(self, sentence: str, quotes: Sequence[str]) -> float:
        """Return the probability, in [0, 1], that the quotes carry the sentence."""
        logits = self._model.scores([(" ".join(quotes), sentence)], raw=True)[0].astype(np.float64)
        if logits.size == 1:
            return float(1 / (1 + np.exp(-logits[0])))
        chances = np.exp(logits - logits.max())
        return float(chances[self._column] / chances.sum())


def entailment(labels: Sequence[str], path: str) -> int:
    """Return the column that means "the premise carries the hypothesis"; 0 for a model with one score."""
    if len(labels) == 1:
        return 0
    found = [i for i, label in enumerate(labels) if _ENTAILS.match(label)]
    if len(found) != 1:
        raise ModelError(
            f"verifier {path!r} has the labels {', '.join(labels)}, none of which says entailment; name an NLI model "
            f"whose config.json names its labels, or leave it out with --verifier {NONE}"
        )
    return found[0]
