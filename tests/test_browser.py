"""The chat page in Debian's chromium: what a reader sees, clicks and types.

Any request beyond loopback, any dialog and any error in the console fails the test it happens in.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from web_support import StubEngine, StubLibrary

from rag.engine import Engine
from ui.web import launch

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)

SEED = "000_678fa3628cc71388.txt"
SEED_TEXT = (Path(__file__).resolve().parent.parent / "seeds" / SEED).read_text(encoding="utf-8")
ASKED = "Who formalized the request for support from the United States, and when?"
ABSENT = "Who won the chess tournament in Reykjavik?"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
HOSTILE = "\n\n".join(
    [
        "Hostile notes of the museum",
        "<script>document.title = 'owned by script'</script> The museum guard "
        """<img src="http://example.com/x.png" onerror="document.title='owned by img'"> watched the painting """
        "{{constructor.constructor('document.title=1')()}} ${document.title='owned by template'} at night.",
        "The museum cellar holds ![a picture](http://example.com/y.png) and </mark></p></article>"
        '<form action="http://example.com"><input name="q"> a golden statue.',
        """<svg onload="document.title='owned by svg'"></svg><a href="javascript:alert(1)">click</a> The end.""",
    ]
)
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
        pytest.skip("no chromium: install it with `apt-get install chromium` or name it in CHROMIUM")
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
    page, address = launch(cast(Engine, engine), host="127.0.0.1", port=0)
    yield address
    page.close(verbose=False)


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


@pytest.fixture(scope="module")
def seed_page(seed_engine: Engine) -> Iterator[str]:
    """The sample corpus, with the real engine and model."""
    with serving(seed_engine) as address:
        yield address


def stub(text: str = SEED_TEXT, **more: object) -> StubEngine:
    """The stand-in engine, for what the real one cannot be made to do."""
    return StubEngine(StubLibrary({SEED: text}), **more)  # type: ignore[arg-type]


def in_view(visitor: Visitor, inner: Locator, outer: str) -> bool:
    """True when the whole of one element is inside another's box on the screen."""
    box, frame = inner.bounding_box(), visitor.page.locator(outer).bounding_box()
    assert box is not None
    assert frame is not None
    return box["y"] >= frame["y"] and box["y"] + box["height"] <= frame["y"] + frame["height"]


# --- the sample corpus, the real engine -----------------------------------------


@pytest.mark.model
def test_ask_then_click_the_footnote_and_see_the_quote(visit: Visit, seed_page: str) -> None:
    visitor = visit(seed_page)
    turn = visitor.ask(ASKED)
    expect(turn).to_have_class(re.compile(r"\b(answered|caution)\b"))
    expect(turn.locator(".text")).to_contain_text("December 2023")
    visitor.page.locator("[data-shelf]").click()
    expect(visitor.quote()).not_to_be_visible()
    turn.locator("sup.fn button").first.click()
    expect(visitor.quote()).to_be_visible()
    quote = visitor.quote().inner_text()
    assert quote in SEED_TEXT
    assert quote in turn.locator(".text").inner_text()
    assert in_view(visitor, visitor.quote(), "#pane")
    expect(visitor.page.locator("#pane header")).to_contain_text(SEED)
    expect(visitor.page.locator("#pane header")).to_contain_text("2024-02-05")
    expect(turn.locator("sup.fn button").first).to_have_class(re.compile("is-open"))


@pytest.mark.model
def test_a_follow_up_shows_what_was_searched_and_each_footnote_keeps_its_turn(visit: Visit, seed_page: str) -> None:
    visitor = visit(seed_page)
    first = visitor.ask("Where were the working meetings held?")
    second = visitor.ask("Who formalized the request for support from the United States?")
    third = visitor.ask("When did he do that?")
    expect(third.locator(".rewritten")).to_contain_text("Searched for:")
    expect(second.locator(".rewritten")).to_have_count(0)
    second.locator("sup.fn button").first.click()
    expect(visitor.quote()).to_contain_text("United States")
    first.locator("sup.fn button").first.click()
    expect(visitor.quote()).to_contain_text("Lima")
    expect(visitor.page.locator("sup .is-open")).to_have_count(1)


@pytest.mark.model
def test_what_the_documents_do_not_say_looks_like_a_refusal(visit: Visit, seed_page: str) -> None:
    visitor = visit(seed_page)
    turn = visitor.ask(ABSENT)
    expect(turn).to_have_class(re.compile(r"\brefused\b"))
    expect(turn.locator(".verdict")).to_have_text("Not in your documents")
    expect(turn.locator("sup.fn")).to_have_count(0)
    nearest = turn.locator(".note")
    assert 1 <= nearest.count() <= 3
    nearest.first.click()
    expect(visitor.quote().first).to_be_visible()
    assert visitor.quote().first.inner_text() in SEED_TEXT


@pytest.mark.model
def test_the_page_offers_questions_that_it_answers(visit: Visit, seed_page: str) -> None:
    visitor = visit(seed_page)
    example = visitor.page.locator(".example").first
    example.click()
    turn = visitor.page.locator(".turn").first
    expect(turn).to_have_class(re.compile(r"\banswered\b"))
    expect(visitor.page.locator(".example").first).not_to_be_visible()


@pytest.mark.model
def test_keyboard_alone_asks_opens_the_source_and_comes_back(visit: Visit, seed_page: str) -> None:
    visitor = visit(seed_page)
    keys = visitor.page.keyboard
    visitor.page.locator("#question textarea").focus()
    keys.type("Where were the working meetings held?")
    keys.press("Enter")
    expect(visitor.page.locator(".turn:not([aria-busy]) sup.fn button").first).to_be_visible()
    for _ in range(40):
        keys.press("Shift+Tab")
        if visitor.page.evaluate("document.activeElement.closest('sup.fn') !== null"):
            break
    else:
        pytest.fail("no footnote is reached with the Tab key")
    keys.press("Enter")
    expect(visitor.page.locator("#quote")).to_be_focused()
    keys.press("Escape")
    assert visitor.page.evaluate("document.activeElement.closest('sup.fn') !== null")


@pytest.mark.model
def test_a_phone_shows_the_source_as_a_sheet_and_never_scrolls_sideways(visit: Visit, seed_page: str) -> None:
    visitor = visit(seed_page, viewport=PHONE, has_touch=True, is_mobile=True)
    width = "document.documentElement.scrollWidth"
    assert visitor.page.evaluate(width) <= PHONE["width"]
    turn = visitor.ask("Where were the working meetings held?")
    expect(visitor.page.locator("#sources")).not_to_be_visible()
    turn.locator("sup.fn button").first.tap()
    expect(visitor.quote()).to_be_visible()
    visitor.page.wait_for_timeout(400)  # the sheet slides in
    assert in_view(visitor, visitor.quote(), "#pane")
    assert visitor.page.evaluate(width) <= PHONE["width"]
    visitor.page.locator("[data-close]").tap()
    expect(visitor.page.locator("#sources")).not_to_be_visible()
    expect(turn.locator("sup.fn button").first).to_be_focused()
    visitor.ask(ABSENT)
    assert visitor.page.evaluate(width) <= PHONE["width"]


@pytest.mark.model
def test_dark_and_light_follow_the_system(visit: Visit, seed_page: str) -> None:
    """Every text that a reader reads has at least the contrast 4.5 of WCAG AA, in both."""
    for scheme in ("light", "dark"):
        visitor = visit(seed_page, color_scheme=scheme)
        visitor.ask(ASKED)
        visitor.ask(ABSENT)
        for selector in (
            ".question",
            ".text",
            ".note q",
            ".note cite",
            ".path",
            ".meta span",
            ".verdict",
            "#status",
            "mark",
        ):
            ratio = visitor.page.locator(selector).first.evaluate(CONTRAST)
            assert ratio >= 4.5, (scheme, selector, ratio)
        light = visitor.page.locator("body").evaluate(BRIGHTNESS)
        assert light > 0.8 if scheme == "light" else light < 0.1


BRIGHTNESS = """node => {
  const [r, g, b] = getComputedStyle(node).backgroundColor.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}"""
CONTRAST = """node => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ink = light(numbers(getComputedStyle(node).color));
  let at = node, ground = [0, 0, 0, 0];
  while (at) {
    ground = numbers(getComputedStyle(at).backgroundColor);
    if (ground.length === 3 || ground[3] > 0.99) break;
    at = at.parentElement;
  }
  const paper = light(ground);
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
}"""


# --- what the real engine cannot be made to do -----------------------------------


def test_a_hostile_document_shows_as_text(visit: Visit) -> None:
    with serving(stub(HOSTILE)) as address:
        visitor = visit(address)
        for question, words in (
            ("What did the museum guard watch at night?", "<img src="),
            ("What does the museum cellar hold as a golden statue picture?", "![a picture](http://example.com/y.png"),
            ("<img src=http://example.com/z.png onerror=alert(1)> {{1+1}} ${1+1} museum guard watched night", "guard"),
        ):
            turn = visitor.ask(question)
            expect(turn).to_have_class(re.compile("answered"))
            expect(turn.locator(".text")).to_contain_text(words)
            expect(turn.locator(".question")).to_have_text(question)
        visitor.page.locator("[data-shelf]").click()
        visitor.page.locator(".book").click()
        expect(visitor.page.locator("#pane .document")).to_contain_text("owned by svg")
        shown = " ".join(visitor.page.locator("#pane .document").inner_text().split())
        assert shown == " ".join(HOSTILE.split())
        forbidden = (
            "#turns :is(img, script, form, input, svg, a, iframe), #pane :is(img, script, form, input, svg, a, iframe)"
        )
        expect(visitor.page.locator(forbidden)).to_have_count(0)
        assert visitor.page.title() == "Footnote"


def test_two_visitors_never_see_each_other(visit: Visit) -> None:
    engine = stub()
    with serving(engine) as address:
        anna, bert = visit(address), visit(address)
        anna.ask("When did the minister formalize the request?")
        bert.ask("Where were the working meetings held in Lima?")
        anna.ask("Which officials met in Lima?")
        expect(bert.page.locator(".turn")).to_have_count(1)
        expect(bert.page.locator("#turns")).not_to_contain_text("formalize")
        histories = {question: [turn.question for turn in history] for question, history in engine.histories}
        assert histories["Where were the working meetings held in Lima?"] == []
        assert histories["Which officials met in Lima?"] == ["When did the minister formalize the request?"]


def test_an_error_is_shown_and_the_question_can_be_asked_again(visit: Visit) -> None:
    engine = stub(fails=True)
    with serving(engine) as address:
        visitor = visit(address)
        turn = visitor.ask("When did the minister formalize the request?")
        expect(turn).to_contain_text("start it with `ollama serve` and ask again")
        engine.fails = False
        turn.locator("[data-ask]").click()
        expect(visitor.page.locator(".turn").nth(1)).to_have_class(re.compile("answered"))
        expect(visitor.page.locator(".turn").nth(1)).to_contain_text("When did the minister formalize the request?")
        assert engine.histories[-1][1] == ()


def test_an_answer_grows_and_can_be_stopped(visit: Visit) -> None:
    engine = stub(pause=0.25)
    with serving(engine) as address:
        visitor = visit(address)
        visitor.type("When did the minister formalize the request?")
        expect(visitor.page.locator(".turn.growing .text")).to_contain_text("Foreign")
        visitor.page.locator("#stop").click()
        expect(visitor.page.locator(".turn.stopped")).to_contain_text("Stopped.")
        expect(visitor.page.locator("#ask")).to_be_visible()
        engine.pause = 0.0
        turn = visitor.ask("Where were the working meetings held in Lima?")
        expect(turn).to_have_class(re.compile("answered"))
        expect(visitor.page.locator(".turn.stopped")).to_have_count(1)
        assert engine.histories[-1][1] == ()


def test_what_is_typed_while_an_answer_grows_stays_and_is_sent_after_it(visit: Visit) -> None:
    engine = stub(pause=0.1)
    with serving(engine) as address:
        visitor = visit(address)
        visitor.type("When did the minister formalize the request?")
        expect(visitor.page.locator(".turn.growing")).to_be_visible()
        visitor.type("Where were the working meetings held in Lima?")  # Enter is too early
        expect(visitor.page.locator(".turn:not([aria-busy])")).to_have_count(1)
        visitor.page.wait_for_timeout(300)
        expect(visitor.page.locator("#question textarea")).to_have_value(
            "Where were the working meetings held in Lima?"
        )
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator(".turn:not([aria-busy])")).to_have_count(2)
        expect(visitor.page.locator("#question textarea")).to_have_value("")
        asked = [question for question, _ in engine.histories if not question.startswith(("What about", "Who is"))]
        assert asked == [
            "When did the minister formalize the request?",
            "Where were the working meetings held in Lima?",
        ]


def test_new_conversation_forgets_the_old_one(visit: Visit) -> None:
    engine = stub()
    with serving(engine) as address:
        visitor = visit(address)
        visitor.ask("When did the minister formalize the request?")
        visitor.page.get_by_role("button", name="New conversation").click()
        expect(visitor.page.locator(".turn")).to_have_count(0)
        expect(visitor.page.locator(".welcome")).to_be_visible()
        visitor.ask("Where were the working meetings held in Lima?")
        assert engine.histories[-1][1] == ()


def test_the_status_follows_the_library(visit: Visit) -> None:
    engine = stub()
    with serving(engine) as address:
        visitor = visit(address)
        expect(visitor.page.locator("#status")).to_contain_text("1 document")
        engine.library.texts["b.md"] = "A second document.\n\nIt holds one paragraph more."
        engine.library.generation += 1
        expect(visitor.page.locator("#status")).to_contain_text("2 documents", timeout=15_000)
        expect(visitor.page.locator(".book")).to_have_count(2)


def test_a_document_is_found_on_the_shelf_by_its_words(visit: Visit) -> None:
    texts = {f"minutes/{n}.md": f"Minutes of the café, part {n}\n\nNothing was decided." for n in range(20)}
    with serving(StubEngine(StubLibrary(texts))) as address:
        visitor = visit(address)
        expect(visitor.page.locator(".book:visible")).to_have_count(20)
        visitor.page.locator(".filter").fill("CAFE part 17")
        expect(visitor.page.locator(".book:visible")).to_have_count(1)
        visitor.page.locator(".book:visible").click()
        expect(visitor.page.locator("#pane h2")).to_have_text("Minutes of the café, part 17")


def test_a_long_document_opens_at_the_quote_and_shows_more_in_place(visit: Visit) -> None:
    lines = [f"Paragraph {n} says nothing of note here.\n\n" for n in range(6000)]
    lines[3000] = "The treasure lies beneath the old lighthouse.\n\n"
    with serving(stub("".join(lines))) as address:
        visitor = visit(address)
        visitor.ask("Where does the treasure lie beneath the lighthouse?")
        expect(visitor.quote()).to_have_text("The treasure lies beneath the old lighthouse.")
        assert in_view(visitor, visitor.quote(), "#pane")
        before = visitor.page.locator("#pane p").count()
        place = visitor.quote().bounding_box()
        visitor.page.locator("[data-window]").first.dispatch_event("click")
        expect(visitor.page.locator("#pane p").nth(before + 10)).to_be_attached()
        visitor.page.wait_for_timeout(200)
        now = visitor.quote().bounding_box()
        assert place is not None
        assert now is not None
        assert abs(now["y"] - place["y"]) < 3


def test_copy_puts_the_answer_with_its_source_on_the_clipboard(visit: Visit) -> None:
    with serving(stub()) as address:
        visitor = visit(address)
        visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
        visitor.ask("When did the minister formalize the request?")
        visitor.page.locator(".copy").click()
        expect(visitor.page.locator(".copy")).to_have_text("Copied")
        copied = visitor.page.evaluate("navigator.clipboard.readText()")
        assert "December 2023" in copied
        assert f"({SEED})" in copied
