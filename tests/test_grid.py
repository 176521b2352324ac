"""Where a table begins, which rows name its columns, and that every cell is where its grid says."""

from __future__ import annotations

import csv
import datetime
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.build import Builder
from ingest.cell_format import shown
from ingest.grid import spanned
from ingest.load import Limits, Reading
from ingest.read_any import read_any
from rag.config import Settings
from rag.tables.grid import is_larger, places


def read(rows: list[list[str]], mark: str = ",") -> Reading:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=mark).writerows(rows)
    (reading,) = read_any(buffer.getvalue().encode(), "a.csv", Limits(Settings()))
    return reading


def cells(reading: Reading, n: int = 0) -> list[list[str]]:
    return [[reading.text[a:b] for a, b in row] for row in places(reading.grids[n]).tolist()]


BODY = [["Oak", "12", "3.5"], ["Elm", "40", "2.25"], ["Ash", "7", "9.0"]]
HEADS: dict[str, tuple[list[list[str]], tuple[str, ...]]] = {
    "a header": ([["Tree", "Count", "Height (m)"]], ("Tree", "Count", "Height (m)")),
    "a banner": ([["Survey of the park"], [], ["Tree", "Count", "Height (m)"]], ("Tree", "Count", "Height (m)")),
    "a banner right above": ([["Survey", "", ""], ["Tree", "Count", "Height"]], ("Tree", "Count", "Height")),
    "years": ([["Tree", "2020", "2021"]], ("Tree", "2020", "2021")),
    "a first column without a name": ([["", "Count", "Height"]], ("", "Count", "Height")),
    "two rows": ([["Tree", "Size", "Size"], ["", "Count", "Height"]], ("Tree", "Size Count", "Size Height")),
    "none": ([["Fir", "3", "4.5"]], ("", "", "")),
}


@pytest.mark.parametrize("kind", HEADS)
def test_the_names_of_the_columns_are_found(kind: str) -> None:
    above, names = HEADS[kind]
    reading = read([*above, *BODY])
    assert reading.grids[0].names == names
    assert cells(reading)[-3:] == BODY
    assert "Oak: " not in reading.text


def test_a_blank_row_ends_a_table_and_another_begins() -> None:
    reading = read(
        [["Tree", "Count"], ["Oak", "12"], ["Elm", "40"], [], ["Bird", "Seen"], ["Wren", "3"], ["Kite", "1"]]
    )
    assert [g.names for g in reading.grids] == [("Tree", "Count"), ("Bird", "Seen")]
    assert "Bird: Wren; Seen: 3" in reading.text


def test_a_blank_row_inside_a_table_keeps_its_names() -> None:
    reading = read([["Tree", "Count"], ["Oak", "12"], ["Elm", "40"], [], ["Ash", "3"], ["Fir", "1"]])
    assert [len(cells(reading, n)) for n in range(len(reading.grids))] == [4]
    assert "Tree: Ash; Count: 3" in reading.text


def test_a_remark_over_all_columns_is_no_row() -> None:
    builder = Builder()
    builder.table([["Year", "Race", "Place"], ["For the club"] * 3, ["2001", "Rome", "3"], ["2002", "Oslo", "1"]])
    reading = builder.reading(media_type="text/html")
    assert cells(reading) == [["2001", "Rome", "3"], ["2002", "Oslo", "1"]]
    assert "For the club\n" in reading.text


def test_the_mark_between_cells_is_found_below_a_banner() -> None:
    reading = read([["Export of the meters"], ["As of today"], ["Meter", "House"], ["M-1", "4"], ["M-2", "6"]], ";")
    assert reading.grids[0].names == ("Meter", "House")


def test_spanned_cells_say_their_text_in_each_of_them() -> None:
    rows = [[("North", 2, 1), ("Cable", 1, 1), ("x", 1, 2)], [("Hub", 1, 1), ("y", 1, 1)], [("South", 1, 1)]]
    assert list(spanned(rows)) == [["North", "Cable", "x", "x"], ["North", "Hub", "y"], ["South"]]


def test_a_table_of_markdown_stays_as_written_and_its_cells_are_found() -> None:
    text = "# Trees\n\n| Tree | Count |\n|:---|---:|\n| Oak | 12 |\n| Elm \\| Wych |  |\n\nA | b, no table.\n"
    (reading,) = read_any(text.encode(), "a.md", Limits(Settings()))
    assert reading.text == text
    assert reading.grids[0].names == ("Tree", "Count")
    assert cells(reading) == [["Oak", "12"], ["Elm \\| Wych", ""]]


words = st.text(st.characters(categories=("L", "N", "P", "Zs"), max_codepoint=0x2000), max_size=12)


@given(st.lists(st.lists(words, min_size=1, max_size=5), max_size=20))
def test_every_cell_is_where_its_grid_says(rows: list[list[str]]) -> None:
    builder = Builder()
    builder.table(rows)
    reading = builder.reading(media_type="text/csv")
    for n, grid in enumerate(reading.grids):
        assert 0 <= grid.start < grid.end <= len(reading.text)
        for row in cells(reading, n):
            for cell in row:
                assert "\n" not in cell
                assert all(reading.text.count(part) for part in cell.split())


FORMATS: list[tuple[object, str, str]] = [
    (0.0755, "0.0%", "7.6%"),
    (0.5, "0%", "50%"),
    (1234567.5, '"$"#,##0.00', "$1,234,567.50"),
    (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
    (-12, "#,##0;(#,##0)", "(12)"),
    (-12, "0.0", "-12.0"),
    (2.5, "0.##", "2.5"),
    (2, "0.##", "2"),
    (7, "000", "007"),
    (12_300_000, '0.0,,"M"', "12.3M"),
    (12345678901234567, "General", "12345678901234567"),
    (0.1 + 0.2, "General", "0.3"),
    (3.0, "General", "3"),
    (True, "General", "TRUE"),
    (datetime.datetime(2024, 3, 5), "d mmm yyyy", "5 Mar 2024"),
    (datetime.datetime(2024, 3, 5), "dd/mm/yyyy", "05/03/2024"),
    (datetime.datetime(2024, 3, 5), "mm-dd-yy", "2024-03-05"),
    (datetime.datetime(2024, 3, 5, 14, 7), "yyyy-mm-dd hh:mm", "2024-03-05 14:07"),
    (datetime.datetime(2024, 3, 5, 14, 7), "h:mm AM/PM", "2024-03-05 14:07"),
    (datetime.time(9, 5), "h:mm", "09:05"),
    (datetime.timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
]


@pytest.mark.parametrize(("value", "code", "text"), FORMATS)
def test_a_cell_says_what_the_sheet_shows(value: object, code: str, text: str) -> None:
    assert shown(value, code) == text


def test_a_workbook_is_read_as_it_is_shown() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Stock"
    for row in (["Stock in May"], [], ["Shelf", "Item", "Left"], ["A", "Rope", 4], [None, "Wire", 9], ["B", "Lamp", 2]):
        sheet.append(row)
    sheet.append(["B", "Sum", "=C4+C5"])
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A4:A5")
    sheet.row_dimensions[6].hidden = True
    book.create_sheet("Secret").sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    (reading,) = read_any(buffer.getvalue(), "a.xlsx", Limits(Settings()))
    assert cells(reading) == [["A", "Rope", "4"], ["A", "Wire", "9"], ["B", "Sum", ""]]
    assert "Lamp" not in reading.text
    assert reading.warnings == ("a hidden sheet (Secret) was left out", "1 formula without values not read")


def test_a_wide_table_is_read_in_little_memory() -> None:
    """A hundredth of 100,000 rows and 200 columns within as small a part of 512 MB beyond its own text."""
    text = "\n".join(",".join(str(n * c % 97) for c in range(200)) for n in range(1000)).encode()
    tracemalloc.start()
    (reading,) = read_any(text, "wide.csv", Limits(Settings()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert places(reading.grids[0]).shape == (1000, 200, 2)
    assert is_larger(reading.grids[0], 150_000)
    assert not is_larger(reading.grids[0], 250_000)
    assert peak < 5.12 * (1 << 20) + 3 * len(reading.text)
