"""Tables and records: CSV, TSV, XLSX, JSON and JSON Lines.

In: bytes. Out: one `Reading` in which every row or record is a sentence that repeats its column names. Long texts
inside a record are paragraphs under their name.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ingest.build import Builder, one_line
from ingest.cell_format import shown
from ingest.load import Limits, Reading, canonical, decode
from ingest.sheet import Marks, filled, marked
from ingest.sheet_drawings import add_drawings
from ingest.zips import DAMAGE, check_expansion
from rag.errors import ReadError

# A longer text inside a record is prose, and is cut into sentences.
_PROSE = 160
_DEPTH = 20
csv.field_size_limit(1 << 27)


def read_csv(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read comma, semicolon, tab or bar separated values; `ingest.grid` finds which rows name the columns."""
    text = canonical(decode(data))
    media = "text/tab-separated-values" if name.lower().endswith((".tsv", ".tab")) else "text/csv"
    builder = Builder()
    try:
        builder.table(csv.reader(io.StringIO(text), delimiter=_delimiter(text, media), strict=False))
    except csv.Error as error:
        raise ReadError(f"not a table: {error}") from error
    return (builder.reading(media_type=media),)


def _delimiter(text: str, media: str) -> str:
    if media == "text/tab-separated-values":
        return "\t"
    lines = [line for line in text[:65536].split("\n") if line.strip()][:20]

    def cut_alike(mark: str) -> tuple[int, int]:
        """In how many lines the mark stands equally often, a banner aside, and how often that is."""
        counts = Counter(n for line in lines if (n := line.count(mark)))
        often, many = max(counts.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        return many, often

    best = max(",;\t|", key=cut_alike)
    return best if cut_alike(best)[0] > 1 or (lines and best in lines[0]) else ","


def read_xlsx(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a workbook as it is shown: each visible sheet a section, its cells in their number formats."""
    import openpyxl

    opened = check_expansion(data, limits)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        builder = Builder()
        warnings: list[str] = []
        unread = 0
        hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                warnings.append(f"a hidden sheet ({one_line(sheet.title)}) was left out")
                continue
            path = sheet._worksheet_path.lstrip("/")
            marks = marked(opened.read(path))
            builder.heading(sheet.title, 1)
            builder.table(filled(_rows(sheet, marks), marks))
            add_drawings(builder, opened, path, hidden)
            unread += marks.unread
    except DAMAGE as error:
        raise ReadError(f"a damaged workbook ({_first(error)})") from error
    if unread:
        warnings.append(f"{unread} formula{'s' if unread > 1 else ''} without values not read")
    facts = book.properties
    return (
        builder.reading(
            title=facts.title,
            author=facts.creator if facts.creator != "openpyxl" else None,
            media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            warnings=warnings,
        ),
    )


def _rows(sheet: Any, marks: Marks) -> Iterator[tuple[int, list[str]]]:
    """Yield the visible rows with their numbers; a row that the file leaves out is blank."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [shown(cell.value, cell.number_format if cell.value is not None else "") for cell in row]


def _first(error: Exception) -> str:
    return one_line(str(error))[:200] or type(error).__name__


def read_json(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read JSON: a list of records, or one object."""
    text = canonical(decode(data))
    try:
        loaded = json.loads(text, parse_float=str)  # 1.10 is shown as it is typed
    except RecursionError as error:
        raise ReadError("JSON nested too deeply") from error
    except ValueError as error:
        return _lines(text, error)
    return (_records(_unfold(loaded), "application/json"),)


def read_jsonl(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read JSON Lines: one record a line."""
    return _lines(canonical(decode(data)), None)


def _lines(text: str, whole: ValueError | None) -> Sequence[Reading]:
    records = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                records.append(json.loads(line, parse_float=str))
            except (ValueError, RecursionError) as error:
                raise ReadError(f"not JSON: {whole or f'line {number}: {_first(error)}'}") from error
    return (_records(records, "application/jsonl"),)


def _unfold(loaded: Any) -> list[Any]:
    """Return the records of a document: a list, or the one list of objects inside an object, or the object itself."""
    if isinstance(loaded, list):
        return loaded
    if isinstance(loaded, dict):
        lists = [v for v in loaded.values() if isinstance(v, list) and v and all(isinstance(i, dict) for i in v)]
        if len(lists) == 1:
            rest = {k: v for k, v in loaded.items() if v is not lists[0]}
            return ([rest] if rest else []) + lists[0]
    return [loaded]


def _records(records: Iterable[Any], media_type: str) -> Reading:
    builder = Builder()
    for loaded in records:
        short: list[tuple[str, str]] = []
        long: list[tuple[str, str]] = []
        for key, value in _flat(loaded, ""):
            (long if len(value) > _PROSE else short).append((key, value))
        builder.block_break()
        builder.row("; ".join(f"{k}: {v}" if k else v for k, v in short), apart=False)
        for key, value in long:
            builder.paragraph(f"{key}:\n\n{value}" if key else value)
    return builder.reading(media_type=media_type)


def _flat(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield ``("author.name", "Mara")`` pairs; lists of plain values are joined."""
    if isinstance(value, dict) and depth < _DEPTH:
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list) and depth < _DEPTH:
        if all(not isinstance(v, dict | list) for v in value):
            yield path, ", ".join(_plain(v) for v in value)
        else:
            for number, inner in enumerate(value, 1):
                yield from _flat(inner, f"{path}.{number}" if path else str(number), depth + 1)
    elif (text := _plain(value)) and depth <= _DEPTH:
        yield path, text


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
