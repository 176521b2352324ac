"""Plain text and Markdown.

In: bytes. Out: one `Reading`; for Markdown the front matter becomes metadata and leaves the canonical text, and the
headings are marked. Markup inside sentences stays as it was typed: a quote is what the file says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ingest.load import Heading, Limits, Reading, canonical, decode
from ingest.markdown_table import markdown_tables
from rag.types import Span

_FRONT = re.compile(r"\A---[ \t]*\n(.{0,16384}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_ATX = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_REMARK = re.compile(r"\s*(?:#|//|--|/\*|;|%|REM\b)")
_MOST_LINES = 12  # of code that are one sentence
# A remark of HTML, which no viewer shows, or code in a line, in which one is text.
_UNSEEN = re.compile(r"(?P<code>`+)(?!`)[^\n]*?(?P=code)(?!`)|<!--.*?-->[ \t]*\n?", re.DOTALL)
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_KNOWN = {"title", "author", "date", "language", "lang"}


def read_text(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read plain text in any encoding."""
    return (Reading(canonical(decode(data))),)


def read_markdown(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read Markdown with optional YAML front matter."""
    text = canonical(decode(data))
    front = _FRONT.match(text)
    fields = _front_matter(front[1]) if front else {}
    body = _without_remarks(text[front.end() :] if front and fields else text)
    code = fences(body)
    headings = markdown_headings(body, code)
    rows, grids = markdown_tables(body, [whole for whole, _ in code])
    first = headings[0].title if headings and not body[: headings[0].start].strip() else None
    return (
        Reading(
            body,
            title=fields.get("title") or first,
            date=fields.get("date"),
            author=fields.get("author"),
            language=fields.get("language") or fields.get("lang"),
            media_type="text/markdown",
            headings=headings,
            rows=tuple(sorted((*code_rows(body, code), *rows), key=lambda s: s.start)),
            grids=grids,
            metadata={k: v for k, v in fields.items() if k not in _KNOWN},
        ),
    )


def _without_remarks(text: str) -> str:
    """Take out remarks of HTML outside code. One that fills its lines takes them along."""
    if "<!--" not in text:
        return text
    blocks = iter([*(whole for whole, _ in fences(text)), Span(len(text) + 1, len(text) + 1)])
    block = next(blocks)
    kept, done = [], 0
    for found in _UNSEEN.finditer(text):
        while found.start() >= block.end:
            block = next(blocks)
        if found["code"] or found.start() >= block.start:
            continue
        starts_line = found.start() == 0 or text[found.start() - 1] == "\n"
        end = found.end() - (not starts_line and text[found.end() - 1] == "\n")
        kept.append(text[done : found.start()])
        done = end
    return "".join([*kept, text[done:]])


def _front_matter(block: str) -> dict[str, str]:
    import yaml

    # BaseLoader makes strings of everything and calls nothing; nested tables are left out.
    try:
        loaded = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 (it builds no objects)
    except yaml.YAMLError:
        return {}
    return {str(k).lower(): t for k, v in loaded.items() if (t := _flat(v))} if isinstance(loaded, dict) else {}


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ", ".join(v.strip() for v in value)
    return ""


def fences(text: str) -> list[tuple[Span, Span]]:
    """Return each block of fenced code as the spans of the whole and of what lies between its fences; one that is
    never closed goes to the end."""
    found: list[tuple[Span, Span]] = []
    opened: tuple[int, int, str] | None = None
    position = 0
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and opened is None:
            opened = (position, min(position + len(line) + 1, len(text)), mark[1])
        elif mark and opened and mark[1].startswith(opened[2]) and not mark[2]:
            found.append((Span(opened[0], position + len(line)), Span(opened[1], max(opened[1], position - 1))))
            opened = None
        position += len(line) + 1
    if opened:
        found.append((Span(opened[0], len(text)), Span(opened[1], len(text))))
    return found


def code_rows(text: str, blocks: Sequence[tuple[Span, Span]]) -> tuple[Span, ...]:
    """Return what of fenced code is one sentence: a remark with the commands below it, lines without a blank one
    between them; and the fences themselves, which the splitter takes for no sentence."""
    rows: list[Span] = []
    for whole, inside in blocks:
        rows += _stripped(text, whole.start, inside.start)
        start, lines, remark = inside.start, 0, False
        position = inside.start
        for line in inside.of(text).split("\n"):
            opens = bool(_REMARK.match(line)) and not remark
            if lines and (not line.strip() or opens or lines >= _MOST_LINES):
                rows += _stripped(text, start, position)
                lines = 0
            if line.strip():
                start, lines = (position, 1) if not lines else (start, lines + 1)
                remark = bool(_REMARK.match(line))
            position += len(line) + 1
        if lines:
            rows += _stripped(text, start, inside.end)
        rows += _stripped(text, inside.end, whole.end)
    return tuple(rows)


def _stripped(text: str, start: int, end: int) -> list[Span]:
    piece = text[start:end]
    span = Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
    return [span] if span.end > span.start else []


def markdown_headings(text: str, blocks: Sequence[tuple[Span, Span]] | None = None) -> tuple[Heading, ...]:
    """Find ``# heading`` lines and underlined ones, outside fenced code."""
    code = fences(text) if blocks is None else blocks
    ends = iter([*(whole for whole, _ in code), Span(len(text) + 1, len(text) + 1)])
    fence = next(ends)
    found: list[Heading] = []
    previous = (0, "")
    position = 0
    for line in text.split("\n"):
        if position > fence.end:
            fence = next(ends)
        if position < fence.start:
            atx = _ATX.match(line)
            under = _UNDERLINE.match(line)
            if atx:
                found.append(Heading(position, position + len(line), len(atx[1]), atx[2]))
            elif under and previous[1].strip() and not _ATX.match(previous[1]) and _alone(text, previous[0]):
                level = 1 if under[1][0] == "=" else 2
                found.append(Heading(previous[0], position + len(line), level, previous[1].strip()))
        previous = (position, line)
        position += len(line) + 1
    return tuple(found)


def _alone(text: str, start: int) -> bool:
    """Say whether the line above ``start`` is blank: only then is an underlined line a heading of its own."""
    return start == 0 or text[:start].endswith("\n\n")
