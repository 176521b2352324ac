"""A question put into the language of the documents, where they speak another.

In: a `Question` and a `Library`. Out: the question in the documents' words, and for its words the other meanings that
the documents know. It embeds nothing and ranks nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from rag.asked.lexicon import gloss, has_lexicon, meanings
from rag.asked.question import Question, analyse, terms_in
from rag.asked.terms import Term
from rag.library import Library
from rag.models import Embedder
from rag.text import content_words, word_spans

# A question in a language that this share of the documents speaks is searched as it is.
OWN_LANGUAGE = 0.2
# Sentences without cognates: a model that reads both languages finds the translation of nearly every one.
_PAIRS = (
    ("¿Dónde viven los perros?", "Where do the dogs live?"),
    ("El agua está muy fría.", "The water is very cold."),
    ("Mi hermana compró una silla.", "My sister bought a chair."),
    ("Llueve mucho en invierno.", "It rains a lot in winter."),
    ("El jefe cerró la tienda.", "The boss closed the shop."),
    ("Los niños comen pan.", "The children eat bread."),
    ("Necesito un martillo nuevo.", "I need a new hammer."),
    ("La luna brilla de noche.", "The moon shines at night."),
)
_MOST = 7


@dataclass(frozen=True, slots=True)
class Crossed:
    """A question in the documents' language; ``others`` has, by stem, the stems of a word's further meanings."""

    question: Question
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def widened(self, terms: Sequence[Term]) -> tuple[Term, ...]:
        """Let each term be met by any meaning that its word may have."""
        return tuple(replace(t, stems=(*t.stems, *self.others.get(t.stems[0], ()))) for t in terms)


def cross(question: Question, library: Library) -> Crossed:
    """Put a question into the documents' language, word by word, where hardly any document speaks its own.

    Without a lexicon for the two languages its words stay, stemmed as the documents' are: names and cognates meet.
    """
    shares = library.languages()
    if not shares or shares.get(question.language, 0.0) >= OWN_LANGUAGE:
        return Crossed(question)
    target = max(shares, key=lambda code: shares[code])
    if not has_lexicon(question.language, target):
        if question.language in shares:
            return Crossed(question)
        own = terms_in(question.text, question.language, target)
        return Crossed(replace(question, language=target, terms=own, crossed=True, voice=question.language))

    def known(word: str) -> bool:
        stems = content_words(word, target)
        return bool(stems) and all(library.term_counts(stems).values())

    text = gloss(question.text, question.language, target, known)
    if not text or text == question.text:
        return Crossed(question)
    read = analyse(text)
    put = replace(
        read,
        language=target,
        kind=question.kind,
        names=question.names,
        numbers=question.numbers,
        crossed=True,
        voice=question.language,
        spoken=tuple(
            (stem, word)
            for word in (s.of(question.text) for s in word_spans(question.text))
            for stem in content_words(gloss(word, question.language, target, known) or word, target)
        ),
    )
    others: dict[str, tuple[str, ...]] = {}
    for first, rest in meanings(question.text, question.language, target, known).items():
        for stem in content_words(first, target):
            others[stem] = tuple(dict.fromkeys(s for r in rest for s in content_words(r, target) if s != stem))
    return Crossed(put, others)


def reads_both(embedder: Embedder) -> bool:
    """Say whether a model finds the English translation of Spanish sentences, so that its vector needs no gloss."""
    return _told(cast("Hashable", embedder))


@functools.lru_cache(maxsize=1)
def _told(model: Hashable) -> bool:
    embedder = cast("Embedder", model)
    spanish, english = zip(*_PAIRS, strict=True)
    targets = [embedder.embed_query(text) for text in english]
    found = 0
    for n, text in enumerate(spanish):
        asked = embedder.embed_query(text)
        found += max(range(len(targets)), key=lambda i: float(asked @ targets[i])) == n
    return found >= _MOST
