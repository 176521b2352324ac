"""Small office files with what their libraries cannot make: tracked changes, notes, numbering, forms, OpenDocument.

In: the XML of a body. Out: bytes. No file of a third party is kept in the repository.
"""

from __future__ import annotations

import io
import zipfile

from eval.making import W, form, odf, p, packed, r, word  # noqa: F401 (the tests ask for them here)

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
