"""The full-text index and the vectors made anew out of SQLite, without the files the library came from.

In: a library and, when another model shall embed it, an `Embedder`. Out: `RebuildReport`. Everything happens beside
what is in use and replaces it in one transaction: a reader sees the old library or the new one, a kill leaves the old.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from ingest.pipeline import Progress
from ingest.split import split
from rag.errors import LibraryError
from rag.models import Embedder, PassageVectors
from rag.store import schema
from rag.store.dense import CHROMA_LOCK
from rag.store.vectors import digest, pack_spans, remove_other_caches, unpack_spans
from rag.store.writer import LibraryWriter, new_collection, pack_vectors, passage_id
from rag.text import index_words, title_words
from rag.types import Span

_ROWS = 500
_AT_ONCE = 256  # passages a call of the model gets


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild made; ``embedded`` counts the passages that a model read, none when only indexes were made."""

    documents: int
    passages: int
    embedded: int
    seconds: float


def rebuild(
    library: str | Path,
    embedder: Embedder | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> RebuildReport:
    """Make the indexes of a library anew. With an ``embedder`` other than the library's, embed every passage again."""
    path, started = Path(library), time.time()
    if not schema.database(path).is_file():
        raise LibraryError(f"no library at {path}; run `rag ingest FOLDER --library {path}`")
    with LibraryWriter(path, embedder.fingerprint if embedder else "", repair=True) as writer:
        c = writer.connection
        old = schema.meta(c, "fingerprint")
        c.execute("BEGIN IMMEDIATE")
        embedded = 0
        if embedder is not None and embedder.fingerprint != old:
            embedded = _embed(c, embedder, progress or (lambda _: None), started)
            schema.set_meta(c, "fingerprint", embedder.fingerprint)
        _search(c)
        schema.set_meta(c, "schema", schema.SCHEMA_VERSION)
        name = new_collection(c, path)
        generation = str(int(schema.meta(c, "generation")) + 1)
        for key, value in (("generation", generation), ("applied", generation), ("collection", name)):
            schema.set_meta(c, key, value)
        c.execute("DELETE FROM outbox")
        with FileLock(path / CHROMA_LOCK):
            c.execute("COMMIT")
            remove_other_caches(path, name)
        [(documents, passages)] = c.execute("SELECT (SELECT count(*) FROM documents), count(*) FROM passages")
    return RebuildReport(documents, passages, embedded, time.time() - started)


def _rows(c: sqlite3.Connection, sql: str) -> Iterator[list[Any]]:
    cursor = c.execute(sql)
    while rows := cursor.fetchmany(_ROWS):
        yield rows


def _search(c: sqlite3.Connection) -> None:
    """Make the full-text index again, with the stems of this version."""
    for table in ("terms", "search"):
        c.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in schema.SEARCH.split(";\n"):
        c.execute(statement)
    sql = (
        "SELECT p.row, p.text, d.source, d.title, coalesce(d.language, 'en') "
        "FROM passages p JOIN documents d ON d.id = p.document"
    )
    for rows in _rows(c, sql):
        c.executemany(
            "INSERT INTO search (rowid, stems, title) VALUES (?, ?, ?)",
            [
                (row, " ".join(index_words(text, lang)), " ".join(title_words(source, title, lang)))
                for row, text, source, title, lang in rows
            ],
        )


def _embed(c: sqlite3.Connection, embedder: Embedder, progress: Callable[[Progress], None], started: float) -> int:
    """Embed every passage with another model; one that is too long for it is cut."""
    sources = c.execute("SELECT id, source, language FROM documents ORDER BY source").fetchall()
    done = embedded = 0
    waiting: list[tuple[int, str, list[_Part]]] = []
    for document, source, language in sources:
        waiting.append((document, source, _parts(c, document, language or "en", embedder)))
        count = sum(len(parts) for _, _, parts in waiting)
        if count < _AT_ONCE and done + len(waiting) < len(sources):
            continue
        everything = [p for _, _, parts in waiting for p in parts]
        made = iter(embedder.embed_passages([p.text for p in everything], [p.sentences for p in everything]))
        for document, source, parts in waiting:
            _replace(c, document, source, list(zip(parts, made, strict=False)))
        done, embedded = done + len(waiting), embedded + count
        progress(Progress(done, len(sources), embedded, time.time() - started, source))
        waiting.clear()
    return embedded


def _parts(c: sqlite3.Connection, document: int, language: str, embedder: Embedder) -> list[_Part]:
    rows = c.execute(
        "SELECT page, start, section, sentences, text FROM passages WHERE document = ? ORDER BY ordinal", (document,)
    )
    return [part for row in rows.fetchall() for part in _recut(row, embedder, language)]


def _replace(c: sqlite3.Connection, document: int, source: str, passages: list[tuple[_Part, PassageVectors]]) -> None:
    c.execute("DELETE FROM passages WHERE document = ?", (document,))
    generation = int(schema.meta(c, "generation")) + 1
    c.executemany(
        "INSERT INTO passages (id, document, ordinal, page, start, end, section, digest, generation, sentences, "
        "text, vectors) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                passage_id(source, p.start, p.start + len(p.text), p.text), document, n, p.page, p.start,
                p.start + len(p.text), p.section, digest(p.text, p.sentences), generation,
                pack_spans(p.sentences), p.text, pack_vectors(v.passage, v.sentences),
            )
            for n, (p, v) in enumerate(passages)
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    page: int | None
    start: int
    section: str
    sentences: tuple[Span, ...]
    text: str


def _recut(row: Any, embedder: Embedder, language: str) -> list[_Part]:
    page, start, section, sentences, text = row
    if embedder.count_tokens(text) <= embedder.max_tokens:
        return [_Part(page, start, section, unpack_spans(sentences), text)]
    return [
        _Part(page, start + p.start, section, tuple(Span(s.start - p.start, s.end - p.start) for s in p.sentences),
              text[p.start : p.end])
        for p in split(text, embedder.count_tokens, embedder.max_tokens, language=language, headings=())
    ]  # fmt: skip
