"""Tables written in Markdown, which stay as they are written: only where their rows and cells stand is told.

In: a text. Out: spans and `Grid` values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.tables.grid import Cells
from rag.types import Grid, Span

_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")


def markdown_tables(text: str, code: Sequence[Span] = ()) -> tuple[tuple[Span, ...], tuple[Grid, ...]]:
    """Find the tables of GitHub's Markdown: their rows, and where the cells stand. A rule of dashes is no row, and what
    stands in fenced ``code`` is no table."""
    rows: list[Span] = []
    grids: list[Grid] = []
    lines: list[tuple[int, str]] = []
    for line in text.split("\n"):
        lines.append((lines[-1][0] + len(lines[-1][1]) + 1 if lines else 0, line))
    at = 1
    while at < len(lines):
        start, names = lines[at - 1]
        fenced = any(span.start <= start < span.end for span in code)
        if fenced or "|" not in names or "|" not in lines[at][1] or not _RULE.fullmatch(lines[at][1]):
            at += 1
            continue
        table, end = Cells(), start + len(names)
        rows.append(Span(start, end))
        at += 1
        while at < len(lines) and "|" in lines[at][1]:
            begins, line = lines[at]
            end = begins + len(line)
            rows.append(Span(begins, end))
            table.add([s if s.end > s.start else None for s in _cells(begins, line)])
            at += 1
        if table.height:
            named = [s.of(text) for s in _cells(start, names)]
            grids.append(table.grid(named, "", start, end))
    return tuple(rows), tuple(grids)


def _cells(start: int, line: str) -> list[Span]:
    """Where the texts between the bars of a line stand, white space left out."""
    inner = re.match(r"\s*\|?(.*?)\|?\s*$", line)
    low, high = inner.span(1) if inner else (0, len(line))
    spans = []
    for m in re.finditer(r"(?:\\.|[^|\\])*(?:\||$)", line[low:high]):
        cell = m[0].removesuffix("|") if not m[0].endswith("\\|") else m[0]
        left = low + m.start() + len(cell) - len(cell.lstrip())
        spans.append(Span(start + left, start + max(left, left + len(cell.strip()))))
        if m.end() == high - low and not m[0].endswith("|"):
            break
    return spans
