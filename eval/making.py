"""Files made from nothing: PDF, Word, OpenDocument, archives.

In: lines, paragraphs, the XML of a body. Out: bytes. The measures and the sets of `eval`, and the tests, write their
documents with it, so that no file of a third party is kept.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping, Sequence

Line = tuple[float, float, float, str]  # x, y, size, text
# x, y, size, text
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

_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in {"office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
                        "presentation": "presentation", "meta": "meta"}.items()
)  # fmt: skip


def pdf(
    pages: Sequence[Sequence[Line]],
    info: Mapping[str, str] | None = None,
    labels: str = "",
    page_entries: str = "",
    matrix: str = "1 0 0 1",
    bold: Collection[str] = (),
) -> bytes:
    """Return a PDF with the given lines in Helvetica. ``page_entries`` go into every page's dictionary, ``matrix``
    turns every line, the texts ``bold`` are set in bold type."""
    objects: list[bytes] = [
        b"",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for lines in pages:
        marks = [
            f"BT /F{1 + (text in bold)} {size} Tf {matrix} {x} {y} Tm ({escaped(text)}) Tj ET"
            for x, y, size, text in lines
        ]
        stream = "\n".join(marks).encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 %d 0 R >> >> %s >>"
            % (len(objects), 4 + 2 * len(pages), page_entries.encode())
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % labels.encode()
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
    facts = "".join(f"/{key} ({escaped(value)}) " for key, value in (info or {}).items())
    objects.append(b"<< %s>>" % facts.encode("cp1252"))
    return assembled(objects)


def column(
    text: Sequence[str], *, top: float = 700, size: float = 11, left: float = 72, lead: float = 1.3
) -> list[Line]:
    """Return lines below each other."""
    return [(left, top - n * size * 1.3, size, line) for n, line in enumerate(text)]


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
    return assembled(
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


def escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def assembled(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, len(objects), table
    )  # fmt: skip
    return bytes(out)


def packed(files: Mapping[str, bytes | str]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


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


def p(text: str, properties: str = "", run: str = "") -> str:
    """A paragraph of one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{r(text, run)}</w:p>"


def r(text: str, properties: str = "") -> str:
    """A run."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def odf(
    kind: str,
    body: str,
    styles: str = "",
    pages: str = "",
    *,
    title: str = "The harbour",
    author: str = "Ida Moe",
    day: str = "2021-03-04",
) -> bytes:
    """An OpenDocument file of a kind: "text", "spreadsheet" or "presentation"; ``pages`` are its master pages."""
    office = f"office:document-styles {_ODF}"
    masters = f"<{office}><office:master-styles>{pages}</office:master-styles></office:document-styles>"
    return packed(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": f"<office:document-content {_ODF}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
            "meta.xml": f'<office:document-meta {_ODF} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
            f"<dc:title>{title}</dc:title><meta:initial-creator>{author}</meta:initial-creator>"
            f"<meta:creation-date>{day}T10:00:00</meta:creation-date></office:meta></office:document-meta>",
        }
        | ({"styles.xml": masters} if pages else {})
    )
