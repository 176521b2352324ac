"""A reply is told from what it quotes, and a mailbox is parted only where a message begins."""

# ruff: noqa: E501 (what lies in a file is shown as it is)

from __future__ import annotations

import pytest

from ingest.load import Limits, Reading
from ingest.read_any import read_any
from rag.config import Settings

HEAD = "From: Nils Berg <nils@example.org>\nTo: Asa Holm <asa@example.org>\nSubject: Re: Boat\n"
OUTLOOK = (
    "<div><p>Wednesday suits me.</p><div style='border-top:solid'><p><b>From:</b> Asa Holm<br><b>Sent:</b> 4 June 2024"
    "<br><b>To:</b> Nils Berg<br><b>Subject:</b> Boat</p></div><p>Could we sail on Monday?</p></div>"
)
GMAIL = (
    "<div>Wednesday suits me.</div><div class='gmail_quote'><div class='gmail_attr'>On 4 Jun 2024, Asa Holm wrote:</div>"
    "<blockquote class='gmail_quote'><p>Could we sail on Monday?</p></blockquote></div>"
)


def read(body: str, kind: str = "plain") -> Reading:
    data = f"{HEAD}Content-Type: text/{kind}; charset=utf-8\n\n{body}"
    return next(iter(read_any(data.encode(), "a.eml", Limits(Settings()))))


def sections(reading: Reading) -> dict[str, str]:
    """The text below each heading; what stands before the first is below ""."""
    found = {}
    marks = [(0, 0, "")] + [(h.start, h.end, h.title) for h in reading.headings or ()]
    for n, (_, end, title) in enumerate(marks):
        until = marks[n + 1][0] if n + 1 < len(marks) else len(reading.text)
        found[title] = found.get(title, "") + reading.text[end:until]
    return found


@pytest.mark.parametrize(
    ("body", "kind", "whose"),
    [
        ("Wednesday suits me.\n\nOn 4 Jun 2024, Asa Holm wrote:\n> Could we sail\n> on Monday?\n", "plain", "On 4 Jun 2024, Asa Holm wrote:"),
        ("Wednesday suits me.\n\nAm 4. Juni 2024 um 08:00 schrieb Asa Holm\n<asa@example.org>:\n\n> Could we sail on Monday?\n", "plain", "Am 4. Juni 2024 um 08:00 schrieb Asa Holm <asa@example.org>:"),
        ("Wednesday suits me.\n\n-----Original Message-----\nFrom: Asa Holm\nSent: 4 June 2024\nTo: Nils\nSubject: Boat\n\nCould we sail on Monday?\n", "plain", "From: Asa Holm; Sent: 4 June 2024; To: Nils; Subject: Boat"),
        (OUTLOOK, "html", "From: Asa Holm; Sent: 4 June 2024; To: Nils Berg; Subject: Boat"),
        (GMAIL, "html", "On 4 Jun 2024, Asa Holm wrote:"),
    ],
)  # fmt: skip
def test_a_quotation_stands_under_the_line_that_says_whose_it_is(body: str, kind: str, whose: str) -> None:
    found = sections(read(body, kind))
    assert list(found) == ["", whose]
    assert "Wednesday" in found[""]
    assert "Monday" not in found[""]
    assert " ".join(found[whose].split()) == "Could we sail on Monday?"


def test_answers_between_quotations_are_the_senders() -> None:
    found = sections(read("On 4 Jun 2024, Asa wrote:\n> Shall I bring bread?\n\nCheese, please.\n"))
    assert found["On 4 Jun 2024, Asa wrote:"].strip() == "Shall I bring bread?"
    assert found["Nils Berg wrote:"].strip() == "Cheese, please."


def test_a_journey_is_no_quotation() -> None:
    assert read("From: Bergen\nTo: Oslo\nDate: 4 June\n\nThe train is full.\n").headings in {None, ()}


@pytest.mark.parametrize(
    ("plain", "page", "wanted", "gone"),
    [
        (" \n", "<p>The meeting is in room 204.</p>", "room 204", "-"),
        (
            "Please use a program that shows HTML.",
            "<p>The offer of the boiler holds until May.</p>",
            "until May",
            "program",
        ),
        ("The meeting is in room 204, as always.", "<img src='x.png'>", "room 204", "img"),
    ],
)
def test_the_part_that_holds_the_message_is_read(plain: str, page: str, wanted: str, gone: str) -> None:
    data = (
        f"{HEAD}MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=q\n\n--q\nContent-Type: text/plain\n\n"
        f"{plain}\n--q\nContent-Type: text/html\n\n{page}\n--q\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n"
        "BEGIN:VEVENT\nSUMMARY:Budget\nEND:VEVENT\nEND:VCALENDAR\n--q--\n"
    )
    message, invitation = read_any(data.encode(), "a.eml", Limits(Settings()))
    assert wanted in message.text
    assert gone not in message.text
    assert invitation.text == "Summary: Budget"


def test_a_mailbox_is_parted_only_before_a_header() -> None:
    box = b"From a 4 Mar\nSubject: One\n\nFirst.\n\nFrom here on it is quiet.\nNote: nothing.\n\nFrom b 5 Mar\nSubject: Two\n\nLast.\n"
    first, second = read_any(box, "a.mbox", Limits(Settings()))
    assert first.text.endswith("From here on it is quiet.\nNote: nothing.")
    assert second.text.endswith("Last.")
