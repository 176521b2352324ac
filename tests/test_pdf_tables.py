"""Tables in PDFs: each row is a line with the names of its columns; what is no table for certain stays as it was."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.load import Limits, Reading
from ingest.read_pdf import read_pdf
from ingest.worker import Worker
from rag.config import Settings
from tests import make_files as make
from tests.test_page_picture import MATRIX, check, turned

STORMS = [
    ("Harbour", "Built", "Boats", "Last storm"),
    ("Koge", "1187", "40", "3 March 1911"),
    ("Molde", "1841", "9", "never"),
    ("Great Yarmouth", "1203", "112", "11 June 1922"),
]
PLACES = (72.0, 200.0, 280.0, 340.0)
BEFORE = make.column(
    ["Four harbours were looked at in the year of the", "great storm, and three of them had no lamp."], top=760
)
AFTER = make.column(["The last of them was rebuilt in stone, and the town", "paid for it with a tax on salt."], top=560)


def read(*pages: Sequence[make.Line], bold: Sequence[str] = (), **options: str) -> Reading:
    [reading] = read_pdf(make.pdf(pages, bold=bold, **options), "a.pdf", Limits(Settings()))
    return reading


def table(
    rows: Sequence[Sequence[str]], places: Sequence[float] = PLACES, top: float = 700.0, lead: float = 16.0
) -> list[make.Line]:
    """Rows of cells at fixed places, one after the other as programs set them."""
    return [
        (x, top - lead * n, 10.0, cell)
        for n, row in enumerate(rows)
        for x, cell in zip(places, row, strict=True)
        if cell
    ]


def rows_of(reading: Reading) -> list[str]:
    return [span.of(reading.text) for span in reading.rows]


def test_each_row_is_one_line_with_the_names_of_its_columns() -> None:
    reading = read([*BEFORE, *table(STORMS), *AFTER])
    assert reading.text == (
        "Four harbours were looked at in the year of the great storm, and three of them had no lamp.\n\n"
        "Harbour | Built | Boats | Last storm\n"
        "Harbour: Koge; Built: 1187; Boats: 40; Last storm: 3 March 1911\n"
        "Harbour: Molde; Built: 1841; Boats: 9; Last storm: never\n"
        "Harbour: Great Yarmouth; Built: 1203; Boats: 112; Last storm: 11 June 1922\n\n"
        "The last of them was rebuilt in stone, and the town paid for it with a tax on salt."
    )
    assert len(reading.rows) == 4


def test_numbers_set_to_the_right_and_empty_cells() -> None:
    def right(x: float, text: str) -> float:  # a digit of Helvetica is 0.556 wide, a point half of it
        return x - 10 * sum(0.278 if c in ".," else 0.556 for c in text)

    rows = [("Oak beam", "4", "1,120.00"), ("Nails", "200", "0.10"), ("Rope", "12", "1.50"), ("Labour", "", "300.00")]
    lines = [(72.0, 700.0, 10.0, "Item"), (180.0, 700.0, 10.0, "Pieces"), (260.0, 700.0, 10.0, "Price")]
    for n, (item, pieces, price) in enumerate(rows, start=1):
        lines.append((72.0, 700.0 - 14 * n, 10.0, item))
        lines += [(right(x, text), 700.0 - 14 * n, 10.0, text) for x, text in ((210.0, pieces), (284.0, price)) if text]
    assert rows_of(read(lines))[1:] == [
        "Item: Oak beam; Pieces: 4; Price: 1,120.00",
        "Item: Nails; Pieces: 200; Price: 0.10",
        "Item: Rope; Pieces: 12; Price: 1.50",
        "Item: Labour; Price: 300.00",
    ]


def test_names_in_bold_make_a_table_of_words() -> None:
    rows = [("Name", "Role", "Town"), ("Anna Falk", "Chair", "Oslo"), ("Carl Dahl", "Treasurer", "Bergen")]
    lines = table(rows, (72, 200, 300))
    assert rows_of(read(lines, bold=rows[0]))[-1] == "Name: Carl Dahl; Role: Treasurer; Town: Bergen"
    assert rows_of(read(lines)) == []


def test_years_can_name_columns() -> None:
    rows = [("in thousand", "2020", "2021"), ("Sales", "1,204", "(310)"), ("Cost", "–", "12 %"), ("Profit", "401", "5")]
    assert rows_of(read(table(rows, (72, 200, 300))))[1] == "in thousand: Sales; 2020: 1,204; 2021: (310)"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_table_on_a_turned_page(turn: int) -> None:
    lines = turned(table(STORMS, top=500), turn)
    assert len(rows_of(read(lines, page_entries=f"/Rotate {turn}", matrix=MATRIX[turn]))) == 4


def test_a_table_goes_on_over_a_pages_end_and_loses_no_row() -> None:
    names, count = ("Station", "Height", "Rain"), 60
    body = [(f"Station {n % 7}", str(100 + n), f"{n}.5") for n in range(count)]
    pages = [[names, *body[:20]], body[20:40], body[40:]]
    reading = read(*(table(rows, (72, 200, 300), top=790, lead=14) for rows in pages))
    wanted = [f"Station: {a}; Height: {b}; Rain: {c}" for a, b, c in body]
    assert rows_of(reading) == ["Station | Height | Rain", *wanted]
    assert [len(page.of(reading.text).split("\n")) for page in reading.pages] == [23, 22, 20]
    again = [[names, *body[:20]], [names, *body[20:40]]]
    assert (
        rows_of(read(*(table(rows, (72, 200, 300), top=790, lead=14) for rows in again)))[21]
        == "Station | Height | Rain"
    )


LAMPS = [
    ("Part", "What it does", "Price"),
    ("Lens", ["It gathers the light of the lamp and", "throws it far out over the sea in hea-", "vy weather."], "120"),
    ("Wick", ["It draws the oil up to the flame."], "3"),
    ("Oil", ["It burns all night. The keeper car-", "ries 4 cans of it up the stairs."], "8"),
]


def folded(gap: float, lead: float = 12.0) -> list[make.Line]:
    """The lamps with several lines in a cell: cell by cell, as programs set them."""
    lines, y = [], 700.0
    for part, what, price in LAMPS:
        texts = [what] if isinstance(what, str) else what
        lines.append((72.0, y, 10.0, part))
        lines += [(140.0, y - lead * n, 10.0, text) for n, text in enumerate(texts)]
        lines.append((420.0, y, 10.0, price))
        y -= lead * (len(texts) - 1) + gap
    return [*lines, *make.column(["Lamps of that kind are", "no longer made."], top=y - 12, size=10)]


def test_cells_of_several_lines_where_rows_stand_further_apart_than_lines() -> None:
    reading = read(folded(20), bold=LAMPS[0])
    assert rows_of(reading) == [
        "Part | What it does | Price",
        "Part: Lens; What it does: It gathers the light of the lamp and throws it far out over the sea in heavy "
        "weather.; Price: 120",
        "Part: Wick; What it does: It draws the oil up to the flame.; Price: 3",
        "Part: Oil; What it does: It burns all night. The keeper carries 4 cans of it up the stairs.; Price: 8",
    ]
    assert reading.text.endswith("\n\nLamps of that kind are no longer made.")


def test_where_a_row_ends_is_not_guessed() -> None:
    assert rows_of(read(folded(12), bold=LAMPS[0])) == []
    assert rows_of(read(folded(20))) == []


def test_columns_under_headings_are_no_table() -> None:
    heads = [(60.0, 700.0, 10.0, "Lamps"), (320.0, 700.0, 10.0, "Boats")]
    left, right = (make.column(PROSE, left=x, top=684, size=10) for x in (60, 320))
    mixed = [line for pair in zip(left, right, strict=True) for line in pair]
    for lines in ([*heads, *left, *right], [*heads, *mixed], [heads[0], *left, heads[1], *right]):
        assert rows_of(read(lines, bold=("Lamps", "Boats"))) == []


def test_a_page_of_very_many_lines_is_read_in_time() -> None:
    lines = table([(f"{n}.", "so") for n in range(6000)], (72, 200), lead=0.1)
    with Worker(Settings(max_seconds=60)) as worker:
        assert worker.read(make.pdf([lines]), "a.pdf")


def test_running_heads_of_three_parts_are_still_left_out() -> None:
    words = ["lamp", "oil", "wick", "glass", "tower"]
    pages = []
    for n, word in enumerate(words):
        head = table([("Harbour Report", "Koge", f"{n + 1}")], (72, 250, 500), top=800)
        pages.append([*head, *make.column([f"The {word} is old.", f"Nobody mends the {word}.", "It stays."])])
    assert "Harbour Report" not in read(*pages).text


def test_a_row_is_marked_on_the_picture() -> None:
    lines = table(STORMS)
    check(
        lines,
        [line for line in lines if line[1] == 700.0 - 2 * 16],
        "Harbour: Molde; Built: 1841; Boats: 9; Last storm: never",
    )
    check(lines, lines[:4], "Harbour | Built | Boats | Last storm")


PROSE = [
    "The keeper lit the lamp at dusk and wrote down the",
    "weather. In March a storm broke it, and oil burned",
    "in a bucket until the morning. No ship was lost in",
    "that night, though 40 boats were out. The town gave",
    "him 12 marks for it, and a letter that is still kept.",
]
NO_TABLES = {
    "prose": make.column(PROSE),
    "two columns, one after the other": [*make.column(PROSE, left=40, size=9), *make.column(PROSE, left=310, size=9)],
    "two columns, line by line": table(list(zip(PROSE, PROSE, strict=True)), (40, 310)),
    "three columns, line by line": table([(x[:28], x[20:44], x[10:36]) for x in PROSE], (40, 220, 400)),
    "a list": table([(f"{n}.", text) for n, text in enumerate(PROSE, start=1)], (72, 100)),
    "bullets": table([("•", text) for text in PROSE], (72, 90)),
    "lettered": table([(f"({c})", str(n)) for n, c in enumerate("abcdef")], (72, 100)),
    "contents": table([("Lamps", "1"), ("Oil", "12"), ("Wicks", "30"), ("Towers", "31"), ("Index", "90")], (72, 400)),
    "a menu": table([("Soup", "4.50"), ("Bread", "2.00"), ("Fish", "14.00"), ("Wine", "5.00")], (72, 300)),
    "a form": table(
        [("Name:", "Anna Falk"), ("Born:", "1981"), ("Street:", "Mill Lane 4"), ("Code:", "4600")], (72, 200)),
    "a form without colons": table(
        [("Name", "Anna Falk", "Born", "3 March 1981"), ("Street", "Mill Lane 4", "Code", "4600"),
         ("Phone", "555 1234", "Since", "2003"), ("Pays", "by card", "Fee", "40")], PLACES),
    "addresses": table(
        [("Anna Falk", "Carl Dahl", "Mara Berg"), ("Harbour Road 4", "Mill Lane 12", "Abbey Street 7"),
         ("4600 Koge", "4000 Roskilde", "2100 Molde")], (72, 220, 370)),
    "signatures": table(
        [("Anna Falk", "Carl Dahl"), ("Chair", "Treasurer"), ("Oslo", "Bergen"), ("May", "May")], (72, 300)),
    "equations": table(
        [("x", "= a + b", "(1)"), ("y", "= a - b", "(2)"), ("z", "= a b", "(3)"), ("w", "= b", "(4)")], (72, 150, 400)),
    "two rows": table(STORMS[:2]),
    "columns that do not line up": [(72.0 + 90 * k + 17 * ((n * 3 + k) % 4), 700.0 - 16 * n, 10.0, cell)
                                    for n, row in enumerate(STORMS) for k, cell in enumerate(row)],
    "no gutter": table(STORMS, (72, 110, 140, 160)),
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_TABLES)
def test_what_is_no_table_stays_running_text(kind: str) -> None:
    reading = read(NO_TABLES[kind])
    assert rows_of(reading) == []
    for _, _, _, text in NO_TABLES[kind]:
        assert text.split()[0] in reading.text


cells = st.text(st.sampled_from("abcdefghiklmnorstuvw"), min_size=3, max_size=9)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_table_of_numbers_is_found_whole(data: st.DataObject) -> None:
    many = data.draw(st.integers(2, 5))
    names = [data.draw(cells) for _ in range(many)]
    rows = [
        [data.draw(cells), *(str(data.draw(st.integers(0, 99_999))) for _ in range(many - 1))]
        for _ in range(data.draw(st.integers(3, 8)))
    ]
    wanted = ["; ".join(f"{name}: {cell}" for name, cell in zip(names, row, strict=True)) for row in rows]
    found = rows_of(read([*BEFORE, *table([names, *rows], [72.0 + 90 * n for n in range(many)]), *AFTER]))
    assert found == [" | ".join(names), *wanted]
