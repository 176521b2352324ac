"""What the tests of the library and of ingest share: folders, libraries without a model, whole libraries as values.

In: files as a mapping. Out: folders on the disk, reports, snapshots that are equal when two libraries hold the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.pipeline import IngestReport, ingest
from rag.config import Settings
from rag.store import schema
from rag.store.vectors import VectorCache
from tests.support import HashEmbedder

EMBEDDER = HashEmbedder()
SETTINGS = Settings()

STORY = """The Lighthouse

Mara kept the lighthouse for thirty years. She lit the lamp at dusk and wrote the weather down.

The storm of 1911

In March 1911 a storm broke the lamp. Mara burned oil in a bucket until the morning. No ship was lost.
"""


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below ``folder``."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def run(folder: Path, library: Path, **options: Any) -> IngestReport:
    """Ingest a folder without a model."""
    settings = options.pop("settings", SETTINGS)
    embedder = options.pop("embedder", EMBEDDER)
    return ingest([folder], library, embedder, settings=settings, **options)


@dataclass(frozen=True)
class Snapshot:
    """Everything a reader can see of a library, in an order that does not depend on how it came to be."""

    files: list[Any]
    documents: list[Any]
    passages: list[Any]
    terms: list[Any]
    vectors: list[tuple[str, tuple[float, ...]]]
    outbox: list[Any]


def snapshot(library: Path) -> Snapshot:
    """Read a whole library, the Chroma ids and vectors too."""
    c = schema.connect(library)
    try:
        name, fingerprint = schema.meta(c, "collection"), schema.meta(c, "fingerprint")
        files = c.execute("SELECT source, sha256, size, error FROM files ORDER BY source").fetchall()
        documents = c.execute(
            "SELECT d.source, f.source, d.title, d.date, d.author, d.language, d.media_type, d.sha256, d.length, "
            "d.pages, d.metadata, d.text FROM documents d JOIN files f ON f.id = d.file ORDER BY d.source"
        ).fetchall()
        passages = c.execute(
            "SELECT p.id, d.source, p.ordinal, p.page, p.start, p.end, p.section, p.digest, p.sentences, p.text, "
            "p.vectors FROM passages p JOIN documents d ON d.id = p.document ORDER BY p.id"
        ).fetchall()
        terms = c.execute(
            "SELECT p.id, s.stems, s.title FROM search s LEFT JOIN passages p ON p.row = s.rowid ORDER BY 1, 2"
        ).fetchall()
        outbox = c.execute("SELECT id FROM outbox").fetchall()
    finally:
        c.close()
    cache = VectorCache(library, name, fingerprint, create=True)
    try:
        got = [cache._shard(first).get(include=["embeddings"]) for first in cache._shards]
        vectors = sorted(
            (i, tuple(round(float(x), 5) for x in v))
            for shard in got
            for i, v in zip(shard["ids"], shard["embeddings"], strict=True)
        )
    finally:
        cache.close()
    return Snapshot(files, documents, passages, terms, vectors, outbox)


def clean_build(folder: Path, scratch: Path, **options: Any) -> Snapshot:
    """Build a library of ``folder`` from nothing and read it."""
    shutil.rmtree(scratch, ignore_errors=True)
    run(folder, scratch, **options)
    return snapshot(scratch)
