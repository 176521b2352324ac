"""What the verbs of the command share when they speak: standard output for answers, standard error for the rest.

In: text and plain objects. Out: lines on the two streams, coloured only where a person reads them. It knows neither
the engine nor the library.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import IO

from ui.render import CONTROL

DIM, BOLD, MARK, END = "\x1b[2m", "\x1b[1m", "\x1b[7m", "\x1b[0m"
MAX_WIDTH = 100
# What Unicode, and with it Python's splitlines, takes for line ends beyond those that JSON escapes anyway.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


def colour(stream: IO[str] | None = None) -> bool:
    """True when ``stream`` (standard output) is a terminal that wants colours; NO_COLOR and TERM=dumb say no."""
    stream = sys.stdout if stream is None else stream
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The columns to wrap at, 0 (no wrapping) when standard output is not a terminal."""
    return min(shutil.get_terminal_size().columns, MAX_WIDTH) if sys.stdout.isatty() else 0


def paint(style: str, text: str) -> str:
    """``text`` in ``style`` where standard output wants colours, else ``text``."""
    return f"{style}{text}{END}" if colour() else text


def say(text: str = "") -> None:
    """Print a line of the answer at once, so that a reader down the pipe need not wait."""
    print(text, flush=True)


def say_json(value: object) -> None:
    """Print one JSON object on one line at once; no reader's idea of a line end can break it in two."""
    print(json.dumps(value, ensure_ascii=False).translate(_LINE_ENDS), flush=True)


def note(text: str) -> None:
    """Print a line that is not the answer: progress, hints, warnings."""
    print(text, file=sys.stderr, flush=True)


def passing(text: str) -> None:
    """Show what goes on in a line that the next output wipes; nothing where nobody watches. ``""`` only wipes."""
    if not sys.stderr.isatty():
        return
    columns = shutil.get_terminal_size().columns - 1
    line = " ".join(clean(text).split())
    # The end of a text that grows is what is new.
    shown = line if len(line) <= columns else "…" + line[1 - columns :]
    print(f"\r{' ' * columns}\r{shown}", end="", file=sys.stderr, flush=True)


def clean(text: str) -> str:
    """``text`` of a document or a file name without the characters that command a terminal."""
    return CONTROL.sub("", text)


def clean_keeping_length(text: str) -> str:
    """``text`` with a blank for each character that commands a terminal: offsets still count."""
    return CONTROL.sub(" ", text)


def plural(count: int, noun: str) -> str:
    """``1 document``, ``2 documents``, ``1,234 passages``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def in_context(text: str, start: int, end: int, around: int = 400) -> str:
    """The stretch ``[start, end)`` of ``text`` marked within its surroundings, cut at white space."""
    left = max(0, start - around)
    right = min(len(text), end + around)
    if left:
        left = text.find(" ", left, start) + 1 or start
    if right < len(text):
        right = max(text.rfind(" ", end, right), end)
    before = ("… " if left else "") + clean(text[left:start])
    after = clean(text[end:right]) + (" …" if right < len(text) else "")
    quote = clean(text[start:end])
    marked = f"{MARK}{quote}{END}" if colour() else f">>>{quote}<<<"
    return before + marked + after
