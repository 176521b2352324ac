"""A question that takes for granted what a document says otherwise: "Is it true that the park covers 6 hectares?"

In: `Found` and a `Draft`. Out: a draft of the sentence that states the same with another figure, date or closing name,
and the line that says so; nothing where that is not certain. Certain is: with the document's value in the place of the
asked one the statement passes the check of written sentences, and as it was asked it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.answer import Draft
from rag.asked.phrases import phrases
from rag.asked.question import Question
from rag.check.facts import Fact, read, same
from rag.judge.polarity import statements
from rag.messages import say
from rag.retrieve import Found, Hit
from rag.types import Evidence, Span
from rag.verify import Source, check

# Passages in which another value is looked for.
LOOKED = 4
_TOLD = frozenset({"date", "number"})
_THAT = re.compile(r"(?:is|was) it (?:true|correct|right|so|a fact|the case) (?:that )?(.+?)\s*\?*\Z", re.I | re.S)
_TAGGED = re.compile(
    r"(.+?),? (?:right|correct|true|(?:is|are|was|were|do|does|did|has|have|had)n['’]t (?:it|he|she|they))\s*\?+\s*\Z",
    re.I | re.S,
)
_ASKING = re.compile(r"(?:why|how come|where|when|how)\s+", re.I)
_UNIT = re.compile(r"\s?(?:%|[^\W\d_]+)")


def corrected(found: Found, made: Draft) -> Draft | None:
    """Return a draft of what the document says, with the line that says where the question differs as its caution."""
    statement = _statement(found.question)
    if not statement:
        return None
    near = [(h, Source.of(h.stored.passage, h.stored.sentences)) for h in found.hits[:LOOKED]]
    if check(statement, [source for _, source in near]).support:
        return None
    for hit, source in near:
        for claim, asked, said in _otherwise(statement, hit):
            support = check(claim, [source]).support
            if support:
                passage = hit.stored.passage
                told = tuple(Evidence(passage, Span(q.start, q.end), q.text, 1.0) for q in support.quotes)
                line = say("opposite", found.question.voice or found.question.language, said=said, asked=asked)
                return replace(made, evidence=told, refused=False, caution=True, reason=line, wider=())
    return None


def _statement(question: Question) -> str:
    """What a question takes for granted, as a sentence; "" where that is not plain."""
    if question.language != "en":
        return ""
    text = question.text.strip()
    whole = _THAT.match(text) or _TAGGED.match(text)
    if whole:
        return whole[1]
    turned = statements(_ASKING.sub("", text, count=1)) if _ASKING.match(text) else statements(text)
    return turned[0] if turned else ""


def _otherwise(statement: str, hit: Hit) -> Iterator[tuple[str, str, str]]:
    """Yield the statement with a value of the passage in the place of its own, and both values."""
    text = hit.stored.passage.text
    said = read(text, "en").facts
    for fact in (f for f in read(statement, "en").facts if f.kind in _TOLD):
        for other in said:
            if other.kind == fact.kind and other.unit == fact.unit and not same(fact, other):
                yield _put(statement, fact, text[other.start : other.end]), _shown(statement, fact), _shown(text, other)
    names = [p for p in phrases(statement, "en") if p.name and p.end == len(statement.rstrip(" .")) and not p.linked]
    for name in names:
        for core in dict.fromkeys(p.core for p in phrases(text, "en") if p.name and not p.linked):
            if core not in statement:
                yield statement[: name.start] + core, name.text, core


def _put(statement: str, fact: Fact, value: str) -> str:
    return statement[: fact.start] + value + statement[fact.end :]


def _shown(text: str, fact: Fact) -> str:
    """The value as it is written, with its unit."""
    unit = _UNIT.match(text, fact.end) if fact.unit and text[fact.end - 1].isdigit() else None
    return text[fact.start : unit.end() if unit else fact.end]
