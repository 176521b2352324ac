"""Rows, forms, lists and mail headers with questions about them, made by rule from words of our own.

In: a random source. Out: `Example` values for the reader: what stands under a column name or behind a label is the
answer, and a column, row or label that is not there is a trap.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from eval.training.data import Example

_FIRST = (
    "Ana Boris Carmen Dmitri Elif Farid Greta Hugo Ines Jonas Kari Lena Marta Nils Olga Pavel Rosa Sven Uwe".split()
)
_LAST = "Abel Brandt Costa Dahl Ekman Fuchs Garza Holm Ivers Jansen Kroll Lind Moreno Novak Orr Pires Roth Vega".split()
_PLACE = (
    "Aldport Brenmoor Calder Dunwick Eastvale Farnley Glenrow Harwick Inverloch Jarrow Kelby Lowfield Marsham".split()
)
_THING = "pump,ladder,printer,kettle,generator,chair,projector,freezer,scanner,heater,trolley,drill,lamp,router".split(
    ","
)
_DEPT = "Finance,Marketing,Research,Transport,Legal,Purchasing,Sales,Facilities,Training,Archive,Reception".split(",")
_MONTH = "January February March April May June July August September October November December".split()


def _name(d: random.Random) -> str:
    return f"{d.choice(_FIRST)} {d.choice(_LAST)}"


def _day(d: random.Random) -> str:
    day, month, year = d.randint(1, 28), d.randint(1, 12), d.randint(2015, 2027)
    return d.choice([f"{day} {_MONTH[month - 1]} {year}", f"{year}-{month:02}-{day:02}", f"{day:02}/{month:02}/{year}"])


def _money(d: random.Random) -> str:
    return d.choice(["€{:,}", "${:,}", "{:,} EUR", "{:,}"]).format(d.randint(20, 99000))


def _count(d: random.Random) -> str:
    return str(d.randint(1, 400))


def _phone(d: random.Random) -> str:
    return f"0{d.randint(100, 999)} {d.randint(100000, 999999)}"


def _room(d: random.Random) -> str:
    return f"{d.choice('ABCDE')}{d.randint(100, 420)}"


def _mail(d: random.Random) -> str:
    return f"{d.choice(_FIRST).lower()}.{d.choice(_LAST).lower()}@{d.choice(_PLACE).lower()}.example"


# A column or label: its name, its values, and how a person asks for it of a thing {r}.
_Column = tuple[str, Callable[[random.Random], str], list[str]]
_COLUMNS: list[_Column] = [
    ("Manager", _name, ["Who manages {r}?", "Who is the manager of {r}?", "Who is in charge of {r}?"]),
    ("Contact", _name, ["Who is the contact for {r}?", "Whom do I ask about {r}?"]),
    ("Price", _money, ["What does {r} cost?", "How much is {r}?", "What is the price of {r}?"]),
    ("Budget", _money, ["What is the budget of {r}?", "How much money does {r} have?"]),
    ("Spent", _money, ["How much did {r} spend?", "What has {r} spent?"]),
    ("Stock", _count, ["How many of {r} are in stock?", "What is the stock of {r}?"]),
    ("Employees", _count, ["How many people work in {r}?", "How many employees does {r} have?"]),
    ("Location", lambda d: d.choice(_PLACE), ["Where is {r}?", "Where can {r} be found?"]),
    ("Room", _room, ["Which room is {r} in?", "What is the room of {r}?"]),
    ("Phone", _phone, ["What is the phone number of {r}?", "How can I call {r}?"]),
    ("E-mail", _mail, ["What is the e-mail address of {r}?", "Where do I write to reach {r}?"]),
    ("Due", _day, ["When is {r} due?", "What is the deadline of {r}?"]),
    ("Opened", _day, ["When was {r} opened?", "When did {r} open?"]),
    ("Last inspected", _day, ["When was {r} last inspected?", "When was the last inspection of {r}?"]),
    ("Supplier", lambda d: f"{d.choice(_LAST)} & Co", ["Who supplies {r}?", "Where do we buy {r}?"]),
    ("Approved by", _name, ["Who approved {r}?", "By whom was {r} approved?"]),
    ("Status", lambda d: d.choice(["open", "closed", "delayed", "paid", "cancelled"]), ["What is the status of {r}?"]),
]


def table(draw: random.Random) -> Example:
    """Rows as the library lays them out ("Name: x; Column: y" or cells between bars), and a question for a cell."""
    kind = draw.choice(["Department", "Item", "Person", "Site"])
    names = {"Department": _DEPT, "Item": _THING, "Site": _PLACE}.get(kind) or [_name(draw) for _ in range(8)]
    rows = draw.sample(names, draw.randint(2, min(6, len(names))))
    columns = draw.sample(_COLUMNS, draw.randint(2, 4))
    kept, missing = columns, draw.choice([c for c in _COLUMNS if c not in columns])
    cells = {(r, c[0]): c[1](draw) for r in rows for c in kept}
    style = draw.randrange(3)
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    text = "" if style == 0 else " | ".join([kind, *(c[0] for c in kept)]) + "\n"
    for r in rows:
        text += f"{kind}: {r}" if style == 0 else r
        for c in kept:
            text += f"; {c[0]}: " if style == 0 else " | "
            spans[(r, c[0])] = (len(text), len(text) + len(cells[(r, c[0])]))
            text += cells[(r, c[0])]
        text += "\n"
    row, column = draw.choice(rows), draw.choice(kept)
    trap = draw.random()
    if trap < 0.25:
        return Example(draw.choice(missing[2]).format(r=_said(kind, row)), text.strip(), -1, -1)
    if trap < 0.45:
        left = [n for n in (names if kind != "Person" else [_name(draw)]) if n not in rows]
        if left:
            return Example(draw.choice(column[2]).format(r=_said(kind, draw.choice(left))), text.strip(), -1, -1)
    start, end = spans[(row, column[0])]
    return Example(draw.choice(column[2]).format(r=_said(kind, row)), text.strip(), start, end)


def _said(kind: str, row: str) -> str:
    return {"Department": f"the {row} department", "Item": f"the {row}", "Site": row}.get(kind, row)


_MAIL_ASKED: list[_Column] = [
    ("From", _name, ["Who sent the mail about {s}?", "Who wrote about {s}?"]),
    ("To", _name, ["Who was the mail about {s} sent to?", "To whom was it written about {s}?"]),
    ("Date", _day, ["When was the mail about {s} sent?", "What is the date of the mail about {s}?"]),
    ("Cc", _name, ["Who was copied on the mail about {s}?"]),
]


def form(draw: random.Random) -> Example:
    """A form, a mail's head or a list of labels, and a question for what stands behind one."""
    subject = f"the {draw.choice(_THING)} in {draw.choice(_PLACE)}"
    if draw.random() < 0.4:
        chosen, ask = draw.sample(_MAIL_ASKED, draw.randint(2, 3)), {"s": subject}
        missing = [c for c in _MAIL_ASKED if c not in chosen]
        text = f"Subject: {draw.choice(['Re: ', ''])}{subject}\n"
    else:
        chosen, ask = draw.sample(_COLUMNS, draw.randint(3, 6)), {"r": subject}
        missing = [c for c in _COLUMNS if c not in chosen]
        text = f"{draw.choice(['Form', 'Record', 'Sheet'])}: {subject}\n"
    mark = draw.choice(["", "- ", "* "])
    spans = {}
    for label, value, _ in chosen:
        said = value(draw)
        text += f"{mark}{label}: "
        spans[label] = (len(text), len(text) + len(said))
        text += said + "\n"
    if draw.random() < 0.35:
        return Example(draw.choice(draw.choice(missing)[2]).format(**ask), text.strip(), -1, -1)
    label, _, questions = draw.choice(chosen)
    start, end = spans[label]
    return Example(draw.choice(questions).format(**ask), text.strip(), start, end)
