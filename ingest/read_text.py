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

_FRONT = re.compile(r"\A---[ \t]*\n(.{0,16384}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_ATX = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
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
    body = text[front.end() :] if front and fields else text
    headings = markdown_headings(body)
    rows, grids = markdown_tables(body)
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
            rows=rows,
            grids=grids,
            metadata={k: v for k, v in fields.items() if k not in _KNOWN},
        ),
    )


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


def markdown_headings(text: str) -> tuple[Heading, ...]:
    """Find ``# heading`` lines and underlined ones, outside fenced code."""
    found: list[Heading] = []
    fence = ""
    previous = (0, "")
    position = 0
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark:
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence:
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
