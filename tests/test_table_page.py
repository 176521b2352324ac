"""A table's answer on the page: the value first, the table below at the cells that count, the plan behind a click."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from ingest.pipeline import ingest
from rag.config import Settings
from rag.engine import Engine
from rag.types import Answer, Span, Tabled
from tests.browser_support import Visit, browser, in_view, serving, visit
from tests.support import HashEmbedder
from ui.table_view import AROUND, MOST_ROWS, table_html

__all__ = ["browser", "visit"]  # fixtures

ROWS = [f"Wharf {n},{'Oslo' if n % 9 else 'Bergen'},{100 + 7 * n}" for n in range(1, 61)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A library of a short table, of one longer than is shown, and of markup in cells."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "wharves.csv").write_text("\n".join(["Wharf,Town,Tons", *ROWS]), encoding="utf-8")
    long = [f"Item {n},{n}" for n in range(MOST_ROWS + 100)]
    (folder / "items.csv").write_text("\n".join(["Item,Weight", *long]), encoding="utf-8")
    (folder / "odd.csv").write_text("Name,Size\n<script>x</script>,1\n<b>bold</b>,2\n", encoding="utf-8")
    codes = "| Code | Means | Do |\n|---|---|---|\n| E17 | low | replace cells |\n| E23 | blocked | move the hose |\n"
    (folder / "pump.md").write_text(f"# Pump\n\n{codes}", encoding="utf-8")
    settings = Settings.load(environ={}, library=str(folder / "library"))
    ingest([folder], folder / "library", HashEmbedder(), settings=settings)
    return Engine.open(settings, embedder=HashEmbedder())


def of(engine: Engine, source: str, *said: str, way: str = "") -> Answer:
    (grid,) = engine.library.grids(source)
    text = engine.library.text(source)
    cells = tuple(s for s in engine_spans(text, said))
    return Answer("q", "q", "", False, 1.0, table=Tabled(source, grid.start, cells, way))


def engine_spans(text: str, said: tuple[str, ...]) -> Iterator[Span]:
    for one in said:
        at = text.index(one)
        yield Span(at, at + len(one))


def test_a_long_table_shows_the_rows_that_count_and_their_neighbours(engine: Engine) -> None:
    html = table_html(of(engine, "items.csv", "Item 150"), engine.library)
    assert html.count("<mark>") == 1
    assert "<mark>Item 150</mark>" in html
    assert html.count("<tr><td>") == 2 * AROUND + 1
    assert html.count("left-out") == 2
    assert "How this was worked out" not in html
    assert table_html(Answer("q", "q", "", True, 0.0), engine.library) == ""


def test_cells_of_markup_are_text(engine: Engine) -> None:
    html = table_html(of(engine, "odd.csv", "<b>bold</b>", way="rows <i>counted</i>"), engine.library)
    assert "<mark>&lt;b&gt;bold&lt;/b&gt;</mark>" in html
    assert "<script" not in html
    assert "rows &lt;i&gt;counted" in html


@pytest.mark.browser
def test_the_value_first_then_the_table_at_its_cells_and_the_plan_on_a_click(visit: Visit, engine: Engine) -> None:
    with serving(engine) as address:
        visitor = visit(address)
        turn = visitor.ask("What is the tons of Wharf 45?")
        expect(turn.locator(".text strong").first).to_have_text("415")
        assert turn.locator(".text").inner_text().startswith("415")
        cell = turn.locator(".grid mark")
        expect(cell).to_have_text(["415"])
        assert in_view(visitor, cell, ".grid")
        plan = turn.locator(".way p")
        expect(plan).not_to_be_visible()
        turn.locator(".way summary").click()
        expect(plan).to_contain_text("Tons of the rows where Wharf is Wharf 45")


def test_the_row_of_a_code_is_quoted_and_no_other_where_its_cell_is_not_certain(engine: Engine) -> None:
    answer = engine.ask("What should I do when the pump shows E23?")
    (citation,) = answer.citations
    assert "move the hose" in citation.quote
    assert "replace" not in answer.text
    assert answer.caution or answer.short == "move the hose"
