"""A conversation as a file of its own: Markdown with footnotes, JSON, or a page to print.

In: a `Talk`. Out: text. Pure; the HTML goes through `ui/markup.py`, which escapes. The page needs nothing from outside
and runs nothing.
"""

from __future__ import annotations

import datetime
import json

from ui.markup import escape, to_html
from ui.render import escape_markdown, one_line, to_json, to_markdown
from ui.talks import Talk

STYLE = (
    "body{font:17px/1.6 Georgia,serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#22201c}"
    "h1{font-size:1.6rem}h2{font:600 1rem/1.4 sans-serif;margin-top:2rem}.footnotes{font-size:.85em;color:#555}"
    "button{font:inherit;color:inherit;background:none;border:0;padding:0;text-align:left}"
    ".meta,.copy,.dropped{display:none}article{break-inside:avoid-page}"
)


def as_markdown(talk: Talk) -> str:
    """Each question as a heading, each answer with its footnotes below it."""
    day = datetime.datetime.fromtimestamp(talk.used).astimezone().date().isoformat()
    parts = [f"# {escape_markdown(one_line(talk.title))}", day]
    for number, turn in enumerate(talk.turns, start=1):
        parts.append(f"## {escape_markdown(one_line(turn.answer.question))}")
        parts.append(to_markdown(turn.answer, f"{number}-"))  # a number of its own in every turn
    return "\n\n".join(parts) + "\n"


def as_json(talk: Talk) -> str:
    """The turns as `rag ask --json` prints them."""
    value = {"id": talk.id, "title": talk.title, "turns": [to_json(turn.answer) for turn in talk.turns]}
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def as_page(talk: Talk) -> str:
    """One HTML page to print or to keep."""
    turns = "".join(to_html(turn.answer, turn.id) for turn in talk.turns)
    title = escape(one_line(talk.title))
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1>{turns}</body></html>"
    )
