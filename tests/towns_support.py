"""Five made towns with a harbour each: a small library whose every sentence can be asked for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.own_questions import Made
from rag.config import Settings
from rag.library import Library
from rag.types import Span
from tests.ingest_support import run, write

PLAIN = Settings.load(environ={}, reader="none")
TOWNS = {
    "Aldermoor": ("Petra Lindqvist", "1911", "4,310", "slate"),
    "Brinfell": ("Oskar Hallam", "1926", "7,205", "copper"),
    "Corriedale": ("Ines Barroso", "1948", "1,480", "wool"),
    "Dunvarra": ("Tomas Egeland", "1963", "9,930", "herring"),
    "Eskholm": ("Greta Paulsen", "1985", "2,675", "timber"),
}
TELLS = (
    "The harbour of {town} was rebuilt by {name} after the storm of the winter. "
    "The lighthouse of {town} was finished in {year} by masons from the north. "
    "The ferry from {town} carried {count} passengers in its first summer. "
    "Merchants of {town} shipped {goods} to Lisbon on ships of their own. "
    "It closed in 1999.\n"
)
FILES = {
    f"{town}.txt": f"{town}\n\n{TELLS.format(town=town, name=name, year=year, count=count, goods=goods)}"
    for town, (name, year, count, goods) in TOWNS.items()
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of `FILES`. Read it; do not write to it."""
    folder = tmp_path_factory.mktemp("towns")
    run(write(folder / "docs", FILES), folder / "lib")
    return folder / "lib"


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Path:
    """A library of `FILES` of the test's own."""
    shutil.copytree(built, tmp_path / "lib")
    return tmp_path / "lib"


@pytest.fixture
def library(built: Path) -> Library:
    return Library.open(built)


def made(answer: str = "1911", language: str = "en", words: Sequence[str] = ("lighthous", "finish", "mason")) -> Made:
    return Made("?", answer, "", "other.txt", Span(0, 9), language, frozenset(words))
