"""What floats over the sheets of a workbook: text boxes, and charts with their titles.

In: an opened workbook and the path of a sheet in it. Out: parts added to a `Builder`. A chart's numbers stand in the
cells that it is drawn from, so they are said again only where those are on a sheet that is hidden.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Collection, Iterator
from typing import Any

from lxml import etree

from ingest.build import Builder
from ingest.charts import add_chart, chart_titles

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_X = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"


def add_drawings(builder: Builder, opened: zipfile.ZipFile, sheet: str, hidden: Collection[str]) -> None:
    """Add the text boxes and charts of a sheet; ``hidden`` are the names of sheets that are not shown."""
    for drawing in _related(opened, sheet, "/drawing"):
        for shape in _parsed(opened, drawing).iter(_X + "sp"):
            for paragraph in shape.iter(_A + "p"):
                builder.paragraph("".join(t.text or "" for t in paragraph.iter(_A + "t")))
        for path in _related(opened, drawing, "/chart"):
            chart = _parsed(opened, path)
            sources = {(f.text or "").rpartition("!")[0].strip("'") for f in chart.iter(_C + "f")}
            if sources & set(hidden):
                add_chart(builder, chart)
            else:
                for title in chart_titles(chart):
                    builder.paragraph(title)


def _related(opened: zipfile.ZipFile, path: str, kind: str) -> Iterator[str]:
    """Yield the paths of the parts of a kind that a part names (ECMA-376, part 2, 9.3)."""
    folder, name = posixpath.split(path)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in opened.namelist():
        return
    for relation in _parsed(opened, relations):
        target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
        if relation.get("Type", "").endswith(kind) and target in opened.namelist():
            yield target


def _parsed(opened: zipfile.ZipFile, path: str) -> Any:
    safe = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(opened.read(path), safe)
