"""An elliptical question completed from the question before: "and in 2023?", "why?", "no, the Dutch one".

In: the fragment and the full question that came before it. Out: that question with the fragment in its place, or None
where no place fits; then the caller notes the context instead. No history is kept here, and no model is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.asked.phrases import Phrase, Tables, Token, phrases, tokenise
from rag.text import content_words, stem
from rag.types import Span

_OPEN_WH = {"who", "whom", "what", "which", "whose", "many", "que", "quien", "quienes", "cual", "cuales", "cuanto",
            "cuantos", "cuanta", "cuantas"}  # fmt: skip
_SWAP_WH = {"when", "where", "why", "how", "cuando", "donde", "como"}


def ask_again(rest: str, frame: str, t: Tables) -> str | None:
    """Ask the ``frame`` again with another question word: "why?" after "Did Peru pay?" is "Why did Peru pay?"."""
    asked = tokenise(rest, t)
    last = max((i for i, x in enumerate(asked) if x.key in t.sets["wh"] | t.sets["quantity"]), default=-1)
    tail = [x for x in asked[last + 1 :] if x.key not in t.sets["copulas"] | t.sets["thing"] | t.sets["fillers"]]
    if last < 0 or tail or not frame or "(" in frame:
        return None
    why = t.language == "es" and [x.key for x in asked[:2]] == ["por", "que"]
    if asked[last].key in _OPEN_WH and not why:
        return None
    tokens = tokenise(frame, t)
    start = _clause_start(tokens, [x.key for x in asked[: last + 1]], t)
    if start is None:
        return None
    opening = rest[asked[0].start : asked[last].end]
    clause = frame[tokens[start].start :]
    if tokens[start].kind != "N":
        clause = clause[0].lower() + clause[1:]
    text = f"{opening[0].upper()}{opening[1:]} {clause.rstrip(' .')}"
    return ("¿" if t.language == "es" else "") + (text if text.endswith("?") else f"{text}?")


def _clause_start(tokens: Sequence[Token], opening: Sequence[str], t: Tables) -> int | None:
    """Where the clause begins that a new question word can open: after "when", "where", "why", or at its own verb."""
    if not tokens:
        return None
    verbal = t.sets["verbal"]
    first = tokens[0].key
    if first in verbal or (t.language == "es" and tokens[0].kind == "v"):
        return 0
    skip = 2 if [x.key for x in tokens[:2]] == ["por", "que"] else 1 if first in _SWAP_WH else 0
    if not skip or len(tokens) <= skip or [x.key for x in tokens[:skip]] == list(opening):
        return None
    return skip if tokens[skip].key in verbal or (t.language == "es" and tokens[skip].kind == "v") else None


def swap(
    rest: str, frame: str, t: Tables, unwanted: str = "", strict: bool = False, corrects: bool = False
) -> str | None:
    """Put the one phrase of ``rest`` where its like stands in ``frame``; ``strict`` leaves common nouns alone.

    A correction replaces "the cellar" by "the vineyard"; "and the cost?" asks for something else.
    """
    rest = rest.strip().rstrip("?!. ").lstrip("¿¡ ")
    rejected = _span_of(unwanted, frame, t)
    if rejected:
        return _kept(rest, frame[: rejected.start] + rest + frame[rejected.end :], t)
    tokens = tokenise(rest, t)
    found = phrases(rest, t.language)
    new = next((p for p in found if p.linked), None) or next(iter(found), None)
    nouns = [x for x in tokens if x.kind in "nNdv"]
    if new is not None and new.last + 1 < len(tokens) and tokens[-1].key in t.sets["prepositions"]:
        return None  # "the year before"
    if new is None or not frame or any(not new.start <= x.start < new.end for x in nouns):
        return _adjective(tokens, frame, t)
    result = _adjective(tokens, frame, t) or _phrase_swap(rest, tokens, new, frame, t, strict, corrects)
    return _kept(rest, result, t) if result else None


def _span_of(words: str, frame: str, t: Tables) -> Span | None:
    """Where ``words`` stand in ``frame``, whatever their case and accents."""
    keys, tokens = [x.key for x in tokenise(words, t)], tokenise(frame, t)
    for i in range(len(tokens) - len(keys) + 1 if keys else 0):
        if [x.key for x in tokens[i : i + len(keys)]] == keys:
            return Span(tokens[i].start, tokens[i + len(keys) - 1].end)
    return None


def _kept(rest: str, result: str, t: Tables) -> str | None:
    """A completion that lost a word of the fragment is none."""
    words = {w for w in content_words(rest, t.language) if w not in t.sets["one"]}
    return result if words <= set(content_words(result, t.language)) else None


def _adjective(tokens: Sequence[Token], frame: str, t: Tables) -> str | None:
    """ "The Dutch one" for "the Belgian delegation": one adjective for another of its kind."""
    words = [x for x in tokens if x.kind in "nNv" or x.key in t.sets["opposites"]]
    if not words:
        return None
    for kind in ("demonyms", "opposites"):
        if words[0].key not in t.sets[kind]:
            continue
        olds = [x for x in tokenise(frame, t) if x.key in t.sets[kind] and x.key != words[0].key]
        if not olds:
            return None
        tail = frame[olds[-1].end :]
        if len(words) > 1 and not {x.key for x in words[1:]} <= {x.key for x in tokenise(frame, t)}:
            return None
        return _article(frame[: olds[-1].start], words[0].text) + words[0].text + tail
    return None


def _article(before: str, word: str) -> str:
    """ "An adult ticket" becomes "a child ticket"."""
    return re.sub(r"\b([Aa])n? $", r"\1n " if word[0].lower() in "aeiou" else r"\1 ", before)


def _phrase_swap(
    rest: str, tokens: Sequence[Token], new: Phrase, frame: str, t: Tables, strict: bool, corrects: bool
) -> str | None:
    link = tokens[new.first - 1].key if new.first and tokens[new.first - 1].key in t.sets["prepositions"] else ""
    frame_tokens = tokenise(frame, t)
    old = _place(new, link, frame, frame_tokens, t, strict, corrects)
    if old is not None:
        return _replaced(new, tokens, old, frame_tokens, frame, t)
    if new.kind != "time":
        return None
    linked = rest if link or not new.head[0].isdigit() else f"{'en' if t.language == 'es' else 'in'} {rest}"
    stripped = frame.rstrip("?. ")
    return f"{stripped} {linked}?"


def _replaced(
    new: Phrase, tokens: Sequence[Token], old: Phrase, frame_tokens: Sequence[Token], frame: str, t: Tables
) -> str:
    """Put ``new`` for ``old`` in ``frame``; the fragment's own preposition goes with it, "last year" takes none."""
    end = old.end
    if new.linked:
        longer = [p for p in phrases(frame, t.language) if p.linked and p.start == old.start]
        end = longer[0].end if longer else end
    before = frame_tokens[old.first - 1] if old.first else None
    if before is None or before.key not in t.sets["prepositions"] or before.stops:
        return frame[: old.start] + new.text + frame[end:]
    own = tokens[new.first - 1] if new.first else None
    if own is not None and own.key in t.sets["prepositions"]:
        return f"{frame[: before.start]}{own.text.lower()} {new.text}{frame[end:]}"
    bare = new.kind == "time" and " " in new.text and not new.head[0].isdigit()
    return frame[: before.start if bare else old.start] + new.text + frame[end:]


def _place(
    new: Phrase, link: str, frame: str, tokens: Sequence[Token], t: Tables, strict: bool, corrects: bool
) -> Phrase | None:
    plain = [p for p in phrases(frame, t.language) if not p.linked]

    def led(p: Phrase) -> str:
        return tokens[p.first - 1].key if p.first else ""

    if new.kind in {"time", "number"}:
        return next((p for p in reversed(plain) if p.kind == new.kind), None)
    if new.name:
        same = [p for p in plain if p.kind == new.kind and p.name]
        if strict and new.kind not in {"place", "person", "org"}:
            same = [p for p in same if link and led(p) == link]
        if not same and not strict:
            same = [p for p in plain if p.name and "name" in (p.kind, new.kind)]
            same = [p for p in same if p.kind == "person"] or same
        return next((p for p in reversed(same) if link and led(p) == link), same[-1] if same else None)
    if strict:
        linked = [p for p in plain if link and led(p) == link and not p.name and p.kind not in {"time", "number"}]
        return linked[-1] if linked else None  # "by card?", "by transfer?"
    alike = [p for p in plain if stem(p.head, t.language) == stem(new.head, t.language)]
    if alike and new.end - new.start > len(new.head):
        return alike[-1]
    common = [p for p in plain if not p.name and p.kind not in {"time", "number"} and not p.asked]
    same = [p for p in common if (link and led(p) == link) or (_indefinite(new) and _indefinite(p))]
    if corrects and not link and not same:
        same = [p for p in common if p.definite == new.definite]
    return same[-1] if same else None


def _indefinite(p: Phrase) -> bool:
    return p.definite and p.text.split()[0].lower() in {"a", "an", "un", "una"}
