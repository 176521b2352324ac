"""The library on disk, read side: documents, exact passages, and two ways to find them.

In: a library folder, question vectors, folded stems. Out: `Document`, `StoredPassage`, ranked passage ids. Writing is
`rag/store/writer.py`, behind `Library.writer`. It reads no source files and calls no model.
"""

from __future__ import annotations

import datetime
import difflib
import json
import queue
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import FingerprintMismatch, LibraryError, NoLibrary, UnknownSource
from rag.store import schema
from rag.store.counts import SinceCommit, all_of, any_of, telling
from rag.store.damage import sound
from rag.store.dense import Nearest
from rag.store.vectors import FloatArray, digest, unpack, unpack_spans
from rag.types import Document, Grid, Passage, Span

if TYPE_CHECKING:
    from rag.store.writer import LibraryWriter

# A title names what its passages are about, but it stands on every one of them: half the weight of the passage's own
# words lets it break ties and not outshine them. Measured on five development sets, weights from 0.25 to 1 move the
# share of right documents found first by at most two points.
BM25_STEMS, BM25_TITLE = 1.0, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class StoredPassage:
    """A passage with its sentences, absolute spans of the canonical text, and the unit vectors of both.

    ``section`` is the path of headings above it, joined by " > ", or "". ``stems`` and ``title_stems`` are what
    `Library.lexical` matches, made in ``language``.
    """

    passage: Passage
    sentences: tuple[Span, ...]
    vector: FloatArray
    sentence_vectors: FloatArray
    section: str
    stems: tuple[str, ...]
    title_stems: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """What a library holds. ``bytes`` counts everything on disk; ``failed`` pairs each unread file with its reason."""

    documents: int
    passages: int
    sentences: int
    generation: int
    fingerprint: str
    bytes: int
    failed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of the folder as the ledger knows it. ``error`` says why it, or a part of it, could not be read.

    ``mtime_ns`` is 0 when size and time alone must not prove it unchanged.
    """

    source: str
    root: str
    sha256: str
    size: int
    mtime_ns: int
    fingerprint: str
    error: str | None = None


@sound
class Library:
    """A library opened for reading. Safe to share between threads; it sees what other processes commit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._near = Nearest(path, self._all, self.meta)
        self._width = 0  # of a vector, once one was asked with
        self._counted = SinceCommit()

    @classmethod
    def open(cls, path: str | Path, fingerprint: str | None = None) -> Library:
        """Open an existing library; with ``fingerprint``, refuse one that was built with another embedding model."""
        library = cls(Path(path))
        if not schema.database(library.path).is_file():
            raise NoLibrary(f"no library at {path}; run `rag ingest FOLDER --library {path}`")
        try:
            with library._connection() as c:
                if schema.is_empty(c):
                    raise NoLibrary(f"the library {path} is empty; run `rag ingest FOLDER --library {path}`")
                schema.check_version(c, library.path)
                found = schema.meta(c, "fingerprint")
        except sqlite3.DatabaseError as error:
            raise LibraryError(f"the library {path} cannot be read ({error}); run `rag doctor`") from error
        if fingerprint is not None and fingerprint != found:
            raise FingerprintMismatch(schema.mismatch(library.path, found, fingerprint))
        return library

    @classmethod
    def writer(cls, path: str | Path, fingerprint: str) -> AbstractContextManager[LibraryWriter]:
        """Open or create a library for writing, alone. `LibraryLocked` names the process that holds it."""
        from rag.store.writer import LibraryWriter

        return LibraryWriter(Path(path), fingerprint)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        # A pool, not one connection per thread: the page's worker threads come and go.
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = schema.connect(self.path)
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self._connection() as c:
            return c.execute(sql, parameters).fetchall()

    @property
    def generation(self) -> int:
        """The number of the last committed change, read anew each time."""
        return int(self.meta("generation"))

    @property
    def fingerprint(self) -> str:
        """What the passages were embedded with."""
        return self.meta("fingerprint")

    def meta(self, key: str, default: str | None = None) -> str:
        """Return a value that is kept with the library; `LibraryError` where it has none and there is no default."""
        with self._connection() as c:
            return schema.meta(c, key, default)

    def files(self) -> dict[str, FileRecord]:
        """Return the ledger: every file that was read or could not be, by source."""
        with self._connection() as c:
            return read_files(c)

    def file_of(self, source: str) -> FileRecord:
        """Return the file that a document was read from: its own, or the archive or mailbox around it."""
        return FileRecord(*self._one(f"{_FILE} JOIN documents d ON d.file = f.id WHERE d.source = ?", source))

    def documents(self) -> list[Document]:
        """Return every document, by source."""
        return [_document(row) for row in self._all(f"{_DOCUMENT} ORDER BY source")]

    def document(self, source: str) -> Document:
        """Return one document; `UnknownSource` names the nearest."""
        return _document(self._one(f"{_DOCUMENT} WHERE source = ?", source))

    def dates(self, sources: Iterable[str]) -> dict[str, datetime.date]:
        """Return the day on which each of these documents was written, where it is known."""
        sql = "SELECT source, date FROM documents WHERE date IS NOT NULL AND source IN (SELECT value FROM json_each(?))"
        return {row[0]: datetime.date.fromisoformat(row[1]) for row in self._all(sql, (json.dumps(list(sources)),))}

    def text(self, source: str) -> str:
        """Return the canonical text of a document, the one that every offset counts in."""
        return str(self._one("SELECT text FROM documents WHERE source = ?", source)[0])

    def _one(self, sql: str, source: str) -> Any:
        for row in self._all(sql, (source,)):
            return row
        raise UnknownSource(self._unknown(source))

    def grids(self, source: str) -> list[Grid]:
        """Return the tables of a document in reading order; none in a library that an earlier version wrote."""
        if not self._all("SELECT 1 FROM sqlite_master WHERE name = 'grids'"):
            return []
        sql = "SELECT g.* FROM grids g JOIN documents d ON d.id = g.document WHERE d.source = ? ORDER BY g.start"
        return [Grid(row[2], row[3], row[4], tuple(json.loads(row[5])), row[6]) for row in self._all(sql, (source,))]

    def _unknown(self, source: str) -> str:
        known = [row[0] for row in self._all("SELECT source FROM documents")]
        near = (
            difflib.get_close_matches(source, known, n=1, cutoff=0.3)
            or [k for k in known if k.endswith("/" + source)][:1]
        )
        hint = f"did you mean {near[0]!r}?" if near else "`rag status` lists the documents"
        return f"no document {source!r} in {self.path}; {hint}"

    def passages(self, ids: Sequence[str]) -> list[StoredPassage]:
        """Return the passages with these ids, in the same order; an id that is gone is left out."""
        rows = self._all(_PASSAGES_BY_ID, (json.dumps(list(ids)),))
        found = {row[0]: _stored(row, self._width) for row in rows}
        return [found[i] for i in ids if i in found]

    def document_passages(self, source: str) -> list[StoredPassage]:
        """Return the passages of one document in reading order."""
        rows = self._all(_PASSAGES_BY_SOURCE, (source,))
        if not rows:
            self.document(source)
        return [_stored(row, self._width) for row in rows]

    def ids_within(self, sources: Iterable[str]) -> list[str]:
        """Return the ids of all passages of these documents."""
        sql = "SELECT id FROM stored WHERE source IN (SELECT value FROM json_each(?))"
        return [row[0] for row in self._all(sql, (json.dumps(list(sources)),))]

    def lexical(self, terms: Sequence[str], k: int, *, every: bool = False) -> list[tuple[str, float]]:
        """Return the ``k`` best passage ids by BM25, higher is better, for any of ``terms``, or for ``every`` one.

        ``terms`` are folded stems as `rag.text.content_words` makes them. They are matched against the column
        ``stems`` (`rag.text.index_words` of the passage, in its document's language) and, at half the weight, against
        ``title`` (the same over the title). Whatever a term contains, it is matched literally.
        """
        counts = self.term_counts([t for t in terms if t.strip()])
        query = all_of(counts) if every else any_of(telling(counts, self.counts()[1], k))
        if not query or k <= 0:
            return []
        rows = self._all(
            "SELECT p.id, s.rank FROM (SELECT rowid, rank FROM search WHERE search MATCH ? AND rank MATCH ? "
            "ORDER BY rank LIMIT ?) s JOIN passages p ON p.row = s.rowid ORDER BY s.rank, p.id",
            (query, f"bm25({BM25_STEMS}, {BM25_TITLE})", k),
        )
        return [(row[0], -float(row[1])) for row in rows]

    def term_counts(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many passages, or titles of passages, each folded stem stands; 0 when in none."""

        def count(term: str) -> int:
            return sum(int(row[0]) for row in self._all("SELECT doc FROM terms WHERE term = ?", (term,)))

        # One look-up a term: given a list, SQLite reads the whole vocabulary.
        generation = self.generation
        return {t: self._counted.get(generation, (t,), partial(count, t)) for t in terms}

    def counts(self) -> tuple[int, int]:
        """Return how many documents and passages there are; cheaper than `stats`."""
        return self._counted.get(self.generation, "counts", self._count)

    def _count(self) -> tuple[int, int]:
        """Count, and see that the index of words has the passages: without it every question would be refused."""
        [(documents, passages, indexed)] = self._all(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages), count(*) FROM search_docsize"
        )
        if passages != indexed or (passages and not self._all("SELECT 1 FROM terms LIMIT 1")):
            raise LibraryError(
                f"the library {self.path} is damaged (its index of words has {indexed} of {passages} passages); "
                f"run `rag rebuild --library {self.path}`"
            )
        return int(documents), int(passages)

    def languages(self) -> dict[str, float]:
        """Return the share of the documents that each language has; documents of unknown language count as English."""
        sql = "SELECT coalesce(language, 'en'), count(*) FROM documents GROUP BY 1"
        rows = self._counted.get(self.generation, "languages", lambda: self._all(sql))
        total = sum(int(row[1]) for row in rows)
        return {str(row[0]): int(row[1]) / total for row in rows}

    def terms_like(self, prefix: str) -> list[str]:
        """Return the library's stems that begin with ``prefix``."""
        sql = "SELECT term FROM terms WHERE term >= ? AND term < ?"
        return [str(row[0]) for row in self._all(sql, (prefix, prefix + "\uffff"))]

    def terms_ending(self, ending: str, most: int) -> list[str]:
        """Return up to ``most`` of the library's stems that end with ``ending``, most frequent first."""
        sql = "SELECT term FROM terms WHERE substr(term, ?) = ? ORDER BY doc DESC, term LIMIT ?"
        return [str(row[0]) for row in self._all(sql, (-len(ending), ending, most))]

    def dense(self, vector: FloatArray, k: int) -> list[tuple[str, float]]:
        """Return the ``k`` nearest passage ids with their cosines, best first; see `rag.store.dense`."""
        query = np.asarray(vector, dtype=np.float32)
        self._width = query.size
        return self._near.best(query, k)

    def stats(self) -> LibraryStats:
        """Count what the library holds."""
        [(documents, passages, sentences)] = self._all(
            "SELECT (SELECT count(*) FROM documents), count(*), coalesce(sum(length(sentences) / 8), 0) FROM passages"
        )
        failed = self._all("SELECT source, error FROM files WHERE error IS NOT NULL ORDER BY source")
        size = sum(_size(file) for file in self.path.rglob("*"))
        return LibraryStats(
            documents, passages, sentences, self.generation, self.fingerprint, size, tuple((s, e) for s, e in failed)
        )

    def close(self) -> None:
        """Release the files; the library can be used again, and opens them again."""
        self._near.close()
        while not self._idle.empty():
            self._idle.get_nowait().close()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:  # a writer beside us took it away between the two looks
        return 0


def read_files(connection: sqlite3.Connection) -> dict[str, FileRecord]:
    """Return every file of the ledger by source."""
    return {row[0]: FileRecord(*row) for row in connection.execute(_FILE)}


_FILE = "SELECT f.source, f.root, f.sha256, f.size, f.mtime_ns, f.fingerprint, f.error FROM files f"
_DOCUMENT = "SELECT source, title, length, sha256, media_type, date, author, language, pages, metadata FROM documents"
_WITH = "stored s JOIN passages USING (id) WHERE"
_PASSAGES_BY_ID = f"SELECT s.*, digest FROM {_WITH} id IN (SELECT value FROM json_each(?))"  # noqa: S608 (our own words)
_PASSAGES_BY_SOURCE = f"SELECT s.*, digest FROM {_WITH} source = ? ORDER BY s.ordinal"  # noqa: S608


def _document(row: Any) -> Document:
    source, title, length, sha256, media_type, date, author, language, pages, metadata = row
    spans = tuple(Span(start, end) for start, end in json.loads(pages))
    return Document(source, title, length, sha256, media_type, date, author, language, spans, json.loads(metadata))


def _stored(row: Any, width: int) -> StoredPassage:
    """Make a passage of a row; `ValueError` where its vectors or spans cannot be those that were written."""
    passage = Passage(*row[:7])
    sentences = unpack_spans(row[7], passage.start)
    matrix = unpack(row[8], len(sentences) + 1)
    if (width and matrix.shape[1] != width) or not np.isfinite(matrix).all():
        raise ValueError(f"a passage of {passage.source} has vectors that are none")
    if digest(passage.text, unpack_spans(row[7])) != row[14]:
        raise ValueError(f"a passage of {passage.source} is not the one that was written")
    stems, title = tuple(row[10].split()), tuple(row[11].split())
    return StoredPassage(passage, sentences, matrix[0], matrix[1:], row[9], stems, title, row[12])
