"""The library on disk, write side: one process at a time, every change whole or not at all.

In: files with their documents, passages and packed vectors. Out: one SQLite transaction per batch that also lists, in
its outbox, the passage ids whose vectors Chroma has yet to hear of; they are applied after the commit, and whatever
a kill left there is applied by the next writer. It reads no source files and calls no model.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
from filelock import FileLock, Timeout

from rag.errors import FingerprintMismatch, LibraryError, LibraryLocked
from rag.library import FileRecord, read_files
from rag.store import schema
from rag.store.dense import CHROMA_LOCK
from rag.store.vectors import (
    SHARD,
    FloatArray,
    VectorCache,
    cache_folder,
    digest,
    first_row,
    pack,
    pack_spans,
    remove_other_caches,
    writing_mark,
)
from rag.text import index_words, title_words
from rag.types import Document, Grid, Span

WRITE_LOCK = "write.lock"
_ROWS = 500
HOLDER = "writer.json"
_VECTORS = "SELECT p.row, p.id, p.vectors, length(p.sentences) / 8 FROM passages p "


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to store; ``sentences`` are relative to ``start``, ``vectors`` is what `pack_vectors` made."""

    start: int
    end: int
    page: int | None
    section: str
    sentences: tuple[Span, ...]
    vectors: bytes


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to store, with its canonical text and its tables."""

    document: Document
    text: str
    passages: Sequence[NewPassage] = field(default_factory=tuple)
    grids: Sequence[Grid] = ()


def pack_vectors(passage: FloatArray, sentences: FloatArray) -> bytes:
    """Pack the vectors of one passage for `NewPassage.vectors`."""
    return pack(passage, sentences)


def passage_id(source: str, start: int, end: int, text: str) -> str:
    """Return the id of a passage; a clean build gives the same passages the same ids."""
    return hashlib.sha256(f"{source}\0{start}\0{end}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:24]


class LibraryWriter:
    """The one writer of a library; a context manager. Changes count from `commit`; leaving without it drops them."""

    def __init__(self, path: Path, fingerprint: str, *, repair: bool = False, shard: int = SHARD) -> None:
        self.path = path
        self._shard = shard
        self.fingerprint = fingerprint
        self._repair = repair  # open it whatever model it was made with, and leave Chroma alone
        self._lock = FileLock(path / WRITE_LOCK)
        self._cache: VectorCache | None = None
        self._changed = False

    def __enter__(self) -> LibraryWriter:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise LibraryLocked(_held(self.path)) from None
        except OSError as error:
            raise LibraryError(f"cannot write to {self.path} ({error.strerror}); choose another --library") from error
        try:
            (self.path / HOLDER).write_text(json.dumps({"pid": os.getpid()}), encoding="utf-8")
            self._open()
        except BaseException:
            self._lock.release()
            raise
        return self

    def _open(self) -> None:
        try:
            self.connection = schema.connect(self.path, write=True)
            if schema.is_empty(self.connection):
                schema.create(self.connection, self.fingerprint)
            schema.check_version(self.connection, self.path, rebuilding=self._repair)
            schema.upgrade(self.connection)
            found = schema.meta(self.connection, "fingerprint")
        except sqlite3.DatabaseError as error:
            raise LibraryError(f"the library {self.path} cannot be opened ({error}); run `rag doctor`") from error
        if self._repair:
            return
        if found != self.fingerprint:
            raise FingerprintMismatch(schema.mismatch(self.path, found, self.fingerprint))
        name = schema.meta(self.connection, "collection")
        if writing_mark(self.path, name).exists():
            self._renew()
        elif not cache_folder(self.path, name).is_dir():
            self.connection.execute("INSERT OR IGNORE INTO outbox SELECT id, row FROM passages")
        self.flush()

    def _renew(self) -> None:
        """Replace a collection that a kill or an error left half written."""
        self.connection.execute("BEGIN IMMEDIATE")
        name = new_collection(self.connection, self.path)
        schema.set_meta(self.connection, "collection", name)
        schema.set_meta(self.connection, "applied", schema.meta(self.connection, "generation"))
        self.connection.execute("DELETE FROM outbox")
        with FileLock(self.path / CHROMA_LOCK):
            self.connection.execute("COMMIT")
            remove_other_caches(self.path, name)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._cache is not None:
                self._cache.close()
                self._cache = None
            # Closing drops what was not committed, also on a disk too full for a ROLLBACK.
            self.connection.close()
        finally:
            (self.path / HOLDER).unlink(missing_ok=True)
            self._lock.release()
        if isinstance(value, sqlite3.Error):
            raise LibraryError(
                f"the library {self.path} could not be written ({value}); what was committed before is safe: "
                "mend the disk and run the same command again"
            ) from value

    # -- what the ledger knows ------------------------------------------------------------------------------------

    def files(self) -> dict[str, FileRecord]:
        """Return every file of the ledger by source."""
        return read_files(self.connection)

    def known_vectors(self, digests: Sequence[str]) -> dict[str, bytes]:
        """Return packed vectors that the library already has, by `digest`."""
        sql = "SELECT digest, vectors FROM passages WHERE digest IN (SELECT value FROM json_each(?))"
        return dict(self.connection.execute(sql, (json.dumps(list(digests)),)))

    # -- changes --------------------------------------------------------------------------------------------------

    def replace(self, file: FileRecord, documents: Sequence[NewDocument]) -> None:
        """Store a file and its documents in place of what the ledger had under the same source."""
        self._begin()
        self._forget(file.source)
        row = self.connection.execute(
            "INSERT INTO files (source, root, sha256, size, mtime_ns, fingerprint, error) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (file.source, file.root, file.sha256, file.size, file.mtime_ns, file.fingerprint, file.error),
        ).lastrowid
        generation = int(schema.meta(self.connection, "generation")) + 1
        for new in documents:
            self._insert(int(row or 0), new, generation)

    def _insert(self, file: int, new: NewDocument, generation: int) -> None:
        d = new.document
        document = self.connection.execute(
            "INSERT INTO documents (file, source, title, date, author, language, media_type, sha256, length, pages, "
            "metadata, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file, d.source, d.title, d.date, d.author, d.language, d.media_type, d.sha256, d.length,
                json.dumps([(p.start, p.end) for p in d.pages]), json.dumps(dict(d.metadata), ensure_ascii=False),
                new.text,
            ),
        ).lastrowid  # fmt: skip
        self.connection.executemany(
            "INSERT INTO grids (document, start, end, caption, names, cells) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (document, g.start, g.end, g.caption, json.dumps(g.names, ensure_ascii=False), g.cells)
                for g in new.grids
            ],
        )
        language = d.language or "en"
        title = " ".join(title_words(d.source, d.title, language))
        for ordinal, p in enumerate(new.passages):
            text = new.text[p.start : p.end]
            i = passage_id(d.source, p.start, p.end, text)
            row = self.connection.execute(
                "INSERT INTO passages (id, document, ordinal, page, start, end, section, digest, generation, "
                "sentences, text, vectors) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    i, document, ordinal, p.page, p.start, p.end, p.section, digest(text, p.sentences), generation,
                    pack_spans(p.sentences), text, p.vectors,
                ),
            ).lastrowid  # fmt: skip
            self.connection.execute(
                "INSERT INTO search (rowid, stems, title) VALUES (?, ?, ?)",
                (row, " ".join(index_words(text, language)), title),
            )
            self.connection.execute("INSERT OR IGNORE INTO outbox VALUES (?, ?)", (i, row))

    def remove(self, sources: Iterable[str]) -> None:
        """Take files and their documents out."""
        self._begin()
        for source in sources:
            self._forget(source)

    def touch(self, files: Iterable[FileRecord]) -> None:
        """Note new sizes and times of files whose bytes are the same, so that the next look is quick.

        Nothing a reader can see changes, so the generation stays; call it outside a batch.
        """
        rows = [(f.size, f.mtime_ns, f.root, f.source) for f in files]
        if rows:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.executemany("UPDATE files SET size = ?, mtime_ns = ?, root = ? WHERE source = ?", rows)
            self.connection.execute("COMMIT")

    def calibrate(self, thresholds: str) -> None:
        """Store the library's own thresholds (`rag.judge.thresholds`), or forget them where ``thresholds`` is "".

        No passage changes, so the generation stays, as in `touch`; call it outside a batch.
        """
        if thresholds:
            schema.set_meta(self.connection, schema.CALIBRATION, thresholds)
        else:
            self.connection.execute("DELETE FROM meta WHERE key = ?", (schema.CALIBRATION,))

    def _forget(self, source: str) -> None:
        rows = self.connection.execute(
            "SELECT p.row, p.id FROM passages p JOIN documents d ON d.id = p.document JOIN files f ON f.id = d.file "
            "WHERE f.source = ?",
            (source,),
        ).fetchall()
        self.connection.executemany("INSERT OR IGNORE INTO outbox VALUES (?, ?)", [(i, row) for row, i in rows])
        self.connection.executemany("DELETE FROM search WHERE rowid = ?", [(row,) for row, _ in rows])
        self.connection.execute("DELETE FROM files WHERE source = ?", (source,))

    def _begin(self) -> None:
        if not self.connection.in_transaction:
            self.connection.execute("BEGIN IMMEDIATE")
        self._changed = True

    def commit(self) -> None:
        """Make the changes since the last commit count, then tell Chroma."""
        if not self._changed:
            return
        schema.set_meta(self.connection, "generation", str(int(schema.meta(self.connection, "generation")) + 1))
        self.connection.execute("COMMIT")
        self._changed = False
        self.flush()

    # -- the outbox -----------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Bring Chroma in step with SQLite: what the outbox names is stored if SQLite has it, else forgotten.

        Doing so twice changes nothing, so a kill at any point is mended by the next call.
        """
        [(waiting,)] = self.connection.execute("SELECT count(*) FROM outbox")
        applied, generation = schema.meta(self.connection, "applied"), schema.meta(self.connection, "generation")
        if not waiting and applied == generation:
            return
        if waiting:
            with FileLock(self.path / CHROMA_LOCK), self._marked():
                fresh = self._cache is None
                cache = self.cache()
                self._apply(cache)
                if fresh:
                    self._reconcile(cache)
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("DELETE FROM outbox")
        schema.set_meta(self.connection, "applied", generation)
        self.connection.execute("COMMIT")

    @contextmanager
    def _marked(self) -> Iterator[None]:
        """Mark the collection as being written; an error, like a kill, leaves the mark for the next writer."""
        mark = writing_mark(self.path, schema.meta(self.connection, "collection"))
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        yield
        mark.unlink()

    def _apply(self, cache: VectorCache) -> None:
        # First what is gone or has another row now: nothing that is stored after it may share its place.
        gone = self.connection.execute(
            "SELECT o.row, o.id FROM outbox o LEFT JOIN passages p USING (id, row) WHERE p.row IS NULL ORDER BY o.row"
        ).fetchall()
        cache.delete([row for row, _ in gone], [i for _, i in gone])
        stored = self.connection.execute(
            "SELECT row FROM passages p WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = p.id AND o.row = p.row) "
            "ORDER BY row DESC LIMIT 1"
        ).fetchone()
        fill(cache, self.connection, _VECTORS + "JOIN outbox USING (id, row)", stored[0] if stored else 0)

    def _reconcile(self, cache: VectorCache) -> None:
        """Mend vectors that belong to other ids than SQLite has, as after a loss on the disk."""
        [(passages,)] = self.connection.execute("SELECT count(*) FROM passages")
        if cache.count() == passages:
            return
        rows = dict(self.connection.execute("SELECT id, row FROM passages"))
        held = set(cache.ids())
        self.connection.execute("CREATE TEMP TABLE lost (row INTEGER PRIMARY KEY)")
        self.connection.executemany("INSERT INTO lost VALUES (?)", [(row,) for i, row in rows.items() if i not in held])
        cache.forget(sorted(held - rows.keys()))
        fill(cache, self.connection, _VECTORS + "JOIN lost USING (row)", max(rows.values(), default=0))
        self.connection.execute("DROP TABLE lost")

    def cache(self) -> VectorCache:
        """Return the vectors in Chroma, opened on first use: most looks at an unchanged folder need none."""
        if self._cache is None:
            name = schema.meta(self.connection, "collection")
            made_by = schema.meta(self.connection, "fingerprint")
            self._cache = VectorCache(self.path, name, made_by, create=True, shard=self._shard)
        return self._cache


def new_collection(connection: sqlite3.Connection, path: Path) -> str:
    """Fill a new collection beside the one in use, out of SQLite, and return its name; the caller switches to it."""
    used = schema.meta(connection, "collection")
    remove_other_caches(path, used)  # what was begun before and killed
    name = f"passages-{int(used.rpartition('-')[2]) + 1}"
    cache = VectorCache(path, name, schema.meta(connection, "fingerprint"), create=True)
    try:
        fill(cache, connection)
    finally:
        cache.close()
    return name


def fill(cache: VectorCache, connection: sqlite3.Connection, passages: str = _VECTORS, top: int = 0) -> None:
    """Store the vectors of passages in the order of their rows; ``top`` is the highest row stored before."""
    rows = connection.execute(passages + " ORDER BY p.row")
    while chunk := rows.fetchmany(_ROWS):
        vectors = [first_row(blob, len(blob) // 2 // (spans + 1)) for _, _, blob, spans in chunk]
        cache.upsert([row for row, *_ in chunk], [i for _, i, *_ in chunk], np.stack(vectors), top)


def _held(path: Path) -> str:
    try:
        pid = json.loads((path / HOLDER).read_text(encoding="utf-8"))["pid"]
        who = f"process {pid}"
    except (OSError, ValueError, KeyError):
        who = "another process"
    return f"{who} is writing to the library {path}; wait until it ends, or stop it, and try again"
