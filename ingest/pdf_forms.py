"""What has been typed into a PDF without becoming part of its pages: the fields of forms, and text set over a page.

In: a document and a page of pdfium, and the page's lines. Out: the lines with each field's value beside its label
("Number plate: KR 482 TX"), and how many comments there are. A field that no text labels is called by its own name.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ingest.build import one_line
from ingest.pdf_lines import Line

_COMMENT, _FREE_TEXT, _WIDGET = 1, 3, 20  # FPDF_ANNOT_…
_BOX, _RADIO, _CHOICES = 2, 3, {4, 5, 6}  # FPDF_FORMFIELD_…
_UNSEEN = 2 | 32  # hidden, not shown
_PASSWORD = 1 << 13
_NEAR = 260.0  # points between a label and its field
_SLACK = 3.0


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    value: str
    ticked: bool | None
    left: float
    bottom: float
    right: float
    top: float


def with_fields(document: Any, page: Any, lines: list[Line]) -> tuple[list[Line], int]:
    """Return the lines of a page with what was typed over them, and the number of its comments."""
    import pypdfium2.raw as raw

    fields: list[_Field] = []
    comments = 0
    for n in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if raw.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
                continue
            comments += kind == _COMMENT
            if kind == _WIDGET and document.formenv is not None:
                field = _field(document.formenv, annotation)
            elif kind == _FREE_TEXT:
                field = _placed(annotation, "", _contents(annotation), None)
            else:
                continue
            if field is not None and (field.value or field.ticked is not None):
                fields.append(field)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    for field in sorted(fields, key=lambda f: (-f.top, f.left)):
        lines = _labelled(lines, field)
    return lines, comments


def _field(form: Any, annotation: Any) -> _Field | None:
    import pypdfium2.raw as raw

    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _string(lambda b, size: raw.FPDFAnnot_GetFormFieldAlternateName(form, annotation, b, size))
    name = name or _string(lambda b, size: raw.FPDFAnnot_GetFormFieldName(form, annotation, b, size)).rpartition(".")[2]
    if kind in {_BOX, _RADIO}:
        return _placed(annotation, name, "", bool(raw.FPDFAnnot_IsChecked(form, annotation)))
    if kind not in _CHOICES or (kind == 6 and raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD):
        return None
    value = _string(lambda b, size: raw.FPDFAnnot_GetFormFieldValue(form, annotation, b, size))
    return _placed(annotation, name, value, None)


def _contents(annotation: Any) -> str:
    import pypdfium2.raw as raw

    return _string(lambda b, size: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", b, size))


def _string(call: Callable[[Any, int], int]) -> str:
    """Ask pdfium for a text, which it gives in UTF-16 with a zero at its end; lengths are in bytes."""
    size = int(call(None, 0))
    if size <= 2 or size > 1 << 20:
        return ""
    buffer = ctypes.create_string_buffer(size)
    call(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return one_line(buffer.raw[: size - 2].decode("utf-16-le", "replace"))


def _placed(annotation: Any, name: str, value: str, ticked: bool | None) -> _Field | None:
    import pypdfium2.raw as raw

    box = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(annotation, box):
        return None
    return _Field(name, value, ticked, box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top))


def _labelled(lines: list[Line], field: _Field) -> list[Line]:
    """Put a field's value beside the line that labels it, or on a line of its own."""
    said = field.value if field.ticked is None else "yes" if field.ticked else "no"
    at = _label(lines, field) if field.name or field.ticked is not None else None
    if at is None:
        text = f"{field.name}: {said}" if field.name else said
        below = next((n for n, line in enumerate(lines) if line.base < field.bottom - _SLACK), len(lines))
        size = lines[0].size if lines else 10.0
        return [*lines[:below], Line(text, field.left, field.bottom + _SLACK, size, field=True), *lines[below:]]
    line = lines[at]
    gap = " " if line.field or line.text.endswith((":", "?", "_", "…")) else ": "
    labelled = replace(
        line, text=f"{line.text.rstrip('_ .…') if gap == ' ' else line.text}{gap}{said}", field=True, cells=()
    )
    return [*lines[:at], labelled, *lines[at + 1 :]]


def _label(lines: list[Line], field: _Field) -> int | None:
    """Find the line that labels a field: right of a box to tick, else left of the field, else above it."""
    best: tuple[float, int] | None = None
    for n, line in enumerate(lines):
        level = field.bottom - _SLACK <= line.base <= field.top
        right = line.right if line.cells else line.left
        if line.field and line.text.endswith((" yes", " no")) and field.ticked is not None:
            continue
        if level and field.ticked is not None and line.left >= field.right - _SLACK:
            far = line.left - field.right
        elif level and (right <= field.left + _SLACK or line.field):
            far = max(0.0, field.left - right) + (20.0 if field.ticked is not None else 0.0)
        elif field.ticked is None and 0 < line.base - field.top < 1.2 * line.size and abs(line.left - field.left) < 15:
            far = 0.5 * _NEAR
        else:
            continue
        if far <= _NEAR and (best is None or far < best[0]):
            best = (far, n)
    return best[1] if best else None
