"""The verbs that read: `rag ask`, `rag search`, `rag show`.

In: the parsed command line and the settings. Out: the answer on standard output, as text or as one JSON object a
line. Questions from standard input are answered one by one in their order, each printed before the next is read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import ConfigError, RagError
from rag.types import Answer, Scope, Turn
from ui import asides, defects, render, terminal

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.library import Library
    from rag.models import Embedder


class BadRequest(ConfigError):
    """What stands on a line of standard input, or in a history file, is no question or no history."""


def ask(args: argparse.Namespace, settings: Settings) -> int:
    """Answer one question, or each line of standard input."""
    history = _history_file(args.history)
    from_stdin = args.question == ["-"]
    question = "" if from_stdin else _question(" ".join(args.question))
    if from_stdin and args.save:
        raise ConfigError("--save keeps the answer to one question; leave out -")
    engine = open_engine(settings)
    if from_stdin:
        return answer_lines(engine, sys.stdin, history, bounds(args), as_json=args.json)
    answer = watched(engine, question, history, bounds(args))
    if args.save:
        from ui.cli_recheck import save

        save(answer, engine.library, Path(args.save), history, bounds(args))
    _print_answer(answer, as_json=args.json)
    return 0


def bounds(args: argparse.Namespace) -> Scope:
    """Return which documents may answer, as it was typed."""
    return Scope(tuple(args.inside), tuple(args.types), args.since)


def open_engine(settings: Settings, embedder: Embedder | None = None) -> Engine:
    """Load the library and the models that are not given, and say so to a person who waits for it."""
    terminal.passing("Loading…")
    try:
        from rag.engine import Engine
        from rag.judge import thresholds

        engine = Engine.open(settings, embedder=embedder)
    finally:
        terminal.passing("")
    if why := thresholds.unused(engine.library, settings):
        terminal.note(f"rag: {why}")
    return engine


def watched(engine: Engine, question: str, history: Sequence[Turn], scope: Scope | None = None) -> Answer:
    """Answer one question; a person at the terminal sees the answer grow where a model takes its time to write it."""
    answer: Answer | None = None
    terminal.passing("Searching…")
    try:
        with defects.told(engine.settings.library):
            for answer in engine.stream(question, history, scope=scope):
                terminal.passing(render.ahead_line(answer) or answer.text)
    finally:
        terminal.passing("")
    if answer is None:
        raise RagError("the engine gave no answer; ask again")
    return answer


def search(args: argparse.Namespace, settings: Settings) -> int:
    """Show the passages nearest to a question, best first."""
    if args.k < 1:
        raise ConfigError("-k wants a whole number from 1")
    question = _question(" ".join(args.question))
    found = open_engine(settings).search(question, args.k, scope=bounds(args))
    if args.json:
        passages = [
            {**asdict(r.passage), "score": r.score, "dense": r.dense, "lexical": r.lexical}
            | {"also": [{"source": p.source, "page": p.page, "start": p.start, "end": p.end} for p in r.also]}
            for r in found
        ]
        terminal.say_json({"question": question, "passages": passages})
        return 0
    for place, item in enumerate(found, start=1):
        origin = render.where(item.passage.source, item.passage.page)
        scores = terminal.paint(
            terminal.DIM, f"score {item.score:.3f}, cosine {item.dense:.3f}, BM25 {item.lexical:.2f}"
        )
        terminal.say(f"{place}. {terminal.paint(terminal.BOLD, origin)}  {scores}")
        terminal.say(f"   {render.one_line(item.passage.text, 300)}")
        if item.also:
            terminal.say(f"   {terminal.paint(terminal.DIM, render.one_line(asides.copies(item.also)))}")
    if not found:
        terminal.note("rag: nothing found")
    return 0


def show(args: argparse.Namespace, settings: Settings) -> int:
    """Print a document's canonical text exactly, so that offsets count in what is printed."""
    from rag.library import Library

    library = Library.open(settings.library)
    document = library.document(args.source)
    text = library.text(document.source)
    if args.page is not None:
        if not document.pages:
            raise ConfigError(f"{args.source} has no pages; leave out --page")
        if not 1 <= args.page <= len(document.pages):
            raise ConfigError(f"{args.source} has pages 1 to {len(document.pages)}, not {args.page}")
        text = document.pages[args.page - 1].of(text)
    if args.picture is not None:
        return _write_picture(library, args, settings)
    if args.json:
        terminal.say_json({**asdict(document), "page": args.page, "text": text})
    else:
        sys.stdout.write(terminal.clean_keeping_length(text) if sys.stdout.isatty() else text)
        sys.stdout.flush()
    return 0


def _write_picture(library: Library, args: argparse.Namespace, settings: Settings) -> int:
    """Write the page as it is printed; one page, so that nobody gets a thousand files."""
    from ui.page_picture import Pictures

    if args.page is None:
        raise ConfigError("--picture wants a page; add --page 1")
    picture = Pictures(library, settings).page(args.source, args.page)
    Path(args.picture).write_bytes(picture.png)
    if args.json:
        facts = {"source": args.source, "page": args.page, "picture": args.picture}
        terminal.say_json({**facts, "width": picture.width, "height": picture.height})
    else:
        terminal.note(terminal.clean(f"page {args.page} of {args.source} is in {args.picture}"))
    return 0


def _print_answer(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        terminal.say_json(render.to_json(answer))
    else:
        terminal.say(render.to_terminal(answer, colour=terminal.colour(), width=terminal.width()))


def answer_lines(
    engine: Engine, lines: Iterable[str], history: Sequence[Turn], scope: Scope | None = None, *, as_json: bool
) -> int:
    """Answer each line as it comes; one that fails costs itself. Return 1 when any did, else 0."""
    failed = False
    for line in lines:
        if not line.strip():
            continue
        question = _printable(line.strip())
        try:
            question, past = parse_request(line)
            _print_answer(watched(engine, question, past or history, scope), as_json=as_json)
        except RagError as error:
            failed = True
            if as_json:
                terminal.say_json({"question": question, "error": str(error)})
            else:
                terminal.note(f"rag: {error}")
        else:
            if not as_json:
                terminal.say()
    return int(failed)


def parse_request(line: str) -> tuple[str, tuple[Turn, ...]]:
    """Return the question and the history of one line: plain text, or a JSON object with these two keys."""
    line = line.strip().removeprefix("\ufeff")
    if not line.startswith("{"):
        return _question(line), ()
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"this line is no JSON object ({error}); write a question, or an object with one") from error
    if not isinstance(value.get("question"), str):
        raise BadRequest('this line has no question; write {"question": "…"}')
    return _question(value["question"]), parse_history(value.get("history"))


def parse_history(value: object) -> tuple[Turn, ...]:
    """Return the turns that a JSON value holds: nothing, or a list of objects with a question and an answer."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadRequest('a history is a list: [{"question": "…", "answer": "…"}]')
    turns = []
    for item in value:
        texts = (item.get("question"), item.get("answer", "")) if isinstance(item, dict) else (None, None)
        if not all(isinstance(text, str) for text in texts):
            raise BadRequest('every turn of a history is an object: {"question": "…", "answer": "…"}')
        turns.append(Turn(question=_printable(str(texts[0])), answer=_printable(str(texts[1]))))
    return tuple(turns)


def _history_file(path: str | None) -> tuple[Turn, ...]:
    if path is None:
        return ()
    try:
        return parse_history(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise BadRequest(f"the history {path} cannot be read: {error}") from error


def _question(text: str) -> str:
    question = _printable(text).strip()
    if not question:
        raise BadRequest("the question is empty; type it after the verb, or - to read questions from standard input")
    return question


def _printable(text: str) -> str:
    """Replace what is no Unicode (half a surrogate pair from the shell or from JSON): it cannot be printed."""
    return text.encode("utf-8", "replace").decode("utf-8")
