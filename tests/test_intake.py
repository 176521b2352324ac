"""Files that are given to the page: named, kept, read, cancelled, removed, put back; none is lost to a kill."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from ingest.pipeline import ingest
from rag.config import Settings
from rag.engine import Engine
from rag.errors import RagError
from rag.library import Library
from rag.models import PassageVectors
from rag.types import Span
from tests.support import HashEmbedder
from tests.web_support import StubEngine, StubLibrary
from ui.desk import Desk
from ui.house import House
from ui.intake import Intake, clean_name

LAKE = "The lake freezes in January. Its ferry stops on the second Monday of that month."


def plain(settings: Settings) -> House:
    """A house whose model needs no loading."""
    return House(settings, embedder=HashEmbedder())


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    house = plain(Settings.load(environ={}, library=str(tmp_path / "library"), max_file_mb=1))
    made = Intake(house)
    made.start()
    yield made
    made.close()
    house.close()


def give(intake: Intake, name: str, text: str = LAKE) -> str:
    source, written = intake.place(name)
    written.write_text(text, encoding="utf-8")
    intake.received(source, written)
    return source


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def held(intake: Intake) -> list[str]:
    until(lambda: not intake.busy())
    library = intake.house.library
    return [document.source for document in library.documents()] if library else []


def states(intake: Intake) -> dict[str, str]:
    until(lambda: not intake.busy())
    return {item["source"]: item["state"] for item in intake.state()["items"]}


def test_a_file_is_read_removed_and_put_back(intake: Intake) -> None:
    assert give(intake, "winter/lake.txt") == "winter/lake.txt"
    assert held(intake) == ["winter/lake.txt"]
    assert states(intake) == {}  # what is done needs no look
    token = intake.remove("winter/lake.txt")
    assert held(intake) == []
    intake.undo(token)
    assert held(intake) == ["winter/lake.txt"]
    with pytest.raises(RagError, match="too late"):
        intake.undo(token)
    give(intake, "winter/lake.txt", LAKE + " Ice holds a cart.")  # given again it is the new one
    assert held(intake) == ["winter/lake.txt"]
    library = intake.house.library
    assert library is not None
    assert "cart" in library.text("winter/lake.txt")


def test_what_cannot_be_read_says_why_and_can_be_tried_again(intake: Intake) -> None:
    give(intake, "good.txt")
    give(intake, "bad.json", "{")
    assert states(intake) == {"bad.json": "failed"}
    assert intake.state()["items"][0]["reason"]
    (intake.folder / "bad.json").write_text('[{"lake": "It freezes in January."}]')
    intake.again("bad.json")
    assert held(intake) == ["bad.json", "good.txt"]
    generation = intake.house.library.generation  # type: ignore[union-attr]
    intake.again("good.txt")  # unchanged, and read again all the same
    until(lambda: not intake.busy())
    assert intake.house.library.generation > generation  # type: ignore[union-attr]
    give(intake, "worse.json", "{")
    assert states(intake) == {"worse.json": "failed"}
    intake.cancel("worse.json")
    until(lambda: not intake.busy())
    assert intake.house.library.files().keys() == {"good.txt", "bad.json"}  # type: ignore[union-attr]


def test_an_ingest_of_the_folder_around_leaves_the_uploads_alone(tmp_path: Path, intake: Intake) -> None:
    """The library lies in the folder that is ingested, under a name that is not hidden."""
    (tmp_path / "notes.txt").write_text("The notes of the ferry master.")
    settings = intake.house.settings
    ingest([tmp_path], settings.library, HashEmbedder(), settings=settings)
    assert give(intake, "notes.txt") == "notes (2).txt"  # neither hides the other
    assert held(intake) == ["notes (2).txt", "notes.txt"]
    with pytest.raises(RagError, match="folder of yours"):
        intake.remove("notes.txt")
    ingest([tmp_path], settings.library, HashEmbedder(), settings=settings, prune=True)
    assert held(intake) == ["notes (2).txt", "notes.txt"]


def test_a_page_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """What was received whole is read; what was cut short, or removed, is gone: as in a page that was not killed."""
    settings = Settings.load(environ={}, library=str(tmp_path / "library"))
    first = Intake(plain(settings))  # its thread never runs, as after a kill
    give(first, "a.txt")
    give(first, "b.txt", LAKE + " More.")
    first.place("half.txt")[1].write_text("The first ha")
    second = Intake(plain(settings))
    second.start()
    assert held(second) == ["a.txt", "b.txt"]
    second.remove("a.txt")
    assert held(second) == ["b.txt"]
    second.close()
    third = Intake(plain(settings))
    third.start()
    assert held(third) == ["b.txt"]
    third.close()
    assert sorted(p.name for p in third.folder.rglob("*") if p.is_file()) == ["b.txt"]
    clean = tmp_path / "clean"
    ingest([second.folder], clean, HashEmbedder(), settings=settings)
    assert Library.open(clean).documents() == Library.open(settings.library).documents()


@pytest.mark.parametrize("name", ["", ".", "../up.txt", "a/../../b", ".hidden", "a/.git/config", "x" * 300, "\0"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(RagError):
        clean_name(name)


def test_names_are_made_sources() -> None:
    assert clean_name("/etc/passwd") == "etc/passwd"
    assert clean_name("C:\\reports\\Q1.pdf") == "C:/reports/Q1.pdf"
    assert clean_name("cafe\u0301.txt") == "café.txt"


def test_a_read_only_page_takes_nothing_in(tmp_path: Path) -> None:
    intake = Intake(plain(Settings.load(environ={}, library=str(tmp_path))), read_only=True)
    for wish in (
        lambda: intake.place("a.txt"), intake.sample, lambda: intake.remove("a"), lambda: intake.again("a"),
        lambda: intake.cancel("a"), lambda: intake.undo("a"),
    ):  # fmt: skip
        with pytest.raises(RagError, match="read only"):
            wish()
    assert not intake.folder.exists()


class Held(HashEmbedder):
    """A model that is done with nothing until it may."""

    def __init__(self) -> None:
        self.may = threading.Event()

    def embed_passages(self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        """Wait, then embed."""
        assert self.may.wait(60)
        return super().embed_passages(texts, sentences)


def test_what_waits_counts_also_where_it_came_after_the_reading_began(tmp_path: Path) -> None:
    """The bar and a refusal tell of all files that wait, not of the ingest in work alone."""
    model = Held()
    house = House(Settings.load(environ={}, library=str(tmp_path / "library")), embedder=model)
    intake = Intake(house)
    desk = Desk(house, intake=intake)
    for number in range(2):
        give(intake, f"early{number}.txt", f"{LAKE} Jetty {number}.")
    *_, (html, turns) = desk.ask("Who baked the cake?", [])
    assert ("2 of 2 documents are still being read" in html, turns) == (True, [])  # no library yet, and that is why
    intake.start()
    until(lambda: intake.state()["running"] is not None and intake.state()["running"]["name"] == "early1.txt")
    for number in range(5):
        give(intake, f"late{number}.txt", f"{LAKE} Berth {number}.")
    running = intake.state()["running"]
    assert (running["done"], running["total"], intake.left()) == (0, 7, (7, 7))
    stub = cast(Engine, StubEngine(StubLibrary({"a.txt": LAKE})))
    full = Desk(House.of(stub), intake=intake)
    *_, (html, turns) = full.ask("¿Quién horneó el pastel?", [], coming=3)  # three that the browser has yet to send
    assert "10 de 10 documentos se están leyendo" in html
    assert turns[0].answer.refused
    *_, (html, _) = full.ask("When does the lake freeze in January?", [])
    assert "still being read" not in html  # an answer is not in doubt

    model.may.set()

    until(lambda: not intake.busy())
    assert intake.left() == (0, 0)
    *_, (html, _) = full.ask("Who baked the cake?", [])
    assert "still being read" not in html
    intake.close()
    house.close()
