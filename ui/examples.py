"""Example questions made from the documents themselves: their sections, titles and dates.

In: an engine. Out: a few questions that it answers. Each is asked first, without a language model, and one that would
be refused is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.types import Document
from ui.render import one_line

if TYPE_CHECKING:
    from rag.engine import Engine

_TITLES = (
    "Minister President Secretary Director Professor Dr Mr Mrs Ms Judge General Chancellor Senator Ambassador Captain "
    "King Queen Mayor Governor Chairman Chairwoman Chair Officer CEO Coach author architect"
)
_PERSON = re.compile(rf"\b(?:{'|'.join(_TITLES.split())})\.? ((?:[A-ZÀ-Þ][\w'’-]+ ){{1,2}}[A-ZÀ-Þ][\w'’-]+)")

WANTED = 4
LOOKED_AT = 12
TRIED = 10
LONGEST = 200_000


def example_questions(engine: Engine) -> list[str]:
    """At most four, different, in reading order."""
    questions: list[str] = []
    for tried, question in enumerate(_candidates(engine)):
        if len(questions) == WANTED or tried == TRIED:
            break
        if question not in questions and _is_answered(engine, question):
            questions.append(question)
    return questions


def _is_answered(engine: Engine, question: str) -> bool:
    """The first of the stream is the documents' own answer: no language model is asked for it."""
    try:
        with closing(engine.stream(question)) as states:
            answer = next(states)
    except RagError:
        return False
    return not answer.refused and not answer.caution


def _candidates(engine: Engine) -> Iterator[str]:
    """Sections of a few documents, in turns, so that no document takes all the places."""
    documents = engine.library.documents()
    step = max(1, len(documents) // LOOKED_AT)
    rows = [list(_of_document(engine, document)) for document in documents[::step][:LOOKED_AT]]
    for place in range(max(map(len, rows), default=0)):
        for row in rows:
            if place < len(row):
                yield row[place]


def _of_document(engine: Engine, document: Document) -> Iterator[str]:
    """A person, its sections, its date. A very long document is passed over: reading it would make visitors wait."""
    if document.length > LONGEST:
        return
    text = engine.library.text(document.source)
    person = _PERSON.search(text)
    if person:
        yield f"Who is {one_line(person[1])}?"
    title = one_line(document.title)
    seen = {"", title}
    for stored in engine.library.document_passages(document.source):
        section = one_line(stored.section)
        if section not in seen and len(section) <= 70:
            yield section if section.endswith("?") else f"What about {in_a_sentence(section, text)}?"
        seen.add(section)
    if document.date and 0 < len(title) <= 60:
        yield f"When was “{title}” published?"


def in_a_sentence(heading: str, text: str) -> str:
    """A heading in the case it would have inside a sentence, as far as the text shows it: a word that the text also
    writes small is written small, and one that it writes with a capital in mid-sentence keeps that."""
    elsewhere = text.replace(heading, "\n")
    return " ".join(_small(word, elsewhere) for word in heading.rstrip(".:;,").split())


def _small(word: str, text: str) -> str:
    small = word[:1].lower() + word[1:]
    if small == word or not word[1:].islower():
        return word
    if re.search(rf"\b{re.escape(small)}\b", text):
        return small
    named = re.search(rf"[a-z,] {re.escape(word)}\b", text)
    return word if named else small
