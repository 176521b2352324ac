"""Fit the coefficients in rag/judge/weights.json: `python -m eval.fit SET… [--work DIR] [--dry-run]`.

In: folders with questions.jsonl and corpus.jsonl (docs/evaluation.md), and the packaged sample cases. Out: the weights
file, and a table for the half of each set that was not fitted on. It changes no code and copies no text.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from tqdm import tqdm

from eval import metrics
from eval.cases import PACKAGED_CASES, Case, load_cases, write_corpus
from eval.run import sample_corpus
from eval.training.seen import Seen
from ingest.pipeline import ingest
from rag.asked.followup import rewrite, search_queries
from rag.asked.question import analyse
from rag.config import Settings
from rag.judge import close, features, linear
from rag.library import Library
from rag.models import Embedder, load_embedder
from rag.reading.reader import Reader, load_reader
from rag.retrieve import Found, search

Array = NDArray[np.float64]
Judged = tuple[Array, NDArray[np.bool_]]  # answer features, and whether each question is answerable
# Chosen on the fitted halves' cross-checks: docs/tried.md has the table.
SENTENCE_L2, ANSWER_L2 = 5e-3, 0.03
OWN = "sample"
# Ends the name of a set that has a library for each of its documents.
ALONE = ", alone"
# How often a set counts. Practice questions are made so that likeness misleads: they teach the reader's part, and at
# full weight they would unteach what likeness tells elsewhere.
SHARE, SHARES = 2, {f"practice{ALONE}": 1}
# What showing an answer that is none costs against refusing one that is there, and what leaving out a caution costs
# against a needless one. Whoever minimises the cost acts below ``cost / (1 + cost)`` (Chow 1970).
FALSE_ANSWER, NO_CAUTION = 0.25, 2 / 3


@dataclass(frozen=True, eq=False)
class Example:
    """One question with the sentences read for it: ``rows`` is (sentences, features), ``right`` is (sentences,)."""

    case: Case
    found: Found
    sentences: list[features.Candidate]
    reading: close.CloseReading
    rows: Array
    right: Array
    fitted: bool


def examples(
    cases: Sequence[Case], library: Library, embedder: Embedder, settings: Settings, eyes: Reader | None
) -> list[Example]:
    """Search for every case and label the sentences that hold its answer."""
    out = []
    for case in tqdm(cases, file=sys.stderr):
        queries = search_queries(case.question, case.history) if case.history else ()
        asked = analyse(rewrite(case.question, case.history).asks)
        found = search(library, embedder, asked, settings.candidates, queries)
        sentences = features.candidates(found)
        if sentences:
            right = np.array([float(is_right(case, c)) for c in sentences])
            reading = close.read(found, embedder, eyes)
            if eyes is not None and not reading.read:
                continue  # a question that the reader does not read is judged by other weights
            rows = features.sentence_features(found, sentences, reading)
            out.append(Example(case, found, sentences, reading, rows, right, in_fitted_half(case)))
    return out


def without_gold(group: Sequence[Example], embedder: Embedder, eyes: Reader | None) -> list[Example]:
    """Ask a set's questions once more with the documents that answer them taken away: now none has an answer.

    A set in which every question has one would otherwise teach nothing about when to refuse.
    """
    out = []
    for e in group:
        kept = tuple(h for h in e.found.hits if h.stored.passage.source not in e.case.sources)
        found = replace(e.found, hits=kept)
        sentences = features.candidates(found)
        if e.case.answerable and e.case.sources and sentences:
            reading = close.read(found, embedder, eyes)
            rows, right = features.sentence_features(found, sentences, reading), np.zeros(len(sentences))
            case = replace(e.case, id=f"{e.case.id} without", answerable=False)
            out.append(Example(case, found, sentences, reading, rows, right, e.fitted))
    return out


def in_fitted_half(case: Case) -> bool:
    """Split by the file's own halves where it has them, else by the documents a question is about."""
    if case.split:
        return case.split == "dev"
    key = case.sources[0] if case.sources else case.id
    return zlib.crc32(key.encode()) % 2 == 0


def is_right(case: Case, sentence: features.Candidate) -> bool:
    """Tell whether a sentence of a gold document holds the gold evidence or, without evidence, a gold answer."""
    if case.sources and sentence.hit.stored.passage.source not in case.sources:
        return False
    text = metrics.normalise(sentence.text)
    long = [e for e in (metrics.normalise(e) for e in case.evidence) if len(e.split()) >= 4]
    if any(e in text or (text in e and len(text.split()) >= 4) for e in long):
        return True
    return any(metrics.contains(sentence.text, gold) for gold in case.answers if len(gold) > 3 or gold.isdigit())


def fit_sentences(groups: Sequence[Sequence[Example]]) -> linear.Linear:
    """Fit the sentence ranker: the softmax over a question's sentences should fall on right ones.

    Each group (a set) weighs the same. Minimises ``-log p(right) + SENTENCE_L2 * |w|²`` by L-BFGS.
    """
    used = [(e, 1 / len(g)) for g in groups for e in g if e.right.any()]
    stacked = np.concatenate([e.rows for e, _ in used])
    mean, scale = stacked.mean(axis=0), _spread(stacked)
    rows = [((e.rows - mean) / scale, e.right, w) for e, w in used]
    total = sum(w for _, _, w in rows)

    def loss(w: Array) -> tuple[float, Array]:
        value, slope = SENTENCE_L2 * float(w @ w), 2 * SENTENCE_L2 * w
        for x, right, weight in rows:
            p = linear.softmax(x @ w)
            hit = float(p @ right) + 1e-12
            value -= weight / total * float(np.log(hit))
            slope -= weight / total * (x.T @ (p * right / hit - p))
        return value, slope

    best = minimize(loss, np.zeros(stacked.shape[1]), jac=True, method="L-BFGS-B")
    return linear.Linear(features.SENTENCE_FEATURES, mean, scale, best.x, 0.0)


def _spread(x: Array) -> Array:
    """Return the standard deviation of each column; a constant column gets 1, so that it weighs nothing."""
    deviation = x.std(axis=0)
    return np.where(deviation > 1e-6, deviation, 1.0)


def answer_rows(group: Sequence[Example], ranker: linear.Linear) -> Judged:
    """Return the matrix of answer features of a set and whether each question is answerable."""
    judged = [e for e in group if e.case.answerable is not None]
    rows = []
    for e in judged:
        scores = ranker.score(e.rows)
        rows.append(features.answer_features(e.found, e.sentences, e.rows, scores, e.reading))
    return np.array(rows), np.array([bool(e.case.answerable) for e in judged])


def fit_answers(groups: Sequence[Judged], start: linear.Linear | None = None) -> linear.Linear:
    """Fit the logistic confidence; every set weighs the same, and so do its two classes.

    Each weight may only have the sign that a reader would expect (`features.EXPECTED`): without that, the fit learns
    the habits of a set, such as traps that repeat the words of the text, and unlearns what a match means.
    Minimises the mean log loss + ``ANSWER_L2 * |w - start|²`` by L-BFGS-B with bounds; without ``start``, of ``|w|²``.
    """
    x, y = np.concatenate([g[0] for g in groups]), np.concatenate([g[1] for g in groups])
    weight = np.concatenate([np.where(g[1], 0.5 / max(g[1].sum(), 1), 0.5 / max((~g[1]).sum(), 1)) for g in groups])
    mean, scale = (start.mean, start.scale) if start else (x.mean(axis=0), _spread(x))
    origin, side = (start.weights if start else np.zeros(x.shape[1])), np.where(y, 1.0, -1.0)
    z, weight = (x - mean) / scale, weight / weight.sum()

    def loss(p: Array) -> tuple[float, Array]:
        margin = side * (z @ p[1:] + p[0])
        pull = -side * weight / (1 + np.exp(margin))
        away = p[1:] - origin
        value = float((weight * np.logaddexp(0, -margin)).sum() + ANSWER_L2 * (away @ away))
        return value, np.concatenate([[pull.sum()], z.T @ pull + 2 * ANSWER_L2 * away])

    bounds = [(None, None)] + [
        (0.0, None) if sign > 0 else (None, 0.0) if sign < 0 else (None, None)
        for sign in (features.EXPECTED.get(name, 1) for name in features.ANSWER_FEATURES)
    ]
    first = np.concatenate([[start.bias if start else 0.0], origin])
    best = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds)
    return linear.Linear(features.ANSWER_FEATURES, mean, scale, best.x[1:], float(best.x[0]))


def calibrate(groups: Sequence[Judged], model: linear.Linear) -> linear.Linear:
    """Stretch and shift the scores so that they are probabilities (Platt 1999), sets weighing the same.

    Here each set keeps its own share of answerable questions.
    """
    score, side = np.concatenate([model.score(x) for x, _ in groups]), np.concatenate([2.0 * y - 1 for _, y in groups])
    weight = np.concatenate([np.full(len(y), 1 / len(y) / len(groups)) for _, y in groups])

    def loss(p: Array) -> float:
        return float((weight * np.logaddexp(0, -side * (p[0] * score + p[1]))).sum())

    stretch, shift = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.1, None), (None, None)]).x
    return replace(model, weights=model.weights * stretch, bias=float(model.bias * stretch + shift))


def probabilities(model: linear.Linear, rows: Array) -> Array:
    """Return the confidence of each row, shape ``(n,)``."""
    return np.array([linear.sigmoid(float(s)) for s in model.score(rows)])


def threshold(groups: Sequence[Judged], model: linear.Linear, share: float) -> float:
    """Return the confidence below which ``share`` of the answerable questions fall, sets weighing the same."""
    values = np.concatenate([probabilities(model, x[y]) for x, y in groups])
    weight = np.concatenate([np.full(int(y.sum()), 1 / y.sum()) for _, y in groups])
    order = np.argsort(values)
    at = int(np.searchsorted(np.cumsum(weight[order]) / weight.sum(), share))
    return float(values[order][min(at, len(values) - 1)])


def report(name: str, group: Sequence[Example], ranker: linear.Linear, judged: Judged, model: linear.Linear) -> str:
    """Return one line of figures for one half of one set; ``recall@5%`` is refusal recall at 5 % false refusal."""
    right = []
    for e in group:
        if e.case.answerable and e.case.sources and (e.case.answers or e.case.evidence):
            order = np.argsort(-ranker.score(e.rows), kind="stable")
            right.append([float(e.right[order[:k]].any()) for k in (1, 2, 3)])
    first = " ".join(f"{v:.3f}" for v in np.mean(right, axis=0)) if right else "-"
    x, y = judged
    line = f"{name:24} n={len(group):4} first 1/2/3: {first}"
    if y.all():
        return line
    p = probabilities(model, x)
    area = metrics.auroc(p[y].tolist(), p[~y].tolist()) or 0.0
    error = metrics.calibration_error(p.tolist(), y.tolist()) or 0.0
    recall = " ".join(f"{share:.0%} {np.mean(p[~y] < np.quantile(p[y], share)):.3f}" for share in (0.05, 0.1, 0.15))
    return f"{line}  AUROC {area:.3f} ECE {error:.3f} refusal recall at false refusal {recall}"


def reliability(groups: Sequence[Judged], model: linear.Linear) -> list[str]:
    """Return a reliability diagram in lines: per tenth of confidence, how many questions, and the share answerable."""
    p, y = np.concatenate([probabilities(model, x) for x, _ in groups]), np.concatenate([y for _, y in groups])
    error = metrics.calibration_error(p.tolist(), y.tolist()) or 0.0
    lines = [f"sets together, without those that teach no refusal: n={len(p)} ECE {error:.3f}"]
    for low in np.arange(0, 1, 0.1):
        inside = (p >= low) & (p < low + 0.1 + (low > 0.85))
        if inside.any():
            mean, share = p[inside].mean(), y[inside].mean()
            lines.append(f"  {low:.1f}-{low + 0.1:.1f}  n={inside.sum():4} said {mean:.2f} answerable {share:.2f}")
    return lines


def table(m: linear.Linear) -> dict[str, object]:
    """Return a model as the weights file holds it."""
    rows = zip(m.features, m.mean, m.scale, m.weights, strict=True)
    return {"features": {f: [round(float(v), 6) for v in values] for f, *values in rows}, "bias": round(m.bias, 6)}


def save(
    path: Path, ranker: linear.Linear, model: linear.Linear, thresholds: dict[str, float], sets: list[str], unread: bool
) -> None:
    """Write the models to the weights file: per feature its mean, scale and weight. Those of other readings stay."""
    out = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    end = "_unread" if unread else ""
    out.setdefault("about", {})[f"sets{end}"] = sets
    out["about"] |= {"fitted_by": "python -m eval.fit", "columns": ["mean", "scale", "weight"]}
    out["thresholds"] = out.get("thresholds", {}) | {f"{k}{end}": v for k, v in thresholds.items()}
    out |= {f"sentence{end}": table(ranker), f"answer{end}": table(model)}
    path.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


def gather(
    paths: Sequence[Path], alone: Sequence[Path], work: Path, embedder: Embedder, eyes: Reader | None, seen: Seen
) -> dict[str, list[Example]]:
    """Build (or reuse, under ``work``) a library per set and return its examples; the sample cases come first, and
    what the reader was trained on is left out.

    A set in ``alone`` gets a library for each of its documents: most people's first library is small, and the figures
    of a small one are others. A question without a document goes to the nearest one of the set's whole library.
    """
    settings = Settings()
    sets: dict[str, list[Example]] = {}
    for path in [PACKAGED_CASES, *paths]:
        name = OWN if path == PACKAGED_CASES else path.name
        folder = work / name / "docs"
        if not write_corpus(path, folder):
            folder = sample_corpus()
        sets[name] = _examples_of(folder, work / name / "library", _unseen(path, seen), embedder, settings, eyes)
        if all(e.case.answerable for e in sets[name]):
            sets[name] += without_gold(sets[name], embedder, eyes)
    for path in alone:
        folder = work / path.name / "docs"
        write_corpus(path, folder)
        nearest = {e.case.id: e.found.hits[0].stored.passage.source for e in sets.get(path.name, [])}
        homes = {c: c.sources or (nearest.get(c.id, ""),) for c in _unseen(path, seen)}
        sets[path.name + ALONE] = [
            example
            for file in sorted(folder.iterdir())
            for example in _examples_of(
                file,
                work / path.name / file.stem,
                [c for c in homes if file.name in homes[c]],
                embedder,
                settings,
                eyes,
            )
        ]
    return sets


def _unseen(path: Path, seen: Seen) -> list[Case]:
    return [c for c in load_cases(path) if c not in seen]


def _examples_of(
    folder: Path, place: Path, cases: Sequence[Case], embedder: Embedder, settings: Settings, eyes: Reader | None
) -> list[Example]:
    ingest([folder], place, embedder, settings=settings)
    library = Library.open(place, embedder.fingerprint)
    try:
        return examples(cases, library, embedder, settings, eyes)
    finally:
        library.close()


def fit(
    sets: dict[str, list[Example]],
    ranking_only: Sequence[str] = (),
    report_only: Sequence[str] = (),
) -> tuple[linear.Linear, linear.Linear, dict[str, float], list[str]]:
    """Fit on the fitted halves; return ranker, confidence, thresholds and the lines of the report.

    Sets named in ``ranking_only`` teach which sentence answers, and nothing about refusing; nothing is fitted on those
    named in ``report_only``.
    """
    fitted = {name: g for name, g in sets.items() if name not in report_only}
    ranked = [[e for e in g if e.fitted and e.case.answerable and e.right.any()] for g in fitted.values()]
    ranker = fit_sentences([g for g in ranked if g])
    rows = {
        (name, half): answer_rows([e for e in g if e.fitted is half], ranker)
        for name, g in sets.items()
        for half in (True, False)
    }
    judged = {n: rows[n, True] for n in fitted if n not in ranking_only and (~rows[n, True][1]).any()}
    model = fit_answers([g for n, g in judged.items() for _ in range(SHARES.get(n, SHARE))])
    model = calibrate([g for n, g in judged.items() if not n.endswith(ALONE)], model)
    cuts = {"refuse": FALSE_ANSWER / (1 + FALSE_ANSWER), "caution": NO_CAUTION / (1 + NO_CAUTION)}
    lines = []
    for half in (True, False):
        lines.append("fitted halves" if half else "held halves")
        for name, group in sets.items():
            lines.append(report(name, [e for e in group if e.fitted is half], ranker, rows[name, half], model))
        told = [rows[n, half] for n in sets if n not in ranking_only and not n.endswith(ALONE)]
        lines += reliability([g for g in told if (~g[1]).any()], model)
    return ranker, model, cuts, [*lines, str(cuts)]


def main() -> int:
    """Fit, print both halves, and write the file unless told not to."""
    parser = argparse.ArgumentParser(description="Fit rag/judge/weights.json on evaluation sets.")
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET", help="folder with questions.jsonl, corpus.jsonl")
    parser.add_argument("--alone", nargs="*", type=Path, default=[], metavar="SET", help="also a library per document")
    parser.add_argument("--ranking-only", nargs="*", default=[], metavar="NAME", help="sets that teach no refusal")
    parser.add_argument("--report-only", nargs="*", default=[], metavar="NAME", help="sets that nothing is fitted on")
    parser.add_argument("--learnt", type=Path, metavar="FOLDER", help="what the reader was trained on: left out")
    parser.add_argument("--unread", action="store_true", help="fit what judges where no reader is set")
    parser.add_argument("--work", type=Path, help="keep the libraries here, to fit again faster")
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    args = parser.parse_args()
    embedder, eyes = load_embedder(Settings()), None if args.unread else load_reader(Settings())
    sets = gather(
        args.sets, args.alone, args.work or Path(tempfile.mkdtemp(prefix="fit-")), embedder, eyes, Seen(args.learnt)
    )
    ranker, model, cuts, lines = fit(sets, args.ranking_only, args.report_only)
    sys.stdout.write("\n".join(lines) + "\n")
    if not args.dry_run:
        save(
            linear.WEIGHTS,
            ranker,
            model,
            {k: round(v, 4) for k, v in cuts.items()},
            [n for n in sets if n not in args.report_only],
            args.unread,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
