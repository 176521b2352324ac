"""A browser for the tests of the chat page: visitors that note whatever must not happen.

Any request beyond loopback, any dialog and any error in the console fails the test that it happens in.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from rag.engine import Engine
from ui.house import House
from ui.web import launch

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=15_000)
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless chromium for this module."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("no chromium: `make test` installs it; else name it in CHROMIUM")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


class Visitor:
    """A browser of its own (cookies, storage, session) that notes what it must not do."""

    def __init__(self, browser: Browser, address: str, **options: object) -> None:
        self.context: BrowserContext = browser.new_context(**{"viewport": DESKTOP, **options})  # type: ignore[arg-type]
        self.context.set_default_timeout(20_000)
        self.wrongs: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("request", lambda request: self._check(request.url))
        self.page.on("pageerror", lambda error: self.wrongs.append(f"script error: {error}"))
        self.page.on("dialog", lambda dialog: self.wrongs.append(f"dialog: {dialog.message}"))
        self.page.on("console", lambda note: self._hear(note.type, note.text))
        self.page.goto(address, wait_until="load")
        expect(self.page.locator("#status b").first).to_be_visible()

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            self.wrongs.append(f"request: {url}")

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error":
            self.wrongs.append(f"console: {text}")

    def type(self, question: str) -> None:
        """Type a question and send it with Enter."""
        self.page.locator("#question textarea").fill(question)
        self.page.keyboard.press("Enter")

    def ask(self, question: str) -> Locator:
        """Ask, and wait for the whole turn."""
        before = self.page.locator(".turn").count()
        self.type(question)
        turn = self.page.locator(".turn").nth(before)
        expect(turn).to_be_visible()
        expect(turn).not_to_have_attribute("aria-busy", "true")
        return turn

    def quote(self) -> Locator:
        """The highlighted words in the source pane."""
        return self.page.locator("#pane mark")


Visit = Callable[..., Visitor]


@contextlib.contextmanager
def serving(engine: object) -> Iterator[str]:
    """The page of an engine on a free port."""
    page, address = launch(House.of(cast(Engine, engine)), host="127.0.0.1", port=0)
    yield address
    page.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens visitors, and afterwards asks each what went wrong."""
    visitors: list[Visitor] = []

    def come(address: str, **options: object) -> Visitor:
        visitors.append(Visitor(browser, address, **options))
        return visitors[-1]

    yield come
    wrongs = [wrong for visitor in visitors for wrong in visitor.wrongs]
    for visitor in visitors:
        visitor.context.close()
    assert wrongs == []


def in_view(visitor: Visitor, inner: Locator, outer: str) -> bool:
    """True when the whole of one element is inside another's box on the screen."""
    box, frame = inner.bounding_box(), visitor.page.locator(outer).bounding_box()
    assert box is not None
    assert frame is not None
    return box["y"] >= frame["y"] and box["y"] + box["height"] <= frame["y"] + frame["height"]
