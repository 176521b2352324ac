"""What came first, what caused what, what a preposition leads: order checks between a claim and its quote.

In: the readings and the word hits of `rag/check/agree.py`. Out: "" or the kind of the reversal. Only clear
reversals are named: what these rules cannot read they let pass.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from rag.check.facts import Reading, Word
from rag.check.likeness import Carrier
from rag.check.wordlists import wordlists

Hits = Mapping[Word, Sequence[Carrier]]


# ---------------------------------------------------------------- cause and order in time


@functools.cache
def _pattern(*tables: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(wordlists()[t] for t in tables) + r")\b", re.I)


def _split(reading: Reading, at: re.Match[str], last_first: bool) -> tuple[frozenset[Word], frozenset[Word]]:
    """Return (earlier or causing words, later or caused words) around a connective.

    ``last_first``: the connective introduces the earlier part ("B because A", "B after A"). At the head of the
    sentence its part ends with the comma ("Because A, B").
    """
    end = len(reading.text)
    head = not reading.text[: at.start()].strip()
    comma = reading.text.find(",", at.end())
    if head and comma > 0:
        introduced = (at.end(), comma)
        other = (comma, end)
    else:
        introduced, other = (at.end(), end), (0, at.start())
    a, b = (_inside(reading, *introduced), _inside(reading, *other))
    return (a, b) if last_first else (b, a)


def _inside(reading: Reading, start: int, end: int) -> frozenset[Word]:
    return frozenset(w for w in reading.content if start <= w.start < end)


def _relations(
    reading: Reading, last: tuple[str, ...], first: tuple[str, ...]
) -> list[tuple[frozenset[Word], frozenset[Word]]]:
    found: list[tuple[frozenset[Word], frozenset[Word]]] = []
    taken: list[tuple[int, int]] = []
    for tables, last_first in ((last, True), (first, False)):
        for m in _pattern(*tables).finditer(reading.text):
            if any(m.start() < e and s < m.end() for s, e in taken):
                continue
            taken.append((m.start(), m.end()))
            found.append(_split(reading, m, last_first))
    return [(a, b) for a, b in found if a and b]


def _reversed(
    claim: Reading, quotes: Sequence[Reading], hits: Hits, last: tuple[str, ...], first: tuple[str, ...]
) -> bool | None:
    """``None`` when the quote holds no such relation."""
    wanted = _relations(claim, last, first)
    given = [(i, a, b) for i, q in enumerate(quotes) for a, b in _relations(q, last, first)]
    if not wanted or not given:
        return None if wanted else False
    before, after = wanted[0]
    scores = []
    for i, early, late in given:
        same = _overlap(before, early, i, hits) + _overlap(after, late, i, hits)
        cross = _overlap(before, late, i, hits) + _overlap(after, early, i, hits)
        scores.append(same - cross)
    return max(scores) < 0


def _overlap(words: frozenset[Word], side: frozenset[Word], reading: int, hits: Hits) -> float:
    if not words:
        return 0.0
    return sum(any(h.reading == reading and h.word in side for h in hits.get(w, ())) for w in words) / len(words)


_COMMA_SO = re.compile(r",\s*(?:and )?so (?!that\b)", re.I)


def cause(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> str:
    """A stated cause must be stated in the quote too, and the same way round."""
    so = _COMMA_SO.search(claim.text)
    if so and not _pattern("cause_first", "cause_last").search(claim.text):
        return "" if _soft_holds(claim, quotes, hits) else "cause"
    turned = _reversed(claim, quotes, hits, ("cause_last",), ("cause_first",))
    if turned is None:
        soft = any(_pattern("soft_causes").search(q.text) for q in quotes)
        return "" if soft and _soft_holds(claim, quotes, hits) else "cause"
    return "cause" if turned else ""


def _soft_holds(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> bool:
    """The quote joins the two parts by "since", "as", "so": accept unless the order says otherwise."""
    return not _reversed(claim, quotes, hits, ("cause_last", "soft_last"), ("cause_first", "soft_first"))


def order(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> str:
    """ "A after B" is not "B after A"."""
    turned = _reversed(claim, quotes, hits, ("later_first",), ("earlier_first",))
    return "order" if turned else ""


# ---------------------------------------------------------------- prepositions


def prepositions(claim: Reading, quotes: Sequence[Reading]) -> str:
    """ "from Lima to Cusco" is not "from Cusco to Lima"; "71 votes to 64" is not "64 votes to 71"."""
    opposite: dict[str, str] = wordlists()["opposite_prepositions"]
    given = {pair for q in quotes for pair in _governed(q)}
    said = set(_governed(claim))
    numbers = {f"{f.kind}:{f.value}" for f in claim.facts if f.kind == "number"}
    for prep, thing in said:
        if (prep, thing) in given:
            continue
        if (opposite.get(prep, ""), thing) in given:
            return "role"
        others = {t for p, t in given if p == prep and t in numbers}
        if thing in numbers and any((prep, t) not in said for t in others):
            return "role"
        # both phrases changed places: "from Quechua into Spanish"
        if any((p, t) in said and (p, thing) in given and (prep, t) in given for p, t in said if p != prep):
            return "role"
    return ""


_GOVERNING = frozenset("into onto in at with against for over under on near toward towards con contra en para".split())


def _governed(reading: Reading) -> list[tuple[str, str]]:
    known = _GOVERNING | set(wordlists()["opposite_prepositions"])
    things = sorted(
        [(w.start, w.stem) for w in reading.content] + [(f.start, f"{f.kind}:{f.value}") for f in reading.facts]
    )
    found = []
    for word in reading.words:
        if word.folded in known and not (word.folded in {"a", "de"} and reading.language != "es"):
            after = next(((s, t) for s, t in things if s >= word.end), None)
            if after and after[0] - word.end <= 12:
                found.append((word.folded, after[1]))
    return found
