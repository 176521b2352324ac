"""A ``Report`` as one HTML file that needs nothing from outside: no script, no font, no picture by address.

In: a report. Out: a string. Everything that comes from a document, a question or a setting is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from eval import metrics
from eval.run import Report
from eval.scoring import BY_CASE, INVENTED, RIGHT, WORST_FIRST, WRONG, Measure, Result, median_timings, outcome

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--bad:#c0392b;--good:#2e7d32;--soft:#8881}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{border-bottom:1px solid var(--line);padding:.3rem .6rem;
text-align:right;font-variant-numeric:tabular-nums}td:first-child,th:first-child{text-align:left}
.scroll{overflow-x:auto}details{border-bottom:1px solid var(--line);padding:.4rem 0}summary{cursor:pointer}
blockquote{margin:.4rem 0;padding:.2rem .8rem;border-left:3px solid var(--line);background:var(--soft)}
.bad{color:var(--bad)}.good{color:var(--good)}.dim{opacity:.7}svg{max-width:100%;height:auto}
"""
_SIZE, _PAD = 300, 36
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_COLUMNS = (
    "correct f1 recall@5 mrr evidence_cited evidence_precision citation_recall citation_precision false_refusal "
    "refusal_recall warning_recall rewrite"
).split()


def to_html(report: Report) -> str:
    """The whole report as a page: measures, kinds, reliability, every question with the worst first, settings."""
    title = f"Evaluation of {Path(report.cases).name or 'cases'}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p class='dim'>{len(report.results)} questions, documents: {report.documents}, {report.seconds:.1f} s, "
        f"{escape(report.created)}</p>",
        _measure_table(report),
        "<h2>By kind</h2>",
        _kind_table(report),
        "<h2>Does the confidence hold?</h2>",
        _reliability(report.results),
        "<h2>Questions, worst first</h2>",
        *map(_question, sorted(report.results, key=_badness)),
        "<h2>What was run</h2>",
        _facts(report),
    ]
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta http-equiv='Content-Security-Policy' content=\"{_POLICY}\">"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _badness(result: Result) -> tuple[int, float]:
    """Sure and wrong comes before unsure and wrong; among right answers the least sure comes first."""
    name = outcome(result)
    return WORST_FIRST.index(name), -result.confidence if name in {INVENTED, WRONG} else result.confidence


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; what follows a line break in a cell shows when the pointer rests on it."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _cell(text: str) -> str:
    shown, _, more = text.partition("\n")
    title = f" title='{escape(more)}'" if more else ""
    return f"<td{title}>{escape(shown)}</td>"


def _measure_table(report: Report) -> str:
    def row(name: str, m: Measure) -> list[str]:
        digits = 1 if name.endswith("_ms") else 3
        value = "not judged" if m.value is None else f"{m.value:.{digits}f}"
        wide = "" if m.low is None or m.high is None else f"{m.low:.{digits}f} – {m.high:.{digits}f}"
        return [name, value, wide, str(m.count)]

    return _table(("measure", "value", "95 % interval", "questions"), (row(n, m) for n, m in report.measures.items()))


def _kind_table(report: Report) -> str:
    def cell(m: Measure) -> str:
        if m.value is None or m.low is None or m.high is None:
            return "·"
        return f"{m.value:.2f}\n95 % interval {m.low:.2f} – {m.high:.2f}, {m.count} questions"

    columns = [name for name in _COLUMNS if any(found[name].count for found in report.kinds.values())]
    counts = {kind: sum(r.case.kind == kind for r in report.results) for kind in report.kinds}
    rows = [[k, str(counts[k]), *(cell(found[name]) for name in columns)] for k, found in sorted(report.kinds.items())]
    return _table(("kind", "n", *columns), rows)


def _reliability(results: Sequence[Result]) -> str:
    judged = [(r.confidence, r.case.answerable) for r in results if r.case.answerable is not None]
    bins = metrics.reliability([c for c, _ in judged], [so for _, so in judged])
    bars = "".join(map(_bar, bins))
    whole = _SIZE + 2 * _PAD
    return (
        f"<svg viewBox='0 0 {whole} {whole}' width='{whole}' role='img' aria-label='Reliability diagram'>"
        f"<line x1='{_PAD}' y1='{_PAD + _SIZE}' x2='{_PAD + _SIZE}' y2='{_PAD}' stroke='currentColor' "
        f"stroke-dasharray='4'/><rect x='{_PAD}' y='{_PAD}' width='{_SIZE}' height='{_SIZE}' fill='none' "
        f"stroke='currentColor' stroke-opacity='.4'/>{bars}</svg>"
        "<p class='dim'>Share that the documents answer, by confidence; below each bar the number of questions.</p>"
    )


def _bar(b: metrics.Bin) -> str:
    left, top, middle = _PAD + b.low * _SIZE, _PAD + (1 - b.so) * _SIZE, _PAD + (b.low + b.high) / 2 * _SIZE
    return (
        f"<rect x='{left:.1f}' y='{top:.1f}' width='{(b.high - b.low) * _SIZE - 1:.1f}' height='{b.so * _SIZE:.1f}' "
        f"fill='#4682b4' fill-opacity='.6'><title>said {b.said:.2f}, so {b.so:.2f}, {b.count} questions</title></rect>"
        f"<circle cx='{_PAD + b.said * _SIZE:.1f}' cy='{top:.1f}' r='3' fill='currentColor'/>"
        f"<text x='{middle:.1f}' y='{_PAD + _SIZE + 14}' font-size='10' text-anchor='middle' fill='currentColor'>"
        f"{b.count}</text>"
    )


def _question(result: Result) -> str:
    name = outcome(result)
    colour = (
        "good" if WORST_FIRST.index(name) >= WORST_FIRST.index(RIGHT) else "bad" if name in {INVENTED, WRONG} else ""
    )
    history = "".join(
        f"<p class='dim'>before: {escape(t.question)} — {escape(t.answer)}</p>" for t in result.case.history
    )
    quotes = "".join(
        f"<blockquote>[{c.number}] {escape(c.quote)}<br><span class='dim'>{escape(c.source)} "
        f"{c.quote_start}–{c.quote_end}{'' if ok else ' — <b class=bad>not the stored text</b>'}</span></blockquote>"
        for c, ok in zip(result.citations, result.exact, strict=True)
    )
    searched = result.standalone_question
    rewritten = f"<p class='dim'>searched for: {escape(searched)}</p>" if searched != result.case.question else ""
    gold = " | ".join(result.case.answers) or ("—" if result.case.answerable else "the documents do not say")
    scores = ", ".join(f"{k} {v:.2f}" for k, f in BY_CASE.items() if (v := f(result)) is not None)
    return (
        f"<details><summary><b class='{colour}'>{escape(name)}</b> {result.confidence:.2f} "
        f"<span class='dim'>{escape(result.case.id)} {escape(result.case.kind)}</span> "
        f"{escape(result.case.question)}</summary>{history}{rewritten}<p>{escape(result.text)}</p>"
        f"<p class='dim'>{escape(result.reason)}</p>{quotes}<p>wanted: {escape(gold)}</p>"
        f"<p class='dim'>{escape(scores)}; {result.ms:.0f} ms</p></details>"
    )


def _facts(report: Report) -> str:
    facts = {
        "cases": report.cases,
        "commit": report.commit or "installed package",
        "documents sha256": report.corpus_sha256,
        **{f"median {name}": f"{ms:.1f}" for name, ms in median_timings(report.results).items()},
        **{f"version of {name}": found for name, found in report.versions.items()},
        **{f"setting {name}": str(value) for name, value in report.settings.items()},
    }
    return _table(("fact", "value"), facts.items())
