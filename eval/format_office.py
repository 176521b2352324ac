"""Made files of the office formats, each with the text that a person sees in it: Word, PowerPoint, Excel,
OpenDocument and RTF, with what their programs hide.

In: a seed. Out: `Made` values.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

from eval.format_files import Made, Words, flat
from eval.making import odf, p, r, word

_UP = "<w:vertAlign w:val='superscript'/>"


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word_file(w: Words) -> Made:
    """Insertions, deletions, controls, fields, notes, numbers, a nested table, a text box, hidden text."""
    title, texts, rows = w.name(), [w.sentence() for _ in range(9)], w.rows(2, 3)
    split, note, nested, boxed, number, typed = w.word(), w.sentence(), w.word(), w.sentence(), w.number(), w.word()
    cells = (
        "".join("<w:tr>" + "".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows)
        + f"<w:tr><w:tc>{p(nested)}</w:tc><w:tc><w:tbl><w:tr><w:tc>{p(number)}</w:tc></w:tr></w:tbl><w:p/></w:tc>"
        + "</w:tr>"
    )
    numbered = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>"
    body = (
        p(title, "<w:outlineLvl w:val='0'/>") + p(texts[0])
        + f"<w:p>{r(split[:2])}{r(split[2:])}<w:del w:id='1'><w:r><w:delText>{w.hidden()}</w:delText></w:r></w:del>"
        + f"<w:ins w:id='2'>{r(' ' + texts[1])}</w:ins><w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
        + f"<w:moveFrom w:id='3'>{p(w.hidden())}</w:moveFrom><w:p><w:moveTo w:id='4'>{r(texts[2])}</w:moveTo></w:p>"
        + f"<w:sdt><w:sdtContent>{p(texts[3])}</w:sdtContent></w:sdt>"
        + f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{p(w.hidden())}</w:sdtContent></w:sdt>"
        + f"<w:p><w:hyperlink>{r(texts[4])}</w:hyperlink><w:fldSimple w:instr='DOCPROPERTY x'>"
        + f"{r(' ' + typed)}</w:fldSimple></w:p>"
        + f"<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>{w.hidden()}</w:instrText></w:r><w:r>"
        + f"<w:fldChar w:fldCharType='separate'/></w:r>{r(texts[5])}<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
        + p(w.hidden(), run="<w:vanish/>") + p(w.hidden(), run="<w:strike/>")
        + p(texts[6], numbered) + p(texts[7], numbered) + f"<w:tbl>{cells}</w:tbl>"
        + f"<w:p>{r('10')}{r('6', _UP)}<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
        + f"<w:txbxContent>{p(boxed)}</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        + f"<w:txbxContent>{p(boxed)}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        + p(texts[8])
    )  # fmt: skip
    numbers = (
        "<w:abstractNum w:abstractNumId='0'><w:lvl w:ilvl='0'><w:start w:val='4'/><w:numFmt w:val='decimal'/>"
        "<w:lvlText w:val='%1.'/></w:lvl></w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num>"
    )
    data = word(body, footnotes=f"<w:footnote w:id='2'>{p(note)}</w:footnote>", numbering=numbers)
    shown = (
        title, texts[0], split, texts[1], note, texts[2], texts[3], texts[4], typed, texts[5], "4.", texts[6], "5.",
        texts[7], *flat(rows), nested, number, "10^6", boxed, texts[8],
    )  # fmt: skip
    return Made("a.docx", data, shown)


def slides_file(w: Words) -> Made:
    """Titles, bullets, a text box, a table, a group, a chart, notes; a hidden slide and a hidden shape."""
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    show = pptx.Presentation()
    title, bullets, rows, note, grouped, boxed = (
        w.name(),
        [w.sentence(5) for _ in range(3)],
        w.rows(2, 3),
        w.sentence(),
        w.sentence(),
        w.sentence(),
    )
    first = show.slides.add_slide(show.slide_layouts[1])
    first.shapes.title.text, first.placeholders[1].text = title, "\n".join(bullets)
    first.notes_slide.notes_text_frame.text = note
    second = show.slides.add_slide(show.slide_layouts[6])
    box = [Inches(n) for n in (1, 1, 3, 1)]
    second.shapes.add_textbox(*box).text_frame.text = boxed
    second.shapes.add_group_shape().shapes.add_textbox(*box).text_frame.text = grouped
    unseen = second.shapes.add_textbox(*box)
    unseen.text_frame.text = w.hidden()
    unseen._element.nvSpPr.cNvPr.set("hidden", "1")
    table = second.shapes.add_table(len(rows), 2, *box).table
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            table.cell(at, column).text = cell
    kinds, series = [w.word(), w.word()], w.word()
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = kinds
    data.add_series(series, (17, 23.5))
    chart = second.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *box, data).chart
    chart.has_title = True
    heading = w.name()
    chart.chart_title.text_frame.text = heading
    hidden = show.slides.add_slide(show.slide_layouts[1])
    hidden.shapes.title.text = w.hidden()
    hidden._element.set("show", "0")
    shown = (title, *bullets, note, boxed, grouped, *flat(rows), heading, series, kinds[0], "17", kinds[1], "23.5")
    return Made("a.pptx", _saved(show), shown)


def workbook_file(w: Words) -> Made:
    """Number formats, a banner, merged cells, two tables, hidden rows, columns and sheets, a chart."""
    import openpyxl
    from openpyxl.chart import BarChart, Reference

    book, banner, names = openpyxl.Workbook(), w.name(), [w.word().capitalize() for _ in range(5)]
    sheet: Any = book.active
    sheet.title, title = w.word(), w.name()
    sheet["A1"] = banner
    sheet.merge_cells("A1:E1")
    sheet.append(names)
    shown = [sheet.title, banner, *names]
    for n in range(1, 6):
        who = w.name()
        sheet.append([who, n / 8, 1234.5 * n, date(2024, n, 3), w.hidden()])
        for column, code in zip("BCD", ("0.0%", '"€"#,##0.00', "yyyy-mm-dd"), strict=True):
            sheet[f"{column}{n + 2}"].number_format = code
        shown += [who, f"{n * 12.5:.1f}%", f"€{1234.5 * n:,.2f}", f"2024-{n:02}-03"]
    sheet.append([w.hidden(), 1])
    sheet.row_dimensions[8].hidden = True
    sheet.column_dimensions["E"].hidden = True
    shown.remove(names[4])
    chart: Any = BarChart()
    chart.title = title
    chart.add_data(Reference(sheet, min_col=2, min_row=2, max_row=7), titles_from_data=True)
    sheet.add_chart(chart, "H2")
    other, text = book.create_sheet(w.word()), w.paragraph()
    other.append([text])
    secret = book.create_sheet(w.hidden()[:20])
    secret.append([w.hidden()])
    secret.sheet_state = "hidden"
    return Made("a.xlsx", _saved(book), (*shown, title, other.title, text))


def odt_file(w: Words) -> Made:
    """Headings, a numbered list with a table in an item, notes, hidden and struck text, a running head."""
    title, texts, rows, note, head = (
        w.name(),
        [w.sentence() for _ in range(6)],
        w.rows(2, 3),
        w.sentence(),
        w.sentence(),
    )
    table = _odf_table(rows)
    body = (
        f'<text:h text:outline-level="1">{title}</text:h><text:p>{texts[0]}<text:note><text:note-citation>1'
        f"</text:note-citation><text:note-body><text:p>{note}</text:p></text:note-body></text:note></text:p>"
        f'<text:p>{texts[1]}<text:span text:style-name="S">{w.hidden()}</text:span></text:p><text:p '
        f'text:style-name="S">{w.hidden()}</text:p><text:section text:display="none"><text:p>{w.hidden()}</text:p>'
        f"</text:section><text:p><text:hidden-paragraph text:is-hidden='true'/>{w.hidden()}</text:p>"
        f'<text:list text:style-name="L"><text:list-item><text:p>{texts[2]}</text:p>{table}</text:list-item>'
        f"<text:list-item><text:p>{texts[3]}</text:p></text:list-item></text:list><text:tracked-changes>"
        f"<text:deletion><text:p>{w.hidden()}</text:p></text:deletion></text:tracked-changes><text:p><office:annotation>"
        f"<text:p>{w.hidden()}</text:p></office:annotation>{texts[4]}</text:p><text:p><draw:frame><draw:text-box>"
        f"<text:p>{texts[5]}</text:p></draw:text-box></draw:frame></text:p>"
    )
    styles = (
        '<style:style style:name="S"><style:text-properties text:display="none"/></style:style><text:list-style '
        'style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
        "</text:list-style>"
    )
    page = f"<style:master-page><style:header><text:p>{head}</text:p></style:header></style:master-page>"
    shown = (title, texts[0], note, texts[1], "1.", texts[2], *flat(rows), "2.", *texts[3:], head)
    return Made("a.odt", odf("text", body, styles, page), shown)


def _odf_table(rows: list[list[str]], name: str = "") -> str:
    cells = "".join(
        "<table:table-row>" + "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in row)
        + "</table:table-row>" for row in rows
    )  # fmt: skip
    return f'<table:table table:name="{name}">{cells}</table:table>'


def ods_file(w: Words) -> Made:
    """Sheets with a hidden column, hidden rows, a comment in a cell and a hidden sheet."""
    rows, names = w.rows(3, 4), [w.word(), w.word()]
    table = _odf_table([[row[0], w.hidden(), *row[1:]] for row in rows], names[0])
    columns = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>'
        '<table:table-column table:number-columns-repeated="2"/>'
    )
    filtered = _odf_table([[w.hidden()]]).partition(">")[2].replace("-row>", '-row table:visibility="filter">', 1)
    table = table.replace(">", f">{columns}", 1).removesuffix("</table:table>") + filtered
    note = f"<office:annotation><text:p>{w.hidden()}</text:p></office:annotation>"
    table = table.replace(f"<text:p>{rows[1][0]}", f"{note}<text:p>{rows[1][0]}", 1)
    text = w.sentence()
    secret = _odf_table([[w.hidden()]], w.hidden()).replace("<table:table ", '<table:table table:style-name="H" ')
    styles = '<style:style style:name="H"><style:table-properties table:display="false"/></style:style>'
    data = odf("spreadsheet", table + _odf_table([[text]], names[1]) + secret, styles)
    return Made("a.ods", data, (names[0], *flat(rows), names[1], text))


def odp_file(w: Words) -> Made:
    """Slides with a title, a list, a table and notes; a hidden slide, an empty placeholder."""
    title, texts, rows, note = w.name(), [w.sentence(5) for _ in range(2)], w.rows(2, 3), w.sentence()
    items = "".join(f"<text:list-item><text:p>{t}</text:p></text:list-item>" for t in texts)

    def frame(kind: str, inside: str, more: str = "") -> str:
        return f'<draw:frame presentation:class="{kind}" {more}><draw:text-box>{inside}</draw:text-box></draw:frame>'

    heads = [frame("title", f"<text:p>{text}</text:p>") for text in (title, w.hidden())]
    body = (
        f"<draw:page>{frame('outline', f'<text:list>{items}</text:list>')}{heads[0]}"
        + frame("outline", f"<text:p>{w.hidden()}</text:p>", 'presentation:placeholder="true"')
        + f"<draw:frame>{_odf_table(rows)}</draw:frame><presentation:notes>{frame('notes', f'<text:p>{note}</text:p>')}"
        + f"</presentation:notes></draw:page><draw:page draw:style-name='H'>{heads[1]}</draw:page>"
    )
    styles = (
        '<style:style style:name="H"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    return Made("a.odp", odf("presentation", body, styles), (title, *texts, *flat(rows), note))


def rtf_file(w: Words) -> Made:
    """Headings, a list, a table, a note, letters by code page and by number, hidden and deleted text."""
    title, texts, rows, note, head = (
        w.name(),
        [w.sentence() for _ in range(5)],
        w.rows(2, 3),
        w.sentence(),
        w.sentence(),
    )
    split, gone = w.word(), [w.hidden() for _ in range(5)]
    table = r"\trowd\cellx2000\cellx4000" + "".join(
        r"\pard\intbl " + "".join(rf"{_rtf(cell)}\cell " for cell in row) + r"\row " for row in rows
    )
    body = (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}}{\stylesheet{\s1 heading 1;}}{\info{\doccomm "
        + _rtf(gone[0]) + r"}}{\header " + _rtf(head) + r"\par}\pard\s1 " + _rtf(title) + r"\par\pard\plain "
        + rf"{_rtf(split[:2])}{{\b {_rtf(split[2:])}}} {_rtf(texts[0])}{{\footnote\pard {_rtf(note)}}}\par "
        + rf"{{\v {_rtf(gone[1])}}}{{\strike {_rtf(gone[2])}}}{{\deleted {_rtf(gone[3])}}}"
        + rf"{_rtf(texts[1])}\line {_rtf(texts[2])}\par "
        + rf"{{\listtext 1.\tab}}{_rtf(texts[3])}\par "
        + rf"{{\field{{\*\fldinst HYPERLINK x}}{{\fldrslt {_rtf(texts[4])}}}}}\par "
        + rf"{{\*\own {_rtf(gone[4])}}}{table}\pard 10{{\super 6}}\par}}"
    )  # fmt: skip
    shown = (title, split, texts[0], note, texts[1], texts[2], "1.", texts[3], texts[4], *flat(rows), "10^6", head)
    return Made("a.rtf", body.encode("ascii"), shown)


def _rtf(text: str) -> str:
    """Write letters beyond ASCII as their code in cp1252, the ñ by its number."""

    def one(letter: str) -> str:
        if letter.isascii():
            return letter
        return rf"\u{ord(letter)}?" if letter == "ñ" else rf"\'{letter.encode('cp1252').hex()}"

    return "".join(map(one, text))


def _renamed(make: Callable[[Words], Made], ending: str) -> Callable[[Words], Made]:
    def made(w: Words) -> Made:
        found = make(w)
        return Made(f"a.{ending}", found.data, found.shown)

    return made


OFFICE: dict[str, Callable[[Words], Made]] = {
    "DOCX": word_file, "DOCM": _renamed(word_file, "docm"), "PPTX": slides_file, "XLSX": workbook_file,
    "ODT": odt_file, "ODS": ods_file, "ODP": odp_file, "RTF": rtf_file,
}  # fmt: skip
