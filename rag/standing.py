"""Does a footnote of an answer that was kept still stand: as it was, elsewhere, or no more?

In: a library, citations and the hashes of their documents then. Out: a `Standing` for each. It asks no question and
calls no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.errors import UnknownSource
from rag.library import Library
from rag.text import content_words
from rag.types import Citation

SAME, MOVED, CHANGED, GONE = "same", "moved", "changed", "gone"
_PASSAGES = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """``kind``: "same" (it stands where it stood), "moved" (the same words stand at ``now``), "changed" (its document
    no longer says it) or "gone" (its document is gone, and no other says it). ``now`` is ``None`` where it fell."""

    kind: str
    was: Citation
    now: Citation | None

    @property
    def fell(self) -> bool:
        """True where the words stand nowhere any more."""
        return self.now is None


def standing(library: Library, citations: Sequence[Citation], hashes: Mapping[str, str]) -> list[Standing]:
    """Look up each quote; ``hashes`` are the SHA-256 of the documents' files when the answer was kept, by source."""
    return [_standing(library, one, hashes.get(one.source, "")) for one in citations]


def _standing(library: Library, was: Citation, sha256: str) -> Standing:
    there = _text(library, was.source)
    if there is not None and there[was.quote_start : was.quote_end] == was.quote:
        return Standing(SAME, was, was)
    for source in _places(library, was, sha256):
        start = _nearest(library.text(source), was)
        if start >= 0:
            end = start + len(was.quote)
            pages = library.document(source).pages
            page = next((n for n, p in enumerate(pages, start=1) if p.start <= start < p.end), None)
            return Standing(MOVED, was, replace(was, source=source, page=page, quote_start=start, quote_end=end))
    return Standing(GONE if there is None else CHANGED, was, None)


def _text(library: Library, source: str) -> str | None:
    try:
        return library.text(source)
    except UnknownSource:
        return None


def _places(library: Library, was: Citation, sha256: str) -> Iterator[str]:
    """Its own document first, then the same file under another name, then documents that say its words."""
    documents = {document.source: document for document in library.documents()}
    if was.source in documents:
        yield was.source
    yield from (d.source for d in documents.values() if sha256 and d.sha256 == sha256 and d.source != was.source)
    ids = [i for i, _ in library.lexical(content_words(was.quote), _PASSAGES)]
    yield from dict.fromkeys(p.passage.source for p in library.passages(ids) if p.passage.source != was.source)


def _nearest(text: str, was: Citation) -> int:
    """The place of the quote nearest to where it was, -1 for none."""
    found, at = [], text.find(was.quote)
    while at >= 0:
        found.append(at)
        at = text.find(was.quote, at + 1)
    return min(found, key=lambda start: abs(start - was.quote_start), default=-1)
