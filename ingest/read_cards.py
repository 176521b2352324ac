"""Calendars (ICS, RFC 5545) and address cards (VCF, RFC 6350 and the versions before it).

In: bytes. Out: one `Reading`: each event, task or person a record, ``Starts: 2024-05-02 14:00; Place: Room 204``, the
long texts in it as paragraphs. Time zones' own rules, alarms and pictures are no text.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.build import Builder, one_line
from ingest.load import Limits, Reading, canonical, decode
from rag.errors import ReadError

_EVENT = {
    "SUMMARY": "Summary", "DTSTART": "Starts", "DTEND": "Ends", "DUE": "Due", "DURATION": "Lasts", "LOCATION": "Place",
    "ORGANIZER": "Organiser", "ATTENDEE": "Attendees", "STATUS": "Status", "RRULE": "Repeats", "EXDATE": "Except",
    "CATEGORIES": "Categories", "PRIORITY": "Priority", "COMPLETED": "Completed", "CONTACT": "Contact", "URL": "Link",
    "DESCRIPTION": "Description", "COMMENT": "Comment",
}  # fmt: skip
_PERSON = {
    "FN": "Name", "ORG": "Organisation", "TITLE": "Title", "ROLE": "Role", "TEL": "Telephone", "EMAIL": "E-mail",
    "ADR": "Address", "BDAY": "Birthday", "ANNIVERSARY": "Anniversary", "NICKNAME": "Nickname", "URL": "Link",
    "IMPP": "Messages", "CATEGORIES": "Categories", "NOTE": "Note",
}  # fmt: skip
_RECORDS = {"VEVENT", "VTODO", "VJOURNAL", "VCARD"}
_MEETING = {"DTSTART", "DTEND", "DUE", "EXDATE", "COMPLETED", "BDAY", "ANNIVERSARY"}
_MOMENT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2}):?(\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?")
_KINDS = {"home", "work", "cell", "fax", "mobile"}
_LONG = 160  # letters: a longer value is prose
_EVERY = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year", "HOURLY": "hour"}
_DAYS = dict(zip("MO TU WE TH FR SA SU".split(),
                 "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(), strict=True))  # fmt: skip
_LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;[^:;\"]*(?:\"[^\"]*\"[^:;\"]*)*)*):(.*)", re.DOTALL)


@dataclass(slots=True)
class _Property:
    name: str
    options: dict[str, str]
    value: str


@dataclass(slots=True)
class _Record:
    kind: str
    properties: list[_Property] = field(default_factory=list)


def read_cards(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a calendar or a file of cards."""
    records = list(_records(canonical(decode(data))))
    if not records:
        raise ReadError("there is no event, task or card in it")
    builder = Builder()
    for record in records:
        _add(builder, record, _PERSON if record.kind == "VCARD" else _EVENT)
    cards = all(record.kind == "VCARD" for record in records)
    return (builder.reading(media_type="text/vcard" if cards else "text/calendar"),)


def _records(text: str) -> Iterator[_Record]:
    open_: list[_Record] = []
    for line in _unfolded(text):
        found = _LINE.match(line)
        if not found:
            continue
        key, value = found[1].upper(), found[3]
        if key == "BEGIN":
            open_.append(_Record(value.strip().upper()))
        elif key == "END" and open_:
            record = open_.pop()
            if record.kind in _RECORDS:
                yield record
        elif open_ and open_[-1].kind in _RECORDS:
            options = {}
            for option in re.findall(r";((?:[^;\"]|\"[^\"]*\")*)", found[2]):
                left, equals, right = option.partition("=")
                options[left.upper() if equals else "TYPE"] = (right or left).strip('"')
            open_[-1].properties.append(_Property(key, options, value))


def _unfolded(text: str) -> Iterator[str]:
    """Yield the lines of a file, those that go on in the next put together."""
    line = ""
    for piece in text.split("\n"):
        soft = line.endswith("=") and "QUOTED-PRINTABLE" in line.split(":")[0].upper()
        if soft:
            line = line[:-1] + piece
        elif piece[:1] in {" ", "\t"}:
            line += piece[1:]
        else:
            yield line
            line = piece
    yield line


def _add(builder: Builder, record: _Record, names: dict[str, str]) -> None:
    values: dict[str, list[str]] = {}
    for own in record.properties:
        if own.name in names and (text := _shown(own)):
            values.setdefault(own.name, []).append(text)
    if record.kind == "VCARD" and "FN" not in values:  # version 2.1 need not say the name as it is shown
        values["FN"] = [name for own in record.properties if own.name == "N" and (name := _name_of(own))]
    short: list[str] = []
    long: list[str] = []
    for key, label in names.items():
        joined = ", ".join(dict.fromkeys(values.get(key, [])))
        if joined:
            prose = len(joined) > _LONG and key not in {"ATTENDEE", "TEL", "EMAIL", "ADR"}
            (long if prose else short).append(f"{label}: {joined if prose else one_line(joined)}")
    builder.block_break()
    builder.row("; ".join(short), apart=False)
    for text in long:
        builder.paragraph(text)


def _decoded(own: _Property) -> str:
    if "QUOTED-PRINTABLE" not in " ".join(own.options.values()).upper():
        return own.value
    raw = quopri.decodestring(own.value.encode("utf-8", "replace"))
    try:
        return raw.decode(own.options.get("CHARSET", "utf-8"))
    except (LookupError, UnicodeDecodeError):
        return decode(raw)


def _shown(own: _Property) -> str:
    """Return a value as a calendar or an address book shows it."""
    value = _decoded(own)
    if own.name in _MEETING:
        return ", ".join(_moment(part, own.options) for part in value.split(","))
    if own.name == "RRULE":
        return _repeated(value)
    if own.name == "DURATION":
        return _lasting(value)
    if own.name in {"ORGANIZER", "ATTENDEE"}:
        address = re.sub(r"(?i)^mailto:", "", value)
        name = own.options.get("CN", "")
        return f"{name} <{address}>" if name and name != address else address
    parts = re.split(r"(?<!\\);", value) if own.name in {"ADR", "ORG"} else [value]
    text = ", ".join(_unescaped(part).strip() for part in parts if part.strip())
    kinds = [
        k for k in own.options.get("TYPE", "").lower().split(",") if k in {"home", "work", "cell", "fax", "mobile"}
    ]
    return f"{text} ({', '.join(kinds)})" if text and kinds and own.name in {"TEL", "EMAIL", "ADR"} else text


def _name_of(own: _Property) -> str:
    """Return a name that is given in parts (RFC 6350, 6.2.2: family; given; more; before; behind) as it is said."""
    parts = [part.strip() for part in re.split(r"(?<!\\);", _decoded(own))] + [""] * 5
    return _unescaped(" ".join(parts[n] for n in (3, 1, 2, 0, 4) if parts[n]))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], text)


def _moment(text: str, options: dict[str, str]) -> str:
    found = re.fullmatch(
        r"\s*(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2}):?(\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?", text
    )
    if not found:
        return text.strip()
    day = f"{found[1]}-{found[2]}-{found[3]}"
    zone = " UTC" if found[7] == "Z" else f" {found[7] or options.get('TZID', '')}".rstrip()
    return f"{day} {found[4]}:{found[5]}{zone}" if found[4] else day


def _repeated(rule: str) -> str:
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    unit = _EVERY.get(parts.get("FREQ", ""), "")
    if not unit:
        return rule
    step = parts.get("INTERVAL", "1")
    text = f"every {unit}" if step == "1" else f"every {step} {unit}s"
    days = [_DAYS.get(day[-2:], day) for day in parts.get("BYDAY", "").split(",") if day]
    if days:
        text += " on " + ", ".join(days)
    if "COUNT" in parts:
        text += f", {parts['COUNT']} times"
    if "UNTIL" in parts:
        text += f", until {_moment(parts['UNTIL'], {})}"
    return text


def _lasting(text: str) -> str:
    found = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?", text.strip())
    if not found:
        return text
    names = zip(found.groups(), ("week", "day", "hour", "minute"), strict=True)
    return " ".join(f"{n} {unit if n == '1' else unit + 's'}" for n, unit in names if n)
