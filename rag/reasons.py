"""One line that says why a question was not answered, from what decided it.

In: `Found` and the best sentences. Out: a sentence for the reader. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.features import Candidate, kind_met
from rag.question import Kind
from rag.retrieve import Found
from rag.text import fold, word_spans

_WANTED = {
    Kind.PERSON: "name no person for it",
    Kind.PLACE: "name no place for it",
    Kind.DATE: "give no date for it",
    Kind.QUANTITY: "give no figure for it",
    Kind.REASON: "give no reason for it",
    Kind.MANNER: "do not say how",
}


def explain(found: Found, best: Sequence[Candidate]) -> str:
    """Say what the documents lack: words of the question, the kind of answer it wants, or a statement of it."""
    if not best:
        return "The library holds no passage that matches."
    question = found.question
    unknown = _spelled(found, known=False)
    if unknown:
        return f"The documents never mention {_listed(unknown)}."
    stored = best[0].hit.stored
    whole = frozenset(stored.stems) | frozenset(stored.title_stems)
    absent = [w for w in _spelled(found, known=True) if not whole & set(_stems(found, w))]
    asked = frozenset(fold(s.of(question.text)) for s in word_spans(question.text))
    if question.kind in _WANTED and not any(kind_met(question, c.text, c.folded, asked) for c in best):
        return f"The closest passages are on the subject, but {_WANTED[question.kind]}."
    if absent:
        return f"The closest passage does not mention {_listed(absent)}."
    return "The closest passages are on the subject, but none states the answer."


def _spelled(found: Found, *, known: bool) -> list[str]:
    """Return the question's words, as written, whose stems the library holds (or does not)."""
    stems = {s for t in found.terms if t.known is known for s in t.stems}
    words = [s.of(found.question.text) for s in word_spans(found.question.text)]
    return [w for w in dict.fromkeys(words) if stems & set(_stems(found, w))]


def _stems(found: Found, word: str) -> list[str]:
    from rag.text import content_words

    return content_words(word, found.question.language)


def _listed(words: Sequence[str]) -> str:
    quoted = [f"“{w}”" for w in words[:3]]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
