"""One line that says why a question was not answered, from what decided it.

In: `Found` and how well its words are spoken of. Out: a sentence for the reader. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from rag.asked.question import Kind
from rag.check.likeness import alike
from rag.check.wordlists import word_set
from rag.judge.close import said_by
from rag.judge.expect import held
from rag.judge.features import LOW
from rag.library import StoredPassage
from rag.messages import say
from rag.retrieve import Found
from rag.text import fold

# Passages that a refusal can show, and the letters that two forms of a word have in common at least.
SHOWN, ROOT = 10, 4
_WANTED = frozenset({Kind.PERSON, Kind.PLACE, Kind.DATE, Kind.QUANTITY, Kind.REASON, Kind.MANNER})


def explain(found: Found, aligned: NDArray[np.float64]) -> str:
    """Say what the documents lack: words of the question, the kind of answer it wants, or a statement of it.

    ``aligned`` holds, per term of the question, how well the best passage speaks of it; only a word that it says
    nothing of, in any wording, is named. What is said must be true of every passage that can be shown beside it.
    """
    question = found.question
    language = question.voice or question.language
    if not found.hits:
        return say("nothing", language)
    shown = [h.stored for h in found.hits[:SHOWN]]
    silent = [t for t, value in zip(found.terms, aligned, strict=True) if value < LOW and t.lemma not in _light()]
    silent = [t for t in silent if not said_in(t.word, t.stems, shown)]
    spoken = dict(reversed(question.spoken))  # in the reader's words, not in those of a gloss
    words = {t: spoken.get(t.stems[0], t.word) for t in silent}
    unknown = [words[t] for t in silent if not t.known]
    if unknown:
        return say("never", language, words=_listed(unknown, language))
    if question.kind in _WANTED and not any(held(question, text, s.language) for s in shown for text in _sentences(s)):
        return say(question.kind.value, language)
    if silent:
        return say("silent", language, words=_listed(list(words.values()), language))
    return say("subject", language)


def said_in(word: str, stems: Sequence[str], passages: Sequence[StoredPassage]) -> bool:
    """Tell whether a passage, or its title, says a word in any inflection, derivation or accent."""
    asked = fold(word)
    for stored in passages:
        known = said_by(stored)
        if not known.isdisjoint(stems) or any(alike(s, k) for s in stems for k in known):
            return True
        if any(one_word(asked, k) for k in known):
            return True
    return False


def one_word(a: str, b: str) -> bool:
    """Two forms that begin alike for most of their length: "flooding" and "floods", "pagar" and "pagos"."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
    return same >= ROOT and same >= 0.6 * min(len(a), len(b)) and min(len(a), len(b)) >= ROOT


def _sentences(stored: StoredPassage) -> Iterator[str]:
    start = stored.passage.start
    return (stored.passage.text[s.start - start : s.end - start] for s in stored.sentences)


def _light() -> frozenset[str]:
    """Verbs such as "happen" and "say" that tell nothing about what a document is about."""
    return word_set("light")


def _listed(words: Sequence[str], language: str) -> str:
    quoted = [f"“{w}”" for w in words[:3]]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}{say('or', language)}{quoted[-1]}"
