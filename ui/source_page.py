"""A document as the HTML of the pane that a footnote opens: its text with the quote marked, and its printed page.

In: a document, its canonical text, a citation; the marks on a page's picture. Out: a string. Pure; all text goes
through `markup.escape`. For formats with pages the head names the page and a rule shows where each page begins.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlencode

from ingest.page_picture import Box, PagePicture
from rag.types import Citation, Document, Span
from ui.markup import escape
from ui.render import one_line, sentence

WHOLE_DOCUMENT = 60_000
WINDOW = 6_000
PDF = "application/pdf"
PICTURE_ROUTE = "/page-picture"

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")


def source_html(
    document: Document, text: str, citation: Citation, *, others: Sequence[Citation] = (), window: int = 0
) -> str:
    """The document with the quote marked in its context: the whole of it when it is short, else ``window`` characters
    on each side, with controls (``data-window``) that ask for more. ``others`` are the turn's further quotes from this
    document: they are shown faintly, under their numbers.
    """
    whole = len(text) <= WHOLE_DOCUMENT
    size = max(window, WINDOW)
    start = 0 if whole else _paragraph_before(text, citation.quote_start - size)
    end = len(text) if whole else _paragraph_after(text, citation.quote_end + size)
    more = f'<button type="button" class="more" data-window="{size * 4}">'
    drawn = ' data-printed="1"' if is_printed(document) else ""
    parts = [
        f'<article class="source"{drawn}{_address(document, citation)}>',
        _source_head(document, citation),
        '<div class="document">',
    ]
    if start > 0:
        parts.append(f"{more}Show more before this</button>")
    parts += _document_blocks(document, text, Span(start, end), citation, others)
    if end < len(text):
        parts.append(f"{more}Show more after this</button>")
    return "".join([*parts, "</div></article>"])


def _address(document: Document, citation: Citation) -> str:
    """Where the quote stands, as the end of an address that opens it, and the page it was cited from."""
    if not citation.quote:
        return ""
    at = urlencode({"doc": document.source, "char": f"{citation.quote_start}-{citation.quote_end}"})
    page = f' data-cited="{citation.page}"' if citation.page else ""
    return f' data-at="{escape(at)}"{page}'


def _source_head(document: Document, citation: Citation) -> str:
    number = (
        f'<span class="n" aria-label="Footnote {citation.number}">{citation.number}</span>' if citation.number else ""
    )
    facts = [document.date, document.author, f"Page {citation.page}" if citation.page else None]
    line = "".join(f"<span>{escape(one_line(fact))}</span>" for fact in facts if fact)
    title = one_line(document.title) or PurePosixPath(document.source).name
    return (
        f'<header>{number}<h2 tabindex="-1">{escape(title)}</h2>'
        f'<p class="facts">{line}<span class="path">{escape(document.source)}</span></p></header>'
    )


def _paragraph_before(text: str, at: int) -> int:
    return 0 if at <= 0 else text.rfind("\n", 0, at) + 1


def _paragraph_after(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 or at >= len(text) else found


def _document_blocks(
    document: Document, text: str, shown: Span, citation: Citation, others: Sequence[Citation]
) -> list[str]:
    """One ``<p>`` per paragraph, the quoted part of each in ``<mark>``; a rule where a page begins."""
    pages = {page.start: number for number, page in enumerate(document.pages, start=1)}
    blocks: list[str] = []
    marked = False
    for part, page in _paragraphs(text, shown, pages):
        if page is not None:
            blocks.append(f'<p class="page">Page {pages[page]}</p>')
        body = part.of(text)
        if not body.strip():
            continue
        html = "".join(_stretches(text, part, citation, others))
        if not marked and "<mark>" in html:
            html, marked = html.replace("<mark>", '<mark id="quote" tabindex="-1">', 1), True
        blocks.append(f"<p{_heading(body)}>{html}</p>")
    return blocks


def _stretches(text: str, part: Span, citation: Citation, others: Sequence[Citation]) -> Iterator[str]:
    """A paragraph, cut where a quote begins or ends. Escaped text holds no ``<``, so the marks are these alone."""
    edges = {part.start, part.end}
    for one in (citation, *others):
        edges |= {min(max(at, part.start), part.end) for at in (one.quote_start, one.quote_end)}
    for start, end in itertools.pairwise(sorted(edges)):
        body = escape(text[start:end])
        if _covers(citation, start, end):
            yield f"<mark>{body}</mark>"
        else:
            other = next((one for one in others if _covers(one, start, end)), None)
            yield f'<span class="also" data-n="{other.number}">{body}</span>' if other else body


def _covers(citation: Citation, start: int, end: int) -> bool:
    return citation.quote_start <= start and end <= citation.quote_end


def _heading(paragraph: str) -> str:
    """Only looks: a short line without a full stop reads as a heading."""
    line = paragraph.strip()
    heading = len(line) < 80 and "\n" not in line and line[-1].isalnum() and len(line.split()) > 1
    return ' class="heading"' if heading else ""


def _paragraphs(text: str, shown: Span, page_starts: Collection[int]) -> Iterator[tuple[Span, int | None]]:
    """Paragraphs of the shown span, cut at page starts too; the page start comes with the paragraph that it opens."""
    cuts = {shown.start, shown.end} | {start for start in page_starts if shown.start <= start < shown.end}
    cuts |= {match.end() for match in _BLANK_LINE.finditer(text, shown.start, shown.end)}
    for start, end in itertools.pairwise(sorted(cuts)):
        body = text[start:end]
        yield Span(start, start + len(body.rstrip())), start if start in page_starts else None


# --- the printed page -----------------------------------------------------------


def is_printed(document: Document) -> bool:
    """Say whether the document's pages can be shown as pictures."""
    return document.media_type.startswith((PDF, "image/")) and bool(document.pages)


def pages_of(document: Document, citation: Citation) -> list[int]:
    """The pages that a quote stands on, counted from 1; without a quote the one that was cited, or the first."""
    if citation.quote_start >= citation.quote_end:
        return [citation.page or 1]
    pages = enumerate(document.pages, start=1)
    return [n for n, page in pages if page.start < citation.quote_end and citation.quote_start < page.end] or [1]


def picture_html(
    document: Document, page: int, citation: Citation, others: Sequence[Citation], picture: PagePicture
) -> str:
    """A page as it is printed. ``picture.marks`` are those of the citation, then those of ``others``."""
    quoted = pages_of(document, citation)
    title = one_line(document.title, 80)
    marked = bool(citation.quote) and page in quoted
    own, *also = picture.marks or ((),)
    boxes = [_box_html(box, "quoted") for box in own] if marked else []
    for one, mark in zip(others, also, strict=False):
        boxes += [_box_html(box, "also", one.number if n == len(mark) else 0) for n, box in enumerate(mark, start=1)]
    alt = f"Page {page} of {title}" + (f", marked: {one_line(citation.quote, 300)}" if marked and own else "")
    address = f"{PICTURE_ROUTE}?{urlencode({'source': document.source, 'page': page})}"
    lost = "The quote was not found on this picture; the text has it marked." if marked and not own else ""
    return (
        f"{_page_bar(document, page, quoted)}"
        f'{f"""<p class="lost">{lost}</p>""" if lost else ""}'
        f'<div class="sheet" data-number="{page}" tabindex="0" role="group" aria-label="Page {page} as it is printed">'
        f"<figure>"
        f'<img src="{escape(address)}" alt="{escape(alt)}" width="{picture.width}" height="{picture.height}" '
        f'decoding="async"><div class="marks">{"".join(boxes)}</div></figure></div>'
    )


def no_picture_html(message: str) -> str:
    """One line instead of the page."""
    return f'<p class="lost" role="status">{escape(one_line(sentence(message)))}</p>'


def _page_bar(document: Document, page: int, quoted: Sequence[int]) -> str:
    last = len(document.pages)
    label = _label(document, page)
    on = [n for n in quoted if n != page]
    goes_on = f'<button type="button" data-page="{on[0]}">Quote on page {on[0]}</button>' if on else ""
    return (
        f'<div class="page-bar"><p>Page <b>{page}</b> of {last:,}{f" · printed {escape(label)}" if label else ""}</p>'
        f'<span class="page-tools">{goes_on}'
        f'<button type="button" data-page="{page - 1}" aria-label="Page before"{" disabled" if page == 1 else ""}>'
        f'‹</button><button type="button" data-page="{page + 1}" aria-label="Next page"'
        f"{' disabled' if page == last else ''}>›</button>"
        '<button type="button" data-enlarge aria-pressed="false">Enlarge</button>'
        '<button type="button" data-fold aria-expanded="true">Hide</button></span></div>'
    )


def _label(document: Document, page: int) -> str:
    """The number that is printed on the page, where it is another one."""
    labels = json.loads(document.metadata.get("page_labels") or "[]")
    label = str(labels[page - 1]) if page <= len(labels) else ""
    return "" if label == str(page) else one_line(label, 12)


def _box_html(box: Box, kind: str, number: int = 0) -> str:
    place = ";".join(
        f"{name}:{share * 100:.3f}%"
        for name, share in (("left", box.left), ("top", box.top), ("width", box.width), ("height", box.height))
    )
    shown = f' data-n="{number}"' if number else ""
    return f'<i class="{kind}"{shown} style="{place}"></i>'


def notice_html(message: str) -> str:
    """The source pane when there is nothing to open."""
    return f'<article class="source"><p class="notice" role="alert">{escape(one_line(sentence(message)))}</p></article>'
