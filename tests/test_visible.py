"""What a page shows is read, and nothing else: made files of every format with known visible and hidden text."""

# ruff: noqa: E501 (what lies in a file is shown as it is)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from ingest.load import Limits, Reading
from ingest.read_any import read_any
from rag.config import Settings
from tests import make_files as make
from tests import make_office as office
from tests.make_office import p, r


def read(data: bytes, name: str) -> list[Reading]:
    return list(read_any(data, name, Limits(Settings())))


def text_of(data: bytes, name: str) -> str:
    return "\n".join(reading.text for reading in read(data, name))


RAISED = "<w:vertAlign w:val='superscript'/>"


@dataclass(frozen=True)
class Shown:
    """A file, the texts that a person sees in it, and texts that lie in it unseen."""

    name: str
    data: Callable[[], bytes]
    shown: tuple[str, ...]
    unseen: tuple[str, ...] = ()


def _word() -> bytes:
    ins, gone = "<w:ins w:id='1' w:author='a'>", "<w:del w:id='2' w:author='a'>"
    body = (
        p("Rules of the harbour", "<w:pStyle w:val='H1'/>")
        + f"<w:p>{r('The fee is ')}{gone}<w:r><w:delText>500</w:delText></w:r></w:del>{ins}{r('750')}</w:ins>{r(' euros.')}"
        + "<w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
        + "<w:sdt><w:sdtContent>" + p("The pier belongs to the town.") + "</w:sdtContent></w:sdt>"
        + "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" + p("Click here to type.") + "</w:sdtContent></w:sdt>"
        + p("Nets are dried on the wall.", run="<w:vanish w:val='0'/>") + p("Secret note.", run="<w:vanish/>")
        + f"<w:p>{r('Oil costs ')}{r('4', '<w:strike/>')}{r('5 crowns.')}</w:p>"
        + f"<w:p>{r('There are 10')}{r('6', RAISED)}{r(' herrings.')}</w:p>"
        + p("Duties", "<w:pStyle w:val='H2'/>") + p("Pay the fee.", "<w:pStyle w:val='N'/>")
        + p("Mend the nets.", "<w:pStyle w:val='N'/>")
        + "<w:tbl><w:tr><w:tc><w:p/><w:p><w:r><w:t>Boat</w:t></w:r></w:p></w:tc><w:tc>" + p("Berth") + "</w:tc></w:tr>"
        + "<w:tr><w:tc>" + p("Heron") + "</w:tc><w:tc><w:tbl><w:tr><w:tc>" + p("North 4") + "</w:tc></w:tr></w:tbl><w:p/>"
        "</w:tc></w:tr><w:tr><w:trPr><w:del w:id='4'/></w:trPr><w:tc>" + p("Sold boat") + "</w:tc></w:tr></w:tbl>"
        + "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx><w:txbxContent>"
        + p("Beware of the crane.") + "</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        "<w:txbxContent>" + p("Beware of the crane.") + "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        + "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> DATE </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r>" + r("On 4 March.") + "<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
        + "<w:p><w:r><w:t>co</w:t><w:softHyphen/><w:t>operative</w:t></w:r></w:p>"
        + "<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath></w:p>"
    )  # fmt: skip
    numbering = (
        "<w:abstractNum w:abstractNumId='0'><w:lvl w:ilvl='0'><w:start w:val='2'/><w:numFmt w:val='decimal'/>"
        "<w:lvlText w:val='%1'/></w:lvl><w:lvl w:ilvl='1'><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.%2'/></w:lvl>"
        "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num>"
    )
    number = "<w:numPr><w:ilvl w:val='{}'/><w:numId w:val='1'/></w:numPr>"
    styles = (
        "<w:style w:styleId='H1'><w:name w:val='heading 1'/></w:style>"
        f"<w:style w:styleId='H2'><w:name w:val='heading 2'/><w:pPr>{number.format(0)}</w:pPr></w:style>"
        f"<w:style w:styleId='N'><w:name w:val='Clause'/><w:pPr>{number.format(1)}</w:pPr></w:style>"
    )
    notes = f"<w:footnote w:id='2'>{p('Small boats pay half.')}</w:footnote>"
    return office.word(body, styles=styles, numbering=numbering, footnotes=notes)


def _slides() -> bytes:
    import io

    import pptx as library
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    show = library.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "The harvest"
    group = slide.shapes.add_group_shape()
    box = group.shapes.add_textbox(0, 0, Inches(2), Inches(1))
    box.text_frame.text = "Inside a group."
    struck = slide.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame
    for text, strike in (("The price is ", False), ("40", True), ("50 crowns.", False)):
        piece = struck.paragraphs[0].add_run()
        piece.text = text
        if strike:
            piece._r.get_or_add_rPr().set("strike", "sngStrike")
    data = CategoryChartData()
    data.categories = ["Rye", "Oats"]
    data.add_series("Tonnes", (41.5, 12))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(4), Inches(3), data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Grain of the year"
    slide.notes_slide.notes_text_frame.text = "Thank the millers."
    hidden = show.slides.add_slide(show.slide_layouts[5])
    hidden.shapes.title.text = "Not for the public"
    hidden._element.set("show", "0")
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


PAGE = """<!doctype html><html><head><title>Bikes</title><style>.gone, #spy {display: none} .tab p {display:none}
.tab p.on {display: block} @media print {.paper {display: none}} .away {position:absolute; left:-9999px}</style></head>
<body><nav><a href="/">Home</a></nav><h1>Hire a bike</h1><p class="paper">A bike costs 14 euros.</p>
<p style="display:none">Spy text one.</p><p hidden>Spy text two.</p><p class="gone">Spy text three.</p>
<div id="spy">Spy text four.</div><p class="away">Spy text five.</p><p style="color:#FFF">Spy text six.</p>
<template><p>Spy text seven.</p></template><span aria-hidden="true">Spy text eight.</span>
<div class="tab"><p>Spy text nine.</p><p class="on">Helmets are free.</p></div>
<p>It was <s>20</s> <del>19</del> 18 euros and 10<sup>6</sup> people came.<sup>3</sup></p>
<ol start="3"><li>Take a lock.</li><li>Bring it back.</li></ol><p>Of CO<sub>2</sub> we save ten&shy;fold.</p>
<dl><dt>Deposit</dt><dd>50 euros</dd></dl><details><summary>May I ride at night?</summary>With a lamp.</details>
<label>Town <select><option>Oslo<option selected>Bergen</select></label><script>spy()</script></body></html>"""


def _mail() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ida <ida@example.org>", "The boiler"
    message.set_content("To view this message, please use a newer program.")
    message.add_alternative(
        "<p>The boiler costs 4,850 euros.</p><div style='display:none'>Preheader spy.</div>", subtype="html"
    )
    return message.as_bytes()


SHEET = office.odf(
    "spreadsheet",
    '<table:table table:name="Stock"><table:table-row><table:table-cell><text:p>Item</text:p></table:table-cell>'
    "<table:table-cell><text:p>Price</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell>"
    "<text:p>Lamp oil</text:p></table:table-cell><table:table-cell><text:p>5.00 €</text:p></table:table-cell>"
    '</table:table-row><table:table-row table:visibility="collapse"><table:table-cell><text:p>Spy row</text:p>'
    '</table:table-cell></table:table-row></table:table><table:table table:name="Spy sheet" table:style-name="H">'
    "<table:table-row><table:table-cell><text:p>Spy cell</text:p></table:table-cell></table:table-row></table:table>",
    '<style:style style:name="H"><style:table-properties table:display="false"/></style:style>',
)
SHOW = office.odf(
    "presentation",
    '<draw:page><draw:frame presentation:class="outline"><draw:text-box><text:list><text:list-item><text:p>Build a dam.'
    '</text:p></text:list-item></text:list></draw:text-box></draw:frame><draw:frame presentation:class="title">'
    "<draw:text-box><text:p>The plan</text:p></draw:text-box></draw:frame><draw:g><draw:custom-shape><text:p>Two years."
    '</text:p></draw:custom-shape></draw:g><presentation:notes><draw:frame presentation:class="notes"><draw:text-box>'
    '<text:p>Thank the bank.</text:p></draw:text-box></draw:frame></presentation:notes></draw:page><draw:page '
    'draw:style-name="H"><draw:frame><draw:text-box><text:p>Spy slide</text:p></draw:text-box></draw:frame></draw:page>',
    '<style:style style:name="H"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>',
)  # fmt: skip

FILES = {
    "docx": Shown(
        "a.docx",
        _word,
        ("Rules of the harbour", "The fee is 750 euros.[note 1]", "[note 1] Small boats pay half.", "The pier belongs to the town.",
         "Nets are dried on the wall.", "Oil costs 5 crowns.", "There are 10^6 herrings.", "2 Duties", "2.1 Pay the fee.",
         "2.2 Mend the nets.", "Boat", "Berth", "Heron", "North 4", "Beware of the crane.", "On 4 March.", "cooperative",
         "a/2"),
        ("500", "Click here", "Secret", "4 5", "45", "Sold boat", "DATE", "106"),
    ),
    "pptx": Shown(
        "a.pptx",
        _slides,
        ("The harvest", "Inside a group.", "The price is 50 crowns.", "Grain of the year", "Tonnes", "Rye", "41.5", "Oats",
         "12", "Thank the millers."),
        ("40", "Not for the public"),
    ),
    "html": Shown(
        "a.html",
        PAGE.encode,
        ("Hire a bike", "A bike costs 14 euros.", "Helmets are free.", "It was 18 euros and 10^6 people came.[note 3]",
         "3. Take a lock.", "4. Bring it back.", "Of CO2 we save tenfold.", "Deposit", "50 euros", "May I ride at night?",
         "With a lamp.", "Town Bergen"),
        ("Spy", "spy", "20", "19", "Oslo"),
    ),
    "mail": Shown("a.eml", _mail, ("From: Ida <ida@example.org>", "Subject: The boiler", "The boiler costs 4,850 euros."),
                  ("newer program", "Preheader")),
    "odt": Shown("a.odt", lambda: office.ODT, ("Moorings", "The fee [note 1] is 750 euros.", "[note 1] Paid by the year.",
                 "1. Tie the boat.", "2. Pay the fee."), ("500",)),
    "ods": Shown("a.ods", lambda: SHEET, ("Stock", "Item", "Price", "Lamp oil", "5.00 €"), ("Spy",)),
    "odp": Shown("a.odp", lambda: SHOW, ("The plan", "Build a dam.", "Two years.", "Thank the bank."), ("Spy",)),
    "rtf": Shown("a.rtf", lambda: office.RTF, ("Moorings", "The fee is 750 euros.[note 1]", "[note 1] Paid by the year.",
                 "1. Tie the boat at the café €5.", "Boat", "Fee", "Heron", "750", "10^6 cells."),
                 ("500", "secret", "rtf1")),
    "mhtml": Shown("a.mht", lambda: office.MHTML, ("The ferry", "It leaves at café time."), ("color", "=C3")),
    "ics": Shown("a.ics", office.CALENDAR.encode, ("Board meeting, spring", "2024-05-02 14:00", "Room 204", "Holm, Asa",
                 "every week on Tuesday, 5 times", "Bring the budget."), ("BEGIN", "1970", "Ring the bell", "RRULE")),
    "vcf": Shown("a.vcf", office.CARD.encode, ("Ida Møe", "+47 123", "Strandgata 5, Bergen, 5004, Norway"), ("=C3", "BEGIN")),
    "pdf": Shown(
        "a.pdf",
        lambda: make.pdf([[*make.column(["There are 10"]), (72 + 60, 706, 6, "6"), (140, 700, 11, "cells in it."),
                           (72, 2000, 11, "Spy text beyond the edge.")]]),
        ("There are 10^6 cells in it.",),
        ("Spy", "106"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_what_is_shown_is_read_and_nothing_else(kind: str) -> None:
    file = FILES[kind]
    text = " ".join(text_of(file.data(), file.name).split())
    missing = [line for line in file.shown if " ".join(line.split()) not in text]
    found = sum(len(line) for line in file.shown if line not in missing)
    assert found >= 0.99 * sum(map(len, file.shown)), missing
    assert [word for word in file.unseen if word in text] == []


def test_what_is_not_read_is_said() -> None:
    word = office.word(
        p("A text.") + "<w:p><w:r><w:drawing><wp:inline><wp:extent cx='3000000' cy='2000000'/></wp:inline></w:drawing>"
        "<w:object/></w:r></w:p><w:altChunk/>",
        comments=f"<w:comment w:id='1'>{p('Is this so?')}</w:comment>",
    )
    assert read(word, "a.docx")[0].warnings == (
        "1 picture not read", "1 embedded object not read", "1 embedded document not read", "1 comment not read"
    )  # fmt: skip
    assert read(_slides(), "a.pptx")[0].warnings == ("1 hidden slide not read",)
    assert read(SHEET, "a.ods")[0].warnings == ("1 hidden sheet not read",)


@pytest.mark.parametrize(("name", "data"), [("a.docx", make.docx), ("a.pptx", make.pptx)])
def test_the_day_of_a_template_is_no_fact(name: str, data: Callable[[], bytes]) -> None:
    [reading] = read(data(), name)
    assert reading.date is None
    assert reading.author == ("Mara Berg" if name == "a.docx" else None)


def test_what_a_program_fills_in_is_no_fact() -> None:
    facts = {"Title": "untitled", "Author": "anonymous", "Subject": "unspecified"}
    [reading] = read(make.pdf([make.column(["Some text of it."])], facts), "a.pdf")
    assert (reading.title, reading.author, dict(reading.metadata)) == (None, None, {})


def test_a_table_is_called_by_its_own_title_before_the_heading_above_it() -> None:
    (slides,) = read(_slides(), "a.pptx")
    assert ("Grain of the year", ("", "Tonnes")) in [(grid.caption, grid.names) for grid in slides.grids]
    assert "Rye; Tonnes: 41.5\nOats; Tonnes: 12" in slides.text
    page = "<h1>Fees</h1><table><caption>In summer</caption><tr><th>Boat</th><th>Fee</th></tr><tr><td>Heron</td><td>7</td></tr></table>"
    (web,) = read(page.encode(), "a.html")
    assert [grid.caption for grid in web.grids] == ["In summer"]


def test_running_heads_of_word_are_read_once_without_page_numbers() -> None:
    import io

    import docx

    document = docx.Document()
    document.add_paragraph("The text.")
    header = document.sections[0].header.paragraphs[0]
    header.text = "Draft of the board"
    document.sections[0].footer.paragraphs[0].text = "Draft of the board"
    out = io.BytesIO()
    document.save(out)
    assert read(out.getvalue(), "a.docx")[0].text == "The text.\n\nDraft of the board"


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.doc", "before 2007"),
        (make.packed({"[Content_Types].xml": "<Types/>", "visio/document.xml": "<x/>"}), "a.vsdx", "no reader for this"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "a.ics", "no event"),
    ],
)  # fmt: skip
def test_what_no_reader_knows_is_refused_with_advice(data: bytes, name: str, reason: str) -> None:
    from rag.errors import ReadError

    with pytest.raises(ReadError, match=reason):
        read(data, name)
