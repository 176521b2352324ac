"""A model's raw text becomes plain sentences: no markup, no source numbers, no thinking aloud, no "According to [1]".

In: text as it streams. Out: whole sentences and what is still open; a sentence made plain. It judges nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from rag.check.facts import Word, lemma, read
from rag.check.likeness import wordnet
from rag.text import sentence_spans, word_spans

_THINK = re.compile(r"<think>.*?</think>", re.S | re.I)
_OPEN_THINK = re.compile(r"<think>", re.I)
_CUT_TAG = re.compile(r"<[a-z/]{0,8}\Z", re.I)
_ENOUGH = 12
_MARKERS = re.compile(
    r"\s*(?:\[\s*\^?\d+(?:\s*[,;–-]\s*\d+)*\s*\]|【[^】]*】|\((?:source|excerpt)s?\s*\d+[^)]*\)|\[(?:source|excerpt)s?[^\]]*\])",
    re.I,
)
_CUT_MARKER = re.compile(r"\s*\[\s*\^?\d*\s*\Z")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_TAG = re.compile(r"</?[a-z][^>]*>", re.I)
_BULLET = re.compile(r"^\s*(?:[-*•#>]+\s+|\(?\d{1,2}[.)]\s+)")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")
_LEAD = re.compile(
    r"^(?:answer|respuesta|a)\s*:\s*"
    r"|^(?:yes|no|s[ií])\s*[,.;:—–-]\s*"
    r"|^(?:so|well|sure|overall|in summary|in short|in conclusion|additionally|furthermore|moreover|also)\s*,\s*"
    r"|^(?:according to|based on|as stated in|per)\s+(?:the\s+|these\s+|your\s+)?(?:provided\s+|given\s+|numbered\s+)?"
    r"(?:excerpts?|sources?|documents?|text|passages?|evidence|context|information)(?:\s+\d+)?\s*,\s*"
    r"|^(?:the|this)\s+(?:excerpts?|sources?|documents?|texts?|passages?|evidence|articles?)\s+(?:\d+\s+)?"
    r"(?:states?|says?|mentions?|notes?|indicates?|reveals?|reports?|contains? a statement)\s+that\s+",
    re.I,
)
_LEANING = re.compile(
    r"^(?:he|she|it|they|his|her|its|their|this|these|that|those|él|ella|ellos|ellas|esto|este|esta|eso)\b", re.I
)


def whole_sentences(text: str, *, ended: bool = False) -> tuple[list[str], str]:
    """Return the sentences of ``text`` that are surely whole, and the rest.

    While text still comes, a sentence is whole once a good piece of the next has come: "Dr." or "3." may go on, and so
    may a marker cut in "[1".
    """
    visible = _THINK.sub("", text)
    if not ended and _OPEN_THINK.search(visible):
        return [], text
    if ended:
        visible = _OPEN_THINK.split(visible)[0]
    pieces = [span.of(line) for line in visible.split("\n") for span in sentence_spans(line)]
    if ended or visible.endswith("\n"):
        return pieces, ""
    if len(pieces) < 2 or len(pieces[-1]) < _ENOUGH or _CUT_TAG.search(visible):
        return [], text
    return pieces[:-1], pieces[-1] + (" " if visible[-1:].isspace() else "")


def cleaned(sentence: str) -> str:
    """Return the plain sentence: markers, markup and phrases about the sources taken off."""
    text = _CUT_MARKER.sub("", _MARKERS.sub("", _TAG.sub("", _LINK.sub(r"\1", sentence))))
    text = _BULLET.sub("", text)
    text = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))
    text = " ".join(text.split()).strip("*_ ")
    for _ in range(3):
        shorter = _LEAD.sub("", text, count=1)
        if shorter == text:
            break
        text = shorter
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    return text[:1].upper() + text[1:] if re.search(r"\w", text) else ""


def leans_back(sentence: str) -> bool:
    """Say whether a sentence begins with a pronoun."""
    return bool(_LEANING.match(sentence))


def is_fragment(sentence: str, language: str = "") -> bool:
    """Say whether this is no statement: a word or two, a name ("The United States."), the lead of a list ("It is:"),
    a question.

    Read as the answer to a question a bare name would state something that nothing has checked. Spanish verbs are not
    known here: three words are enough in Spanish. ``language`` is that of the sources.
    """
    if len(word_spans(sentence)) < 3 or sentence.rstrip().endswith((":", "?")):
        return True
    reading = read(sentence, language)
    return reading.language == "en" and not any(_finite(w, k, reading.words) for k, w in enumerate(reading.words))


_AUXILIARIES = frozenset(
    "is are was were am be been has have had do does did will would can could may might must "
    "shall should cannot".split()
)
_BEFORE_NOUNS = frozenset(
    "a an the this that these those his her its their my our your of in on at by for with from and or".split()
)


def _finite(word: Word, place: int, words: Sequence[Word]) -> bool:
    """An auxiliary, or a lower-case word that can be a verb and stands where a verb may."""
    if word.folded in _AUXILIARIES or word.folded.endswith("n't"):
        return True
    if not word.start or not word.text[:1].islower() or word.folded.endswith("ing"):
        return False
    if word.folded.endswith("ed"):
        return True
    before = words[place - 1] if place else None
    led = before is not None and (before.folded in _BEFORE_NOUNS or before.text.endswith(("'s", "’s")))
    return word.stem in _verbs() and not led


@functools.cache
def _verbs() -> frozenset[str]:
    return frozenset(lemma(verb, "en") for verb in wordnet()["verbs"].split())
