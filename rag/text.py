"""Words and sentences as spans of a text, and the folding that makes "Gonzalez" equal "González".

In: text and a language code. Out: spans, folded words, stems. It knows nothing of documents, models or storage.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import Stemmer

from rag import languages
from rag.check.wordlists import wordlists
from rag.scripts import MARKS, RUN, UNSPACED, grams, is_unspaced
from rag.sentences import sentence_spans as sentence_spans
from rag.types import Span

# An acronym with stops ("U.S.") is one word; an inner apostrophe belongs to its word; a script without spaces gives
# one word a run.
_LETTERS = rf"[^\W_{UNSPACED}](?:[^\W_{UNSPACED}]|[{MARKS}])*"
_WORD = re.compile(rf"(?:[^\W\d_{UNSPACED}]\.){{2,}}|{_LETTERS}(?:['’]{_LETTERS})*|{RUN}")
_VOICED = "\u3099\u309a"  # "が" is not "か"


def fold(text: str) -> str:
    """Lower-case ``text`` and drop its diacritics; the length may change. What ``re.I`` takes for equal is equal, so
    the dotless "ı" is an "i"."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    kept = "".join(c for c in decomposed if c in _VOICED or not unicodedata.combining(c))
    return unicodedata.normalize("NFC", kept)  # Hangul in syllables again


def word_spans(text: str) -> list[Span]:
    """Return the spans of the words of ``text`` (letters and digits, inner apostrophes kept)."""
    return [Span(m.start(), m.end()) for m in _WORD.finditer(text)]


@functools.cache
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)


_SNOWBALL = {
    "en": "english", "es": "spanish", "fr": "french", "de": "german", "pt": "portuguese", "it": "italian",
}  # fmt: skip

STOPWORDS: dict[str, frozenset[str]] = {
    **{code: frozenset(words.split()) for code, words in wordlists()["stopwords"].items()},
    **{code: frozenset(languages.words(code, "stopwords")) for code in languages.languages()},
}
_ELISIONS = {code: frozenset(languages.words(code, "elisions")) for code in languages.languages()}


@functools.lru_cache(maxsize=1 << 16)  # folding costs more than the stem; a folder repeats its words
def stem(word: str, language: str = "en") -> str:
    """Return the folded Snowball stem of one word; languages without a stemmer get the folded word."""
    folded = _bare(fold(word), language).replace(".", "")
    name = _SNOWBALL.get(language)
    return str(_stemmer(name).stemWord(folded)) if name else folded


def _bare(folded: str, language: str) -> str:
    """Take off what an apostrophe ties to a word: the English genitive, "l'" and "dell'" of French and Italian."""
    plain = folded.replace("’", "'").removesuffix("'s")
    head, mark, tail = plain.partition("'")
    return tail if mark and tail and head in _ELISIONS.get(language, ()) else plain


def content_words(text: str, language: str = "en") -> list[str]:
    """Return the stems of the words of ``text`` that carry meaning, in order, repeats kept.

    A script without spaces has no words to stem: overlapping grams stand for them (`rag.scripts`).
    """
    return _content(text, language, lone=False)


def index_words(text: str, language: str = "en") -> list[str]:
    """Return what a passage is found by: its `content_words`, and single ideographs, which a question may ask for."""
    return _content(text, language, lone=True)


# Words of a path that name something: letters, or a year; no hash and no running number.
_NAMING = re.compile(r"[^\W\d]{2,}|(?:19|20)\d\d")


def title_words(source: str, title: str, language: str = "en") -> list[str]:
    """Return what a document is found by besides its text: the `index_words` of its title and of its path."""
    words = index_words(title, language)
    path = source.rsplit("/", 1)
    names = " ".join((*path[:-1], path[-1].rsplit(".", 1)[0])).replace("_", " ").replace("/", " ")
    said = (s.of(names) for s in word_spans(names))
    new = (w for word in said if _NAMING.fullmatch(word) for w in index_words(word.lower(), language))
    return [*words, *(w for w in dict.fromkeys(new) if w not in words)]


def told_words(text: str, language: str = "en") -> list[tuple[str, list[str]]]:
    """Return each word of ``text`` with the stems that it carries meaning by, none for a word that carries none.

    An acronym is told by the text around it: "WHO" is a name where not all is in capitals.
    """
    words = [s.of(text) for s in word_spans(text)]
    acronyms = not text.isupper()
    return [(w, [stem(w, language)] if acronyms and is_acronym(w) else content_words(w, language)) for w in words]


def is_acronym(word: str) -> bool:
    """Tell whether a word is written in capitals alone, in a text that is not."""
    return len(word) > 1 and word.isupper() and not is_unspaced(word)


def _content(text: str, language: str, *, lone: bool) -> list[str]:
    stop = STOPWORDS.get(language, frozenset())
    acronyms = not text.isupper()
    out = []
    for span in word_spans(text):
        word = span.of(text)
        if is_unspaced(word):
            out += grams(fold(word), lone=lone)
        # "US" and "WHO" carry meaning where "us" and "who" do not.
        elif (acronyms and is_acronym(word)) or _bare(fold(word), language) not in stop:
            out.append(stem(word, language))
    return out
