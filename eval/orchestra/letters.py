"""What the orchestra writes and is written: mails with what is attached to them, dates of its season, addresses.

In: nothing. Out: each file's content.
"""

from __future__ import annotations

from email.message import EmailMessage


def _letter(sender: str, to: str, subject: str, date: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, to, subject, date
    mail.set_content(text)
    return mail


_OFFER = """Dear Joan,

we can offer a coach with 53 seats to Girona and back, from 8 to 13 July 2026, for £7,850. Two drivers are included, the
ferry is not. A van for the instruments would cost another £1,120.

The offer holds until 20 March 2026. A quarter of the price is due when you book.

Kind regards,
Bernard Oxley
Oxley Coaches
"""


def tour() -> bytes:
    """The offer of a coach, with its timetable."""
    mail = _letter(
        "Bernard Oxley <bernard@oxleycoaches.example>", "Joan Fairweather <joan@aldmoor-orchestra.example>",
        "Coach to Girona", "Mon, 16 Feb 2026 09:12:00 +0000", _OFFER,
    )  # fmt: skip
    stops = "Day,Leg,Hours\n8 July,Aldmoor to Dover,6\n8 July,Calais to Lyon,9\n9 July,Lyon to Girona,6\n"
    mail.add_attachment(stops, subtype="csv", filename="timetable.csv")
    return bytes(mail)


def tour_answer() -> bytes:
    """The answer, which quotes the offer."""
    quoted = "".join(f"> {line}\n" for line in _OFFER.splitlines())
    text = (
        "Dear Bernard,\n\nthank you. The committee accepts the coach but not the van: Ivor Pryce will drive his own. "
        "We shall be 49 people. Please send the invoice to our treasurer, Samir Aziz.\n\nJoan\n\n"
        f"On Mon, 16 Feb 2026, Bernard Oxley wrote:\n{quoted}"
    )
    mail = _letter(
        "Joan Fairweather <joan@aldmoor-orchestra.example>", "Bernard Oxley <bernard@oxleycoaches.example>",
        "Re: Coach to Girona", "Wed, 4 Mar 2026 20:41:00 +0000", text,
    )  # fmt: skip
    return bytes(mail)


def complaints() -> bytes:
    """A mailbox of three complaints."""
    letters = (
        ("Mabel Stroud <mabel@example.org>", "Draught in row C", "Mon, 17 Nov 2025 10:02:00 +0000",
         "On Saturday my friend and I sat in row C and froze, because the north door stood open for the whole first "
         "half. Please see to it.\n"),
        ("Colin Abbot <colin@example.org>", "Tea", "Thu, 15 Jan 2026 08:30:00 +0000",
         "The tea break has shrunk to ten minutes. Seventy cups cannot be poured in that time.\n\n"
         "From now on I shall bring a flask.\n"),
        ("Harriet Vane <harriet@example.org>", "Refund for Christmas", "Tue, 16 Dec 2025 18:45:00 +0000",
         "I could not come on 13 December because of the snow, and ask for the return of 28 pounds for two tickets.\n"),
    )  # fmt: skip
    out = b""
    for sender, subject, date, text in letters:
        mail = _letter(sender, "hello@aldmoor-orchestra.example", subject, date, text)
        out += b"From x@example.org Mon Jan  1 00:00:00 2026\n" + bytes(mail) + b"\n"
    return out


def calendar() -> str:
    """The season's dates."""
    events = (
        ("Spring term begins", "20260106T191500", "St Anne's Hall", ""),
        ("Sectional rehearsal for strings", "20260207T100000", "Music School, room 12", "Led by Oskar Dahlin."),
        ("Spring concert", "20260328T193000", "St Anne's Church", "Doors open at 18:45. Players arrive at 16:00."),
        ("Committee meeting", "20260414T183000", "The vestry", ""),
        ("Summer picnic", "20260621T130000", "Castle Meadow", "Bring a dish for four."),
        ("Concert at the Girona festival", "20260710T210000", "Plaza de la catedral, Girona", ""),
    )
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for summary, start, place, text in events:
        lines += [
            "BEGIN:VEVENT",
            f"SUMMARY:{summary}",
            f"DTSTART:{start}",
            f"LOCATION:{place.replace(',', chr(92) + ',')}",
        ]
        lines += [f"DESCRIPTION:{text}"] * bool(text) + ["END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def cards() -> str:
    """The committee's address cards."""
    people = (
        ("Ruth Penhallow", "Chair", "01632 960114"), ("Samir Aziz", "Treasurer", "01632 960127"),
        ("Joan Fairweather", "Secretary", "01632 960131"), ("Tomas Brandt", "Librarian", "01632 960148"),
        ("Oskar Dahlin", "Leader", "01632 960155"), ("Priya Raman", "Publicity", "01632 960162"),
    )  # fmt: skip
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nTITLE:{role}\r\nTEL:{telephone}\r\nEND:VCARD\r\n"
        for name, role, telephone in people
    )
