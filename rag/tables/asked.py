"""What the words of a question point at in a table: its columns, its cells, numbers to compare with, operations.

In: a question and a `Table`. Out: `Asked`. It chooses nothing: a word may point at several columns, and the plans that
can be made of it all are ranked by `rag.tables.score`.
"""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from rag.tables import values
from rag.tables.plan import Where, holds
from rag.tables.table import Table, words
from rag.text import STOPWORDS, fold, stem, word_spans

_SCALES = {"million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "thousand": 1e3, "k": 1e3, "percent": 1.0}
_FIGURE = (
    r"(?P<{0}>[£$€]?\s?\d[\d,]*(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twenty)"
    r"\s?(?P<{0}s>million|billion|thousand|percent|bn|m\b|k\b)?"
)
_COMPARED: tuple[tuple[str, str], ...] = (
    ("between", r"(?:between|from) (?:the years? )?" + _FIGURE.format("a") + r"(?: and | to |\s?[-–]\s?)"
                + _FIGURE.format("b")),
    ("least", r"(?:at least|no less than|not less than|minimum of|>=|≥) ?" + _FIGURE.format("a")),
    ("most", r"(?:at most|no more than|not more than|maximum of|up to|<=|≤) ?" + _FIGURE.format("a")),
    ("least", _FIGURE.format("a") + r"(?: [a-z]+)? or (?:more|higher|greater|above|over|later)"),
    ("most", _FIGURE.format("a") + r"(?: [a-z]+)? (?:or (?:less|fewer|lower|below|under|earlier)|at most)"),
    ("above", r"(?:more than|over|above|greater than|higher than|larger than|longer than|exceed(?:s|ed|ing)?|"
              r"better than|faster than|later than|after|>) ?" + _FIGURE.format("a")),
    ("below", r"(?:less than|fewer than|under|below|lower than|smaller than|shorter than|earlier than|before|"
              r"prior to|<) ?" + _FIGURE.format("a")),
    ("least", r"since " + _FIGURE.format("a")),
)  # fmt: skip
_COUNTED = re.compile(r"(?:^|\b(?:the|total|a|what|exact|of|is|in|are))\s*$")
_LONG_CELL = 12  # words: a remark, in which one word is no match
_NAMED = 3  # tokens between "which" and the name of the column that is asked for


@functools.cache
def lists() -> Mapping[str, Any]:
    """The words of operations, of columns and of cells (``words.json``)."""
    loaded: dict[str, Any] = json.loads(files("rag.tables").joinpath("words.json").read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True, slots=True)
class Match:
    """A condition that some words of the question make: ``tokens`` are those words; ``share`` is how much of the cell
    they are; ``near``: the words are only like those of the cell."""

    where: Where
    tokens: frozenset[int]
    share: float
    near: bool = False
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """How a column's name stands in the question: ``said`` is the share of its words there, ``meant`` that another word
    for it is, ``focus`` that it follows "which", "what" or "how many"."""

    said: float
    meant: bool
    focus: bool
    tokens: frozenset[int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question before a table; ``content`` are the tokens that an answer should account for."""

    folded: str
    tokens: tuple[str, ...]
    stems: tuple[str, ...]
    content: frozenset[int]
    cues: Mapping[str, frozenset[int]]
    headers: tuple[Header, ...]
    matches: tuple[Match, ...]
    wh: str


def asked(question: str, table: Table) -> Asked:
    """Read a question against a table."""
    folded = fold(question).replace("’", "'")
    spans = word_spans(folded)
    tokens = tuple(s.of(folded) for s in spans)
    stems = tuple(stem(t) for t in tokens)
    cues = dict(_cues(folded, [(s.start, s.end) for s in spans]))
    wh = next(
        iter(re.findall(r"\b(how many|how much|how long|how|who|whose|whom|where|when|which|what)\b", folded)), ""
    )
    headers = tuple(_headers(tokens, stems, table))
    if any(h.said == 1.0 and h.tokens & cues.get("count", frozenset()) for h in headers):
        del cues["count"]  # "the total amount of", where a column is called "Amount"
    generic = {stem(w) for w in lists()["generic"]} | STOPWORDS["en"]
    content = frozenset(
        i for i, (t, s) in enumerate(zip(tokens, stems, strict=True)) if t not in STOPWORDS["en"] and s not in generic
    )
    matches = [*_cells(tokens, stems, content, table), *_compared(folded, spans, table, headers)]
    matches += [*_empty(cues, headers), *_ranks(folded, spans, table), *_than(tokens, matches, table, headers)]
    matches += _either(tokens, matches)
    return Asked(folded, tokens, stems, content, cues, headers, tuple(matches), wh)


def _cues(folded: str, at: list[tuple[int, int]]) -> Iterator[tuple[str, frozenset[int]]]:
    for name, phrases in lists()["cues"].items():
        found: set[int] = set()
        for phrase in phrases:
            for m in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", folded):
                if phrase == "number of" and not _COUNTED.search(folded[: m.start()]):
                    continue  # "the phone number of"
                found.update(i for i, (a, b) in enumerate(at) if a < m.end() and m.start() < b)
        if found:
            yield name, frozenset(found)


def _headers(tokens: tuple[str, ...], stems: tuple[str, ...], table: Table) -> Iterator[Header]:
    other = {stem(k): {stem(v) for v in vs} for k, vs in lists()["columns"].items()}
    asks = [i for i, t in enumerate(tokens) if t in {"which", "what", "whose", "many", "who", "where", "when"}]
    for name in table.names:
        own = [w for w in words(name) if w not in STOPWORDS["en"]] or words(name)
        bare = [w for w in words(re.sub(r"\(.*?\)", " ", name)) if w not in STOPWORDS["en"]] or own
        at = {i for i, s in enumerate(stems) if s in own}
        said = len({stems[i] for i in at} & set(bare)) / len(set(bare)) if bare else 0.0
        meant = {i for i, s in enumerate(stems) if s not in own and other.get(s, set()) & set(own)}
        both = at or meant
        focus = any(0 < i - a <= _NAMED for i in both for a in asks) or any(
            tokens[i] in {"who", "where", "when"} for i in meant
        )
        yield Header(said, bool(meant) and not at, focus, frozenset(both))


def _cells(tokens: tuple[str, ...], stems: tuple[str, ...], content: frozenset[int], table: Table) -> Iterator[Match]:
    """Runs of the question's words that stand in cells, the longest of each column; then words that are only alike."""
    known = set(stems)
    alike = {stem(k): set(v) for k, v in lists()["cells"].items()}
    for n in range(len(table.names)):
        column = table.column(n)
        runs: dict[tuple[int, int], list[tuple[int, bool, float]]] = defaultdict(list)
        meant: dict[int, str] = {}
        vocabulary: dict[str, int] = defaultdict(int)
        for r in table.body:
            value = column.values[r]
            if value is None:
                continue
            said = column.words[r]
            if not known.isdisjoint(said):
                for i, j in _runs(stems, said):
                    runs[i, j].append((r, j - i == len(said), (j - i) / len(said)))
            if len(said) <= _LONG_CELL and column.kind != "number":
                for w in set(said):
                    vocabulary[w] += 1
            for i, s in enumerate(stems):
                if values.same(value.text) in alike.get(s, ()) and s not in said:
                    meant[i] = values.same(value.text)
        for (i, j), hits in runs.items():
            if not any(k in content or tokens[k].isdigit() for k in range(i, j)):
                continue
            whole = any(w for _, w, _ in hits)
            share = max(s for _, _, s in hits)
            if j - i == 1 and ((tokens[i].isdigit() and not whole and len(tokens[i]) < 4) or share < 1 / _LONG_CELL):
                continue
            if any(a <= i and j <= b and (a, b) != (i, j) for a, b in runs):
                continue
            exact = next((values.same(column.texts[r]) for r, w, _ in hits if w), None)
            where = Where(n, "is", exact) if exact is not None else Where(n, "has", " ".join(stems[i:j]))
            yield Match(where, frozenset(range(i, j)), share, rows=len(hits))
            if exact is not None and len(hits) > sum(w for _, w, _ in hits):
                yield Match(Where(n, "has", " ".join(stems[i:j])), frozenset(range(i, j)), 0.6, rows=len(hits))
        for i, text in meant.items():
            yield Match(Where(n, "is", text), frozenset((i,)), 1.0, near=True, rows=1)
        taken = {k for i, j in runs for k in range(i, j)}
        for i in content - taken:
            like = [w for w in vocabulary if _like(tokens[i], w)]
            if like:
                best = min(like, key=lambda w: (abs(len(w) - len(stems[i])), w))
                yield Match(Where(n, "has", best), frozenset((i,)), 0.5, near=True, rows=vocabulary[best])


def _runs(stems: tuple[str, ...], said: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The longest runs of the question that the cell holds, none inside another."""
    found: set[tuple[int, int]] = set()
    for i in range(len(stems)):
        for k in range(len(said)):
            n = 0
            while i + n < len(stems) and k + n < len(said) and stems[i + n] == said[k + n]:
                n += 1
            if n:
                found.add((i, i + n))
    for i, j in found:
        if not any(a <= i and j <= b and (a, b) != (i, j) for a, b in found):
            yield i, j


def _like(word: str, other: str) -> bool:
    """ "Russian" and "Russia", "Canadian" and "Canada": a long beginning in common, short ends."""
    if len(word) < 5 or len(other) < 4 or word.isdigit():
        return False
    n = 0
    while n < min(len(word), len(other)) and word[n] == other[n]:
        n += 1
    return n >= 4 and n >= min(len(word), len(other)) - 1 and len(word) - n <= 4 and len(other) - n <= 3


def _figure(text: str, scale: str | None) -> tuple[float, float]:
    number = lists()["numbers"].get(text)
    plain = float(number) if number else float(re.sub(r"[^\d.]", "", text).rstrip(".") or 20)
    return plain, plain * _SCALES.get(scale or "", 1.0)


def _compared(folded: str, spans: Any, table: Table, headers: tuple[Header, ...]) -> Iterator[Match]:
    """Comparisons with numbers, for each column that they fit."""
    done: list[tuple[int, int]] = []
    for test, pattern in _COMPARED:
        for m in re.finditer(pattern, folded):
            if any(a < m.end() and m.start() < b for a, b in done):
                continue
            done.append(m.span())
            low, scaled = _figure(m["a"], m["as"])
            high = _figure(m["b"], m["bs"])[0] if test == "between" else 0.0
            tokens = frozenset(i for i, s in enumerate(spans) if s.start < m.end() and m.start() < s.end)
            for n in range(len(table.names)):
                column = table.column(n)
                keys = [k for k in column.keys if k is not None]
                if column.kind == "text" or not keys:
                    continue
                year = 1000 <= low <= 2200
                if (column.kind == "date") != year and column.kind == "date":
                    continue
                figure = scaled if scaled != low and max(keys) >= scaled / 20 else low
                share = 1.0 if headers[n].tokens else 0.6
                where = Where(n, test, low=figure, high=high)  # type: ignore[arg-type]
                yield Match(where, tokens, share, rows=len(keys))


def _empty(cues: Mapping[str, frozenset[int]], headers: tuple[Header, ...]) -> Iterator[Match]:
    """ "no description", "without a location": the column that is named has nothing."""
    for i in cues.get("nothing", frozenset()) | cues.get("negated", frozenset()):
        for n, header in enumerate(headers):
            near = [t for t in header.tokens if 0 < t - i <= 3]
            if near and header.said:
                yield Match(Where(n, "empty"), frozenset((i, *near)), 1.0)


_PLACED = re.compile(
    r"\b(?:(?P<name>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)|(?P<th>\d{1,3})(?:st|nd|rd|th)|"
    r"(?:rank|ranked|number|no\.?|place|position) (?P<n>\d{1,3})|top (?P<top>\d{1,3}))\b"
)
_RANKS = frozenset(map(stem, ("rank", "position", "place", "pos", "finish", "standing", "number", "no")))


def _ranks(folded: str, spans: Any, table: Table) -> Iterator[Match]:
    """ "eighth place", "the 7th runner", "rank 3", "top 5": in columns of ranks."""
    columns = [
        n
        for n in range(len(table.names))
        if table.column(n).kind == "number" and (_RANKS & set(words(table.names[n])) or table.names[n] in {"#", "№"})
    ]
    for m in _PLACED.finditer(folded):
        place = lists()["places"].get(m["name"], -1) + 1 if m["name"] else int(m["th"] or m["n"] or m["top"])
        tokens = frozenset(i for i, s in enumerate(spans) if s.start < m.end() and m.start() < s.end)
        for n in columns:
            low = 1 if m["top"] else place
            yield Match(Where(n, "between", low=low, high=place), tokens, 0.8, rows=1)


def _than(tokens: tuple[str, ...], matches: list[Match], table: Table, headers: tuple[Header, ...]) -> Iterator[Match]:
    """ "more points than Silex": compared with the cell of the row that is named."""
    if "than" not in tokens:
        return
    than = tokens.index("than")
    more = set(tokens[max(0, than - 4) : than])
    test = "below" if more & set(lists()["cues"]["smallest"]) else "above"
    for match in matches:
        if match.where.test not in {"is", "has"} or not 0 < min(match.tokens) - than <= 3:
            continue
        rows = [r for r in table.body if holds(match.where, table.column(match.where.column), r)]
        for n, header in enumerate(headers):
            key = table.column(n).keys[rows[0]] if len(rows) == 1 else None
            if key is not None and header.tokens and table.column(n).kind != "text":
                where = Where(n, test, low=key)  # type: ignore[arg-type]
                yield Match(where, match.tokens | {than} | header.tokens, 1.0, rows=1)


def _either(tokens: tuple[str, ...], matches: list[Match]) -> Iterator[Match]:
    """ "A or B", "A and B": rows of either, where both stand in one column."""
    if not {"or", "and"} & set(tokens):
        return
    by_column: dict[int, dict[frozenset[int], Match]] = defaultdict(dict)
    for match in matches:
        if match.where.test in {"is", "has"} and not match.near:
            by_column[match.where.column][match.tokens] = match
    for column, found in by_column.items():
        if 2 <= len(found) <= 4:
            runs = ["|".join(" ".join(map(stem, (tokens[i] for i in sorted(t)))) for t in found)]
            every = frozenset(i for t in found for i in t)
            yield Match(Where(column, "any", runs[0]), every, min(m.share for m in found.values()), rows=len(found))
