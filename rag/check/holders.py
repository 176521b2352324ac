"""What a word hangs on: an infinitive on its verb, a gerund, what follows a preposition, an owner on what is owned.

In: a `Reading`. Out: for each such word the words of which a claim that uses it must use one. Words that hang on
nothing (subjects, what stands after a comma) are not named.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from rag.check.clauses import VERBAL, Clauses, clauses, stems, table
from rag.check.facts import Reading, Word
from rag.check.wordlists import word_set

Holders = dict[int, tuple[str, frozenset[int]]]


@functools.lru_cache(maxsize=4096)
def holders(reading: Reading) -> Holders:
    """Return by start of word: the kind of its tie, and where the words that hold it begin."""
    c = clauses(reading)
    found: Holders = {}
    for i, node in enumerate(c.nodes):
        for k, kind, holding in _ties(c, i):
            if holding and c.nodes[k].start not in found:
                found[c.nodes[k].start] = (kind, frozenset(c.nodes[h].start for h in holding))
        del node
    return found


def _ties(c: Clauses, i: int) -> Iterator[tuple[int, str, frozenset[int]]]:
    """(word, kind, its holders) of what the node at ``i`` ties."""
    tag = c.tags[i]
    if tag == "inf":
        yield i, "certainty", _of_infinitive(c, i)
    elif tag == "ger":
        yield i, "certainty", _of_gerund(c, i)
    elif tag == "prep":
        holding = _of_preposition(c, i)
        for k in c.run(i + 1) if i + 1 < len(c.nodes) and c.parts[i + 1] == c.parts[i] else ():
            yield k, "role", holding
    node = c.nodes[i]
    if isinstance(node, Word) and tag == "noun" and node.text.endswith(("'s", "’s", "s'", "s’")):
        owned = [k for k in c.run(i + 1) if c.parts[k] == c.parts[i]] if i + 1 < len(c.nodes) else []
        if owned:
            k = i
            while k >= 0 and c.tag(k) == "noun" and c.parts[k] == c.parts[i]:
                yield k, "role", frozenset(owned)
                k -= 1
    if tag in {"verb", "part"} and i + 1 < len(c.nodes) and c.parts[i + 1] == c.parts[i]:
        for k in c.run(i + 1):
            yield k, "object", frozenset({i})


def _of_infinitive(c: Clauses, i: int) -> frozenset[int]:
    """ "Offered to buy", "unable to pay", "ordered the monks to leave", "the proposal to ban"."""
    k = i - 1  # "to"
    while k >= 0 and c.tags[k] in {"to", "adv"} and c.word(k) not in {"yet"}:
        k -= 1
    if k < 0 or c.parts[k] != c.parts[i]:
        return frozenset()
    if c.word(k) in {"yet", "about"}:
        return frozenset({k})
    if c.tags[k] in VERBAL:
        return frozenset() if c.stem(k) in stems("implicative") else frozenset({k})
    if c.tags[k] == "aux":
        return frozenset()
    verb = next((j for j in range(k, -1, -1) if c.parts[j] == c.parts[i] and c.tags[j] in VERBAL | {"aux"}), -1)
    if c.word(k).removesuffix("s") in table("opinion_nouns"):
        return frozenset({k})
    if any(c.tags[j] == "num" or c.word(j) in {"last", "only", "next"} for j in range(max(0, k - 3), k)) and c.tags[k] == "noun":
        return frozenset()  # "the first woman to climb it"
    if verb < 0 or c.tags[verb] == "aux":
        return frozenset({k}) if c.stem(k) not in stems("implicative") else frozenset()
    return frozenset() if c.stem(verb) in stems("implicative") else frozenset({verb})


_FACTUAL = frozenset("by after before while when since through besides despite al tras".split())


def _of_gerund(c: Clauses, i: int) -> frozenset[int]:
    """ "Accused of stealing", "stopped smoking"; not "by selling", "began selling"."""
    k = c.before(i)
    if k < 0 or c.word(k) in _FACTUAL:
        return frozenset()
    held = k if c.tags[k] in VERBAL else c.before(k, frozenset({"adv", "prep", "aux", "det"}))
    return frozenset({held}) if held >= 0 and c.stem(held) not in stems("implicative") else frozenset()


def _of_preposition(c: Clauses, i: int) -> frozenset[int]:
    """ "The roof of the chapel" hangs on the roof; "stands on a hill above the village" on the hill or on "stands"."""
    k = c.before(i)
    if k < 0 or c.tags[k] not in VERBAL | {"noun"}:
        return frozenset()
    if c.word(i) in {"of", "de", "del"}:
        light = c.word(k).removesuffix("s") in table("light_heads") or c.word(k) in table("light_heads")
        return frozenset() if light else frozenset(_phrase(c, k))
    found: set[int] = set()
    while k >= 0 and c.parts[k] == c.parts[i]:
        if c.tags[k] in VERBAL | {"noun"}:
            found.add(k)
        if c.tags[k] in VERBAL:
            break
        k -= 1
    return frozenset() if all(c.word(h) in word_set("light") for h in found) else frozenset(found)


def _phrase(c: Clauses, k: int) -> Iterator[int]:
    while k >= 0 and c.tags[k] in {"noun"} | VERBAL:
        yield k
        if c.tags[k] != "noun" or k == 0 or c.parts[k - 1] != c.parts[k]:
            return
        k -= 1
