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
from rag.retrieve import Found

_WANTED = {
    Kind.PERSON: "name no person for it",
    Kind.PLACE: "name no place for it",
    Kind.DATE: "give no date for it",
    Kind.QUANTITY: "give no figure for it",
    Kind.REASON: "give no reason for it",
    Kind.MANNER: "do not say how",
}


def explain(found: Found, best: Sequence[Candidate], aligned: NDArray[np.float64]) -> str:
    """Say what the documents lack: words of the question, the kind of answer it wants, or a statement of it.

    ``aligned`` holds, per term of the question, how well the best passage speaks of it; only a word that it says
    nothing of, in any wording, is named.
    """
    if not best:
        return "The library holds no passage that matches."
    question = found.question
    silent = [t for t, value in zip(found.terms, aligned, strict=True) if value < LOW and t.lemma not in _light()]
    unknown = [t.word for t in silent if not t.known]
    if unknown:
        return f"The documents never mention {_listed(unknown)}."
    differs = clash(question, best[0].text, [best[0].text], best[0].language)
    if differs.opposite:
        asked, said = differs.opposite
        return f"The closest passage says “{said}” where the question says “{asked}”."
    if differs.other_number and differs.other_number not in best[0].hit.stored.passage.text:
        return f"The closest passage gives other dates or figures than “{differs.other_number}”."
    if question.kind in _WANTED and not any(held(question, c.text, c.language) for c in best):
        return f"The closest passages are on the subject, but {_WANTED[question.kind]}."
    if silent:
        return f"The closest passage does not mention {_listed([t.word for t in silent])}."
    if differs.denial_asked:
        return "The question asks what is not so; the closest passage only says what is."
    return "The closest passages are on the subject, but none states the answer."


def _light() -> frozenset[str]:
    """Verbs such as "happen" and "say" that tell nothing about what a document is about."""
    return word_set("light")


def _listed(words: Sequence[str]) -> str:
    quoted = [f"“{w}”" for w in words[:3]]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
