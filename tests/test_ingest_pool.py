"""Several embedding processes make the library that one makes, and losing one loses nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.pool import EmbedderPool
from rag.errors import ModelError
from rag.models import PassageVectors
from rag.types import Span
from tests.ingest_support import EMBEDDER, clean_build, run, snapshot, write
from tests.support import HashEmbedder
from tests.test_faults import page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", {f"p{n}.txt": page(n) for n in range(40)} | {"twin.txt": page(3)})


def test_two_processes_make_the_same_library(folder: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    with EmbedderPool(EMBEDDER, HashEmbedder, 2) as pool:
        report = run(folder, tmp_path / "lib", embedder=pool, batch=8, progress=lambda p: seen.append(p.files))
        assert len(report.added) == 41
        assert seen == [*range(1, 42), 41]
        assert run(folder, tmp_path / "lib", embedder=pool).passages == 0
    assert snapshot(tmp_path / "lib") == clean_build(folder, tmp_path / "clean")


class Mortal(HashEmbedder):
    """Ends its process when it meets page 20."""

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        if any("page 20 " in text for text in texts):
            os._exit(9)
        return super().embed_passages(texts, sentences)


def test_a_process_that_ends_is_told_and_nothing_is_lost(folder: Path, tmp_path: Path) -> None:
    with EmbedderPool(EMBEDDER, Mortal, 2) as pool, pytest.raises(ModelError, match="run the command again"):
        run(folder, tmp_path / "lib", embedder=pool, batch=4)
    run(folder, tmp_path / "lib")
    assert snapshot(tmp_path / "lib") == clean_build(folder, tmp_path / "clean")


class Failing(HashEmbedder):
    """Raises when it meets page 20."""

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        if any("page 20 " in text for text in texts):
            raise RuntimeError("out of memory")
        return super().embed_passages(texts, sentences)


def test_an_error_in_a_process_is_raised_here(folder: Path, tmp_path: Path) -> None:
    with EmbedderPool(EMBEDDER, Failing, 1) as pool, pytest.raises(RuntimeError, match="out of memory"):
        run(folder, tmp_path / "lib", embedder=pool, batch=4)
    run(folder, tmp_path / "lib")
    assert snapshot(tmp_path / "lib") == clean_build(folder, tmp_path / "clean")
