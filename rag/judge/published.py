"""Questions about a document's own date: "When was this published?", "How old is the article on the accords?".

In: `Found` and the library. Out: the evidence that holds the date, or nothing. The date is the one that ingest read
into the document's metadata; it counts only where the text itself can be cited for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.check.facts import read
from rag.library import Library, StoredPassage
from rag.retrieve import Found
from rag.text import fold
from rag.types import Evidence, Span

_ABOUT = (
    "article|text|document|report|story|page|note|paper|piece|post|news|this|it|articulo|"
    "texto|documento|informe|noticia"
    "|nota|esto|este"
)
_ASKED = re.compile(
    rf"\b(when|what (day|date|year|month)|which (day|date|year|month)|cuando|que (dia|fecha|ano"
    rf"|mes))\b.*\b(publish|publication"
    rf"|written|wrote|dated?\b|issued|posted|released|come out|came out|appear|public(o|ad)|escri(to|bio)|fech)"
    rf"|\b(date|age|fecha)\b.*\b({_ABOUT})\b|\bhow (old|recent|new) (is|are) (this|the|that) ({_ABOUT})\b"
    rf"|\b({_ABOUT})\b.*\b(dated|date)\b"
)  # fmt: skip
_NAMES_TEXT = re.compile(rf"\b({_ABOUT.replace('|this|it', '').replace('|esto|este', '')})\b")
# Words that a question about the date itself is made of; any other word says which document is meant.
_OWN = frozenset(
    "when what which day date year month publish published publication written wrote write "
    "dated issued posted released come "
    "came out appear appeared was were is are be did do does the a an of on in at this that "
    "it its article text document "
    "report story page note paper piece post news how old recent new carry has have got age "
    "exactly and cuando que dia fecha "
    "ano mes publico publicado publicada publicaron se fue el la los las de del en este esta "
    "esto articulo texto documento "
    "informe noticia nota escrito escribio escribieron tiene es cual lleva".split()
)  # fmt: skip


def asks_for_date(text: str) -> bool:
    """Tell whether a question asks when a document was published or written.

    >>> asks_for_date("When was this published?"), asks_for_date("When did Peru ask?")
    (True, False)
    """
    folded = fold(text)
    other = [w for w in re.findall(r"\w+", folded) if w not in _OWN]
    # "When was the treaty written?" asks for the treaty's date; "When was the article on the treaty written?" does not.
    return bool(_ASKED.search(folded)) and (not other or bool(_NAMES_TEXT.search(folded)))


def dated(found: Found, library: Library) -> tuple[Evidence, ...]:
    """Return the sentence that dates the document meant, or nothing where that is not certain."""
    if not found.hits or not asks_for_date(found.question.text):
        return ()
    named = [w for w in re.findall(r"\w+", fold(found.question.text)) if w not in _OWN]
    if not named and len({hit.stored.passage.source for hit in found.hits}) > 1:
        return ()
    source = found.hits[0].stored.passage.source
    date = library.document(source).date
    if date is None:
        return ()
    for stored in library.document_passages(source):
        for span, text in _sentences(stored):
            if any(fact.kind == "date" and _same_day(fact.value, date) for fact in read(text, stored.language).facts):
                return (Evidence(stored.passage, span, text, 1.0),)
    return ()


def _same_day(value: str, date: str) -> bool:
    return [p.lstrip("0") for p in value.split("-")] == [p.lstrip("0") for p in date.split("-")]


def _sentences(stored: StoredPassage) -> Iterator[tuple[Span, str]]:
    start = stored.passage.start
    for span in stored.sentences:
        yield span, stored.passage.text[span.start - start : span.end - start]
