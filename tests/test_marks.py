"""Marks above and below the line, formulas, and the labels of numbered paragraphs."""

from __future__ import annotations

import pytest
from lxml import etree

from ingest.marks import formula, lowered, raised
from ingest.word_styles import Numbers, counted
from tests.make_office import W


@pytest.mark.parametrize(
    ("before", "mark", "after", "said"),
    [
        ("about 10", "6", " cells", "^6"),
        ("about 10", "−3", " litres", "^-3"),
        ("2", "30", " bytes", "^30"),
        ("treated 400", "12", " tonnes", " [note 12]"),
        ("7", "2", " = 49", "^2"),
        ("a room of 20 m", "2", ".", "²"),
        ("over x", "2", " + 1", "^2"),
        ("the town", "3", " was", " [note 3]"),
        ("the town.", "3", " It", "[note 3]"),
        ("the town", "[3]", " was", " [3]"),
        ("on the 21", "st", " of May", "st"),
        ("Ca", "2+", " ions", "2+"),
        ("1", "1", "/2 cups", " 1"),
        ("", "12", "Without the north", "[note 12] "),
        ("(1 + r)", "5", "", "^5"),
    ],
)
def test_a_raised_mark(before: str, mark: str, after: str, said: str) -> None:
    assert raised(before, mark, after) == said


def test_a_lowered_mark() -> None:
    assert [lowered("CO", "2"), lowered("row 4", "2")] == ["2", "_2"]


def test_formulas_of_web_pages_and_of_office() -> None:
    web = etree.fromstring(
        "<math><msup><mi>x</mi><mn>2</mn></msup><mo>=</mo><mfrac><mi>a</mi><mn>2</mn></mfrac></math>"
    )
    assert formula(web) == "x^2 = a/2"
    office = "<o><sSup><e><r><t>x</t></r></e><sup><r><t>n+1</t></r></sup></sSup></o>"
    assert formula(etree.fromstring(office)) == "x^(n+1)"


def test_paragraphs_are_numbered_as_word_counts_them() -> None:
    def level(n: int, kind: str, text: str) -> str:
        return f"<w:lvl w:ilvl='{n}'><w:numFmt w:val='{kind}'/><w:lvlText w:val='{text}'/></w:lvl>"

    levels = level(0, "upperRoman", "%1.") + level(1, "decimal", "%1.%2") + level(2, "bullet", "o")
    root = etree.fromstring(
        f"<w:numbering {W}><w:abstractNum w:abstractNumId='5'>{levels}</w:abstractNum><w:num w:numId='1'>"
        "<w:abstractNumId w:val='5'/></w:num><w:num w:numId='2'><w:abstractNumId w:val='5'/><w:lvlOverride w:ilvl='0'>"
        "<w:startOverride w:val='9'/></w:lvlOverride></w:num></w:numbering>"
    )
    numbers = Numbers(root)
    asked = [("1", 0), ("1", 1), ("1", 1), ("1", 2), ("1", 0), ("1", 1), ("2", 0), ("7", 0)]
    assert [numbers.label(*a) for a in asked] == ["I.", "I.1", "I.2", "•", "II.", "II.1", "IX.", ""]
    assert [counted(28, "lowerLetter"), counted(44, "lowerRoman"), counted(5, "ordinal")] == ["bb", "xliv", "5"]
