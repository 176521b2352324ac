"""Words and sentences as spans of a text, and the folding that makes "Gonzalez" equal "González".

In: text and a language code. Out: spans, folded words, stems. It knows nothing of documents, models or storage.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import snowballstemmer

from rag.check.wordlists import wordlists
from rag.sentences import sentence_spans as sentence_spans
from rag.types import Span

# An acronym with stops ("U.S.") is one word; an inner apostrophe belongs to its word.
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’][^\W_]+)*")


def fold(text: str) -> str:
    """Lower-case ``text`` and drop its diacritics; the length may change."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def word_spans(text: str) -> list[Span]:
    """Return the spans of the words of ``text`` (letters and digits, inner apostrophes kept)."""
    return [Span(m.start(), m.end()) for m in _WORD.finditer(text)]


@functools.cache
def _stemmer(name: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(name)


_SNOWBALL = {
    "en": "english", "es": "spanish", "fr": "french", "de": "german", "pt": "portuguese", "it": "italian",
}  # fmt: skip

STOPWORDS: dict[str, frozenset[str]] = {
    code: frozenset(words.split()) for code, words in wordlists()["stopwords"].items()
}
_ALL_STOPWORDS = frozenset().union(*STOPWORDS.values())


@functools.lru_cache(maxsize=1 << 16)  # the stemmer is pure Python; a folder repeats its words
def stem(word: str, language: str = "en") -> str:
    """Return the folded Snowball stem of one word; languages without a stemmer get the folded word."""
    folded = fold(word).replace("’", "'").replace(".", "").removesuffix("'s")
    name = _SNOWBALL.get(language)
    return str(_stemmer(name).stemWord(folded)) if name else folded


def content_words(text: str, language: str = "en") -> list[str]:
    """Return the stems of the words of ``text`` that carry meaning, in order, repeats kept."""
    stop = STOPWORDS.get(language, _ALL_STOPWORDS)
    acronyms = not text.isupper()
    out = []
    for span in word_spans(text):
        word = span.of(text)
        # "US" and "WHO" carry meaning where "us" and "who" do not.
        if (acronyms and len(word) > 1 and word.isupper()) or fold(word).removesuffix("'s") not in stop:
            out.append(stem(word, language))
    return out
