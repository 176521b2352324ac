"""PDF by pdfium.

In: bytes. Out: one `Reading` with a span for every page. Lines become paragraphs by their place on the page, words
hyphenated at a line's end are joined, lines that repeat at the head or foot of pages and page numbers are left out,
larger type marks headings, `ingest/pdf_tables.py` tells tables. A page without a text layer is recognised where the
extra `ocr` is installed (`ingest/recognise.py`), else named in the warnings.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from ingest.build import Builder, clean, one_line
from ingest.describe import is_title, iso_date, stated_author, stated_title
from ingest.load import Limits, Reading, counted_things
from ingest.pdf_columns import in_order
from ingest.pdf_forms import with_fields
from ingest.pdf_lines import Line, lines_of
from ingest.pdf_tables import Table, find_tables, share_columns
from ingest.recognise import SIDE, Page, Recogniser, with_words
from rag.errors import ReadError

_EDGE = 2  # lines at the top and at the bottom of a page that can be running heads
_NUMBER = re.compile(
    r"(?:page |p\. ?|seite |página )?[-–—\[( ]*(?:\d{1,4}|[ivxlc]{1,7})[-–—\]) ]*(?:(?:/|of|de|von) ?\d{1,4})?", re.I
)
_HYPHEN = re.compile(r"[^\W\d_][-\u00ad\u0002\ufffe]$")
# pdfium sets one of these where it joins a word over a line's end itself.
_JOINED = re.compile(r"([\w-]*)[\u00ad\u0002\ufffe]([\w-]*)")
_ITEM = re.compile(r"(?:[•‣◦·▪●–-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_CLAUSE = re.compile(r"\(?\d{1,3}(?:\.\d{1,3})+[.)]?\s+[^\W\d_a-zß-öø-ÿ]")  # "2.1 The hall", not "2.1 per cent"
_STOP = re.compile(r"[.!?:;。！？][\"'”’»)]*$")
_ENDING = 16  # letters of a line in which a stop and what closes behind it lie
_LARGER = 1.12  # times the usual size makes a heading
_FULL = 0.7  # of the letters of the widest line
_FEW = 8  # line distances that tell the usual one
_LONGEST_HEAD = 120  # letters of a running head
_LEADER = re.compile(r"(?:\. ?){4}")  # the dots of a table of contents
_IMAGE = 3  # FPDF_PAGEOBJ_IMAGE
_SPARSE = 5  # lines of a page that may be a picture with its page number


def read_pdf(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a PDF; `ReadError` when it is damaged, encrypted, too long or made of pictures only."""
    import pypdfium2

    try:
        document: Any = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadError("encrypted; save it without a password to read it") from error
        raise ReadError(f"a damaged PDF ({error})") from error
    try:
        count = len(document)
        if count > limits.settings.max_pages:
            raise ReadError(
                f"{count:,} pages are more than max_pages = {limits.settings.max_pages}; raise that setting"
            )
        # An XFA form keeps its fields where pdfium does not look; a page of it may only ask for another reader.
        unread = {"XFA form": int(document.get_formtype() == 2)}
        if document.get_formtype():
            document.init_forms()
        recogniser = Recogniser(limits.settings)
        pages, pictures, unread["comment"], seen = _pages(document, count, recogniser)
        labels = [document.get_page_label(n) for n in range(count)]
        facts = document.get_metadata_dict()
    finally:
        document.close()
    if not any(pages):
        why = "no text was found in them" if recogniser.on else recogniser.why_not
        what = f"pictures of text: {why}" if pictures else "empty pages"
        raise ReadError("; ".join([f"no text layer: its {count:,} pages are {what}", *recogniser.warnings()]))
    unseen = [f"no text layer on page {_ranges(pictures)}" + ("" if recogniser.on else f" ({recogniser.why_not})")]
    left = [*(unseen if pictures else ()), *recogniser.warnings(), *counted_things(Counter(unread))]
    return (with_words(_reading(pages, labels, facts, left, "application/pdf"), seen),)


def printed_reading(seen: Mapping[int, Page], recogniser: Recogniser, media_type: str) -> Reading:
    """Return the reading of recognised pages, by their numbers from 1."""
    pages = [page.lines for page in seen.values()]
    return with_words(_reading(pages, [""] * len(pages), {}, recogniser.warnings(), media_type), seen)


def _pages(
    document: Any, count: int, recogniser: Recogniser
) -> tuple[list[list[Line]], list[int], int, dict[int, Page]]:
    """Return the lines of every page, the numbers of those that are pictures and were not recognised, how many comments
    there are, and the pages that were recognised by their numbers."""
    import pypdfium2

    pages: list[list[Line]] = []
    pictures: list[int] = []
    comments = 0
    seen: dict[int, Page] = {}
    for n in range(count):
        try:
            page = document[n]
            lines, noted = with_fields(document, page, in_order(lines_of(page)))
            comments += noted
            if len(lines) <= _SPARSE and _is_picture(page, bool(lines)):
                found = recogniser.page(n + 1, page.render(scale=SIDE / max(page.get_size())).to_pil())
                if _letters(found.lines) > _letters(lines):
                    lines, seen[n + 1] = found.lines, found
                else:
                    pictures.append(n + 1)
            page.close()
        except pypdfium2.PdfiumError:
            lines = []
            pictures.append(n + 1)
        pages.append(lines)
    return pages, pictures, comments, seen


def _letters(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _is_picture(page: Any, has_text: bool) -> bool:
    """Say whether a page with little or no text is a picture: any where there is none, else one of half its size."""
    width, height = page.get_size()
    for image in page.get_objects(filter=[_IMAGE], max_depth=2):
        left, bottom, right, top = image.get_bounds()
        if not has_text or (right - left) * (top - bottom) > 0.5 * width * height:
            return True
    return False


def _reading(
    pages: list[list[Line]], labels: list[str], facts: dict[str, str], unread: Sequence[str], media_type: str
) -> Reading:
    kept = _without_heads(pages, labels)
    sizes = [line.size for p in kept for line in p for _ in range(len(line.text) // 10 + 1)]
    body = median(sizes) if sizes else 0.0
    larger = sorted({round(s) for s in sizes if s > _LARGER * body}, reverse=True)
    widest = max((len(line.text) for p in kept for line in p), default=0)
    words = {w.lower() for p in kept for line in p for w in re.findall(r"[\w-]+", line.text)}
    layout = _Layout(body, _leading(kept, body, widest), widest, frozenset(words))
    builder = Builder()
    wide, last = False, None
    for lines in kept:
        parts = _parts(lines, layout, last)
        first = parts[0] if parts and isinstance(parts[0], tuple) else ("", 0.0)
        begun = bool(first[0]) and not first[1] and (wide or first[0][:1].islower())
        goes_on = builder.ends_open and begun and last is None
        wide = bool(lines) and len(lines[-1].text) > 0.6 * layout.widest
        last = parts[-1] if parts and isinstance(parts[-1], Table) else None
        builder.page(continued=goes_on)
        for n, part in enumerate(parts):
            _add(builder, part, larger, continued=n == 0 and goes_on)
    plain = [str(n + 1) for n in range(len(labels))]
    return builder.reading(
        title=stated_title(facts.get("Title")) or builder.first_heading,
        author=stated_author(facts.get("Author")),
        date=_date(facts.get("CreationDate", "")),
        media_type=media_type,
        metadata={
            "subject": stated_title(facts.get("Subject")) or "",
            "keywords": facts.get("Keywords", ""),
            "page_labels": json.dumps(labels) if any(labels) and labels != plain else "",
        },
        warnings=unread,
        find_headings=True,
    )


def _leading(pages: list[list[Line]], body: float, widest: int) -> float:
    """Return the usual distance of two lines of one paragraph: told by full lines that end without a stop, else by all,
    of which some part paragraphs."""
    pairs = [(a, b) for p in pages for a, b in pairwise(p) if 0 < a.base - b.base < 5 * body]
    going_on = [
        a.base - b.base for a, b in pairs if len(a.text) > _FULL * widest and not _STOP.search(a.text[-_ENDING:])
    ]
    if len(going_on) > 1:
        return median(going_on)
    leads = [a.base - b.base for a, b in pairs]
    leading = median(leads) if leads else 0.0
    return min(leading, 1.4 * body) if len(leads) < _FEW else leading


def _add(builder: Builder, part: tuple[str, float] | Table, larger: list[int], *, continued: bool) -> None:
    """Add a paragraph, a heading or a table to the text."""
    if isinstance(part, Table):
        names, *rows = part.texts
        if part.goes_on:
            builder.columns([one_line(name) for name in names])
        else:
            builder.columns([one_line(name) for name in names], [[one_line(name) for name in names]])
        for row in rows:
            builder.values(row, apart=False)
        return
    text, size = part
    if size:
        builder.heading(text, larger.index(round(size)) + 1 if round(size) in larger else 1)
    elif continued:
        builder.continued(text)
    else:
        builder.paragraph(text)


def _shape(text: str) -> str:
    """Return a line with its numbers taken out, so that "Chapter 2 · 17" equals "Chapter 2 · 18"."""
    return re.sub(r"\d+", "#", text).strip().lower()


def _without_heads(pages: list[list[Line]], labels: list[str]) -> list[list[Line]]:
    """Leave out page numbers and the lines that repeat at the edges of pages, from the outermost line inwards."""
    if len(pages) < 2:
        return pages
    seen: Counter[str] = Counter()
    for lines in pages:
        seen.update({_shape(line.text) for line in lines[:_EDGE] + lines[-_EDGE:]})
    often = max(3, 0.3 * len(pages))
    kept = []
    for page, lines in enumerate(pages):
        numbers = {labels[page], str(page + 1)}
        low, high = 0, len(lines)
        rows = [line.row for line in lines]
        while low < min(_EDGE, high) and _is_head(lines[low].text, seen, often, numbers):
            if share_columns(rows[low : low + 3]):
                break
            low += 1
        while high > max(low, len(lines) - _EDGE) and _is_head(lines[high - 1].text, seen, often, numbers):
            if share_columns(rows[max(low, high - 3) : high]):
                break
            high -= 1
        # Where nothing else is left, what repeats is the text.
        kept.append(lines[low:high] or [line for line in lines if not _NUMBER.fullmatch(line.text)])
    return kept


def _is_head(text: str, seen: Counter[str], often: float, numbers: set[str]) -> bool:
    if len(text) > _LONGEST_HEAD:
        return False
    times = seen[_shape(text)]
    # "Chapter 2: Structures 17" stands on the pages of one chapter only, but with the page's own number.
    words = text.split()
    return times >= often or bool(_NUMBER.fullmatch(text)) or (times > 1 and bool({words[0], words[-1]} & numbers))


@dataclass(frozen=True, slots=True)
class _Layout:
    """What is usual in the document: type size, distance of lines, letters in a full line, words."""

    size: float
    leading: float
    widest: int
    words: frozenset[str]


def _parts(lines: list[Line], layout: _Layout, before: Table | None) -> list[tuple[str, float] | Table]:
    """Part a page into its paragraphs and tables; ``before`` is the table that the page before it ended with."""
    parts: list[tuple[str, float] | Table] = []
    done = 0
    for table in find_tables([line.row for line in lines], before):
        parts += [*_paragraphs(lines[done : table.start], layout), table]
        done = table.end
    return parts + list(_paragraphs(lines[done:], layout))


def _paragraphs(lines: list[Line], layout: _Layout) -> list[tuple[str, float]]:
    """Join lines to paragraphs; the number is the type size of a heading, else 0."""
    parts: list[tuple[str, float]] = []
    before: Line | None = None
    for line in lines:
        large = line.size > _LARGER * layout.size and is_title(line.text) and not _LEADER.search(line.text)
        size = line.size if large else 0.0
        if before is None or _begins(before, line, layout):
            parts.append((line.text, size))
        else:
            parts[-1] = (_join(parts[-1][0], line.text, layout.words), parts[-1][1] if size else 0.0)
        before = line
    mended = ((clean(_rejoined(text, layout.words)), size) for text, size in parts)
    return [(text, size if is_title(text) else 0.0) for text, size in mended if text]


def _rejoined(text: str, words: frozenset[str]) -> str:
    """Put the words together that pdfium joined over a line's end itself."""
    if "\u00ad" not in text and "\u0002" not in text and "\ufffe" not in text:
        return text
    return _JOINED.sub(lambda m: _word(m[1], m[2], words), text)


def _begins(before: Line, line: Line, layout: _Layout) -> bool:
    """Say whether a line begins a paragraph."""
    gap = before.base - line.base
    if line.field or before.field:
        return True
    if abs(before.size - line.size) > 0.12 * max(before.size, line.size, 1) or _ITEM.match(line.text):
        return True
    if gap < -layout.leading:  # the next column
        return bool(_STOP.search(before.text[-_ENDING:]))
    if layout.leading and gap > 1.4 * layout.leading:
        return True
    short = len(before.text) < _FULL * layout.widest
    stops = bool(_STOP.search(before.text[-_ENDING:]))
    if (stops or short) and _CLAUSE.match(line.text):
        return True
    return stops and (short or line.left > before.left + 0.8 * line.size)


def _join(text: str, line: str, words: frozenset[str]) -> str:
    """Join two lines, and the word that a hyphen parts."""
    if not _HYPHEN.search(text[-2:]):
        return f"{text} {line}"
    head, tail = re.search(r"[\w-]*$", text[:-1]), re.match(r"[\w-]*", line)
    first, second = head[0] if head else "", tail[0] if tail else ""
    return text[: -1 - len(first)] + _word(first, second, words) + line[len(second) :]


def _word(first: str, second: str, words: frozenset[str]) -> str:
    """Put a parted word together: with its hyphen where the document writes it so elsewhere, or before a capital."""
    compound = f"{first}-{second}".lower() in words and f"{first}{second}".lower() not in words
    return f"{first}-{second}" if compound or not second[:1].islower() else first + second


def _date(value: str) -> str | None:
    found = re.match(r"D:(\d{4})(\d{2})(\d{2})", value)
    return iso_date("-".join(found.groups())) if found else None


def _ranges(numbers: list[int]) -> str:
    """Return ``1-3, 7`` for ``[1, 2, 3, 7]``."""
    spans: list[list[int]] = []
    for n in numbers:
        if spans and n == spans[-1][1] + 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in spans)
