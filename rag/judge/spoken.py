"""What a kind of answer looks like in the languages that ``rag/languages.json`` has a table for.

In: a kind of question and a folded sentence. Out: whether the sentence holds such an answer, or None where the table
has nothing to say and the general rules decide. English and Spanish have rules of their own.
"""

from __future__ import annotations

import functools
import re

from rag import languages
from rag.asked.question import Kind
from rag.text import word_spans

_HAN_NUMBER = "[0-9〇零一二三四五六七八九十百千万萬億亿两兩半]+"
_CASELESS = frozenset({"zh", "ja", "ko", "th", "ar", "he", "hi"})


def held(kind: Kind, folded: str, language: str, asked: frozenset[str]) -> bool | None:
    """Say whether a sentence holds an answer of this kind, beyond what the question (``asked``) says."""
    if language in _CASELESS and kind in {Kind.PERSON, Kind.PLACE}:
        return True  # no capital tells a name
    rule = _rules(language).get(kind)
    if rule is None:
        return None
    if kind in {Kind.REASON, Kind.MANNER} or language in _CASELESS:
        return bool(rule.search(folded))
    words = (s.of(folded) for s in word_spans(folded))
    return any(rule.fullmatch(w) and w not in asked for w in words)


@functools.cache
def _rules(language: str) -> dict[Kind, re.Pattern[str]]:
    table = languages.languages().get(language, {})
    out = {kind: re.compile(table[kind.value]) for kind in (Kind.REASON, Kind.MANNER) if kind.value in table}
    if language in _CASELESS:
        if "date" in table:
            out[Kind.DATE] = re.compile(table["date"])
            out[Kind.QUANTITY] = re.compile(_HAN_NUMBER)
        return out
    if "months" in table:
        days = "|".join(languages.words(language, "weekdays"))
        months = "|".join(table["months"])
        out[Kind.DATE] = re.compile(rf"(?:1\d|20)\d\d|{days}|{months}|{table['times']}")
        numbers = "|".join(sorted((n.partition(":")[0] for n in languages.words(language, "numbers")), key=len)[::-1])
        # "zweiundvierzig", "cinquantatré", "ventotto": number words written as one
        out[Kind.QUANTITY] = re.compile(rf"\d.*|(?:{numbers})(?:(?:und|e|et)?(?:{numbers}|uno|otto))*")
    return out
