"""Columns, forms, raised marks and running heads of a PDF: read by where they stand."""

from __future__ import annotations

import random

import pytest

from ingest.load import Limits, Reading
from ingest.read_any import read_any
from rag.config import Settings
from rag.errors import ReadError
from tests import make_files as make
from tests import make_office as office

LEFT = [
    "The bakery at the harbour moves to the",
    "old customs house in May. Its owner says",
    "that the new oven bakes eighty cakes in",
    "an hour, which is twice as many as the",
    "old one did in its best days.",
]
RIGHT = [
    "The swimming bath stays closed until the",
    "pump is mended, which the town hopes to",
    "see in June. The repair costs nine",
    "thousand crowns, and half of it is paid",
    "by the club of the swimmers.",
]


def read(data: bytes) -> Reading:
    return next(iter(read_any(data, "a.pdf", Limits(Settings()))))


def in_columns(order: int) -> list[make.Line]:
    left, right = make.column(LEFT, left=60, top=700), make.column(RIGHT, left=330, top=700)
    rows = [line for pair in zip(left, right, strict=True) for line in pair]
    shuffled = random.Random(order).sample(rows, len(rows))
    return [(60, 760, 18, "News of the harbour"), *[left + right, rows, right + left, rows[::-1], shuffled][order]]


@pytest.mark.parametrize("order", range(5))
def test_columns_are_read_one_after_the_other_however_they_are_drawn(order: int) -> None:
    text = " ".join(read(make.pdf([in_columns(order)])).text.split())
    assert text == " ".join(["News of the harbour", *LEFT, *RIGHT])


def test_a_table_is_not_taken_for_columns() -> None:
    roles = [("Ann Moe", "keeps the lamp"), ("Bo Dahl", "mends the nets"), ("Cat Lie", "sells the fish"),
             ("Dag Vik", "pays the men")]  # fmt: skip
    lines = [line for n, (a, b) in enumerate(roles) for line in ((72, 700 - 15 * n, 11, a), (300, 700 - 15 * n, 11, b))]
    text = " ".join(read(make.pdf([lines])).text.split())
    assert all(f"{a} {b}" in text.replace("|", "") for a, b in roles), text


def test_lines_drawn_out_of_order_are_read_from_the_top() -> None:
    lines = make.column(["The first line of a text that", "goes on in the second and ends", "in the third."])
    assert (
        read(make.pdf([lines[::-1]])).text
        == "The first line of a text that goes on in the second and ends in the third."
    )


def test_the_values_of_a_form_stand_beside_their_labels() -> None:
    text = "BT /F1 11 Tf 72 700 Td (Surname:) Tj 0 -40 Td (Number plate) Tj 0 -40 Td (Electric) Tj ET"
    fields = {
        "surname": ("Okafor", (260, 695, 460, 715)),
        "plate": ("KR 482 TX", (260, 655, 460, 675)),
        "electric": ("/Yes", (50, 618, 64, 632)),
        "remarks": ("Pays in cash", (260, 400, 460, 420)),
        "empty": ("", (260, 300, 460, 320)),
    }
    reading = read(office.form(fields, text))
    assert reading.text.split("\n\n") == [
        "Surname: Okafor", "Number plate: KR 482 TX", "Electric: yes", "remarks: Pays in cash"
    ]  # fmt: skip


def test_raised_digits_are_told_by_their_place() -> None:
    marks = [(170, 704, 7, "12"), (239.6, 704, 7, "6")]
    words = [(72, "The plant treats 400"), (179, "tonnes of 10"), (245, "litres. In 1906 it stood.")]
    plain = [(x, 700, 11, text) for x, text in words]
    lines = [plain[0], marks[0], plain[1], marks[1], plain[2]]
    text = read(make.pdf([lines])).text
    assert "400 [note 12] tonnes of 10^6 litres. In 1906 it stood." in text


def test_a_title_and_clauses_with_blank_lines_between_them_stay_apart() -> None:
    """Most lines here are paragraphs of their own, so the usual distance of lines is not that within a paragraph."""
    first = "3. The harbour master was asked to have the crane mended before the summer and to send"
    second = "4. It was agreed to buy a second boat for the pilot, and to sell the old one at once to"
    lines = [
        "Minutes of the harbour board",
        "Present: all five members.",
        "1. The mole was mended.",
        "2. A buoy was lost.",
    ]
    spaced = [part for line in lines for part in (line, "")]
    spaced += [first, "the bill to the town, which", "", second, "whoever pays most.", "", "5. Nothing else was said."]
    reading = read(make.pdf([make.column(spaced)]))
    assert reading.text.split("\n\n")[:4] == lines
    assert f"{first} the bill to the town, which" in reading.text


def test_numbers_of_clauses_begin_paragraphs_and_other_decimals_do_not() -> None:
    lines = [
        "2. Payment",
        "2.1 The fee for a berth in the inner basin of the harbour is 40 crowns a week.",
        "2.2 Bills are sent by the harbour office on the last day of every month and rise by",
        "3.5 per cent a year.",
    ]
    reading = read(make.pdf([make.column(lines)]))
    assert reading.text.split("\n\n") == [lines[0], lines[1], f"{lines[2]} {lines[3]}"]


def test_a_pdf_page_without_a_text_layer_is_named() -> None:
    blank = make.pdf([[], make.column(["Some text here."])])
    reading = read(blank)
    assert reading.warnings == ()
    assert len(reading.pages) == 2
    assert reading.pages[0].of(reading.text) == ""
    with pytest.raises(ReadError, match="no text layer"):
        read(make.pdf([[], []]))


def test_pdf_page_labels() -> None:
    labels = "/PageLabels << /Nums [0 << /S /r >> 1 << /S /D >>] >>"
    reading = read(make.pdf([make.column(["Preface text."]), make.column(["Chapter text."])], labels=labels))
    assert reading.metadata["page_labels"] == '["i", "1"]'


def test_two_columns_are_read_one_after_the_other() -> None:
    left = make.column(["The left column begins here and", "goes on without an end to the"], left=60)
    right = make.column(["right column, where it ends.", "Then comes more."], left=320)
    reading = read(make.pdf([[*left, *right]]))
    assert "goes on without an end to the right column, where it ends." in reading.text


def test_pages_of_one_equal_line_keep_it() -> None:
    reading = read(make.pdf([make.column(["Some text on the page."])] * 3))
    assert reading.text.count("Some text on the page.") == 3


def test_a_chapter_head_with_its_page_number_is_left_out() -> None:
    def leaf(number: int, chapter: str) -> list[make.Line]:
        words = ["lamp", "oil", "wick", "glass", "tower"][number]
        body = make.column([f"The {words} begins here.", f"It is a {words}.", "It goes on.", f"So ends the {words}."])
        return [(72, 800, 9, f"{chapter} {number}"), *body]

    pages = [leaf(n, "Chapter One: Lamps" if n < 3 else "Chapter Two: Oil") for n in range(1, 5)]
    reading = read(make.pdf(pages))
    assert "Chapter" not in reading.text
    assert reading.text.count("It goes on.") == reading.text.count("So ends the") == 4
