"""A list told whole: each of its items in order, under the line that introduces it.

In: `Found` and a `Draft`. Out: the draft with the whole list as its evidence where the question asks for what the line
above it says, and with that line before an item that stands alone. It ranks nothing and reads no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answer import Draft
from rag.asked.question import Kind, Question
from rag.asked.terms import Term
from rag.check.wordlists import word_set
from rag.judge.close import PASSAGES_READ
from rag.judge.features import coverage
from rag.library import Library, StoredPassage
from rag.messages import say
from rag.retrieve import Found
from rag.text import content_words, fold
from rag.types import Evidence, Span

# Items and words that are shown at most; the footnote opens the rest.
MOST, WORDS = 15, 300
# Longer "items" are paragraphs with numbers.
LONGEST = 60
# The line above a list says this share of the question, by rarity of the words, where no item does.
COVERS = 0.6
MARK = re.compile(r"[ \t]*(?:[-*+•‣◦·▪–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+(?=\S)")
_ENDS = re.compile(r"[.!?;:…。][\"'”’»)\]]*$")
_WHAT = re.compile(
    r"\b(what|which|que|cual(?:es)?)\b.*\b(must|should|shall|may|can|do|done|need(?:ed|s)?|require[sd]?|steps?|order|rules?"
    r"|list(?:ed|s)?|contain(?:s|ed)?|include[sd]?|hay|debe[n]?|deben|hacer|pasos|orden|reglas)\b"
    r"|\b(?:what|which) (?:is|are|was|were|gets?) \w+(?:ed|en|t)\b|\bque se \w+"
)
_ONE = frozenset({Kind.PERSON, Kind.PLACE, Kind.DATE, Kind.QUANTITY, Kind.YES_NO, Kind.REASON})


@dataclass(frozen=True, slots=True)
class Listing:
    """The items of a list and the line that introduces it, as spans of the canonical text."""

    intro: Span | None
    items: tuple[Span, ...]

    def holds(self, span: Span) -> bool:
        """Tell whether a span lies inside an item."""
        return any(i.start <= span.start < i.end for i in self.items)


def listings(text: str) -> list[Listing]:
    """Return the lists of a canonical text: marked lines in a row, with the lines that go on with them."""
    found: list[Listing] = []
    items: list[Span] = []
    before: Span | None = None  # the last line that is no item
    blank = False
    for line in re.finditer(r"(?m)^[^\n]*$", text):
        if not line[0].strip():
            blank = True
            continue
        span = Span(line.start() + len(line[0]) - len(line[0].lstrip()), line.start() + len(line[0].rstrip()))
        goes_on = items and not blank and (line[0][:1].isspace() or not _ENDS.search(items[-1].of(text)))
        if MARK.match(line[0]):
            items.append(span)
        elif items and goes_on and not line[0].startswith("#"):
            items[-1] = Span(items[-1].start, span.end)
        else:
            found += _listing(text, before, items)
            items, before = [], span
        blank = False
    return found + _listing(text, before, items)


def _listing(text: str, before: Span | None, items: Sequence[Span]) -> list[Listing]:
    if len(items) < 2 or any(len(i.of(text).split()) > LONGEST for i in items):
        return []
    line = before.of(text) if before else ""
    leads = line.rstrip("* ").endswith(":") or line.startswith("#") or (line and not _ENDS.search(line))
    return [Listing(_last_sentence(text, before) if before and leads else None, tuple(items))]


def _last_sentence(text: str, line: Span) -> Span:
    """The part of a line that introduces, without the marks of a heading: "Rooms are locked. Before leaving:"."""
    said = line.of(text)
    cut = max((m.end() for m in re.finditer(r"[.!?]\s+|^#+\s+", said[:-1])), default=0)
    return Span(line.start + cut, line.start + len(said.rstrip("# ")))


def whole(found: Found, made: Draft, library: Library) -> tuple[Draft, str]:
    """Return the draft with the list it is about, and a line that says what of it is not shown, or ""."""
    if not found.hits or made.disagreement:
        return made, ""
    if not made.refused and made.evidence:
        best = made.evidence[0]
        lists = [(x, e) for e in made.evidence for x in _around(e, library)]
        here = next((x for x, e in lists if e is best), None)
        named, e = max(lists, key=lambda pair: pair[0].covers(found), default=(None, best))
        if named and named.covers(found) >= COVERS and _asked_whole(found, named, e):
            return _told(found, named, made)  # the list that the question names, whatever sentence came first
        if here and _asked_whole(found, here, best):
            return _told(found, here, made)
        if here and here.listing.intro:
            return _introduced(here, made), ""
        if here:
            return made, ""
    if not _wants(found.question):
        return made, ""
    said = max((_covered(found, e.text) for e in made.evidence), default=0.0) if not made.refused else 0.0
    other = max(_near(found, library), key=lambda x: x.covers(found), default=None)
    if other is None or other.covers(found) < COVERS or other.covers(found) <= said:
        return made, ""
    return _told(found, other, made)


@dataclass(frozen=True, slots=True)
class _Shelved:
    """A list with the passages of its document and its text."""

    listing: Listing
    passages: tuple[StoredPassage, ...]
    text: str

    def stored(self, span: Span) -> StoredPassage | None:
        return next((p for p in self.passages if p.passage.start <= span.start < p.passage.end), None)

    def above(self) -> str:
        """What introduces it: the line above and the heading."""
        first = self.stored(self.listing.items[0])
        section = first.section.rsplit(" > ", 1)[-1] if first else ""
        return f"{self.listing.intro.of(self.text) if self.listing.intro else ''} {section}"

    def covers(self, found: Found) -> float:
        """The share of the question that the line above and the title say; 0 where only the title does."""
        first = self.stored(self.listing.items[0])
        if first is None or not _covered(found, self.above(), first.language):
            return 0.0
        stems = frozenset(content_words(self.above(), first.language)) | frozenset(first.title_stems)
        return coverage(_telling(found), stems)

    def evidence(self, span: Span, score: float) -> Evidence | None:
        stored = self.stored(span)
        if stored is None:
            return None
        cut = Span(span.start, min(span.end, stored.passage.end))
        return Evidence(stored.passage, cut, cut.of(self.text), score)


def _shelved(source: str, library: Library) -> list[_Shelved]:
    text = library.text(source)
    found = listings(text)
    passages = tuple(library.document_passages(source)) if found else ()
    return [_Shelved(x, passages, text) for x in found]


def _around(e: Evidence, library: Library) -> list[_Shelved]:
    """The lists that a sentence is an item of or introduces."""
    return [x for x in _shelved(e.passage.source, library) if x.listing.holds(e.span) or x.listing.intro == e.span]


def _near(found: Found, library: Library) -> Iterator[_Shelved]:
    """Yield the lists in the passages that are read."""
    read = [h.stored.passage for h in found.hits[:PASSAGES_READ]]
    for source in dict.fromkeys(p.source for p in read):
        for x in _shelved(source, library):
            if any(p.source == source and p.start <= x.listing.items[0].start < p.end for p in read):
                yield x


def _covered(found: Found, text: str, language: str = "") -> float:
    return coverage(_telling(found), frozenset(content_words(text, language or found.question.language)))


# "What has to be done", "which steps": words for the list itself, which no line above one says.
_ITSELF = frozenset(
    "done do doing need needed needs required list listed lists step steps rule rules item items".split()
)


def _telling(found: Found) -> tuple[Term, ...]:
    """The words of the question that tell of what the list is."""
    return tuple(t for t in found.terms if t.word.lower() not in word_set("light") | _ITSELF) or found.terms


def _wants(question: Question) -> bool:
    """Tell whether a question can be answered by a list as a whole."""
    if question.kind in {Kind.LIST, Kind.MANNER}:
        return True
    folded = fold(question.text)
    several = bool(re.search(r"\b(?:which|what|que|cuales) (?:\w+ )?\w+s\b", folded))
    return question.kind not in _ONE and (several or bool(_WHAT.search(folded)))


def _asked_whole(found: Found, x: _Shelved, best: Evidence) -> bool:
    """What an item leaves unsaid of the question stands above the list, or the line above is itself the answer."""
    if not _wants(found.question):
        return False
    if x.listing.intro == best.span:
        return True
    left = tuple(
        t for t in found.terms if not frozenset(t.stems) & frozenset(content_words(best.text, x.passages[0].language))
    )
    above = frozenset(content_words(x.above(), x.passages[0].language))
    return any(frozenset(t.stems) & above for t in left) or found.question.kind in {Kind.LIST, Kind.MANNER}


def _told(found: Found, x: _Shelved, made: Draft) -> tuple[Draft, str]:
    score = made.evidence[0].score if made.evidence else 1.0
    spans = ([x.listing.intro] if x.listing.intro else []) + list(x.listing.items)
    kept: list[Evidence] = []
    words = 0
    for e in (x.evidence(s, score) for s in spans):
        if e is None or len(kept) > MOST or (kept and words + len(e.text.split()) > WORDS):
            break
        kept.append(e)
        words += len(e.text.split())
    shown = len(kept) - bool(x.listing.intro)
    total = len(x.listing.items)
    note = say("points", found.question.language, said=shown, number=total) if shown < total else ""
    # A list that was found by the line above it answers as far as that line is what was asked for.
    return replace(made, evidence=tuple(kept), refused=False, caution=made.refused or made.caution), note


def _introduced(x: _Shelved, made: Draft) -> Draft:
    """Put the line above the list before its items."""
    best = made.evidence[0]
    intro = x.evidence(x.listing.intro, best.score) if x.listing.intro else None
    if intro is None or intro.text == best.passage.title or any(e.span == intro.span for e in made.evidence):
        return made
    return replace(made, evidence=(best, intro, *made.evidence[1:]))
