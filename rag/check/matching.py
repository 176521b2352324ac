"""Which facts of a quote state a fact of a claim: the same value after normalisation, unit and comparison kept.

In: one fact and the quote's readings. Out: the facts that state it. "February 2024" is stated by "5 February 2024",
not the other way round. It does not ask what the fact is about.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.check.facts import Fact, Reading
from rag.check.numerals import unit_names


def matching(fact: Fact, quotes: Sequence[Reading]) -> list[tuple[int, Fact]]:
    """Return (sentence of the quote, its fact) for each statement of ``fact``."""
    found = [(i, f) for i, q in enumerate(quotes) for f in q.facts if _states(f, fact, q)]
    if found or fact.kind != "date":
        return found
    year, month, day = fact.value.split("|")[0].split("-")
    dates = [(i, f) for i, q in enumerate(quotes) for f in q.facts if f.kind == "date"]
    halves = [[(i, f) for i, f in dates if f.value == part] for part in (f"{year}-*-*", f"*-{month}-{day}")]
    return halves[0] + halves[1] if all(halves) else []


def _states(quote: Fact, claim: Fact, reading: Reading) -> bool:
    if {quote.kind, claim.kind} == {"number", "date"}:
        number, date = (quote, claim) if quote.kind == "number" else (claim, quote)
        return date.value == f"{number.value}-*-*" and not number.unit and not number.sign
    if {quote.kind, claim.kind} == {"number", "code"}:  # "3.9" behind "version" and behind another word
        return quote.value == claim.value and not (quote.unit or claim.unit or quote.sign or claim.sign)
    if quote.kind != claim.kind:
        return False
    if claim.kind == "date":
        return any(_within(q, c) for q in quote.value.split("|") for c in claim.value.split("|"))
    if claim.kind != "number":
        return quote.value == claim.value
    return quote.value == claim.value and _same_unit(quote, claim, reading) and _same_sign(quote.sign, claim.sign)


def _within(quote: str, claim: str) -> bool:
    return all(c in ("*", q) for q, c in zip(quote.split("-"), claim.split("-"), strict=True))


def _same_unit(quote: Fact, claim: Fact, reading: Reading) -> bool:
    """A table may name the unit once, in another place: "Height (m): 828"."""
    if quote.unit or not claim.unit:
        return quote.unit == claim.unit
    return any(unit_names().get(w.folded) == claim.unit for w in reading.words)


def _same_sign(quote: str, claim: str) -> bool:
    """ "500" for "about 500" is let pass, "about 500" for "500" too; "more than" must stand on both sides."""
    return quote == claim or {quote, claim} <= {"", "~"}
