"""What a sentence keeps apart must not be mixed: the sides of "but" and "while", rates, two directions, scores.

In: a claim beside its quote (`Pair`). Out: "" or the kind of mixture. A word that stands on one side only of a contrast
does not go with what stands on the other side only. Words that stand on both sides tell nothing.
"""

from __future__ import annotations

import re

from rag.check.binding import Pair, Token
from rag.check.clauses import clauses
from rag.check.facts import Fact, Reading, Word
from rag.check.likeness import proper
from rag.check.wordlists import wordlists

_SIDES = re.compile(
    r";|,?\s(?:while|whereas|but|though|although|mientras|pero|aunque)\b|,\s(?:and|y)\b"
    # "the red team scored 14 points, the blue team 9"
    r"|,(?=\s(?:the |its |el |la )?(?:[^\W\d]+\s){1,3}\d[\d.,]*(?:\s\w+)?\.?\Z)",
    re.I,
)


def _side(reading: Reading, token: Token) -> int:
    return sum(m.end() <= token.start for m in _SIDES.finditer(reading.text))


def _sides(pair: Pair, reading: int, token: Token) -> set[int]:
    """The sides of one quote sentence on which something carries ``token``; empty when another sentence does too."""
    found = next((f for t, f in pair.links if t == token), [])
    if any(i != reading for i, _ in found):
        return set()
    return {_side(pair.quotes[reading], t) for _, t in found}


# ---------------------------------------------------------------- a name and its figure


def mixed(pair: Pair) -> str:
    """ "Norlys sold 21,300 cars, while Tavo sold 19,900" is not "Tavo sold 21,300 cars"."""
    names = [w for w in pair.claim.content if _named(w)]
    for i, quote in enumerate(pair.quotes):
        if not _SIDES.search(quote.text):
            continue
        for fact in pair.claim.facts:
            own = _sides(pair, i, fact)
            if len(own) == 1 and _of_others(pair, i, fact, names, min(own)):
                return "date of something else" if fact.kind == "date" else "number of something else"
    return ""


def crossed(pair: Pair) -> str:
    """ "Beech is cheaper than oak, but oak lasts longer" is not "Beech lasts longer": a subject of one side, the rest
    of the other, which has a subject of its own."""
    claim = clauses(pair.claim)
    verb = next((k for k, tag in enumerate(claim.tags) if tag in {"verb", "aux"}), 0)
    for i, quote in enumerate(pair.quotes):
        if not _SIDES.search(quote.text):
            continue
        on = [_sides(pair, i, n) if isinstance(n, Fact) or not n.stop else set() for n in claim.nodes]
        ours, theirs = ({min(s) for s in part if len(s) == 1} for part in (on[:verb], on[verb:]))
        if len(ours) == len(theirs) == 1 and ours != theirs and _states(quote, min(ours), min(theirs)):
            return "role"
    return ""


def _states(quote: Reading, ours: int, theirs: int) -> bool:
    """The one side has a verb, or a figure; the other a noun before its verb and no pronoun."""
    c = clauses(quote)
    tags = [(_side(quote, n), t, c.word(k)) for k, (n, t) in enumerate(zip(c.nodes, c.tags, strict=True))]
    verb = next((k for k, (side, tag, _) in enumerate(tags) if side == theirs and tag in {"verb", "aux"}), 0)
    led = [(tag, word) for side, tag, word in tags[:verb] if side == theirs]
    full = any(side == ours and tag in {"verb", "aux", "num"} for side, tag, _ in tags)
    return full and any(tag in {"noun", "num"} for tag, _ in led) and not any(word in _REFERRING for _, word in led)


_REFERRING = frozenset("he she it they who which that this these those such his her its their".split())


def _named(word: Word) -> bool:
    """The first word of a sentence may be a name too."""
    return proper(word) or (word.start == 0 and word.text[:1].isupper())


def _of_others(pair: Pair, i: int, fact: Fact, names: list[Word], side: int) -> bool:
    """No name of the claim stands on the fact's side, another name does, and the claim's own side has such a fact."""
    quote = pair.quotes[i]
    ours = [(w, _sides(pair, i, w)) for w in names]
    ours = [(w, sides) for w, sides in ours if sides]
    if not ours or any(side in sides for _, sides in ours):
        return False
    used = {h.word for w, _ in ours for h in pair.hits.get(w, ())}
    others = [w for w in quote.content if _named(w) and w not in used and _side(quote, w) == side]
    elsewhere = {s for _, sides in ours for s in sides}
    part_of_name = {f.value for f in pair.claim.facts for w, _ in ours if f.at == w.at + 1}  # "Windows 8"
    rivals = [f for f in quote.facts if f.kind == fact.kind and _side(quote, f) in elsewhere]
    return bool(others) and any(f.value not in part_of_name for f in rivals)


# ---------------------------------------------------------------- names in a row

_ROW = re.compile(r"\s*(?:,|,?\s(?:and|or|y|e|o)|&)\s*")


def rows(pair: Pair) -> str:
    """ "Sil and Corva" are not "Sil and Penn", whatever else the sentence says of Penn."""
    for said in _rows(pair.claim):
        carried = [{h.word for h in pair.hits.get(w, ())} for w in said]
        if not all(carried):
            continue
        given = [row for q in pair.quotes for row in _rows(q)]
        touched = [row for row in given if any(found & row for found in carried)]
        known = set().union(*carried)
        if any(all(found & row for found in carried) for row in touched):
            continue
        if any(row - known for row in touched):
            return "name"
    return ""


def _rows(reading: Reading) -> list[set[Word]]:
    """The names that stand in a row, joined by commas and "and"; a row has two at least."""
    found: list[list[Word]] = []
    for word in reading.words:
        if word.stop or not any(c.isupper() for c in word.text):
            continue
        if found and _ROW.fullmatch(reading.text[found[-1][-1].end : word.start]):
            found[-1].append(word)
        else:
            found.append([word])
    return [set(row) for row in found if len(row) > 1]


# ---------------------------------------------------------------- rates

_RATE = re.compile(
    r"(?<!\bin )(?<!\bfor )(?<!\bwithin )(?<!\bafter )(?<!\bthan )"
    r"\b(?:an?|per|every|each|al|por|cada) (?P<unit>second|minute|hour|day|night|week|month|year|"
    r"hora|d[ií]a|semana|mes|a[nñ]o)(?! (?:earlier|later|ago|before|after|old|long|in advance))\b"
    r"|\b(?P<ly>dai|week|month|year|hour)ly\b|\b(?P<annual>annual)(?:ly)?\b",
    re.I,
)


def rates(pair: Pair) -> str:
    """ "45 euros a month" is not "45 euros a year", "twice a week" not "twice a month"."""
    given = {rate for q in pair.quotes for rate in _rates(q)}
    return "number" if given and _rates(pair.claim) - given else ""


def _rates(reading: Reading) -> set[str]:
    found = (m["unit"] or (m["ly"] and m["ly"].replace("dai", "day")) or "year" for m in _RATE.finditer(reading.text))
    return {unit.lower().replace("night", "day") for unit in found}


# ---------------------------------------------------------------- directions and pairs of numbers


def directions(pair: Pair) -> str:
    """ "Down from 84" is not "up from 84": where the quote has both words, the nearer to the same figure counts."""
    opposites: dict[str, str] = wordlists()["directions"]
    places = [(i, w) for i, q in enumerate(pair.quotes) for w in q.words]
    given = {w.folded for _, w in places}
    for word in {w.folded for w in pair.claim.words}:
        against = given & set(opposites.get(word, "").split())
        if against and (word not in given or _points_away(pair, {word} | against, word)):
            return "opposite"
    return ""


def _points_away(pair: Pair, words: set[str], said: str) -> bool:
    """Beside some number of the claim the quote has another one of ``words`` nearer than the one said."""
    for fact, behind in pair.facts.items():
        near = [
            min(((abs(w.start - f.start), w.folded) for w in pair.quotes[i].words if w.folded in words), default=None)
            for i, f in behind
            if fact.kind == "number"
        ]
        found = [n[1] for n in near if n is not None]
        if found and said not in found:
            return True
    return False


_COUPLE = re.compile(r"(?<![\d.,:-])(\d+)\s?(?:-|–|to|a)\s?(\d+)(?![\d:-]|[.,]\d)")


def couples(pair: Pair) -> str:
    """ "3-1" is not "1-3"."""
    given = {(a, b) for q in pair.quotes for a, b in _COUPLE.findall(q.text)}
    said = set(_COUPLE.findall(pair.claim.text))
    return "number" if any((b, a) in given and (a, b) not in given for a, b in said) else ""
