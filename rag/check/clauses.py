"""A sentence cut into the parts that govern each other, by function words and a list of verbs; no parser, no model.

In: a `Reading`. Out: `Clauses`: each word with a coarse tag and the places where one clause ends. English; of Spanish
the function words alone. What it cannot tell it calls a noun.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from rag.check.facts import Fact, Reading, Word, lemma
from rag.check.likeness import wordnet
from rag.check.wordlists import wordlists
from rag.text import stem as text_stem

VERBAL = frozenset({"verb", "part", "ger", "inf"})
_BREAK = re.compile(r"[,;:()\[\]—–\"“”]")
_PRONOUNS = frozenset("i you he she it we they there who which him them me us".split())
_PLURAL = frozenset("people police men women children they we you i critics".split())


@functools.cache
def table(name: str) -> frozenset[str]:
    """Return one list of ``governors.json``."""
    found: dict[str, str] = json.loads(Path(__file__).with_name("governors.json").read_text(encoding="utf-8"))
    return frozenset(found[name].split())


@functools.cache
def stems(*names: str) -> frozenset[str]:
    """Return the stems of lists of ``governors.json``."""
    return frozenset(lemma(w, "en") for name in names for w in table(name))


@functools.cache
def _verbs() -> frozenset[str]:
    return frozenset(wordnet()["verbs"].split())


@functools.cache
def _verb_stems() -> frozenset[str]:
    return frozenset(stem for v in _verbs() for stem in (lemma(v, "en"), text_stem(v, "en")))


@dataclass(frozen=True, slots=True)
class Clauses:
    """``nodes``: words and facts in order; ``tags``: one each; ``parts``: the part that each is in; ``stops``: a mark
    before it."""

    nodes: tuple[Word | Fact, ...]
    tags: tuple[str, ...]
    parts: tuple[int, ...]
    stops: tuple[bool, ...]
    spanish: bool

    def word(self, i: int) -> str:
        """Return the folded word at ``i``, "are" for "aren't", "" for a fact and outside."""
        node = self.nodes[i] if 0 <= i < len(self.nodes) else None
        return node.folded.removesuffix("n't") if isinstance(node, Word) else ""

    def stem(self, i: int) -> str:
        """Return the stem at ``i``, "" for a fact and outside."""
        node = self.nodes[i] if 0 <= i < len(self.nodes) else None
        return node.stem if isinstance(node, Word) else ""

    def tag(self, i: int) -> str:
        """Return the tag at ``i``, "" outside."""
        return self.tags[i] if 0 <= i < len(self.tags) else ""

    def before(self, i: int, skip: frozenset[str] = frozenset({"adv"})) -> int:
        """Return the nearest place before ``i`` in its part whose tag is not in ``skip``, -1 where there is none."""
        k = i - 1
        while k >= 0 and self.parts[k] == self.parts[i] and self.tags[k] in skip:
            k -= 1
        return k if k >= 0 and self.parts[k] == self.parts[i] else -1

    def run(self, i: int) -> range:
        """Return the noun phrase that begins at ``i``, its articles and adverbs left out at the front."""
        while self.tag(i) in {"det", "adv", "num"} and self.parts[i] == self.parts[min(i + 1, len(self.parts) - 1)]:
            i += 1
        end = i
        while self.tag(end) in {"noun", "num"} and self.parts[end] == self.parts[i]:
            end += 1
            if self.owner(end - 1) or (self.spanish and self.named(end) and not self.named(end - 1)):
                break
        return range(i, end)

    def owner(self, i: int) -> bool:
        """Say whether the word at ``i`` ends in a genitive."""
        node = self.nodes[i]
        return isinstance(node, Word) and node.text.endswith(("'s", "’s", "s'", "s’"))

    def named(self, i: int) -> bool:
        """Say whether the word at ``i`` is a name."""
        node = self.nodes[i] if i < len(self.nodes) else None
        return isinstance(node, Word) and node.name


@functools.lru_cache(maxsize=4096)
def clauses(reading: Reading) -> Clauses:
    """Tag the words of a sentence."""
    both: list[Word | Fact] = [*reading.words, *reading.facts]
    nodes = tuple(sorted(both, key=lambda n: n.start))
    stops = [i > 0 and bool(_BREAK.search(reading.text[nodes[i - 1].end : n.start])) for i, n in enumerate(nodes)]
    tags = [_first_tag(nodes, i) for i in range(len(nodes))]
    tags = [_joining(nodes, tags, stops, i) for i in range(len(nodes))]
    parts, part = [], 0
    for i in range(len(nodes)):
        part += bool(i and (stops[i] or tags[i] in {"sub", "conj"}))
        parts.append(part)
    for i in range(len(nodes)):
        if tags[i] == "?":
            tags[i] = _open_tag(nodes, tags, parts, i)
    tags = _reduced(nodes, tags, parts)
    return Clauses(nodes, tuple(tags), tuple(parts), tuple(stops), reading.language == "es")


def _joining(nodes: tuple[Word | Fact, ...], tags: list[str], stops: list[bool], i: int) -> str:
    """ "After the war" has a preposition, "after the war was over" a conjunction."""
    node = nodes[i]
    named = i > 0 and getattr(nodes[i - 1], "folded", "") in {"named", "called", "modelled", "modeled"}
    if isinstance(node, Word) and node.folded in _BOTH and not named:
        for k in range(i + 1, len(nodes)):
            if stops[k] or tags[k] in {"sub", "conj"}:
                break
            later = nodes[k]
            if tags[k] in {"aux", "pron"} or (k > i + 1 and isinstance(later, Word) and is_past(later)):
                return "sub"
    return tags[i]


_BOTH = frozenset("after before since until till".split())


def _first_tag(nodes: tuple[Word | Fact, ...], i: int) -> str:
    node = nodes[i]
    if isinstance(node, Fact):
        return "num"
    if node.folded == "to" and i + 1 < len(nodes):
        after = nodes[i + 1]
        bare = isinstance(after, Word) and after.text.islower() and (bare_verb(after) or after.folded in {"be", "have"})
        return "to" if bare else "prep"
    for tag in ("aux", "det", "sub", "conj", "prep"):
        if node.folded in table(tag):
            return tag
    if node.folded.endswith("n't"):
        return "aux"
    if node.folded in table("adverb") or (node.folded.endswith("ly") and not node.name):
        return "adv"
    return "pron" if node.folded in _PRONOUNS else "?"


def bare_verb(word: Word) -> bool:
    """Say whether a word may be a verb in its bare form."""
    return word.folded in _verbs()


def _verbal(word: Word) -> bool:
    return (
        word.stem in _verb_stems() or {word.folded.removesuffix("s"), word.folded.removesuffix("d")} & _verbs() != set()
    )


def is_past(word: Word) -> bool:
    """Say whether a word is in form a past tense or a participle."""
    irregular = wordlists()["irregular"].get(word.folded, word.folded)
    told = irregular != word.folded and irregular in _verbs() and not word.folded.endswith("s")
    return (
        told
        or word.folded in table("past")
        or (word.folded.endswith("ed") and (word.stem in _verb_stems() or word.folded[:-1] in _verbs()))
    )


def _open_tag(nodes: tuple[Word | Fact, ...], tags: list[str], parts: list[int], i: int) -> str:
    """The tag of a word that is no function word, from its form and what stands before it in its part."""
    word = nodes[i]
    assert isinstance(word, Word)
    if word.name or not (_verbal(word) or is_past(word)):
        return "noun"
    k = i - 1
    while k >= 0 and parts[k] == parts[i] and tags[k] == "adv":
        k -= 1
    led = tags[k] if k >= 0 and parts[k] == parts[i] else ""
    if led == "to":
        return "inf"
    if word.folded.endswith("ing"):
        return {"aux": "verb", "prep": "ger", "verb": "ger", "noun": "part"}.get(led, "noun")
    if led == "aux":
        return "verb" if is_past(word) or not any(tags[j] == "verb" for j in range(k)) else "noun"
    after = tags[i + 1] if i + 1 < len(tags) and parts[i + 1] == parts[i] else ""
    if is_past(word):
        if not led and i and after in {"det", "pron", "?"}:
            return "verb"  # "The head, Alma Stern, dismissed the clerk"
        return "verb" if led in {"noun", "num", "pron", "conj", "sub", "verb"} else "noun"
    before = nodes[k] if led else None
    if led not in {"noun", "pron", "sub"} or not isinstance(before, Word) or before.text.endswith(("'s", "’s")):
        return "noun"
    told = word.stem in stems("said", "factive", "not_true")
    if not told and any(tags[j] in {"verb", "aux"} and parts[j] == parts[i] for j in range(i)):
        return "noun"
    plural = before.folded in _PLURAL or (before.folded.endswith(("s", "men")) and led == "noun")
    return "verb" if led == "sub" or plural != word.folded.endswith("s") else "noun"


def _reduced(nodes: tuple[Word | Fact, ...], tags: list[str], parts: list[int]) -> list[str]:
    """ "The company bought by Orla was sold": the first of two finite verbs in one part is a participle."""
    said = stems("said", "factive", "not_true")
    out = list(tags)
    for i, tag in enumerate(tags):
        word = nodes[i]
        led = next((t for t in reversed(tags[:i]) if t != "adv"), "")
        if tag != "verb" or led not in {"noun", "num"} or not isinstance(word, Word) or word.stem in said:
            continue
        after = next((j for j in range(i + 1, len(tags)) if parts[j] == parts[i] and tags[j] in {"aux", "verb"}), 0)
        if after and tags[i + 1] in {"prep", "to", "adv"} and is_past(word):
            out[i] = "part"
        elif after and not is_past(word) and tags[after] == "aux" and tags[i + 1] != "det":
            out[i] = "noun"
    return out
