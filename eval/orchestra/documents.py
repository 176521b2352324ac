"""The folder of an invented amateur orchestra: 31 files of 22 endings, made anew by each call.

In: an empty folder. Out: the files. The questions over them lie beside it (`questions.jsonl`); they were written
before anything read the files. Office files are in `office.py`,
mails, dates and addresses in `letters.py`.
"""

from __future__ import annotations

import json
import textwrap
from email.message import EmailMessage
from pathlib import Path

from eval.making import column, form, packed, pdf
from eval.orchestra import letters, office

FAQ = """<!doctype html><html lang="en"><head><title>Questions | Aldmoor Community Orchestra</title><style>.old
{display:none}</style></head><body><nav><a href="/">Home</a> <a href="/concerts">Concerts</a>
<a href="/join">Join us</a> <a href="/contact">Contact</a></nav><h1>Frequently asked questions</h1>
<h2>When do you rehearse?</h2><p>Every Tuesday in term time from 19:15 to 21:45, in the hall of St Anne's. There is a
tea break at 20:30.</p><p class="old">We rehearse on Thursdays in the school gym.</p>
<h2>Is there an audition?</h2><p>Strings need no audition. Wind and brass players come to two rehearsals first, and then
play a short piece to the conductor.</p>
<h2>Which instruments are you looking for?</h2><ul>
<li>viola</li><li>double bass</li><li>bassoon</li><li>second horn</li></ul>
<h2>What do tickets cost?</h2><table><tr><th>Ticket</th><th>In advance</th><th>At the door</th></tr><tr><td>Adult</td>
<td>£14</td><td>£16</td></tr><tr><td>Student</td><td>£6</td><td>£8</td></tr><tr><td>Child under 12</td><td>free</td>
<td>free</td></tr></table>
<h2>Can I bring my dog?</h2><p>Assistance dogs are welcome at concerts. Other dogs are not admitted.</p>
<footer>Aldmoor Community Orchestra, registered charity</footer></body></html>"""

JOIN = """<html><body><h1>Friends of the orchestra</h1><p>Friends pay 30 pounds a year. They receive the newsletter, two
tickets for the spring concert and an invitation to the summer picnic.</p><p>The Friends were founded in 2004 by Edith
Marlow, who still edits their newsletter.</p></body></html>"""

CARE = """---
title: Caring for the orchestra's instruments
author: Tomas Brandt
date: 2025-05-20
---
# Caring for the orchestra's instruments

The orchestra owns eleven instruments, which members may borrow.

## After each rehearsal

1. Wipe the strings and the body with a dry cloth.
2. Loosen the bow by four turns.
3. Swab wind instruments from the bell upwards.
4. Close every latch of the case before lifting it.

## Where they are kept

| Instrument | Maker | Value in pounds | Room |
|---|---|---|---|
| Double bass | Hofner | 2,400 | Vestry |
| Timpani, pair | Premier | 3,150 | Tower store |
| Celesta | Schiedmayer | 5,800 | Chancel |
| Bass clarinet | Leblanc | 1,900 | Vestry |
| Tubular bells | Premier | 1,250 | Tower store |

The tower store is damp in winter: its dehumidifier must never be switched off between November and March.

<!-- ask Samir whether the celesta is insured for its full value -->
"""

INTERVIEW = """Interview with Miriam Castell, conductor
date 2025-11-02

How did you come to Aldmoor?
I answered an advertisement in 2019. I had taught at the music school in Leeds for twelve years and wanted to work with
grown-ups who play because they love it.

What is the hardest piece you have done with the orchestra?
Sibelius 5, without a doubt. We needed eleven rehearsals, and the horns needed a holiday afterwards.

Why do you rehearse without a podium?
Because I am tall, and because people listen to each other more when they cannot only look up.

Will you stay?
My contract runs until July 2028. After that we shall see.
"""

STAGE = """Stage layout, St Anne's

First violins on the left, second violins beside them, violas in the middle, cellos on the right, double basses behind
the cellos. Woodwind on the first riser, brass on the second, timpani and percussion at the back left.

The harp stands in front of the pulpit. The celesta cannot be moved: its player sits in the chancel and watches the
conductor on a screen.

No one may block the north door. At most 62 players fit on the stage.
"""

LETTER = """Carta del festival
Fecha: 2026-02-04

Estimada señora Fairweather:

El Festival de Orquestas de Girona se celebrará del 9 al 12 de julio de 2026. Invitamos a su orquesta a tocar el viernes
10 de julio en la plaza de la catedral. El alojamiento para cincuenta músicos corre a cargo del festival; el viaje lo paga
cada orquesta. Rogamos que confirmen su participación antes del 15 de marzo.

Atentamente,
Núria Soler
Directora del festival
"""

LOG = "\n".join(
    f"{day} {time} {who} {what}"
    for day, time, who, what in (
        ("2026-01-06", "18:55", "INFO", "door opened with key 2"),
        ("2026-01-06", "22:04", "INFO", "door locked with key 2"),
        ("2026-01-13", "18:51", "INFO", "door opened with key 1"),
        ("2026-01-13", "19:40", "WARN", "heating at 14 degrees, target 19"),
        ("2026-01-13", "22:31", "INFO", "door locked with key 1"),
        ("2026-01-20", "18:49", "INFO", "door opened with key 2"),
        ("2026-01-20", "20:12", "ERROR", "smoke detector in the kitchen: battery empty"),
        ("2026-01-20", "22:00", "INFO", "door locked with key 2"),
        ("2026-01-27", "19:02", "INFO", "door opened with key 3"),
    )
)

TICKETS = """Concert;Date;Seats sold;Takings in pounds
Autumn 2024;2024-11-16;212;2704
Christmas 2024;2024-12-14;268;3390
Spring 2025;2025-03-29;187;2288
Summer 2025;2025-07-05;154;1802
Autumn 2025;2025-11-15;231;3012
Christmas 2025;2025-12-13;274;3546
"""

WORKS = """Work\tComposer\tSets of parts\tShelf
Symphony No. 5\tSibelius\t1\tA3
Enigma Variations\tElgar\t1\tA4
Cello Concerto\tElgar\t1\tA4
Peer Gynt Suite\tGrieg\t2\tB1
Hebrides Overture\tMendelssohn\t1\tB2
Carmen Suite\tBizet\t1\tB2
Water Music\tHandel\t2\tC1
Fantasia on Greensleeves\tVaughan Williams\t1\tC3
The Lark Ascending\tVaughan Williams\t1\tC3
Symphony No. 8\tDvorak\t1\tD1
"""

LOANS = (
    {"item": "Double bass", "borrower": "Greta Lund", "from": "2025-09-16", "until": "2026-07-14", "deposit": "80.00"},
    {
        "item": "Bass clarinet",
        "borrower": "Ivor Pryce",
        "from": "2025-10-07",
        "until": "2026-03-31",
        "deposit": "60.00",
    },
    {
        "item": "Viola, three-quarter",
        "borrower": "Nell Okoro",
        "from": "2026-01-13",
        "until": "2026-07-14",
        "deposit": "25.50",
    },
)

SETTINGS = {
    "site": {"title": "Aldmoor Community Orchestra", "language": "en", "contact": "hello@aldmoor-orchestra.example"},
    "tickets": {"open_days_before": 42, "most_per_order": 8, "refund_until_hours": 48},
    "newsletter": {"enabled": True, "day": "first Monday of the month"},
}

HIRE = [
    "Agreement for the hire of St Anne's Hall",
    "between the Parish of St Anne and Aldmoor Community Orchestra, 3 June 2025",
    "",
    "1. The hall",
    "1.1 The parish lets the hall, the kitchen and the vestry to the orchestra on Tuesday evenings.",
    "1.2 The tower store may be used for instruments at the orchestra's own risk.",
    "",
    "2. Payment",
    "2.1 The hire fee is £140 for each evening and £310 for each concert day.",
    "2.2 Invoices are sent each quarter and are due within 30 days.",
    "2.3 A deposit of £50 is kept for each of the four keys.",
    "",
    "3. Cancellation",
    "3.1 The orchestra may cancel an evening free of charge up to 21 days before it.",
    "3.2 The parish may cancel an evening only for a funeral, and refunds it in full.",
    "",
    "4. The piano",
    "4.1 The piano is tuned in March and in September at the parish's expense.",
    "4.2 It may be moved only by four people and never on to the stage.",
    "",
    "5. End",
    "5.1 This agreement ends on 31 May 2028 unless both sides renew it in writing.",
]

AGM = [
    "Minutes of the annual general meeting, 14 October 2025",
    "",
    "Present: 41 members. Apologies: Oskar Dahlin, Greta Lund. In the chair: Ruth Penhallow.",
    "",
    "1. The chair reported that membership had grown from 52 to 58 in the year.",
    "",
    "2. Samir Aziz presented the accounts. Income was £21,940 and expenditure £20,115. The accounts were approved.",
    "",
    "3. Ruth Penhallow was elected chair for a further two years. Joan Fairweather was elected secretary in place of "
    "Colin Abbot, who had served for nine years and was thanked with a book token.",
    "",
    "4. It was agreed by 33 votes to 6, with 2 abstentions, to admit players from the age of sixteen.",
    "",
    "5. A proposal to play in evening dress was withdrawn.",
]

NOTES_LEFT = [
    "Edward Elgar wrote his Cello Concerto in the summer of 1919 at his cottage in Sussex. The first performance in "
    "October of that year was a failure, because the conductor had used up the time for rehearsal on other works.",
    "Our soloist Lena Hartwig studied in Freiburg and in Manchester. She plays a cello made in Cremona in 1741.",
]
NOTES_RIGHT = [
    "The Hebrides Overture was sketched on the evening before the composer saw the cave. Mendelssohn called it The "
    "Lonely Island at first and revised it for three years.",
    "The concert closes with Dvorak's Eighth Symphony, which he finished in little more than two months in Bohemia.",
]


def write(folder: Path) -> None:
    """Write the whole folder."""
    office.write(folder)
    texts = {
        "web/faq.html": FAQ, "notes/instrument_care.md": CARE, "notes/interview_conductor.txt": INTERVIEW,
        "notes/stage_layout.txt": STAGE, "abroad/carta_festival.txt": LETTER, "logs/door_2026-01.log": LOG,
        "finance/ticket_sales.csv": TICKETS, "library/catalogue.tsv": WORKS,
        "library/loans.jsonl": "\n".join(map(json.dumps, LOANS)), "config/website.json": json.dumps(SETTINGS, indent=2),
        "calendar/season.ics": letters.calendar(), "contacts/committee.vcf": letters.cards(),
    }  # fmt: skip
    files: dict[str, bytes] = {name: text.encode() for name, text in texts.items()}
    files |= {
        "web/friends.mhtml": _saved_page(), "contracts/hall_hire.pdf": _pages(HIRE), "minutes/agm_2025.pdf": _pages(AGM),
        "programmes/spring_2026.pdf": _programme(), "forms/instrument_loan.pdf": _form(),
        "mail/tour_offer.eml": letters.tour(), "mail/re_tour_offer.eml": letters.tour_answer(), "mail/complaints.mbox": letters.complaints(),
        "history/history.epub": _book(), "archive/programmes_2023.zip": packed(_ARCHIVE),
    }  # fmt: skip
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


_ARCHIVE = {
    "autumn_2023.txt": "Autumn concert, 18 November 2023\n\nBrahms: Academic Festival Overture\nBruch: Violin Concerto, "
    "soloist Oskar Dahlin\nSchumann: Symphony No. 3\n",
    "summer_2023.txt": "Summer concert, 8 July 2023\n\nRossini: Overture to William Tell\nMilhaud: Scaramouche, soloist "
    "Pia Renner, saxophone\nBizet: Carmen Suite\n",
}


def _pages(paragraphs: list[str]) -> bytes:
    lines = [line for text in paragraphs for line in (textwrap.wrap(text, 84) or [""])]
    return pdf([column(lines, top=770)], bold=[paragraphs[0]])


def _programme() -> bytes:
    sides = []
    for texts, left in ((NOTES_LEFT, 60.0), (NOTES_RIGHT, 320.0)):
        lines = [line for text in texts for line in ("", *textwrap.wrap(text, 40), "")]
        sides += column(lines, top=700, left=left)
    drawn = sorted(sides, key=lambda line: (-line[1], line[0]))
    return pdf([[(60, 760, 18, "Spring concert, 28 March 2026"), *drawn]])


def _form() -> bytes:
    fields = {
        "name": ("Nell Okoro", (230, 695, 420, 715)), "item": ("Viola, three-quarter", (230, 655, 420, 675)),
        "until": ("14 July 2026", (230, 615, 420, 635)), "insured": ("/Yes", (230, 575, 250, 595)),
    }  # fmt: skip
    labels = ("Name of the borrower", "Instrument", "To be returned by", "Insured at home")
    drawn = ["BT /F1 16 Tf 1 0 0 1 72 760 Tm (Loan of an instrument) Tj ET"]
    drawn += [f"BT /F1 11 Tf 1 0 0 1 72 {700 - 40 * n} Tm ({label}) Tj ET" for n, label in enumerate(labels)]
    return form(fields, "\n".join(drawn))


def _saved_page() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Friends"
    mail.set_content(JOIN, subtype="html")
    mail.add_related("p { margin: 0 }", subtype="css")
    return bytes(mail)


def _book() -> bytes:
    chapters = {
        "a": ("The beginning", "The orchestra was founded in September 1987 by the organist Walter Finch, with nineteen "
              "players and two music stands. Its first concert, in May 1988, was interrupted by a power cut."),
        "b": ("The flood", "In February 2009 the river came into the hall. Forty-one sets of parts were lost, and the old "
              "grand piano. A public appeal brought in 12,600 pounds within six weeks."),
        "c": ("Conductors", "Walter Finch conducted until 1999. Helena Brook followed him and stayed for twenty years. "
              "Since 2019 the conductor has been Miriam Castell."),
    }  # fmt: skip
    files: dict[str, bytes | str] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="o/b.opf"/></rootfiles></container>',
        "o/b.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>A short history of the orchestra</dc:title><dc:creator>Edith Marlow</dc:creator>"
        "<dc:date>2022-04-01</dc:date></metadata><manifest>"
        + "".join(f'<item id="{key}" href="{key}.xhtml"/>' for key in chapters) + "</manifest><spine>"
        + "".join(f'<itemref idref="{key}"/>' for key in chapters) + "</spine></package>",
    }  # fmt: skip
    for key, (title, text) in chapters.items():
        files[f"o/{key}.xhtml"] = f"<html><body><h1>{title}</h1><p>{text}</p></body></html>"
    return packed(files)
