"""HTML and EPUB.

In: bytes. Out: one `Reading` with the main text, its headings, lists and tables. For a web page trafilatura tells the
article from menus and banners; where it finds little, everything visible is taken. Nothing is fetched.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from lxml import etree
from lxml import html as lxml_html

from ingest.build import Builder, one_line
from ingest.describe import iso_date
from ingest.grid import spanned
from ingest.load import Limits, Reading, decode
from ingest.zips import check_expansion, member
from rag.errors import ReadError

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_BLOCKS = {
    "p", "div", "section", "article", "main", "blockquote", "pre", "dt", "dd", "figcaption", "address", "header",
    "footer", "aside", "nav", "body", "ul", "ol", "dl", "table", "form", "fieldset", "li", "tr", "td", "th", "caption",
    "summary", "details", "center", "hr", *_HEADINGS,
}  # fmt: skip
_HIDDEN = {"script", "style", "noscript", "template", "svg", "head", "iframe", "object", "select", "button", "math"}
# Below this share of the visible text an extraction is taken for a failure.
_ENOUGH = 0.25
_DEEPEST = 200


def read_html(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a web page, clean or saved."""
    text = _declared(data)
    tree = parse(text)
    everything = Builder()
    add_blocks(everything, tree)
    facts, main = _article(text)
    whole = everything.reading(media_type="text/html")
    article = main.reading(media_type="text/html") if main else whole
    # An extraction that lost a table, or what its cells span, is no extraction of the page.
    kept = sum(len(g.cells) for g in article.grids) >= sum(len(g.cells) for g in whole.grids)
    chosen = main if main and kept and len(article.text) >= _ENOUGH * len(whole.text) else everything
    return (
        chosen.reading(
            title=_title(tree, chosen.first_heading, facts.get("title")),
            date=iso_date(facts.get("date")),
            author=facts.get("author"),
            language=(tree.get("lang") or facts.get("language") or "")[:2] or None,
            media_type="text/html",
            metadata={"site": facts.get("sitename", ""), "description": facts.get("description", "")},
        ),
    )


def _declared(data: bytes) -> str:
    """Decode by the page's own declaration where it has one that holds."""
    found = re.search(rb"<meta[^>]{0,200}charset=[\"']?([A-Za-z0-9_\-]{2,40})", data[:4096], re.IGNORECASE)
    if found and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(found[1].decode())
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong declaration is common; the bytes are asked instead
    return decode(data)


def parse(text: str) -> Any:
    """Parse HTML that may be broken."""
    try:
        tree = lxml_html.document_fromstring(
            text.encode("utf-8", "replace"),
            parser=lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False),
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise ReadError("there is no text in it") from error
    return tree


def _title(tree: Any, heading: str | None, extracted: str | None) -> str | None:
    """Return the page's heading when the page's title repeats it, as most do beside the name of the site."""
    stated = one_line(tree.findtext(".//title") or "")
    if heading and heading in stated:
        return heading
    return extracted or stated or heading


def _article(text: str) -> tuple[dict[str, str], Builder | None]:
    """Let trafilatura find the main text and the metadata."""
    import logging

    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found: Any = trafilatura.bare_extraction(
        text,
        with_metadata=True,
        include_tables=True,
        include_comments=False,
        favor_recall=True,
        # the date that the page states, not one guessed from its text: guessing takes ten seconds the first time
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if found is None:
        return {}, None
    facts = {
        key: str(value)
        for key in ("title", "date", "author", "sitename", "description", "language")
        if (value := getattr(found, key, None))
    }
    builder = Builder()
    if found.body is not None:
        _add_article(builder, found.body)
    return facts, builder


def _add_article(builder: Builder, body: Any) -> None:
    for element in body:
        words = "".join(element.itertext())
        match element.tag:
            case "head":
                builder.heading(words, _HEADINGS.get(element.get("rend", "h2"), 2))
            case "list":
                for item in _outermost(element, "item"):
                    builder.item("".join(item.itertext()))
            case "table":
                _add_table(builder, list(_outermost(element, "row")), "cell")
            case _:
                builder.paragraph(one_line(words) if element.tag != "code" else words)


def add_blocks(builder: Builder, element: Any, depth: int = 0) -> None:
    """Add everything visible below ``element`` in reading order."""
    line: list[str] = [element.text or ""]

    def end_line() -> None:
        builder.paragraph(one_line("".join(line)))
        line.clear()

    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag in _HIDDEN or not tag:
            pass
        elif tag == "br":
            line.append(" ")
        elif tag in _BLOCKS:
            end_line()
            _add_block(builder, child, tag, depth)
        elif depth < _DEEPEST and any(d.tag in _BLOCKS for d in child.iter(etree.Element)):
            end_line()
            add_blocks(builder, child, depth + 1)
        else:
            line.append("".join(_visible(child)))
        line.append(child.tail or "")
    end_line()


def _add_block(builder: Builder, element: Any, tag: str, depth: int) -> None:
    if tag in _HEADINGS:
        builder.heading("".join(_visible(element)), _HEADINGS[tag])
    elif tag == "table" and element.find(".//table") is None:
        _add_table(builder, list(_outermost(element, "tr")), "td", "th")
    elif tag == "li" and not any(d.tag in _BLOCKS for d in element.iterdescendants(etree.Element)):
        builder.item("".join(_visible(element)))
    elif depth < _DEEPEST:
        add_blocks(builder, element, depth + 1)
    else:
        builder.paragraph(one_line("".join(_visible(element))))


def _add_table(builder: Builder, rows: list[Any], *tags: str) -> None:
    cells = [list(_outermost(row, *tags)) for row in rows]
    heads = 0
    while heads < len(cells) and cells[heads] and all(c.tag == "th" or c.get("role") == "head" for c in cells[heads]):
        heads += 1
    said = ([(" ".join(_visible(c)), _span(c, "rowspan"), _span(c, "colspan")) for c in row] for row in cells)
    builder.table(spanned(said), apart=False, heads=heads if 0 < heads < len(cells) else None)


def _span(cell: Any, name: str) -> int:
    told = str(cell.get(name) or (name == "colspan" and cell.get("span")) or "1")
    return int(told) if told.isdecimal() else 1


def _outermost(element: Any, *tags: str) -> Iterator[Any]:
    """Yield the elements of these names below ``element`` that lie in no other of them: broken markup nests rows."""
    stack = list(reversed(element))
    while stack:
        child = stack.pop()
        if child.tag in tags:
            yield child
        else:
            stack += reversed(child)


def _visible(element: Any) -> list[str]:
    """Return the text of an element without what a browser hides."""
    parts = [element.text or ""]
    stack = [(child, False) for child in reversed(element)]
    while stack:
        child, done = stack.pop()
        if done:
            parts.append(child.tail or "")
            continue
        stack.append((child, True))
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag and tag not in _HIDDEN:
            parts.append(" " if tag == "br" else child.text or "")
            stack += [(c, False) for c in reversed(child)]
    return parts


_NS = {
    "c": "urn:oasis:names:tc:opendocument:xmlns:container",
    "o": "http://www.idpf.org/2007/opf",
    "d": "http://purl.org/dc/elements/1.1/",
}


def read_epub(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read an e-book: its chapters in the order of its spine."""
    opened = check_expansion(data, limits)
    left = limits.settings.max_expanded_mb << 20
    safe = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        container = etree.fromstring(member(opened, "META-INF/container.xml", left, limits), safe)
        path = container.xpath("string(//c:rootfile/@full-path)", namespaces=_NS)
        package = etree.fromstring(member(opened, path, left, limits), safe)
    except etree.XMLSyntaxError as error:
        raise ReadError(f"a damaged e-book ({error})") from error
    files = {i.get("id"): i.get("href") for i in package.iterfind(".//o:manifest/o:item", _NS)}
    builder = Builder()
    warnings = []
    for reference in package.iterfind(".//o:spine/o:itemref", _NS):
        href = files.get(reference.get("idref"))
        if not href:
            continue
        try:
            chapter = member(
                opened, posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(href))), left, limits
            )
            left -= len(chapter)
            add_blocks(builder, parse(_declared(chapter).removeprefix("\ufeff")))
        except ReadError as error:
            warnings.append(str(error))

    def fact(tag: str) -> str | None:
        found = package.findtext(f".//d:{tag}", namespaces=_NS)
        return one_line(found) if found else None

    return (
        builder.reading(
            title=fact("title"), author=fact("creator"), date=iso_date(fact("date")),
            language=(fact("language") or "")[:2] or None, media_type="application/epub+zip", warnings=warnings,
        ),
    )  # fmt: skip
