"""The vectors of a large library lie in several Chroma collections: nothing is lost between them."""

from __future__ import annotations

import os
import platform
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.doctor import examine
from ingest.rebuild import rebuild
from rag.library import FileRecord, Library
from rag.store import schema
from rag.store.vectors import FloatArray, VectorCache
from rag.store.writer import LibraryWriter, NewDocument, NewPassage, pack_vectors
from rag.types import Document, Span
from tests.ingest_support import EMBEDDER, run, snapshot, write

FULL = 20


def vector(seed: int) -> FloatArray:
    drawn = np.random.default_rng(seed).standard_normal(8).astype(np.float32)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_any_order_of_changes(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    library, dice = tmp_path_factory.mktemp("lib"), random.Random(seed)
    cache = VectorCache(library, "passages-1", "model", create=True, shard=FULL)
    held: dict[str, int] = {}
    top = 0
    for _ in range(12):
        if held and dice.random() < 0.4:
            gone = dice.sample(sorted(held), dice.randint(1, len(held)))
            cache.delete([held[i] for i in gone], gone)
            held = {i: row for i, row in held.items() if i not in gone}
        else:
            rows = list(range(top + 1, top + 1 + dice.randint(1, 30)))
            again = sorted(dice.sample(sorted(held.values()), min(len(held), 3)))
            by_row = {row: i for i, row in held.items()} | {row: f"id{row}" for row in rows}
            rows = again + rows
            cache.upsert(rows, [by_row[r] for r in rows], np.stack([vector(r) for r in rows]), top)
            top = max(top, rows[-1])
            held |= {by_row[r]: r for r in rows}
        if dice.random() < 0.2:
            cache.close()
            cache = VectorCache(library, "passages-1", "model", create=True, shard=FULL)
        assert sorted(cache.ids()) == sorted(held)
        assert cache.count() == len(held)
        assert len(cache._loaded) <= 1
        for i in dice.sample(sorted(held), min(len(held), 5)):
            [(found, cosine)] = cache.query(vector(held[i]), 1)
            assert (found, round(cosine, 3)) == (i, 1.0)
    cache.close()


def put(writer: LibraryWriter, source: str, words: list[str]) -> None:
    """Write a file whose every line is a passage."""
    text = "\n".join(words)
    passages, start = [], 0
    for word in words:
        v = EMBEDDER.embed_query(word)
        passages.append(
            NewPassage(start, start + len(word), None, "", (Span(0, len(word)),), pack_vectors(v, v[None, :]))
        )
        start += len(word) + 1
    document = Document(source, source, len(text), "0" * 64)
    writer.replace(FileRecord(source, "", "0" * 64, len(text), 0, "f", None), [NewDocument(document, text, passages)])


def test_a_library_of_several_collections(tmp_path: Path) -> None:
    """Files that are added, changed (with passages that stay), removed: SQLite and Chroma agree at every commit."""
    library, dice = tmp_path / "lib", random.Random(4)
    for _ in range(6):
        with LibraryWriter(library, EMBEDDER.fingerprint, shard=FULL) as writer:
            for _ in range(3):
                for _ in range(3):
                    name = f"f{dice.randint(0, 11)}.txt"
                    if dice.random() < 0.25:
                        writer.remove([name])
                    else:
                        put(writer, name, [f"{name} word{n}" for n in range(dice.randint(1, 15))])
                writer.commit()
        assert examine(library).ok, examine(library)
    reader = Library.open(library)
    cache = VectorCache(library, "passages-1", EMBEDDER.fingerprint)
    assert len(cache._shards) > 3
    cache.close()
    passages = [p for d in reader.documents() for p in reader.document_passages(d.source)]
    assert len(passages) > FULL
    for p in passages:
        assert reader.dense(p.vector, 1)[0][0] == p.passage.id
    # A lost vector is mended by the next writer wherever it lay, and a stranger is sent away.
    cache = VectorCache(library, "passages-1", EMBEDDER.fingerprint, create=True, shard=FULL)
    cache.forget([passages[0].passage.id, passages[-1].passage.id])
    cache.upsert([1], ["stranger"], EMBEDDER.embed_query("x")[None, :])
    cache.close()
    assert [c.name for c in examine(library).checks if not c.ok] == ["vectors"]
    with LibraryWriter(library, EMBEDDER.fingerprint, shard=FULL) as writer:
        put(writer, "new.txt", ["new"])
        writer.commit()
    assert examine(library).ok
    before = snapshot(library)
    rebuild(library)
    assert snapshot(library) == before
    reader.close()


def test_a_library_of_the_version_before(tmp_path: Path) -> None:
    """It is read as it is; the next writer tells the vectors that a kill had left unsaid, and forgets those gone."""
    folder, library = write(tmp_path / "docs", {"a.txt": "One lamp.", "b.txt": "Two mills."}), tmp_path / "lib"
    run(folder, library)
    whole = snapshot(library)
    connection = sqlite3.connect(schema.database(library))
    [(kept,)] = connection.execute("SELECT id FROM passages LIMIT 1")
    connection.executescript(
        "DROP TABLE outbox; CREATE TABLE outbox (id TEXT PRIMARY KEY) WITHOUT ROWID;"
        "UPDATE meta SET value = '2' WHERE key = 'schema'; UPDATE meta SET value = '0' WHERE key = 'applied';"
    )
    connection.executemany("INSERT INTO outbox VALUES (?)", [(kept,), ("stranger",)])
    connection.commit()
    connection.close()
    cache = VectorCache(library, "passages-1", EMBEDDER.fingerprint, create=True)
    cache.forget([kept])
    cache.upsert([1], ["stranger"], EMBEDDER.embed_query("x")[None, :])
    cache.close()
    assert {d.source for d in Library.open(library).documents()} == {"a.txt", "b.txt"}
    run(folder, library)
    assert snapshot(library) == whole
    assert examine(library).ok


@pytest.mark.parametrize("chosen", ["", "65536"])
def test_the_allocator_is_told_unless_its_user_has_chosen(chosen: str) -> None:
    code = "from rag.store.memory import steady; import sys; sys.exit(steady())"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "MALLOC_TRIM_THRESHOLD_": chosen}, check=False
    )
    assert done.returncode == (platform.libc_ver()[0] == "glibc" and not chosen)
