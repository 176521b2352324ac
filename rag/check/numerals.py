"""Numbers in running text: digits, words, magnitudes, units, ordinals and the comparison that stands before them.

In: text and its language. Out: `Number` values in order ("1,000" = "one thousand", "87 per cent" = 87 and "%").
Digits that count nothing (a version, an address, a phone number, the number of a list's item) are codes: they are
compared as they are written. It does not know of dates: the caller takes those out first.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from rag.check.wordlists import wordlists
from rag.text import fold


@dataclass(frozen=True, slots=True)
class Number:
    """``value`` is a plain decimal ("1000"), of a ``code`` what is written; ``sign`` is ``>``, ``<``, ``~`` or empty;
    ``unit`` a canonical name; ``kind`` is ``number``, ``ordinal`` or ``code``."""

    value: str
    unit: str
    sign: str
    kind: str
    start: int
    end: int


@functools.cache
def unit_names() -> dict[str, str]:
    """Return every spelling of a unit with its canonical name."""
    return {alias: unit for unit, aliases in wordlists()["units"].items() for alias in aliases.split()}


_DIGITS = re.compile(
    r"(?<![\w.,/])(?P<cur>US\$|A\$|C\$|S/\.? ?|[$€£¥₹]) ?(?P<m>[-−])?(?P<num>\d[\d.,'\u00a0\u202f\u2009]*)"
    r"|(?<!\w)(?<!\d[.,])(?P<m2>[-−](?=\d))?(?P<num2>\d[\d.,'\u00a0\u202f\u2009]*)"
)
# What of such a run is one number: "1,234,567.8", "12,34,567" as India groups, "3.5". All else is several: "3.8,3.9".
_ONE = re.compile(
    r"\d{1,3}([.,'\u00a0\u202f\u2009])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?|\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?"
    r"|\d+(?:[.,]\d+)?"
)
_DOTTED = re.compile(r"\d+(?:\.\d+)*")
# An address of the net has the shape of a grouped number: "192.168.100.200".
_ADDRESS = re.compile(r"(?:(?:1?\d?\d|2[0-4]\d|25[0-5])(?:\.|\Z)){4}")
# Digits that count nothing: an item of a list, a phone or serial number with its "+", brackets or hyphens, a version
# behind its "v".
_CODES = (
    re.compile(r"(?:\A|(?<=\n))[ \t]*(?P<code>\d{1,2}[.)])(?=[ \t]+\S)"),
    re.compile(r"(?<![\w.,])(?P<code>(?:\+\d{1,3}|\(\d{2,5}\))(?:[ .()/-]{1,2}\d{2,5}){2,4}|\+\d{7,15})(?![\w.,]\d)"),
    re.compile(r"(?<![\w.,-])(?P<code>\d+(?:-\d+){2,})(?![\w-])"),
    re.compile(r"\b[vV](?P<code>\d+(?:\.\d+)+\w*)"),
)
# What stands before the number of a version or a section: "3.10" behind it is not "3.1", nor behind a name.
_LABELLED = re.compile(
    r"(?:\b(?:versions?|releases?|sections?|chapters?|articles?|clauses?|paragraphs?|figures?|tables?|appendix|rules?"
    r"|items?|rooms?|ext|tel|fax|(?:tele)?phone|numbers?|no|nos|versi[oó]n(?:es)?|secci[oó]n(?:es)?|cap[ií]tulos?"
    r"|art[ií]culos?|cl[aá]usulas?|p[aá]rrafos?|figuras?|tablas?|anexos?|apartados?|salas?|n[uú]meros?|n[uú]m|nro"
    r"|tel[eé]fonos?)\b[.:]?|§§?)[ \u00a0]\Z",
    re.I,
)
_NAMED = re.compile(r"\b[^\W\d_a-z][^\W\d_]*[ \u00a0]\Z")
# More digits than this name a thing: a card, an account. The sums of `Decimal` are exact to 28, with trillions too.
_MOST_DIGITS = 15
_SPELT = "|".join(sorted([*wordlists()["cardinals"], *wordlists()["scales"]], key=len, reverse=True))
_WORDS = re.compile(
    rf"\b(?:(?:an?|half an?) (?=(?:hundred|thousand|million|billion|trillion|dozen)\b))?"
    rf"(?:{_SPELT})s?\b(?:(?:[ -]| and | y )(?:{_SPELT})\b)*",
    re.I,
)
_SCALE = re.compile(
    r"[ \u00a0-]?(?:hundred|thousand|million|billion|trillion|mil|millones|mill[oó]n|billones|bill[oó]n)\b"
    r"| ?(?:k|m|mn|bn|b|tn)\b",
    re.I,
)
_PHRASES = {
    "per cent": "%",
    "percent": "%",
    "por ciento": "%",
    "percentage point": "pp",
    "percentage points": "pp",
    "puntos porcentuales": "pp",
}
_PRONOUN_ONE = re.compile(r"\b(?:no|any|some|every|each|this|that|which|the|an?other)[ -]$", re.I)


def numbers(text: str, language: str = "en") -> list[Number]:
    """Return the numbers of ``text`` in order; a number without a unit in a range takes that of its right end."""
    found = [*_codes(text), *_digits(text, language), *_spelt(text, language), *_ordinals(text)]
    kept: list[Number] = []
    for n in sorted(found, key=lambda n: (n.start, -n.end)):
        if not kept or n.start >= kept[-1].end:
            kept.append(n)
    for i in range(len(kept) - 2, -1, -1):
        between = text[kept[i].end : kept[i + 1].start]
        if not kept[i].unit and kept[i + 1].unit and re.fullmatch(r"\s*(?:-|–|to|and|or|a|y|o)\s*[$€£]?", between):
            kept[i] = replace(kept[i], unit=kept[i + 1].unit)
    return kept


def _codes(text: str) -> Iterator[Number]:
    for pattern in _CODES:
        for m in pattern.finditer(text):
            yield Number(m["code"], "", "", "code", m.start("code"), m.end("code"))


def _digits(text: str, language: str) -> Iterator[Number]:
    for m in _DIGITS.finditer(text):
        start = m.start("num" if m["num"] else "num2")
        raw = (m["num"] or m["num2"]).rstrip(".,'\u00a0\u202f\u2009")
        unit = unit_names().get(fold(m["cur"]).rstrip(". "), fold(m["cur"])) if m["cur"] else ""
        if _ONE.fullmatch(raw) and not _ADDRESS.fullmatch(raw):
            sign = "-" if (m["m"] or m["m2"]) and not re.search(r"\w\Z", text[: m.start()]) else ""
            yield from _one(text, raw, sign, unit, m.start(), start + len(raw), language)
            continue
        for part in _DOTTED.finditer(raw):
            at, end = start + part.start(), start + part.end()
            yield from _one(text, part.group(), "", unit, at if part.start() else m.start(), end, language)


def _one(text: str, raw: str, minus: str, unit: str, start: int, end: int, language: str) -> Iterator[Number]:
    """One run of digits that is one number, or else a code; none where it is part of a word such as 4x4 or 12b."""
    ordinal = re.match(r"(?:st|nd|rd|th)\b|\.?[ºª]", text[end:])
    if ordinal and _ONE.fullmatch(raw):
        yield Number(plain(parse(raw, language)), "", "", "ordinal", start, end + ordinal.end())
        return
    digits = sum(c.isdecimal() for c in raw)
    if not _ONE.fullmatch(raw) or _ADDRESS.fullmatch(raw) or digits > _MOST_DIGITS:
        yield Number(raw, "", "", "code", start, end)
        return
    scale, told, after = _tail(text, end, bool(unit))
    if text[after : after + 1].isalnum() and not text[after - 1 : after].isspace():
        return
    if after == end and not unit and not minus and _is_code(text[max(0, start - 40) : start], raw):
        yield Number(raw, "", "", "code", start, end)
        return
    yield _signed(text, minus + plain(parse(raw, language) * scale), unit or told, start, after)


def _is_code(lead: str, raw: str) -> bool:
    """Tell whether digits without a unit are written as no count is: "007", "Section 4.2", "Python 3.10"."""
    if len(raw) > 1 and raw[0] == "0" and raw.isdecimal():
        return True
    if not re.fullmatch(r"\d+\.\d+", raw):
        return False
    return bool(_LABELLED.search(lead) or (raw[-1] == "0" and _NAMED.search(lead)))


def parse(raw: str, language: str) -> Decimal:
    """Return the value of what `_ONE` takes for a number; "1.000" is a thousand in Spanish, "1,000" in both languages.

    A second kind of mark, or one that comes once and parts no group of three, is that of the decimals.
    """
    clean = re.sub(r"['\u00a0\u202f\u2009]", "", raw)
    dots, commas = clean.count("."), clean.count(",")
    if dots and commas:
        decimal = max(".,", key=clean.rfind)
    elif commas == 1:
        decimal = "" if re.fullmatch(r"\d{1,3},\d{3}", clean) else ","
    elif dots == 1:
        decimal = "" if language == "es" and re.fullmatch(r"\d{1,3}\.\d{3}", clean) else "."
    else:
        decimal = ""
    return Decimal("".join("." if c == decimal else c for c in clean if c == decimal or c not in ".,"))


def plain(value: Decimal) -> str:
    """Write a decimal without exponent or trailing zeros."""
    written = format(value, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _tail(text: str, end: int, currency: bool) -> tuple[Decimal, str, int]:
    """Return the magnitude and the unit written after a number, and where they end."""
    scale = Decimal(1)
    m = _SCALE.match(text, end)
    word = fold(m.group()).strip(" -\u00a0") if m else ""
    scales, short = wordlists()["scales"], wordlists()["short_scales"]
    if m and (word in scales or (word in short and (currency or word in {"k", "bn", "mn", "tn"}))):
        scale, end = Decimal(scales.get(word) or short[word]), m.end()
    unit, end = _unit(text, end)
    return scale, unit, end


_UNIT_ONLY = re.compile(
    r"(?:\s?(?:of|de)\b)?[ \u00a0-]{0,2}(?P<unit>per ?cent(?:age points?)?|percentage points?|por ciento|"
    r"puntos porcentuales|(?:US|U\.S\.) dollars|square [^\W\d_]+|sq\.? ?[^\W\d_]+|"
    r"km/h|km²|m²|k?m2\b|°[CF]|%|[$€£¥°]|[^\W\d_]+)"
)


def _unit(text: str, at: int) -> tuple[str, int]:
    m = _UNIT_ONLY.match(text, at)
    if not m:
        return "", at
    name = " ".join(fold(m["unit"]).split())
    name = _PHRASES.get(name, name).replace("km²", "km2").replace("m²", "m2")
    if name in {"us dollars", "u.s. dollars"}:
        return "usd", m.end()
    if name.startswith(("square ", "sq")):
        base = unit_names().get(name.split(" ", 1)[-1].removeprefix("sq"))
        return (f"{base}2", m.end()) if base else ("", at)
    if (
        len(name) == 1
        and name.isalpha()
        and m.start("unit") > at
        and text[at : at + 1] != "\u00a0"
        and name not in {"m", "g", "l", "t"}
    ):
        return "", at
    if m["unit"] == "in" or (name in {"a", "b", "s", "h", "w", "v"} and m.start("unit") > at):
        return "", at  # "5 in Lima", "3 a day"
    unit = {"%": "%", "pp": "pp", "°c": "c", "°f": "f"}.get(name) or unit_names().get(name)
    return (unit, m.end()) if unit else ("", at)


def _spelt(text: str, language: str) -> Iterator[Number]:
    for m in _WORDS.finditer(text):
        parts = [p for p in re.split(r"[\s-]+", fold(m.group())) if p not in {"and", "y"}]
        if _not_a_number(text, m, parts, language):
            continue
        value = _spelt_value(parts)
        scale, unit, end = _tail(text, m.end(), False)
        yield _signed(text, plain(value * scale), unit, m.start(), end)


def _not_a_number(text: str, m: re.Match[str], parts: list[str], language: str) -> bool:
    known = {"a", "an", "half", *wordlists()["cardinals"], *wordlists()["scales"]}
    if not known.issuperset(parts):
        return True  # hundreds, unos: a vague quantity, left as a word
    if (
        parts in (["un"], ["una"], ["uno"])
        or (parts == ["once"] and language == "en")
        or (parts == ["mil"] and language == "en")
    ):
        return True
    if parts == ["one"]:
        after = text[m.end() : m.end() + 12].lower()
        return (
            bool(_PRONOUN_ONE.search(text[max(0, m.start() - 9) : m.start()]))
            or not re.match(r"[ -][a-z]", after)
            or bool(re.match(r" (?:of|another|who|that|which|can|is|was|may|must|by|day)\b", after))
        )
    return False


def _spelt_value(parts: list[str]) -> Decimal:
    total, current = 0, Decimal(0)
    seen = False
    for part in parts:
        if part in {"a", "an"}:
            current = current or Decimal(1)
        elif part == "half":
            current = Decimal("0.5")
        elif part in wordlists()["cardinals"]:
            value = wordlists()["cardinals"][part]
            current = current * value if part in {"dozen", "docena"} and current else current + value
            seen = True
        else:
            scale = wordlists()["scales"][part]
            current = (current or Decimal(1)) * scale
            if scale >= 1000:
                total, current = total + current, Decimal(0)
            seen = True
    return total + current if seen else current


def _ordinals(text: str) -> Iterator[Number]:
    tens = {
        "twenty": 20,
        "thirty": 30,
        "forty": 40,
        "fifty": 50,
        "sixty": 60,
        "seventy": 70,
        "eighty": 80,
        "ninety": 90,
    }
    for m in re.finditer(r"\b[^\W\d_]+(?:-[^\W\d_]+)?\b", text):
        word = fold(m.group())
        ten, _, unit = word.partition("-")
        if word in wordlists()["ordinals"]:
            yield Number(str(wordlists()["ordinals"][word]), "", "", "ordinal", m.start(), m.end())
        elif ten in tens and unit in wordlists()["ordinals"]:
            yield Number(str(tens[ten] + wordlists()["ordinals"][unit]), "", "", "ordinal", m.start(), m.end())


@functools.cache
def _comparators(key: str) -> list[tuple[str, re.Pattern[str]]]:
    before = key == "comparators"
    shape = r"(?:^|\W)(?:{})\s+(?:the\s+|an?\s+|other\s+)?\Z" if before else r"\s*(?:{})\b"
    return [(sign, re.compile(shape.format(words), re.I)) for sign, words in wordlists()[key].items()]


def _signed(text: str, value: str, unit: str, start: int, end: int) -> Number:
    lead = fold(text[max(0, start - 28) : start])
    sign = ""
    # "no less than" holds "less than", so the longer family comes first and the first hit wins
    for candidate, pattern in _comparators("comparators"):
        m = pattern.search(lead)
        if m and not (unit in _SPANS_OF_TIME and re.search(r"\b(?:over|under|some) +\Z", m.group() + "")):
            sign = candidate
            break
    for candidate, pattern in _comparators("after_number"):
        if pattern.match(fold(text[end : end + 16])):
            sign = candidate
    if text[end : end + 1] == "+":
        sign = ">"
    return Number(value, unit, sign, "number", start, end)


# "over three days" may mean "during": it is not read as "more than"
_SPANS_OF_TIME = frozenset("s min h day week month decade century".split())
