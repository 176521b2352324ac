"""Ten people, one local model: each sees the evidence at once, is told how many are ahead, and is answered in turn."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from rag import Engine, Settings
from rag.models import Embedder
from rag.write.llm import openai_like
from tests.browser_support import Visit, browser, serving, visit
from tests.llm_support import DONE, FakeServer, Reply, sse, streamed
from ui.desk import Desk
from ui.house import House
from ui.talks import Exchange

__all__ = ["browser", "visit"]  # fixtures

pytestmark = [pytest.mark.model, pytest.mark.alone]

QUESTION = "When was the request formalized?"
WRITTEN = "The request was formalized in December 2023."
AHEAD = re.compile(r'class="reason ahead" role="status">(\d+) question')


def engine_on(server: FakeServer, library: Path, embedder: Embedder) -> Engine:
    settings = Settings.load(environ={}, library=str(library))
    return Engine.open(settings, llm=openai_like("slow", f"{server.address}/v1", "k"), embedder=embedder)


def test_ten_at_once_are_told_and_none_starves(seed_library: Path, embedder: Embedder) -> None:
    def script(number: int, request: dict[str, Any]) -> Reply:
        return streamed("The request was formalized ", "in December 2023.", pause=0.15)

    pages: dict[int, list[str]] = {user: [] for user in range(10)}
    turns: dict[int, list[Exchange]] = {}
    with FakeServer(script) as server:
        desk = Desk(House.of(engine_on(server, seed_library, embedder)))

        def visitor(user: int) -> None:
            for html, turns[user] in desk.ask(QUESTION, []):
                pages[user].append(html)

        threads = [threading.Thread(target=visitor, args=(user,)) for user in pages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert (len(server.requests), server.most_active) == (10, 1)
    for user, seen in pages.items():
        assert "pending" in seen[0]
        assert 'class="fn"' in seen[1]  # the evidence, with its footnotes, before any word of the model
        assert "ahead" not in seen[-1]
        assert turns[user][0].answer.text == "The request was formalized in December 2023 [1]."
    told = [[int(n) for html in seen for n in AHEAD.findall(html)] for seen in pages.values()]
    assert all(a >= b for each in told for a, b in pairwise(each))
    assert sorted(max(each, default=0) for each in told)[-1] >= 5
    assert sum(not each for each in told) <= 2


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Set, the model goes on."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.browser
def test_the_page_tells_who_waits(visit: Visit, held: threading.Event, seed_library: Path, embedder: Embedder) -> None:
    def body() -> Iterator[bytes]:
        assert held.wait(60)
        yield sse(WRITTEN)
        yield DONE

    def script(number: int, request: dict[str, Any]) -> Reply:
        return Reply(body())  # type: ignore[arg-type]

    with FakeServer(script) as server, serving(engine_on(server, seed_library, embedder)) as address:
        visitors = [visit(address) for _ in range(3)]
        for place, visitor in enumerate(visitors):
            visitor.type(QUESTION)
            turn = visitor.page.locator(".turn").last
            expect(turn.locator("sup.fn").first).to_be_visible()
            if place:
                expect(turn.locator(".ahead")).to_have_text(f"{place} question{'s' * (place > 1)} ahead of yours")
        held.set()
        for visitor in visitors:
            turn = visitor.page.locator(".turn").last
            expect(turn.locator(".text")).to_contain_text("The request was formalized in December 2023")
            expect(turn.locator(".ahead")).to_have_count(0)
            expect(turn.locator(".meta")).to_contain_text("Written by slow")


@pytest.mark.browser
def test_what_was_dropped_is_folded_away_and_struck_through(
    visit: Visit, seed_library: Path, embedder: Embedder
) -> None:
    def script(number: int, request: dict[str, Any]) -> Reply:
        return streamed(WRITTEN, " Peru paid <b>5</b> million dollars for it.")

    with FakeServer(script) as server, serving(engine_on(server, seed_library, embedder)) as address:
        turn = visit(address).ask(QUESTION)
        summary = turn.locator(".dropped summary")
        expect(summary).to_have_text("1 sentence was dropped because the sources do not support it")
        expect(turn.locator(".dropped del")).not_to_be_visible()
        assert "5" not in turn.locator(".text").inner_text()
        summary.click()
        expect(turn.locator(".dropped del")).to_have_text("Peru paid 5 million dollars for it.")
        expect(turn.locator(".dropped p")).to_contain_text("no part of the answer")


@pytest.mark.browser
def test_a_visitor_chooses_who_writes_and_no_one_else_is_touched(
    visit: Visit, seed_library: Path, embedder: Embedder
) -> None:
    def script(number: int, request: dict[str, Any]) -> Reply:
        return streamed(WRITTEN)

    with FakeServer(script) as server, serving(engine_on(server, seed_library, embedder)) as address:
        one, other = visit(address), visit(address)
        menu = one.page.locator("[data-write]")
        expect(menu.locator("option")).to_have_text(["written by slow", "in the documents' own words"])
        menu.select_option("none")
        expect(one.ask(QUESTION).locator(".meta")).to_contain_text("Quoted from your documents")
        assert server.requests == []
        expect(other.ask(QUESTION).locator(".meta")).to_contain_text("Written by slow")
        menu.select_option("model")
        expect(one.ask(QUESTION).locator(".meta")).to_contain_text("Written by slow")
