"""Whose words a passage is: its mail's sender's, or those of who is named above what the mail quotes.

In: `Found`. Out: `Found` without what others wrote, where it is asked what one person says, thinks or wants, and the
mails found hold words of that person. What others write *of* the person stays. It ranks nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag.asked.phrases import phrases
from rag.asked.question import Question
from rag.check.clauses import stems
from rag.check.facts import lemma
from rag.library import Library
from rag.retrieve import Found, Hit
from rag.text import fold, word_spans

MAIL = "message/rfc822"
# "On 4 June, Asa Holm wrote:" above a quotation, and the header of one that has its own.
_WHOSE = re.compile(r":\s*\Z|\A[*_\s]*\w+\s*:.*;.*:")
# Lines of a mail that name whom it is from or to, and no more.
_ADDRESSED = re.compile(
    r"(?mi)^(?:(?:from|to|cc|date|subject):.*|(?:dear|hi|hello|hey|hallo|hola|liebe[rs]?) .{1,40},\s*)$"
)
_OF_ONE = frozenset("want like prefer wish choose pick favour favor love hate mind need accept reply answer".split())
_IN_WORDS = re.compile(r"\b(?:according to|opinion|view|e-?mail|message|reply|letter|segun)\b")


def heard(found: Found, library: Library) -> tuple[Found, tuple[Hit, ...]]:
    """Return the search without what others wrote, and what was left out; all of it where no one's words are asked."""
    names = _asked_of(found.question)
    voices = {h.stored.passage.id: _voice(h, library) for h in found.hits} if names else {}
    person = next((n for n in names if any(n <= v for v in voices.values())), None)
    if person is None:
        return found, ()
    others = [
        h for h in found.hits if (v := voices[h.stored.passage.id]) and not person <= v and not _speaks_of(h, person)
    ]
    kept = tuple(h for h in found.hits if h not in others)
    return replace(found, hits=kept), tuple(others)


def _asked_of(question: Question) -> list[frozenset[str]]:
    """The names in a question for what someone says or wants, each as its words; none in any other question."""
    said = {lemma(fold(s.of(question.text)), "en") for s in word_spans(question.text)}
    if not said & (stems("said") | {lemma(w, "en") for w in _OF_ONE}) and not _IN_WORDS.search(fold(question.text)):
        return []
    return [_words(p.core) for p in phrases(question.text, question.language) if p.name and not p.linked]


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(s.of(text)).removesuffix("'s").removesuffix("’s") for s in word_spans(text))


def _voice(hit: Hit, library: Library) -> frozenset[str]:
    """The words of the line that says who wrote a passage of a mail; empty for anything else."""
    document = library.document(hit.stored.passage.source)
    if document.media_type != MAIL:
        return frozenset()
    heading = hit.stored.section.rsplit(" > ", 1)[-1]
    return _words(heading if _WHOSE.search(heading) else document.metadata.get("from", document.author or ""))


def _speaks_of(hit: Hit, person: frozenset[str]) -> bool:
    return bool(person & _words(_ADDRESSED.sub("", hit.stored.passage.text)))
