"""The link of a footnote: a page that shows one quote in its document, opened by whoever holds the link.

In: a citation. Out: an address; the page behind it. A link is sealed by the library: it opens the passage that it names
and no other, so that a client that shows it needs no token. It holds no script.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlencode

from rag.errors import UnknownSource
from rag.library import Library
from rag.types import Citation
from ui.doors.tokens import Tokens
from ui.markup import escape
from ui.source_page import source_html

ROUTE = "/quote/"
_AROUND = 1500
_CSS = (
    "body{font:17px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}mark{background:#ffe58a}"
    ".document p{white-space:pre-wrap}.facts{color:#666}button{display:none}.facts span{margin-right:1em}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#eee}mark{background:#6b5900;color:#fff}}"
)


def address(base: str, tokens: Tokens, citation: Citation) -> str:
    """Return the link of a citation; ``base`` is the server's own address."""
    start, end = citation.quote_start, citation.quote_end
    sealed = tokens.seal(f"{citation.source}\0{start}\0{end}")
    query = urlencode({"start": start, "end": end, "key": sealed})
    return f"{base.rstrip('/')}{ROUTE}{quote(citation.source)}?{query}#quote"


def page(library: Library, tokens: Tokens, source: str, start: int, end: int, key: str) -> str:
    """Return the page of a link. `UnknownSource` where the link is not this library's or its document has gone."""
    if key != tokens.seal(f"{source}\0{start}\0{end}"):
        raise UnknownSource("this link was not made by this library")
    document, text = library.document(source), library.text(source)
    if not 0 <= start < end <= len(text):
        raise UnknownSource("the document has changed since this link was made; ask again")
    left, right = max(0, start - _AROUND), min(len(text), end + _AROUND)
    number = next((n for n, p in enumerate(document.pages, start=1) if p.start <= start < p.end), None)
    shown = Citation(0, 0, 0, source, number, start - left, end - left, text[start:end])
    cut = replace(document, pages=())
    body = source_html(cut, text[left:right], shown)
    return (
        f'<!doctype html><html lang="{escape(document.language or "en")}"><head><meta charset="utf-8">'
        f"<title>{escape(document.title)}</title><style>{_CSS}</style></head><body>{body}</body></html>"
    )
