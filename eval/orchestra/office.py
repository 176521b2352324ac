"""The office files of the orchestra's folder: Word, Excel, PowerPoint, OpenDocument and RTF.

In: a folder. Out: the files.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.making import odf

Rows = Sequence[Sequence[Any]]

MEMBERS = (
    ("Oskar Dahlin", "Strings", "Violin", 2001), ("Greta Lund", "Strings", "Double bass", 2015),
    ("Nell Okoro", "Strings", "Viola", 2026), ("Harold Pym", "Strings", "Cello", 1988),
    ("Ida Vance", "Strings", "Violin", 2012), ("Samir Aziz", "Strings", "Cello", 2009),
    ("Ivor Pryce", "Woodwind", "Bass clarinet", 2018), ("Joan Fairweather", "Woodwind", "Oboe", 2006),
    ("Priya Raman", "Woodwind", "Flute", 2020), ("Tomas Brandt", "Brass", "Horn", 1999),
    ("Ruth Penhallow", "Brass", "Trombone", 1994), ("Agnes Holt", "Percussion", "Timpani", 2017),
)  # fmt: skip
BUDGET = (
    ("Hall hire", 4200, 4480), ("Conductor's fee", 6000, 6000), ("Soloists", 2500, 2150), ("Music hire", 1300, 1610),
    ("Insurance", 640, 640), ("Publicity", 900, 735), ("Repairs", 450, 520),
)  # fmt: skip
GRANTS = (
    ("Funder", "Year", "Amount in pounds", "Purpose"), ("Aldmoor Town Council", "2024", "1,500", "timpani"),
    ("Finch Legacy", "2024", "2,200", "soloists"), ("Arts in the Shires", "2025", "3,000", "concerts in schools"),
    ("Aldmoor Town Council", "2025", "1,800", "hall hire"), ("Rotary Club", "2025", "650", "chairs"),
)  # fmt: skip


def write(folder: Path) -> None:
    """Write the office files."""
    for name in ("members", "finance", "handbook", "minutes", "slides", "contracts"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _members(folder / "members" / "members.xlsx")
    _budget(folder / "finance" / "budget_2025-26.xlsx")
    (folder / "finance" / "grants.ods").write_bytes(_grants())
    _handbook(folder / "handbook" / "players_handbook.docx")
    (folder / "handbook" / "fire_safety.odt").write_bytes(_fire())
    _minutes(folder / "minutes" / "committee_2025-09-09.docx", "9 September 2025", "2025-09-09", SEPTEMBER)
    _minutes(folder / "minutes" / "committee_2026-01-13.docx", "13 January 2026", "2026-01-13", JANUARY)
    _slides(folder / "slides" / "season_2026-27.pptx")
    (folder / "contracts" / "soloist_hartwig.rtf").write_text(SOLOIST, encoding="ascii")


def _members(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Members"
    sheet.append(("Name", "Section", "Instrument", "Joined", "Fee paid"))
    for n, member in enumerate(MEMBERS):
        sheet.append((*member, 20 if member[0] == "Nell Okoro" else 45))
        sheet.cell(n + 2, 5).number_format = '"£"0.00'
    old = book.create_sheet("Left")
    old.append(("Name", "Left in"))
    old.append(("Bruno Keel", 2021))
    old.sheet_state = "hidden"
    book.save(path)


def _budget(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Budget"
    sheet["A1"] = "Budget and outcome of the season 2025-26, in pounds"
    sheet.merge_cells("A1:C1")
    sheet.append(("Item", "Budget", "Spent"))
    for row in BUDGET:
        sheet.append(row)
    shares = book.create_sheet("Income")
    shares.append(("Source", "Share of income"))
    for n, (source, share) in enumerate(
        (("Tickets", 0.46), ("Members' fees", 0.27), ("Grants", 0.19), ("Friends", 0.08))
    ):
        shares.append((source, share))
        shares.cell(n + 2, 2).number_format = "0%"
    book.save(path)


def _grants() -> bytes:
    cells = "".join(
        "<table:table-row>" + "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in row)
        + "</table:table-row>" for row in GRANTS
    )  # fmt: skip
    table = f'<table:table table:name="Grants">{cells}</table:table>'
    return odf("spreadsheet", table, title="Grants received", author="Samir Aziz", day="2026-01-05")


def _fire() -> bytes:
    steps = (
        "Stop playing and leave your instrument where it is.", "The leader counts the players of the strings.",
        "Leave by the nearest door; the north door is never locked.", "Walk to the lych-gate and wait there.",
        "The chair calls the fire brigade and meets it at the road.",
    )  # fmt: skip
    items = "".join(f"<text:list-item><text:p>{step}</text:p></text:list-item>" for step in steps)
    body = (
        '<text:h text:outline-level="1">What to do in a fire</text:h><text:p>When the alarm sounds in St Anne\'s Hall:</text:p>'
        f'<text:list text:style-name="L">{items}</text:list><text:h text:outline-level="1">Extinguishers</text:h><text:p>'
        "There are four: two by the stage, one in the kitchen and one in the tower store. They are checked every May by "
        "Calder Fire Services.</text:p>"
    )
    styles = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix="."/></text:list-style>'
    )
    return odf("text", body, styles, title="Fire safety", author="Ruth Penhallow", day="2025-08-30")


def _word(title: str, author: str, day: str) -> Any:
    import docx

    document: Any = docx.Document()
    document.core_properties.title, document.core_properties.author = title, author
    document.core_properties.created = datetime.datetime.fromisoformat(day)
    return document


def _handbook(path: Path) -> None:
    d = _word("Players' handbook", "Joan Fairweather", "2025-09-01")
    d.add_heading("Players' handbook", 0)
    d.add_heading("Rehearsals", 1)
    d.add_paragraph("Rehearsals are on Tuesdays from 19:15 to 21:45. Please be in your seat by 19:10.")
    d.add_paragraph("A player who misses more than three rehearsals in a term does not play in its concert, unless the "
                    "conductor agrees.")  # fmt: skip
    d.add_heading("Fees", 1)
    d.add_paragraph("The fee is 45 pounds a term, and 20 pounds for students. It is due by the third rehearsal.")
    table = d.add_table(rows=0, cols=3)
    rows = (
        ("Who", "A term", "A year"),
        ("Adult", "£45", "£120"),
        ("Student", "£20", "£54"),
        ("Under 18", "£10", "£27"),
    )
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    d.add_heading("Dress", 1)
    d.add_paragraph("At concerts everyone wears long black. Scarves and ties are dark red. Jewellery that rattles stays at "
                    "home.")  # fmt: skip
    d.add_heading("How to borrow an instrument", 1)
    for step in ("Ask the librarian which instruments are free.", "Fill in the loan form and have it signed by the chair.",
                 "Pay the deposit to the treasurer.", "Collect the instrument from the vestry on a Tuesday.",
                 "Send a photograph of its case, open, within a week."):  # fmt: skip
        d.add_paragraph(step, style="List Number")
    d.add_heading("What to bring", 1)
    d.add_paragraph("To every rehearsal bring:")
    for item in (
        "a pencil",
        "a folding music stand",
        "your parts in a folder",
        "a mute, if you play a stringed instrument",
    ):
        d.add_paragraph(item, style="List Bullet")
    d.add_heading("Words we use", 1)
    d.add_paragraph("A sectional is a rehearsal for one group of instruments alone. A dep is a player who stands in for a "
                    "member at short notice; deps are paid their travel and nothing more.")  # fmt: skip
    d.save(path)


SEPTEMBER = (
    "Present: Ruth Penhallow (chair), Samir Aziz, Colin Abbot, Tomas Brandt, Miriam Castell. Apologies: Priya Raman.",
    "1. The spring concert will be on 28 March 2026. Miriam Castell proposed the Cello Concerto by Elgar with Lena Hartwig; "
    "this was agreed unanimously.",
    "2. The committee decided by 4 votes to 1 not to buy a second bass drum. Tomas Brandt voted for it.",
    "3. The insurance moves to Larch Mutual from 1 January 2026, because the old insurer would not cover the tower store.",
    "4. Action: Samir Aziz to ask the parish for a quieter heating fan by 30 September.",
)
JANUARY = (
    "Present: Ruth Penhallow (chair), Samir Aziz, Joan Fairweather, Tomas Brandt, Priya Raman. Apologies: Miriam Castell.",
    "1. From April 2026 the fee for adults rises from 45 to 50 pounds a term, because the parish asks more for the hall. "
    "Students still pay 20 pounds.",
    "2. The festival in Girona was discussed. Joan Fairweather will ask three coach companies for offers.",
    "3. Programme adverts: Priya Raman has sold eleven, for 825 pounds altogether.",
    "4. The smoke detector in the kitchen will be replaced. Tomas Brandt will see to it before 1 February.",
)


def _minutes(path: Path, day: str, iso: str, paragraphs: Sequence[str]) -> None:
    title = f"Minutes of the committee, {day}"
    d = _word(title, "Joan Fairweather" if iso > "2025-10" else "Colin Abbot", iso)
    d.add_heading(title, 0)
    for text in paragraphs:
        d.add_paragraph(text)
    d.save(path)


def _slides(path: Path) -> None:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    show: Any = pptx.Presentation()
    show.core_properties.title, show.core_properties.author = "Season 2026-27", "Miriam Castell"
    for title, text in (
        ("Season 2026-27: proposals", "Autumn: Brahms 4 and the Lark Ascending\nChristmas: family concert with the choir of "
         "Aldmoor School\nSpring: Sibelius 5 again\nSummer: an evening of film music"),
        ("What it would cost", "Extra brass for Sibelius: 900 pounds\nHarp hire for the film music: 240 pounds"),
    ):  # fmt: skip
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, text
    slide.notes_slide.notes_text_frame.text = "If the council gives less than 1,500 pounds, we drop the film music."
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2022", "2023", "2024", "2025"]
    data.add_series("Members", (47, 49, 52, 58))
    last = show.slides.add_slide(show.slide_layouts[6])
    box = [Inches(n) for n in (1, 1, 6, 4)]
    chart = last.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Members at the end of the year"
    show.save(path)


SOLOIST = r"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Agreement with Lena Hartwig}{\author Joan Fairweather}
{\creatim\yr2025\mo11\dy21}}\pard\outlinelevel0 Agreement with Lena Hartwig\par\pard\plain
Lena Hartwig will play the solo part of the Cello Concerto by Edward Elgar on 28 March 2026 in St Anne's Church.\par
The fee is {\strike 700}650 pounds. Travel is paid up to 120 pounds against receipts, and one night at the Bell Inn.\par
She attends the rehearsals on 24 March and on the afternoon of the concert.\par
If she falls ill, she names another cellist by 20 March where she can.\par
The concert may be recorded for the archive but not for sale.\par}"""
