"""The words inside an answer that are the answer itself: what the reader marked, or what the kind of answer identifies.

In: a question and the text of an answer with its best sentence. Out: highlights as spans of that text, or none where
more than one stretch would do. It changes no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.asked.question import Kind, Question
from rag.check.facts import Fact, read
from rag.text import fold, word_spans
from rag.types import Evidence, Highlight, Span

_SPACE = re.compile(r"\s+")

# A run of capitalised words, with the small words that stand inside names ("Bank of America", "Luís de Camões").
_RUN = re.compile(
    r"[^\W\d_a-zß-öø-ÿ][\w'’.-]*(?:\s+(?:(?:of|the|de|la|del|da|von|van|der)\s+)*[^\W\d_a-zß-öø-ÿ][\w'’.-]*)*"
)
_TITLES = re.compile(
    r"^(?:(?:Foreign|Prime|Affairs|Minister|President|Vice|Secretary|Director|Dr|Mr|Mrs|Ms|Sir|Judge|General|Senator|Governor"
    r"|Professor|Chief|King|Queen|Mayor|The|A|An)\.?\s+)+"
)
# "Last December" opens a sentence and names nobody.
_COUNTED = re.compile(r"(Last|This|Next|El|La|Este|Esta)\b")
_LOCATIVE = re.compile(r"\b(in|at|en)\s+$", re.IGNORECASE)


def highlights(question: Question, text: str, best: Span, evidence: Evidence) -> tuple[Highlight, ...]:
    """Mark the answer inside the sentence ``best``, a span of ``text`` that shows ``evidence``.

    Without a reader's mark there is none unless exactly one stretch fits.
    """
    sentence = best.of(text)
    if evidence.mark is not None:
        return _shown(text, best, evidence, evidence.mark)
    found = list(_matching(question, sentence))
    if len(found) > 1 and question.kind is Kind.PLACE:
        found = [s for s in found if _LOCATIVE.search(sentence[: s.start])]
    if len(found) != 1:
        return ()
    start, end = best.start + found[0].start, best.start + found[0].end
    return (Highlight(start, end, text[start:end]),)


def _shown(text: str, best: Span, evidence: Evidence, mark: Span) -> tuple[Highlight, ...]:
    """Find a mark of the source again in the answer, where white space is folded."""
    before = evidence.text[: mark.start - evidence.span.start].lstrip()
    words = _SPACE.sub(" ", evidence.text[mark.start - evidence.span.start : mark.end - evidence.span.start])
    start = best.start + len(_SPACE.sub(" ", before))
    return (Highlight(start, start + len(words), words),) if text.startswith(words, start) else ()


def _matching(question: Question, sentence: str) -> Iterator[Span]:
    asked = frozenset(fold(s.of(question.text)) for s in word_spans(question.text))
    match question.kind:
        case Kind.DATE:
            facts = [f for f in read(sentence, question.language).facts if f.kind == "date"]
            yield from (Span(f.start, f.end) for f in facts if not _said(f, sentence, asked))
        case Kind.QUANTITY:
            facts = [f for f in read(sentence, question.language).facts if f.kind == "number"]
            yield from (Span(f.start, f.end) for f in facts if not _said(f, sentence, asked))
        case Kind.PERSON:
            yield from _names(sentence, asked, least=2)
        case Kind.PLACE:
            yield from _names(sentence, asked, least=1)


def _said(fact: Fact, sentence: str, asked: frozenset[str]) -> bool:
    words = [fold(s.of(sentence[fact.start : fact.end])) for s in word_spans(sentence[fact.start : fact.end])]
    return all(w in asked for w in words)


def _names(sentence: str, asked: frozenset[str], least: int) -> Iterator[Span]:
    for run in _RUN.finditer(sentence):
        title = _TITLES.match(run.group())
        start = run.start() + (title.end() if title else 0)
        name = sentence[start : run.end()].removesuffix(".")
        words = [fold(s.of(name)).removesuffix("'s") for s in word_spans(name)]
        opening = start == 0 and (len(words) == 1 or bool(_COUNTED.match(name)))
        if len(re.split(r"[\s-]", name)) >= least and words and not opening and not all(w in asked for w in words):
            yield Span(start, start + len(name))
