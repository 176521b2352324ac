"""Where the cells of a table stand in the canonical text, packed small.

In: spans, row by row. Out: a `Grid` whose ``cells`` are zlib over pairs of 32-bit numbers, the gap to the end of the
cell before and the length, so that a table of millions of cells is kept in a few bytes a cell.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.types import Grid, Span


class Cells:
    """Grows the packed cells of one table; what a row lacks at its end is empty."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._zip = zlib.compressobj(6)
        self._end = 0
        self.width = 0
        self.height = 0

    def add(self, spans: Sequence[Span | None]) -> None:
        """Add a row, in the order of the text; ``None`` is an empty cell."""
        row = array("I")
        for span in spans:
            row.extend((span.start - self._end, span.end - span.start) if span else (0, 0))
            self._end = span.end if span else self._end
        self.width = max(self.width, len(spans))
        self.height += 1
        # The width of each row goes with it: a later row may be longer.
        self._parts.append(self._zip.compress(array("I", (len(spans),)).tobytes() + row.tobytes()))

    def grid(self, names: Sequence[str], caption: str, start: int, end: int) -> Grid:
        """Return the table. A grid takes its rows' cells from the packed bytes alone."""
        packed = b"".join(self._parts) + self._zip.flush()
        padded = tuple(names) + ("",) * (self.width - len(names))
        return Grid(start, end, caption, padded, packed)


def is_larger(grid: Grid, cells: int) -> bool:
    """Say whether a grid has more than about so many cells, without unpacking more than those."""
    opened = zlib.decompressobj()
    opened.decompress(grid.cells, 8 * cells)
    return bool(opened.unconsumed_tail)


def places(grid: Grid) -> NDArray[np.int64]:
    """Return where the cells of a grid stand: rows x columns x (start, end); an empty cell has start == end."""
    flat = np.frombuffer(zlib.decompress(grid.cells), dtype=np.uint32)
    width = len(grid.names)
    at, rows = 0, []
    while at < flat.size:
        many = int(flat[at])
        row = np.zeros(2 * width, dtype=np.int64)
        row[: 2 * many] = flat[at + 1 : at + 1 + 2 * many]
        rows.append(row)
        at += 1 + 2 * many
    pairs = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    ends = np.cumsum(pairs)[1::2]
    return np.stack([ends - pairs[1::2], ends], axis=-1).reshape(-1, width, 2)
