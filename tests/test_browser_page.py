"""The page around the conversation, in chromium: an empty library filled by a drop, conversations that come back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rag.config import Settings
from rag.models import Embedder
from tests.browser_support import PHONE, Visit, Visitor, browser, visit
from ui.doors.alone import Running
from ui.house import House
from ui.intake import Intake
from ui.web import launch

__all__ = ["browser", "visit"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.model]

LAKE = (
    "The lake froze on 3 January 2021. Its ferry rested until the ice broke in March.\n\nAnna Lund steers the ferry.\n"
)
MILL = "The mill grinds barley on Tuesdays. Its wheel was made of oak by Per Holm in 1887.\n"
DROP = """([target, files]) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector(target).dispatchEvent(
      new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


@dataclass
class Shop:
    """A page that begins with no library, and can be stopped and started on the same port."""

    house: House
    port: int = 0
    served: Running | None = None
    intake: Intake | None = None
    address: str = ""

    def open(self) -> str:
        self.house = House(self.house.settings, embedder=self.house.embedder())
        self.intake = Intake(self.house)
        self.served, self.address = launch(self.house, host="127.0.0.1", port=self.port, intake=self.intake)
        self.port = int(self.address.rstrip("/").rpartition(":")[2])
        self.house.open_in_background(print)
        self.intake.start()
        return self.address

    def shut(self) -> None:
        assert self.served is not None
        assert self.intake is not None
        self.served.close()
        self.intake.close()
        self.house.close()


@pytest.fixture
def shop(tmp_path: Path, embedder: Embedder) -> Iterator[Shop]:
    made = Shop(House(Settings.load(environ={}, library=str(tmp_path / "library")), embedder=embedder))
    made.open()
    yield made
    made.shut()


def drop(visitor: Visitor, *files: tuple[str, str]) -> None:
    visitor.page.evaluate(DROP, ["#talk", [list(file) for file in files]])


def test_an_empty_library_is_filled_asked_and_emptied(visit: Visit, shop: Shop) -> None:
    visitor = visit(shop.address)
    page = visitor.page
    expect(page.locator(".offer")).to_be_visible()
    expect(page.locator(".offer button")).to_have_text(["Choose files", "Choose a folder", "Try the sample"])
    drop(visitor, ("lake.txt", LAKE), ("mill.txt", MILL), ("broken.json", "{"))
    expect(page.locator(".book")).to_have_count(2, timeout=60_000)
    expect(page.locator(".offer")).not_to_be_visible()
    expect(page.locator("#status")).to_contain_text("2 documents")
    failed = page.locator('#way [data-state="failed"]')
    expect(failed).to_contain_text("broken.json")
    expect(failed.locator("button")).to_have_text("Retry")
    turn = visitor.ask("When did the lake freeze?")
    expect(turn.locator(".text")).to_contain_text("3 January 2021")
    expect(visitor.quote()).to_contain_text("The lake froze")
    # A checkbox bounds who may answer.
    page.locator("[data-shelf]").click()
    page.locator('[data-scope="mill.txt"]').check()
    expect(page.locator("#scope")).to_contain_text("Asking only mill.txt")
    expect(visitor.ask("When did the lake freeze?")).to_have_class(re.compile("refused"))
    page.locator("[data-unscope]").click()
    expect(page.locator("#scope")).not_to_be_visible()
    # The original is given back, a removal can be undone, and the source that is gone still says what was quoted.
    page.locator('[data-source="lake.txt"] summary').click()
    with page.expect_download() as given:
        page.locator('[data-original="lake.txt"]').click()
    assert Path(given.value.path()).read_text() == LAKE
    page.locator('[data-source="lake.txt"] summary').click()
    page.locator('[data-remove="lake.txt"]').click()
    expect(page.locator("#status")).to_contain_text("1 document", timeout=60_000)
    expect(page.locator("#toast")).to_contain_text("lake.txt is removed.")
    turn.locator("sup.fn button").first.click()
    expect(page.locator("#pane .notice")).to_contain_text("It said: “The lake froze on 3 January 2021")
    page.locator("[data-undo]").click()
    expect(page.locator("#status")).to_contain_text("2 documents", timeout=60_000)
    turn.locator("sup.fn button").first.click()
    expect(visitor.quote()).to_contain_text("The lake froze")


def test_a_conversation_comes_back_and_is_the_visitors_own(visit: Visit, shop: Shop) -> None:
    visitor = visit(shop.address)
    page = visitor.page
    drop(visitor, ("lake.txt", LAKE))
    expect(page.locator(".book")).to_have_count(1, timeout=60_000)
    visitor.ask("When did the lake freeze?")
    visitor.ask("Who steers the ferry?")
    address = page.url
    assert re.search(r"/c/[\w-]{22}$", address)
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    page.goto("about:blank")
    page.goto(f"{address}#t2-1")
    expect(visitor.quote()).to_contain_text("Anna Lund")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    assert page.url == shop.address
    page.go_back()
    expect(page.locator(".turn")).to_have_count(2)
    # A new process on the same library has it still, and a question goes on from it.
    shop.shut()
    expect(page.locator("#gone")).to_be_visible()
    page.locator("#question textarea").fill("What does she steer?")
    page.keyboard.press("Enter")
    expect(page.locator("#question textarea")).to_have_value("")
    expect(page.locator("#line")).to_contain_text("Next: What does she steer?")
    visitor.wrongs.clear()  # the browser says in its console that nobody answered
    shop.open()
    expect(page.locator(".turn:not([aria-busy])")).to_have_count(3, timeout=60_000)
    expect(page.locator("#gone")).not_to_be_visible()
    visitor.wrongs.clear()
    # The list: renamed, deleted, had back; nobody else's.
    page.locator("[data-view=history]").click()
    page.locator("[data-rename]").click()
    page.keyboard.type("Ice")
    page.keyboard.press("Enter")
    expect(page.locator(".talk")).to_have_text("Ice")
    page.locator("#recall").fill("steers")
    expect(page.locator(".talk")).to_have_count(1)
    page.locator("[data-delete]").click()
    expect(page.locator(".talk")).to_have_count(0)
    page.locator("#recall").fill("")
    page.locator("[data-undo]").click()
    expect(page.locator(".talk")).to_have_text("Ice")
    page.locator(".talk").click()
    expect(page.locator(".turn")).to_have_count(3)
    other = visit(address)
    other.page.goto(address)
    expect(other.page.locator("#toast")).to_contain_text("another visitor's")
    expect(other.page.locator(".turn")).to_have_count(0)
    other.wrongs.clear()  # the browser says in its console that there was none
    # Private: nothing is kept, and the address says nothing.
    page.locator("[data-private]").check()
    visitor.ask("When did the lake freeze?")
    assert page.url == shop.address
    page.reload()
    expect(page.locator("#status b").first).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)


def test_a_phone_has_a_bar_and_sheets_that_back_closes(visit: Visit, shop: Shop) -> None:
    visitor = visit(shop.address, viewport=PHONE, has_touch=True, is_mobile=True)
    page = visitor.page
    expect(page.locator(".offer")).to_be_visible()
    page.locator("#files").set_input_files({"name": "lake.txt", "mimeType": "text/plain", "buffer": LAKE.encode()})
    expect(page.locator("#status")).to_contain_text("1 document", timeout=60_000)
    turn = visitor.ask("When did the lake freeze?")
    turn.locator("sup.fn button").first.tap()
    expect(visitor.quote()).to_be_visible()
    page.go_back()
    expect(page.locator("#sources")).not_to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)
    page.locator("[data-view=library]").tap()
    expect(page.locator(".book")).to_be_visible()
    page.locator("[data-view=history]").tap()
    expect(page.locator(".talk")).to_have_count(1)
    for _ in range(12):  # the focus stays in what covers the page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('#history') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("#history")).not_to_be_visible()
    page.locator("[data-view=ask]").tap()
    expect(page.locator("#question textarea")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
