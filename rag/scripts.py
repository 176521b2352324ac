"""Scripts that put no spaces between words: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese.

In: a text or one run of such a script. Out: what a word pattern needs to find the runs, and the overlapping grams that
stand for words in the search (two characters; three for the alphabets of South-East Asia). It knows no dictionary:
question words and particles of `rag/languages.json` cut a run, on both sides of the search alike.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from rag.languages import unspaced_cuts

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\uac00-\ud7af\u1100-\u11ff\u3130-\u318f"
_SOUTH_EAST = (  # letters with their marks, without digits and stops: Thai, Lao, Burmese, Khmer
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ebd\u0ec0-\u0ece\u1000-\u103f\u1050-\u108f\u1780-\u17d3\u17d7\u17dc\u17dd"
)
_SCRIPTS = (_HAN, _HIRAGANA, _KATAKANA, _HANGUL, _SOUTH_EAST)

UNSPACED = "".join(_SCRIPTS)  # a character class
RUN = "|".join(f"[{script}]+" for script in _SCRIPTS)
# Signs that belong to the letter before them; ``\w`` leaves them out, which would cut Hindi or Arabic inside words.
MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u3099\u309a"
) + "".join(  # the Indian blocks are laid out alike
    f"{chr(b)}-{chr(b + 3)}{chr(b + 0x3A)}-{chr(b + 0x4F)}{chr(b + 0x51)}-{chr(b + 0x57)}{chr(b + 0x62)}{chr(b + 0x63)}"
    for b in range(0x0900, 0x0E00, 0x80)
)
_ANY = re.compile(f"[{UNSPACED}]")
_TAILED = re.compile(f"[{_SOUTH_EAST}]")
_SCRIPT_LANGUAGES: tuple[tuple[str, str], ...] = (
    ("ja", _HIRAGANA + _KATAKANA),  # before Chinese: Japanese writes both
    ("zh", _HAN),
    ("ko", _HANGUL),
    ("th", "\u0e01-\u0e4e"),
    ("ru", "\u0400-\u04ff"),
    ("ar", "\u0600-\u06ff"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff"),
    ("he", "\u0590-\u05ff"),
    ("hi", "\u0900-\u097f"),
)
_LANGUAGE_OF = tuple((code, re.compile(f"[{script}]")) for code, script in _SCRIPT_LANGUAGES)


def is_unspaced(word: str) -> bool:
    """Say whether ``word``, as the word pattern finds it, is a run of a script without spaces."""
    return bool(_ANY.match(word))


def grams(run: str, *, lone: bool = False) -> list[str]:
    """Cut a run into overlapping grams; ``lone`` adds every ideograph, so that a word of one is found in a longer run.

    >>> grams("图书馆什么时候开放")
    ['图书', '书馆', '开放']
    """
    size = 3 if _TAILED.match(run) else 2
    out: list[str] = []
    for piece in _cuts().split(run):
        units = _letters(piece)
        if len(units) >= size:
            out += ["".join(units[i : i + size]) for i in range(len(units) - size + 1)]
        elif units and not re.fullmatch(f"[{_HIRAGANA}]", piece):  # one kana alone is a particle or an ending
            out.append(piece)
        if lone and len(units) >= size and size == 2:
            out += re.findall(f"[{_HAN}]", piece)
    return out


def script_language(text: str) -> str | None:
    """Return the language that the script of ``text`` gives away, or None where it is Latin or unknown."""
    letters = sum(c.isalpha() for c in text)
    for code, script in _LANGUAGE_OF:
        if code == "ja" and not script.search(text):
            continue
        found = len(_LANGUAGE_OF[1][1].findall(text)) if code == "ja" else 0
        if 2 * (found + len(script.findall(text))) > letters:
            return code
    return None


@functools.cache
def _cuts() -> re.Pattern[str]:
    words = sorted(unspaced_cuts(), key=lambda w: (-len(w), w))
    return re.compile("|".join(map(re.escape, words)))


def _letters(piece: str) -> list[str]:
    """Return the letters of a run, each with the marks that stand on it."""
    out: list[str] = []
    for c in piece:
        if out and unicodedata.category(c).startswith("M"):
            out[-1] += c
        else:
            out.append(c)
    return out
