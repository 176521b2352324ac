"""Pictures of PDF pages: where a quote stands among the characters, and that its marks cover its ink and no other."""

from __future__ import annotations

import io
import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ingest.load import Limits
from ingest.locate import letters, locate
from ingest.page_picture import MOST_PIXELS, Box, PagePicture, PageRequest, draw_page
from ingest.read_pdf import read_pdf
from ingest.worker import Worker
from rag.config import Settings
from rag.errors import ReadError
from rag.types import Span
from tests import make_files as make

SETTINGS = Settings()
LINES = [make.column(["The keeper lit the lamp at dusk and wrote the wea-", "ther down. A well-known storm broke it."])]


def found(page: str, text: str, quote: str, nth: int = 0) -> list[str]:
    """What of a page shows the nth of the quotes in a text."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(quote, start + 1)
    return [span.of(page) for span in locate(page, text, Span(start, start + len(quote)))]


# -- the place of a quote among the characters of a page ------------------------------------------------------------


def test_hyphens_line_ends_and_running_heads_do_not_hide_a_quote() -> None:
    page = "Report 7\r\nShe wrote the wea-\r\nther down, and\u00ad then\x02 slept.\r\n7"
    assert found(page, "She wrote the weather down, and then slept.", "weather down, and then") == [
        "wea-\r\nther down, and\u00ad then"
    ]


def test_ligatures_normal_forms_and_case_are_one() -> None:
    page = unicodedata.normalize("NFD", "L'é\ufb03cacité du caf\u00e9 est ﬁnie")
    assert found(page, "L'éﬃcacité du café est finie", "éﬃcacité du café") == [page[2:-9]]
    assert found("An eﬀort of ﬁve", "An effort of five", "ffort of f") == ["ﬀort of ﬁ"]


def test_punctuation_at_the_edges_belongs_to_the_quote() -> None:
    page = "He left. “Go on,” she said.  Then"
    assert found(page, "He left. “Go on,” she said. Then", "“Go on,” she said.") == ["“Go on,” she said."]
    assert found(page, "He left. “Go on,” she said. Then", "Go on") == ["Go on"]


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_of_equal_quotes_the_one_that_is_meant(nth: int) -> None:
    text = "No ship was lost. In May no oil. No ship was lost. In June no wick. No ship was lost. The end."
    page = "No ship was lost\r\n" + text.replace(". ", ".\r\n")  # a running head says it too, and is not in the text
    start = [n for n in range(len(page)) if page.startswith("No ship was lost.", n)][nth]
    [span] = locate(page, text, Span(*_nth(text, "No ship was lost.", nth)))
    assert span == Span(start, start + len("No ship was lost."))


def _nth(text: str, quote: str, nth: int) -> tuple[int, int]:
    at = [n for n in range(len(text)) if text.startswith(quote, n)][nth]
    return at, at + len(quote)


def test_rows_that_repeat_are_told_apart_by_their_number() -> None:
    text = "\n".join(["Yes Yes No"] * 30)
    for nth in range(30):
        assert locate(text, text, Span(nth * 11, nth * 11 + 10)) == (Span(nth * 11, nth * 11 + 10),)


def test_rows_of_a_table_are_found_by_their_values() -> None:
    page = "Town Boats Built\r\nKoge 40 1187\r\nMolde 9 1841\r\nKoge 40 1187\r\nThe end."
    row, other = "Town: Koge; Boats: 40; Built: 1187", "Town: Molde; Boats: 9; Built: 1841"
    text = f"Town | Boats | Built\n{row}\n{other}\n{row}\n\nThe end."
    assert found(page, text, other) == ["Molde 9 1841"]
    assert found(page, text, f"{row}\n{other}") == ["Koge 40 1187\r\nMolde 9 1841"]
    assert locate(page, text, Span(*_nth(text, row, 1)))[0].start == page.rindex("Koge")


def test_what_differs_a_little_is_found_and_what_differs_much_is_not() -> None:
    page = "The committee met in Lima on the fourth of March to sign the treaty of friendship."
    assert found(page, page.replace("fourth of", "fourth  day of"), "met in Lima on the fourth  day of March to sign")
    assert found(page, "Nobody ever said a single word about the weather there.", "a single word about the") == []
    assert found(page, "x", "x") == []
    assert locate(page, "… — …", Span(0, 5)) == ()
    assert locate("", "a word", Span(0, 6)) == ()


@given(st.text(max_size=60), st.text(max_size=200), st.data())
def test_what_is_found_has_the_letters_of_the_quote(before: str, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    page = before + "\r\n" + text
    wanted = letters(text[start:end])[0]
    parts = locate(page, text, Span(start, end))
    assert bool(parts) == bool(wanted)
    # A ligature at an edge is one character of the page and has more letters than were asked for.
    assert all(wanted in letters(span.of(page))[0] for span in parts)


# -- the marks on the picture ------------------------------------------------------------------------------------------


def picture(data: bytes, quote: str, page: int = 1) -> PagePicture:
    """Draw a page with a quote of its canonical text marked."""
    [reading] = read_pdf(data, "a.pdf", Limits(SETTINGS))
    whole = reading.pages[page - 1]
    text = whole.of(reading.text)
    found = re.search(r"\s+".join(map(re.escape, quote.split())), text)
    assert found
    return draw_page(data, PageRequest(page, text, (Span(*found.span()),)))


def ink(data: bytes, page: int = 1) -> npt.NDArray[np.bool_]:
    """Which pixels of a page are dark."""
    image = Image.open(io.BytesIO(draw_page(data, PageRequest(page)).png)).convert("L")
    return np.asarray(image) < 128


def area(shown: PagePicture, boxes: tuple[Box, ...], slack: int = 2) -> npt.NDArray[np.bool_]:
    """Which pixels some boxes cover."""
    mask = np.zeros((shown.height, shown.width), dtype=bool)
    for box in boxes:
        top, left = round(box.top * shown.height), round(box.left * shown.width)
        bottom, right = round((box.top + box.height) * shown.height), round((box.left + box.width) * shown.width)
        mask[max(0, top - slack) : bottom + slack, max(0, left - slack) : right + slack] = True
    return mask


def check(pages: list[make.Line], marked: list[make.Line], quote: str, **options: str) -> tuple[Box, ...]:
    """Assert that the marks of ``quote`` cover the ink of the lines ``marked``, and nobody else's."""
    shown = picture(make.pdf([pages], **options), quote)
    [boxes] = shown.marks
    mask = area(shown, boxes)
    own, others = ink(make.pdf([marked], **options)), ink(make.pdf([[x for x in pages if x not in marked]], **options))
    assert own.any()
    assert not (own & ~mask).any()
    assert not (others & area(shown, boxes, slack=-2)).any()
    return boxes


def test_a_quote_over_two_lines_has_a_rectangle_for_each() -> None:
    boxes = check(
        LINES[0], LINES[0], "The keeper lit the lamp at dusk and wrote the weather down. A well-known storm broke it."
    )
    assert len(boxes) == 2
    assert boxes[0].top < boxes[1].top


LEFT = make.column(["Alder first of the column", "Birch goes on to its end."], left=60, top=500)
RIGHT = make.column(["Cedar begins another one", "Dogwood ends the page."], left=320, top=500)
MATRIX = {0: "1 0 0 1", 90: "0 1 -1 0", 180: "-1 0 0 -1", 270: "0 -1 1 0"}


def turned(lines: list[make.Line], turn: int) -> list[make.Line]:
    """The same lines on a page that is shown turned clockwise, as a program for landscape pages sets them."""
    places = {
        0: lambda x, y: (x, y),
        90: lambda x, y: (595 - y, x),
        180: lambda x, y: (595 - x, 842 - y),
        270: lambda x, y: (y, 842 - x),
    }
    return [(*places[turn](x, y), size, text) for x, y, size, text in lines]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_no_figure_of_a_turned_page_is_taken_for_a_raised_mark(turn: int) -> None:
    lines = turned([(60.0, 500.0 - 16 * n, 11.0, f"row {n} 00 00 end") for n in range(4)], turn)
    data = make.pdf([lines], page_entries=f"/Rotate {turn}", matrix=MATRIX[turn])
    [reading] = read_pdf(data, "a.pdf", Limits(SETTINGS))
    assert "note" not in reading.text
    assert "row 3 00 00 end" in reading.text


@pytest.mark.parametrize("entries", ["", "/CropBox [40 20 550 800]", "/UserUnit 2"])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_marks_lie_on_the_quote_however_the_page_is_turned_and_cut(turn: int, entries: str) -> None:
    options = {"page_entries": f"/Rotate {turn} {entries}", "matrix": MATRIX[turn]}
    left, right = turned(LEFT, turn), turned(RIGHT, turn)
    assert len(check([*left, *right], left, "Alder first of the column Birch goes on to its end.", **options)) == 2
    across = "Birch goes on to its end. Cedar begins another one"
    assert len(check([*left, *right], [*left[1:], *right[:1]], across, **options)) == 2


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_marks_lie_on_a_line_that_is_seen_sideways_or_upside_down(turn: int) -> None:
    check([*LEFT, *RIGHT], LEFT[1:], "Birch goes on to its end.", page_entries=f"/Rotate {turn}")


def test_text_that_runs_up_the_page() -> None:
    lines = [
        (200.0 + 20 * n, 100.0, 11.0, text) for n, text in enumerate(["A table set sideways", "and its second line."])
    ]
    for turn in (0, 90):
        options = {"matrix": "0 1 -1 0", "page_entries": f"/Rotate {turn}"}
        assert len(check(lines, lines, "A table set sideways and its second line.", **options)) == 2


def test_a_line_beyond_the_edge_of_the_page_is_not_read() -> None:
    data = make.pdf(
        [make.column(["Seen.", "", "", "", "", "", "", "", "Cut off by the edge."])],
        page_entries="/CropBox [0 650 595 842]",
    )
    assert picture(data, "Seen.").marks != ((),)
    [reading] = read_pdf(data, "a.pdf", Limits(SETTINGS))
    assert reading.text == "Seen."


def test_what_is_not_on_the_page_is_not_marked() -> None:
    shown = draw_page(
        make.pdf(LINES), PageRequest(1, "Nothing like it anywhere on the page", (Span(0, 20), Span(3, 3)))
    )
    assert shown.marks == ((), ())
    assert Image.open(io.BytesIO(shown.png)).size == (shown.width, shown.height)


words = st.text(
    st.sampled_from("abcdeghinorstuvyéßñøABCDE0123456789"), min_size=2, max_size=6
)  # no wider than a column


@st.composite
def pages(draw: st.DrawFn) -> tuple[list[make.Line], int, int, int]:
    """A page of one or two columns, the first and last line to quote, and how far the page is turned."""
    columns = draw(st.integers(1, 2))
    many = draw(st.integers(3, 8))
    number = 0
    lines: list[make.Line] = []
    for column in range(columns):
        for n in range(many):
            some = draw(st.lists(words, min_size=2, max_size=4))
            number += 1
            lines.append((60.0 + 260 * column, 500.0 - 16 * n, 11.0, " ".join([f"x{number}q", *some, f"y{number}z"])))
    first = draw(st.integers(0, len(lines) - 1))
    last = draw(st.integers(first, len(lines) - 1))
    turn = draw(st.sampled_from([0, 90, 180, 270]))
    return turned(lines, turn), first, last, turn


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pages())
def test_marks_cover_the_quoted_lines_of_any_page(made: tuple[list[make.Line], int, int, int]) -> None:
    lines, first, last, turn = made
    options = {"page_entries": f"/Rotate {turn}", "matrix": MATRIX[turn]}
    data = make.pdf([lines], **options)
    [reading] = read_pdf(data, "a.pdf", Limits(SETTINGS))
    start = reading.text.index(f"x{first + 1}q ")
    end = reading.text.index(f"y{last + 1}z") + len(f"y{last + 1}z")
    check(lines, lines[first : last + 1], reading.text[start:end], **options)


# -- pages that are too much -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "box", ["[0 0 14400 14400]", "[0 0 3 14400]", "[0 0 14400 3]", "[0 0 1 1]", "[0 0 0 0]", "[5 5 -5 -5]"]
)
def test_a_page_of_any_size_makes_a_picture_of_bounded_size(box: str) -> None:
    with Worker(SETTINGS) as worker:
        shown = worker.picture(make.pdf(LINES, page_entries=f"/CropBox {box}"), PageRequest(1))
    assert 1 <= shown.width * shown.height <= MOST_PIXELS * 1.01


def test_the_last_of_three_thousand_pages() -> None:
    data = make.pdf([make.column([f"This is page number {n} of them."]) for n in range(1, 3001)])
    with Worker(SETTINGS) as worker:
        shown = worker.picture(data, PageRequest(3000, "This is page number 3000 of them.", (Span(8, 24),)))
        assert len(shown.marks[0]) == 1
        with pytest.raises(ReadError, match=r"3,000 pages, and not a page 3,001"):
            worker.picture(data, PageRequest(3001))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"no pdf at all", make.pdf(LINES)[:400], make.pdf([])])
def test_what_is_no_pdf_is_one_line_and_the_next_page_is_drawn(data: bytes) -> None:
    with Worker(SETTINGS) as worker:
        with pytest.raises(ReadError):
            worker.picture(data, PageRequest(1))
        assert worker.picture(make.pdf(LINES), PageRequest(1)).png


def test_a_page_that_takes_too_long_is_ended() -> None:
    with Worker(Settings(max_seconds=1)) as worker:
        with pytest.raises(ReadError, match="max_seconds = 1"):
            worker.picture(make.endless_pdf(), PageRequest(1))
        assert worker._process is None
