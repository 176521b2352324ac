"""Vectors on disk: the packed rows that SQLite keeps, and the Chroma collection that finds the nearest ones.

In: unit vectors and passage ids. Out: ids with cosines. SQLite is the source of truth; everything here can be thrown
away and filled again. It decides nothing about documents.

Chroma is used directly, not through LlamaIndex's ``ChromaVectorStore``, for three measured reasons: ``add`` passes
over known ids in silence where a ledger needs an upsert; it returns ``exp(-distance)`` in place of a cosine; and for
5,000 vectors of 384 it took 1.4 times as long to add, 1.7 times the disk and 4 times as long per query (2.8 against
0.7 ms), because every node carries a JSON copy of itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
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


def cache_folder(library: Path, name: str) -> Path:
    """Return where a collection lies. Each has a Chroma database of its own, so that a damaged one can be replaced
    without being opened."""
    return library / FOLDER / name


def writing_mark(library: Path, name: str) -> Path:
    """Return the file that stands in a collection's folder while it is written to.

    A kill in the middle leaves it there. Then the collection is not to be opened: Chroma 1.5.9 writes its index in
    place, and of 26 kills at random moments of large ingests one left an index that could never be written again.
    """
    return cache_folder(library, name) / ".writing"


def remove_other_caches(library: Path, name: str) -> None:
    """Delete the collections that ``name`` replaced."""
    if (library / FOLDER).is_dir():
        for folder in (library / FOLDER).iterdir():
            if folder.name != name:
                shutil.rmtree(folder, ignore_errors=True)


class VectorCache:
    """One Chroma collection of passage vectors. Not thread-safe: its owner holds a lock."""

    def __init__(self, library: Path, name: str, fingerprint: str, *, create: bool = False) -> None:
        import chromadb
        from chromadb.config import Settings
        from chromadb.errors import ChromaError

        self.name = name
        self._library = library
        folder = cache_folder(library, name)
        if not create and not folder.is_dir():
            raise LibraryError(f"the vectors of {library} are missing; run `rag rebuild --library {library}`")
        try:
            # Chroma keeps one client per path as written: a relative one would outlive a change of folder.
            place = str(folder.resolve())
            self._client: Any = chromadb.PersistentClient(place, settings=Settings(anonymized_telemetry=False))
            if create:
                self._collection: Any = self._client.get_or_create_collection(
                    name,
                    configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
                    metadata={"fingerprint": fingerprint},
                    embedding_function=None,
                )
            else:
                self._collection = self._client.get_collection(name, embedding_function=None)
        except (ChromaError, ValueError, OSError) as error:
            raise LibraryError(
                f"the vectors of {library} cannot be opened ({error}); run `rag rebuild --library {library}`"
            ) from error
        found = (self._collection.metadata or {}).get("fingerprint")
        if found != fingerprint:
            raise LibraryError(
                f"the vectors of {library} were made by {found}, its passages by {fingerprint}; "
                f"run `rag rebuild --library {library}`"
            )

    def count(self) -> int:
        """Return the number of vectors."""
        return int(self._collection.count())

    def upsert(self, ids: Sequence[str], vectors: FloatArray) -> None:
        """Store vectors under their ids; storing one twice changes nothing."""
        with self._told():
            for low in range(0, len(ids), BATCH):
                self._collection.upsert(ids=list(ids[low : low + BATCH]), embeddings=vectors[low : low + BATCH])

    def delete(self, ids: Sequence[str]) -> None:
        """Forget ids; unknown ones are passed over."""
        with self._told():
            for low in range(0, len(ids), BATCH):
                self._collection.delete(ids=list(ids[low : low + BATCH]))

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
        if k <= 0:
            return []
        found = self._collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        return [(i, 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def ids(self) -> Iterator[str]:
        """Yield every id that the collection holds."""
        low = 0
        while page := self._collection.get(limit=BATCH, offset=low, include=[])["ids"]:
            yield from page
            low += len(page)

    def close(self) -> None:
        """Release the files."""
        self._client.close()
