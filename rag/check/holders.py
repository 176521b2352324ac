"""What a word hangs on: an infinitive on its verb, a gerund, what follows a preposition, an owner on what is owned.

In: a `Reading`. Out: for each such word the words of which a claim that uses it must use one. Words that hang on
nothing (subjects, what stands after a comma) are not named.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator

from rag.check.clauses import VERBAL, Clauses, clauses, stems, table
from rag.check.facts import Reading, Word
from rag.check.numerals import unit_names
from rag.check.wordlists import word_set

Holders = dict[int, list[tuple[str, frozenset[int]]]]


@functools.lru_cache(maxsize=4096)
def holders(reading: Reading) -> Holders:
    """Return by start of word its ties: the kind, and where the words that hold it begin.

    A tie of the kind "object" binds only where the word becomes the subject of a later verb.
    """
    c = clauses(reading)
    found: Holders = defaultdict(list)
    for i in range(len(c.nodes)):
        for k, kind, holding in _ties(c, i):
            if holding:
                found[c.nodes[k].start].append((kind, frozenset(c.nodes[h].start for h in holding)))
    return dict(found)


def _ties(c: Clauses, i: int) -> Iterator[tuple[int, str, frozenset[int]]]:
    """(word, kind, its holders) of what the node at ``i`` ties."""
    tag = c.tags[i]
    if tag == "inf":
        yield i, "certainty", _of_infinitive(c, i)
    elif tag == "to" and c.word(i + 1) in {"be", "have"}:
        holding = _of_infinitive(c, i + 1)
        for k in range(i + 2, len(c.nodes)):
            if c.parts[k] != c.parts[i] or c.tags[k] == "prep":
                break
            yield k, "certainty", holding
    elif tag == "ger":
        yield i, "certainty", _of_gerund(c, i)
    elif tag == "prep":
        holding = _of_preposition(c, i)
        for k in _following(c, i):
            yield k, "role", holding
    elif tag in {"verb", "part"}:
        yield from _of_verb(c, i)
    if tag in {"verb", "aux"} and c.parts.index(c.parts[i]) == i - 1 and c.word(i - 1) in {"who", "which", "quien"}:
        yield from _of_relative(c, i)
    if tag == "noun" and c.tag(i + 1) == "noun" and not c.owner(i) and not c.spanish and c.named(i):
        yield i, "role", _compound(c, i)
    if tag == "noun" and c.owner(i):
        owned = frozenset(_following(c, i))
        k = i
        while k >= 0 and c.tags[k] == "noun" and c.parts[k] == c.parts[i]:
            yield k, "role", owned
            k -= 1


def _of_relative(c: Clauses, i: int) -> Iterator[tuple[int, str, frozenset[int]]]:
    """What "…, who had trained" says hangs on the phrase before it, and on what that phrase explains."""
    part = c.parts[i - 1] - 1
    held = [k for k in range(i - 1) if c.parts[k] in {part, part - 1 if c.stops[c.parts.index(part)] else part}]
    nouns = frozenset(k for k in held if c.tags[k] == "noun") if part >= 0 else frozenset()
    verbs = [k for k in range(i, len(c.nodes)) if c.parts[k] == c.parts[i] and c.tags[k] in VERBAL]
    for k in verbs:
        yield k, "role", nouns
    later = [k for k in verbs if k > i and c.tags[k] == "verb" and c.tag(k - 1) not in {"aux", "pron", "to", "adv"}]
    place = next((k for k in held if c.tags[k] == "prep"), 0)
    if later and place and c.stem(i) not in stems("said", "factive", "not_true"):
        # "Parents of pupils who fell ill sued": the last verb is the parents'
        yield later[-1], "role", frozenset(k for k in nouns if k < place)


def _compound(c: Clauses, i: int) -> frozenset[int]:
    """ "Windows" of "a Windows version" hangs on the version."""
    rest = [k for k in c.run(i + 1) if c.parts[k] == c.parts[i]]
    head = c.nodes[rest[-1]] if rest else None
    return frozenset(rest) if isinstance(head, Word) and head.text.islower() and rest[0] == i + 1 else frozenset()


def _following(c: Clauses, i: int) -> list[int]:
    """The noun phrase right after ``i``; empty where a "who" or "which" follows it, whose subject it is."""
    if i + 1 >= len(c.nodes) or c.parts[i + 1] != c.parts[i]:
        return []
    run = list(c.run(i + 1))
    end = run[-1] + 1 if run else i
    return [] if c.tags[i] != "noun" and "sub" in {c.tag(end), c.tag(end + 1) if c.tag(end) == "prep" else ""} else run


def _of_verb(c: Clauses, i: int) -> Iterator[tuple[int, str, frozenset[int]]]:
    """What a verb ties: its object, and its subject where another finite verb follows in the same part."""
    if c.stem(i) in stems("implicative", "perceiving") or c.word(i) in word_set("light"):
        return
    unreal = c.stem(i) in stems("unreal")
    for k in _following(c, i) if unreal or c.stem(i) not in stems("said", "factive", "not_true") else ():
        yield k, "certainty" if unreal else "object", frozenset({i})
    if c.tags[i] == "verb" and any(
        c.parts[j] == c.parts[i] and c.tags[j] in {"aux", "verb"} for j in range(i + 1, len(c.nodes))
    ):
        k = c.before(i)
        while k >= 0 and c.tags[k] == "noun" and c.parts[k] == c.parts[i]:
            yield k, "object", frozenset({i})
            k -= 1


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
    if c.tags[k] == "aux":  # "is to open"
        return frozenset({i - 1}) if c.word(k) in {"is", "are", "was", "were"} else frozenset()
    verb = next((j for j in range(k, -1, -1) if c.parts[j] == c.parts[i] and c.tags[j] in VERBAL | {"aux"}), -1)
    if c.word(k).removesuffix("s") in table("opinion_nouns"):
        return frozenset({k})
    if (
        any(c.tags[j] == "num" or c.word(j) in {"last", "only", "next"} for j in range(max(0, k - 3), k))
        and c.tags[k] == "noun"
    ):
        return frozenset()  # "the first woman to climb it"
    if verb < 0 or c.tags[verb] == "aux":
        return frozenset({k}) if c.stem(k) not in stems("implicative") else frozenset()
    return frozenset() if c.stem(verb) in stems("implicative") else frozenset({verb})


_FACTUAL = frozenset("without by after before while when since through besides despite al tras".split())


def _of_gerund(c: Clauses, i: int) -> frozenset[int]:
    """ "Accused of stealing", "stopped smoking"; not "by selling", "began selling"."""
    k = c.before(i)
    if k < 0 or c.word(k) in _FACTUAL:
        return frozenset()
    held = k if c.tags[k] in VERBAL else c.before(k, frozenset({"adv", "prep", "aux", "det"}))
    verb = c.before(k, frozenset({"adv", "prep", "aux", "det", "noun", "num", "pron"}))
    if verb >= 0 and c.tags[verb] in VERBAL and c.word(verb) not in word_set("light"):
        held = verb  # "accused the mine of poisoning"
    return frozenset({held}) if held >= 0 and c.stem(held) not in stems("implicative") else frozenset()


def _of_preposition(c: Clauses, i: int) -> frozenset[int]:
    """ "The roof of the chapel" hangs on the roof; "stands on a hill above the village" on anything before it."""
    k = c.before(i, frozenset({"adv", "det", "pron"}))
    if k < 0 or c.tags[k] not in VERBAL | {"noun"}:
        return frozenset()
    if c.word(i) in {"of", "de", "del"}:
        light = {c.word(k), c.word(k).removesuffix("s")} & (table("light_heads") | unit_names().keys())
        return frozenset() if light or c.tag(i + 1) == "num" else frozenset(_phrase(c, k))
    found = set()
    while k >= 0 and (c.parts[k] == c.parts[k + 1] or (c.word(k + 1) in _ADDING and not c.stops[k + 1])):
        if c.tags[k] in VERBAL | {"noun"}:
            found.add(k)
        if c.tags[k] in VERBAL and c.word(i) in {"by", "por"}:
            found |= {k - 1} if c.tags[k] == "part" and c.tag(k - 1) == "noun" else set()
            break
        k -= 1
    return frozenset() if all(c.word(h) in word_set("light") for h in found) else frozenset(found)


_ADDING = frozenset("and or y e o u".split())


def _phrase(c: Clauses, k: int) -> Iterator[int]:
    while k >= 0 and c.tags[k] in {"noun"} | VERBAL:
        yield k
        if c.tags[k] != "noun" or k == 0 or c.parts[k - 1] != c.parts[k]:
            return
        k -= 1
