"""Where a question and the sentences found speak of the same thing and disagree about it.

In: a question and sentences. Out: whether one denies what the other does not, says the opposite, or gives other
numbers. It weighs nothing; `rag/judge/features.py` turns this into numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from rag.asked.question import Question
from rag.check.cues import cues
from rag.check.facts import Fact, Reading, lemma, read
from rag.check.likeness import opposed
from rag.text import fold, word_spans

_TOLD = frozenset({"date", "number", "code"})


@dataclass(frozen=True, slots=True)
class Clash:
    """``denial_asked``: only the question denies ("did *not* sign"); ``denial_said``: only the sentence does.

    ``opposite``: a word of the question that is not said, and its opposite, which is ("first", "last"), or nothing.
    ``other_number``: a date or number of the question that is not said where another of its kind is, or nothing.
    """

    denial_asked: bool
    denial_said: bool
    opposite: tuple[str, ...]
    other_number: str


def clash(question: Question, best: str, near: Sequence[str], language: str) -> Clash:
    """Hold a question against the best sentence and the sentences near it (``best`` among them)."""
    language = language if language in {"en", "es"} else "en"
    asked = read(question.text, language)
    denies = [c for c in cues(asked) if c.kind in {"not", "verb"}]
    denied = [c for c in cues(read(best, language)) if c.kind in {"not", "verb"}]
    stems = frozenset(w.stem for w in asked.content)
    facts = [f for text in near for f in read(text, language).facts]
    return Clash(
        bool(denies) and not denied,
        not denies and any(c.kind == "not" and any(w.stem in stems for w in c.scope[:2]) for c in denied),
        _opposite(question, near, language),
        next((_written(f, question) for f in asked.facts if f.kind in _TOLD and _replaced(f, facts)), ""),
    )


def unsaid_facts(question: Question, texts: Sequence[str], language: str) -> bool:
    """Tell whether a date or number of the question stands in none of ``texts``, in any spelling."""
    language = language if language in {"en", "es"} else "en"
    facts = [f for text in texts for f in read(text, language).facts]
    asked = [f for f in read(question.text, language).facts if f.kind in _TOLD]
    return any(not any(same(f, g) for g in facts) for f in asked)


def another_rank(question: Question, text: str) -> bool:
    """Tell that a sentence ranks the thing asked for otherwise: the second site where the third is asked for."""
    asked, said = (_ranks(read(t, question.language)) for t in (question.text, text))
    told = {noun for noun, _ in said}
    return any(noun in told and (noun, rank) not in said for noun, rank in asked)


def _ranks(reading: Reading) -> set[tuple[str, str]]:
    """Each word right behind an ordinal, as its stem, and the ordinal."""
    ordinals = {f.end: f.value for f in reading.facts if f.kind == "ordinal"}
    return {(w.stem, ordinals[w.start - 1]) for w in reading.words if w.start - 1 in ordinals}


def _replaced(fact: Fact, facts: Sequence[Fact]) -> bool:
    rivals = [f for f in facts if f.kind == fact.kind and (not fact.unit or f.unit == fact.unit)]
    return bool(rivals) and not any(same(fact, f) for f in rivals)


def same(a: Fact, b: Fact) -> bool:
    """Tell whether two facts state one value; a date that leaves out its year or day is the same as one with it."""
    if a.kind != b.kind:
        return False
    if a.kind != "date":
        return a.value == b.value
    parts = zip(a.value.split("|")[0].split("-"), b.value.split("|")[0].split("-"), strict=True)
    return all(x == y or "*" in (x, y) for x, y in parts)


def _written(fact: Fact, question: Question) -> str:
    return question.text[fact.start : fact.end]


def _opposite(question: Question, texts: Sequence[str], language: str) -> tuple[str, ...]:
    said = {fold(word): word for text in texts for word in _words(text)}
    stems = {lemma(w, language) for w in said}
    for word in _words(question.text):
        folded = fold(word)
        if len(folded) < 3 or folded in said or lemma(folded, language) in stems:
            continue
        for other, text in said.items():
            if any(opposed(a, b) for a in _degrees(folded) for b in _degrees(other)):
                return word, text
    return ()


def _words(text: str) -> list[str]:
    return [s.of(text) for s in word_spans(text)]


@functools.lru_cache(maxsize=8192)
def _degrees(word: str) -> frozenset[str]:
    """Return the stems a word may have: "smaller" and "smallest" are forms of "small" too."""
    forms = {lemma(word, "en")}
    for ending in ("est", "er"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            forms |= {lemma(stem, "en"), lemma(stem + "e", "en")}
            forms |= {lemma(stem[:-1] + "y", "en")} if stem.endswith("i") else set()
    return frozenset(forms)
