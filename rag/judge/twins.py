"""Passages that say the same twice: mirrored copies, syndicated articles, a text kept in an old and a new version.

In: `Found`. Out: `Found` with one passage of each such group, the newest, which names the others. Where a number, a
date, a name or a "not" differs the passages are no twins: that is a disagreement, and both stay.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from rapidfuzz.distance import LCSseq

from rag.check.wordlists import word_set, wordlists
from rag.retrieve import Found, Hit
from rag.text import fold, word_spans

# Pairs whose vectors are this alike are read word by word.
ALIKE = 0.85
# Share of the shorter passage's words that must stand in the longer one, in the same order.
SHARED = 0.95
# Two passages are of one length, so that the newer may stand for both, when the shorter has this share of the longer.
EQUAL = 0.85
# Passages shorter than this must be equal word for word.
SHORT = 8
_LEAD = re.compile(r"\A\s*date:? \d{4}-\d{2}-\d{2}\b")


def collapsed(found: Found, least: int = 10) -> Found:
    """Keep one passage of each group of twins, in the place of its best; ``least`` passages are kept where they are.

    Twins come back at the end where fewer than ``least`` passages would be left.
    """
    hits = found.hits
    if len(hits) < 2:
        return found
    matrix = np.stack([h.stored.vector for h in hits])
    likeness = matrix @ matrix.T
    taken: set[int] = set()
    kept: list[Hit] = []
    for i, hit in enumerate(hits):
        if i in taken:
            continue
        group = [i]
        for j in np.nonzero(likeness[i, i + 1 :] >= ALIKE)[0] + i + 1:
            if int(j) not in taken and _same(hit, hits[int(j)]):
                group.append(int(j))
        taken.update(group)
        kept.append(_stands_for(found, [hits[n] for n in group]) if len(group) > 1 else hit)
    names = {h.stored.passage.id for h in kept}
    spare = [h for h in hits if h.stored.passage.id not in names][: max(0, least - len(kept))]
    lowest = kept[-1].score
    return replace(found, hits=(*kept, *(replace(h, score=min(h.score, lowest)) for h in spare)))


def _stands_for(found: Found, group: Sequence[Hit]) -> Hit:
    """The newest of the group that is as long as its longest; it has the best score of the group."""
    longest = max(len(_words(h.stored.passage.text).folded) for h in group)
    whole = [h for h in group if len(_words(h.stored.passage.text).folded) >= EQUAL * longest]
    dates = found.dates
    chosen = max(whole, key=lambda h: (str(dates.get(h.stored.passage.source, "")), -group.index(h)))
    also = tuple(h.stored.passage for h in group if h is not chosen)
    return replace(chosen, score=group[0].score, also=also)


def _same(a: Hit, b: Hit) -> bool:
    return twins(a.stored.passage.text, b.stored.passage.text)


def twins(a: str, b: str) -> bool:
    """Tell whether two texts say the same, or one holds the other, with no number, date, name or negation changed.

    >>> twins("The hall opens at nine.", "The hall opens at nine."), twins("It costs 12 euros.", "It costs 15 euros.")
    (True, False)
    """
    first, second = _words(a), _words(b)
    short, long = sorted((first, second), key=lambda w: len(w.folded))
    if len(short.folded) < SHORT:
        return short.folded == long.folded
    shared = LCSseq.similarity(short.folded, long.folded)
    if shared < SHARED * len(short.folded):
        return False
    changed = Counter(short.folded) - Counter(long.folded)
    if len(short.folded) >= EQUAL * len(long.folded):
        changed += Counter(long.folded) - Counter(short.folded)
    return not any(word in short.telling or word in long.telling for word in changed)


@dataclass(frozen=True, slots=True)
class _Words:
    folded: tuple[str, ...]
    telling: frozenset[str]


@functools.lru_cache(maxsize=1024)
def _words(text: str) -> _Words:
    """The words of a passage, and those that must not differ: figures, number words, dates, negations, names."""
    text = _LEAD.sub("", text)
    folded, telling = [], set()
    opens = True
    for span in word_spans(text):
        word = span.of(text)
        plain = fold(word)
        folded.append(plain)
        name = word[0].isupper() and not opens
        if name or any(c.isdigit() for c in plain) or plain in _telling() or plain.endswith("n't"):
            telling.add(plain)
        opens = bool(re.match(r"[\"”’»)\]]*[.!?:\n]", text[span.end : span.end + 3]))
    return _Words(tuple(folded), frozenset(telling))


@functools.cache
def _telling() -> frozenset[str]:
    tables = wordlists()
    counted = (tables["cardinals"], tables["ordinals"], tables["scales"], tables["months"], tables["weekdays"])
    return frozenset(word for table in counted for word in table if word not in {"un", "una", "uno", "one", "once"}) | (
        word_set("negations")
    )
