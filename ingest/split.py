"""Canonical text becomes passages and sentences, every one an exact span of it.

In: a text, where its pages and headings are, and a function that counts the embedding model's own tokens. Out:
`Piece` values in reading order that hold every non-blank character of the text exactly once. Nothing overlaps, no
passage is longer than the model reads, and it knows nothing of files.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.describe import is_title, lead_of
from ingest.load import Heading
from rag.text import sentence_spans, word_spans
from rag.types import Span

# Raise when the same text would be cut differently: documents are then split and embedded again.
VERSION = 3
# Neighbouring paragraphs are joined up to this many tokens, which leaves a sentence room to finish.
TARGET_TOKENS = 200
# A run of letters without spaces can be one token of a tokenizer, however long it is.
MAX_CHARS_PER_TOKEN = 12
_FENCE = re.compile(r"(?:`{3,}|~{3,})[^`\n]*")  # opens or ends code: no sentence
_HEADING_LETTERS, _HEADING_WORDS = 90, 14
_LONGEST_RUN = 2  # a heading and a heading under it; three short lines in a row are a list or a verse
_MARK = re.compile(r"\s*(?:[-*+•‣◦·▪–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\|)\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage: ``text[start:end]`` begins and ends with a visible character. ``sentences`` are absolute spans."""

    start: int
    end: int
    page: int | None
    section: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Atom:
    """What is never cut: a sentence, a heading, or as much of an endless sentence as the model reads."""

    start: int
    end: int
    tokens: int
    paragraph: int
    section: str
    heading: bool = False  # belongs to what follows, and is no sentence
    lead: bool = False  # belongs to what follows: the date and the title at the head of a text
    opens: bool = False  # a passage must begin here


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a reader marked in the text."""

    headings: tuple[Heading, ...]
    breaks: frozenset[int]
    rows: tuple[Span, ...]


def split(
    text: str,
    count_tokens: Callable[[str], int],
    max_tokens: int,
    *,
    language: str = "en",
    pages: Sequence[Span] = (),
    headings: Sequence[Heading] | None = None,
    breaks: Sequence[int] = (),
    rows: Sequence[Span] = (),
) -> list[Piece]:
    """Cut ``text`` into passages of at most ``max_tokens``; ``headings=None`` looks for them in the text.

    A passage begins at each of ``breaks``; each of ``rows`` is one sentence.
    """
    found = plain_headings(text) if headings is None else headings
    starts = [p.start for p in pages]
    shape = _Shape(tuple(found), frozenset(breaks), tuple(rows))
    atoms = list(_atoms(text, count_tokens, max_tokens, language, shape))
    return [_piece(group, starts) for group in _groups(atoms, max_tokens, starts)]


def plain_headings(text: str) -> list[Heading]:
    """Find heading lines of a text without markup: short, alone between blank lines, without a final stop."""
    lead = lead_of(text)
    skip = lead.title.start if lead.title else -1
    run: list[Heading] = []
    found: list[Heading] = []
    for block in re.finditer(r"\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", text):
        line = block[0].rstrip()
        if block.start() != skip and "\n" not in line and _is_heading(line):
            level = len(line) - len(line.lstrip("#")) if line.startswith(("# ", "##")) else 1
            run.append(Heading(block.start(), block.start() + len(line), level or 1, line.lstrip("# ")))
            continue
        if len(run) <= _LONGEST_RUN:
            found += run
        run = []
    return found  # a run at the very end has nothing below it


def _is_heading(line: str) -> bool:
    if len(line) > _HEADING_LETTERS or _MARK.match(line) or not is_title(line.lstrip("# ")):
        return False
    words = word_spans(line)
    return len(words) <= _HEADING_WORDS and not line.lstrip("# \"'“‘(")[:1].islower()


def _atoms(
    text: str,
    count: Callable[[str], int],
    limit: int,
    language: str,
    shape: _Shape,
) -> Iterator[_Atom]:
    path: list[Heading] = []
    marks = {h.start: h for h in shape.headings}
    rows = {r.start for r in shape.rows}
    lead = lead_of(text)
    leads = {s.start for s in (lead.date, lead.title) if s}
    for number, block in enumerate(_paragraphs(text, shape)):
        heading = marks.get(block.start)
        if heading:
            path = [h for h in path if h.level < heading.level] + [heading]
        section = " > ".join(h.title for h in path)
        spans = [block] if heading or block.start in rows else _sentences(text, block, language)
        opens = block.start in shape.breaks
        silent = heading is not None or (block.start in rows and bool(_FENCE.fullmatch(block.of(text))))
        for span in spans:
            for part in _fit(text, span, count, limit):
                yield _Atom(*part, number, section, silent, block.start in leads, opens)
                opens = False


def _paragraphs(text: str, shape: _Shape) -> Iterator[Span]:
    """Yield the stretches that a sentence never crosses: paragraphs, list items, headings, the title, the date."""
    lead = lead_of(text)
    marked = [Span(h.start, h.end) for h in shape.headings] + list(shape.rows)
    fixed = sorted([*(s for s in (lead.date, lead.title) if s), *marked], key=_start)
    position = 0
    for span in [*fixed, Span(len(text), len(text))]:
        if span.start < position:
            continue
        yield from _blocks(text, Span(position, span.start), shape.breaks)
        if span.of(text).strip():
            yield span
        position = span.end


def _start(span: Span) -> int:
    return span.start


def _blocks(text: str, within: Span, breaks: frozenset[int]) -> Iterator[Span]:
    """Cut at blank lines and where a line begins something new."""
    start: int | None = None
    end = position = within.start
    lines = within.of(text).split("\n")
    width = max(map(len, lines))
    previous = ""
    for line in lines:
        if start is not None and (not line.strip() or position in breaks or _new(previous, line, width)):
            yield Span(start, end)
            start = None
        if line.strip():
            if start is None:
                start = position + len(line) - len(line.lstrip())
            end = position + len(line.rstrip())
        previous = line
        position += len(line) + 1
    if start is not None:
        yield Span(start, end)


_WRAPPED_WIDTH = 120


def _new(previous: str, line: str, width: int) -> bool:
    """Say whether ``line`` begins something new or goes on with a wrapped sentence.

    A list item begins anew. So does any line where lines are too long to have been wrapped, and a capital after a
    line that had room for the next word.
    """
    if _MARK.match(line):
        return True
    if width > _WRAPPED_WIDTH:
        return True
    word = line.split(maxsplit=1)[0]
    room = len(previous.rstrip()) + 1 + len(word) <= 0.75 * width
    return room and not word.lstrip("\"'“‘(")[:1].islower()


def _sentences(text: str, block: Span, language: str) -> list[Span]:
    """Return the sentences of a block; what the segmenter leaves out joins the sentence before it."""
    mark = _MARK.match(text, block.start, block.end)
    inside = Span(mark.end() if mark else block.start, block.end)
    found = sentence_spans(inside.of(text), language)
    cuts = [block.start, *(inside.start + s.start for s in found[1:]), block.end]
    spans = [_strip(text, a, b) for a, b in pairwise(cuts)]
    return [s for s in spans if s.end > s.start]


def _strip(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))


def _fit(text: str, span: Span, count: Callable[[str], int], limit: int) -> Iterator[tuple[int, int, int]]:
    """Yield the span, or parts of it cut between words, each with its token count of at most ``limit``."""
    letters = MAX_CHARS_PER_TOKEN * limit
    position = span.start
    while position < span.end:
        stop = span.end if span.end - position <= letters else _last_space(text, position, position + letters)
        part = _strip(text, position, stop)
        tokens = count(part.of(text))
        while tokens > limit and stop - position > 1:
            stop = _last_space(text, position, position + max(1, (stop - position) * limit // tokens))
            part = _strip(text, position, stop)
            tokens = count(part.of(text))
        if part.end > part.start:
            yield part.start, part.end, tokens
        position = stop


def _last_space(text: str, start: int, stop: int) -> int:
    """Return the end of the last whole word before ``stop``, or ``stop`` where there is none."""
    for i in range(stop, start, -1):
        if text[i - 1].isspace():
            return i
    return stop


def _groups(atoms: Sequence[_Atom], limit: int, pages: Sequence[int]) -> Iterator[list[_Atom]]:
    """Put atoms together: never across a section, a page or a forced break, paragraphs whole where they fit."""
    target = min(TARGET_TOKENS, limit)
    group: list[_Atom] = []
    total = 0
    for paragraph in _runs(atoms, pages):
        size = sum(a.tokens for a in paragraph)
        if group and (_apart(group, paragraph[0], pages) or (total + size > target and not _only_opening(group))):
            yield group
            group, total = [], 0
        share = max(target, size) if size <= limit else size / -(-size // target)
        begun = 0
        for atom in paragraph:
            full = total + atom.tokens > limit or (begun and begun + atom.tokens / 2 > share)
            # Blank lines cost no tokens, but they are stored: a passage does not span a thousand of them.
            full = full or bool(group and atom.end - group[0].start > MAX_CHARS_PER_TOKEN * limit)
            if group and full:
                yield group
                group, total, begun = [], 0, 0
            group.append(atom)
            total += atom.tokens
            begun += atom.tokens
    if group:
        yield group


def _runs(atoms: Sequence[_Atom], pages: Sequence[int]) -> Iterator[list[_Atom]]:
    run: list[_Atom] = []
    for atom in atoms:
        if run and (atom.paragraph != run[-1].paragraph or _page(atom, pages) != _page(run[-1], pages)):
            yield run
            run = []
        run.append(atom)
    if run:
        yield run


def _apart(group: Sequence[_Atom], atom: _Atom, pages: Sequence[int]) -> bool:
    if atom.opens or _page(group[-1], pages) != _page(atom, pages):
        return True
    return group[-1].section != atom.section and not (atom.heading and _only_opening(group))


def _only_opening(group: Sequence[_Atom]) -> bool:
    return all(a.heading or a.lead for a in group)


def _page(atom: _Atom, pages: Sequence[int]) -> int:
    return bisect_right(pages, atom.start)


def _piece(group: Sequence[_Atom], pages: Sequence[int]) -> Piece:
    sentences = [Span(a.start, a.end) for a in group if not a.heading]
    return Piece(
        group[0].start,
        group[-1].end,
        _page(group[0], pages) or None,
        group[-1].section,
        tuple(sentences or (Span(a.start, a.end) for a in group)),
    )
