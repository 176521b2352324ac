"""`rag ask --save` keeps an answer with its quotes; `rag recheck` says what became of each.

In: an answer, or files that hold one. Out: such a file; for each footnote whether it stands, moved or fell, and a new
answer where one fell. Exit status 1 where one fell.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.errors import ReadError
from rag.library import Library
from rag.standing import CHANGED, GONE, MOVED, SAME, Standing, standing
from rag.types import Answer, Citation, Scope, Turn
from ui import render, terminal
from ui.cli_ask import open_engine

FORMAT = 1
_TOLD = {SAME: "stands", MOVED: "moved", CHANGED: "no longer said", GONE: "document gone"}


@dataclass(frozen=True, slots=True)
class Saved:
    """A kept answer: what was asked within which bounds, the citations, and the documents' hashes by source."""

    question: str
    history: tuple[Turn, ...]
    scope: Scope
    citations: tuple[Citation, ...]
    hashes: dict[str, str]


def save(answer: Answer, library: Library, file: Path, history: Sequence[Turn], scope: Scope) -> None:
    """Write an answer down, whole or not at all."""
    sources = dict.fromkeys(c.source for c in answer.citations)
    value = {
        "format": FORMAT,
        "saved": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "history": [asdict(turn) for turn in history],
        "scope": asdict(scope),
        "documents": {source: library.document(source).sha256 for source in sources},
        "answer": render.to_json(answer),
    }
    beside = file.with_name(file.name + ".new")
    beside.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    beside.replace(file)


def load(file: Path) -> Saved:
    """Read a kept answer. `ReadError` for anything else."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise ValueError(f"format {value['format']}")
        within = value["scope"]
        scope = Scope(tuple(within["inside"]), tuple(within["types"]), str(within["since"]))
        return Saved(
            str(value["answer"]["question"]),
            tuple(Turn(**turn) for turn in value["history"]),
            scope,
            tuple(Citation(**one) for one in value["answer"]["citations"]),
            {str(k): str(v) for k, v in value["documents"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReadError(f"{file} is no answer that `rag ask --save` kept ({error})") from error


def recheck(args: argparse.Namespace, settings: Settings) -> int:
    """Look every footnote of the files up, and answer anew where one fell."""
    library = Library.open(settings.library)
    engine, fell = None, False
    for name in args.files:
        saved = load(Path(name))
        found = standing(library, saved.citations, saved.hashes)
        again = None
        if any(one.fell for one in found):
            fell = True
            engine = engine or open_engine(settings)
            again = engine.ask(
                saved.question, saved.history, scope=saved.scope if any(asdict(saved.scope).values()) else None
            )
            if args.update:
                save(again, library, Path(name), saved.history, saved.scope)
        _tell(name, saved, found, again, as_json=args.json)
    return int(fell)


def _tell(name: str, saved: Saved, found: Sequence[Standing], again: Answer | None, *, as_json: bool) -> None:
    if as_json:
        terminal.say_json(_plain(name, saved, found, again))
        return
    terminal.say(terminal.clean(f"{name}: {saved.question}"))
    for one in found:
        where = render.where(one.was.source, one.was.page)
        to = f" → {render.where(one.now.source, one.now.page)}" if one.kind == MOVED and one.now else ""
        quote = render.one_line(one.was.quote, 100)
        terminal.say(terminal.clean(f"  [{one.was.number}] {_TOLD[one.kind]}: {where}{to}  “{quote}”"))
    if again is not None:
        terminal.say("  answered anew:")
        terminal.say(render.to_terminal(again, colour=terminal.colour(), width=terminal.width()))


def _plain(name: str, saved: Saved, found: Sequence[Standing], again: Answer | None) -> dict[str, Any]:
    footnotes = [
        {"kind": one.kind, "was": asdict(one.was), "now": asdict(one.now) if one.now else None} for one in found
    ]
    answer = render.to_json(again) if again else None
    return {"file": name, "question": saved.question, "footnotes": footnotes, "answer": answer}
