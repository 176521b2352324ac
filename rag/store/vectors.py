"""Vectors on disk: the packed rows that SQLite keeps, and the Chroma collections that find the nearest ones.

In: unit vectors, passage ids and the rows they have in SQLite. Out: ids with cosines. SQLite is the source of truth;
everything here can be thrown away and filled again. It decides nothing about documents.

Chroma is used directly, not through LlamaIndex's ``ChromaVectorStore``, for three measured reasons: ``add`` passes
over known ids in silence where a ledger needs an upsert; it returns ``exp(-distance)`` in place of a cosine; and for
5,000 vectors of 384 it took 1.4 times as long to add, 1.7 times the disk and 4 times as long per query (2.8 against
0.7 ms), because every node carries a JSON copy of itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import LibraryError
from rag.types import Span

FloatArray = NDArray[np.float32]
FOLDER = "chroma"
# Chroma refuses more than 5,461 rows in one call.
BATCH = 5000
# How widely the index is searched. On 20,000 vectors the default of 100 found 94 % of the nearest 50 in 1.5 ms, this
# 99 % in 1.7 ms.
EF_SEARCH = 300
# Passages of one collection. Chroma keeps the whole index of a collection that is touched in memory, about 1.6 kB a
# passage, until its client is closed; a query takes 2 ms a collection.
SHARD = 50_000
_STORED = np.dtype("<f2")
_OFFSET = np.dtype("<u4")


def pack(passage: FloatArray, sentences: FloatArray) -> bytes:
    """Pack unit vectors as float16 rows, the passage first: half the bytes, and cosines equal to three decimals."""
    return np.vstack([passage[None, :], sentences]).astype(_STORED).tobytes()


def unpack(blob: bytes, rows: int) -> FloatArray:
    """Return the rows of `pack`, of unit length again, shape ``(rows, d)``."""
    matrix: FloatArray = np.frombuffer(blob, dtype=_STORED).reshape(rows, -1).astype(np.float32)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.divide(matrix, np.where(lengths == 0, 1, lengths), dtype=np.float32)


def first_row(blob: bytes, dimensions: int) -> FloatArray:
    """Return the passage vector of a packed blob without decoding its sentences."""
    row: FloatArray = unpack(blob[: dimensions * _STORED.itemsize], 1)[0]
    return row


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Pack spans as pairs of 32-bit offsets."""
    return np.array([(s.start, s.end) for s in spans], dtype=_OFFSET).tobytes()


def unpack_spans(blob: bytes, shift: int = 0) -> tuple[Span, ...]:
    """Return the spans of `pack_spans`, each moved by ``shift``."""
    pairs = np.frombuffer(blob, dtype=_OFFSET).reshape(-1, 2).tolist()
    return tuple(Span(start + shift, end + shift) for start, end in pairs)


def digest(text: str, sentences: Iterable[Span]) -> str:
    """Name what was embedded: equal digests have equal vectors, so a moved file is not embedded again."""
    spans = ",".join(f"{s.start}-{s.end}" for s in sentences)
    return hashlib.sha256(f"{spans}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def cache_folder(library: Path, name: str) -> Path:
    """Return where the vectors of this name lie. Each has a Chroma database of its own, so that a damaged one can be
    replaced without being opened."""
    return library / FOLDER / name


def writing_mark(library: Path, name: str) -> Path:
    """Return the file that stands in the folder while it is written to.

    A kill in the middle leaves it there. Then nothing in it is to be opened: Chroma 1.5.9 writes its index in
    place, and of 26 kills at random moments of large ingests one left an index that could never be written again.
    """
    return cache_folder(library, name) / ".writing"


def remove_other_caches(library: Path, name: str) -> None:
    """Delete what ``name`` replaced."""
    if (library / FOLDER).is_dir():
        for folder in (library / FOLDER).iterdir():
            if folder.name != name:
                shutil.rmtree(folder, ignore_errors=True)


class VectorCache:
    """The passage vectors in Chroma, in collections of about `SHARD`. Not thread-safe: its owner holds a lock.

    A collection, or shard, holds the passages whose rows in SQLite are from its first on, which its name tells, up to
    the first of the next: a writer that adds passages has one index in memory, however many passages there are.
    ``create`` is for writers.
    """

    def __init__(self, library: Path, name: str, fingerprint: str, *, create: bool = False, shard: int = SHARD) -> None:
        from chromadb.errors import ChromaError

        self.name = name
        self._library, self._fingerprint, self._writes, self._full = library, fingerprint, create, shard
        folder = cache_folder(library, name)
        # Chroma keeps one client per path as written: a relative one would outlive a change of folder.
        self._place = str(folder.resolve())
        again = f"run `rag rebuild --library {library}`"
        if not create and not folder.is_dir():
            raise LibraryError(f"the vectors of {library} are missing; {again}")
        try:
            self._open()
            if not self._shards and create:
                self._add(0)
        except (ChromaError, ValueError, OSError) as error:
            raise LibraryError(f"the vectors of {library} cannot be opened ({error}); {again}") from error
        if not self._shards:
            raise LibraryError(f"the vectors of {library} are missing; {again}")
        for collection in self._shards.values():
            found = (collection.metadata or {}).get("fingerprint")
            if found != fingerprint:
                raise LibraryError(
                    f"the vectors of {library} were made by {found}, its passages by {fingerprint}; {again}"
                )

    def _open(self) -> None:
        import chromadb
        from chromadb.config import Settings

        self._client: Any = chromadb.PersistentClient(self._place, settings=Settings(anonymized_telemetry=False))
        names = sorted((c.name for c in self._client.list_collections()), key=_first)
        self._shards: dict[int, Any] = {
            _first(n): self._client.get_collection(n, embedding_function=None) for n in names
        }
        self._loaded: set[int] = set()
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, "near")

    def _add(self, first: int) -> None:
        self._shards[first] = self._client.create_collection(
            f"{self.name}.{first}" if first else self.name,
            configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
            metadata={"fingerprint": self._fingerprint},
            embedding_function=None,
        )

    def _shard(self, first: int) -> Any:
        """Return a shard to work with. Every call to it loads its index, of which a writer holds one at a time."""
        if self._writes and self._loaded - {first}:
            self.close()
            self._open()
        self._loaded.add(first)
        return self._shards[first]

    def count(self) -> int:
        """Return the number of vectors."""
        return sum(int(self._shard(first).count()) for first in list(self._shards))

    def upsert(self, rows: Sequence[int], ids: Sequence[str], vectors: FloatArray, top: int = 0) -> None:
        """Store vectors under their ids; storing one twice changes nothing.

        ``rows`` ascend. A new shard begins behind the last of them, or behind ``top`` if that is more, the highest row
        ever stored here, as soon as the last shard is full.
        """
        with self._told():
            for first, at in self._by_shard(rows):
                self._shard(first).upsert(ids=[ids[i] for i in at], embeddings=vectors[at])
                last = max(self._shards)
                if first == last and self._shard(last).count() >= self._full:
                    self._add(max(top, rows[at[-1]]) + 1)

    def delete(self, rows: Sequence[int], ids: Sequence[str]) -> None:
        """Forget ids, each of the row that it was stored with; unknown ones are passed over."""
        with self._told():
            for first, at in self._by_shard(rows):
                self._shard(first).delete(ids=[ids[i] for i in at])

    def forget(self, ids: Sequence[str]) -> None:
        """Forget ids whose rows nobody knows."""
        for first in list(self._shards):
            self.delete([first] * len(ids), ids)

    def _by_shard(self, rows: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
        """Yield the first row of a shard and the places in ``rows`` of up to `BATCH` that lie in it."""
        left = sorted(range(len(rows)), key=rows.__getitem__)
        while left:
            first = max(f for f in self._shards if f <= rows[left[0]])
            end = min((f for f in self._shards if f > first), default=rows[left[-1]] + 1)
            at = [i for i in left[:BATCH] if rows[i] < end]
            left = left[len(at) :]
            yield first, at

    @contextmanager
    def _told(self) -> Iterator[None]:
        from chromadb.errors import ChromaError

        try:
            yield
        except (ChromaError, OSError) as error:
            raise LibraryError(
                f"the vectors of {self._library} could not be written ({error}); the passages are safe: mend the disk "
                f"and run the same command again, or `rag rebuild --library {self._library}`"
            ) from error

    def query(self, vector: FloatArray, k: int) -> list[tuple[str, float]]:
        """Return up to ``k`` ids with their cosines, best first."""
        from chromadb.errors import ChromaError

        if k <= 0:
            return []

        def near(first: int) -> list[tuple[str, float]]:
            try:
                found = self._shard(first).query(query_embeddings=[vector], n_results=k, include=["distances"])
            except ChromaError as error:
                raise LibraryError(
                    f"the vectors of {self._library} are damaged ({error}); run `rag rebuild --library {self._library}`"
                ) from error
            return [(i, 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]

        # A writer lets go of one index before it loads the next, so it asks one after the other.
        each = map if self._writes or len(self._shards) == 1 else self._threads.map
        return sorted((pair for pairs in each(near, list(self._shards)) for pair in pairs), key=lambda p: -p[1])[:k]

    def ids(self) -> Iterator[str]:
        """Yield every id that is held."""
        for first in list(self._shards):
            low = 0
            while page := self._shard(first).get(limit=BATCH, offset=low, include=[])["ids"]:
                yield from page
                low += len(page)

    def close(self) -> None:
        """Release the files."""
        self._threads.shutdown()
        self._client.close()


def _first(collection: str) -> int:
    """Return the first row of a shard out of its collection's name."""
    return int(collection.partition(".")[2] or 0)
