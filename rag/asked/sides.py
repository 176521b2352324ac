"""The two sides of a question that compares: "Compare the net profit of A in 2021 and B in 2017", "Is A older than B?".

In: the text of an English question. Out: `Sides`, each with a question of its own and the name and year it is about,
or None where nothing is compared. Rules by surface form (``sides.json``); it sees no documents and compares nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

# A longer text is no question that compares two things; the rules look back and forth in it.
LONGEST = 300
Wants = Literal["more", "less", "before", "after", "difference", "both"]


@dataclass(frozen=True, slots=True)
class Side:
    """What one side is about (``name`` and ``year``, "" for none), its ``label`` in the line that compares, and its
    ``question``."""

    name: str
    year: str
    label: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Sides:
    """``wants``: the side with more or less, before or after, or by how much they differ; "both" asks for none.
    ``yes_no``: whether the first is that side. ``figures``: nothing but two values or two dates can answer."""

    first: Side
    second: Side
    wants: Wants
    yes_no: bool
    figures: bool


_TABLE: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_ADJECTIVES: dict[str, tuple[str, Wants]] = _TABLE["adjectives"]
_GREW = frozenset(f"{_TABLE['grow']} {_TABLE['shrink']}".split())
_WANTS: dict[str, Wants] = {
    **{word: wants for word, (_, wants) in _ADJECTIVES.items()},
    **{word: wants for wants, words in _TABLE["wants"].items() for word in words.split()},
    **dict.fromkeys(_TABLE["grow"].split(), "more"),
    **dict.fromkeys(_TABLE["shrink"].split(), "less"),
}
_CMP, _CHANGE = "|".join(_WANTS), "|".join([*_GREW, *_TABLE["change"].split()])
_WORDS = re.compile(rf"\b(?:{_CMP}|difference)\b", re.I)
_CUES = re.compile(rf"\b(?:{_CMP}|difference|compared?|contrast|versus|vs|{_CHANGE})\b", re.I)
_BY = re.compile(
    r"difference|how much|how many (?:\w+ did .*(?:gain|rise|grow|fall|drop)|more|fewer)"
    r"|\bwhat (?:is|was) the (?:\w+ease|rise|fall|drop|growth)",
    re.I,
)

# What stands on a side: a capitalised name, with or without a year, or a year.
_NOT = "Which|Who|What|When|Compared?|Contrast|Did|Do|Does|Was|Were|Is|Are|Has|Have|Had|How|By|Between|Of|In"
_W = rf"(?!(?:{_NOT})\b)[A-ZÀ-ÖØ-Þ][\w&-]*(?:\.\w+)*(?:['’]s(?= [A-ZÀ-ÖØ-Þ]))?"
_NAME = rf"(?:the |The )?{_W}(?: (?:(?:of|de|for|the|&) )*{_W})*"
_WHEN = (
    r"(?:(?:in|for|at the end of|during) )?(?:the )?(?:(?:(?:financial|fiscal) )?year )?"
    r"(?P<{}>1\d{{3}}|20\d\d)(?!\w)"
)
_TOKEN = re.compile(rf"(?P<name>{_NAME})(?:['’]s)?(?: {_WHEN.format('year')})?|\b{_WHEN.format('alone')}")
_AND = re.compile(
    r",? (?:and|or|versus|vs\.?|with|to|against|compared (?:to|with)) (?P<of>(?:that|those) (?:of|in|at) "
    r"|(?:the|an?) (?:[\w’-]+ ){1,4}?(?:of|at|in|for|with) |in |at )?"
)
_THAN = re.compile(
    r" (?:than|before|after) (?:in )?(?P<of>(?:(?:that|those)|the(?: [\w’-]+){1,4}?) (?:of|at|in|for) )?"
)
_HEAD = re.compile(r"\b(?:the|an?) (?:[\w’-]+ ){1,4}?(?:of|at|in|for|with) $")
_TAIL = re.compile(
    r"(?P<rest>(?:In )?(?:[Ww]hich|Whose|Who|[Ww]hat)\b[^,:]*)[,:] "
    r"(?:in )?(?P<a>[^,]+?),? or (?:in )?(?P<b>[^,]+?)\?$"
)
# "Which town had more …" asks of a town; "Which paid the higher …" and "Which employed more …" name no kind.
_NOUN = rf"(?!(?:is|was|are|were|has|had|{_CMP})\b)[a-z]+"
_KIND = re.compile(rf"^(?:Who|(?:Which|What)(?:(?: {_NOUN}){{1,2}}(?= (?!(?:the|an?|{_CMP})\b)))?) ")


def _rules(name: str) -> list[tuple[re.Pattern[str], str]]:
    filled = {"{NAME}": _NAME, "{CMP}": _CMP, "{CHANGE}": _CHANGE}
    filled |= {"{COUNTED}": _TABLE["counted"], "{PREP}": _TABLE["prep"]}
    out = []
    for pattern, made in _TABLE[name]:
        for slot, words in filled.items():
            pattern = pattern.replace(slot, words)
        out.append((re.compile(pattern, re.I if name == "rules" else 0), made))
    return out


_RULES, _TURNED = _rules("rules"), _rules("turned")


def split(text: str) -> Sides | None:
    """Return the two sides of a question that compares, else None.

    >>> sides = split("Did Aldo Works or Bero Ltd employ more people in 2020?")
    >>> sides.first.question, sides.second.label, sides.wants
    ('How many people did Aldo Works employ in 2020?', 'Bero Ltd', 'more')
    """
    text = " ".join(text.split())
    if len(text) > LONGEST:
        return None
    for pattern, made in _TURNED:
        text = pattern.sub(made, text)
    text = text[:1].upper() + text[1:]
    parts = (_tail(text) or _than(text) or _joined(text)) if _CUES.search(text) else None
    if parts is None:
        return None
    templates = [_alone(t) for t in parts.templates]
    first, second = _completed(parts)
    if not all(templates) or (first == second and parts.templates[0] == parts.templates[1]):
        return None
    sides = [
        replace(s, label=_label(s, o), question=_filled(t, s, parts))
        for s, o, t in zip((first, second), (second, first), templates, strict=True)
    ]
    word = found.group().lower() if (found := _WORDS.search(text)) else ""
    wants: Wants = "both" if not word else "difference" if _BY.search(text) else _WANTS[word]
    if word in _GREW:
        sides.reverse()  # "Did it grow from 2018 to 2021?" asks whether 2021 has more
    yes_no = parts.yes_no or (word in _GREW and bool(re.match(r"(?:Did|Has|Have)\b", text)))
    return Sides(sides[0], sides[1], wants, yes_no, wants != "both" or text.startswith("How did "))


def _alone(template: str) -> str:
    """Turn a comparison with "@" for its sides into the question about one of them, or "" where no rule knows how."""
    for pattern, question in _RULES:
        m = pattern.fullmatch(template.strip())
        if m and question != "adj":
            made = re.sub(r"^(How many .+ did .*) had\b", r"\1 have", m.expand(question))
            return made if "@" in made else ""
        if m and m["adj"].lower() in _ADJECTIVES:
            return _ADJECTIVES[m["adj"].lower()][0]
    return ""


# ---------------------------------------------------------------- where the sides stand


@dataclass(frozen=True, slots=True)
class _Parts:
    """A question with "@" for each of its sides; the second may ask of another thing ("the bond of B")."""

    sides: tuple[Side, Side]
    templates: tuple[str, str]
    yes_no: bool = False


def _of(m: re.Match[str]) -> Side:
    return Side(m["name"] or "", m["year"] or m["alone"] or "")


def _tail(text: str) -> _Parts | None:
    """ "Which is older, A or B?": the sides stand behind the question."""
    m = _TAIL.match(text)
    if not m or m["a"].startswith("the one"):
        return None
    names = [re.sub(r"['’]s?$", "", m[side]) for side in ("a", "b")]
    a, b = (_of(t) if (t := _TOKEN.fullmatch(name)) else Side(name, "") for name in names)
    template = re.sub(r"^In (?:which|what) year (.+)$", r"\1 @", m["rest"])
    if template == m["rest"]:
        template = f"@ {template}" if template.startswith("Whose") else _KIND.sub("@ ", template)
    return _Parts((a, b), (template, template))


def _than(text: str) -> _Parts | None:
    """ "Was the profit of A in 2021 higher than that of B?": the sides stand apart."""
    for m in _THAN.finditer(text):
        second = _TOKEN.match(text, m.end())
        if second is None or not _CUES.search(text[: m.end()]):
            continue
        before = [t for t in _TOKEN.finditer(text, 0, m.start() + 1) if t["name"] or not second["name"]]
        before = [t for t in before if second["name"] or t["year"] or t["alone"]]
        if not before:
            continue
        first, cue = before[-1], m.group().split()[0]
        left, middle = _left(text[: first.start()], first), text[first.end() : m.start()]
        if m["of"] and not m["of"].startswith(("that", "those")):
            left = _HEAD.sub("", left) + m["of"]
        side = _of(first)
        inside = re.search(rf" {_WHEN.format('y')}", middle)
        if inside and second["year"] and not side.year:  # "Did A earn more in 2019 than B in 2020?"
            side, middle = replace(side, year=inside["y"]), middle.replace(inside.group(), "")
        cue = "" if cue == "than" else f" {cue}"
        template = f"{left}@{middle}{cue}{text[second.end() :].rstrip('? ')}"
        return _Parts((side, _of(second)), (template, template), bool(re.match(r"Is|Was|Are|Were|D|Ha", text)))
    return None


def _joined(text: str) -> _Parts | None:
    """ "The net profit of A in 2021 and B in 2017": the sides stand together."""
    sentence = next((s for s in re.split(r"(?<=[.?!])\s+(?=[A-Z])", text) if _pairs(s)), "")
    pairs = _pairs(sentence)
    if len(pairs) != 1:  # three in a row are not two
        return None
    first, m, second = pairs[0]
    if (
        " or " in m.group()
        and second.end() == len(sentence) - 1
        and re.match(r"(?:In )?(?:Which|What|Who)\b", sentence)
    ):
        return _tail(f"{sentence[: first.start()].rstrip()}, {sentence[first.start() :]}")
    left, rest = _left(sentence[: first.start()], first), sentence[second.end() :].rstrip("?. ")
    other = left
    if (of := m["of"]) and not of.startswith(("that", "those", "in ", "at ")):
        other = _HEAD.sub("", left) + of
    return _Parts((_of(first), _of(second)), (f"{left}@{rest}", f"{other}@{rest}"))


def _pairs(text: str) -> list[tuple[re.Match[str], re.Match[str], re.Match[str]]]:
    between = ((a, _AND.fullmatch(text, a.end(), b.start()), b) for a, b in pairwise(_TOKEN.finditer(text)))
    return [(a, m, b) for a, m, b in between if m]


def _left(text: str, first: re.Match[str]) -> str:
    """What stands before the first side, without the word that opens a pair or leads to a year."""
    opens = r"\b(?:between|from|both|either) (?:in )?$" if first["name"] else r"\b(?:between|from|in|of|both) $"
    return re.sub(opens, "", text)


def _completed(parts: _Parts) -> tuple[Side, Side]:
    """A side without a name or a year has that of the other one, or what the question says of both."""
    a, b = parts.sides
    shared = list(_TOKEN.finditer(parts.templates[0].replace("@", "·")))
    name = next((t["name"] for t in reversed(shared) if t["name"]), "") if not a.name and not b.name else ""
    year = next((y for t in shared if (y := t["year"] or t["alone"])), "")
    a = Side(a.name or b.name or name, a.year or b.year or year)
    return a, Side(b.name or a.name, b.year or a.year)


def _label(side: Side, other: Side) -> str:
    name = re.sub(r"^(?:the|The) ", "", side.name)
    return side.year if side.name == other.name else f"{name} in {side.year}" if side.year != other.year else name


def _filled(template: str, side: Side, parts: _Parts) -> str:
    """Put a side into its question: the year where the question does not say it of both."""
    own = bool(parts.sides[0].year or parts.sides[1].year)
    named = bool(parts.sides[0].name or parts.sides[1].name)
    when = f"in {side.year}" if own and side.year else ""
    words = template.replace("@", side.name) + f" {when}" if named else template.replace("@", when)
    return " ".join(words.split()).replace(" of in ", " in ") + "?"
