"""Words and sentences as spans of a text, and the folding that makes "Gonzalez" equal "González".

In: text and a language code. Out: spans, folded words, stems. It knows nothing of documents, models or storage.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import sentencex
import snowballstemmer

from rag.types import Span

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BREAK = re.compile(r"\n\s*\n")


def fold(text: str) -> str:
    """Lower-case ``text`` and drop its diacritics; the length may change."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def word_spans(text: str) -> list[Span]:
    """Return the spans of the words of ``text`` (letters and digits, inner apostrophes kept)."""
    return [Span(m.start(), m.end()) for m in _WORD.finditer(text)]


def sentence_spans(text: str, language: str = "en") -> list[Span]:
    """Split ``text`` into sentences, never across a blank line; spans are stripped of outer white space."""
    spans = []
    for block in _blocks(text):
        for b in sentencex.get_sentence_boundaries(language, block.of(text)):
            spans.append(_strip(text, Span(block.start + b["start_index"], block.start + b["end_index"])))
    return [s for s in spans if s.end > s.start]


def _blocks(text: str) -> list[Span]:
    edges = [0]
    for m in _BREAK.finditer(text):
        edges += [m.start(), m.end()]
    edges.append(len(text))
    return [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _strip(text: str, span: Span) -> Span:
    piece = span.of(text)
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, max(start, span.end - (len(piece) - len(piece.rstrip()))))


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


def stem(word: str, language: str = "en") -> str:
    """Return the folded Snowball stem of one word; languages without a stemmer get the folded word."""
    folded = fold(word).replace("’", "'").removesuffix("'s")
    name = _SNOWBALL.get(language)
    return str(_stemmer(name).stemWord(folded)) if name else folded


def content_words(text: str, language: str = "en") -> list[str]:
    """Return the stems of the words of ``text`` that carry meaning, in order, repeats kept."""
    stop = STOPWORDS.get(language, _ALL_STOPWORDS)
    words = (s.of(text) for s in word_spans(text))
    return [stem(w, language) for w in words if fold(w).removesuffix("'s") not in stop]
