"""What OpenAI's and Anthropic's protocols share: a conversation as messages, an answer as Markdown.

In: messages, an `Answer`. Out: a question with its history; text with its footnotes under it. Text of a document is
kept from being read as a picture, a link or markup by the client that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

from rag.types import Answer, Citation, Turn
from ui import asides, render
from ui.doors.desk import MODEL
from ui.doors.gate import Refusal

MADE = 1735689600  # when the model is said to be made; both protocols want a date
MOST_MESSAGES = 1000
_LIVE = re.compile(r"!(?=\[)|\](?=[(\[:])|<")
_NOTES = re.compile(r"\n\n\*\*\[1\]\*\* .*\Z", re.S)


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str = Field(default="", max_length=200_000)


class Said(BaseModel):
    """A message."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None

    def text(self) -> str:
        """The text of it. `Refusal` for anything else: what is not read must not seem read."""
        if isinstance(self.content, str) or self.content is None:
            return self.content or ""
        if other := next((part.type for part in self.content if part.type != "text"), ""):
            raise Refusal(400, f"a message holds text only, not {other!r}; documents are read by `rag ingest`")
        return "\n".join(part.text for part in self.content)


def conversation(messages: Sequence[Said]) -> tuple[str, list[Turn]]:
    """Return the question, which is the last message, and the exchanges before it; a system prompt changes nothing."""
    spoken = [m for m in messages if m.role in {"user", "assistant"}]
    if not spoken or spoken[-1].role != "user" or not spoken[-1].text().strip():
        raise Refusal(400, "the last message must be a user's, with a question in it")
    history, asked = list[Turn](), ""
    for message in spoken[:-1]:
        if message.role == "user":
            asked = message.text()
        elif asked:
            history.append(Turn(asked, _NOTES.sub("", message.text())))
            asked = ""
    return spoken[-1].text(), history


def known(model: str, names: Sequence[str]) -> None:
    """`Refusal` for a model that is not served."""
    if model not in names:
        served = ", ".join(map(repr, dict.fromkeys(names)))
        raise Refusal(404, f"there is no model {model!r} here; the one that answers is {served}")


def told(answer: Answer) -> dict[str, Any]:
    """What neither protocol has a word for, and what a model wrote that does not hold."""
    dropped = [{"text": one.text, "reason": one.reason, "why": render.why_wrong(one.reason)} for one in answer.dropped]
    plain = {"refused": answer.refused, "confidence": answer.confidence, "caution": answer.caution}
    return {**plain, "reason": answer.reason, "writer": answer.writer, "dropped": dropped}


def plain(text: str) -> str:
    """``text`` with a backslash wherever Markdown would make a picture, a link or an element of it."""
    return _LIVE.sub(lambda m: "\\" + m[0], render.CONTROL.sub("", text))


def remarks(answer: Answer) -> list[str]:
    """The lines that stand under an answer and are no fact: why it refuses or cautions, what else there is to know."""
    lines = list(asides.asides(answer))
    if answer.reason and (answer.caution or answer.refused) and answer.reason not in answer.text:
        lines.append(f"Careful: {answer.reason}" if answer.caution else answer.reason)
    return [plain(render.one_line(line)) for line in lines]


@dataclass(frozen=True, slots=True)
class Marked:
    """A citation and where its marker stands in the written text."""

    start: int
    end: int
    citation: Citation


def markdown(answer: Answer, link: Callable[[Citation], str]) -> tuple[str, tuple[Marked, ...]]:
    """Return the answer with its remarks and footnotes, as Markdown, and its markers."""
    text, marks = "", list[Marked]()
    for piece, what in render.pieces(answer):
        start = len(text)
        text += piece if isinstance(what, Citation) else plain(piece)
        if isinstance(what, Citation):
            marks.append(Marked(start, len(text), what))
    text += "".join(f"\n\n*{line}*" for line in remarks(answer))
    notes = [
        f"**[{note.number}]** [{plain(render.where(note.source, note.page))}]({link(note)}): "
        f"“{plain(render.one_line(note.quote))}”"
        for note in render.footnotes(answer)
    ]
    return text + ("\n\n" + "\n\n".join(notes) if notes else ""), tuple(marks)


def models(names: Sequence[str]) -> dict[str, Any]:
    """The models, as both protocols list them."""
    data = [
        {"id": name, "object": "model", "created": MADE, "owned_by": MODEL}
        | {"type": "model", "display_name": name, "created_at": "2025-01-01T00:00:00Z"}
        for name in dict.fromkeys(names)
    ]
    return {"object": "list", "data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]}
