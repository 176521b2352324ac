"""Whatever happens to an ingest, the next one ends in the library of a clean build.

Real processes, real kills, real stores; only the model is replaced.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import resource
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest.describe import detect_language
from ingest.doctor import examine
from ingest.pipeline import IngestReport, ingest
from rag.errors import LibraryError, LibraryLocked, RagError
from rag.library import Library
from rag.models import PassageVectors
from rag.store.vectors import writing_mark
from rag.types import Span
from tests.ingest_support import EMBEDDER, SETTINGS, clean_build, run, snapshot, write
from tests.support import HashEmbedder, Vector

# A server that has imported everything once forks the children: a kill test is about the ingest, not about imports.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["chromadb", "ingest.pipeline", "tests.ingest_support", "tests.test_faults"])
BATCH = 4


def page(n: int, version: int = 0) -> str:
    """A document of a few passages."""
    parts = [f"Paragraph {i} of page {n} in version {version} " + f"tells of matter{n}x{i} " * 14 for i in range(3)]
    return f"Page {n}\n\n" + ".\n\n".join(parts) + ".\n"


def child(folder: Path, library: Path, limit: int = 0, user: int = 0) -> None:
    """Ingest in a process of its own; ``limit`` is the size no file may pass, ``user`` who runs it."""
    if limit:
        detect_language("The model of the languages is unpacked into a file, which is not what this is about.")
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if user:
        os.setuid(user)
    try:
        ingest([folder], library, EMBEDDER, settings=SETTINGS, batch=BATCH, prune=True)
    except LibraryError:
        os._exit(3)


def start(*args: object) -> multiprocessing.process.BaseProcess:
    process = PROCESSES.Process(target=child, args=args)
    process.start()
    return process


def again(folder: Path, library: Path) -> IngestReport:
    return run(folder, library, prune=True, batch=BATCH)


def mutate(folder: Path, dice: random.Random, version: int) -> None:
    """Add, change, delete and rename a few files."""
    files = sorted(folder.rglob("*.txt"))
    for _ in range(dice.randint(2, 5)):
        what, file = dice.choice(["add", "add", "update", "delete", "rename"]), dice.choice(files)
        if what == "add":
            write(folder, {f"p{dice.randint(0, 30)}.txt": page(dice.randint(0, 30), version)})
        elif file.exists() and what == "update":
            file.write_text(page(dice.randint(0, 30), version))
        elif file.exists() and what == "delete" and len(files) > 4:
            file.unlink()
        elif file.exists() and what == "rename":
            (folder / "sub").mkdir(exist_ok=True)
            file.rename(folder / "sub" / f"r{dice.randint(0, 99)}.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", {f"p{n}.txt": page(n) for n in range(10)})


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_sixty_kills(folder: Path, tmp_path: Path) -> None:
    dice = random.Random(7)
    library = tmp_path / "lib"
    took = 0.5
    killed = 0
    for n in range(60):
        if n % 12 == 0:
            shutil.rmtree(library, ignore_errors=True)  # a first ingest can be killed as well
        mutate(folder, dice, n)
        process = start(folder, library)
        begun = time.time()
        process.join(dice.uniform(0, took))
        if process.is_alive():
            process.kill()
            killed += 1
        else:
            took = 0.9 * took + 0.1 * (time.time() - begun)
        process.join()
        again(folder, library)
        assert snapshot(library) == clean_build(folder, tmp_path / "clean"), f"round {n}"
    assert killed >= 30


class Quick(HashEmbedder):
    """As deterministic, and quick: the time goes into the stores."""

    def embed_query(self, text: str) -> Vector:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        drawn = np.random.default_rng(seed).standard_normal(self.dimensions).astype(np.float32)
        unit: Vector = drawn / np.linalg.norm(drawn)
        return unit


def quick(folder: Path, library: Path) -> None:
    ingest([folder], library, Quick(), settings=SETTINGS, batch=400, prune=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_while_chroma_writes_its_index(tmp_path: Path) -> None:
    """Chroma writes its index in place every thousand vectors, and does not survive a kill there: the library does."""
    dice = random.Random(11)
    folder, library = tmp_path / "docs", tmp_path / "lib"
    killed = 0
    for version in range(10):
        write(folder, {f"p{n}.txt": "\n\n".join(page(n * 100 + i, version) for i in range(40)) for n in range(15)})
        process = PROCESSES.Process(target=quick, args=(folder, library))
        process.start()
        while process.is_alive() and not list(library.rglob(".writing")):
            time.sleep(0.001)
        process.join(dice.uniform(0, 0.6))
        if process.is_alive():
            process.kill()
            killed += 1
        process.join()
        if version % 3 == 2:
            run(folder, library, embedder=Quick(), batch=400, prune=True)
            assert snapshot(library) == clean_build(folder, tmp_path / "clean", embedder=Quick())
            assert examine(library).ok
    assert killed >= 5


def test_half_written_vectors_are_not_opened_and_are_made_anew(folder: Path, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    again(folder, library)
    before = snapshot(library)
    mark = writing_mark(library, "passages-1")
    for file in mark.parent.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\xff" * 5000)
    mark.touch()
    reader = Library.open(library)
    for wanted in reader.document_passages("p1.txt"):
        assert reader.dense(wanted.vector, 1)[0][0] == wanted.passage.id
    assert [c.name for c in examine(library).checks if not c.ok] == ["vectors"]
    again(folder, library)
    assert [f.name for f in (library / "chroma").iterdir()] == ["passages-2"]
    assert snapshot(library) == before
    assert examine(library).ok
    assert reader.dense(wanted.vector, 1)[0][0] == wanted.passage.id
    reader.close()


class Suicide(HashEmbedder):
    """Kills its own process at the n-th batch."""

    def __init__(self, at: int) -> None:
        self.left = at

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), 9)
        return super().embed_passages(texts, sentences)


def doomed(folder: Path, library: Path, at: int) -> None:
    ingest([folder], library, Suicide(at), settings=SETTINGS, batch=BATCH)


def test_what_was_committed_before_a_kill_is_not_done_again(folder: Path, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    process = PROCESSES.Process(target=doomed, args=(folder, library, 3))
    process.start()
    process.join()
    assert process.exitcode == -9
    done = len(Library.open(library).documents())
    assert done > 0
    report = again(folder, library)
    assert len(report.unchanged) == done
    assert snapshot(library) == clean_build(folder, tmp_path / "clean")


class Failing(HashEmbedder):
    """Raises at the n-th batch."""

    def __init__(self, at: int) -> None:
        self.left = at

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("the model is out of memory")
        return super().embed_passages(texts, sentences)


@pytest.mark.parametrize("at", [0, 1, 3])
def test_an_embedder_that_raises(folder: Path, tmp_path: Path, at: int) -> None:
    library = tmp_path / "lib"
    with pytest.raises(RuntimeError, match="out of memory"):
        run(folder, library, embedder=Failing(at), batch=BATCH)
    again(folder, library)
    write(folder, {f"p{n}.txt": page(n, 1) for n in range(4)})
    (folder / "p9.txt").unlink()
    with pytest.raises(RuntimeError, match="out of memory"):
        run(folder, library, embedder=Failing(0), batch=BATCH)
    assert "version 0" in Library.open(library).text("p0.txt")
    again(folder, library)
    assert snapshot(library) == clean_build(folder, tmp_path / "clean")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("file", ["library.sqlite3", "chroma.sqlite3"])
def test_a_full_disk(folder: Path, tmp_path: Path, share: float, file: str) -> None:
    """No file may grow past a share of what it needs: the ingest ends with a message; with room again it is whole."""
    write(folder, {f"q{n}.txt": page(n, 5) for n in range(40)})
    clean = clean_build(folder, tmp_path / "clean")
    [needed] = [f.stat().st_size for f in (tmp_path / "clean").rglob(file)]
    library = tmp_path / "lib"
    process = start(folder, library, int(needed * share))
    process.join()
    assert process.exitcode == 3
    again(folder, library)
    assert snapshot(library) == clean


def test_a_file_that_may_not_be_read_keeps_its_old_version(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        folder = write(top / "docs", {f"p{n}.txt": page(n) for n in range(4)})
        library = top / "lib"
        again(folder, library)
        write(folder, {"p1.txt": page(1, 9)})
        (folder / "p1.txt").chmod(0)
        (folder / "closed").mkdir(mode=0)
        for path in (top, library, *library.rglob("*")):
            path.chmod(0o777)
        process = start(folder, library, 0, 65534 if os.getuid() == 0 else 0)
        process.join()
        assert process.exitcode == 0
        opened = Library.open(library)
        assert "version 0" in opened.text("p1.txt")
        opened.close()
        (folder / "p1.txt").chmod(0o644)
        (folder / "closed").rmdir()
        assert again(folder, library).updated == ("p1.txt",)
        assert snapshot(library) == clean_build(folder, tmp_path / "clean")


def test_a_file_that_changes_while_it_is_read(folder: Path, tmp_path: Path) -> None:
    big = folder / "big.txt"
    big.write_bytes(b"A line of a log.\n" * 1_000_000)
    stop = threading.Event()

    def append() -> None:
        with big.open("ab", buffering=0) as file:
            while not stop.wait(0.0001):
                file.write(b"x")

    thread = threading.Thread(target=append)
    thread.start()
    try:
        report = run(folder, tmp_path / "lib")
    finally:
        stop.set()
        thread.join()
    assert dict(report.failed) == {"big.txt": "it changed while it was read"}
    assert len(report.added) == 10


def test_two_ingests_at_once(folder: Path, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    with (
        Library.writer(library, EMBEDDER.fingerprint),
        pytest.raises(LibraryLocked, match=f"process {os.getpid()} is writing"),
    ):
        run(folder, library)
    again(folder, library)
    assert snapshot(library) == clean_build(folder, tmp_path / "clean")


def test_a_reader_beside_an_ingest_never_fails_and_is_never_late(folder: Path, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    again(folder, library)
    reader = Library.open(library)
    write(folder, {f"n{n}.txt": page(100 + n) for n in range(40)})
    process = start(folder, library)
    seen: set[int] = set()
    try:
        while process.is_alive():
            for n in range(40):
                committed = f"n{n}.txt" in {d.source for d in reader.documents()}
                question = EMBEDDER.embed_query(f"Page {100 + n} matter{100 + n}x0 matter{100 + n}x0")
                hits = reader.passages([i for i, _ in reader.dense(question, 3)])
                assert len(hits) == 3
                if committed:
                    assert f"n{n}.txt" in {h.passage.source for h in hits}
                    seen.add(n)
    finally:
        process.join()
    assert process.exitcode == 0
    assert seen
    assert len(reader.documents()) == 50
    reader.close()


def test_lost_vectors_are_made_again_from_the_passages(folder: Path, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    again(folder, library)
    before = snapshot(library)
    shutil.rmtree(library / "chroma")
    with pytest.raises(RagError, match="rag rebuild"):
        Library.open(library).dense(EMBEDDER.embed_query("anything"), 3)
    again(folder, library)
    assert snapshot(library) == before
