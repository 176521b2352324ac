"""Web pages, and what is written like them.

In: bytes. Out: one `Reading` with everything that a browser shows, less navigation, footers and notices about cookies:
headings, paragraphs, lists with their marks, tables. Title, author and date are those that the page states
(trafilatura reads them). Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from ingest.build import Builder, one_line
from ingest.describe import iso_date, stated_author
from ingest.hidden import SILENT, without_hidden
from ingest.load import Limits, Reading, decode
from ingest.marks import formula, lowered, raised
from ingest.word_styles import counted
from rag.errors import ReadError

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_LISTS = {"ul", "ol", "menu", "dir"}
_BLOCKS = {
    "p", "div", "section", "article", "main", "blockquote", "pre", "dt", "dd", "figure", "figcaption", "address",
    "header", "footer", "aside", "nav", "body", "dl", "table", "form", "fieldset", "legend", "li", "tr", "td", "th",
    "caption", "summary", "details", "center", "hr", "search", "hgroup", "tbody", "thead", "tfoot", *_LISTS, *_HEADINGS,
}  # fmt: skip
_DEEPEST = 200
_BLANKS = re.compile(r"[^\S\u00a0]+")
_LINKS = 0.9  # share of its letters that stand in links: more makes a block navigation
_TELLING = {"p", "table", "dl", "blockquote", "pre", "figure", *_HEADINGS}
_FEW_LINKS = 3
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|breadcrumbs?|skip-?(?:link|nav|to-content)|navbar|pagination)(?:$|[\s_-])",
    re.I,
)
_NOTICE = 1500  # letters: what is longer is no notice
_TYPED = {
    None,
    "",
    "text",
    "email",
    "tel",
    "url",
    "number",
    "date",
    "time",
    "datetime-local",
    "month",
    "week",
    "search",
}


def read_html(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a web page, clean or saved."""
    text = declared(data)
    facts = _facts(text)
    tree = without_hidden(parse(text))
    stated = one_line(tree.findtext(".//title") or "")
    language = tree.get("lang") or facts.get("language") or ""
    builder = Builder()
    body = tree.find("body")
    whole = body if body is not None else tree
    _drop_furniture(whole)
    add_blocks(builder, whole)
    heading = builder.first_heading
    return (
        builder.reading(
            # the page's heading when its title repeats it, as most do beside the name of the site
            title=heading if heading and heading in stated else facts.get("title") or stated or heading,
            date=iso_date(facts.get("date")),
            author=stated_author(facts.get("author")),
            language=language or None,
            media_type="text/html",
            metadata={"site": facts.get("sitename", ""), "description": facts.get("description", "")},
        ),
    )


def declared(data: bytes) -> str:
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


def _facts(text: str) -> dict[str, str]:
    """Let trafilatura read what the page says of itself."""
    import logging

    from trafilatura.metadata import extract_metadata

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    # the date that the page states, not one guessed from its text: guessing takes ten seconds the first time
    found = extract_metadata(text, date_config={"extensive_search": False, "original_date": True})
    keys = ("title", "date", "author", "sitename", "description", "language")
    return {key: str(value) for key in keys if (value := getattr(found, key, None))}


def _drop_furniture(body: Any) -> None:
    """Take out navigation, footers and notices about cookies; content stays, wherever it stands."""
    gone = []
    begun = False  # whether something that is no menu has stood before
    for element in body.iterdescendants(etree.Element):
        if any(a in gone for a in element.iterancestors()):
            continue
        if _is_furniture(element, begun) and element.find(".//h1") is None and element.find(".//main") is None:
            gone.append(element)
        begun = begun or (element.tag in _TELLING and bool(element.text_content().strip()))
    for element in gone:
        element.drop_tree()


def _is_furniture(element: Any, begun: bool) -> bool:
    tag, role = element.tag, element.get("role")
    if tag == "nav" or role in {"navigation", "search", "menubar"}:
        return True
    if tag == "footer" or role == "contentinfo":
        return not any(a.tag in {"article", "section", "blockquote", "main"} for a in element.iterancestors())
    if tag not in _BLOCKS or tag in _HEADINGS:
        return False
    if _FURNITURE.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
        return len(element.text_content()) <= _NOTICE
    return tag in {"div", "aside", "header", "ul"} and (tag == "aside" or not begun) and _is_menu(element)


def _is_menu(element: Any) -> bool:
    """Say whether a block is nothing but short links: before the text, or beside it, they lead through the site."""
    links = ["".join(a.text_content().split()) for a in element.iter("a") if a.get("href")]
    if len(links) < _FEW_LINKS or any(True for _ in element.iter("h1", "table", "p")):
        return False
    return max(map(len, links)) <= 40 and sum(map(len, links)) >= _LINKS * len("".join(element.text_content().split()))


def add_blocks(builder: Builder, element: Any, depth: int = 0, say: Callable[[str], None] | None = None) -> None:
    """Add everything visible below ``element`` in reading order. ``say`` takes its lines in place of paragraphs."""
    say = say or builder.paragraph
    line = ""

    def end_line() -> None:
        nonlocal line
        for text in re.split(r"\n[^\S\n]*\n\s*", line):
            say(text)
        line = ""

    line = _collapsed(line, element.text)
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag and tag not in SILENT:
            block = tag in _BLOCKS or (depth < _DEEPEST and any(d.tag in _BLOCKS for d in child.iter(etree.Element)))
            if block:
                end_line()
                _add_block(builder, child, tag, depth + 1, say)
            else:
                line = inline(child, line)
        line = _collapsed(line, child.tail)
    end_line()


def _add_block(builder: Builder, element: Any, tag: str, depth: int, say: Callable[[str], None]) -> None:
    if depth > _DEEPEST:
        say(inline(element))
    elif tag in _HEADINGS or (element.get("role") == "heading"):
        builder.heading(inline(element), _HEADINGS.get(tag, 2))
    elif tag == "table":
        _add_table(builder, element, depth)
    elif tag in _LISTS:
        _add_list(builder, element, tag, depth)
    elif tag == "dl":
        _add_terms(builder, element, depth)
    elif tag == "pre":
        builder.paragraph("".join(element.itertext()))
    else:
        add_blocks(builder, element, depth)


def _add_list(builder: Builder, element: Any, tag: str, depth: int) -> None:
    """Add a list: numbered as the browser numbers it."""
    items = [e for e in element if e.tag == "li"]
    step = -1 if element.get("reversed") is not None else 1
    number = _whole(element.get("start"), len(items) if step < 0 else 1)
    kind = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}.get(element.get("type", ""))
    for child in element:
        if child.tag != "li":
            if isinstance(child.tag, str) and child.tag not in SILENT:
                _add_block(builder, child, child.tag, depth, builder.paragraph)
            continue
        number = _whole(child.get("value"), number)
        mark = f"{counted(number, kind or 'decimal')}. " if tag == "ol" else "- "
        number += step
        marks = iter([mark])

        def say(text: str, marks: Iterator[str] = marks) -> None:
            if text.strip():
                builder.item(text, next(marks, "  "))

        if any(d.tag in _BLOCKS for d in child.iterdescendants(etree.Element)):
            add_blocks(builder, child, depth, say)
        else:
            say(inline(child))


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,6}", text.strip()) else otherwise


def _add_terms(builder: Builder, element: Any, depth: int) -> None:
    """Add a list of terms, each with what stands below it on one line where both are short."""
    term = ""
    for child in element.iterdescendants("dt", "dd"):
        if child.tag == "dt":
            if term:
                builder.paragraph(term)
            term = one_line(inline(child))
        elif any(d.tag in _BLOCKS for d in child.iterdescendants(etree.Element)):
            builder.paragraph(term)
            add_blocks(builder, child, depth)
            term = ""
        else:
            text = one_line(inline(child))
            builder.paragraph(f"{term.rstrip(':')}: {text}" if term and not term.endswith("?") else f"{term}\n{text}")
            term = ""
    if term:
        builder.paragraph(term)


def _add_table(builder: Builder, element: Any, depth: int) -> None:
    """Add a table; one that lays out the page is read cell by cell."""
    rows = table_rows(element)
    laid_out = element.get("role") in {"presentation", "none"} or element.find(".//table") is not None
    own = element.find("caption")
    caption = one_line(inline(own)) if own is not None else ""
    builder.paragraph(caption)
    if laid_out or len(rows) < 2 or max(map(len, rows)) < 2:
        for cell in outermost(element, "td", "th"):
            add_blocks(builder, cell, depth)
        return
    builder.table(rows, apart=False, heads=_heads(element), caption=caption)


def _heads(element: Any) -> int | None:
    """Return how many rows a table itself says are names; None where it says nothing, or nothing else."""
    rows = list(outermost(element, "tr"))
    heads = 0
    while (
        heads < len(rows) and (cells := list(outermost(rows[heads], "td", "th"))) and all(c.tag == "th" for c in cells)
    ):
        heads += 1
    return heads if 0 < heads < len(rows) else None


def table_rows(element: Any) -> list[list[str]]:
    """Return the rows of a table, with what spans several rows or columns in each of them."""
    held: dict[int, tuple[int, str]] = {}  # by column: for how many more rows, and what
    rows: list[list[str]] = []
    for row in outermost(element, "tr"):
        cells: list[str] = []

        def fill(cells: list[str] = cells) -> None:
            while len(cells) in held:
                left, text = held.pop(len(cells))
                if left > 1:
                    held[len(cells)] = (left - 1, text)
                cells.append(text)

        for cell in outermost(row, "td", "th"):
            fill()
            text = one_line(inline(cell))
            for _ in range(min(max(1, _whole(cell.get("colspan"), 1)), 1000)):
                if (deep := min(_whole(cell.get("rowspan"), 1), 10_000)) > 1:
                    held[len(cells)] = (deep - 1, text)
                cells.append(text)
        fill()
        if any(cells):
            rows.append(cells)
    return rows


def outermost(element: Any, *tags: str) -> Iterator[Any]:
    """Yield the elements of these names below ``element`` that lie in no other of them: broken markup nests rows."""
    stack = list(reversed(element))
    while stack:
        child = stack.pop()
        if child.tag in tags:
            yield child
        else:
            stack += reversed(child)


def _collapsed(line: str, text: str | None) -> str:
    """Return a line with a text after it, white space as a browser shows it."""
    if not text:
        return line
    text = _BLANKS.sub(" ", text)
    return line + (text.lstrip(" ") if not line or line[-1] in " \n" else text)


def inline(element: Any, line: str = "") -> str:
    """Return ``line`` and the text of an element after it: raised marks told apart, a break as a line end, the values
    of a form's fields as typed. Blocks inside are parted by blanks."""
    stack: list[tuple[Any, int | None]] = [(element, None)]
    while stack:
        child, start = stack.pop()
        tag = child.tag if isinstance(child.tag, str) else ""
        if start is None:
            if not tag or tag in SILENT:
                line = _collapsed(line, child.tail) if child is not element else line
                continue
            line = _opened(child, tag, line)
            stack.append((child, len(line)))
            if tag not in {"math", "select", "textarea"}:
                line = _collapsed(line, child.text)
                stack += [(c, None) for c in reversed(child)]
            continue
        after = child.tail or ""
        own = line[start:]
        if tag == "sup":
            line = line[:start] + raised(line[:start], own, after)
        elif tag == "sub":
            line = line[:start] + lowered(line[:start], own)
        elif tag == "q":
            line += "”"
        elif tag in _BLOCKS:
            line = _collapsed(line, " ")
        if child is not element:
            line = _collapsed(line, after)
    return line


def _opened(element: Any, tag: str, line: str) -> str:
    """Return the line with what an element shows before its text, or in place of it."""
    if tag == "br":
        return line.rstrip(" ") + "\n"
    if tag == "q":
        return line + "“"
    if tag == "math":
        return line + formula(element)
    if tag in _BLOCKS:
        return _collapsed(line, " ")
    if tag == "textarea":
        return _collapsed(line, element.text)
    if tag == "input":
        kind = (element.get("type") or "").lower()
        if kind in {"checkbox", "radio"}:
            return line + ("☒ " if element.get("checked") is not None else "☐ ")
        return _collapsed(line, f" {element.get('value') or ''} ") if kind in _TYPED else line
    if tag == "select":
        options = list(element.iter("option"))
        chosen = [o for o in options if o.get("selected") is not None] or options[:1]
        return _collapsed(line, " " + ", ".join(" ".join(o.text_content().split()) for o in chosen) + " ")
    return line
