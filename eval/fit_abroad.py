"""Fit the confidence of questions outside English: `python -m eval.fit_abroad [SET…] [--work DIR] [--dry-run]`.

In: eval/practice/languages, and folders like it in which every question has an answer. Out: ``answer_abroad`` and its
thresholds in rag/judge/weights.json. It starts from the English confidence, changes no English figure and no ranking,
and is run after `eval.fit`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval import fit
from eval.fit import Example
from eval.training.seen import Seen
from rag.config import Settings
from rag.judge import features, linear
from rag.models import load_embedder

PRACTICE = Path(__file__).parent / "practice" / "languages"
# The share of answerable questions that may be refused, or cautioned, on the fitted halves.
FALSE_REFUSAL, FALSE_CAUTION = 0.035, 0.12
OWN = ("own", "over_en", "over_es")  # in the texts' language; over English and Spanish texts in another


def fit_abroad(sets: dict[str, list[Example]]) -> tuple[linear.Linear, dict[str, float], list[str]]:
    """Return confidence, thresholds and a report; each group weighs the same, and of public sets half is fitted on."""
    ranker = linear.load("sentence_unread", features.SENTENCE_FEATURES)
    rows = {}
    for name, group in sets.items():
        own = name.removesuffix(fit.ALONE) in OWN
        rows[name, True] = fit.answer_rows([e for e in group if own or e.fitted], ranker)
        if not own:
            rows[name, False] = fit.answer_rows([e for e in group if not e.fitted], ranker)
    fitted = [judged for (_, half), judged in rows.items() if half]
    model = fit.fit_answers(fitted, linear.load("answer_unread", features.ANSWER_FEATURES))
    model = fit.calibrate(fitted, model)
    cuts = {
        "refuse_abroad": fit.threshold(fitted, model, FALSE_REFUSAL),
        "caution_abroad": fit.threshold(fitted, model, FALSE_CAUTION),
    }
    lines = [_line(f"{name}{'' if half else ' (held)'}", judged, model, cuts) for (name, half), judged in rows.items()]
    return model, {name: round(cut, 4) for name, cut in cuts.items()}, [*lines, str(cuts)]


def _line(name: str, judged: fit.Judged, model: linear.Linear, cuts: dict[str, float]) -> str:
    x, y = judged
    p = fit.probabilities(model, x)
    below = [f"{np.mean(p[side] < cut):.3f}" for cut in cuts.values() for side in (y, ~y)]
    return f"{name:32} n={len(y):4} below refuse, there/absent: {below[0]} {below[1]}, caution: {below[2]} {below[3]}"


def save(model: linear.Linear, cuts: dict[str, float], path: Path = linear.WEIGHTS) -> None:
    """Add the model and its thresholds to the weights file; what else stands there stays."""
    held = json.loads(path.read_text(encoding="utf-8"))
    held["thresholds"] |= cuts
    held["answer_abroad"] = fit.table(model)
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def gather(paths: Sequence[Path], work: Path) -> dict[str, list[Example]]:
    """Return the examples of the practice sets and of ``paths``; each is asked without its documents too."""
    embedder = load_embedder(Settings())
    sets = fit.gather(
        [*(PRACTICE / name for name in OWN), *paths], [PRACTICE / "own"], work, embedder, None, Seen(None)
    )
    del sets[fit.OWN]  # the sample is English
    for name in OWN:
        sets[name] += fit.without_gold(sets[name], embedder, None)
    return sets


def main() -> int:
    """Fit, print the figures, and write the file unless told not to."""
    parser = argparse.ArgumentParser(description="Fit the confidence of questions outside English.")
    parser.add_argument("sets", nargs="*", type=Path, metavar="SET", help="folder with questions.jsonl, corpus.jsonl")
    parser.add_argument("--work", type=Path, help="keep the libraries here, to fit again faster")
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    args = parser.parse_args()
    model, cuts, lines = fit_abroad(gather(args.sets, args.work or Path(tempfile.mkdtemp(prefix="fit-"))))
    sys.stdout.write("\n".join(lines) + "\n")
    if not args.dry_run:
        save(model, cuts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
