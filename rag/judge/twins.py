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

from rag.check.calendar import Date
from rag.check.wordlists import word_set, wordlists
from rag.retrieve import Found, Hit
from rag.text import fold, word_spans

# Pairs whose vectors are this alike are read word by word.
ALIKE = 0.85
# Share of a passage's words that must stand in the better one, in the same order, for it to add nothing.
SHARED = 0.95
# From this share of the other's length on a passage may stand for it, if it is newer.
EQUAL = 0.85
# Passages further down are neither read nor shown.
COMPARED = 40
# Passages shorter than this must be equal word for word.
SHORT = 8
_LEAD = re.compile(r"\A\s*date:? \d{4}-\d{2}-\d{2}\b")


def collapsed(found: Found, least: int = 10) -> Found:
    """Keep one passage of each group of twins, in the place of its best; ``least`` passages are kept where they are.

    Twins come back at the end where fewer than ``least`` passages would be left.
    """
    hits = found.hits[:COMPARED]
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
            if int(j) not in taken and adds_nothing(hits[int(j)].stored.passage.text, hit.stored.passage.text):
                group.append(int(j))
        taken.update(group)
        kept.append(_stands_for(found, [hits[n] for n in group]) if len(group) > 1 else hit)
    names = {h.stored.passage.id for h in kept}
    kept += found.hits[COMPARED:]
    spare = [h for h in hits if h.stored.passage.id not in names][: max(0, least - len(kept))]
    lowest = kept[-1].score
    return replace(found, hits=(*kept, *(replace(h, score=min(h.score, lowest)) for h in spare)))


def without_copies(found: Found) -> Found:
    """Return the search without the passages that another one stands for: they are shown, and nothing is taken of them.

    What is measured against the other passages found would tell two copies apart by the date above them.
    """
    copies = {p.id for h in found.hits for p in h.also}
    return replace(found, hits=tuple(h for h in found.hits if h.stored.passage.id not in copies)) if copies else found


def _stands_for(found: Found, group: Sequence[Hit]) -> Hit:
    """The newest of the group that is as long as its first; it has the best score of the group."""
    least = EQUAL * len(_words(group[0].stored.passage.text).folded)
    whole = [h for h in group if len(_words(h.stored.passage.text).folded) >= least]
    chosen = max(whole, key=lambda h: (found.dates.get(h.stored.passage.source, Date.min), -group.index(h)))
    also = tuple(h.stored.passage for h in group if h is not chosen)
    return replace(chosen, score=group[0].score, also=also)


def adds_nothing(later: str, first: str) -> bool:
    """Tell whether a text says no more than another: the same or a part of it, no number, date, name or "not" changed.

    >>> adds_nothing("The hall opens.", "The hall opens."), adds_nothing("It costs 12 euros.", "It costs 15 euros.")
    (True, False)
    """
    mine, its = _words(later), _words(first)
    if min(len(mine.folded), len(its.folded)) < SHORT:
        return mine.folded == its.folded
    if len(mine.known & its.known) < SHARED * len(mine.known):
        return False
    if LCSseq.similarity(mine.folded, its.folded) < SHARED * len(mine.folded):
        return False
    changed = Counter(mine.folded) - Counter(its.folded)
    if len(mine.folded) >= EQUAL * len(its.folded):
        changed += Counter(its.folded) - Counter(mine.folded)
    return not any(word in mine.telling or word in its.telling for word in changed)


@dataclass(frozen=True, slots=True)
class _Words:
    folded: tuple[str, ...]
    known: frozenset[str]
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
    return _Words(tuple(folded), frozenset(folded), frozenset(telling))


@functools.cache
def _telling() -> frozenset[str]:
    tables = wordlists()
    counted = (tables["cardinals"], tables["ordinals"], tables["scales"], tables["months"], tables["weekdays"])
    return frozenset(word for table in counted for word in table if word not in {"un", "una", "uno", "one", "once"}) | (
        word_set("negations")
    )
