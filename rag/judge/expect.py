"""What a question expects of its evidence: a date, a name, a figure in the right unit, a reason.

In: a question and sentences. Out: how surely a sentence holds such an answer. It weighs nothing:
`rag/judge/features.py` turns this into numbers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from itertools import takewhile

from rag.asked.phrases import is_verbal, phrases, tables, tokenise
from rag.asked.question import Kind, Question
from rag.check.facts import Fact, Reading, lemma, read
from rag.check.likeness import alike
from rag.judge import spoken
from rag.text import STOPWORDS, fold, word_spans

MONEY = frozenset({"usd", "eur", "pound", "jpy", "sol", "peso", "cny", "inr", "cent"})
MASS = frozenset({"mg", "g", "kg", "t", "lb", "oz"})
TIME = frozenset({"s", "min", "h", "day", "week", "month", "year", "decade", "century"})
LENGTH = frozenset({"km", "m", "cm", "mm", "mile", "ft", "in", "yard"})
# What "how …" measures: the units one of which must stand with the number.
_MEASURES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(
            r"how much money|how much (\w+ ){0,4}(costs?|pay|paid|earn|earned|spend|spent|charged?|owed?"
            r"|invest|invested|worth|raised?)\b|\b(price|cost|budget|salary|fee|fine|wage|revenue|profit)s?\b"
            r"|cuanto dinero|cuanto (cuesta|costo|pago|gano)|precio|presupuesto"
        ),
        MONEY,
    ),
    (re.compile(r"\b(percentage|percent|per cent|proportion|porcentaje|proporcion)\b"), frozenset({"%"})),
    (re.compile(r"\bhow (far|tall|high|deep|wide)\b|\b(distance|height|depth)\b"), LENGTH),
    (re.compile(r"\bhow heavy\b|\b(what|how much)\b.*\bweigh(s|ed)?\b|\bweight\b|\bpesa(n|ba)?\b"), MASS),
    (re.compile(r"\bhow long\b|\bcuanto tiempo\b"), TIME | LENGTH),
)  # fmt: skip
# "How many people": any counted noun may be people, so no noun is asked to stand beside the number.
_VAGUE = frozenset("people person thing time item case number way gente persona cosa vez caso".split())
_COUNTED = re.compile(r"\b(how many|what number of|number of|cuant[oa]s)\b")
# Words that may answer "how many" without a number.
_SOME = frozenset(
    "several many few dozens hundreds thousands millions none no all both every single half twice once".split()
)
NEAR = 4  # content words between a number and the noun it counts


_FULL = frozenset({"en", "es"})  # what the tables of `rag.check` and `rag.asked.phrases` know


@functools.lru_cache(maxsize=256)
def counted(question: Question) -> str:
    """Return the lemma of the noun that the number of an answer must stand beside, "" where the question names none."""
    match = _COUNTED.search(fold(question.text)) if question.kind is Kind.QUANTITY else None
    language = question.language if question.language in STOPWORDS else "en"
    behind = [t for t in tokenise(question.text, tables(language)) if match and t.start >= match.end()]
    run = list(takewhile(lambda t: t.kind in {"n", "N"}, behind))
    return lemma(fold(run[-1].text), language) if run else ""


_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million "
    "billion trillion dozen half third "
    "quarter percent twice once uno dos tres cuatro cinco seis siete ocho nueve diez cien "
    "ciento mil millon millones mitad "
    "tercio docena".split()
)  # fmt: skip
# Things that are told by their form: the question that asks for one, and what it looks like.
_FORMS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"\b(tele)?phone number|\b(numero de )?telefono\b"), re.compile(r"\d[\d ()/-]{5,}\d")),
    (re.compile(r"\be-?mail\b|\bcorreo electronico\b"), re.compile(r"\w@\w")),
    (re.compile(r"\b(website|web (site|address|page)|url|sitio web)\b"), re.compile(r"www\.|https?:|\w\.(com|org)\b")),
    (
        re.compile(r"\b(what|which) time\b|\ba que hora\b"),
        re.compile(
            r"\b\d{1,2}([:.]\d\d)? ?[ap]\.?m\b|\b\d{1,2}[:.]\d\d\b"
            r"|\b(noon|midnight|midday|o.clock|mediodia|medianoche)\b"
        ),
    ),
)
_REASON = re.compile(
    r"\b(because|due to|since|so that|in order to|as a result|therefore|hence|thanks to|caused?|causes|reasons?|led to"
    r"|owing|aim(s|ed|ing)?|purpose|blamed|prompted|driven by|porque|debido|ya que|para|por lo que|a causa|gracias a"
    r"|motivo)\b"
)
_PERHAPS_REASON = re.compile(
    r"\b(so|after|as|means?|thus|explain(s|ed)?|result(s|ed)? (in|from)|in response|intended|designed|meant|wants?"
    r"|wanted)\b"
)
_TO_VERB = re.compile(r"\bto ([a-z]+)\b")
_MANNER = re.compile(r"\b(by|through|via|using|with|mediante|a traves|por medio)\b")
_DATE = re.compile(
    r"\b(1[0-9]{3}s?|20[0-9]{2}s?|[1-9][0-9]{2} (bc|ad|bce|ce)|\d+(st|nd|rd|th) century|siglo [ivxlc]+|january|february"
    r"|march|april|may|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|septiembre|octubre|noviembre|diciembre|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunes"
    r"|martes|miercoles|jueves|viernes|sabado|domingo|today|yesterday|tomorrow|last (week|month|year|night)|hoy|ayer)\b"
)
# The phrases that may be a person, a place, or what bears a name.
_PHRASES = {
    Kind.PERSON: frozenset({"person", "org", "name"}),
    Kind.PLACE: frozenset({"place", "name"}),
}


@functools.lru_cache(maxsize=4096)
def held(question: Question, text: str, language: str) -> float | None:
    """Grade whether a sentence holds an answer of the kind asked for, beyond what the question says.

    1: it does; 0.5: something in it may be one; 0: nothing is; None: the question asks for no kind that can be told.
    """
    asks, folded, said = fold(question.text), fold(text), words_of(question)
    if (told := spoken.held(question.kind, folded, question.language, said)) is not None:
        return float(told)
    language = language if language in _FULL else "en"
    for form, looks in _FORMS:
        if form.search(asks):
            return float(bool(looks.search(folded)))
    match question.kind:
        case Kind.QUANTITY:
            number = any((w[0].isdigit() or w in _NUMBER_WORDS) and w not in said for w in _words(folded))
            return 1.0 if _counts(question, read(text, language), said) else 0.5 * number
        case Kind.DATE:
            facts = read(text, language).facts
            dated = any(f.kind in {"date", "weekday", "time"} and not _repeats(f, text, said) for f in facts)
            return 1.0 if dated else 0.5 * any(m.group(0) not in said for m in _DATE.finditer(folded))
        case Kind.PERSON | Kind.PLACE:
            kinds = _PHRASES[question.kind]
            named = any(p.kind in kinds and not _known(p.core, said) for p in phrases(text, language))
            return 1.0 if named else 0.5 * any(w[0].isupper() and bare(w) not in said for w in _words(text))
        case Kind.REASON:
            aims = any(is_verbal(m.group(1), "en") for m in _TO_VERB.finditer(folded))
            return 1.0 if aims or _REASON.search(folded) else 0.5 * bool(_PERHAPS_REASON.search(folded))
        case Kind.MANNER:
            return float(bool(_MANNER.search(folded)))
        case _:
            return None


def holds_answer(question: Question, text: str, language: str) -> bool | None:
    """Tell whether a sentence surely holds such an answer; None where no form tells, as for a reason or a manner."""
    grade = held(question, text, language)
    return None if grade is None or question.kind in {Kind.REASON, Kind.MANNER} else grade == 1.0


def words_of(question: Question) -> frozenset[str]:
    """Return the folded words of a question: what it says itself is no answer to it."""
    return frozenset(_words(fold(question.text)))


def bare(word: str) -> str:
    """Return a word folded and without the mark of a possessor."""
    return fold(word).removesuffix("'s").removesuffix("\u2019s")


def _words(text: str) -> list[str]:
    return [s.of(text) for s in word_spans(text)]


def cannot_answer(question: Question, texts: Sequence[str], language: str) -> bool:
    """Tell that no sentence holds what a question of quantity needs: any number at all, a sum of money, a weight.

    On the development sets this held for 1 answerable question in 80 and for 50 unanswerable ones in 130.
    """
    told = (u for pattern, u in _MEASURES if u in (MONEY, MASS) and pattern.search(fold(question.text)))
    units = next(told, frozenset())
    if question.kind is not Kind.QUANTITY and units != MASS:
        return False
    said = words_of(question)
    if question.language not in _FULL:
        return all(spoken.held(Kind.QUANTITY, fold(t), question.language, said) is False for t in texts)
    language = language if language in _FULL else "en"
    for text in texts[: 2 if units == MASS else None]:  # what another thing weighs stands near
        numbers = [f for f in read(text, language).facts if f.kind in {"number", "ordinal"}]
        new = [f for f in numbers if not _repeats(f, text, said)]
        if any(f.unit in (units or MONEY) for f in new) or (not units and new):
            return False
        if not units and any(fold(s.of(text)) in _SOME for s in word_spans(text)):
            return False
    return True


def another_rank(question: Question, text: str) -> bool:
    """Tell that a sentence ranks the thing asked for otherwise: the second site where the third is asked for."""
    asked, said = (_ranks(read(t, question.language)) for t in (question.text, text))
    told = {noun for noun, _ in said}
    return any(noun in told and (noun, rank) not in said for noun, rank in asked)


def _ranks(reading: Reading) -> set[tuple[str, str]]:
    """Each word right behind an ordinal, as its stem, and the ordinal."""
    ordinals = {f.end: f.value for f in reading.facts if f.kind == "ordinal"}
    return {(w.stem, ordinals[w.start - 1]) for w in reading.words if w.start - 1 in ordinals}


def _known(name: str, said: frozenset[str]) -> bool:
    return all(bare(w) in said for w in _words(name))


def _repeats(fact: Fact, text: str, said: frozenset[str]) -> bool:
    words = text[fact.start : fact.end]
    return all(fold(s.of(words)) in said for s in word_spans(words))


def _counts(question: Question, reading: Reading, said: frozenset[str]) -> bool:
    numbers = [f for f in reading.facts if f.kind == "number" and not _repeats(f, reading.text, said)]
    if not numbers:
        return False
    folded = fold(question.text)
    for pattern, units in _MEASURES:
        if pattern.search(folded):
            return any(f.unit in units for f in numbers)
    noun = counted(question)
    if not noun or noun in _VAGUE:
        return True
    # The number's own unit is the noun ("12 tonnes"), or the noun stands beside it ("40 senior officials").
    return any((f.unit and alike(lemma(f.unit, "en"), noun)) or noun in _spelled(f, reading) for f in numbers) or any(
        abs(f.at - w.at) <= NEAR and alike(w.stem, noun) for f in numbers for w in reading.content
    )


def _spelled(fact: Fact, reading: Reading) -> frozenset[str]:
    words = reading.text[fact.start : fact.end]
    return frozenset(lemma(fold(s.of(words)), reading.language) for s in word_spans(words))
