"""A checked text as terminal lines, as HTML, as JSON and as SARIF.

In: a `CheckedText`. Out: strings and plain dicts. Pure: it calls no engine and reads no file; what comes from the text
or from a document is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote as url_quote

from rag.checked import Checked, CheckedText, Quotation
from rag.claims import CONTRADICTED, NO_CLAIM, NOT_SAID, PARTLY, SUPPORTED, VERDICTS, Judgement
from rag.verify import Quote
from ui import terminal
from ui.markup import escape
from ui.render import one_line, where, why_wrong

TOLD = {
    SUPPORTED: "held",
    PARTLY: "only partly",
    CONTRADICTED: "contradicted",
    NOT_SAID: "not said",
    NO_CLAIM: "no statement of fact",
}
_RULES = {
    CONTRADICTED: ("error", "The documents say otherwise."),
    NOT_SAID: ("warning", "The documents do not say this."),
    PARTLY: ("warning", "The documents carry only a part of this."),
}
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def numbered(checked: CheckedText) -> dict[Quote, int]:
    """Give each quote the number of its footnote, in reading order; one quote has one number."""
    numbers: dict[Quote, int] = {}
    for quote in (q for one in checked.sentences for q in one.judgement.quotes):
        numbers.setdefault(quote, len(numbers) + 1)
    for quote in (q for one in checked.quotations for q in one.origins):
        numbers.setdefault(quote, len(numbers) + 1)
    return numbers


def why(one: Checked) -> str:
    """In one line what is wrong with a sentence, "" where nothing is."""
    verdict, words = one.judgement.verdict, ", ".join(f"“{s.of(one.text)}”" for s in one.judgement.words)
    if verdict == CONTRADICTED:
        other = f"not {words}" if words else why_wrong(one.judgement.reason)
        return f"the documents say “{one_line(one.judgement.said)}”, {other}" if one.judgement.said else other
    if verdict == PARTLY:
        wrong = why_wrong(one.judgement.reason) if one.judgement.reason != "addition" else ""
        return "; ".join(part for part in (f"not said: {words}" if words else "", wrong) if part)
    return ""


# ---------------------------------------------------------------- programs


def to_json(checked: CheckedText) -> dict[str, Any]:
    """Everything, as plain values. Offsets count code points of ``text``, those of a citation of its document."""
    numbers = numbered(checked)
    return {
        "name": checked.name,
        "text": checked.text,
        "counts": {verdict: checked.count(verdict) for verdict in VERDICTS},
        "sentences": [
            {
                "start": one.span.start,
                "end": one.span.end,
                "text": one.text,
                **judgement_json(one.judgement, one.text, one.span.start, numbers),
            }
            for one in checked.sentences
        ],
        "quotations": [
            {"start": q.span.start, "end": q.span.end, "text": q.said, "found": bool(q.origins), "exact": q.exact}
            | {"citations": [citation_json(o, numbers[o]) for o in q.origins]}
            for q in checked.quotations
        ],
    }


def judgement_json(
    judgement: Judgement, text: str, start: int = 0, numbers: Mapping[Quote, int] | None = None
) -> dict[str, Any]:
    """One judgement; the words' offsets are counted from ``start``."""
    numbers = numbers or {q: n for n, q in enumerate(judgement.quotes, start=1)}
    return {
        "verdict": judgement.verdict,
        "why": why_wrong(judgement.reason) if judgement.reason else "",
        "reason": judgement.reason,
        "said": judgement.said,
        "exact": judgement.exact,
        "words": [{"start": start + s.start, "end": start + s.end, "text": s.of(text)} for s in judgement.words],
        "citations": [citation_json(q, numbers[q]) for q in judgement.quotes],
    }


def citation_json(quote: Quote, number: int) -> dict[str, Any]:
    """A quote with the keys that a citation of `rag ask --json` has."""
    return {
        "number": number,
        "source": quote.source,
        "page": quote.page,
        "quote_start": quote.start,
        "quote_end": quote.end,
        "quote": quote.text,
    }


def to_sarif(checked: CheckedText, version: str) -> dict[str, Any]:
    """SARIF 2.1.0: a result for each sentence that does not hold, the quote beside it as a related location."""
    rules = [
        {"id": verdict, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}
        for verdict, (level, text) in _RULES.items()
    ]
    results = [_sarif_result(checked, one) for one in checked.sentences if one.judgement.verdict in _RULES]
    driver = {"name": "Footnote", "version": version, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}


def _sarif_result(checked: CheckedText, one: Checked) -> dict[str, Any]:
    level, text = _RULES[one.judgement.verdict]
    reason = why(one)
    related = [
        {
            "id": n,
            "message": {"text": one_line(q.text)},
            "physicalLocation": {
                "artifactLocation": {"uri": url_quote(q.source)},
                "region": {"charOffset": q.start, "charLength": q.end - q.start},
            },
        }
        for n, q in enumerate(one.judgement.quotes, start=1)
    ]
    region = {
        **_lines(checked.text, one.span.start, one.span.end),
        "charOffset": one.span.start,
        "charLength": one.span.end - one.span.start,
        "snippet": {"text": one.text},
    }
    place = {"artifactLocation": {"uri": url_quote(checked.name)}, "region": region}
    return {
        "ruleId": one.judgement.verdict,
        "level": level,
        "message": {"text": f"{text[:-1]}: {one_line(reason)}" if reason else text},
        "locations": [{"physicalLocation": place}],
        "relatedLocations": related,
    }


def _lines(text: str, start: int, end: int) -> dict[str, int]:
    """Lines and columns of a stretch, counted from 1."""
    return {
        "startLine": text.count("\n", 0, start) + 1,
        "startColumn": start - text.rfind("\n", 0, start),
        "endLine": text.count("\n", 0, end) + 1,
        "endColumn": end - text.rfind("\n", 0, end),
    }


# ---------------------------------------------------------------- people

_STYLE = {
    SUPPORTED: "\x1b[32m",
    PARTLY: "\x1b[33m",
    CONTRADICTED: "\x1b[31m",
    NOT_SAID: "\x1b[33m",
    NO_CLAIM: "\x1b[2m",
}
_WIDTH = max(map(len, TOLD.values()))


def to_terminal(checked: CheckedText) -> str:
    """A line a sentence with its verdict, then what is wrong with it, then the footnotes and the counts."""
    numbers = numbered(checked)
    lines = []
    for one in checked.sentences:
        verdict = one.judgement.verdict
        marks = "".join(f" [{numbers[q]}]" for q in one.judgement.quotes)
        lines.append(terminal.paint(_STYLE[verdict], f"{TOLD[verdict]:{_WIDTH}}") + f"  {one_line(one.text)}{marks}")
        if reason := why(one):
            lines.append(f"{'':{_WIDTH}}  → {terminal.clean(reason)}")
    for found in checked.quotations:
        marks = "".join(f" [{numbers[q]}]" for q in found.origins)
        lines.append(f"{_quotation_told(found):{_WIDTH}}  “{one_line(found.said)}”{marks}")
    lines += ["", *(f"[{n}] {where(q.source, q.page)}: “{one_line(q.text)}”" for q, n in numbers.items())]
    return "\n".join([*lines, "", summary(checked)])


def _quotation_told(found: Quotation) -> str:
    return "quotation" if found.exact else "quoted otherwise" if found.origins else "quoted from nowhere"


def summary(checked: CheckedText) -> str:
    """One line: how many sentences of each kind."""
    counts = [f"{checked.count(verdict)} {TOLD[verdict]}" for verdict in VERDICTS if checked.count(verdict)]
    return f"{terminal.plural(len(checked.sentences), 'sentence')}: {', '.join(counts) or 'nothing to check'}"


_CSS = (
    "body{font:17px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "pre{white-space:pre-wrap;font:inherit}mark{background:none;color:inherit;border-bottom:3px solid}"
    "mark.supported{border-color:#3a9d5d}mark.partly{border-color:#d9a400}mark.contradicted{border-color:#d0342c}"
    "mark.not_said{border-color:#999;border-bottom-style:dashed}mark.no_claim{border:0}b.bare{background:#ffd9d6}"
    "li{margin:.6rem 0}li:target{background:#fff3bf}.why{font-size:.85em;color:#a33}@media(prefers-color-scheme:dark)"
    "{body{background:#181818;color:#eee}b.bare{background:#6b2420}li:target{background:#554400}.why{color:#f99}}"
)


def to_html(checked: CheckedText) -> str:
    """A page of its own, without scripts: the text with its marks, and the footnotes under it."""
    numbers = numbered(checked)
    parts, at = [], 0
    for one in checked.sentences:
        parts.append(escape(checked.text[at : one.span.start]) + _sentence_html(one, numbers))
        at = one.span.end
    body = "".join(parts) + escape(checked.text[at:])
    notes = "".join(
        f'<li id="q{n}" value="{n}"><q>{escape(one_line(q.text))}</q> '
        f"<cite>{escape(where(q.source, q.page))}</cite></li>"
        for q, n in numbers.items()
    )
    quoted = "".join(
        f"<li>{escape(_quotation_told(q))}: <q>{escape(one_line(q.said))}</q>{_marks(q.origins, numbers)}</li>"
        for q in checked.quotations
    )
    title = escape(f"{checked.name or 'Text'}, checked")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_CSS}</style></head>'
        f"<body><h1>{title}</h1><p>{escape(summary(checked))}</p><pre>{body}</pre>"
        f"{f'<h2>Quotations</h2><ul>{quoted}</ul>' if quoted else ''}<h2>Footnotes</h2><ol>{notes}</ol></body></html>\n"
    )


def _sentence_html(one: Checked, numbers: Mapping[Quote, int]) -> str:
    body, at = "", 0
    for span in one.judgement.words:
        body += f'{escape(one.text[at : span.start])}<b class="bare">{escape(span.of(one.text))}</b>'
        at = span.end
    body += escape(one.text[at:])
    verdict, reason = one.judgement.verdict, why(one)
    told = TOLD[verdict] + (f": {reason}" if reason else "")
    note = f' <span class="why">({escape(told)})</span>' if verdict in _RULES else ""
    return f'<mark class="{verdict}" title="{escape(told)}">{body}</mark>{_marks(one.judgement.quotes, numbers)}{note}'


def _marks(quotes: Sequence[Quote], numbers: Mapping[Quote, int]) -> str:
    return "".join(f'<sup><a href="#q{numbers[q]}">{numbers[q]}</a></sup>' for q in quotes)
