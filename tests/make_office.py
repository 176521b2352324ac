"""Small office files with what their libraries cannot make: tracked changes, notes, numbering, forms, OpenDocument.

In: the XML of a body. Out: bytes. No file of a third party is kept in the repository.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from tests.make_files import _assembled, packed

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_OTHERS = (
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml."


def p(text: str, properties: str = "", run: str = "") -> str:
    """A paragraph of one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{r(text, run)}</w:p>"


def r(text: str, properties: str = "") -> str:
    """A run."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def word(body: str, **parts: str) -> bytes:
    """A Word document of ``body``; ``parts`` are further ones by name (footnotes, numbering, styles, comments)."""
    kinds = "".join(
        f'<Override PartName="/word/{n}.xml" ContentType="{_MAIN}{n}+xml"/>' for n in ("document.main", *parts)
    ).replace("/word/document.main.xml", "/word/document.xml")
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATION}{name}" Target="{name}.xml"/>' for n, name in enumerate(parts, 1)
    )
    space = "http://schemas.openxmlformats.org/package/2006/"
    files: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types xmlns="{space}content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}relationships"><Relationship Id="rId1" '
        f'Type="{_RELATION}officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{space}relationships">{links}</Relationships>',
        "word/document.xml": f"<w:document {W} {_OTHERS}><w:body>{body}</w:body></w:document>",
    }
    for name, content in parts.items():
        files[f"word/{name}.xml"] = f"<w:{name} {W} {_OTHERS}>{content}</w:{name}>"
    return packed(files)


_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in {"office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
                        "presentation": "presentation", "meta": "meta"}.items()
)  # fmt: skip


def odf(kind: str, body: str, styles: str = "") -> bytes:
    """An OpenDocument file of a kind: "text", "spreadsheet" or "presentation"."""
    return packed(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": f"<office:document-content {_ODF}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
            "meta.xml": f'<office:document-meta {_ODF} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
            "<dc:title>The harbour</dc:title><meta:initial-creator>Ida Moe</meta:initial-creator>"
            "<meta:creation-date>2021-03-04T10:00:00</meta:creation-date></office:meta></office:document-meta>",
        }
    )


ODT = odf(
    "text",
    '<text:h text:outline-level="1">Moorings</text:h><text:p>The fee<text:note><text:note-citation>1'
    "</text:note-citation><text:note-body><text:p>Paid by the year.</text:p></text:note-body></text:note> is "
    '<text:span text:style-name="Struck">500</text:span>750 euros.</text:p><text:list text:style-name="L">'
    "<text:list-item><text:p>Tie the boat.</text:p></text:list-item><text:list-item><text:p>Pay the fee.</text:p>"
    "</text:list-item></text:list>",
    '<style:style style:name="Struck"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
    'style:num-suffix="."/></text:list-style>',
)

RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\stylesheet{\s1\sb240 heading 1;}}{\info{\title The harbour}"
    rb"{\author Ida Moe}{\creatim\yr2021\mo3\dy4}}{\header Running head}\pard\s1 Moorings\par\pard\plain "
    rb"The fee is {\strike 500}{\b 750} euros{\v secret}.{\footnote\pard Paid by the year.}\par "
    rb"{\listtext 1.\tab}Tie the boat at the caf\'e9 \u8364?5.\par\pard\trowd\cellx1\cellx2\intbl Boat\cell Fee\cell"
    rb"\row\intbl Heron\cell 750\cell\row\pard 10{\super 6} cells.\par}"
)

MHTML = b"""From: <Saved by Blink>
Subject: The ferry
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="x"

--x
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable

<html><body><h1>The ferry</h1><p>It leaves at caf=C3=A9 time.</p></body></html>
--x
Content-Type: text/css

p { color: red }
--x--
"""

CALENDAR = """BEGIN:VCALENDAR
BEGIN:VTIMEZONE
DTSTART:19700101T000000
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Board meeting\\, spring
DTSTART;TZID=Europe/Oslo:20240502T140000
LOCATION:Room 204
ATTENDEE;CN="Holm, Asa":mailto:asa@example.org
RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5
DESCRIPTION:Bring the
  budget.
BEGIN:VALARM
DESCRIPTION:Ring the bell
END:VALARM
END:VEVENT
END:VCALENDAR
"""

CARD = """BEGIN:VCARD
VERSION:2.1
N:Moe;Ida
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ida M=C3=B8e
TEL;CELL:+47 123
ADR;TYPE=HOME:;;Strandgata 5;Bergen;;5004;Norway
END:VCARD
"""


def form(fields: Mapping[str, tuple[str, tuple[int, int, int, int]]], text: str) -> bytes:
    """A PDF of one page with a form: each field's name, its value ("/Yes" ticks a box) and its place."""
    widgets = []
    for name, (value, box) in fields.items():
        place = f"/Rect [{' '.join(map(str, box))}]"
        if value.startswith("/"):
            own = f"/FT /Btn /V {value} /AS {value} /AP << /N << /Yes 4 0 R /Off 4 0 R >> >>"
        else:
            own = f"/FT /Tx /V ({value})"
        widgets.append(f"<< /Type /Annot /Subtype /Widget /F 4 /T ({name}) {place} {own} >>".encode())
    numbers = " ".join(f"{6 + n} 0 R" for n in range(len(widgets)))
    return _assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] >> >>" % numbers.encode(),
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [%s] "
            b"/Resources << /Font << /F1 5 0 R >> >> >>" % numbers.encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text.encode()),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            *widgets,
            b"<< >>",
        ]
    )


def edited(data: bytes, name: str, old: str, new: str) -> bytes:
    """A zip container with one text of one member replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == name:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            target.writestr(info.filename, content)
    return out.getvalue()
