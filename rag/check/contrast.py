"""What a sentence keeps apart must not be mixed: the sides of "but" and "while", an exception, a "who", two directions.

In: a claim beside its quote (`Pair`). Out: "" or the kind of mixture. A word that stands on one side only of a contrast
does not go with what stands on the other side only. Words that stand on both sides tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.check.binding import Pair, Token
from rag.check.cues import cues
from rag.check.facts import Fact, Reading, Word
from rag.check.likeness import proper
from rag.check.wordlists import wordlists

_CONTRAST = re.compile(r";|,?\s(?:while|whereas|but|mientras|pero)\b", re.I)
_SIDES = re.compile(rf"{_CONTRAST.pattern}|,\s(?:and|y)\b", re.I)


def _side(reading: Reading, seam: re.Pattern[str], token: Token) -> int:
    return sum(m.end() <= token.start for m in seam.finditer(reading.text))


def _sides(pair: Pair, seam: re.Pattern[str], reading: int, token: Token) -> set[int]:
    """The sides of one quote sentence on which something carries ``token``; empty when another sentence does too."""
    found = next((f for t, f in pair.links if t == token), [])
    if any(i != reading for i, _ in found):
        return set()
    return {_side(pair.quotes[reading], seam, t) for _, t in found}


# ---------------------------------------------------------------- a verb and what follows it


def across(pair: Pair) -> str:
    """ "Acquitted of fraud but found guilty of tax evasion" is not "acquitted of tax evasion"."""
    tokens = sorted((t for t, _ in pair.links), key=lambda t: t.start)
    for i, quote in enumerate(pair.quotes):
        if not _CONTRAST.search(quote.text):
            continue
        for k, verb in enumerate(tokens):
            left = _sides(pair, _CONTRAST, i, verb) if isinstance(verb, Word) and _verb(verb) else set()
            if len(left) != 1:
                continue
            for token in _objects(pair.claim, tokens[k + 1 :], verb):
                right = _sides(pair, _CONTRAST, i, token)
                if right and min(right) > max(left):
                    return "role"
    return ""


def _verb(word: Word) -> bool:
    return not word.name and (word.folded.endswith("ed") or word.folded in wordlists()["irregular"])


def _objects(claim: Reading, tokens: list[Token], verb: Token) -> Iterator[Token]:
    """What follows in the same side of the claim, names apart: a pronoun may stand for them across a contrast."""
    here = _side(claim, _SIDES, verb)
    for token in tokens:
        if _side(claim, _SIDES, token) == here and not (isinstance(token, Word) and token.name):
            yield token


# ---------------------------------------------------------------- a name and its figure


def mixed(pair: Pair) -> str:
    """ "Norlys sold 21,300 cars, while Tavo sold 19,900" is not "Tavo sold 21,300 cars"."""
    names = [w for w in pair.claim.content if _named(w)]
    for i, quote in enumerate(pair.quotes):
        if not _SIDES.search(quote.text):
            continue
        for fact in pair.claim.facts:
            own = _sides(pair, _SIDES, i, fact)
            if len(own) == 1 and _of_others(pair, i, fact, names, min(own)):
                return "date of something else" if fact.kind == "date" else "number of something else"
    return ""


def _named(word: Word) -> bool:
    """The first word of a sentence may be a name too."""
    return proper(word) or (word.start == 0 and word.text[:1].isupper())


def _of_others(pair: Pair, i: int, fact: Fact, names: list[Word], side: int) -> bool:
    """No name of the claim stands on the fact's side, another name does, and the claim's own side has such a fact."""
    quote = pair.quotes[i]
    ours = [(w, _sides(pair, _SIDES, i, w)) for w in names]
    ours = [(w, sides) for w, sides in ours if sides]
    if not ours or any(side in sides for _, sides in ours):
        return False
    used = {h.word for w, _ in ours for h in pair.hits.get(w, ())}
    others = [w for w in quote.content if _named(w) and w not in used and _side(quote, _SIDES, w) == side]
    elsewhere = {s for _, sides in ours for s in sides}
    part_of_name = {f.value for f in pair.claim.facts for w, _ in ours if f.at == w.at + 1}  # "Windows 8"
    rivals = [f for f in quote.facts if f.kind == fact.kind and _side(quote, _SIDES, f) in elsewhere]
    return bool(others) and any(f.value not in part_of_name for f in rivals)


# ---------------------------------------------------------------- exceptions

_EXCEPT = re.compile(r"\b(?:except|excluding|apart from|other than|excepto|salvo)\b", re.I)
_PHRASE_END = re.compile(r"[.;:]|,(?! (?:and|or)\b)")


def excepted(pair: Pair) -> str:
    """ "A bus runs, except on Sundays" is not "a bus runs on Sundays"."""
    if _EXCEPT.search(pair.claim.text) or any(c.kind in {"not", "verb"} for c in cues(pair.claim)):
        return ""
    for i, quote in enumerate(pair.quotes):
        for m in _EXCEPT.finditer(quote.text):
            stop = _PHRASE_END.search(quote.text, m.end())
            end = stop.start() if stop else len(quote.text)
            for _, found in pair.links:
                if found and all(j == i and m.end() <= t.start < end for j, t in found):
                    return "negation"
    return ""


# ---------------------------------------------------------------- "who"

_WHO = re.compile(r",\s+(?:who|whose|quien)\s+(?P<clause>[^,.;]+)", re.I)


def relative(pair: Pair) -> str:
    """ "Ahead of Berg and Dahl, who had been the favourite": what the clause says is said of the name before it."""
    names = [w for w in pair.claim.content if _named(w) and pair.hits.get(w)]
    for i, quote in enumerate(pair.quotes):
        for m in _WHO.finditer(quote.text):
            inside = range(m.start("clause"), m.end("clause"))
            said = [found for t, found in pair.links if t not in names and found]
            if not names or not said or not all(all(j == i and t.start in inside for j, t in f) for f in said):
                continue
            meant = _name_before(quote, m.start())
            carried = {h.word for w in names for h in pair.hits[w] if h.reading == i}
            if meant and carried and not carried & meant:
                return "role"
    return ""


def _name_before(reading: Reading, at: int) -> set[Word]:
    """The name that ends at ``at``; empty where none does."""
    run: set[Word] = set()
    end = at
    for word in reversed([w for w in reading.words if w.end <= at]):
        if not word.text[:1].isupper() or reading.text[word.end : end].strip(" ."):
            break
        run.add(word)
        end = word.start
    return run


# ---------------------------------------------------------------- directions and pairs of numbers


def directions(pair: Pair) -> str:
    """ "Down from 84" is not "up from 84": one of two opposite little words, where the quote has the other alone."""
    said = {w.folded for w in pair.claim.words}
    given = {w.folded for q in pair.quotes for w in q.words}
    opposite: dict[str, str] = wordlists()["directions"]
    return "opposite" if any(w not in given and opposite.get(w, "") in given for w in said) else ""


_COUPLE = re.compile(r"(?<![\d.,:-])(\d+)\s?(?:-|–|to|a)\s?(\d+)(?![\d:-]|[.,]\d)")


def couples(pair: Pair) -> str:
    """ "3-1" is not "1-3"."""
    given = {(a, b) for q in pair.quotes for a, b in _COUPLE.findall(q.text)}
    said = set(_COUPLE.findall(pair.claim.text))
    return "number" if any((b, a) in given and (a, b) not in given for a, b in said) else ""
