"""What a question wants: the kind of answer, and the words, names and numbers it leans on.

In: the text of a question. Out: a frozen ``Question``. Rules by table, English and Spanish in full, other languages by
their question words. It sees no documents and no history.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import Enum

from rag import languages
from rag.asked.lexicon import question_language
from rag.asked.phrases import tables
from rag.check.wordlists import word_set
from rag.text import content_words, fold, is_acronym, stem, told_words, word_spans


class Kind(Enum):
    """The kind of answer a question asks for."""

    PERSON = "person"
    PLACE = "place"
    DATE = "date"
    QUANTITY = "quantity"
    REASON = "reason"
    MANNER = "manner"
    YES_NO = "yes-no"
    LIST = "list"
    SUMMARY = "summary"
    THING = "thing"


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    ``terms`` are folded stems in order without repeats; ``names`` are folded capitalised or quoted words; ``numbers``
    are digit strings; ``focus`` is the stem of the noun asked for ("which *country*", "how many *meetings*"), or "".
    ``crossed``: asked in a language that the documents do not speak, and read in theirs.
    """

    text: str
    language: str
    kind: Kind
    terms: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    focus: str
    crossed: bool = False
    voice: str = ""  # the language it was asked in, where it was put into another
    spoken: tuple[tuple[str, str], ...] = ()  # its stems and the words that were asked, where those were glossed

    @property
    def abroad(self) -> bool:
        """Not English over English: other languages are read by other words, so other weights judge them."""
        return self.crossed or self.language != "en"


# Tried in order on the folded question; the first that matches decides.
_KINDS: tuple[tuple[Kind, str], ...] = (
    (Kind.SUMMARY, r"^(summari[sz]e|sum up|compare|contrast|describe|explain|tell me (more )?about|what (is|"
    r"are) (this|the) "
     r"(document|article|text)s? about|give .*(overview|summary)|resum|compara|describe|explica|de que trata)"),
    (Kind.REASON, r"\b(why|what (is|was|are|were) the (main )?(reason|cause|purpose|motive)s?|what (caused|"
    r"causes|led to|made)"
     r"|for what (reason|purpose)|how come|por que|para que|cual (es|fue) (la causa|el motivo|la razon)|a que se debe"
     r"|pourquoi|warum|perche)\b"),
    (Kind.DATE, r"\b(when|(what|which|in what|in which) (\w+ )?(year|date|day|month|century|decade|time|"
    r"era|period|season)s?"
     r"|how (recently|soon)|cuando|(que|cual) (ano|fecha|dia|mes|siglo|decada|epoca)|en que (ano|fecha|dia|mes|siglo"
     r"|decada|epoca)|quand|wann|quando)\b"),
    (Kind.QUANTITY, r"\b(how (many|much|long|old|far|tall|big|large|high|deep|fast|often|heavy|wide|hot|cold)|"
    r"(what|which) "
     r"(is |was |are |were )?(the )?(\w+ )?(percentage|percent|number|amount|population|price|"
     r"cost|rate|age|distance|height"
     r"|weight|length|size|total|share|proportion|score|temperature|speed|sum|quantity|budget|figure|ratio)"
     r"|cuant[oa]s?|que (porcentaje|numero|cantidad|edad|precio|poblacion|altura|distancia|"
     r"proporcion)|combien|wie viele?"
     r"|quant[oaie])\b"),
    (Kind.PERSON, r"\b(who|whom|whose|(what|which) (is|was) the name of the (man|woman|person|president|"
    r"minister|director)"
     r"|(what|which) (\w+ )?(person|man|woman|president|king|queen|actor|actress|author|singer|"
     r"player|minister|scientist"
     r"|leader|director|artist|architect|politician|coach|monarch|emperor|pope|writer|composer)"
     r"|quien(es)?|wer|chi|quem)\b"),
    (Kind.PLACE, r"\b(where|(what|which|in what|in which) (\w+ )?(country|countries|city|cities|place|town|"
    r"state|region|location"
     r"|continent|island|village|province|nation|street|venue)|whereabouts|donde|(que|cual|"
     r"en que) (pais|paises|ciudad|ciudades"
     r"|lugar|estado|region|continente|isla)|wo\b|ou\b|dove|onde)\b"),
    (Kind.MANNER, r"\b(how|in what (way|manner)|como|de que (manera|forma|modo)|comment|wie|come)\b"),
    (Kind.LIST, r"\b((what|which) (are|were) (the|some|all)|(list|name|enumerate) (the|all|some|two|three|"
    r"four|five)|what (kinds|types"
     r"|sorts|steps|measures|aspects) of|cuales (son|eran|fueron)|enumera|que (tipos|clases|medidas))\b"),
)  # fmt: skip
_KIND_RULES = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)

_YES_NO = re.compile(
    r"^(and |but |so |then |y |pero )?(is|are|was|were|do|does|did|can|could|has|have|had|will"
    r"|would|should|may|might|must"
    r"|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|hasn't|haven't|es|son|era|fue|fueron|"
    r"esta|estan|hay|ha|han|puede"
    r"|pueden|tiene|tienen|existe|se)\b"
)
# The word that asks, where a question opens with it. "When" and "where" ask before a verb ("when did …") or alone.
_ASKS = re.compile(
    r"(?:(?:and|but|so|then|y|pero|in|on|at|by|for|to|from|with|under|en|de|a|con|por) )*\b"
    r"(?P<word>what|which|who|whom|whose|why|how|quien(es)?|cual(es)?|cuant[oa]s?|cuando|donde|por que"
    r"|(when|where)(?= (exactly |else )?(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might"
    r"|must)\b|\W*$))\b"
)
_NAME_OF = re.compile(r"(?:what|which) (?:is|are|was|were) (?:the |his |her )?(?:\w+ )?names? of ((?:\w+ ?){1,4})")
# "Which X", "how many X": the noun in question. Adjectives before it are kept out by taking the last word of the run
# up to the first verb-like or function word.
_FOCUS = re.compile(
    r"\b(?:which|what|how many|how much|whose|cual(?:es)?|que|cuant[oa]s?|quel(?:le)?s?|welche[rsn]?)\s+"
    r"(?:(?:kind|type|sort|tipo|clase)s?\s+(?:of|de)\s+)?((?:[\w'-]+\s+){0,3}?[\w'-]+)\s+"
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must|"
    r"of|in|on|at|for|from|to|that|by|with"
    r"|es|son|era|fue|fueron|ha|han|se|de|en|por|para|tiene|tienen)\b"
)
_LIGHT = re.compile(
    r"^(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must|the|a|an|his|her|its|"
    r"their|this|that|es|son|fue)\b"
)
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_QUOTED = re.compile(r"[\"“”«»‘]([^\"“”«»’]{2,60})[\"“”«»’]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[¿A-ZÁÉÍÓÚÑ\"“])")

_OPENERS = frozenset(
    (
        "a according after an and are at before besides but by can como compare con could cual cuales cuando "
        "cuanta cuantas cuanto cuantos de del describe did do does donde during el en es explain for from fue "
        "give had has have how i if in is it la las list los name of on para please por que quien quienes "
        "segun should son summarise summarize tell the to was were what what's when where which who who's "
        "whom whose why will with would y"
    ).split()
)


def analyse(text: str) -> Question:
    """Take a question apart. Any text is accepted; an empty one has no terms and kind ``THING``."""
    language = question_language(text)
    asked = _asking_part(text)
    folded = " ".join(fold(asked).replace("¿", " ").replace("¡", " ").split())
    focus = _focus(folded, language)
    return Question(
        text=text,
        language=language,
        kind=_kind(folded, language, focus),
        terms=_terms(text, language),
        names=_names(text),
        numbers=tuple(_NUMBER.findall(text)),
        focus=focus,
    )


def _terms(text: str, language: str) -> tuple[str, ...]:
    """Return the stems that tell what a question is about; "say" and "happen" only ask, unless they stand alone."""
    asking = word_set("asking") | frozenset(languages.words(language, "asking"))
    telling = (stems for w, stems in told_words(text, language) if fold(w) not in asking or is_acronym(w))
    return tuple(dict.fromkeys(t for stems in telling for t in stems)) or terms_in(text, language, language)


def terms_in(text: str, language: str, target: str) -> tuple[str, ...]:
    """Return the content words of a text in ``language``, stemmed as documents in ``target`` are."""
    telling = (w for w, stems in told_words(text, language) if stems)
    return tuple(
        dict.fromkeys(t for w in telling for t in ([stem(w, target)] if is_acronym(w) else content_words(w, target)))
    )


def _asking_part(text: str) -> str:
    """Return the sentence that asks, when the question opens with sentences that only set the scene."""
    parts = [p for p in _SENTENCE.split(text.strip()) if p]
    asking = [p for p in parts if p.rstrip().endswith("?")]
    return (asking or parts or [text])[-1]


def _kind(folded: str, language: str, focus: str) -> Kind:
    """Tell the kind from the word that asks: in "Which player left when the club closed?" that is not "when"."""
    if rules := _table_rules(language):
        return next((kind for kind, rule in rules if rule.search(folded)), Kind.THING)
    if _YES_NO.match(folded):
        return Kind.YES_NO
    asks = _ASKS.match(folded)
    matches = ((kind, match) for kind, rule in _KIND_RULES if (match := rule.search(folded)))
    kind = next((kind for kind, match in matches if not asks or match.start() <= asks.start("word")), Kind.THING)
    if kind in {Kind.THING, Kind.LIST}:
        named = _NAME_OF.match(folded)
        nouns = {focus, *(stem(word, "en") for word in named.group(1).split())} if named else {focus}
        if nouns & _stems("roles") or (named and " who " in folded):
            return Kind.PERSON
        kind = Kind.PLACE if focus in _stems("place_nouns") else kind
    return kind


@functools.cache
def _stems(name: str) -> frozenset[str]:
    return frozenset(stem(word, "en") for word in tables("en").sets[name])


@functools.cache
def _table_rules(language: str) -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    """Return the kinds of a language that has a table of its own in ``rag/languages.json``, first match first."""
    table = languages.languages().get(language, {})
    opens = [("yes-no", table["yes_no"])] if "yes_no" in table else []
    return tuple((Kind(kind), re.compile(rule)) for kind, rule in [*opens, *table.get("kinds", [])])


@functools.cache
def _focus_rule(language: str) -> re.Pattern[str]:
    own = languages.languages().get(language, {}).get("focus")
    return re.compile(own) if own else _FOCUS


def _focus(folded: str, language: str) -> str:
    for match in _focus_rule(language).finditer(folded):
        phrase = match.group(1)
        if not _LIGHT.match(phrase):
            return stem(phrase.split()[-1], language)
    return ""


def _names(text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in _QUOTED.finditer(text):
        for span in word_spans(match.group(1)):
            word = fold(span.of(match.group(1)))
            if word not in _OPENERS:
                found[word] = None
    for span in word_spans(text):
        word = span.of(text)
        base = fold(word).removesuffix("'s").removesuffix("’s")
        acronym = is_acronym(word) and not text.isupper()
        capital = word[0].isupper() or sum(c.isupper() for c in word) > 1
        if capital and (acronym or base not in _OPENERS):
            found[base] = None
    return tuple(found)
