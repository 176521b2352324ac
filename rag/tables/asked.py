"""What the words of a question point at in a table: its columns, its cells, numbers to compare with, operations.

In: a question and a `Table`. Out: `Asked`. It chooses nothing: a word may point at several columns, and the plans that
can be made of it all are ranked by `rag.tables.score`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rag.tables.conditions import Words, conditions, measures
from rag.tables.plan import Where
from rag.tables.table import Column, Table, words
from rag.tables.terms import Header, Match, lists
from rag.text import STOPWORDS, fold, stem, word_spans

_COUNTED = re.compile(r"(?:^|\b(?:the|total|a|what|exact|of|is|in|are))\s*$")
_MONTHS = frozenset("january february march april may june july august september october november december".split())
_LONG_CELL = 12  # words: a remark, in which one word is no match
_NAMED = 3  # tokens between "which" and the name of the column that is asked for


@dataclass(frozen=True, slots=True)
class Asked:
    """A question before a table; ``content`` are the tokens that an answer should account for,
    ``numeric`` says which columns are of numbers, ``common`` are the tokens that are said of any table,
    ``called`` those of its own title. ``subject`` is the column that names the rows."""

    folded: str
    tokens: tuple[str, ...]
    stems: tuple[str, ...]
    content: frozenset[int]
    cues: Mapping[str, frozenset[int]]
    headers: tuple[Header, ...]
    matches: tuple[Match, ...]
    wh: str
    numeric: tuple[bool, ...]
    common: frozenset[int]
    called: frozenset[int]
    subject: int


def asked(question: str, table: Table, about: str = "") -> Asked:
    """Read a question against a table; ``about`` is what else it is known by: its caption, its document's title."""
    folded = fold(question).replace("’", "'")
    spans = word_spans(folded)
    tokens = tuple(s.of(folded) for s in spans)
    stems = tuple(stem(t) for t in tokens)
    cues = dict(_cues(folded, [(s.start, s.end) for s in spans]))
    wh = next(
        iter(re.findall(r"\b(how many|how much|how long|how|who|whose|whom|where|when|which|what)\b", folded)), ""
    )
    titled = set(words(f"{table.grid.caption} {about}"))
    named = frozenset(i for i, s in enumerate(stems) if s in titled)
    headers = _sole(tuple(_headers(tokens, stems, table)), tokens, named, table)
    headers = _many(headers, tokens, stems, table)
    if any(h.said == 1.0 and h.tokens & cues.get("count", frozenset()) for h in headers):
        del cues["count"]  # "the total amount of", where a column is called "Amount"
    generic = {stem(w) for w in lists()["generic"]} | STOPWORDS["en"]
    shouted = question.isupper()
    capital = [span.of(question) for span in word_spans(question)] if not shouted else []
    acronyms = {fold(w) for w in capital if len(w) > 1 and w.isupper()}  # "IT" is no "it"
    content = frozenset(
        i
        for i, (t, s) in enumerate(zip(tokens, stems, strict=True))
        if t in acronyms or (t not in STOPWORDS["en"] and s not in generic)
    )
    common = frozenset(i for i in content if stems[i] in titled | {stem(w) for w in lists()["common"]})
    numeric = tuple(table.column(n).kind == "number" for n in range(len(table.names)))
    matches = list(_cells(tokens, stems, content, table))
    matches += conditions(Words(folded, spans, tokens, headers, cues), table, matches)
    held = frozenset(i for m in matches if m.where.than >= 0 for i in m.tokens)
    for cue in ("largest", "smallest", "common", "rare", "next", "previous"):
        if cues.get(cue, frozenset()) & held:  # "more than their budget" is no superlative
            del cues[cue]
    pointed = {i for m in matches if not m.near for i in m.tokens} | {i for h in headers for i in h.tokens}
    called = frozenset(i for i in content - pointed if stems[i] in titled and not tokens[i].isdigit())
    return Asked(
        folded, tokens, stems, content, cues, headers, tuple(matches), wh, numeric, common, called, table.subject
    )


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
    means = [set().union(*(other.get(b, ()) for b in _bases(t))) for t in tokens]
    asks = [i for i, t in enumerate(tokens) if t in {"which", "what", "whose", "many", "who", "where", "when"}]
    for name in table.names:
        own = [w for w in words(name) if w not in STOPWORDS["en"]] or words(name)
        bare = [w for w in words(re.sub(r"\(.*?\)", " ", name)) if w not in STOPWORDS["en"]] or own
        at = {i for i, s in enumerate(stems) if s in own}
        said = len({stems[i] for i in at} & set(bare)) / len(set(bare)) if bare else 0.0
        meant = {
            i
            for i, (s, t) in enumerate(zip(stems, tokens, strict=True))
            if s not in own and (means[i] & set(own) or (t not in STOPWORDS["en"] and any(_akin(s, w) for w in own)))
        }
        both = at | meant
        focus = any(0 < i - a <= _NAMED for i in both for a in asks) or any(
            tokens[i] in {"who", "where", "when"} for i in meant
        )
        yield Header(said, bool(meant) and not at, focus, frozenset(both))


def _sole(
    headers: tuple[Header, ...], tokens: tuple[str, ...], named: frozenset[int], table: Table
) -> tuple[Header, ...]:
    """ "The largest grant", "spent altogether": the only column of amounts is meant, where no column of figures is
    named; where the table is called so (``named``), that says it."""
    cue = frozenset(i for i, t in enumerate(tokens) if t in lists()["neutral"])
    if not cue or any(h.tokens and table.column(n).kind != "text" for n, h in enumerate(headers)):
        return headers
    amounts = measures(table)
    said = float(any(0 < i - k <= 2 for i in named for k in cue))
    return tuple(
        Header(said, meant=True, focus=False, tokens=cue, sole=True) if amounts == [n] else h
        for n, h in enumerate(headers)
    )


def _many(
    headers: tuple[Header, ...], tokens: tuple[str, ...], stems: tuple[str, ...], table: Table
) -> tuple[Header, ...]:
    """ "How many nurses are there", where a row is of all nurses and a column says how many."""
    if "many" not in tokens[:-1]:
        return headers
    at = tokens.index("many")
    known = {stem(w) for w in lists()["quantity"]}
    some = [n for n in measures(table) if known & set(words(table.names[n])) and not headers[n].tokens]
    if len(some) != 1 or not any(stems[at + 1] in said for said in table.column(table.subject).words):
        return headers
    meant = Header(0.0, meant=True, focus=True, tokens=frozenset((at,)))
    return (*headers[: some[0]], meant, *headers[some[0] + 1 :])


def _cells(tokens: tuple[str, ...], stems: tuple[str, ...], content: frozenset[int], table: Table) -> Iterator[Match]:
    """Runs of the question's words that stand in cells, the longest of each column; then words that mean a cell, or
    are only like one of its words."""
    known = set(stems)
    for n in range(len(table.names)):
        column = table.column(n)
        runs: dict[tuple[int, int], list[tuple[int, bool, float]]] = defaultdict(list)
        for r in table.body:
            said = column.words[r]
            if not known.isdisjoint(said):
                for i, j in _runs(stems, said):
                    runs[i, j].append((r, j - i == len(said), (j - i) / len(said)))
        good = [(i, j) for i, j in runs if any(k in content or tokens[k].isdigit() for k in range(i, j))]
        for i, j in good:
            whole, share = any(w for _, w, _ in runs[i, j]), max(s for _, _, s in runs[i, j])
            if j - i == 1 and ((tokens[i].isdigit() and not whole and len(tokens[i]) < 4) or share < 1 / _LONG_CELL):
                continue
            if any(a <= i and j <= b and (a, b) != (i, j) for a, b in runs):
                continue
            exact = next((column.same[r] for r, w, _ in runs[i, j] if w), None)
            has = Where(n, "has", " ".join(stems[i:j]))
            loose = {w for r, full, _ in runs[i, j] if not full for w in column.words[r]} - set(stems[i:j])
            at = exact is not None and bool(loose) and not loose - STOPWORDS["en"]  # "at Lakeside Kings"
            yield Match(has if exact is None or at else Where(n, "is", exact), frozenset(range(i, j)), share)
            if exact is not None and loose:
                yield Match(Where(n, "is", exact) if at else has, frozenset(range(i, j)), 0.6)
        yield from _meant(n, column, tokens, content - {k for i, j in runs for k in range(i, j)})


def _meant(n: int, column: Column, tokens: tuple[str, ...], content: frozenset[int]) -> Iterator[Match]:
    """ "won" for "W", "Dutch" for "NED" or "Netherlands"; and words that begin alike, as "Russian" and "Russia"."""
    said = set(column.same) - {""}
    short = [w for w in column.words if len(w) <= _LONG_CELL] if column.kind != "number" else []
    vocabulary = {word for cell in short for word in cell}
    for i in content:
        for text in said & set(lists()["cells"].get(tokens[i]) or lists()["cells"].get(stem(tokens[i]), ())):
            yield Match(Where(n, "is", text), frozenset((i,)), 1.0, near=True)
        if tokens[i] in _MONTHS and not vocabulary.isdisjoint({tokens[i][:3], stem(tokens[i])}):
            run = "|".join(sorted(vocabulary & {tokens[i][:3], stem(tokens[i])}))
            yield Match(Where(n, "any", run), frozenset((i,)), 1.0)
            continue
        land = [" ".join(map(stem, w.split("_"))) for w in lists()["people"].get(tokens[i], "").split()]
        if any(vocabulary.issuperset(run.split()) for run in land):
            yield Match(Where(n, "any", "|".join(land)), frozenset((i,)), 0.9)
            continue
        like = [w for w in vocabulary if _like(tokens[i], w)]
        if like:
            best = min(like, key=lambda w: (abs(len(w) - len(tokens[i])), w))
            yield Match(Where(n, "has", best), frozenset((i,)), 0.5, near=True)


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


def _akin(word: str, other: str) -> bool:
    """Stems of one root: "own" and "owner", "direct" and "director"."""
    short, long = sorted((word, other), key=len)
    n = 0
    while n < len(short) and short[n] == long[n]:
        n += 1
    return not word.isdigit() and (n == len(short) >= 3 or n >= 5) and len(long) - n <= 3


def _bases(word: str) -> set[str]:
    """The stems of a word and, of "tallest" or "heavier", of what is compared."""
    found = {stem(word)}
    for end in ("est", "er"):
        if word.endswith(end) and len(word) > len(end) + 2:
            bare = word.removesuffix(end)
            found |= {stem(w) for w in (bare, bare + "e", bare[:-1] + "y" if bare[-1] == "i" else bare[:-1])}
    return found
