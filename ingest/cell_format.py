"""What a spreadsheet shows of a value: percent, currency, dates, durations, by the number format of its cell.

In: a value as openpyxl gives it, and the format code of ECMA-376 part 1, 18.8.31. Out: the text in the cell. The
colours, conditions and padding of a format are left aside; a format of fractions or of another calendar shows the
plain value.
"""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal

# A quoted literal, a currency in brackets, an escaped sign, the run of digits.
_LITERAL = re.compile(r'"([^"]*)"|\[\$([^\]-]*)(?:-[^\]]*)?\]|\\(.)|\[[^\]]*\]|_.|\*.')
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?,*")
_TOKENS = re.compile(r"\[h+\]|\[m+\]|\[s+\]|y+|m+|d+|h+|s+(?:\.0+)?|am/pm|a/p", re.IGNORECASE)
_LOCAL_DATE = re.compile(r"mm-dd-yy|m/d/yy(?: h:mm)?", re.IGNORECASE)  # the codes that each country shows in its way
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SIGNIFICANT = 15  # digits that a spreadsheet keeps


def shown(value: object, code: str) -> str:
    """Return what a cell with this value and number format shows."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return _moment(value, code)
    if isinstance(value, int | float):
        return _number(value, code)
    return str(value)


def _duration(value: datetime.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    hours, rest = divmod(seconds, 3600)
    return f"{sign}{hours}:{rest // 60:02d}" + (f":{rest % 60:02d}" if rest % 60 else "")


def _plain(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 10**_SIGNIFICANT:
        return str(int(value))
    return f"{value:.{_SIGNIFICANT}g}"


def _number(value: float, code: str) -> str:
    sections = code.split(";")
    own = value < 0 and len(sections) > 1 and bool(sections[1].strip())
    section = sections[1] if own else sections[0]
    bare = _LITERAL.sub("", section)
    digits = _DIGITS.search(bare)
    if not digits or "/" in bare or "e+" in bare.lower() or bare.lower().startswith("general"):
        return _plain(value)
    figure = Decimal(repr(value))
    figure *= 100 ** bare.count("%")
    run = digits[0].rstrip(",")  # each comma at the end leaves three digits out
    whole, _, part = run.partition(".")
    figure /= 1000 ** (len(digits[0]) - len(run))
    places, least = len(part), part.count("0")
    figure = figure.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{abs(figure):,.{places}f}" if "," in whole else f"{abs(figure):.{places}f}"
    if places > least:
        text = text[: len(text) - (places - least)] + text[len(text) - (places - least) :].rstrip("0")
        text = text.rstrip(".")
    text = text.zfill(whole.count("0")) if "," not in text else text
    literal = _LITERAL.sub(lambda m: m[1] or m[2] or m[3] or "", section)
    around = _DIGITS.search(literal)
    before, after = (literal[: around.start()], literal[around.end() :]) if around else ("", "")
    return ("-" if figure < 0 and not own else "") + before.lstrip() + text + after.rstrip()


def _moment(value: datetime.datetime | datetime.date | datetime.time, code: str) -> str:
    section = code.split(";")[0]
    bare = _LITERAL.sub(
        lambda m: m[0] if m[0].lower().strip("[]") in {"h", "hh", "m", "mm", "s", "ss"} else "", section
    )
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    timed = bool(re.search(r"[hs]", bare, re.IGNORECASE))
    if _LOCAL_DATE.fullmatch(bare.strip()) or not re.search(r"[yd]", bare, re.IGNORECASE):
        day = value.isoformat()[:10]
        clock = isinstance(value, datetime.datetime) and timed and value.time() != datetime.time()
        return f"{day} {value:%H:%M}" if clock else day
    literal = _LITERAL.sub(lambda m: m[1] or m[2] or m[3] or "", section)
    half = bool(re.search(r"am/pm|a/p", literal, re.IGNORECASE))
    out, at, last = "", 0, ""
    for token in _TOKENS.finditer(literal):
        out += literal[at : token.start()]
        rest = literal[token.end() :].lower()
        minutes = token[0][0] in "mM" and (last == "h" or bool(re.match(r"[:.]?s", rest)))
        out += _part(value, token[0].lower(), minutes=minutes, half=half)
        at, last = token.end(), token[0][0].lower()
    return (out + literal[at:]).strip(" @")


def _part(value: datetime.date, token: str, *, minutes: bool, half: bool) -> str:
    moment = value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())
    wide = len(token)
    kind = token.strip("[]")[0]
    if minutes:
        return f"{moment.minute:02d}"
    if kind == "y":
        return f"{moment.year:04d}" if wide > 2 else f"{moment.year % 100:02d}"
    if kind == "m":
        name = _MONTHS[moment.month - 1]
        return name[:3] if wide == 3 else name if wide > 3 else f"{moment.month:0{wide}d}"
    if kind == "d":
        name = _DAYS[moment.weekday()]
        return name[:3] if wide == 3 else name if wide > 3 else f"{moment.day:0{wide}d}"
    if kind == "h":
        hour = (moment.hour % 12 or 12) if half else moment.hour
        return f"{hour:0{min(wide, 2)}d}"
    if kind == "s":
        return f"{moment.second:02d}"
    return "AM" if moment.hour < 12 else "PM"
