"""Counts of a library that hold until its next commit, and which words are worth matching by them.

In: a generation, a key, and how to count. Out: the count, made once a generation: over 100,000 passages a count is a
scan of milliseconds that a question needs many times. It reads no library itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")
_MOST = 20_000


class SinceCommit:
    """What was counted since the last commit. Safe to share between threads."""

    def __init__(self) -> None:
        self._held: tuple[int, dict[Hashable, object]] = (-1, {})

    def get(self, generation: int, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returned for ``key`` at this generation. A key always names values of one type."""
        since, held = self._held
        if since != generation or len(held) > _MOST:
            # A new dictionary: a thread that still counts for the old generation puts its count into the old one.
            held = {}
            self._held = (generation, held)
        if key not in held:
            held[key] = make()
        found: T = held[key]  # type: ignore[assignment]
        return found


def telling(counts: Mapping[str, int], passages: int, k: int) -> list[str]:
    """Leave out the terms that more than half of the passages say, where the others find ``k`` passages without them.

    FTS5's BM25 gives such a term a weight of 0.000001, but every passage that says it is a match to be scored: on
    65,000 passages of a small vocabulary a look-up took 230 ms with them and 4 ms without.
    """
    kept = [t for t, n in counts.items() if 2 * n <= passages]
    return kept if any(counts[t] >= k for t in kept) else list(counts)


def any_of(terms: Iterable[str]) -> str:
    """Return the FTS5 query for any of the terms, each matched literally, whatever it contains."""
    return " OR ".join(map(_literal, terms))


def all_of(terms: Iterable[str]) -> str:
    """Return the FTS5 query for passages that say every term, each matched literally."""
    return " AND ".join(map(_literal, terms))


def _literal(term: str) -> str:
    return '"' + term.replace('"', '""').replace("\0", " ") + '"'
