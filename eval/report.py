"""A ``Report`` as terminal text and as JSON, and back from JSON; ``to_html`` hands over to `eval/page.py`.

In: values of `eval/run.py`. Out: strings and plain dicts. Pure but for `load`, which reads one file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.cases import Case
from eval.page import to_html
from eval.run import Comparison, Report
from eval.scoring import INVENTED, LOWER_IS_BETTER, WRONG, Measure, Place, Result, median_timings, outcome
from rag.errors import CaseError
from rag.types import Citation, Dropped, Turn

__all__ = ["comparison_to_text", "from_json", "load", "to_html", "to_json", "to_text"]

FORMAT = 1
_LATER = ("expect_contains", "expect_absent")  # keys of a case that earlier reports of this format lack
KIND_COLUMNS = ("correct", "recall@5", "evidence_cited", "false_refusal", "refusal_recall", "warning_recall", "rewrite")


def to_json(report: Report) -> dict[str, Any]:
    """Everything the report holds, as plain values for ``json.dumps``."""
    return {"format": FORMAT, **asdict(report)}


def from_json(data: Mapping[str, Any]) -> Report:
    """The report that ``to_json`` made these values of. Raises `CaseError` for anything else."""
    if data.get("format") != FORMAT:
        raise CaseError(f"not a report of format {FORMAT}; write one with: rag eval --report FILE")
    try:
        fields = {key: value for key, value in data.items() if key != "format"}
        fields["results"] = tuple(map(_result, data["results"]))
        fields["measures"] = _measures(data["measures"])
        fields["kinds"] = {kind: _measures(found) for kind, found in data["kinds"].items()}
        return Report(**fields)
    except (TypeError, KeyError, AttributeError) as error:
        raise CaseError(f"damaged report: {error}; write a new one with: rag eval --report FILE") from error


def load(path: Path) -> Report:
    """Read a report from a JSON file."""
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CaseError(f"cannot read the report {path}: {error}; write one with: rag eval --report FILE") from error


def to_text(report: Report) -> str:
    """The report for a terminal: what was run, the measures, the table by kind, the worst answers."""
    lines = [_heading(report), ""]
    lines += [f"  {name:20} {_figure(m, name)}" for name, m in report.measures.items() if m.value is not None]
    parts = [f"{name.removesuffix('_ms')} {ms:.1f}" for name, ms in median_timings(report.results).items()]
    lines += [f"  of it, medians, ms     {', '.join(parts)}"] if parts else []
    lines += ["", *_kind_table(report)]
    worst = [r for r in report.results if outcome(r) in {INVENTED, WRONG}]
    if worst:
        lines += ["", f"{len(worst)} wrong or invented:"]
        lines += [
            f"  {r.case.id}  {outcome(r)} ({r.confidence:.2f})  {_short(r.case.question, 70)}" for r in worst[:15]
        ]
    return "\n".join(lines) + "\n"


def comparison_to_text(comparison: Comparison) -> str:
    """Two reports side by side: the differences whose interval leaves 0 are starred, then each changed question."""
    lines = [f"{comparison.shared} shared questions, {comparison.only_old} only in the old, {comparison.only_new} new"]
    if not comparison.same_corpus:
        lines.append("the documents differ: the difference is not the engine's alone")
    for name, m in comparison.differences.items():
        if m.value is None or m.low is None or m.high is None:
            continue
        star = "*" if m.low > 0 or m.high < 0 else " "
        better = (m.value < 0) == (name in LOWER_IS_BETTER)
        word = "same" if m.value == 0 else "better" if better else "worse"
        lines.append(f"{star} {name:20} {m.value:+.3f}  [{m.low:+.3f}, {m.high:+.3f}]  n={m.count}  {word}")
    lines += [f"  {c.id}: {c.before} → {c.after}  {_short(c.question, 70)}" for c in comparison.changes]
    return "\n".join(lines) + "\n"


def _heading(report: Report) -> str:
    answerable = sum(r.case.answerable is True for r in report.results)
    absent = sum(r.case.answerable is False for r in report.results)
    unread = f", {report.unread} unread files" if report.unread else ""
    return (
        f"{len(report.results)} questions ({answerable} answerable, {absent} not) from {Path(report.cases).name}, "
        f"{report.documents} document{'s' * (report.documents != 1)}{unread}, {report.seconds:.1f} s"
    )


def _figure(measure: Measure, name: str) -> str:
    if measure.value is None:
        return "not judged"
    digits = 1 if name.endswith("_ms") else 3
    value = f"{measure.value:8.{digits}f}"
    if measure.low is None or measure.high is None:
        return f"{value}  n={measure.count}"
    return f"{value}  [{measure.low:.{digits}f}, {measure.high:.{digits}f}]  n={measure.count}"


def _kind_table(report: Report) -> list[str]:
    columns = [name for name in KIND_COLUMNS if any(found[name].count for found in report.kinds.values())]
    rows = [["kind", "n", *columns]]
    for kind, found in sorted(report.kinds.items()):
        count = sum(r.case.kind == kind for r in report.results)
        rows.append([kind, str(count), *(_cell(found[name]) for name in columns)])
    return _aligned(rows)


def _cell(measure: Measure) -> str:
    return "·" if measure.value is None else f"{measure.value:.2f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _short(text: str, width: int) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= width else plain[: width - 1] + "…"


def _measures(data: Mapping[str, Any]) -> dict[str, Measure]:
    return {name: Measure(**found) for name, found in data.items()}


def _result(data: Mapping[str, Any]) -> Result:
    return Result(
        **{
            **data,
            "case": _case(data["case"]),
            "citations": tuple(Citation(**c) for c in data["citations"]),
            "exact": tuple(data["exact"]),
            "passages": tuple(Place(**p) for p in data["passages"]),
            "evidence": tuple(Place(**p) for p in data["evidence"]),
            "dropped": tuple(Dropped(**d) for d in data.get("dropped", ())),
            "rechecked": tuple(data.get("rechecked", ())),
        }
    )


def _case(data: Mapping[str, Any]) -> Case:
    lists = {key: tuple(data.get(key, ())) for key in ("answers", "evidence", "sources", *_LATER)}
    wanted = tuple(tuple(group) for group in data.get("wanted", ()))
    return Case(**{**data, **lists, "wanted": wanted, "history": tuple(Turn(**turn) for turn in data["history"])})
