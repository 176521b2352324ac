"""The printed page of a PDF in chromium: that the mark lies over the quote's own ink, at every size and in the dark."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from ingest.pipeline import ingest
from rag.config import Settings
from rag.engine import Engine
from rag.models import Embedder
from tests import make_files as make
from tests.browser_support import DESKTOP, PHONE, Visit, Visitor, browser, serving, visit
from tests.ingest_support import write
from tests.test_inside import letter

__all__ = ["browser", "visit"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.model]

LEFT = [
    "The tidal mill of Kerlaz was built by the abbey in",
    "the year 1187. Its dam closed a basin of eleven hec-",
    "tares, enough to drive three pairs of stones. Fisher-",
    "men objected that salmon could no longer pass it,",
    "and the bishop refused to hear them.",
]
RIGHT = [
    "Steam came to the coast in 1841, and nine mills were",
    "closed. The last commercial grinding took place on",
    "3 March 1962, when the owner retired. A society then",
    "bought the building for one franc, and its members",
    "restored the wheel, which turns again in summer.",
]
FILLER = ["Weather was fair on most days of that month, and little else was written."] * 3
MILLS = make.pdf(
    [
        make.column(["The harbour had forty boats.", *FILLER], size=11, top=760),
        [
            *make.column(["Tidal mills of the coast"], top=780, size=18),
            *make.column(LEFT, left=50, top=420, size=10),
            *make.column(RIGHT, left=310, top=420, size=10),
        ],
    ],
    {"Title": "Tidal Mills"},
)
ASKED = "When did the last commercial grinding take place?"
QUOTED = ["closed. The last commercial grinding took place on", "3 March 1962, when the owner retired. A society then"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one PDF and one text."""
    return write(
        tmp_path / "docs", {"mills.pdf": MILLS, "inn.txt": "The inn of Plouhan has nine rooms and a garden.\n"}
    )


@pytest.fixture
def pdf_page(folder: Path, embedder: Embedder) -> Iterator[str]:
    """The page on a library of that folder, with the real engine."""
    settings = Settings.load(environ={}, library=str(folder.parent / "library"))
    ingest([folder], settings.library, embedder, settings=settings)
    with serving(Engine.open(settings, embedder=embedder)) as address:
        yield cast(str, address)


def sheet(visitor: Visitor) -> Locator:
    """The picture of the page, once it is there."""
    picture = visitor.page.locator("#printed img")
    expect(picture).to_be_visible()
    visitor.page.wait_for_function("document.querySelector('#printed img').complete")
    assert picture.evaluate("node => node.naturalWidth") > 1000
    return picture


def yellow(shot: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels of a screenshot are marker and which are ink."""
    rgb = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    return (red - blue > 60) & (green - blue > 40), rgb.max(axis=2) < 110


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_mark_lies_over_the_quote(visit: Visit, pdf_page: str, size: dict[str, int], scheme: str) -> None:
    visitor = visit(pdf_page, viewport=size, color_scheme=scheme, device_scale_factor=2)
    visitor.ask(ASKED).locator("sup.fn button").first.click()
    picture = sheet(visitor)
    expect(visitor.quote()).to_be_visible()
    marks = visitor.page.locator(".marks .quoted")
    expect(marks).to_have_count(2)
    whole = picture.bounding_box()
    assert whole is not None
    for mark, line in zip(marks.all(), QUOTED, strict=True):
        box = mark.bounding_box()
        assert box is not None
        row = RIGHT.index(line)
        top = whole["y"] + whole["height"] * (842 - (420 - 13 * row) - 10) / 842
        bottom = whole["y"] + whole["height"] * (842 - (420 - 13 * row) + 3) / 842
        middle = box["y"] + box["height"] / 2
        assert top < middle < bottom
        assert box["x"] > whole["x"] + whole["width"] * 300 / 595  # the right column
        assert box["x"] + box["width"] < whole["x"] + whole["width"]
        # Scrolled to where it can be seen, and under the letters, not over them.
        pane = visitor.page.locator(".sheet").bounding_box()
        assert pane is not None
        assert pane["y"] <= box["y"] <= pane["y"] + pane["height"] - box["height"]
        marker, ink = yellow(visitor.page.screenshot(clip=box))
        assert marker.mean() > 0.5
        assert ink.mean() > 0.02
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    alt = picture.get_attribute("alt") or ""
    assert alt.startswith("Page 2 of Tidal Mills, marked: The last commercial grinding")


def test_pages_are_turned_enlarged_and_put_away(visit: Visit, pdf_page: str) -> None:
    visitor = visit(pdf_page)
    turn = visitor.ask(ASKED)
    turn.locator("sup.fn button").first.click()
    sheet(visitor)
    bar = visitor.page.locator(".page-bar")
    expect(bar).to_contain_text("Page 2 of 2")
    expect(bar.get_by_label("Next page")).to_be_disabled()
    bar.get_by_label("Page before").click()
    expect(bar).to_contain_text("Page 1 of 2")
    sheet(visitor)
    expect(visitor.page.locator(".marks .quoted")).to_have_count(0)
    expect(visitor.page.locator(".sheet")).to_be_focused()  # there is no page before this one
    bar.get_by_label("Next page").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(".marks .quoted")).to_have_count(2)
    bar.get_by_text("Enlarge").click()
    box = visitor.page.locator("#printed").bounding_box()
    assert box == {"x": 0, "y": 0, "width": DESKTOP["width"], "height": DESKTOP["height"]}
    for _ in range(6):
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate("document.activeElement.closest('#printed') !== null")
    visitor.page.keyboard.press("Escape")
    expect(bar.get_by_text("Enlarge")).to_be_visible()
    expect(visitor.quote()).to_be_visible()
    bar.get_by_text("Hide").click()
    expect(visitor.page.locator(".sheet")).not_to_be_visible()
    visitor.page.locator("[data-shelf]").click()
    turn.locator("sup.fn button").first.click()  # it stays put away, and comes back
    expect(bar.get_by_text("Show")).to_be_visible()
    bar.get_by_text("Enlarge").click()
    expect(visitor.page.locator(".marks .quoted").first).to_be_visible()
    bar.get_by_text("Smaller").click()
    bar.get_by_text("Show").click()
    expect(visitor.page.locator(".marks .quoted").first).to_be_visible()


def test_a_text_has_no_printed_page_and_the_last_ones_does_not_stay(visit: Visit, pdf_page: str) -> None:
    visitor = visit(pdf_page)
    visitor.ask(ASKED).locator("sup.fn button").first.click()
    sheet(visitor)
    visitor.ask("How many rooms does the inn of Plouhan have?").locator("[data-open]").first.click()
    expect(visitor.page.locator("#pane header")).to_contain_text("inn.txt")
    expect(visitor.page.locator("#printed")).not_to_be_visible()


def test_a_pdf_inside_a_mail_inside_an_archive_shows_its_page(visit: Visit, tmp_path: Path, embedder: Embedder) -> None:
    data = make.packed({"post/letter.eml": letter(("mills.pdf", MILLS))})
    settings = Settings.load(environ={}, library=str(tmp_path / "library"))
    ingest([write(tmp_path / "docs", {"all.zip": data})], settings.library, embedder, settings=settings)
    with serving(Engine.open(settings, embedder=embedder)) as address:
        visitor = visit(address, device_scale_factor=2)
        visitor.ask(ASKED).locator("sup.fn button").first.click()
        sheet(visitor)
        expect(visitor.page.locator("#pane header")).to_contain_text("all.zip/post/letter.eml/mills.pdf")
        marks = visitor.page.locator(".marks .quoted")
        expect(marks).to_have_count(2)
        box = marks.first.bounding_box()
        assert box is not None
        marker, ink = yellow(visitor.page.screenshot(clip=box))
        assert marker.mean() > 0.5
        assert ink.mean() > 0.02


def test_a_file_that_is_gone_leaves_its_text_and_one_line(visit: Visit, pdf_page: str, folder: Path) -> None:
    (folder / "mills.pdf").unlink()
    visitor = visit(pdf_page)
    visitor.ask(ASKED).locator("sup.fn button").first.click()
    expect(visitor.page.locator("#printed")).to_contain_text("the file is no longer where it was read")
    expect(visitor.page.locator("#printed img")).to_have_count(0)
    expect(visitor.quote()).to_be_visible()
    line, pane = visitor.page.locator("#printed").bounding_box(), visitor.page.locator("#pane").bounding_box()
    assert line is not None
    assert pane is not None
    assert line["height"] < 60 < pane["height"]
