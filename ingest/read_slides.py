"""Presentations.

In: bytes. Out: one `Reading`, each slide a page: its title as heading, the texts of its shapes and groups, tables,
charts with their numbers, and its notes. Hidden slides and shapes are left out, and said to be; slide numbers and
repeated footers are no text.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from ingest.build import Builder
from ingest.charts import add_chart, diagram_texts
from ingest.load import Limits, Reading, counted_things
from ingest.marks import formula, lowered, raised
from ingest.read_word import described
from ingest.zips import DAMAGE, check_expansion
from rag.errors import ReadError

_MEDIA = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"
_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"sldNum", "dt", "hdr", "sldImg"}
_SHAPES = {_P + "sp", _P + "cxnSp", _P + "graphicFrame", _P + "pic"}
_LARGE = 0.25  # of the slide's width and height: a smaller picture is a logo or a sign


def read_pptx(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a presentation."""
    import pptx
    from pptx.exc import PythonPptxError

    check_expansion(data, limits)
    try:
        show = pptx.Presentation(io.BytesIO(data))
        slides = _Slides(int(show.slide_width or 0), int(show.slide_height or 0))
        for slide in show.slides:
            slides.add(slide)
        facts = show.core_properties
    except (*DAMAGE, PythonPptxError) as error:
        raise ReadError(f"a damaged presentation ({str(error)[:200] or type(error).__name__})") from error
    return (described(slides.builder, facts, _MEDIA, counted_things(slides.unread)),)


class _Slides:
    """Builds the text of a presentation slide by slide."""

    def __init__(self, width: int, height: int) -> None:
        self.builder = Builder()
        self.unread: Counter[str] = Counter()
        self._size = (width, height)
        self._footers: set[str] = set()

    def add(self, slide: Any) -> None:
        """Add a slide as a page; a hidden one is an empty page."""
        self.builder.page()
        if slide._element.get("show") in {"0", "false"}:
            self.unread["hidden slide"] += 1
            return
        shapes = list(_shapes(slide._element.find(f".//{_P}spTree")))
        titles = [s for s in shapes if _role(s) in _TITLES]
        for title in titles:
            self.builder.heading(" ".join(_paragraphs(title)), 1)
        for shape in shapes:
            if shape not in titles:
                self._shape(slide.part, shape)
        if slide.has_notes_slide:
            for shape in _shapes(slide.notes_slide._element.find(f".//{_P}spTree")):
                if _role(shape) == "body":
                    for text in _paragraphs(shape):
                        self.builder.paragraph(text)

    def _shape(self, part: Any, shape: Any) -> None:
        table, chart = shape.find(f".//{_A}tbl"), shape.find(f".//{_C}chart")
        diagram = shape.find(f".//{_D}relIds")
        if table is not None:
            self.builder.table(list(_rows(table)), apart=False)
        elif chart is not None:
            add_chart(self.builder, _parsed(part.related_part(chart.get(_R + "id")).blob))
        elif diagram is not None:
            for text in diagram_texts(_parsed(part.related_part(diagram.get(_R + "dm")).blob)):
                self.builder.item(text)
        elif shape.tag == _P + "pic":
            extent = shape.find(f"{_P}spPr/{_A}xfrm/{_A}ext")
            large = extent is not None and all(
                int(extent.get(key, 0)) > _LARGE * size for key, size in zip(("cx", "cy"), self._size, strict=True)
            )
            self.unread["picture"] += large
        elif shape.tag == _P + "graphicFrame":
            self.unread["embedded object"] += 1
        else:
            self._texts(shape)

    def _texts(self, shape: Any) -> None:
        texts = _paragraphs(shape)
        if _role(shape) == "ftr":
            texts = [t for t in texts if t not in self._footers]
            self._footers.update(texts)
        for text in texts:
            self.builder.item(text) if len(texts) > 1 else self.builder.paragraph(text)


def _shapes(tree: Any) -> Iterator[Any]:
    """Yield the shapes that are shown, those of groups too, in their order."""
    for child in tree if tree is not None else ():
        if child.tag == _MC + "AlternateContent":
            yield from _shapes(child.find(_MC + "Choice"))
        elif child.tag == _P + "grpSp" or child.tag in _SHAPES:
            properties = child.find(f"*/{_P}cNvPr")
            if properties is not None and properties.get("hidden") in {"1", "true"}:
                continue
            if child.tag in _SHAPES and _role(child) not in _FURNITURE:
                yield child
            elif child.tag == _P + "grpSp":
                yield from _shapes(child)


def _role(shape: Any) -> str:
    """Return what kind of placeholder a shape is, "" for none."""
    holder = shape.find(f"*/{_P}nvPr/{_P}ph")
    return str(holder.get("type", "body")) if holder is not None else ""


def _paragraphs(shape: Any) -> list[str]:
    return [text for p in shape.iter(_A + "p") if (text := _paragraph(p).strip())]


def _paragraph(element: Any) -> str:
    """Return what a paragraph shows: no struck-out text, raised and lowered marks told apart."""
    text = ""
    for child in element.iter(_A + "r", _A + "fld", _A + "br", _MATH):
        if child.tag == _A + "br":
            text += " "
            continue
        if child.tag == _MATH:
            text += formula(child)
            continue
        properties = child.find(_A + "rPr")
        own = child.findtext(_A + "t") or ""
        if properties is not None and properties.get("strike", "noStrike") != "noStrike":
            continue
        baseline = int(properties.get("baseline", "0").rstrip("%")) if properties is not None else 0
        text += raised(text, own) if baseline > 0 else lowered(text, own) if baseline < 0 else own
    return text.replace("\v", " ")


def _rows(table: Any) -> Iterator[list[str]]:
    """Yield the rows of a table, its merged cells filled."""
    above: list[str] = []
    for row in table.iterfind(_A + "tr"):
        cells: list[str] = []
        for at, cell in enumerate(row.iterfind(_A + "tc")):
            if cell.get("vMerge") in {"1", "true"} and at < len(above):
                cells.append(above[at])
            elif cell.get("hMerge") in {"1", "true"} and cells:
                cells.append(cells[-1])
            else:
                cells.append(" ".join(_paragraphs(cell)))
        above = cells
        yield cells


def _parsed(blob: bytes) -> Any:
    return etree.fromstring(blob, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
