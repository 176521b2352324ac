"""What a sentence states that must not change: numbers with units, dates, names.

In: text. Out: a `Reading`: its words (folded, stemmed, with clause and name flags) and its facts in one normal form
("5 February 2024" = "2024-02-05", "87 per cent" = "87 %", "two" = "2"). English and Spanish. It compares nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag import text as words_of
from rag.check.numerals import Number, numbers, unit_names
from rag.check.wordlists import word_set, wordlists
from rag.text import STOPWORDS, fold
from rag.types import Span


@dataclass(frozen=True, slots=True)
class Word:
    """A word outside dates and numbers. ``at`` counts content words and facts, so distances ignore stop words."""

    start: int
    end: int
    text: str
    folded: str
    stem: str
    stop: bool
    name: bool
    clause: int
    at: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """A date, number, ordinal, code, time or weekday in normal form; ``sign`` is ``>``, ``<``, ``~`` or empty."""

    kind: str
    value: str
    unit: str
    sign: str
    start: int
    end: int
    at: int = 0


def same(a: Fact, b: Fact) -> bool:
    """Tell whether two facts state one value; a date that leaves out its year or day is the same as one with it."""
    if a.kind != b.kind or a.kind != "date":
        return a.kind == b.kind and a.value == b.value
    return any(
        all("*" in (x, y) or x == y for x, y in zip(p.split("-"), q.split("-"), strict=True))
        for p in a.value.split("|")
        for q in b.value.split("|")
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """One text, read: words and facts in order."""

    text: str
    language: str
    words: tuple[Word, ...]
    facts: tuple[Fact, ...]

    @property
    def content(self) -> tuple[Word, ...]:
        """The words that carry meaning."""
        return tuple(w for w in self.words if not w.stop)


def language_of(text: str) -> str:
    """Guess ``en`` or ``es`` by stop words; English when in doubt."""
    found = [fold(s.of(text)) for s in words_of.word_spans(text)]
    only_es = STOPWORDS["es"] - STOPWORDS["en"]
    only_en = STOPWORDS["en"] - STOPWORDS["es"]
    spanish = sum(w in only_es for w in found) + sum(c in "ñ¿¡" for c in text)
    return "es" if spanish > sum(w in only_en for w in found) else "en"


@functools.lru_cache(maxsize=4096)
def read(text: str, language: str = "") -> Reading:
    """Read ``text``: dates first, then times, then numbers; what is left are words."""
    lang = language or language_of(text)
    facts = _facts(text, lang)
    words = list(_words(text, lang, facts))
    order = sorted([w.start for w in words if not w.stop] + [f.start for f in facts])
    rank = {start: i for i, start in enumerate(order)}
    ranked = [replace(w, at=_rank(rank, order, w.start)) for w in words]
    return Reading(text, lang, tuple(ranked), tuple(replace(f, at=rank[f.start]) for f in facts))


def _rank(rank: dict[int, int], order: list[int], start: int) -> int:
    return rank[start] if start in rank else sum(s < start for s in order)


# ---------------------------------------------------------------- dates and times

_MONTH = "|".join(sorted(wordlists()["months"], key=len, reverse=True))
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:1\d{3}|2[01]\d{2})"
# "1200 litres" are no year.
_COUNTED = "|".join(sorted(name for name in unit_names() if len(name) > 4 and name.endswith("s")))
_ORD = r"(?:st|nd|rd|th|º|°)?"
_DATES = [
    re.compile(rf"\b(?P<y>{_YEAR})[-/.](?P<m>0?[1-9]|1[0-2])[-/.](?P<d>{_DAY})\b"),
    re.compile(rf"\b(?P<a>{_DAY})[-/.](?P<b>{_DAY})[-/.](?P<y>{_YEAR})\b"),
    re.compile(
        rf"\b(?:the )?(?P<d>{_DAY}){_ORD}(?: of| de)? (?P<mon>{_MONTH})\b\.?(?:,| of| de| del)? ?(?P<y>{_YEAR})?\b",
        re.I,
    ),
    re.compile(rf"\b(?P<mon>{_MONTH})\b\.? (?:the )?(?P<d>{_DAY}){_ORD}\b(?:,? (?:of )?(?P<y>{_YEAR})\b)?", re.I),
    re.compile(rf"\b(?P<mon>{_MONTH})\b\.?,?(?: of| de| del)? (?P<y>{_YEAR})\b", re.I),
    re.compile(rf"(?<![\w.,$€£-])(?P<y>{_YEAR})(?![\w%]|[.,]\d| ?(?:per cent|percent|%)| (?:{_COUNTED})\b)"),
]
_LONE_MONTH = re.compile(rf"\b(?P<mon>{_MONTH})\b", re.I)
_TIME = re.compile(
    r"\b(?P<h>[01]?\d|2[0-4])(?:[:.](?P<min>[0-5]\d))? ?(?P<half>[ap]\.?m\b\.?)"
    r"|\b(?P<h2>[01]?\d|2[0-3]):(?P<m2>[0-5]\d)(?::(?P<s>[0-5]\d))?\b",
    re.I,
)


def dates(text: str, language: str) -> list[Fact]:
    """Return the dates of ``text`` alone, in order; several times cheaper than reading all of it."""
    found: list[Fact] = []
    plain = text.replace("\u2011", "-")
    for pattern in _DATES:
        found += [f for f in map(_date, pattern.finditer(plain)) if f and _free(f, found)]
    found += [f for f in _lone_months(plain, language) if _free(f, found)]
    return sorted(found, key=lambda f: f.start)


def _facts(text: str, language: str) -> list[Fact]:
    plain = text.replace("\u2011", "-")
    found = dates(plain, language)
    found += [f for f in map(_time, _TIME.finditer(plain)) if _free(f, found)]
    found += [f for f in map(_number_fact, numbers(plain, language)) if _free(f, found)]
    found += [f for f in _weekdays(plain) if _free(f, found)]
    return sorted(found, key=lambda f: f.start)


def _free(fact: Fact, taken: list[Fact]) -> bool:
    return all(fact.end <= t.start or fact.start >= t.end for t in taken)


def _date(m: re.Match[str]) -> Fact | None:
    g = m.groupdict()
    month, day = g.get("m"), g.get("d")
    if g.get("mon"):
        name = fold(g["mon"])
        if not day and not g.get("y"):
            return None
        month = str(wordlists()["months"][name])
    if g.get("a"):
        # 05/02/2024: day first unless that cannot be; both readings are kept when both can be
        day, month = g["a"], g["b"]
        if int(month) > 12:
            day, month = month, day
        elif int(day) <= 12 and int(day) != int(month):
            value = _ymd(g["y"], month, day) + "|" + _ymd(g["y"], day, month)
            return Fact("date", value, "", "", m.start(), m.end())
    end = m.end() - (len(m.group()) - len(m.group().rstrip(" ,.")))
    return Fact("date", _ymd(g.get("y"), month, day), "", "", m.start(), end)


def _ymd(year: str | None, month: str | None, day: str | None) -> str:
    return "-".join(["*" if p is None else str(int(p)) for p in (year, month, day)])


def _lone_months(text: str, language: str) -> Iterator[Fact]:
    """ "in May", "December"; but not April or Julio, who are people."""
    for m in _LONE_MONTH.finditer(text):
        name, raw = fold(m["mon"]), m["mon"]
        placed = _PLACED.search(fold(text[max(0, m.start() - 12) : m.start()]))
        capital = raw[0].isupper()
        if len(name) <= 3 and name != "may":
            continue
        if (language == "es" and capital) or (language != "es" and not capital):
            continue
        if placed or name not in _ALSO_NAMES:
            yield Fact("date", _ymd(None, str(wordlists()["months"][name]), None), "", "", m.start(), m.end())


_PLACED = re.compile(r"\b(in|of|by|since|until|last|next|early|late|mid|during|from|to|and|en|de|desde|hasta)[ -]\Z")
_ALSO_NAMES = frozenset("may march april june august sept abril julio junio mayo marzo".split())


def _weekdays(text: str) -> Iterator[Fact]:
    for span in words_of.word_spans(text):
        word = span.of(text)
        day = wordlists()["weekdays"].get(fold(word).removesuffix("s") if len(word) > 5 else fold(word))
        day = day or wordlists()["weekdays"].get(fold(word))
        if day and (len(word) > 4 or word[0].isupper()):
            yield Fact("weekday", str(day), "", "", span.start, span.end)


def _time(m: re.Match[str]) -> Fact:
    hour, minute = int(m["h"] or m["h2"]), int(m["min"] or m["m2"] or 0)
    half = (m["half"] or "").lower()
    if half.startswith("p") and hour < 12:
        hour += 12
    if half.startswith("a") and hour == 12:
        hour = 0
    seconds = f":{m['s']}" if m["s"] else ""
    return Fact("time", f"{hour}:{minute:02d}{seconds}", "", "", m.start(), m.end())


def _number_fact(n: Number) -> Fact:
    return Fact(n.kind, n.value, n.unit, n.sign, n.start, n.end)


# ---------------------------------------------------------------- words

_CLAUSE = re.compile(
    r"[,;:()\[\]—–]|\b(?:but|although|though|while|whereas|because|when|unless|porque|cuando|pero|aunque|mientras)\b",
    re.I,
)


def _words(text: str, language: str, facts: list[Fact]) -> Iterator[Word]:
    edges = [m.start() for m in _CLAUSE.finditer(text)]
    first = True
    for span in words_of.word_spans(text):
        raw = span.of(text)
        if any(f.start < span.end and span.start < f.end for f in facts):
            first = False
            continue
        yield _word(raw, span, language, sum(e <= span.start for e in edges), first)
        first = _opens(text, span.end) and fold(raw) not in _ABBREVIATED and len(raw) > 1


_ABBREVIATED = word_set("honorifics") | frozenset("st gen col lt capt rev hon no vs etc".split())


def _opens(text: str, end: int) -> bool:
    """A word after this place begins a sentence, so its capital says nothing."""
    return bool(re.match(r"[\"”’)\]]*[.!?:]+[\"”’)\]]*\s", text[end : end + 4]))


_LETTERS = frozenset("BCDEFGHJKLMNOPQRSTUVWXYZ")


def _word(raw: str, span: Span, language: str, clause: int, first: bool) -> Word:
    folded = fold(raw).replace("’", "'").removesuffix("'s")
    if _SHORT_PLURAL.fullmatch(raw):
        folded = folded[:-1]  # "DVDs"
    letters = folded.replace("'", "")
    stop = folded in STOPWORDS.get(language, STOPWORDS["en"]) or (
        len(letters) == 1 and letters.isalpha() and raw not in _LETTERS
    )
    shouting = raw.isupper() and len(raw) > 1
    if shouting and raw in {"US", "IT", "WHO", "UN"}:
        stop = False
    name = (raw[0].isupper() and not first and not stop) or any(c.isdigit() for c in raw) or (shouting and not stop)
    return Word(span.start, span.end, raw, folded, lemma(folded, language), stop, name, clause)


_SHORT_PLURAL = re.compile(r"[A-Z]{2,}s")


@functools.lru_cache(maxsize=65536)
def lemma(folded: str, language: str) -> str:
    """Return the stem of a folded word; irregular English forms are led back to their head word first."""
    if language == "en":
        folded = wordlists()["irregular"].get(folded, folded)
    return words_of.stem(folded, language)
