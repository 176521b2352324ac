"""Words that turn, weaken or measure what follows: negations, modal verbs and hedges, quantifiers.

In: a `Reading`. Out: each cue with the content words it bears on. It compares nothing.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from rag.check.facts import Reading, Word
from rag.check.wordlists import word_set, wordlists


@dataclass(frozen=True, slots=True)
class Cue:
    """``kind``: ``not``, ``verb`` (deny, refuse …), ``may`` (hedge) or ``will`` (future); ``scope`` nearest first."""

    kind: str
    word: Word
    scope: tuple[Word, ...]


_NEEDS_TO = frozenset("plan plans planned planning intend intends intended aim aims aimed hope hopes hoped propose "
                      "proposes proposed want wants wanted seek seeks expect expects promise "
                      "promised promises agree agreed agrees "
                      "offer offered offers try tried tries attempt attempted attempts vow vowed "
                      "vows pledge pledged pledges "
                      "decide decided decides threaten threatened threatens order ordered orders "
                      "ask asked asks".split())  # fmt: skip
_NOT_A_NEGATION = re.compile(
    r"(?:no|not) (?:(?:fewer|less|more|later|earlier) than|only|just|merely|least|doubt|matter)\b"
    r"|No (?=[A-ZÁÉÍÓÚÑ])|no\.? \d",
)
_NOT_ONLY = re.compile(r"(?:\bnot|n't) (?:only|just|merely|solely)\b|\bno s[oó]lo\b", re.I)


_IS_TO = re.compile(r"(?:is|are) to (?:be\b|[a-z]+\b)", re.I)
_NOT_THAN = re.compile(
    r"(?:\b(?:not|no)|n't) (?:fewer|less|more|later|earlier) than\b|\bno (?:m[aá]s|menos) de\b", re.I
)


def not_than(reading: Reading) -> int:
    """Count "not more than", "no less than": they turn a bound round."""
    return len(_NOT_THAN.findall(reading.text))


def not_only(reading: Reading) -> bool:
    """Say whether the sentence holds "not only" or "not just", which denies nothing but must not come or go."""
    return bool(_NOT_ONLY.search(reading.text))


@functools.lru_cache(maxsize=8192)
def cues(reading: Reading) -> tuple[Cue, ...]:
    """Return the cues of a sentence in order."""
    found = []
    for i, word in enumerate(reading.words):
        kind = _kind(reading, i)
        if kind:
            found.append(Cue(kind, word, _scope(reading, i, 4 if kind == "verb" else 3)))
    return tuple(found)


def _kind(reading: Reading, i: int) -> str:
    word = reading.words[i]
    after = reading.text[word.start : word.start + 24]
    if word.folded in word_set("negations") or word.folded.endswith("n't"):
        return "" if _NOT_A_NEGATION.match(after) else "not"
    if word.folded in word_set("negative_verbs"):
        return "verb"
    if _IS_TO.match(after):
        return "will"
    if word.folded in word_set("futures") or word.folded.endswith("'ll"):
        return "will"
    if word.folded in word_set("modals"):
        return "may" if word.folded not in _NEEDS_TO or _leads_to(reading, i) else ""
    return ""


_OF_OTHERS = frozenset("expect expects ask asks asked order orders ordered want wants wanted".split())


def _leads_to(reading: Reading, i: int) -> bool:
    """ "plans to", "planned on"; or "expects the harvest to"."""
    word = reading.words[i]
    follows = [w.folded for w in reading.words[i + 1 : i + 6] if w.clause == word.clause]
    return bool({"to", "on"} & set(follows[:1])) or (word.folded in _OF_OTHERS and "to" in follows)


def _scope(reading: Reading, i: int, reach: int) -> tuple[Word, ...]:
    here = reading.words[i]
    new = _NEW_SUBJECT.search(reading.text, here.end)
    end = new.start() if new else len(reading.text)
    after = [w for w in reading.words[i + 1 :] if not _plain(w) and w.clause == here.clause and w.start < end][:reach]
    if not after and here.folded not in word_set("negative_verbs"):
        after = [w for w in reversed(reading.words[:i]) if not _plain(w) and w.clause == here.clause][:1]
    return tuple(after)


_NEW_SUBJECT = re.compile(r"\b(?:and|or|y)\s+(?:i|you|he|she|it|we|they|there|the|an?|this|that|el|la|los|las)\b", re.I)


def _plain(word: Word) -> bool:
    return word.stop or word.folded.endswith("n't") or word.folded in {"yet", "longer", "ever", "able", "likely"}


@functools.lru_cache(maxsize=8192)
def quantifiers(reading: Reading) -> dict[str, tuple[Word, ...]]:
    """Return each kind of quantifier present, with the two content words after it."""
    kinds = {w: kind for kind, words in wordlists()["quantifiers"].items() for w in words.split()}
    found: dict[str, tuple[Word, ...]] = {}
    for i, word in enumerate(reading.words):
        kind = kinds.get(word.folded)
        if kind == "most" and reading.text[: word.start].casefold().endswith("at "):
            continue  # "at most six"
        if kind == "most" and re.match(
            r"most (?!of\b)\w+(?:ed|ful|ant|ent|ous|ive|ing|al|ble)\b", reading.text[word.start :]
        ):
            continue  # "the most important"
        if kind == "all" and re.match(
            r"(?:every|each|cada) (?:second|minute|hour|day|night|morning|evening|week|weekend|month|season|year)\b",
            reading.text[word.start :],
            re.I,
        ):
            continue  # a rate: "every month" is "a month"
        if kind:
            found[kind] = found.get(kind, ()) + tuple(w for w in reading.words[i + 1 : i + 5] if not w.stop)[:2]
    return found


def has_temporal(reading: Reading) -> bool:
    """Say whether the sentence puts one event before another."""
    words = rf"\b(?:{wordlists()['later_first']}|{wordlists()['earlier_first']}|later|once|until|since|when)\b"
    return bool(re.search(words, reading.text, re.I))
