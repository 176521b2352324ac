"""Mail: EML files and MBOX mailboxes.

In: bytes. Out: a `Reading` for each message, headed by who wrote what to whom and when, and one for each attachment
that a reader of the table knows. What a reader cannot read is a warning on the message.
"""

from __future__ import annotations

import email
import email.errors
import email.policy
import email.utils
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from ingest.build import Builder, one_line
from ingest.hidden import with_sheets
from ingest.load import Limits, Reading, canonical, decode
from ingest.mail_body import add_body
from ingest.read_any import read_inside
from ingest.read_web import read_html
from rag.errors import ReadError

# A line "From …" parts two messages only where the header of one follows; in a text it is a sentence.
_HEADER_LINE = rb"(?:[!-9;-~]+:.*\r?\n(?:[ \t].*\r?\n)*)"
_KNOWN = (
    rb"(?:From|To|Cc|Date|Subject|Received|Return-Path|Delivered-To|Message-ID|MIME-Version|Content-Type|X-\S+|Status)"
)
_FROM = re.compile(rb"(?m)^From .*\r?\n(?=" + _HEADER_LINE + rb"{0,30}?" + _KNOWN + rb":)", re.IGNORECASE)
_HEADERS = ("From", "To", "Cc", "Date", "Subject")
MOST_MESSAGES = 100_000


def read_eml(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read one message and its attachments."""
    return tuple(_message(data, "", limits))


def read_mbox(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a mailbox: each message is a document, named by its number."""
    numbered = enumerate(messages(data), 1)
    return [reading for number, message in numbered for reading in _message(message, str(number), limits)]


def read_mhtml(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a web page that a browser saved with its pictures in one file."""
    message = parsed(data)
    pages = [p for p in _all_parts(message) if p.get_content_type() in {"text/html", "application/xhtml+xml"}]
    if not pages:
        raise ReadError("there is no page in it")
    first = pages[0]
    for page in pages:  # the one that the file names as its root
        if page.get("Content-ID") and page.get("Content-ID") == message.get_param("start"):
            first = page
    sheets = [_text(p) for p in _all_parts(message) if p.get_content_type() == "text/css"]
    return read_html(with_sheets(_text(first), sheets).encode(), name, limits)


def messages(data: bytes) -> Iterator[bytes]:
    """Part a mailbox into its messages."""
    lines = [m.span() for m in itertools.islice(_FROM.finditer(data), MOST_MESSAGES + 1)]
    if not lines:
        raise ReadError("not a mailbox: no line begins with 'From '")
    if len(lines) > MOST_MESSAGES:
        raise ReadError(f"more than {MOST_MESSAGES:,} messages in one mailbox")
    for (_, start), (end, _) in itertools.pairwise([*lines, (len(data), len(data))]):
        yield data[start:end].replace(b"\n>From ", b"\nFrom ")


def parsed(data: bytes) -> EmailMessage:
    """Parse one message."""
    return email.message_from_bytes(data, policy=email.policy.default)


def _message(data: bytes, member: str, limits: Limits) -> Iterator[Reading]:
    message = parsed(data)
    builder = Builder()
    headers = {name: _header(message, name) for name in _HEADERS}
    for name, value in headers.items():
        if value:
            builder.row(f"{name}: {value}", apart=False)
    name, address = email.utils.parseaddr(headers["From"])
    warnings = _body(builder, message, name or address)
    attached, refused = _attachments(message, member, limits)
    reading = builder.reading(
        member=member,
        title=headers["Subject"] or None,
        author=name or address or None,
        date=_date(headers["Date"]),
        media_type="message/rfc822",
        metadata={"from": headers["From"], "to": headers["To"]},
        warnings=[*warnings, *refused],
        find_headings=True,
    )
    if not reading.text.strip() and not attached:
        raise ReadError("not a message")
    yield reading
    yield from attached


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    # Headers of real mail break the parser of the standard library.
    except (ValueError, IndexError, AttributeError, TypeError, OverflowError):
        return ""


def _date(value: str) -> str | None:
    try:
        return email.utils.parsedate_to_datetime(value).date().isoformat() if value else None
    except (ValueError, IndexError, OverflowError, TypeError):
        return None


def _body(builder: Builder, message: EmailMessage, sender: str) -> list[str]:
    plain, page = _part(message, "plain"), _part(message, "html")
    if plain is None and page is None and message.get_content_maintype() == "text":
        plain = message
    add_body(builder, _text(plain) if plain is not None else "", _text(page) if page is not None else "", sender)
    sealed = message.get_content_type() in {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
    return ["its body is encrypted and not read"] if sealed else []


def _part(message: EmailMessage, kind: str) -> EmailMessage | None:
    try:
        part = message.get_body((kind,))
    except (AttributeError, KeyError, ValueError):
        return None
    return part if isinstance(part, EmailMessage) else None


def _text(part: Any) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    try:
        return canonical(raw.decode(charset)) if charset else canonical(decode(raw))
    except (LookupError, ValueError):  # an unknown name, a wrong one, or one that is none
        return canonical(decode(raw))


def _attachments(message: EmailMessage, member: str, limits: Limits) -> tuple[list[Reading], list[str]]:
    found: list[Reading] = []
    warnings = []
    for name, payload in attachments(message):
        try:
            for reading in read_inside(payload, name, limits):
                inner = "/".join(p for p in (member, path_of(name), reading.member) if p)
                found.append(replace(reading, member=inner))
        except ReadError as error:
            warnings.append(f"attachment {name}: {error}")
    return found, warnings


def attachments(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """Each attachment of a message with its name, made up where it has none."""
    parts = _parts(message)
    invitations = [p for p in _all_parts(message) if p.get_content_type() == "text/calendar" and p not in parts]
    for number, part in enumerate(parts + invitations, 1):
        name = one_line(part.get_filename() or "")
        forwarded = _forwarded(part)
        if forwarded is not None:
            yield name if name.lower().endswith(".eml") else f"{name or f'message-{number}'}.eml", forwarded
        elif isinstance(payload := part.get_payload(decode=True), bytes):
            yield name or f"attachment-{number}{'.ics' if part in invitations else ''}", payload


def _forwarded(part: EmailMessage) -> bytes | None:
    """Return the message that a mail carries as it was sent: it is parsed already, and has no payload of its own."""
    if part.get_content_type() != "message/rfc822":
        return None
    inner = part.get_payload()
    if not isinstance(inner, list) or not inner or not isinstance(inner[0], EmailMessage):
        return None
    try:
        # Not `as_bytes`: it insists on ASCII, which the headers of real mail are not.
        return inner[0].as_string(policy=email.policy.compat32).encode("utf-8", "surrogateescape")
    except (email.errors.MessageError, LookupError, ValueError):
        return b""  # too broken to be written again: read as no message, which its mail then says


def path_of(name: str) -> str:
    """Return what an attachment's document is called below its message."""
    return name.replace("/", "_")


def _all_parts(message: EmailMessage) -> list[EmailMessage]:
    """Every part of a message and of its parts, but not of a message that it forwards."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        return [message]
    return [p for part in message.iter_parts() if isinstance(part, EmailMessage) for p in _all_parts(part)]


def _parts(message: EmailMessage) -> list[EmailMessage]:
    try:
        return [p for p in message.iter_attachments() if isinstance(p, EmailMessage)]
    except (AttributeError, KeyError, ValueError, TypeError):
        return []
