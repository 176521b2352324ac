"""Word documents, as Word shows them with all changes accepted.

In: bytes. Out: one `Reading`: paragraphs with the numbers that Word counts for them, headings by their styles, tables
row by row, footnotes and endnotes below the paragraph that bears their mark, text boxes, charts, and at the end the
running heads, each once. Deleted, struck-out and hidden text, tables of contents and placeholders are left out;
pictures, embedded objects and comments are counted in the warnings.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from ingest.build import Builder
from ingest.charts import add_chart, diagram_texts
from ingest.describe import stated_author, stated_date, stated_title
from ingest.load import Limits, Reading, counted_things
from ingest.marks import formula, lowered, note, raised
from ingest.word_styles import Numbers, Styles, W, counted, is_on, number_of, value
from ingest.zips import DAMAGE, check_expansion
from rag.errors import ReadError

_MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_EXTENT = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}extent"
_LARGE = 2_500_000 * 1_500_000  # square EMU, 7 cm by 4 cm: a smaller picture is a logo or a sign
# Wrappers whose content is shown, and what Word does not show with all changes accepted.
_OPEN = {W + n for n in ("ins", "moveTo", "hyperlink", "smartTag", "customXml", "sdtContent", "dir", "bdo", "rubyBase")}
_GONE = {W + n for n in ("del", "moveFrom", "pPr", "rPr", "rt", "sdtPr", "sdtEndPr", "instrText", "delText")}
_SIGNS = {"F0FE": "☒", "F0FD": "☒", "F0A8": "☐", "F06F": "☐", "F0FC": "✓", "F0E0": "→", "F0B7": "•", "F0A7": "•"}
_PAGE = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|table of figures)(?: \d)?$", re.IGNORECASE)


def read_docx(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a Word document."""
    import docx
    from docx.opc.exceptions import OpcError

    check_expansion(data, limits)
    try:
        document = docx.Document(io.BytesIO(data))
        text = _Text(document.part)
        text.blocks(document.element.body)
        text.running_heads(document)
        facts = document.core_properties
    except (*DAMAGE, OpcError) as error:
        raise ReadError(f"a damaged Word document ({str(error)[:200] or type(error).__name__})") from error
    return (described(text.builder, facts, _MEDIA, text.warnings()),)


def described(builder: Builder, facts: Any, media_type: str, warnings: Sequence[str]) -> Reading:
    """Return what was built, with the properties of an Office file that are facts."""
    return builder.reading(
        title=stated_title(facts.title) or builder.first_heading,
        author=stated_author(facts.author),
        date=stated_date(facts.created, facts.modified),
        language=facts.language or None,
        media_type=media_type,
        metadata={"subject": facts.subject or "", "keywords": facts.keywords or ""},
        warnings=warnings,
    )


class _Text:
    """Walks a document and builds its text. ``line`` is the paragraph at hand."""

    def __init__(self, part: Any) -> None:
        self.builder = Builder()
        self.part = part
        self.styles = Styles(self._root("/styles"))
        self.numbers = Numbers(self._root("/numbering"))
        self.notes = {kind: self._notes(kind) for kind in ("footnote", "endnote")}
        self.marks: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()
        self.fields: list[str] = []  # of the fields around: "code", "shown" or "number"
        self.code = ""
        self.line = ""
        self.below: list[Any] = []  # blocks that float at this paragraph
        self.noted: list[tuple[str, Any]] = []

    def _root(self, kind: str) -> Any:
        for relation in self.part.rels.values():
            if not relation.is_external and relation.reltype.endswith(kind):
                return _parsed(relation.target_part.blob)
        return None

    def _notes(self, kind: str) -> dict[str | None, Any]:
        root = self._root(f"/{kind}s")
        return {e.get(W + "id"): e for e in root.iterfind(W + kind)} if root is not None else {}

    def warnings(self) -> list[str]:
        """What of the document could not be read."""
        comments = self._root("/comments")
        if comments is not None and len(comments):
            self.unread["comment"] += len(comments)
        return counted_things(self.unread)

    def blocks(self, parent: Any) -> None:
        """Add the paragraphs and tables below an element."""
        for child in parent:
            if child.tag == W + "p":
                self.paragraph(child)
            elif child.tag == W + "tbl":
                self.table(child)
            elif child.tag == W + "sdt":
                if not _is_contents(child):
                    self.blocks(child)
            elif child.tag == W + "altChunk":
                self.unread["embedded document"] += 1
            elif child.tag in _OPEN:
                self.blocks(child)

    def paragraph(self, element: Any) -> None:
        """Add a paragraph, and below it what floats at it and the notes that it marks."""
        properties = element.find(W + "pPr")
        style = self.styles.get(value(properties, "pStyle"))
        carried = self.line
        text = self.inline(element, style.unseen, carried)
        if properties is not None and is_on(properties.find(W + "rPr"), "del", "vanish"):
            self.line = text  # its end is deleted or hidden: the next paragraph goes on with it
            return
        self.line = ""
        if text.strip() and not _CONTENTS.match(style.name):
            self.add(text, properties, style)
        self.floating()

    def add(self, text: str, properties: Any, style: Any) -> None:
        """Add the text of a paragraph with its number, as heading, item or paragraph."""
        number = number_of(properties, style.number)
        label = self.numbers.label(*number) if number else ""
        outline = value(properties, "outlineLvl")
        level = int(outline) + 1 if outline and outline.isdigit() and int(outline) < 9 else style.level
        bullet = label == "•" or (not label and not level and (number or style.name.startswith("List")))
        if level:
            self.builder.heading(f"{label} {text}" if label not in {"", "•"} else text, level)
        elif bullet:
            self.builder.item(text)
        elif re.fullmatch(r"\(?\w{1,4}[.)]", label):
            self.builder.item(text, f"{label} ")
        else:
            self.builder.paragraph(f"{label} {text}")

    def floating(self) -> None:
        """Add what was gathered at a paragraph or in a table: text boxes, charts, notes."""
        below, self.below = self.below, []
        for block in below:
            if block.tag.endswith("}txbxContent"):
                self.blocks(block)
            elif block.tag == _CHART:
                add_chart(self.builder, _parsed(self.part.related_parts[block.get(_R + "id")].blob))
            else:
                for text in diagram_texts(_parsed(self.part.related_parts[block.get(_R + "dm")].blob)):
                    self.builder.item(text)
        noted, self.noted = self.noted, []
        for mark, body in noted:
            text = self.flat(body)
            if text:
                self.builder.paragraph(f"[note {mark}] {text}")
        if self.noted or self.below:
            self.floating()

    def table(self, element: Any) -> None:
        """Add a table; one of a single row or column is a frame around text."""
        rows = [list(_children(row, "tc")) for row in _children(element, "tr") if not _is_gone(row)]
        if len(rows) < 2 or max(map(len, rows)) < 2:
            for row in rows:
                for cell in row:
                    self.blocks(cell)
            return
        self.builder.table(self.rows(element), apart=False)
        self.floating()

    def rows(self, element: Any) -> Iterator[list[str]]:
        """Yield the rows of a table, what spans several rows or columns in each of them."""
        above: list[str] = []
        for row in _children(element, "tr"):
            if _is_gone(row):
                continue
            cells = [""] * int(value(row, "trPr/gridBefore") or 0)
            for cell in _children(row, "tc"):
                properties = cell.find(W + "tcPr")
                merge = properties.find(W + "vMerge") if properties is not None else None
                goes_on = merge is not None and merge.get(W + "val", "continue") == "continue"
                at = len(cells)
                text = above[at] if goes_on and at < len(above) else self.flat(cell)
                cells += [text] * max(1, int(value(properties, "gridSpan") or 1))
            above = cells
            yield cells

    def flat(self, parent: Any) -> str:
        """Return the text of a cell or a note in one line, the rows of a table inside it parted by commas."""
        parts: list[str] = []
        for child in parent:
            if child.tag == W + "p":
                properties = child.find(W + "pPr")
                style = self.styles.get(value(properties, "pStyle"))
                number = number_of(properties, style.number)
                label = self.numbers.label(*number) if number else ""
                text = self.inline(child, style.unseen).strip()
                parts.append(f"{label} {text}" if text and label not in {"", "•"} else text)
            elif child.tag == W + "tbl":
                rows = (" ".join(filter(None, row)) for row in self.rows(child))
                parts.append(", ".join(row for row in rows if row))
            elif child.tag in _OPEN or child.tag == W + "sdt":
                parts.append(self.flat(child))
        return " ".join(part for part in parts if part)

    def inline(self, element: Any, unseen: bool, text: str = "") -> str:
        """Return ``text`` and what of a paragraph is shown."""
        for child in element:
            tag = child.tag
            if tag == W + "r":
                text = self.run(child, unseen, text)
            elif tag == W + "sdt":
                if not is_on(child.find(W + "sdtPr"), "showingPlcHdr"):
                    text = self.inline(child, unseen, text)
            elif tag == W + "fldSimple":
                self.fields.append("number" if _PAGE.match(child.get(W + "instr", "")) else "shown")
                text = self.inline(child, unseen, text)
                self.fields.pop()
            elif tag in {_MATH + "oMath", _MATH + "oMathPara"}:
                text += formula(child)
            elif tag in _OPEN or tag == W + "ruby":
                text = self.inline(child, unseen, text)
        return text

    def run(self, element: Any, unseen: bool, text: str) -> str:
        """Return ``text`` and what a run adds to it."""
        properties = element.find(W + "rPr")
        hidden = unseen or is_on(properties, "vanish", "strike", "dstrike")
        hidden = hidden or self.styles.get(value(properties, "rStyle")).unseen
        place = value(properties, "vertAlign")
        own = ""
        for child in element:
            before = text + own
            if child.tag == W + "fldChar":
                own += self.field(child)
            elif child.tag == W + "instrText":
                self.code += child.text or ""
            elif child.tag in _OPEN or child.tag == W + "ruby":
                own = self.inline(child, unseen, before)[len(text) :]
            elif not hidden and all(field == "shown" for field in self.fields):
                own += self.sign(child, before)
        if place == "superscript" and own and not own.endswith("]"):
            return text + raised(text, own)
        return text + (lowered(text, own) if place == "subscript" and own else own)

    def field(self, element: Any) -> str:
        """Follow a field: its code is not shown, its result is, and so are a form's boxes and choices."""
        match element.get(W + "fldCharType"):
            case "begin":
                self.fields.append("code")
                self.code = ""
                return _form_value(element.find(W + "ffData"))
            case "separate" if self.fields:
                self.fields[-1] = "number" if _PAGE.match(self.code) else "shown"
            case "end" if self.fields:
                self.fields.pop()
        return ""

    def sign(self, child: Any, before: str) -> str:
        """Return what one piece of a run shows after ``before``."""
        name = child.tag.removeprefix(W) if isinstance(child.tag, str) else ""
        match name:
            case "t":
                return child.text or ""
            case "tab" | "ptab":
                return " "
            case "br" | "cr":
                return "\n"
            case "noBreakHyphen":
                return "-"
            case "sym":
                return _SIGNS.get((child.get(W + "char") or "").upper(), "")
            case "footnoteReference" | "endnoteReference":
                return self.mark(name.removesuffix("Reference"), child, before)
            case "drawing" | "pict" | "object":
                self.drawing(child)
            case _ if child.tag == _MC + "AlternateContent":
                choice = child.find(_MC + "Choice")
                for inner in choice if choice is not None else ():
                    self.drawing(inner)
        return ""

    def mark(self, kind: str, element: Any, before: str) -> str:
        """Count a note, keep it for below, and return its mark."""
        body = self.notes[kind].get(element.get(W + "id"))
        if body is None:
            return ""
        self.marks[kind] += 1
        mark = counted(self.marks[kind], "decimal" if kind == "footnote" else "lowerRoman")
        self.noted.append((mark, body))
        return note(before, mark)

    def drawing(self, element: Any) -> None:
        """Keep text boxes, charts and diagrams for below the paragraph; count large pictures and objects."""
        found = list(element.iter(W + "txbxContent"))
        boxes = [e for e in found if not any(a in found for a in e.iterancestors())]
        figures = [e for e in element.iter(_CHART, _DIAGRAM) if not any(a in found for a in e.iterancestors())]
        self.below += boxes + figures
        if boxes or figures:
            return
        if element.tag == W + "object":
            self.unread["embedded object"] += 1
        sizes = [int(e.get("cx", 0)) * int(e.get("cy", 0)) for e in element.iter(_EXTENT)]
        self.unread["picture"] += sum(size >= _LARGE for size in sizes)

    def running_heads(self, document: Any) -> None:
        """Add the lines of heads and feet once each, without page numbers."""
        seen: set[str] = set()
        first = True
        even = document.settings.odd_and_even_pages_header_footer
        for section in document.sections:
            parts = [section.header, section.footer]
            if section.different_first_page_header_footer:
                parts += [section.first_page_header, section.first_page_footer]
            if even:
                parts += [section.even_page_header, section.even_page_footer]
            for part in parts:
                if part.is_linked_to_previous:
                    continue
                for paragraph in part._element.iter(W + "p"):
                    text = self.inline(paragraph, False).strip()
                    if text in seen or not re.search(r"[^\W\d_]{3}", text) or _is_numbering(paragraph, text):
                        continue
                    seen.add(text)
                    if first:
                        self.builder.block_break()
                    first = False
                    self.builder.paragraph(text)
        self.below.clear()


def _parsed(blob: bytes) -> Any:
    return etree.fromstring(blob, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def _children(element: Any, name: str) -> Iterator[Any]:
    """Yield the rows or cells of a table, also those inside content controls."""
    for child in element:
        if child.tag == W + name:
            yield child
        elif child.tag == W + "sdt" or child.tag in _OPEN:
            yield from _children(child, name)


def _is_gone(row: Any) -> bool:
    return is_on(row.find(W + "trPr"), "del", "hidden")


def _is_contents(control: Any) -> bool:
    gallery = value(control, "sdtPr/docPartObj/docPartGallery")
    return gallery == "Table of Contents" or is_on(control.find(W + "sdtPr"), "showingPlcHdr")


def _is_numbering(paragraph: Any, text: str) -> bool:
    """Say whether a line of a running head is only there to number the pages ("Page 2 of 9")."""
    codes = [e.text or "" for e in paragraph.iter(W + "instrText")]
    codes += [e.get(W + "instr", "") for e in paragraph.iter(W + "fldSimple")]
    return any(_PAGE.match(code) for code in codes) and len(text.split()) <= 3


def _form_value(form: Any) -> str:
    """Return what a form field of the old kind shows beside its text: a ticked or empty box, the choice of a list."""
    if form is None:
        return ""
    box, choices = form.find(W + "checkBox"), form.find(W + "ddList")
    if box is not None:
        state = "checked" if box.find(W + "checked") is not None else "default"
        return "☒" if is_on(box, state) else "☐"
    if choices is not None:
        entries = [e.get(W + "val") or "" for e in choices.iterfind(W + "listEntry")]
        chosen = int(value(choices, "result") or value(choices, "default") or 0)
        return entries[chosen] if chosen < len(entries) else ""
    return ""
