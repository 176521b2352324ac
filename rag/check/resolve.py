"""A sentence that leans on the one before it, with its "he", "it" or "the minister" replaced by what they stand for.

In: a sentence and an earlier one. Out: the sentence to check a claim against, or "" where nothing leans. The result is
only compared with, never shown: a quote stays verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.check.facts import Reading, read
from rag.check.wordlists import wordlists
from rag.types import Span

_PRONOUN = re.compile(r"\b(he|she|they|it|him|them|his|her|their|its|él|ella|ellos|ellas|su|sus)\b", re.I)
_EXPLETIVE = re.compile(
    r"\bit(?:'s|’s| is| was| will be| has been)\s+(?:\w+\s+)?"
    r"(?:that|to|pertinent|clear|likely|possible|important|known)\b",
    re.I,
)
_OWNED = frozenset("his her their its su sus".split())
_DEFINITE = re.compile(r"^(?:The|This|That|These|Those|El|La|Los|Las|Este|Esta)\s+([^\W\d_]+)(?:\s+([^\W\d_]+))?")
_FIRST_WORDS = 40


@dataclass(frozen=True, slots=True)
class Resolved:
    """``text`` is the sentence with its leaning words filled in; ``filled`` are the spans of the fillings."""

    text: str
    filled: tuple[Span, ...]


def resolved(sentence: str, before: str) -> Resolved | None:
    """Return ``sentence`` with its leaning words read as the subject of ``before``, ``None`` where nothing leans."""
    subject = subject_of(before)
    if not subject or _PRONOUN.match(subject):
        return None
    if _PRONOUN.search(sentence[:_FIRST_WORDS]) and not _EXPLETIVE.search(sentence):
        places = [
            (m.start(), m.end(), f"{subject}'s" if m[1].lower() in _OWNED else subject)
            for m in _PRONOUN.finditer(sentence)
        ]
        return _filled(sentence, places)
    definite = _DEFINITE.match(sentence)
    if definite and _names_it(definite, before):
        return _filled(sentence, [(definite.end(1), definite.end(1), f" {subject}")])
    return None


def _filled(sentence: str, places: Sequence[tuple[int, int, str]]) -> Resolved:
    text, spans, done = "", [], 0
    for start, end, filling in places:
        text += sentence[done:start]
        spans.append(Span(len(text), len(text) + len(filling)))
        text += filling
        done = end
    return Resolved(text + sentence[done:], tuple(spans))


def _names_it(definite: re.Match[str], before: str) -> bool:
    """ "The minister" leans on "Minister Javier González" when that noun stands in the earlier subject."""
    stems = {w.stem for w in read(subject_of(before)).words}
    return any(w.stem in stems for w in read(definite.group()).content)


_RELATIVE = re.compile(r"((?:[A-ZÀ-Þ][\w'’-]+ ?){1,4}),\s+who\s+([^,;.]+)[,;.]")


def said_of_names(sentence: str) -> list[str]:
    """ "…, Lucy Ames, who has been missing since May, …" says also: "Lucy Ames has been missing since May."."""
    return [f"{m[1].strip()} {m[2].strip()}." for m in _RELATIVE.finditer(sentence)]


def subject_of(sentence: str) -> str:
    """The first name, or else the words up to the first verb-like or stop word; "" when it is a pronoun."""
    reading = read(sentence)
    if not reading.words or _PRONOUN.fullmatch(reading.words[0].text):
        return ""
    words = _run(reading)
    if not words:
        return ""
    return sentence[words[0][0] : words[-1][1]]


def _run(reading: Reading) -> list[tuple[int, int]]:
    """Skip a leading "In Lima," or "On Monday,", then take the first noun phrase."""
    words = list(reading.words)
    comma = reading.text.find(",")
    if words[0].folded in _LEADING and 0 < comma < 60:
        words = [w for w in words if w.start > comma]
    while words and words[0].stop:
        words = words[1:]
    run: list[tuple[int, int]] = []
    for word in words:
        named = word.text[:1].isupper()
        if (
            word.stop
            or (not named and re.search(r"\w+(?:ed|ing)\Z", word.folded))
            or _verbal(word.folded)
            or len(run) == 6
        ):
            break
        run.append((word.start, word.end))
    return run


def _verbal(folded: str) -> bool:
    return folded in _VERBS or (folded in wordlists()["irregular"] and folded not in _NOUNS)


_NOUNS = frozenset("children men women feet people lives person leader leaders company city country child".split())
_LEADING = frozenset(
    "in on at by after before during since from when while according under en desde tras segun durante".split()
)
_VERBS = frozenset(
    "said says met signed held made took gave led told sought went came won lost built wrote "
    "began became bought sold found ran rose fell "
    "includes include remains serves stands lies covers holds has have opens closes produces "
    "works lives runs carries rises".split()
)
