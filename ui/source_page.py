"""A document as the HTML of the pane that a footnote opens, the quote marked in its context.

In: a document, its canonical text, a citation. Out: a string. Pure; all text goes through `markup.escape`. For formats
with pages the head names the page and a rule shows where each page begins.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from rag.types import Citation, Document, Span
from ui.markup import escape
from ui.render import one_line

WHOLE_DOCUMENT = 60_000
WINDOW = 6_000

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
    parts = ['<article class="source">', _source_head(document, citation), '<div class="document">']
    if start > 0:
        parts.append(f"{more}Show more before this</button>")
    parts += _document_blocks(document, text, Span(start, end), citation, others)
    if end < len(text):
        parts.append(f"{more}Show more after this</button>")
    return "".join([*parts, "</div></article>"])


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


def notice_html(message: str) -> str:
    """The source pane when there is nothing to open."""
    return f'<article class="source"><p class="notice" role="alert">{escape(one_line(message))}</p></article>'
