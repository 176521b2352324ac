"""OpenDocument: texts, spreadsheets and presentations of LibreOffice (ODT, ODS, ODP).

In: bytes. Out: one `Reading`: headings, numbered lists, tables with the cells as they are shown, notes below their
paragraph, sheets under their names, slides as pages. Deleted, struck-out and hidden text, hidden sheets, rows and
slides are left out. Formats are those of OpenDocument 1.3, part 3.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ingest.build import Builder
from ingest.describe import iso_date, stated_author, stated_title
from ingest.load import Limits, Reading, counted_things
from ingest.marks import formula, lowered, note, raised
from ingest.word_styles import counted
from ingest.zips import check_expansion, member
from rag.errors import ReadError

_SPACES = {name: f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in
           ("office", "text", "table", "style", "presentation", "meta")}  # fmt: skip
OFFICE, TEXT, TABLE, STYLE, SHOW, META = _SPACES.values()
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_KINDS = {"A": "upperLetter", "a": "lowerLetter", "I": "upperRoman", "i": "lowerRoman", "1": "decimal"}
_SILENT = {
    TEXT + n for n in ("tracked-changes", "table-of-content", "alphabetical-index", "hidden-text", "bibliography-mark",
                       "sequence-decls", "variable-decls", "user-field-decls", "index-title", "ruby-text")
} | {OFFICE + "forms", OFFICE + "annotation", OFFICE + "annotation-end", SHOW + "notes"}  # fmt: skip
_MOST = 10_000  # times that a row or a cell is said to repeat; more is the empty rest of a sheet


def read_odf(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read an OpenDocument file; `ReadError` when it is encrypted or damaged."""
    opened = check_expansion(data, limits)
    left = limits.settings.max_expanded_mb << 20

    def part(path: str) -> Any:
        return etree.fromstring(
            member(opened, path, left, limits), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )

    names = set(opened.namelist())
    if "META-INF/manifest.xml" in names and b"encryption-data" in member(opened, "META-INF/manifest.xml", left, limits):
        raise ReadError("encrypted; save it without a password to read it")
    try:
        content = part("content.xml")
        styles = part("styles.xml") if "styles.xml" in names else None
        meta = part("meta.xml") if "meta.xml" in names else None
    except etree.XMLSyntaxError as error:
        raise ReadError(f"a damaged OpenDocument file ({error})") from error
    kinds = [mimetype for mimetype in ("text", "spreadsheet", "presentation", "drawing")
             if content.find(f"{OFFICE}body/{OFFICE}{mimetype}") is not None]  # fmt: skip
    if not kinds:
        raise ReadError("no text, sheet or slide in it")
    built = _Text(content, styles)
    built.blocks(content.find(f"{OFFICE}body/{OFFICE}{kinds[0]}"))
    if kinds[0] == "text" and styles is not None:
        built.running_heads(styles)

    def fact(*tags: str) -> str | None:
        found: list[str | None] = [meta.findtext(f".//{tag}") for tag in tags] if meta is not None else []
        return next((text for text in found if text), None)

    return (
        built.builder.reading(
            title=stated_title(fact(_DC + "title")) or built.builder.first_heading,
            author=stated_author(fact(META + "initial-creator", _DC + "creator")),
            date=iso_date(fact(META + "creation-date", _DC + "date")),
            language=fact(_DC + "language") or None,
            media_type=f"application/vnd.oasis.opendocument.{kinds[0]}",
            metadata={"subject": fact(_DC + "subject") or "", "keywords": fact(META + "keyword") or ""},
            warnings=counted_things(built.unread),
        ),
    )


@dataclass(slots=True)
class _Look:
    """What a style says of how its text is shown."""

    unseen: bool = False
    place: int = 0


class _Text:
    def __init__(self, content: Any, styles: Any) -> None:
        self.builder = Builder()
        self.unread: Counter[str] = Counter()
        roots = [root for root in (styles, content) if root is not None]
        self._styles = {e.get(STYLE + "name"): e for root in roots for e in root.iter(STYLE + "style")}
        self._lists = {e.get(STYLE + "name"): e for root in roots for e in root.iter(TEXT + "list-style")}
        self._looks: dict[str | None, _Look] = {}
        self._counts: dict[str, list[int]] = {}
        self._noted: list[tuple[str, Any]] = []
        self._below: list[Any] = []
        for root in roots:
            self.unread["comment"] += sum(1 for _ in root.iter(OFFICE + "annotation"))

    def look(self, name: str | None, depth: int = 0) -> _Look:
        """Return how text of a style is shown, with what it inherits."""
        if name not in self._looks:
            element = self._styles.get(name)
            if element is None or depth > 20:
                return _Look()
            look = self.look(element.get(STYLE + "parent-style-name"), depth + 1)
            unseen, place = look.unseen, look.place
            for properties in element:
                struck = properties.get(
                    STYLE + "text-line-through-style", properties.get(STYLE + "text-line-through-type")
                )
                struck = struck or ("none" if not properties.get(STYLE + "text-crossing-out") else "solid")
                unseen = unseen or properties.get(TEXT + "display") == "none" or struck != "none"
                unseen = unseen or properties.get(TABLE + "display") == "false"
                unseen = unseen or properties.get(SHOW + "visibility") == "hidden"
                at = properties.get(STYLE + "text-position", "")
                place = 1 if at.startswith("super") else -1 if at.startswith("sub") else place
                if found := re.match(r"(-?\d+)%", at):
                    place = (int(found[1]) > 0) - (int(found[1]) < 0)
            self._looks[name] = _Look(unseen, place)
        return self._looks[name]

    def blocks(self, parent: Any) -> None:
        """Add what stands below an element, in its order."""
        for child in parent:
            if child.tag not in _SILENT and isinstance(child.tag, str):
                self.block(child)

    def block(self, child: Any) -> None:
        """Add one element."""
        tag = child.tag
        if tag == TEXT + "h":
            self.heading(child)
        elif tag == TEXT + "p":
            self.paragraph(child)
        elif tag == TEXT + "list":
            self.numbered(child, 1, child.get(TEXT + "style-name"))
        elif tag == TABLE + "table":
            self.table(child)
        elif tag == _DRAW + "page":
            self.slide(child)
        elif child.get(TEXT + "display") != "none":
            self.drawn(child) if tag.startswith(_DRAW) else self.blocks(child)

    def heading(self, element: Any) -> None:
        """Add a heading, and what floats at it."""
        self.builder.heading(self.said(element), int(element.get(TEXT + "outline-level") or 1))
        self.floating()

    def paragraph(self, element: Any, mark: str | None = None) -> None:
        """Add a paragraph or, with a mark, a list item."""
        text = self.said(element)
        if mark is None:
            self.builder.paragraph(text)
        else:
            self.builder.item(text, mark)
        self.floating()

    def said(self, element: Any) -> str:
        """Return the text of a paragraph of which nothing is hidden."""
        hidden = element.find(f".//{TEXT}hidden-paragraph[@{TEXT}is-hidden='true']")
        unseen = hidden is not None or self.look(element.get(TEXT + "style-name")).unseen
        return "" if unseen else self.inline(element, "")

    def floating(self) -> None:
        """Add the notes and the frames of the paragraph before."""
        below, self._below = self._below, []
        for frame in below:
            self.drawn(frame)
        noted, self._noted = self._noted, []
        for mark, body in noted:
            self.builder.paragraph(f"[note {mark}] {self.flat(body)}")

    def running_heads(self, styles: Any) -> None:
        """Add the lines of heads and feet once each, less those that number the pages."""
        heads = styles.iterfind(f".//{STYLE}master-page/*/{TEXT}p")
        lines = dict.fromkeys(self.said(p).strip() for p in heads if p.find(f".//{TEXT}page-number") is None)
        kept = [line for line in lines if re.search(r"[^\W\d_]{3}", line)]
        if kept:
            self.builder.block_break()
        for line in kept:
            self.builder.paragraph(line)

    def numbered(self, element: Any, level: int, style: str | None) -> None:
        """Add a list, numbered as its style says."""
        style = element.get(TEXT + "style-name") or style
        counts = self._counts.setdefault(style or "", [0] * 11)
        if (
            level == 1
            and element.get(TEXT + "continue-numbering") != "true"
            and not element.get(TEXT + "continue-list")
        ):
            counts[1] = 0
        for item in element:
            if item.tag not in {TEXT + "list-item", TEXT + "list-header"}:
                continue
            mark = ""
            for child in item:
                if child.tag == TEXT + "list":
                    self.numbered(child, min(level + 1, 10), style)
                elif child.tag in {TEXT + "p", TEXT + "h"}:
                    if not mark and item.tag == TEXT + "list-item":
                        counts[level] = int(item.get(TEXT + "start-value") or counts[level] + 1)
                        counts[level + 1 :] = [0] * (10 - level)
                        mark = self.mark(style, level, counts)
                    if child.tag == TEXT + "h":
                        self.heading(child)
                    else:
                        self.paragraph(child, mark or "  ")
                        mark = "  "
                else:
                    self.block(child)

    def mark(self, style: str | None, level: int, counts: Sequence[int]) -> str:
        """Return the mark of a list item: "2.1. " or "- "."""
        found = self._lists.get(style)
        for kind in found if found is not None else ():
            if kind.get(TEXT + "level") == str(level) and kind.tag == TEXT + "list-level-style-number":
                sign = kind.get(STYLE + "num-format")
                first = level + 1 - int(kind.get(TEXT + "display-levels") or 1)
                parts = [counted(counts[n], _KINDS.get(sign, "decimal")) for n in range(max(1, first), level + 1)]
                around = [kind.get(f"{STYLE}num-{name}") or "" for name in ("prefix", "suffix")]
                if sign:
                    return f"{around[0]}{'.'.join(parts)}{around[1]} "
        return "- "

    def table(self, element: Any) -> None:
        """Add a table or a sheet, each row as it is shown."""
        if self.look(element.get(TABLE + "style-name")).unseen:
            self.unread["hidden sheet"] += 1
            return
        sheet = element.getparent().tag == OFFICE + "spreadsheet"
        if sheet:
            self.builder.heading(element.get(TABLE + "name") or "", 1)
        rows = [row for row in self.rows(element) if any(row)]
        if not sheet and (len(rows) < 2 or max(map(len, rows)) < 2):
            for cell in element.iter(TABLE + "table-cell"):
                self.blocks(cell)
        else:
            self.builder.table(rows, apart=sheet)
        self.floating()

    def rows(self, element: Any) -> Iterator[list[str]]:
        """Yield the rows of a table, its spanned cells filled, repeated ones repeated."""
        held: dict[int, tuple[int, str]] = {}
        hidden = _hidden_columns(element)
        for row in _outermost(element, TABLE + "table-row"):
            if row.get(TABLE + "visibility", "visible") != "visible":
                continue
            cells: list[str] = []
            for cell in row:
                times = int(cell.get(TABLE + "number-columns-repeated") or 1)
                if cell.tag == TABLE + "covered-table-cell":
                    for _ in range(min(times, _MOST)):
                        left, text = held.get(len(cells), (0, ""))
                        held[len(cells)] = (left - 1, text)
                        cells.append(text if left > 0 else "")
                elif cell.tag == TABLE + "table-cell":
                    text = self.flat(cell) or (cell.get(OFFICE + "string-value") or "")
                    wide = int(cell.get(TABLE + "number-columns-spanned") or 1)
                    deep = int(cell.get(TABLE + "number-rows-spanned") or 1)
                    for n in range(wide):
                        held[len(cells) + n] = (deep - 1 + (n > 0), text)
                    cells += [text] * (times if text and times <= _MOST else min(times, 1 if text else 256))
            cells = [cell for n, cell in enumerate(cells) if n not in hidden]
            while cells and not cells[-1]:
                cells.pop()
            times = int(row.get(TABLE + "number-rows-repeated") or 1)
            for _ in range(times if cells and times <= _MOST else 1):
                yield list(cells)

    def slide(self, page: Any) -> None:
        """Add a slide as a page, its title first, and its notes."""
        self.builder.page()
        if self.look(page.get(_DRAW + "style-name")).unseen:
            self.unread["hidden slide"] += 1
            return
        frames = [e for e in page if e.tag != SHOW + "notes" and isinstance(e.tag, str)]
        titles = [e for e in frames if e.get(SHOW + "class") == "title"]
        for title in titles:
            self.builder.heading(self.flat(title), 1)
        for frame in frames:
            if frame not in titles and frame.get(SHOW + "placeholder") != "true":
                self.drawn(frame)
        notes = page.find(SHOW + "notes")
        for frame in notes if notes is not None else ():
            if frame.get(SHOW + "class") == "notes" and frame.get(SHOW + "placeholder") != "true":
                self.blocks(frame)

    def drawn(self, frame: Any) -> None:
        """Add the texts of a frame or a shape; count its pictures and objects."""
        if frame.find(f".//{TEXT}p") is not None or frame.find(f".//{TABLE}table") is not None:
            if frame.tag in {_DRAW + "frame", _DRAW + "g", _DRAW + "a", _DRAW + "custom-shape"} or len(frame):
                self.blocks(frame)
        elif frame.find(f".//{_DRAW}object") is not None:
            inside = frame.find(f".//{_MATH}")
            if inside is not None:
                self.builder.paragraph(formula(inside))
            else:
                self.unread["embedded object"] += 1
        elif frame.find(f".//{_DRAW}image") is not None:
            self.unread["picture"] += 1

    def flat(self, element: Any) -> str:
        """Return the text of a cell or a note on one line."""
        parts = []
        for child in _outermost(element, TEXT + "p", TEXT + "h"):
            parts.append(self.said(child).strip())
        return " ".join(part for part in parts if part)

    def inline(self, element: Any, text: str) -> str:
        """Return ``text`` and what of a paragraph or a span is shown after it."""
        text += element.text or ""
        for child in element:
            tag = child.tag
            if tag == TEXT + "s":
                text += " " * min(int(child.get(TEXT + "c") or 1), 100)
            elif tag == TEXT + "tab":
                text += " "
            elif tag == TEXT + "line-break":
                text += "\n"
            elif tag == TEXT + "note":
                mark = child.findtext(TEXT + "note-citation") or "*"
                self._noted.append((mark, child.find(TEXT + "note-body")))
                text += note(text, mark)
            elif isinstance(tag, str) and tag.startswith(_DRAW):
                self._below.append(child)
            elif tag not in _SILENT and isinstance(tag, str):
                look = self.look(child.get(TEXT + "style-name"))
                if tag == TEXT + "span" and look.unseen:
                    pass
                elif tag == TEXT + "span" and look.place:
                    own = self.inline(child, text)[len(text) :]
                    text += raised(text, own) if look.place > 0 else lowered(text, own)
                else:
                    text = self.inline(child, text)
            text += child.tail or ""
        return text


def _hidden_columns(element: Any) -> frozenset[int]:
    """Return the numbers, from 0, of a table's columns that are not shown."""
    hidden: set[int] = set()
    at = 0
    for column in _outermost(element, TABLE + "table-column"):
        times = min(int(column.get(TABLE + "number-columns-repeated") or 1), _MOST)
        if column.get(TABLE + "visibility", "visible") != "visible":
            hidden.update(range(at, at + times))
        at += times
    return frozenset(hidden)


def _outermost(element: Any, *tags: str) -> Iterator[Any]:
    """Yield the elements of these names below ``element`` that lie in no other of them."""
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag not in _SILENT and child.tag != TEXT + "note":
            yield from _outermost(child, *tags)
