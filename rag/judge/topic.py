"""A summary of one topic of a document: "Summarise the risk management of A in 2021" is told by the sections about it.

In: a search, its draft and the library. Out: the draft with the sentences that stand under a heading that says the
topic, where the document's title and headings say the name and the year; else the draft as it came. It writes nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag.answer import Draft
from rag.asked.question import Kind
from rag.judge.close import PASSAGES_READ, related
from rag.library import Library, StoredPassage
from rag.retrieve import Found
from rag.text import content_words
from rag.types import Evidence, Span

MOST_SENTENCES, MOST_WORDS = 5, 120
# A heading that the question says this share of is about its topic; what stands under it is at least this sure.
SAID, SURE = 0.5, 0.7
_YEAR = re.compile(r"\b(?:1\d{3}|20\d\d)\b")
_FULL = re.compile(r"[.!?。][\"'”’)\]]*$")


def summed_up(found: Found, made: Draft, library: Library) -> Draft:
    """Return the draft of a summary told by the sections about its topic; any other question's as it is."""
    return told(found, made, library) if found.question.kind is Kind.SUMMARY else made


def told(found: Found, made: Draft, library: Library) -> Draft:
    """Take the sentences of the sections whose headings say the topic; without such a section, the draft as it is."""
    sections = dict.fromkeys(
        (h.stored.passage.source, h.stored.section) for h in found.hits[:PASSAGES_READ] if _about(found, h.stored)
    )
    evidence: list[Evidence] = []
    for source, section in sections:
        for stored in library.document_passages(source):
            evidence += _sentences(found, stored) if stored.section == section else ()
    if not evidence:
        return made
    kept: list[Evidence] = []
    words = 0
    for e in sorted(evidence, key=lambda e: -e.score):
        words += len(e.text.split())
        if len(kept) == MOST_SENTENCES or (kept and words > MOST_WORDS):
            break
        kept.append(e)
    first = min(kept, key=lambda e: evidence.index(e))  # it leads, whichever is nearest
    order = (first, *(e for e in kept if e is not first))
    sure = max(made.confidence, SURE)
    return replace(made, evidence=order, wider=order, confidence=sure, refused=False, caution=False, reason="")


def _about(found: Found, stored: StoredPassage) -> bool:
    """Tell whether the last heading says the topic, and the title with the headings above whatever else is asked."""
    heading = content_words(stored.section.rsplit(" > ", 1)[-1], stored.language)
    named = frozenset(stored.title_stems) | frozenset(content_words(stored.section, stored.language))
    topic = [t for t in found.terms if not _names(found, t.word)]
    said = {s for t in topic for s in heading if related(t, frozenset({s}))} - set(stored.title_stems)
    if not said or len(said) < SAID * len(set(heading)):
        return False
    years = sorted(_YEAR.findall(found.question.text))
    here = _YEAR.findall(f"{stored.passage.title} {stored.section}") or _YEAR.findall(stored.passage.text)
    if years and not any(years[0] <= year <= years[-1] for year in here):
        return False
    return all(related(t, named) for t in found.terms if _names(found, t.word))


def _names(found: Found, word: str) -> bool:
    return word.lower() in found.question.names


def _sentences(found: Found, stored: StoredPassage) -> list[Evidence]:
    """The whole sentences of a passage; how near each is to the question is its score."""
    passage, out = stored.passage, []
    for span, vector in zip(stored.sentences, stored.sentence_vectors, strict=True):
        text = passage.text[span.start - passage.start : span.end - passage.start]
        if _FULL.search(text):
            out.append(Evidence(passage, Span(span.start, span.end), text, float(vector @ found.vector)))
    return out
