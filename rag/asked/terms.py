"""The words of a question as the library spells them: rarity, likely misspellings, other languages.

In: a `Question` and what the library can tell of its vocabulary. Out: `Term`s. It reads no passages.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz.distance import OSA

from rag import languages
from rag.asked.question import Question
from rag.check.facts import lemma
from rag.text import fold, told_words

# A word of at least so many letters may end a compound ("Wasserturm"); so many of its compounds count as the word.
COMPOUND, COMPOUNDS = 4, 20


class Vocabulary(Protocol):
    """What `Library` tells about its words."""

    def term_counts(self, terms: Sequence[str]) -> dict[str, int]: ...
    def terms_like(self, prefix: str) -> list[str]: ...
    def terms_ending(self, ending: str, most: int) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the question: the stems that count as a match, and how rare it is in the library.

    ``idf`` is ``log(1 + (N - n + 0.5) / (n + 0.5))`` (Robertson and Zaragoza 2009), divided by that of an absent
    word, so that it lies in (0, 1]. ``known``: the library holds one of the stems. ``lemma`` is for synonyms.
    """

    word: str
    stems: tuple[str, ...]
    lemma: str
    idf: float
    known: bool


def weigh_terms(question: Question, passages: int, vocabulary: Vocabulary, is_word: WordTest) -> tuple[Term, ...]:
    """Give each term of the question its spelling and its rarity in the library.

    ``is_word`` tells a word of the language from a misspelling; only a word that it does not know and the library
    does not hold is looked up among similar ones.
    """
    words = _surfaces(question)
    counts = vocabulary.term_counts(question.terms)
    absent = math.log(1 + (passages + 0.5) / 0.5)
    terms = []
    for stem in question.terms:
        word = words.get(stem, stem)
        stems: tuple[str, ...] = (stem,)
        if not counts.get(stem) and not is_word(word):
            nearest = _nearest(stem, vocabulary)
            stems = (stem, *nearest)
            counts |= vocabulary.term_counts(nearest)
        if len(stem) >= COMPOUND and languages.languages().get(question.language, {}).get("compounds"):
            longer = vocabulary.terms_ending(stem, COMPOUNDS)
            stems += tuple(t for t in longer if t != stem)
            counts |= vocabulary.term_counts(longer)
        n = min(max(counts.get(s, 0) for s in stems), passages)
        idf = math.log(1 + (passages - n + 0.5) / (n + 0.5)) / absent
        terms.append(Term(word, stems, lemma(fold(word), question.language), max(idf, 1e-3), n > 0))
    return tuple(terms)


class WordTest(Protocol):
    """Tell whether a word is spelled as the language spells it."""

    def __call__(self, word: str) -> bool: ...


def _surfaces(question: Question) -> dict[str, str]:
    """Map each stem to the word as the question writes it."""
    found: dict[str, str] = {}
    for word, stems in told_words(question.text, question.language):
        for stem in stems:
            found.setdefault(stem, word)
    return found


def _nearest(stem: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the library's stems one slip away from ``stem`` (two from eight letters on), nearest first."""
    if len(stem) < 4 or not stem.isalpha():
        return ()
    most = 1 if len(stem) < 8 else 2
    near = [(OSA.distance(stem, t, score_cutoff=most), t) for t in vocabulary.terms_like(stem[:1])]
    return tuple(t for d, t in sorted(near) if d <= most and t.isalpha())[:2]
