"""What a question expects of its evidence: an answer of the right kind in the right place, and its own words said.

In: a question and sentences. Out: whether a sentence holds such an answer, and which words of the question a passage
leaves unsaid. It weighs nothing; `rag/judge/features.py` turns this into numbers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import languages
from rag.asked.phrases import phrases, tables, tokenise
from rag.asked.question import Kind, Question
from rag.check.facts import Fact, Reading, lemma, read
from rag.check.likeness import Source, alike, opposed
from rag.check.wordlists import word_set
from rag.judge import spoken
from rag.text import STOPWORDS, fold, word_spans

MONEY = frozenset({"usd", "eur", "pound", "jpy", "sol", "peso", "cny", "inr", "cent"})
TIME = frozenset({"s", "min", "h", "day", "week", "month", "year", "decade", "century"})
LENGTH = frozenset({"km", "m", "cm", "mm", "mile", "ft", "in", "yard"})
# What "how …" measures: the units one of which must stand with the number.
_MEASURES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(
            r"how much money|how much (\w+ ){0,4}(costs?|pay|paid|earn|earned|spend|spent|charged?|owed?"
            r"|invest|invested|worth|raised?)\b|\b(price|cost|budget|salary|fee|fine|wage|revenue|profit)s?\b"
            r"|cuanto dinero|cuanto (cuesta|costo|pago|gano)|precio|presupuesto"
        ),
        MONEY,
    ),
    (re.compile(r"\b(percentage|percent|per cent|proportion|porcentaje|proporcion)\b"), frozenset({"%"})),
    (re.compile(r"\bhow (far|tall|high|deep|wide)\b|\b(distance|height|depth)\b"), LENGTH),
    (re.compile(r"\bhow long\b|\bcuanto tiempo\b"), TIME | LENGTH),
)  # fmt: skip
# "How many people": any counted noun may be people, so no noun is asked to stand beside the number.
_VAGUE = frozenset("people person thing time item case number way gente persona cosa vez caso".split())
_COUNTED = re.compile(r"\b(how many|what number of|number of|cuant[oa]s)\b")
# Words that may answer "how many" without a number.
_SOME = frozenset(
    "several many few dozens hundreds thousands millions none no all both every single half twice once".split()
)
NEAR = 4  # content words between a number and the noun it counts


_FULL = frozenset({"en", "es"})  # what the tables of `rag.check` and `rag.asked.phrases` know


def _read_in(language: str) -> str:
    """Return the language in whose stop words and stems a text is read; English where it has none."""
    return language if language in STOPWORDS else "en"


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a question by their part in it, as lemmas, and the noun that a number must stand beside."""

    verbs: frozenset[str]
    nouns: frozenset[str]
    names: frozenset[str]
    counted: str


@functools.lru_cache(maxsize=256)
def asked(question: Question) -> Asked:
    """Read the parts of speech of a question; function words and light verbs are left out."""
    language = _read_in(question.language)
    tokens = tokenise(question.text, tables(language))
    empty = (
        STOPWORDS[language] | frozenset(languages.words(language, "asking")) if language not in _FULL else frozenset()
    )
    parts: dict[str, set[str]] = {"v": set(), "n": set(), "N": set()}
    for token in tokens:
        base = lemma(fold(token.text), language)
        if token.kind in parts and base not in word_set("light") and fold(token.text) not in empty:
            parts[token.kind].add(fold(token.text) if token.kind == "N" else base)
    counted = ""
    if question.kind is Kind.QUANTITY and (match := _COUNTED.search(fold(question.text))):
        after = [t for t in tokens if t.start >= match.end()]
        run = [t for i, t in enumerate(after) if all(x.kind in {"n", "N"} for x in after[: i + 1])]
        counted = lemma(fold(run[-1].text), language) if run else ""
    return Asked(frozenset(parts["v"]), frozenset(parts["n"]), frozenset(parts["N"]), counted)


def holds_answer(question: Question, text: str, language: str) -> bool | None:
    """Tell whether a sentence holds an answer of the kind asked for, beyond what the question says; None: any may."""
    said = frozenset(fold(s.of(question.text)) for s in word_spans(question.text))
    if (held := spoken.held(question.kind, fold(text), question.language, said)) is not None:
        return held
    language = language if language in _FULL else "en"
    match question.kind:
        case Kind.QUANTITY:
            return _counts(question, read(text, language), said)
        case Kind.DATE:
            facts = read(text, language).facts
            return any(f.kind in {"date", "weekday", "time"} and not _repeats(f, text, said) for f in facts)
        case Kind.PERSON:
            return any(
                p.kind in {"person", "organisation", "name"} and not _known(p.core, said)
                for p in phrases(text, language)
            )
        case Kind.PLACE:
            return any(p.kind in {"place", "name"} and not _known(p.core, said) for p in phrases(text, language))
        case _:
            return None


def cannot_answer(question: Question, texts: Sequence[str], language: str) -> bool:
    """Tell that no sentence holds what a question of quantity needs: any number at all, or a sum of money.

    On the development sets this held for 1 answerable question in 80 and for 50 unanswerable ones in 130.
    """
    if question.kind is not Kind.QUANTITY:
        return False
    said = frozenset(fold(s.of(question.text)) for s in word_spans(question.text))
    if question.language not in _FULL:
        return all(spoken.held(Kind.QUANTITY, fold(t), question.language, said) is False for t in texts)
    language = language if language in _FULL else "en"
    money = _MEASURES[0][0].search(fold(question.text))
    for text in texts:
        numbers = [f for f in read(text, language).facts if f.kind in {"number", "ordinal"}]
        new = [f for f in numbers if not _repeats(f, text, said)]
        if any(f.unit in MONEY for f in new) or (not money and new):
            return False
        if not money and any(fold(s.of(text)) in _SOME for s in word_spans(text)):
            return False
    return True


def _known(name: str, said: frozenset[str]) -> bool:
    return all(fold(s.of(name)).removesuffix("'s") in said for s in word_spans(name))


def _repeats(fact: Fact, text: str, said: frozenset[str]) -> bool:
    words = text[fact.start : fact.end]
    return all(fold(s.of(words)) in said for s in word_spans(words))


def _counts(question: Question, reading: Reading, said: frozenset[str]) -> bool:
    numbers = [f for f in reading.facts if f.kind == "number" and not _repeats(f, reading.text, said)]
    if not numbers:
        return False
    folded = fold(question.text)
    for pattern, units in _MEASURES:
        if pattern.search(folded):
            return any(f.unit in units for f in numbers)
    noun = asked(question).counted
    if not noun or noun in _VAGUE:
        return True
    # The number's own unit is the noun ("12 tonnes"), or the noun stands beside it ("40 senior officials").
    return any((f.unit and alike(lemma(f.unit, "en"), noun)) or noun in _spelled(f, reading) for f in numbers) or any(
        abs(f.at - w.at) <= NEAR and alike(w.stem, noun) for f in numbers for w in reading.content
    )


def _spelled(fact: Fact, reading: Reading) -> frozenset[str]:
    words = reading.text[fact.start : fact.end]
    return frozenset(lemma(fold(s.of(words)), reading.language) for s in word_spans(words))


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Shares, in [0, 1], of the question's verbs, nouns and names that some text does not say in any form."""

    verbs: float
    nouns: float
    names: float
    opposite: bool


def unsaid(question: Question, sentences: Sequence[str], language: str) -> Unsaid:
    """Hold the words of a question against sentences: same stem, derived form, synonym, demonym or acronym counts."""
    language = _read_in(language)
    source = Source([read(s, language) for s in sentences])
    words = read(question.text, language).words
    parts = asked(question)
    missing = frozenset(w.stem for w in words if not w.stop and not source.hits(w))
    missing_names = frozenset(w.folded for w in words if not source.hits(w))
    stems = frozenset(w.stem for r in source.readings for w in r.content)
    return Unsaid(
        _share(parts.verbs, missing),
        _share(parts.nouns, missing),
        _share(parts.names, missing_names),
        any(opposed(m, s) for m in missing & (parts.verbs | parts.nouns) for s in stems),
    )


def _share(words: frozenset[str], missing: frozenset[str]) -> float:
    return len(words & missing) / len(words) if words else 0.0
