"""`rag calibrate`: thresholds for this library, fitted on questions made of its own sentences.

In: the parsed command line. Out: what the packaged thresholds and the fitted ones do, the bound, a picture; the fitted
ones stored with the library. Exit status 1 where none could be stored.
"""

from __future__ import annotations

import argparse
import datetime
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import ConfigError
from ui import terminal
from ui.cli_ask import open_engine
from ui.cli_eval import progress_bar

if TYPE_CHECKING:
    from eval.calibrate import Fitted

PICTURE = "calibration.svg"
SECONDS = 1.0  # that a question takes on a small machine
_ROWS = {
    "refuse below": ("refuse", ".3f"),
    "warn below": ("caution", ".3f"),
    "answered, passage removed": ("false_answers", ".1%"),
    "  without a warning": ("unwarned", ".1%"),
    "refused, passage there": ("refused", ".1%"),
}


def calibrate(args: argparse.Namespace, settings: Settings) -> int:
    """Ask, fit, report, and store what was fitted."""
    from eval import calibrate as fitting
    from eval.own_questions import drawn
    from rag.judge import thresholds
    from rag.library import Library
    from rag.write.llm import load_llm

    if not 0 < args.alpha < 1 or args.questions < 1:
        raise ConfigError("--alpha wants a share between 0 and 1, --questions a whole number from 1")
    if args.forget:
        return _store(settings, "")
    library = Library.open(settings.library)
    generation, made_with = library.generation, thresholds.made_with(library.fingerprint, settings)
    questions = drawn(library, args.questions, args.seed, load_llm(settings.llm, settings), settings.llm_timeout)
    fitting.enough(len(questions), args.alpha)  # before a model is loaded and minutes are spent
    engine = open_engine(replace(settings, llm="none", refuse_below=1.0, caution_below=1.0))
    minutes = max(1, round(2 * len(questions) * SECONDS / 60))
    terminal.note(f"asking {len(questions)} questions, each with its passage and without: about {minutes} min")
    fitted = fitting.fit(fitting.ask(engine, questions, progress_bar()), args.alpha, reader=settings.reader != "none")
    place = Path(args.plot) if args.plot else Path(settings.library) / PICTURE
    place.write_text(fitting.picture(fitted, args.alpha), encoding="utf-8")
    kept = {f.end: f.after for f in fitted if f.after and (f.usable or args.force)}
    own = {f"refuse{end}": p.refuse for end, p in kept.items()} | {
        f"caution{end}": p.caution for end, p in kept.items()
    }
    today = datetime.date.today().isoformat()
    found = thresholds.Calibration(own, made_with, args.alpha, len(questions), generation, today)
    if args.json:
        terminal.say_json({**asdict(found), "groups": [_group(f) for f in fitted], "picture": str(place)})
    else:
        terminal.say("\n".join(line for f in fitted for line in _lines(f, args.alpha)) + f"\npicture: {place}")
    return _store(settings, found.to_json()) if own else _refused()


def _store(settings: Settings, found: str) -> int:
    from rag.library import Library

    with Library.writer(settings.library, Library.open(settings.library).fingerprint) as writer:
        writer.calibrate(found)
    terminal.note("stored with the library" if found else "the packaged thresholds hold again")
    if found and (settings.refuse_below is not None or settings.caution_below is not None):
        terminal.note("rag: `refuse_below` or `caution_below` is set, and wins over what was stored")
    return 0


def _refused() -> int:
    terminal.note("rag: nothing was stored: too much would be refused; allow more with --alpha, or insist with --force")
    return 1


def _group(f: Fitted) -> dict[str, object]:
    both = {"packaged": f.before._asdict(), "fitted": f.after._asdict() if f.after else None}
    return {"kind": f"refuse{f.end}", "questions": len(f.asked), "usable": f.usable, **both}


def _lines(f: Fitted, alpha: float) -> list[str]:
    """The table of one kind of question, and what may be said of it."""
    head = f"{terminal.plural(len(f.asked), 'question')}, {f.language}"
    if f.after is None:
        return [f"{head}: too few for a bound; the packaged thresholds stay", ""]
    columns = [pair._asdict() for pair in (f.before, f.after)]
    rows = [f"  {name:28}" + "".join(f"{c[key]:>10{style}}" for c in columns) for name, (key, style) in _ROWS.items()]
    said = (
        "  Bound (conformal risk control): of questions made and drawn like these whose answer the library lacks,\n"
        f"  at most {alpha:.1%} are expected to be answered, {alpha / 2:.1%} without a warning."
    )
    useless = [] if f.usable else ["  More than half of the questions that have an answer would be refused."]
    return [f"{head:30}{'packaged':>10}{'fitted':>10}", *rows, said, *useless, ""]
