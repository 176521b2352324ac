"""The nearest passages by vector: Chroma's index for what it has heard of, exact scores for what it has not.

In: a library's folder, and its two ways to ask SQLite. Out: ids with cosines. Chroma answers for what it held when it
was opened; rows committed since then are scored exactly, and ids that SQLite no longer has are dropped. So an answer
is never behind the ledger, whatever an ingest is doing. It writes nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from rag.errors import LibraryError
from rag.store.vectors import FloatArray, VectorCache, first_row, writing_mark

CHROMA_LOCK = "chroma.lock"


class Nearest:
    """Safe to share between threads, one asks at a time. ``rows`` runs a query, ``meta`` reads a library's value."""

    def __init__(self, path: Path, rows: Callable[..., list[Any]], meta: Callable[[str], str]) -> None:
        self._path, self._all, self._meta = path, rows, meta
        self._alone = threading.Lock()
        self._cache: VectorCache | None = None
        self._held = 0  # vectors in the open cache
        self._opened_at = ("", -1)  # collection name and generation that the open cache holds for certain
        self._recent: tuple[tuple[int, int], list[str], FloatArray] | None = None

    def best(self, query: FloatArray, k: int) -> list[tuple[str, float]]:
        """Return the ``k`` nearest passage ids with their cosines, best first; ``query`` is a unit vector ``(d,)``."""
        if k <= 0:
            return []
        with self._alone:
            cache, covered = self._opened()
            recent = self._scored_recent(query, covered)
            wanted, held = k, self._held if cache else 0
            while True:
                near = dict(cache.query(query, wanted)) if cache and held else {}
                live = self._alive(near)
                if len(live) + len(recent) >= k or wanted >= held:
                    break
                wanted = min(held, wanted * 2)
        best = {i: near[i] for i in live} | dict(recent)
        return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def _opened(self) -> tuple[VectorCache | None, int]:
        """Return the open Chroma cache, if there is one yet, and the generation that it holds for certain."""
        name, applied = self._collection()
        empty = not self._all("SELECT 1 FROM passages LIMIT 1")
        if empty or applied == 0:  # applied 0: the first batch is committed and Chroma has not heard of it yet
            return None, applied
        if self._cache is not None and self._opened_at == (name, applied):
            return self._cache, applied
        # The first query after opening lets Chroma read its log and may write its index: never beside a writer.
        lock = FileLock(self._path / CHROMA_LOCK)
        try:
            lock.acquire(timeout=30 if self._cache is None or self._opened_at[0] != name else 0.5)
        except Timeout:
            if self._cache is not None and self._opened_at[0] == name:
                return self._cache, self._opened_at[1]
            raise LibraryError(f"the vectors of {self._path} are being rebuilt; try again in a moment") from None
        try:
            name, applied = self._collection()  # again: a rebuild may have replaced it while we waited
            if self._cache is not None:
                self._cache.close()
                self._cache, self._opened_at = None, ("", -1)
            if writing_mark(self._path, name).exists():
                # A writer was killed here and the next one will mend it; until then every passage is scored exactly.
                return None, 0
            self._cache = VectorCache(self._path, name, self._meta("fingerprint"))
            self._cache.query(np.eye(1, self._dimensions(), dtype=np.float32)[0], 1)
            self._held, self._opened_at = self._cache.count(), (name, applied)
        finally:
            lock.release()
        return self._cache, applied

    def _collection(self) -> tuple[str, int]:
        """Return the name of the collection in use and the generation that it has been told of."""
        return self._meta("collection"), int(self._meta("applied"))

    def _dimensions(self) -> int:
        rows = self._all("SELECT length(vectors), length(sentences) FROM passages LIMIT 1")
        return int(rows[0][0]) // 2 // (int(rows[0][1]) // 8 + 1) if rows else 1

    def _scored_recent(self, query: FloatArray, covered: int) -> list[tuple[str, float]]:
        """Score the passages committed after ``covered``; their matrix is kept until the next commit."""
        generation = int(self._meta("generation"))
        if generation == covered:
            return []
        if self._recent is None or self._recent[0] != (generation, covered):
            rows = self._all("SELECT id, vectors FROM passages WHERE generation > ?", (covered,))
            matrix = np.stack([first_row(row[1], query.size) for row in rows]) if rows else np.zeros((0, query.size))
            self._recent = ((generation, covered), [row[0] for row in rows], matrix.astype(np.float32))
        _, ids, matrix = self._recent
        return list(zip(ids, (matrix @ query).tolist(), strict=True))

    def _alive(self, ids: Iterable[str]) -> list[str]:
        sql = "SELECT id FROM passages WHERE id IN (SELECT value FROM json_each(?))"
        return [row[0] for row in self._all(sql, (json.dumps(list(ids)),))]

    def close(self) -> None:
        """Release the index; the next question opens it again."""
        with self._alone:
            if self._cache is not None:
                self._cache.close()
                self._cache, self._opened_at = None, ("", -1)
