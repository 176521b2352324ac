"""`rag eval`: questions with known answers, and what the answers were worth.

In: the parsed command line. Out: the report as text, or as one JSON object; files where asked; exit status 1 when a
figure misses its `--min` bar.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from rag.config import Settings
from ui import terminal


def evaluate(args: argparse.Namespace, settings: Settings) -> int:
    """Ask, score, report, and compare with an earlier report where one is given."""
    from eval import page, report
    from eval.run import below, check_bars, compare, run_eval

    check_bars(args.min)
    earlier = report.load(Path(args.compare)) if args.compare else None
    result = run_eval(
        settings,
        cases_path=Path(args.cases) if args.cases else None,
        corpus=Path(args.corpus) if args.corpus else None,
        split=args.split,
        limit=args.limit,
        progress=progress_bar(),
    )
    as_json = report.to_json(result)
    if args.report:
        Path(args.report).write_text(json.dumps(as_json, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if args.html:
        Path(args.html).write_text(page.to_html(result), encoding="utf-8")
    if args.json:
        terminal.say_json(as_json)
    else:
        terminal.say(report.to_text(result))
        if earlier:
            terminal.say("\n" + report.comparison_to_text(compare(earlier, result)))
    missed = below(result, args.min)
    for line in missed:
        terminal.note(f"rag: {line}")
    return 1 if missed else 0


def progress_bar() -> Callable[[int, int], None]:
    """A bar on standard error, drawn only where a person watches."""
    from tqdm import tqdm

    bar = tqdm(unit="question", disable=None, leave=False)

    def show(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return show
