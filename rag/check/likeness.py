"""Which words of a source stand behind a word of a claim: same stem, derived form, synonym, demonym, acronym.

In: the readings of the source sentences. Out: for each claim word the source words that may carry it. Names are never
replaced by synonyms. It decides nothing about whole sentences.
"""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.check.facts import Reading, Word, lemma
from rag.check.wordlists import wordlists
from rag.text import fold

_SUFFIXES = frozenset(
    " a an al ally ant ance at ation e ed ee en ence ent er ery es ess eur ful i ia ial ian ic "
    "ical ier ies ification ify ily ing ion ish ism ist "
    "ition ity ive ize ise less ly ment ness or ory ous s ship t th tion ty ur ure ward y".split(" ")
)


@functools.cache
def wordnet() -> dict[str, Any]:
    """Return the tables of ``rag/check/wordnet.json``."""
    table: dict[str, Any] = json.loads(Path(__file__).with_name("wordnet.json").read_text(encoding="utf-8"))
    return table


def _stem(word: str) -> str:
    """The stem kept in the file: making ten thousand of them would take most of a second at every start."""
    kept: str | None = wordnet()["stems"].get(word)
    return lemma(word, "en") if kept is None else kept


@functools.cache
def _tables() -> tuple[dict[str, frozenset[int]], dict[str, frozenset[str]]]:
    """Return the synonym groups of each English stem, and its derived forms."""
    groups: dict[str, set[int]] = defaultdict(set)
    for i, line in enumerate([*wordlists()["synonyms"], *wordnet()["synonyms"]]):
        for word in line.split():
            groups[_stem(word)].add(i)
    derived: dict[str, set[str]] = defaultdict(set)
    for pair in wordnet()["derived"]:
        a, b = map(_stem, pair.split())
        if a != b:
            derived[a].add(b)
            derived[b].add(a)
    return {w: frozenset(g) for w, g in groups.items()}, {w: frozenset(d) for w, d in derived.items()}


@functools.cache
def _opposites() -> dict[str, frozenset[str]]:
    pairs: dict[str, set[str]] = defaultdict(set)
    for line in [*wordnet()["opposites"], *wordlists()["opposites"]]:
        left, right = ([_stem(w) for w in side.split("/")] for side in line.split())
        for a in left:
            for b in right:
                pairs[a].add(b)
                pairs[b].add(a)
    return {w: frozenset(o) for w, o in pairs.items()}


def opposed(a: str, b: str) -> bool:
    """Say whether two stems mean the opposite of each other ("rise" and "fall")."""
    return b in _opposites().get(a, frozenset())


@functools.lru_cache(maxsize=65536)
def alike(a: str, b: str) -> bool:
    """Say whether two stems can stand for each other."""
    if a == b or _derived_by_ending(a, b):
        return True
    groups, derived = _tables()
    forms_a, forms_b = {a, *derived.get(a, ())}, {b, *derived.get(b, ())}
    if b in forms_a or a in forms_b:
        return True
    groups_a = frozenset().union(*(groups.get(w, frozenset()) for w in forms_a))
    groups_b = frozenset().union(*(groups.get(w, frozenset()) for w in forms_b))
    return bool(groups_a & groups.get(b, frozenset())) or bool(groups_b & groups.get(a, frozenset()))


@functools.cache
def _further() -> dict[str, frozenset[int]]:
    """Groups for checking a claim only: `alike` is also a feature that weights were fitted on, and stays as it was."""
    groups: dict[str, set[int]] = defaultdict(set)
    for i, line in enumerate(wordlists()["further_synonyms"]):
        for word in line.split():
            groups[_stem(word)].add(i)
    return {w: frozenset(g) for w, g in groups.items()}


def stands_for(a: str, b: str) -> bool:
    """Say whether a claim's stem may stand for a source's."""
    return alike(a, b) or bool(_further().get(a, frozenset()) & _further().get(b, frozenset()))


def _derived_by_ending(a: str, b: str) -> bool:
    shared = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        shared += 1
    return shared >= 5 and a[shared:] in _SUFFIXES and b[shared:] in _SUFFIXES


@dataclass(frozen=True, slots=True)
class Carrier:
    """A word of the quote that carries a claim word; ``reading`` counts the quote's sentences."""

    reading: int
    word: Word


class Words:
    """The words of a quote, ready to be asked."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = tuple(readings)
        self._by_stem: dict[str, list[Carrier]] = defaultdict(list)
        self._by_fold: dict[str, list[Carrier]] = defaultdict(list)
        for i, reading in enumerate(self.readings):
            for word in reading.words:
                self._by_stem[word.stem].append(Carrier(i, word))
                self._by_fold[word.folded].append(Carrier(i, word))
        self.folded = " ".join(" ".join(w.folded for w in r.words) for r in self.readings)

    def hits(self, word: Word) -> list[Carrier]:
        """Return the quote's words that may carry ``word``, exact stems before synonyms."""
        if any(c.isdigit() for c in word.text):
            return list(self._by_fold.get(word.folded, ()))
        exact = self._by_stem.get(word.stem, [])
        if exact:
            return list(exact)
        named = self._named(word)
        if named or word.name:
            return named
        return [
            h for stem, found in self._by_stem.items() if stands_for(word.stem, stem) for h in found if not h.word.stop
        ]

    def _named(self, word: Word) -> list[Carrier]:
        """Peruvian and Peru, UN and United Nations, but never Peru and Chile."""
        bare = word.folded.replace(".", "").removesuffix("'")
        homes = set(wordlists()["demonyms"].get(bare, ())) | {bare}
        found = [h for f, hits in self._by_fold.items() if homes & self._homes(f) for h in hits]
        if found:
            return found
        for phrase in _long_forms(bare):
            if phrase in self.folded:
                return [h for part in phrase.split() for h in self._by_fold.get(part, ())]
        if word.text.isupper() and len(bare) >= 3:
            return self._initials(bare)
        return [
            h
            for short, long in wordlists()["acronyms"].items()
            if bare in long.split()
            for h in self._by_fold.get(short, ())
        ]

    @staticmethod
    def _homes(folded: str) -> set[str]:
        bare = folded.replace(".", "")
        return set(wordlists()["demonyms"].get(bare, ())) | {bare}

    def _initials(self, letters: str) -> list[Carrier]:
        for i, reading in enumerate(self.readings):
            capitals = [w for w in reading.words if w.text[0].isupper()]
            for k in range(len(capitals) - len(letters) + 1):
                run = capitals[k : k + len(letters)]
                if "".join(w.folded[0] for w in run) == letters:
                    return [Carrier(i, w) for w in run]
        return []


def _long_forms(short: str) -> Iterable[str]:
    long = wordlists()["acronyms"].get(short)
    return [long] if long else []


def proper(word: Word) -> bool:
    """A name that is not a title such as Minister."""
    return word.name and fold(word.text) not in _TITLES and not re.fullmatch(r"[A-Z]", word.text)


_TITLES = frozenset(
    "minister president foreign affairs secretary director chief king queen prince princess "
    "general captain colonel judge mayor "
    "governor senator professor bishop pope lord lady ministry department office committee "
    "council university institute "
    "company bank court party government house museum river lake mount city ministro ministra "
    "presidente alcalde".split()
)
