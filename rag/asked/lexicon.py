"""The language a question speaks, and its words in Spanish or English where the documents speak the other.

In: a question. Out: its language; or, word by word, its terms or a gloss to search documents of another language with.
A lexicon of frequent words, read backwards for English questions, and rules for cognates ("-ción" → "-tion") do it,
checked against the words that the documents know. It is no translator: names pass, an unknown word stays as it is.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag import languages
from rag.scripts import script_language
from rag.text import fold, stem, word_spans

_LANGUAGES: dict[str, frozenset[str]] = {
    "en": frozenset(
        (
            "the of and to in is was were are did does do what who when where why how which for with that it a an "
            "on by from at has have had can could will would should there their his her they not no if or but be "
            "been many much tell please about this these those you me my"
        ).split()
    ),
    "es": frozenset(
        (
            "el la los las de del que qué en y a por para con un una es son fue era cuál cuáles cual cuales quién "
            "quiénes quien quienes cuándo cuando dónde donde cómo como cuánto cuántos cuántas cuánta cuanto "
            "cuantos cuantas cuanta se su sus no hay al lo está están entre sobre más este esta ese esa eso había "
            "tiene puede pero porque hizo me te lo mi tu nos"
        ).split()
    ),
    **{code: frozenset(told) for code in languages.languages() if (told := languages.words(code, "telling"))},
}
_MARKS: dict[str, str] = {"es": "¿¡ñ", "de": "ßäöü", "pt": "ãõ", "fr": "çêëîïœûà", "it": "òìù"}
_ELISION = re.compile(r"\b(?:(l|d|dell|nell|all|dall|un|c)|(qu|j|n|s|m|t|aujourd))['’](?=\w)", re.IGNORECASE)
_INFINITIVE = ("ar", "er", "ir")
_COGNATE = ("cion", "ciones", "sion", "siones", "dad", "dades", "tad", "mente", "ismo", "ista", "istas")
_PHRASE = 5  # words of the longest entry


def question_language(text: str, default: str = "en") -> str:
    """Return the code of a text's language, by its script or, in Latin, by function words; else ``default``."""
    if not text.isascii() and (script := script_language(text)):
        return script
    found = [s.of(text) for s in word_spans(text)]
    score = {lang: float(sum(w.lower() in known for w in found)) for lang, known in _LANGUAGES.items()}
    plain = " ".join(w for w in found if w[0].islower()) + "".join(c for c in text if c in "¿¡")  # not "São Paulo"
    for lang, marks in _MARKS.items():
        score[lang] += sum(mark in plain for mark in marks) * (1.0 if lang == "fr" else 2.0)
    for both, french in _ELISION.findall(text):
        score["fr"] += 1.0 if both or french else 0.0
        score["it"] += 1.0 if both else 0.0
    best = max(score.values())
    if best == 0 or score.get(default, 0.0) == best:
        return default
    return next(lang for lang, value in score.items() if value == best)


@dataclass(frozen=True)
class _Lexicon:
    function: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]
    stems: dict[str, tuple[str, ...]]
    endings: tuple[tuple[str, tuple[str, ...]], ...]
    beginnings: tuple[tuple[str, str], ...]


Table = dict[str, dict[str, str]]
_MEANINGS = 4  # of a word that is read backwards
_ENDING = 3  # letters of an ending that is read backwards; shorter ones fit any word


@functools.cache
def _read(source: str, target: str) -> Table:
    path = Path(__file__).with_name(f"lexicon_{source}_{target}.json")
    table: Table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return table


def _turned(table: Table) -> Table:
    """Read a lexicon backwards: a word means what it is the first or second meaning of, the nearest first."""
    out: Table = {}
    for name, entries in table.items():
        found: dict[str, list[tuple[int, str]]] = {}
        for key, value in entries.items():
            for rank, term in enumerate(value.split()):
                found.setdefault(term.replace("_", " "), []).append((rank, key.replace(" ", "_")))
        out[name] = {term: " ".join(k for _, k in sorted(keys)[:_MEANINGS]) for term, keys in found.items()}
    if out:
        out["endings"] = {e: keys for e, keys in out["endings"].items() if len(e) >= _ENDING}
        phrases = {k: v for k, v in out["function"].items() if " " in k}
        out["words"] = {k: v for k, v in out["words"].items() if k not in out["function"]} | phrases
        single = {k: v for k, v in out["function"].items() if " " not in k}
        out["function"] = single | dict.fromkeys(("do", "does", "did"), "")
    return out


@functools.cache
def _lexicon(source: str, target: str) -> _Lexicon | None:
    data = _read(source, target) or _turned(_read(target, source))
    if not data:
        return None
    words = {fold(k): tuple(v.split()) for k, v in data["words"].items()}
    stems: dict[str, tuple[str, ...]] = {}
    for key, value in sorted(words.items(), key=lambda e: not e[0].endswith(_INFINITIVE)):
        if " " not in key:  # a noun is found by its own form, so what is left to stems is mostly verbs
            stems[stem(key, source)] = tuple(dict.fromkeys((*stems.get(stem(key, source), ()), *value)))
    endings = sorted(((k, tuple(v.split())) for k, v in data["endings"].items()), key=lambda e: -len(e[0]))
    function = {k: tuple(v.split()) for k, v in data["function"].items()}
    for key in list(function):  # "cuando" asks as "cuándo" does, but "el" is no "él"
        function.setdefault(fold(key), function[key])
    return _Lexicon(function, words, stems, tuple(endings), tuple(data["beginnings"].items()))


def has_lexicon(source: str, target: str) -> bool:
    """Say whether questions can be put from one language into the other."""
    return _lexicon(source, target) is not None


@dataclass(frozen=True, slots=True)
class Gloss:
    """One word or set phrase of the question: what the lexicon says it means, and cognates it may be besides.

    A term of several words has them joined by "_".
    """

    source: str
    terms: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()
    function: bool = False


def candidates(question: str, source: str, target: str) -> list[Gloss]:
    """Return for each word of ``question`` the words of ``target`` it may be: lexicon first, else guessed cognates.

    A guess holds only if the documents know it: look all of them up at once, then pass the outcome to ``gloss``.
    """
    lexicon = _lexicon(source, target)
    spans = word_spans(question)
    words = [s.of(question) for s in spans]
    if lexicon is None:
        return [Gloss(w) for w in words]
    out, i = [], 0
    while i < len(words):
        n = next((n for n in range(_PHRASE, 1, -1) if _phrase(words, i, n, lexicon)), 1)
        if n > 1:
            phrase = _joined(words, i, n)
            asks = phrase in lexicon.function
            terms = lexicon.function[phrase] if asks else lexicon.words[phrase]
            out.append(Gloss(" ".join(words[i : i + n]), terms, function=asks))
        else:
            out.append(_word(words[i], not i or not question[: spans[i].start].strip(" ¿¡\"“«'("), lexicon, source))
        i += n
    return out


def _phrase(words: Sequence[str], i: int, n: int, lexicon: _Lexicon) -> bool:
    phrase = _joined(words, i, n)
    return phrase in lexicon.words or phrase in lexicon.function


def _joined(words: Sequence[str], i: int, n: int) -> str:
    return " ".join(fold(w) for w in words[i : i + n]) if i + n <= len(words) else ""


def _word(word: str, initial: bool, lexicon: _Lexicon, source: str) -> Gloss:
    key = fold(word)
    name = word[0].isupper() and not initial
    if not name and (word.lower() in lexicon.function or key in lexicon.function):
        return Gloss(word, lexicon.function.get(word.lower(), lexicon.function.get(key, ())), function=True)
    if key[0].isdigit():
        return Gloss(word, (word,))
    if name:  # "Francia" is France, but Rosa is no colour where the documents know a Rosa
        form = next((f for f in _plurals(key) if f in lexicon.words), None)
        return Gloss(word, lexicon.words[form], (word,)) if form else Gloss(word, (word,))
    for form in _forms(key):
        if form in lexicon.words:
            return Gloss(word, lexicon.words[form])
    stemmed = lexicon.stems.get(stem(word, source), ())
    guesses = tuple(_cognates(key, lexicon)) if not stemmed or key.endswith(_COGNATE) else ()
    return Gloss(word, stemmed, guesses)


def _forms(key: str) -> list[str]:
    """The word and its likely dictionary forms: plural off, feminine to masculine."""
    forms = _plurals(key)
    return [*forms, *(f[:-1] + "o" for f in forms if f.endswith("a"))]


def _plurals(key: str) -> list[str]:
    forms = [key]
    if key.endswith("ces"):
        forms.append(key[:-3] + "z")
    if key.endswith("es"):
        forms.append(key[:-2])
    if key.endswith("s"):
        forms.append(key[:-1])
    return forms


def _cognates(key: str, lexicon: _Lexicon) -> list[str]:
    """Spell a Spanish word as English would: "legislación" → "legislation", "espectro" → "spectro"."""
    out = [key]
    for ending, replacements in lexicon.endings:
        if len(key) - len(ending) >= 2 and key.endswith(ending):
            out += [key[: -len(ending)] + r for r in (*replacements, "")]
    for beginning, replacement in lexicon.beginnings:
        if key.startswith(beginning):
            out += [replacement + c[len(beginning) :] for c in out]
    return list(dict.fromkeys(c for c in out if len(c) > 2))


def _chosen(g: Gloss, known: Callable[[str], bool] | None) -> list[str]:
    guess = next((w for w in g.guesses if known is not None and known(w)), None)
    if guess is not None:
        return [guess]
    held = _held(g, known)
    # What the lexicon does not know, a library in another language neither holds nor lacks: it is left out.
    return held or list(g.terms[:1]) or ([g.source] if known is None or known(g.source) else [])


def _held(g: Gloss, known: Callable[[str], bool] | None) -> list[str]:
    return [term for term in g.terms if known is None or all(known(w) for w in term.split("_"))]


def meanings(question: str, source_lang: str, target_lang: str, known: Callable[[str], bool]) -> dict[str, list[str]]:
    """Return, for each word that ``gloss`` gives, the other meanings of its source that the documents know."""
    out: dict[str, list[str]] = {}
    for g in candidates(question, source_lang, target_lang):
        held = [] if g.function else [term for term in _held(g, known) if "_" not in term]
        chosen = _chosen(g, known)[:1]
        if len(held) > 1 and chosen and chosen[0] == held[0]:
            out[held[0]] = held[1:]
    return out


def gloss(question: str, source_lang: str, target_lang: str, known: Callable[[str], bool] | None = None) -> str:
    """Return ``question`` word by word in the target language: rough to read, but an embedding understands it."""
    words = []
    for g in candidates(question, source_lang, target_lang):
        terms = g.terms if g.function or g.source in g.terms else _chosen(g, known)
        words += terms[0].split("_") if terms else []
    text = " ".join(words)
    return text[:1].upper() + text[1:] + ("?" if question.rstrip().endswith("?") else "")
