"""Small files of every format, made from nothing by the tests that read them.

In: pages, rows, paragraphs. Out: bytes. No file of a third party is kept in the repository.
"""

from __future__ import annotations

import io
from typing import Any

from eval.making import Line, assembled, column, packed, pdf  # noqa: F401 (the tests ask for them here)


def endless_pdf(depth: int = 12) -> bytes:
    """Return a PDF of one page whose drawing calls a form ten times, which calls another ten times, and so on."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /XObject << /F 5 0 R >> >> >>",
        b"<< /Length 5 >>\nstream\n/F Do\nendstream",
    ]
    for level in range(depth):
        inner = b"/Resources << /XObject << /F %d 0 R >> >>" % (6 + level) if level + 1 < depth else b""
        drawn = b"/F Do " * 10 if inner else b"0 0 9 9 re f"
        form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] %s /Length %d >>\nstream\n%s\nendstream"
        objects.append(form % (inner, len(drawn), drawn))
    return assembled([*objects, b"<< >>"])


SCANNED = ("The lock keeper of Rainham was called Dora Finch.", "She opened the sluice on 14 March 1931, before dawn.")


def scan() -> Any:
    """The picture of two lines of print, a little askew."""
    import pypdfium2

    page = pypdfium2.PdfDocument(pdf([column(SCANNED, top=800)]))[0]
    drawn = page.render(scale=2).to_pil().convert("L").rotate(1.2, fillcolor=255)
    return drawn.crop((0, 0, drawn.width, 300))


def picture(image: Any, kind: str = "PNG") -> bytes:
    """A picture as a file; of kind "PDF" as a page without a text layer."""
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def docx() -> bytes:
    """A Word document with headings, a list and a table."""
    import docx as library

    d = library.Document()
    d.core_properties.title, d.core_properties.author = "The Mill", "Mara Berg"
    d.add_heading("The Mill", 0)
    d.add_heading("History", 1)
    d.add_paragraph("The mill was built in 1850. It burned in 1911.")
    d.add_paragraph("flour", style="List Bullet")
    d.add_paragraph("oil", style="List Bullet")
    d.add_heading("Owners", 2)
    table = d.add_table(rows=0, cols=2)
    for row in (("Name", "From"), ("Anna Falk", "1850"), ("Carl Dahl", "1890")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return _saved(d)


def xlsx() -> bytes:
    """A workbook of two sheets."""
    import openpyxl

    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Harvest"
    for row in (("Year", "Tons", "Note"), (1901, 12.5, "Dry. Very dry."), (1902, 20, None)):
        first.append(row)
    second = book.create_sheet("Staff")
    second.append(("Name", "Role"))
    second.append(("Mara", "keeper"))
    return _saved(book)


def pptx() -> bytes:
    """Two slides."""
    import pptx as library

    show = library.Presentation()
    for title, body in (("The Plan", "Build a dam.\nFill the lake."), ("The Cost", "Two million crowns.")):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    slide.notes_slide.notes_text_frame.text = "Say that the bank pays half."
    return _saved(show)


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def epub() -> bytes:
    """An e-book of two chapters, out of order in its archive."""
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
            "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Sea Tales</dc:title><dc:creator>M. Berg</dc:creator>'
            "<dc:date>1999-05-06</dc:date><dc:language>en-GB</dc:language></metadata><manifest>"
            '<item id="b" href="two%20b.xhtml"/><item id="a" href="one.xhtml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
            "OPS/two b.xhtml": "<html><body><h1>Night</h1><p>The lamp went out.</p></body></html>",
            "OPS/one.xhtml": "<html><head><title>x</title></head><h1>Dusk</h1><p>She lit the lamp.</p></html>",
        }
    )


WEB_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Storm breaks lamp | The Post</title>
<meta property="og:title" content="Storm breaks lamp"><meta name="author" content="Mara Berg">
<meta property="article:published_time" content="2021-03-04T10:00:00Z"><script>var x = "never shown";</script>
<style>p { color: red }</style></head><body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Storm breaks lamp</h1><p>A storm broke the lamp of the lighthouse on Tuesday. The keeper burned oil in a
bucket until the morning, and no ship was lost on the rocks below the tower.</p><h2>What the keeper said</h2>
<p>“I did what anyone would do,” she said. The harbour master praised her for it in a letter to the newspaper.</p>
<ul><li>One lamp was broken.</li><li>Two windows were lost.</li></ul>
<table><tr><th>Ship</th><th>Port</th></tr><tr><td>Aurora</td><td>Bergen</td></tr></table></article>
<footer>Cookie settings and imprint</footer></body></html>"""

MAIL = """From: Mara Berg <mara@example.org>
To: Carl Dahl <carl@example.org>
Subject: =?utf-8?q?The_lamp_at_K=C3=B8ge?=
Date: Thu, 04 Mar 2021 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

The lamp at K=F8ge is broken. Please send a new one.

Mara
--b
Content-Type: text/csv
Content-Disposition: attachment; filename="parts.csv"

part,count
lens,2
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="core.bin"
Content-Transfer-Encoding: base64

AAECAwQFBgc=
--b--
"""
