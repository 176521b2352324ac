"""One line that says why a question was not answered, from what decided it.

In: `Found` and the best sentences. Out: a sentence for the reader. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.asked.question import Kind
from rag.check.wordlists import word_set
from rag.judge.clash import clash
from rag.judge.expect import held
from rag.judge.features import LOW, Candidate
from rag.messages import say
from rag.retrieve import Found

_WANTED = frozenset({Kind.PERSON, Kind.PLACE, Kind.DATE, Kind.QUANTITY, Kind.REASON, Kind.MANNER})


def explain(found: Found, best: Sequence[Candidate], aligned: NDArray[np.float64]) -> str:
    """Say what the documents lack: words of the question, the kind of answer it wants, or a statement of it.

    ``aligned`` holds, per term of the question, how well the best passage speaks of it; only a word that it says
    nothing of, in any wording, is named.
    """
    question = found.question
    language = question.voice or question.language
    if not best:
        return say("nothing", language)
    silent = [t for t, value in zip(found.terms, aligned, strict=True) if value < LOW and t.lemma not in _light()]
    spoken = dict(reversed(question.spoken))  # in the reader's words, not in those of a gloss
    words = {t: spoken.get(t.stems[0], t.word) for t in silent}
    unknown = [words[t] for t in silent if not t.known]
    if unknown:
        return say("never", language, words=_listed(unknown, language))
    differs = clash(question, best[0].text, [best[0].text], best[0].language)
    if differs.opposite:
        asked, said = differs.opposite
        return say("opposite", language, said=said, asked=asked)
    if differs.other_number and differs.other_number not in best[0].hit.stored.passage.text:
        return say("number", language, number=differs.other_number)
    if question.kind in _WANTED and not any(held(question, c.text, c.language) for c in best):
        return say(question.kind.value, language)
    if silent:
        return say("silent", language, words=_listed(list(words.values()), language))
    if differs.denial_asked:
        return say("denial", language)
    return say("subject", language)


def _light() -> frozenset[str]:
    """Verbs such as "happen" and "say" that tell nothing about what a document is about."""
    return word_set("light")


def _listed(words: Sequence[str], language: str) -> str:
    quoted = [f"“{w}”" for w in words[:3]]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}{say('or', language)}{quoted[-1]}"
