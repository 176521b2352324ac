"""What two versions of a document say differently: sentences of the one that the other lacks, paired by likeness.

In: the passages of two documents, the older first. Out: pairs of evidence; one side is None where a sentence was left
out or added. It judges no meaning: what is worded anew is a change.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from rag.library import StoredPassage
from rag.text import fold
from rag.types import Evidence

# Sentences of which so many percent of the letters agree are two wordings of one (Indel similarity).
ALIKE = 60
Pair = tuple[Evidence | None, Evidence | None]


def changes(older: Sequence[StoredPassage], newer: Sequence[StoredPassage]) -> list[Pair]:
    """Return what changed, first the sentences worded anew in their order, then what was added, then what is gone."""
    before, after = _sentences(older), _sentences(newer)
    kept = {_key(e) for e in before} & {_key(e) for e in after}
    gone, new = ([e for e in side if _key(e) not in kept] for side in (before, after))
    pairs: list[Pair] = []
    added: list[Pair] = []
    for e in new:
        like = max(gone, key=lambda g: fuzz.ratio(_key(g), _key(e)), default=None)
        if like is not None and fuzz.ratio(_key(like), _key(e)) >= ALIKE:
            gone.remove(like)
            pairs.append((like, e))
        else:
            added.append((None, e))
    return [*pairs, *added, *((e, None) for e in gone)]


def _sentences(passages: Sequence[StoredPassage]) -> list[Evidence]:
    return [
        Evidence(p.passage, s, p.passage.text[s.start - p.passage.start : s.end - p.passage.start], 1.0)
        for p in passages
        for s in p.sentences
    ]


def _key(e: Evidence) -> str:
    return " ".join(fold(e.text).split())
