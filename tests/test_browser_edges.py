"""The chat page in Debian's chromium, for what the real engine cannot be made to do: fail, crawl, quote anything."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser_support import Visit, browser, in_view, serving, visit
from tests.support import SEEDS
from tests.web_support import StubEngine, StubLibrary

__all__ = ["browser", "visit"]  # fixtures

pytestmark = pytest.mark.browser

SEED = "000_678fa3628cc71388.txt"
SEED_TEXT = (SEEDS / SEED).read_text(encoding="utf-8")
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


def stub(text: str = SEED_TEXT, **more: object) -> StubEngine:
    """The stand-in engine, for what the real one cannot be made to do."""
    return StubEngine(StubLibrary({SEED: text}), **more)  # type: ignore[arg-type]


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
        # White space aside: while the pane is still being laid out, paragraphs come without their line breaks.
        shown = "".join(visitor.page.locator("#pane .document").inner_text().split())
        assert shown == "".join(HOSTILE.split())
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


def test_the_box_is_emptied_at_once_and_one_question_waits_in_line(visit: Visit) -> None:
    first, second = "When did the minister formalize the request?", "Where were the working meetings held in Lima?"
    engine = stub(pause=0.2)
    with serving(engine) as address:
        visitor = visit(address)
        box = visitor.page.locator("#question textarea")
        visitor.type(first)
        expect(box).to_have_value("")
        expect(visitor.page.locator(".turn .question")).to_have_text(first)  # before the server has said a word
        visitor.type(second)
        expect(box).to_have_value("")
        expect(visitor.page.locator("#line")).to_contain_text(f"Next: {second}")
        box.fill("what is typed meanwhile")
        visitor.page.keyboard.press("Enter")  # one waits already
        expect(visitor.page.locator(".turn:not([aria-busy])")).to_have_count(2, timeout=30_000)
        expect(visitor.page.locator("#line")).not_to_be_visible()
        expect(box).to_have_value("what is typed meanwhile")
        asked = [question for question, _ in engine.histories if question in {first, second}]
        assert asked == [first, second]
        # The keys: the question before, the box, the list of keys, and out of it; a question to be edited; the limit.
        box.fill("")
        box.press("ArrowUp")
        expect(box).to_have_value(second)
        visitor.page.locator("[data-edit]").first.click()
        expect(box).to_have_value(first)
        visitor.page.locator(".turn .text").first.click()
        box.evaluate("node => node.blur()")
        visitor.page.keyboard.press("/")
        expect(box).to_be_focused()
        box.evaluate("node => node.blur()")
        visitor.page.keyboard.press("?")
        expect(visitor.page.locator("#keys")).to_be_visible()
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.locator("#keys")).not_to_be_visible()
        expect(visitor.page.locator("#count")).not_to_be_visible()
        box.fill("x" * 1950)
        expect(visitor.page.locator("#count")).to_have_text("50 characters left")
        box.fill(first)
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator(".turn.growing")).to_be_visible()
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.locator(".turn.stopped")).to_contain_text("Stopped.")


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
