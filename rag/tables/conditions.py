"""What a question asks of the rows beyond the words of cells: numbers, places, times, nothing, the same as.

In: the question's tokens and a `Table`. Out: `Match` values for every column that a condition fits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.tables import values
from rag.tables.plan import Where, holds
from rag.tables.table import Column, Table, words
from rag.tables.terms import Header, Match, lists
from rag.text import STOPWORDS, fold, stem
from rag.types import Span

_SCALES = {"million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "thousand": 1e3, "k": 1e3, "percent": 1.0}
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_ONES = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty"
_FIGURE = (
    r"(?P<{0}>[£$€]?\s?\d[\d,]*(?:\.\d+)?|an?(?= (?:million|hundred|thousand))|" + _ONES + r")"
    r"(?:\s?(?P<{0}s>million|billion|thousand|percent|bn|m\b|k\b))?(?:\s?(?P<{0}u>second|minute|hour)s?)?"
)
_COMPARED: tuple[tuple[str, str], ...] = (
    ("between", r"(?:between|from) (?:the years? )?" + _FIGURE.format("a") + r"(?: and | to |\s?[-–]\s?)"
                + _FIGURE.format("b")),
    ("least", r"(?:at least|no less than|not less than|minimum of|>=|≥) ?" + _FIGURE.format("a")),
    ("most", r"(?:at most|no more than|not more than|maximum of|up to|within|<=|≤) ?" + _FIGURE.format("a")),
    ("least", _FIGURE.format("a") + r"(?: [a-z]+)? (?:or (?:more|higher|greater|above|over|later)|and (?:above|up))"),
    ("most", _FIGURE.format("a") + r"(?: [a-z]+)? (?:or (?:less|fewer|lower|below|under|earlier)|at most)"),
    ("above", r"(?:more than|over|above|[a-z]+er than|exceed(?:s|ed|ing)?|later than|after|>) ?" + _FIGURE.format("a")),
    ("below", r"(?:less than|fewer than|under|below|(?:low|small|short|earli|cheap|young|light|near|clos)er than|"
              r"before|prior to|<) ?" + _FIGURE.format("a")),
    ("least", r"since " + _FIGURE.format("a")),
)  # fmt: skip
_SMALLER = re.compile(r"(?:low|small|short|earli|cheap|young|light|near|clos|few)er than")
_ERA = re.compile(r"\b(?:the )?(?P<early>early |mid |late )?(?P<year>1[0-9]\d\d|20\d\d|\d0)'?s\b")
_PLACED = re.compile(
    r"\b(?:(?P<name>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)|(?P<th>\d{1,3})(?:st|nd|rd|th)|"
    r"(?:rank|ranked|number|no\.?|place|position) (?P<n>\d{1,3})|top (?P<top>\d{1,3}|" + _ONES + r"))\b"
)
_ENDS = re.compile(r"\b(?P<end>first|top|last|bottom|final) (?P<many>\d{1,2}|" + _ONES.removeprefix("one|") + r")\b")
_UNDER = re.compile(r"less|fewer|under|below|short|low|small|cheap")
_BESIDE = re.compile(
    r"\b(?:(?:more|less|fewer|(?:high|low|great|larg|small|bigg|long|short|cheap|dear)er)(?: [a-z]+){0,2} than|"
    r"over|under|above|below|"
    r"exceed(?:s|ed|ing)?|short of|beyond)\b(?= (?:(?:its|their|his|her|our|your|my|the|what was) )?[a-z])"
)
_LABELS = frozenset(map(stem, ("rank", "no", "id", "code", "phone", "telephone", "year", "lane", "page")))
_RANKS = frozenset(map(stem, ("rank", "position", "place", "pos", "finish", "standing", "number", "no")))
_ANY_MARGIN = 1e9


@dataclass(frozen=True, slots=True)
class Words:
    """The folded question, its words, and what they point at among the columns."""

    folded: str
    spans: Sequence[Span]
    tokens: tuple[str, ...]
    headers: tuple[Header, ...]
    cues: Mapping[str, frozenset[int]]

    def within(self, found: re.Match[str]) -> frozenset[int]:
        """The tokens of a stretch."""
        return frozenset(i for i, s in enumerate(self.spans) if s.start < found.end() and found.start() < s.end)


def conditions(said: Words, table: Table, cells: Sequence[Match]) -> Iterator[Match]:
    """Every condition; ``cells`` are those that the words of cells make."""
    yield from _compared(said, table)
    yield from _eras(said, table)
    yield from _filled(said, table)
    yield from _ranks(said, table)
    yield from _than(said, cells, table)
    yield from _beside(said, table)
    yield from _same(said, cells, table)
    yield from _either(said.tokens, cells)


def _figure(text: str, scale: str | None) -> tuple[float, float]:
    number = 1 if text in {"a", "an"} else lists()["numbers"].get(text)
    plain = float(number) if number else float(re.sub(r"[^\d.]", "", text).rstrip(".") or 20)
    return plain, plain * _SCALES.get(scale or "", 1.0)


def _compared(said: Words, table: Table) -> Iterator[Match]:
    """Comparisons with numbers, for each column that they fit."""
    done: list[tuple[int, int]] = []
    for test, pattern in _COMPARED:
        for m in re.finditer(pattern, said.folded):
            if any(a < m.end() and m.start() < b for a, b in done) or (test == "above" and _SMALLER.match(m[0])):
                continue
            done.append(m.span())
            tokens = said.within(m)
            for n, header in enumerate(said.headers):
                bounds = _bounds(test, m, table.column(n))
                if bounds:
                    where = Where(n, test, low=bounds[0], high=bounds[1])  # type: ignore[arg-type]
                    yield Match(where, tokens, 1.0 if header.tokens else 0.6)
            if said.folded[: m.start()].endswith("by ") and test != "between":
                number = _figure(m["a"], None)[0]
                low = {"above": number + 1, "least": number}.get(test, 0.0)
                high = {"below": number - 1, "most": number}.get(test, _ANY_MARGIN)
                yield from (Match(Where(n, "margin", low=low, high=high), tokens, 0.9) for n in range(len(table.names)))


def _bounds(test: str, m: re.Match[str], column: Column) -> tuple[float, float] | None:
    """The numbers to compare with in a column's own measure, or nothing where they are of another."""
    keys = [k for k in column.keys if k is not None]
    low, scaled = _figure(m["a"], m["as"])
    if column.kind == "text" or not keys or (column.kind == "date" and not 1000 <= low <= 2200):
        return None
    name = m["au"] or ""
    unit = _SECONDS.get(name, 0.0)
    if unit and column.kind != "time" and name[:3] not in fold(f"{column.name} {column.texts[0]}"):
        return None
    if column.kind == "time" and not unit:
        return None
    if column.kind == "time":
        low, scaled = low * unit, low * unit
    figure = scaled if scaled != low and max(keys) >= scaled / 20 else low
    return figure, _figure(m["b"], m["bs"])[0] if test == "between" else 0.0


def _eras(said: Words, table: Table) -> Iterator[Match]:
    """ "the 1990s", "the 1800s": years from the first to the last of them."""
    for m in _ERA.finditer(said.folded):
        year = int(m["year"]) if len(m["year"]) == 4 else 1900 + int(m["year"])
        long = 100 if year % 100 == 0 and year < 2000 else 10
        for n in range(len(table.names)):
            if table.column(n).kind == "date":
                yield Match(Where(n, "between", low=year, high=year + long - 1), said.within(m), 1.0)


def _filled(said: Words, table: Table) -> Iterator[Match]:
    """ "no description", "never closed": the column that is named has nothing."""
    off = said.cues.get("nothing", frozenset()) | said.cues.get("negated", frozenset())
    for n, header in enumerate(said.headers):
        if not header.tokens or not table.column(n).is_gappy:
            continue
        for i in off:
            near = [t for t in header.tokens if 0 < t - i <= 5]
            if near:
                yield Match(Where(n, "empty"), frozenset((i, *near)), 1.0)


def _ranks(said: Words, table: Table) -> Iterator[Match]:
    """ "eighth place", "the 7th runner", "rank 3", "top 5": in columns of ranks; "the first five": of the rows."""
    columns = [
        n
        for n in range(len(table.names))
        if table.column(n).kind == "number"
        and (_RANKS & set(words(table.names[n])) or table.names[n] in {"#", "№"} or table.column(n).is_rank)
    ]
    for m in _PLACED.finditer(said.folded):
        number = m["th"] or m["n"] or m["top"]
        place = int(_figure(number, None)[0]) if number else lists()["places"].get(m["name"], -1) + 1
        for n in columns:
            low = 1 if m["top"] else place
            yield Match(Where(n, "between", low=low, high=place), said.within(m), 0.8)
    for m in _ENDS.finditer(said.folded):
        many = _figure(m["many"], None)[0]
        low = many if m["end"] in {"first", "top"} else -many
        yield Match(Where(table.subject, "top", low=low), said.within(m), 0.8)


def _than(said: Words, cells: Sequence[Match], table: Table) -> Iterator[Match]:
    """ "more points than Silex": compared with the cell of the row that is named."""
    if "than" not in said.tokens:
        return
    than = said.tokens.index("than")
    more = set(said.tokens[max(0, than - 4) : than])
    test = "below" if more & set(lists()["cues"]["smallest"]) else "above"
    for match, row in _rows(cells, table):
        if not 0 < min(match.tokens) - than <= 3:
            continue
        for n, header in enumerate(said.headers):
            key = table.column(n).keys[row]
            if key is not None and header.tokens and table.column(n).kind != "text":
                where = Where(n, test, low=key)  # type: ignore[arg-type]
                yield Match(where, match.tokens | {than} | header.tokens, 1.0)


def _beside(said: Words, table: Table) -> Iterator[Match]:
    """ "cost more than their budget", "went over budget": two columns of one row. The one that is compared is named
    beside it, or the only other measure of its kind."""
    for m in _BESIDE.finditer(said.folded):
        found = said.within(m)
        end = max(found)
        for n, header in enumerate(said.headers):
            at = [t for t in header.tokens if 0 < t - end <= 2 or STOPWORDS["en"].issuperset(said.tokens[end + 1 : t])]
            at = [t for t in at if 0 < t - end <= 3]  # "their budget", "what was planned"
            kind = table.column(n).kind
            if not at or header.said < 1.0 or kind not in {"number", "time"}:
                continue
            if said.tokens[end + 1] in lists()["numbers"]:
                continue
            like = [c for c in measures(table) if c != n and table.column(c).kind == kind]
            named = [c for c in like if said.headers[c].tokens - {*at}]
            if len(named or like) == 1:
                (one,) = named or like
                tokens = found | {*at} | said.headers[one].tokens
                test = "below" if _UNDER.search(m[0]) else "above"
                yield Match(Where(one, test, than=n), tokens, 1.0)  # type: ignore[arg-type]


def measures(table: Table) -> list[int]:
    """The columns of amounts: numbers and times that neither count the rows nor name them."""
    return [
        n
        for n in range(len(table.names))
        if table.column(n).kind in {"number", "time"}
        and not table.column(n).is_rank
        and not (_LABELS & set(words(table.names[n])))
    ]


def _same(said: Words, cells: Sequence[Match], table: Table) -> Iterator[Match]:
    """ "in the same year as Ashby Road": the cell of the row that is named, in the column that "same" goes before."""
    if "same" not in said.tokens:
        return
    same = said.tokens.index("same")
    for match, row in _rows(cells, table):
        for n, header in enumerate(said.headers):
            value = table.column(n).values[row]
            if value and n != match.where.column and any(0 < t - same <= 2 for t in header.tokens):
                alike = Where(n, "is", values.same(value.text))
                yield Match(alike, frozenset((same, *match.tokens, *header.tokens)), 1.0, but=match.where)


def _rows(cells: Sequence[Match], table: Table) -> Iterator[tuple[Match, int]]:
    """The matches that name one row."""
    for match in cells:
        if match.where.test in {"is", "has"}:
            rows = [r for r in table.body if holds(match.where, table.column(match.where.column), r)]
            if len(rows) == 1:
                yield match, rows[0]


def _either(tokens: tuple[str, ...], matches: Sequence[Match]) -> Iterator[Match]:
    """ "A or B", "A and B": rows of either, where both stand in one column."""
    if not {"or", "and"} & set(tokens):
        return
    by_column: dict[int, dict[frozenset[int], Match]] = defaultdict(dict)
    for match in matches:
        if match.where.test in {"is", "has", "any"} and not match.near:
            by_column[match.where.column][match.tokens] = match
    for column, found in by_column.items():
        if 2 <= len(found) <= 4:
            runs = [" ".join(words(m.where.text)) if m.where.test == "is" else m.where.text for m in found.values()]
            every = frozenset(i for t in found for i in t)
            yield Match(Where(column, "any", "|".join(runs)), every, min(m.share for m in found.values()))
