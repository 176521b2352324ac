"""`rag chat`: a conversation in the terminal.

In: lines typed, or piped. Out: each answer with its footnotes; `/sources N` opens a footnote in its document. The
history lives here and nowhere else: the engine is handed it with every question.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import RagError
from rag.types import Answer, Citation, Turn
from ui import render, terminal
from ui.cli_ask import open_engine, watched

if TYPE_CHECKING:
    from rag.engine import Engine

HELP = """\
  /sources      list the footnotes of the last answer
  /sources N    open footnote N in its document
  /dropped      what the model wrote and the sources do not support
  /new          forget the conversation and start another
  /help         this list
  /quit         leave (Ctrl-D too)"""
PROMPT = "› "
HISTORY_FILE = "chat_history"
HISTORY_LINES = 1000


@dataclass
class Conversation:
    """One person's conversation: the past turns and the last answer, whose footnotes can be opened."""

    engine: Engine
    turns: list[Turn] = field(default_factory=list)
    last: Answer | None = None

    def respond(self, line: str) -> str | None:
        """Return what to show for one line typed; ``None`` ends the conversation."""
        if not line.startswith("/"):
            return self._ask(line)
        word, _, rest = line[1:].partition(" ")
        if word in {"quit", "exit", "q"}:
            return None
        actions: dict[str, Callable[[str], str]] = {
            "sources": self._sources,
            "dropped": self._dropped,
            "new": self._new,
            "help": lambda _: HELP,
        }
        if word in actions:
            return actions[word](rest.strip())
        near = difflib.get_close_matches(word, [*actions, "quit"], n=1)
        return f"There is no /{word}" + (f"; did you mean /{near[0]}?" if near else "; /help lists what there is.")

    def _ask(self, question: str) -> str:
        answer = watched(self.engine, question, self.turns)
        self.last = answer
        self.turns.append(Turn(question, answer.text))
        return render.to_terminal(answer, colour=terminal.colour(), width=terminal.width())

    def _dropped(self, _: str) -> str:
        if self.last is None or not self.last.dropped:
            return "Nothing was dropped from the last answer."
        lines = [f"Not facts: {render.dropped_line(self.last)}."]
        lines += [f"  ✗ {render.one_line(one.text, 400)} ({render.why_wrong(one.reason)})" for one in self.last.dropped]
        return "\n".join(lines)

    def _new(self, _: str) -> str:
        self.turns.clear()
        self.last = None
        return "A new conversation."

    def _sources(self, rest: str) -> str:
        notes = self._openable()
        if not notes:
            return "There is no answer with sources yet; ask something."
        if not rest:
            return "\n".join(
                f"{number}. {render.where(note.source, note.page)}: {render.one_line(note.quote, 80)}"
                for number, note in notes.items()
            )
        if not rest.isdecimal() or int(rest) not in notes:
            return f"The last answer has sources {', '.join(map(str, notes))}; type /sources {next(iter(notes))}"
        note = notes[int(rest)]
        text = self.engine.library.text(note.source)
        heading = terminal.paint(terminal.BOLD, render.where(note.source, note.page))
        return f"{heading}\n\n{terminal.in_context(text, note.quote_start, note.quote_end)}"

    def _openable(self) -> dict[int, Citation]:
        """The footnotes by number; of a refusal the nearest passages, counted from 1."""
        if self.last is None:
            return {}
        if self.last.refused:
            return {n: render.passage_citation(p) for n, p in enumerate(render.nearest(self.last), start=1)}
        return {note.number: note for note in render.footnotes(self.last)}


def chat(args: argparse.Namespace, settings: Settings) -> int:
    """Talk until the person leaves. Piped lines are answered in order, so a script can drive it too."""
    conversation = Conversation(open_engine(settings))
    interactive = sys.stdin.isatty()
    save = _typed_history(Path(settings.library)) if interactive else lambda: None
    if interactive:
        stats = conversation.engine.library.stats()
        terminal.note(f"{terminal.plural(stats.documents, 'document')}. Ask away; /help lists what else there is.")
    try:
        while (line := _read(interactive)) is not None:
            if line:
                shown = _respond(conversation, line)
                if shown is None:
                    break
                terminal.say(f"{shown}\n" if shown else "")
    finally:
        save()
    return 0


def _respond(conversation: Conversation, line: str) -> str | None:
    try:
        return conversation.respond(line)
    except RagError as error:
        terminal.note(f"rag: {error}")
        return ""
    except KeyboardInterrupt:
        terminal.note("\nStopped; ask again, or /quit to leave.")
        return ""


def _read(interactive: bool) -> str | None:
    """Return the next line, ``""`` after Ctrl-C at the prompt, ``None`` at the end."""
    try:
        return input(PROMPT if interactive else "").strip()
    except EOFError:
        if interactive:
            terminal.note("")
        return None
    except KeyboardInterrupt:
        terminal.note("\n/quit or Ctrl-D leaves.")
        return ""


def _typed_history(library: Path) -> Callable[[], None]:
    """Give the prompt line editing and the lines of earlier days; the caller saves them at the end."""
    try:
        import readline
    except ImportError:  # Python on Windows has none; typing works without
        return lambda: None
    file = library / HISTORY_FILE
    if file.is_file():
        readline.read_history_file(file)
    readline.set_history_length(HISTORY_LINES)

    def save() -> None:
        readline.write_history_file(file)
        file.chmod(0o600)

    return save
