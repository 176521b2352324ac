"""Charts and diagrams of Office files: their titles, their numbers as a table, the texts of their shapes.

In: the root of a chart's or a diagram's part (DrawingML). Out: parts added to a `Builder`, or texts. The picture itself
is not looked at: the numbers are those that Office keeps with the chart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.build import Builder

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"


def add_chart(builder: Builder, root: Any) -> None:
    """Add a chart's title, the titles of its axes and its numbers, a row for each category."""
    plot = root.find(f".//{_C}plotArea")
    if plot is None:
        return
    title = _text(root.find(f"{_C}chart/{_C}title"))
    builder.paragraph(title)
    axes = {a.tag: _text(a.find(_C + "title")) for a in plot if a.find(_C + "title") is not None}
    numbers = axes.pop(_C + "valAx", "")
    series = list(plot.iter(_C + "ser"))
    names = [_first(s.find(_C + "tx")) or numbers or f"series {n}" for n, s in enumerate(series, 1)]
    if numbers and len(series) > 1:
        builder.paragraph(numbers)
    columns = [_points(s, "val", "yVal") for s in series]
    kinds: dict[int, str] = {}
    for s in series:
        kinds = {**_points(s, "cat", "xVal"), **kinds}
    rows = [[next(iter(axes.values()), ""), *names]]
    for at in sorted({*kinds, *(at for column in columns for at in column)}):
        rows.append([kinds.get(at, str(at + 1)), *(column.get(at, "") for column in columns)])
    head, *points = rows
    if points:  # its names are known, also where only one of them is said
        builder.columns(head, [head], title)
    for row in points:
        builder.values(row, apart=False)


def chart_titles(root: Any) -> Iterator[str]:
    """Yield the title of a chart and those of its axes."""
    for title in root.iter(_C + "title"):
        if text := _text(title):
            yield text


def diagram_texts(root: Any) -> Iterator[str]:
    """Yield the texts of a diagram's shapes."""
    for point in root.iter(_D + "pt"):
        text = "".join(t.text or "" for t in point.iter(_A + "t"))
        if text.strip():
            yield text


def _text(element: Any) -> str:
    if element is None:
        return ""
    typed = " ".join("".join(t.text or "" for t in p.iter(_A + "t")) for p in element.iter(_A + "p"))
    return typed.strip() or _first(element)


def _first(element: Any) -> str:
    found = element.find(f".//{_C}v") if element is not None else None
    return (found.text or "") if found is not None else ""


def _points(series: Any, *names: str) -> dict[int, str]:
    """Return what a series holds at each place, the way it is shown where that is a percentage."""
    holder = next((h for name in names if (h := series.find(_C + name)) is not None), None)
    if holder is None:
        return {}
    percent = "%" in (holder.findtext(f".//{_C}formatCode") or "")
    points: dict[int, list[str]] = {}
    for point in holder.iter(_C + "pt"):  # of several levels the outer ones come last
        text = point.findtext(_C + "v") or ""
        points.setdefault(int(point.get("idx", 0)), []).insert(0, _number(text, percent))
    return {at: " ".join(texts) for at, texts in points.items()}


def _number(text: str, percent: bool) -> str:
    try:
        number = float(text)
    except ValueError:
        return text
    if percent:
        return f"{number * 100:.10g}%"
    return f"{number:.15g}" if abs(number) < 1e15 else text
