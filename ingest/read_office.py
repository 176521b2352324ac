"""Word and PowerPoint documents.

In: bytes. Out: one `Reading`: paragraphs, headings by their styles, list items, tables row by row; for slides, each
slide a page with its title as heading and its notes. Text boxes, headers and footers of Word files are not read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.build import Builder
from ingest.grid import spanned
from ingest.load import Limits, Reading
from ingest.zips import DAMAGE, check_expansion
from rag.errors import ReadError

_LEVEL = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop) (\d)", re.IGNORECASE)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def read_docx(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a Word document."""
    import docx
    from docx.opc.exceptions import OpcError
    from docx.table import Table

    check_expansion(data, limits)
    builder = Builder()
    try:
        document = docx.Document(io.BytesIO(data))
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                builder.table(([c.text for c in row.cells] for row in block.rows), apart=False)
            else:
                _paragraph(builder, block)
        facts = document.core_properties
    except (*DAMAGE, OpcError) as error:
        raise ReadError(f"a damaged Word document ({str(error)[:200] or type(error).__name__})") from error
    return (_described(builder, facts, _WORD),)


def _paragraph(builder: Builder, block: Any) -> None:
    style = str(block.style.name or "") if block.style is not None else ""
    level = _LEVEL.match(style)
    numbered = block._p.pPr is not None and block._p.pPr.numPr is not None
    if level or style == "Title":
        builder.heading(block.text, int(level[1]) if level else 1)
    elif numbered or style.startswith("List"):
        builder.item(block.text)
    else:
        builder.paragraph(block.text)


def _described(builder: Builder, facts: Any, media_type: str, warnings: Sequence[str] = ()) -> Reading:
    moment = facts.created or facts.modified
    return builder.reading(
        title=facts.title or builder.first_heading,
        author=None if facts.author in {"", "python-docx", "Microsoft Office User"} else facts.author,
        date=moment.date().isoformat() if moment else None,
        language=(facts.language or "")[:2] or None,
        media_type=media_type,
        metadata={"subject": facts.subject or "", "keywords": facts.keywords or ""},
        warnings=warnings,
    )


def read_pptx(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a presentation."""
    import pptx
    from pptx.exc import PythonPptxError

    check_expansion(data, limits)
    builder = Builder()
    try:
        show = pptx.Presentation(io.BytesIO(data))
        for slide in show.slides:
            builder.page()
            title = slide.shapes.title
            if title is not None:
                builder.heading(title.text_frame.text, 1)
            for shape in slide.shapes:
                if title is None or shape.shape_id != title.shape_id:
                    _shape(builder, shape)
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                builder.paragraph(slide.notes_slide.notes_text_frame.text)
        facts = show.core_properties
    except (*DAMAGE, PythonPptxError) as error:
        raise ReadError(f"a damaged presentation ({str(error)[:200] or type(error).__name__})") from error
    return (_described(builder, facts, _SLIDES),)


def _shape(builder: Builder, shape: Any, depth: int = 0) -> None:
    if shape.shape_type is not None and hasattr(shape, "shapes") and depth < 20:
        for inner in shape.shapes:
            _shape(builder, inner, depth + 1)
    elif getattr(shape, "has_table", False) and shape.has_table:
        builder.table(spanned(_slide_row(row) for row in shape.table.rows), apart=False)
    elif shape.has_text_frame:
        paragraphs = [p.text for p in shape.text_frame.paragraphs if p.text.strip()]
        for text in paragraphs:
            builder.item(text) if len(paragraphs) > 1 else builder.paragraph(text)


def _slide_row(row: Any) -> Iterator[tuple[str, int, int]]:
    for cell in row.cells:
        if not cell.is_spanned:
            yield (
                cell.text,
                cell.span_height if cell.is_merge_origin else 1,
                (cell.span_width if cell.is_merge_origin else 1),
            )
