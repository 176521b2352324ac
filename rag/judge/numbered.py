"""What stands under a number: "What does clause 4.2(b) of the lease say?", "Read me step 3".

In: `Found` and the library. Out: the sentences under that number, or nothing: where more than the number and the
document is asked, where no document found has it, or two have and neither is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.judge.lists import MOST, WORDS, listings
from rag.library import Library
from rag.retrieve import Found
from rag.text import content_words, fold
from rag.types import Evidence, Span

_STEPS = "step|item|point|paso|punto|schritt"
_PARTS = (
    "section|clause|article|paragraph|rule|chapter|part|annex|appendix|schedule|regulation|clausula|articulo|seccion"
    "|cláusula|artículo|sección|apartado|capitulo|capítulo|abschnitt|artikel|klausel"
)
_ASKED = re.compile(
    rf"(?:\b(?:(?P<step>{_STEPS})|{_PARTS})|§)\s*(?:no\.? ?|number )?"
    r"(?P<number>\d{1,3}(?:\.\d{1,3})*)\s?(?:\(?(?P<letter>[a-z])\))?"
)
# Words of a question that asks for nothing but what stands there.
_PLAIN = frozenset(
    "say says state states contain contains provide provides read tell quote show cover covers mean about text content "
    "contents word wording give require requires dice contiene establece steht".split()
)
_START = re.compile(
    rf"(?:(?m:^)[ \t]*(?P<mark>#+ |)(?P<word>(?:{_STEPS}|{_PARTS}) |§ ?|)|(?<=[.;:!?] )(?=\d+\.\d))"
    r"(?P<number>\d{1,3}(?:\.\d{1,3})*)(?P<stop>[.):]|(?= ))\s+(?=[^\W\d_]|[\"“(])",
    re.IGNORECASE,
)
# "370 boats were sold." is no section 370; "370 Boats" may be.
_HEADING = re.compile(r"(?:\S+[ \t]+){0,9}\S*[^\s.!?;,]$", re.M)
_LETTER = re.compile(r"(?m)^[ \t]*\(?(?P<letter>[a-z])\)\s")


@dataclass(frozen=True, slots=True)
class _Asked:
    number: tuple[int, ...]
    letter: str
    step: bool
    besides: frozenset[str]


def said_under(found: Found, library: Library) -> tuple[Evidence, ...]:
    """Return what stands under the number that a question asks for, in reading order."""
    asked = _asked(found)
    if asked is None:
        return ()
    held: dict[str, tuple[Evidence, ...]] = {}
    named: set[str] = set()
    for source in dict.fromkeys(h.stored.passage.source for h in found.hits):
        if evidence := _in_document(source, asked, library):
            held[source] = evidence
            title = frozenset(content_words(f"{evidence[0].passage.title} {source}", found.question.language))
            named |= {source} if asked.besides and asked.besides <= title else set()
    sources = list(named or (() if asked.besides else held))
    return held[sources[0]] if len(sources) == 1 else ()


def _asked(found: Found) -> _Asked | None:
    m = _ASKED.search(fold(found.question.text))
    if m is None:
        return None
    left = fold(found.question.text)[: m.start()] + " " + fold(found.question.text)[m.end() :]
    plain = {stem for word in _PLAIN for stem in content_words(word, found.question.language)}
    besides = frozenset(content_words(left, found.question.language)) - plain
    number = tuple(int(n) for n in m["number"].split("."))
    return _Asked(number, m["letter"] or "", bool(m["step"]), besides)


def _in_document(source: str, asked: _Asked, library: Library) -> tuple[Evidence, ...]:
    text = library.text(source)
    span = _under(text, asked)
    if span is None:
        return ()
    kept: list[Evidence] = []
    lead = _START.match(text, span.start)
    for stored in library.document_passages(source):
        for s in stored.sentences:
            if span.start <= s.start < span.end and (s.end - span.start > len(lead[0]) if lead else True):
                kept.append(Evidence(stored.passage, s, s.of(text), 1.0))
    words = 0
    for n, e in enumerate(kept):
        words += len(e.text.split())
        if n and (n > MOST or words > WORDS):
            return tuple(kept[:n])
    return tuple(kept)


def _under(text: str, asked: _Asked) -> Span | None:
    """The stretch from a number to the next of its depth or above, or the letter inside it."""
    for number, span in _stretches(text, asked):
        if number == asked.number:
            if not asked.letter:
                return span
            letters = [(m["letter"], span.start + m.start()) for m in _LETTER.finditer(span.of(text))]
            ends = [at for _, at in letters[1:]] + [span.end]
            return next((Span(at, end) for (x, at), end in zip(letters, ends, strict=True) if x == asked.letter), None)
    return None


def _stretches(text: str, asked: _Asked) -> Iterator[tuple[tuple[int, ...], Span]]:
    """Each number and what stands under it; steps are items of a list, sections are none."""
    lists = listings(text)
    marks = []
    for m in _START.finditer(text):
        if not (m["word"] or m["mark"] or m["stop"] or "." in m["number"] or _HEADING.match(text, m.end())):
            continue
        number = tuple(int(n) for n in m["number"].split("."))
        item = len(number) == 1 and any(x.holds(Span(m.start("number"), m.end())) for x in lists)
        if item == asked.step and len(number) <= len(asked.number):
            marks.append((number, m.start("number")))
    for (number, start), (_, end) in pairwise([*marks, ((), len(text))]):
        yield number, Span(start, end)
