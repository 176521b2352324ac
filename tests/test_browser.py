"""The chat page on the sample corpus with the real engine, in chromium: what a reader sees, clicks and types."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from rag.engine import Engine
from tests.browser_support import PHONE, Visit, browser, in_view, serving, visit
from tests.support import SEEDS

__all__ = ["browser", "visit"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.model]

SEED = "000_678fa3628cc71388.txt"
SEED_TEXT = (SEEDS / SEED).read_text(encoding="utf-8")
ASKED = "Who formalized the request for support from the United States, and when?"
# The width of a field's placeholder, and the room it has, in CSS pixels.
WIDTHS = """field => {
    const style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return [pen.measureText(field.placeholder).width, room];
}"""
ABSENT = "Who won the chess tournament in Reykjavik?"


@pytest.fixture(scope="module")
def seed_page(seed_engine: Engine) -> Iterator[str]:
    """The sample corpus, with the real engine and model."""
    with serving(seed_engine) as address:
        yield address


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
    needed, room = visitor.page.locator("#find").evaluate(WIDTHS)
    assert needed <= room, "the placeholder is cut"


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


def test_the_page_offers_questions_that_it_answers(visit: Visit, seed_page: str) -> None:
    visitor = visit(seed_page)
    example = visitor.page.locator(".example").first
    example.click()
    turn = visitor.page.locator(".turn").first
    expect(turn).to_have_class(re.compile(r"\banswered\b"))
    expect(visitor.page.locator(".example").first).not_to_be_visible()


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
