"""Words and sentences as spans of a text, and the folding that makes "Gonzalez" equal "González".

In: text and a language code. Out: spans, folded words, stems. It knows nothing of documents, models or storage.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import snowballstemmer

from rag.sentences import sentence_spans as sentence_spans
from rag.types import Span

# An acronym with stops ("U.S.") is one word; an inner apostrophe belongs to its word.
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’][^\W_]+)*")


def fold(text: str) -> str:
    """Lower-case ``text`` and drop its diacritics; the length may change."""
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
    "en": frozenset(
        "a about after again all also am an and any are as at be because been before being between both but by can could "
        "did do does doing down during each else ever for from further get got had has have having he her here hers him "
        "his how i if in into is it its itself just like may me might more most much must my no nor not now of off on once "
        "one only onto or other our out over own per quite same shall she should so some such than that the their theirs "
        "them then there these they this those through to too under until up upon us very via was we were what when where "
        "which while who whom whose why will with within without would you your yours s t don didn doesn isn wasn tell "
        "please give show many did".split()
    ),
    "es": frozenset(
        "a al algo alguna algunas alguno algunos algun ante antes aquel aquella asi aun aunque cada como con contra cual "
        "cuales cuando cuanto cuanta cuantos cuantas de del desde donde dos durante e el ella ellas ellos en entre era eran "
        "eres es esa esas ese eso esos esta estaba estado estan estar este esto estos fue fueron ha habia han hasta hay he "
        "la las le les lo los mas me mi mientras muy nada ni no nos o otra otro otros para pero por porque que quien quienes "
        "se sea ser si sido sin sobre son su sus tal tambien tan tanto te tiene tienen todo todos tras tu un una unas uno "
        "unos y ya yo cuyo cuya".split()
    ),
}  # fmt: skip
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
