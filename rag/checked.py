"""A whole text held against the library: a judgement for each sentence, and where each of its quotations comes from.

In: an engine, a text, the spans of its sentences. Out: `CheckedText`. It splits no text and reads no file:
`ingest/statements.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.claims import Judgement
from rag.text import word_spans
from rag.types import Scope, Span
from rag.verify import Quote
from rag.write.polish import leans_back

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.library import Library

# Passages in which a quotation is looked for, and how alike (of 100) an altered one must be.
PASSAGES, ALIKE = 10, 85
LEAST_WORDS = 4
_QUOTED = re.compile(
    r"“([^“”]{12,})”|„([^„“”]{12,})[“”]|«([^«»]{12,})»"
    r"|(?<!\w)\"((?:[^\"\n]|\n(?!\s*\n)){12,})\"(?!\w)|^>[ \t]*(\S[^\n]{12,})$",
    re.M,
)
_LEFT_OUT = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|…|\.\.\.)\s*")
_BACK = 3  # sentences that a pronoun may look back


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of the text, ``text[span.start:span.end]``, and what the library says of it; the words of the
    judgement count in the sentence."""

    span: Span
    text: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words in quotation marks, ``text[span.start:span.end] == said``, and where they stand; ``origins`` has several
    where something was left out. ``exact``: word for word, else nearly so; no origin: nowhere."""

    span: Span
    said: str
    origins: tuple[Quote, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A text, its sentences in order, its quotations in order."""

    name: str
    text: str
    sentences: tuple[Checked, ...]
    quotations: tuple[Quotation, ...]

    def count(self, verdict: str) -> int:
        """Return how many sentences have a verdict."""
        return sum(one.judgement.verdict == verdict for one in self.sentences)


def check_text(
    engine: Engine,
    text: str,
    sentences: Sequence[Span],
    *,
    name: str = "",
    scope: Scope | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CheckedText:
    """Judge each of ``sentences``, spans of ``text``; ``progress`` is told how many of how many are done."""
    found: list[Checked] = []
    for n, span in enumerate(sentences):
        said = span.of(text)
        before = next((c.text for c in reversed(found[-_BACK:]) if not leans_back(c.text)), "")
        found.append(Checked(span, said, engine.judge(said, before, scope=scope)))
        if progress:
            progress(n + 1, len(sentences))
    return CheckedText(name, text, tuple(found), tuple(_quotations(engine, text, scope)))


def _quotations(engine: Engine, text: str, scope: Scope | None) -> Iterator[Quotation]:
    for m in _QUOTED.finditer(text):
        group = next(g for g in range(1, 6) if m[g])
        if len(word_spans(m[group])) >= LEAST_WORDS:
            origins, exact = origin_of(engine, m[group], scope=scope)
            yield Quotation(Span(m.start(group), m.end(group)), m[group], origins, exact)


def origin_of(engine: Engine, quoted: str, *, scope: Scope | None = None) -> tuple[tuple[Quote, ...], bool]:
    """Return where a quotation stands in the library, a quote for each part that "…" joins, and whether word for word.

    Case, white space and the shape of quotation marks do not count. Nothing where no document is near it.
    """
    found: list[Quote] = []
    exact = True
    for part in _LEFT_OUT.split(quoted):
        if len(word_spans(part)) < 2:
            continue
        quote, whole = _origin(engine, part, scope)
        if quote is None:
            return (), False
        found.append(quote)
        exact = exact and whole
    return tuple(found), exact and bool(found)


def _origin(engine: Engine, quoted: str, scope: Scope | None) -> tuple[Quote | None, bool]:
    passages = [r.passage for r in engine.search(quoted, PASSAGES, scope=scope)]
    words = [re.escape(s.of(quoted)) for s in word_spans(quoted)]
    pattern = re.compile(r"\b" + r"[\W_]+".join(words) + r"\b", re.I)
    for source in dict.fromkeys(p.source for p in passages):
        if m := pattern.search(engine.library.text(source)):
            return _quote(engine.library, source, m.start(), m.end()), True
    from rapidfuzz import fuzz

    best = max(((fuzz.partial_ratio_alignment(quoted, p.text, score_cutoff=ALIKE), p) for p in passages),
               key=lambda pair: pair[0].score if pair[0] else 0.0, default=(None, None))  # fmt: skip
    near, passage = best
    if near is None or passage is None:
        return None, False
    inside = [s for s in word_spans(passage.text) if s.start < near.dest_end and s.end > near.dest_start]
    return _quote(
        engine.library, passage.source, passage.start + inside[0].start, passage.start + inside[-1].end
    ), False


def _quote(library: Library, source: str, start: int, end: int) -> Quote:
    pages = library.document(source).pages
    page = next((n for n, p in enumerate(pages, start=1) if p.start <= start < p.end), None)
    return Quote(source, page, start, end, library.text(source)[start:end])
