"""A follow-up question made to stand alone, by rules and without a model.

In: the question and the turns before it, newest last. Out: the question as it would be asked with no history: pronouns
replaced, an ellipsis completed from the question before, a correction applied; or the question itself when it stands
alone. It takes words from the history only; it never looks at the documents and drops none of the question's words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.asked.antecedents import Context, Referent, antecedent, mentions, same_head, settled
from rag.asked.ellipsis import ask_again, swap
from rag.asked.lexicon import question_language
from rag.asked.phrases import Phrase, Tables, Token, phrases, tables, tokenise
from rag.text import content_words, fold
from rag.types import Turn

TURNS = 4
OWN_SHARE, LAST_SHARE = 0.5, 0.3
_MARKER = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """``text`` stands alone; ``frame`` is the full clause that a later ellipsis completes; ``why`` names the rule."""

    text: str
    frame: str
    why: str

    @property
    def asks(self) -> str:
        """What an answer must speak of: a topic that is only lent to the search is no part of it."""
        return self.frame if self.why == "leaning" else self.text


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return ``question`` so that it can be understood, and searched for, without ``history``."""
    return rewrite(question, history).text


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One text to search for, with its share of the ranking."""

    text: str
    weight: float


def search_queries(question: str, history: Sequence[Turn], alone: str = "") -> tuple[SearchQuery, ...]:
    """Return what to search for: the question, its stand-alone form and, lightly, the question before it.

    ``alone`` is the stand-alone form where another than these rules made it.

    A rewrite can be wrong and a question that looks complete can still lean on its topic; the mixture found more than
    any of the three alone. Sum the embeddings by weight; take each term at its greatest weight.
    """
    if not history or rewrite(question, history).why == "social":
        return (SearchQuery(question, 1.0),)
    text = alone or standalone(question, history)
    before = standalone(history[-1].question, history[:-1])
    mixed = [SearchQuery(question, 1.0), SearchQuery(text, OWN_SHARE), SearchQuery(before, LAST_SHARE)]
    return tuple(mixed if text != question else [SearchQuery(question, 1.0 + OWN_SHARE), mixed[2]])


def rewrite(question: str, history: Sequence[Turn]) -> Rewrite:
    """Return the stand-alone question with the rule that made it; every turn is itself made to stand alone first."""
    context: Context | None = None
    for turn in history[-TURNS:]:
        language = _language(turn.question, context)
        asked = _rewrite(turn.question, context, language)
        if asked.why == "social":
            continue
        answer = _MARKER.sub("", turn.answer)
        context = Context.after(context, asked.text, asked.frame, answer, language, fresh=asked.why == "alone")
    return _rewrite(question, context, _language(question, context))


def _language(question: str, context: Context | None) -> str:
    """A question of two words rarely shows its language; it speaks that of the question before."""
    return question_language(question, default=context.language if context else "en")


def _rewrite(question: str, context: Context | None, language: str) -> Rewrite:
    t = tables(language)
    tokens = tokenise(question, t)
    if not tokens:
        return Rewrite(question, question, "social")
    if all(x.key in t.sets["social"] for x in tokens):
        return Rewrite(question, question, "social")
    if context is None:
        return Rewrite(question, question, "alone")
    if _cue(tokens, t.lists["changes"], punctuated=True):  # a new topic may still speak of "him"
        changed = _anaphora(question, tokens, context, t) or question
        return Rewrite(changed, changed, "pronoun" if changed != question else "alone")
    return _correction(question, tokens, context, t) or _follow(question, tokens, context, t)


def _cue(tokens: Sequence[Token], cues: Sequence[tuple[str, ...]], punctuated: bool = False) -> int:
    """Return how many words the longest cue at the start takes; ``punctuated`` asks for a pause after it."""
    for cue in cues:
        n = len(cue)
        if tuple(x.key for x in tokens[:n]) == cue and (not punctuated or n == len(tokens) or tokens[n].breaks):
            return n
    return 0


def _correction(question: str, tokens: Sequence[Token], context: Context, t: Tables) -> Rewrite | None:
    cues = t.lists["corrections"]
    n = _cue(tokens, [c for c in cues if len(c) > 1]) or _cue(tokens, [c for c in cues if len(c) == 1], punctuated=True)
    rejecting = tokens[0].key in {"not", "no"} and len(tokens) > 1 and not tokens[1].breaks
    contrast = rejecting and any(x.key in {"but", "sino"} or x.breaks for x in tokens[2:])
    if not (n or contrast) or n == len(tokens):
        return None
    rest = question[tokens[n].start :]
    remaining = tokenise(rest, t)
    again = _cue(remaining, [c for c in cues if len(c) > 1])  # "sorry, I meant …"
    if 0 < again < len(remaining):
        rest = rest[remaining[again].start :]
        remaining = tokenise(rest, t)
    if _is_clause(remaining, t) and n:
        done = _follow(rest, remaining, context, t)
        return Rewrite(_capital(done.text), _capital(done.frame), "correction")
    wanted, unwanted = _without_not(rest, remaining, t)
    swapped = swap(wanted, context.frame, t, unwanted, corrects=True)
    if swapped:
        return Rewrite(swapped, swapped, "correction")
    return Rewrite(_noted(rest, _clause_of(context, t)), context.frame, "correction")


def _without_not(rest: str, tokens: Sequence[Token], t: Tables) -> tuple[str, str]:
    """Part "Oslo, not Bergen" and "not Bergen but Oslo" into what is wanted and what is not."""
    at = next((i for i, x in enumerate(tokens) if x.key in {"not", "no"}), None)
    if at is None or at + 1 >= len(tokens):
        return rest, ""
    but = next((i for i, x in enumerate(tokens) if i > at and x.key in {"but", "sino"}), None)
    if but is not None and but + 1 < len(tokens):
        return rest[tokens[but + 1].start :], rest[tokens[at + 1].start : tokens[but].start].strip(" ,")
    if at:
        return rest[: tokens[at - 1].end], rest[tokens[at + 1].start :].strip(" ,.?!")
    pause = next((x for x in tokens[2:] if x.breaks), None)
    if pause is not None:
        return rest[pause.start :], rest[tokens[1].start : pause.start].strip(" ,.;:-")
    return rest, ""


def _is_clause(tokens: Sequence[Token], t: Tables) -> bool:
    """A question or a sentence of its own, not a fragment that leans on the question before."""
    if not any(x.kind in "nNdv" for x in tokens):
        return False
    finite = any(x.kind == "v" or x.key in t.sets["verbal"] for x in tokens)
    asks = tokens[0].key in t.sets["wh"] or (len(tokens) > 1 and tokens[1].key in t.sets["wh"])  # "at what time …"
    return finite and (asks or tokens[0].key not in t.sets["prepositions"])


def _follow(question: str, tokens: Sequence[Token], context: Context, t: Tables) -> Rewrite:
    n = _cue(tokens, t.lists["leads"])
    about = n > 0 and any(tuple(x.key for x in tokens[:n])[-len(c) :] == c for c in t.lists["about"])
    if _cue(tokens, t.lists["more"]) == len(tokens) or n == len(tokens):
        return Rewrite(_more(question, tokens, context.topic(), t), context.frame, "more")
    rest = question[tokens[n].start :] if n else question
    remaining = tokenise(rest, t) if n else tokens
    bare = not any(x.kind in "nNvd" for x in remaining) and any(x.key in t.sets["wh"] for x in remaining)
    if bare and not _person(remaining, t):
        again = ask_again(rest, context.frame, t)
        if again:
            return Rewrite(again, again, "ellipsis")
        acts = any(x.key in t.sets["auxiliaries"] for x in remaining)  # "why did it do that?" has a subject to name
        named = (_anaphora(rest, remaining, context, t) if acts else None) or question
        return Rewrite(_noted(named, _clause_of(context, t)), context.frame, "ellipsis")
    replaced = _anaphora(rest, remaining, context, t)
    if replaced is not None:
        whole = _opened(_completed(replaced, remaining, context, t) or replaced, question, n)
        return Rewrite(whole, whole, "pronoun")
    if not _is_clause(remaining, t) or about:
        return _fragment(question, rest, remaining, context, t, lead=n > 0)
    return _leaning(question, rest, remaining, context, t)


def _completed(replaced: str, tokens: Sequence[Token], context: Context, t: Tables) -> str | None:
    """ "And before her?", its pronoun named, is asked of the question before; None where it is a question itself."""
    if tokens[0].key not in t.sets["prepositions"] or _is_clause(tokens, t):
        return None
    if swapped := swap(replaced, context.frame, t):
        return swapped
    later = tokens[0].key in {"before", "after"} and context.frame and "(" not in context.frame
    return f"{context.frame.rstrip(' ?.')} {replaced[0].lower()}{replaced[1:]}" if later else None


def _more(question: str, tokens: Sequence[Token], topic: Sequence[str], t: Tables) -> str:
    """ "Tell me more" is asked about the topic."""
    if topic and tokens[-1].key in {"more", "mas"}:
        return f"{question.rstrip(' .!?')}{t.about_link}{topic[0]}"
    return _noted(question, topic)


def _person(tokens: Sequence[Token], t: Tables) -> bool:
    return any(x.key in t.person for x in tokens)


def _fragment(question: str, rest: str, tokens: Sequence[Token], context: Context, t: Tables, lead: bool) -> Rewrite:
    """ "And in 2023?", "what about a service?": put it where its like stands in the question before."""
    swapped = swap(rest, context.frame, t, strict=not lead)
    if swapped:
        return Rewrite(swapped, swapped, "ellipsis")
    if lead or any(x.key in t.sets["rest"] for x in tokens):
        return Rewrite(_noted(question, _clause_of(context, t)), context.frame, "ellipsis")
    nouns = [x for x in tokens if x.kind in "nN"]
    if len(nouns) > 3:
        return Rewrite(question, question, "alone")
    return Rewrite(_noted(question, context.topic()), context.frame, "ellipsis")


def _leaning(question: str, rest: str, tokens: Sequence[Token], context: Context, t: Tables) -> Rewrite:
    """A full question leans when it names nothing and says little: "Who won?", "How many teams were there?"."""
    own = phrases(rest, t.language)
    named = any(p.name or p.kind == "time" for p in own) or any(p.linked for p in own)
    words = [x for x in tokens if x.kind in "nvd"]
    leaning = any(x.key in t.sets["rest"] | t.sets["one"] for x in tokens) or len(words) <= 2
    pointing = t.sets["definite"] - {"los", "las"}  # "las naranjas" are oranges in general
    pointed = [p for p in own if p.text.split()[0].lower() in pointing and p.last == p.first + 1]
    definite = len(words) <= 3 and bool(pointed)  # "the cost", but not "the cost of living"
    if named or not (leaning or definite) or settled(rest, tokens, t):
        return Rewrite(question, question, "alone")
    return Rewrite(_noted(question, context.topic()), question, "leaning")


def _anaphora(question: str, tokens: Sequence[Token], context: Context, t: Tables) -> str | None:
    """Replace every pronoun that has an antecedent; what has none that fits in the sentence is noted at the end."""
    found = mentions(question, tokens, t)
    if not found:
        return None
    out, shift, notes = question, 0, list[str]()
    done: set[str] = set()
    for mention in found:
        best = antecedent(mention, tokens, context, t)
        if best is None:
            notes += context.topic() if mention.demonstrative and not done else []
            continue
        piece = _worded(mention, best, question, done, t)
        done.add(best.core)
        if piece is None:
            notes += [best.core] if mention.demonstrative else []
            continue
        out = out[: mention.start + shift] + piece + out[mention.end + shift :]
        shift += len(piece) - (mention.end - mention.start)
    noted = _noted(out, list(dict.fromkeys(notes)))
    return noted if noted != question else None


def _worded(mention: Referent, best: Phrase, question: str, done: set[str], t: Tables) -> str | None:
    """Return the words to put in the pronoun's place, or None where only a note reads well."""
    name = best.core if best.kind == "person" else _lowered(best, mention.start)
    original = question[mention.start : mention.end]
    if mention.kind == "noun":
        return _noun(mention, best, original, t)
    if best.core in done:  # the second "it" of a question needs no second name
        return original
    if mention.possessive:
        return f"{name}'" if name.endswith("s") else f"{name}{t.mark}" if t.mark else None
    if mention.kind == "place":
        return name if mention.linked else f"{_towards(mention, question, t)}{name}"
    tail = re.search(r"['’](?:s|re|d|ll|ve)$", original)
    return name + (_TAILS[tail.group()[1:]] if tail else "")


def _towards(mention: Referent, question: str, t: Tables) -> str:
    """ "Travel there" is "travel to Lima", "live there" is "live in Lima"."""
    before = [x.key for x in tokenise(question[: mention.start], t)][-1:]
    return t.motion_link if set(before) & t.sets["motion"] else t.place_link


_TAILS = {"s": " is", "re": " are", "d": " would", "ll": " will", "ve": " have"}


def _lowered(best: Phrase, at: int) -> str:
    """The article of a phrase that opened its sentence loses its capital inside another."""
    return best.text[0].lower() + best.text[1:] if best.definite and at > 1 else best.text


def _noun(mention: Referent, best: Phrase, original: str, t: Tables) -> str | None:
    if same_head(mention.head, best, t):
        return _lowered(best, mention.start) if set(_stems(original, t)) <= set(_stems(best.text, t)) else None
    if best.kind == "person" and mention.head in t.sets["roles"]:
        return f"{original} {best.core}"
    return None


def _stems(text: str, t: Tables) -> list[str]:
    return content_words(text, t.language)


def _clause_of(context: Context, t: Tables) -> list[str]:
    """The question before without the word it asked with, for "why?" where nothing better can be built."""
    tokens = tokenise(context.frame, t)
    skip = t.sets["wh"] | t.sets["quantity"] | t.sets["verbal"]
    first = next((x.start for x in tokens if x.key not in skip), 0)
    clause = context.frame[first:].strip(" ?!.¿¡")
    return [clause.replace("(", "").replace(")", "")] if clause else []


def _noted(question: str, terms: Sequence[str]) -> str:
    """Append what the question leans on: "Who won? (the Corvo cup)"."""
    have = fold(question)
    new = [x for x in terms if x and fold(x) not in have]
    return f"{question.rstrip()} ({', '.join(new)})" if new else question


def _opened(text: str, question: str, n: int) -> str:
    """Give a rewritten question its capital and its ¿ back when a lead word was taken off."""
    if not n:
        return text
    return ("¿" if question.lstrip().startswith("¿") and not text.startswith("¿") else "") + _capital(text)


def _capital(text: str) -> str:
    first = next((i for i, c in enumerate(text) if c.isalnum()), 0)
    return text[:first] + text[first : first + 1].upper() + text[first + 1 :]
