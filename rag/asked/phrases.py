"""The noun phrases of a question or an answer, each with its kind: person, place, organisation, time, number, thing.

In: a short text and its language. Out: tokens and phrases as spans, in reading order. Closed word lists
(``followup_words.json``) and surface form decide; there is no model, and long documents are not its business.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.text import fold, stem, word_spans

_YEAR = re.compile(r"(1[0-9]|20)\d\d(?:s)?$")
_BREAKS = re.compile(r"[,.;:!?¿¡()\n\"“”«»…–—]|\s-\s")
_STOP = re.compile(r"[.;!?¿¡\n]")
_NOMINAL = re.compile(r"(?:ment|ments|tion|tions|sion|sions|er|ers|or|ors|ance|ence|ity|ities)$")
_VERBS_OF = set(
    "consist consists think thought die died dies approve approved dispose speak spoke hear heard made".split()
)
_OBJECTS = set("to the a an my your his her its our their me him us them it this that".split())
_REMEMBERED = 512
_ASKED = set("which what whose que cual cuales cuanto cuanta cuantos cuantas".split())
PEOPLE = {"people", "children", "men", "women", "police", "gente", "person", "persona", "personas", "someone"}
_NOUNS_LY = set("family italy july supply reply assembly ally bully belly monopoly anomaly".split())
_NOUNS_ED = set("hundred seed speed breed need feed weed shed sled united".split())
# Verbs that ask, where a question opens with them: they are no topic of it.
_ORDERS = set(
    "list name show tell give describe explain summarise summarize define compare enumerate find outline identify "
    "enumera lista nombra muestra muestrame dime dame explica explicame resume compara busca indica".split()
)
_WORDS = Path(__file__).with_name("followup_words.json")
_SETS = (
    "determiners auxiliaries copulas negatives wh quantity prepositions links clause pronouns fillers plural thing "
    "place_pronouns time_pronouns demonstratives definite rest one social expletive roles feminine masculine "
    "place_nouns org_nouns time_nouns irregular first_f first_m places demonyms opposites adjectives motion weather"
).split()


@dataclass(frozen=True)
class Tables:
    """The closed word lists of one language. ``sets`` are folded words, ``lists`` are cues of several words."""

    language: str
    sets: dict[str, frozenset[str]]
    lists: dict[str, tuple[tuple[str, ...], ...]]
    person: dict[str, str]
    possessive: dict[str, str]
    verbs: frozenset[str]
    infinitives: frozenset[str]
    function: frozenset[str]
    place_link: str
    about_link: str
    motion_link: str
    mark: str


@functools.cache
def tables(language: str) -> Tables:
    """Return the word lists of ``language``; languages without lists of their own read the English ones."""
    data = json.loads(_WORDS.read_text(encoding="utf-8"))
    own = data.get(language, data["en"])
    sets = {name: frozenset(own[name].split()) for name in _SETS if name in own}
    for name in ("places", "first_f", "first_m", "roles"):  # names do not change with the language of the question
        sets[name] = frozenset(word for each in data.values() for word in each[name].split())
    sets["verbal"] = sets["auxiliaries"] | sets["copulas"]
    sets["firsts"] = sets["first_f"] | sets["first_m"]
    sets["persons"] = sets["firsts"] | sets["roles"]
    sets["articles"] = sets["definite"] | {"a", "an", "un", "una"}
    function = frozenset().union(
        *(sets.get(n, frozenset()) for n in "determiners auxiliaries copulas negatives wh prepositions clause".split()),
        *(sets.get(n, frozenset()) for n in "pronouns fillers".split()),
    )
    return Tables(
        language=language if language in data else "en",
        sets=sets,
        lists={n: _cues(own[n]) for n in ("leads", "about", "corrections", "changes", "more")},
        person=own["person"],
        possessive=own["possessive"],
        verbs=frozenset(stem(v, language if language in data else "en") for v in own["verbs"].split()),
        infinitives=frozenset(own["verbs"].split()),
        function=function,
        place_link=own["place_link"],
        about_link=own["about_link"],
        motion_link=own["motion_link"],
        mark=own["possessive_mark"],
    )


def _cues(lines: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted((tuple(line.split()) for line in lines), key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class Token:
    """One word. ``kind`` is f (function word), v (verb), n (noun or adjective), N (name) or d (digits)."""

    text: str
    key: str
    start: int
    end: int
    kind: str
    breaks: bool
    stops: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase, or a longer one when ``linked`` ("the treaty with Chile"); ``core`` is the name without title."""

    text: str
    core: str
    start: int
    end: int
    first: int
    last: int
    head: str
    kind: str
    name: bool
    subject: bool
    asked: bool
    definite: bool
    led: bool = False
    linked: bool = False


def tokenise(text: str, t: Tables) -> tuple[Token, ...]:
    """Return the words of ``text`` with the class each has where it stands."""
    return _tokenise(text, t.language)


@functools.lru_cache(maxsize=_REMEMBERED)  # a follow-up reads each turn several times
def _tokenise(text: str, language: str) -> tuple[Token, ...]:
    t = tables(language)
    out: list[Token] = []
    need = False  # a do-support or modal has opened a clause and its verb has not come
    spans, where, shouted = word_spans(text), 0, text.isupper()
    for i, span in enumerate(spans):
        word, gap = span.of(text), text[where : span.start]
        key = _key(word)
        stops = bool(_STOP.search(gap)) or not i
        tight = bool(out) and gap in {"-", "."}  # "tax-free", "version 6.15.0"
        stops = stops and not tight
        following = spans[i + 1].of(text) if i + 1 < len(spans) else ""
        named = word.isupper() and len(word) > 1 and not key[0].isdigit()
        if named and (not shouted or key not in t.function or key in t.sets["places"]):
            kind = "N"  # "WHO" is no "who", unless all is in capitals
        else:
            kind = _kind(word, key, stops, following, out, need, t)
        joined = tight or text[span.end : span.end + 1] == "-"
        if (kind == "v" and joined) or (_all_star(word, following, out, t) and not stops):
            kind = "n"  # "an all star game"
        if stops:
            out, need = _closed(out, need, t), False
        if key in t.sets["auxiliaries"] or (key in t.sets["negatives"] and key not in {"not", "no"}):
            need = True
        elif kind == "v":
            need = False
        breaks = not i or (bool(_BREAKS.search(gap)) and not tight)
        out.append(Token(word, key, span.start, span.end, kind, breaks, stops))
        where = span.end
    return tuple(_closed(out, need, t))


def _closed(out: list[Token], need: bool, t: Tables) -> list[Token]:
    """A clause that "does" opened and no known verb filled ends in its verb: "What does the drone weigh?"."""
    last = out[-1] if out else None
    if not need or last is None or last.kind != "n" or last.key in t.sets["adjectives"] or len(out) < 2:
        return out
    if out[-2].key in t.sets["determiners"] | t.sets["prepositions"]:
        return out
    return [*out[:-1], replace(last, kind="v")]


def _all_star(word: str, following: str, before: Sequence[Token], t: Tables) -> bool:
    inside = bool(before) and before[-1].kind in "nN" and bool(following) and fold(following) not in t.function
    return word.lower() == "all" and inside


@functools.lru_cache(maxsize=8192)
def _key(word: str) -> str:
    key = fold(word).replace("’", "'")
    return word.lower() if word.lower() in {"él"} else key.removesuffix("'s")


def _kind(word: str, key: str, initial: bool, following: str, before: Sequence[Token], need: bool, t: Tables) -> str:
    previous = before[-1] if before and not initial else None
    if key[0].isdigit():
        return "d"
    if t.language == "en" and (_contracted(key, t) or _adverb(word, key, initial)):
        return "f"
    if key in t.function and not (word[0].isupper() and key in t.sets["firsts"] and not initial):
        return "f"
    if not before and key in _ORDERS and following:
        return "v"
    verb = key in t.sets["irregular"] or _verbal(key, t)
    after_to = previous is not None and (previous.key == "to" or previous.key in t.sets["auxiliaries"])
    if word[0].isupper() and not (verb and after_to):
        known = any(key in t.sets[s] for s in _NAMES)
        named = not initial or following[:1].isupper() or known
        verb = verb and not (known and following[:1].isupper())  # "Tomás Lind" is no form of "tomar"
        return "N" if named and not (initial and verb) else ("v" if verb else "n")
    owned = previous is not None and previous.text.endswith(("'s", "’s")) and previous.kind in "nN"
    asked = previous is not None and previous.key in _ASKED and fold(following) in t.sets["verbal"]
    if not verb or owned or asked or (following == "of" and key not in _VERBS_OF):
        return "n"  # "Peru's request", "which ships are there", "the basic plan of the app"
    agent = previous is not None and previous.key in t.sets["roles"]
    opens = agent or fold(following) in _OBJECTS  # "my friend wants the …", "a tenant leaves"
    singular = key.endswith("s") and t.language == "en"
    return "v" if (singular and opens) or _is_verb(key, previous, before, need, t) else "n"


def _adverb(word: str, key: str, initial: bool) -> bool:
    return key.endswith("ly") and len(key) > 4 and key not in _NOUNS_LY and (initial or word[0].islower())


def _contracted(key: str, t: Tables) -> bool:
    base, mark, _ = key.partition("'")
    return bool(mark) and base in t.function


_NAMES = ("places", "firsts", "demonyms")


def _verbal(key: str, t: Tables) -> bool:
    return is_verbal(key, t.language)


@functools.lru_cache(maxsize=8192)
def is_verbal(key: str, language: str) -> bool:
    """Tell whether a folded word can be a form of a verb."""
    t = tables(language)
    if t.language == "en" and key.endswith("ed") and len(key) > 4 and key not in _NOUNS_ED:
        return True
    return key in t.infinitives or (stem(key, t.language) in t.verbs and not _NOMINAL.search(key))


def _is_verb(key: str, previous: Token | None, before: Sequence[Token], need: bool, t: Tables) -> bool:
    if previous is None or key in t.sets["irregular"]:
        return previous is None or previous.key not in t.sets["determiners"] - t.sets["wh"]
    if previous.key in _ASKED and t.language == "en":
        return key.endswith(("s", "ed")) and key not in t.infinitives  # "what happens" against "which plan"
    if previous.key in t.sets["thing"] and key.endswith("ed") and len(before) > 1:
        return before[-2].key in t.sets["verbal"]  # "how is that calculated"
    if previous.key in t.sets["determiners"] or (previous.key in t.sets["prepositions"] and previous.key != "to"):
        return False
    if key.endswith("ed") and t.language == "en" and previous.kind == "f":  # "preferred stocks", "was approved"
        return previous.key in t.sets["verbal"] | t.sets["pronouns"] | t.sets["fillers"] | t.sets["wh"]
    if previous.kind in "nNd":
        if previous.kind == "N" and not need and len(before) > 1 and before[-2].key in t.sets["articles"]:
            return key not in t.infinitives  # "a Williamson turn"
        plain = previous.kind == "n" and is_plural(previous.key) and key in t.infinitives
        return need or plain or previous.kind == "N" or t.language == "es" or key.endswith(("ed", "ing"))
    return True


@functools.lru_cache(maxsize=_REMEMBERED)
def phrases(text: str, language: str) -> tuple[Phrase, ...]:
    """Return the noun phrases of ``text`` in reading order, longest linked forms included after their first part."""
    t = tables(language)
    tokens = tokenise(text, t)
    plain = _runs(text, tokens, t)
    return (*plain, *_linked(text, plain, tokens, t))


def _runs(text: str, tokens: Sequence[Token], t: Tables) -> list[Phrase]:
    out, i = [], 0
    while i < len(tokens):
        if tokens[i].kind not in "nNd":
            i += 1
            continue
        j = i + 1
        while j < len(tokens) and tokens[j].kind in "nNd" and not tokens[j].breaks and not _splits(tokens, i, j):
            j += 1
        j = _trimmed(tokens, i, j, t)
        if not all(x.key in t.sets["adjectives"] for x in tokens[i:j]):
            out.append(_phrase(text, tokens, i, j, t))
        i = j
    return out


def _trimmed(tokens: Sequence[Token], i: int, j: int, t: Tables) -> int:
    """ "Is the Corvo bridge similar": a predicate's adjective is no part of its subject."""
    while j > i + 1 and t.language != "es" and tokens[j - 1].key in t.sets["adjectives"]:
        j -= 1
    return j


def _splits(tokens: Sequence[Token], first: int, j: int) -> bool:
    """A possessor ends its phrase; so does a year, which is a phrase of its own."""
    return tokens[j - 1].text.endswith(("'s", "’s")) or (j - 1 == first and bool(_YEAR.match(tokens[first].key)))


def _phrase(text: str, tokens: Sequence[Token], i: int, j: int, t: Tables) -> Phrase:
    before = tokens[i - 1] if i and not tokens[i].breaks else None
    first = i - 1 if before is not None and before.key in t.sets["articles"] else i
    lead = tokens[first - 1] if first and not tokens[first].breaks else None
    kind = _phrase_kind(tokens[i:j], lead, t)
    end = tokens[j - 1].end - (2 if tokens[j - 1].text.endswith(("'s", "’s")) else 0)
    core = text[_core(tokens, i, j, kind, t) : end]
    asked = lead is not None and (lead.key in _ASKED or (lead.key in t.sets["quantity"] and first > 1))
    inverted = lead is not None and (lead.key in t.sets["verbal"])
    subject = lead is None or inverted or (lead.kind == "v" and t.language == "es")
    head = next((x.key for x in reversed(tokens[i:j]) if x.kind != "d"), tokens[j - 1].key)  # "error 47" is an error
    return Phrase(
        text[tokens[first].start : end], core, tokens[first].start, end, first, j - 1, head, kind,
        any(x.kind == "N" and x.key not in t.sets["demonyms"] for x in tokens[i:j]), subject, asked, first < i,
        lead is not None and lead.key in t.sets["prepositions"],
    )  # fmt: skip


def _core(tokens: Sequence[Token], i: int, j: int, kind: str, t: Tables) -> int:
    """Drop "Foreign Minister" before a person's name, as long as a name remains."""
    if kind != "person":
        return tokens[i].start
    roles = [k for k in range(i, j - 1) if tokens[k].key in t.sets["roles"]]
    return tokens[roles[-1] + 1 if roles else i].start


def _phrase_kind(run: Sequence[Token], lead: Token | None, t: Tables) -> str:
    keys = [x.key for x in run]
    if {keys[-1], keys[-1].removesuffix("s")} & t.sets["time_nouns"] or any(_YEAR.match(k) for k in keys):
        return "time"
    if all(x.kind == "d" for x in run):
        return "number"
    named = [x for x in run if x.kind == "N"]
    acronym = len(named) == len(run) == 1 and named[0].text.isupper() and keys[0] not in t.sets["places"]
    if acronym or keys[-1] in t.sets["org_nouns"] or (named and keys[0] in t.sets["org_nouns"]):
        return "org"
    if named and (" ".join(keys) in t.sets["places"] or keys[-1] in t.sets["places"] or keys[0] in t.sets["places"]):
        return "place"
    if keys[-1] in t.sets["place_nouns"] or (named and keys[0] in t.sets["place_nouns"]):
        return "place"
    firsts = t.sets["persons"]
    if keys[-1] in t.sets["roles"] or (named and any(k in firsts for k in keys)):
        return "person"
    if named and all(k in t.sets["demonyms"] for k in keys):
        return "demonym"
    if named and run[-1].kind in "Nd":
        placed = lead is not None and lead.key in {"in", "at", "en"} and len(run) < 3
        return "place" if placed else "name"
    return "plural" if keys[-1] in PEOPLE or is_plural(keys[-1]) else "thing"


def is_plural(key: str) -> bool:
    """Whether a noun has the look of a plural."""
    return len(key) > 3 and key.endswith("s") and not key.endswith(("ss", "us", "is"))


def _linked(text: str, plain: Sequence[Phrase], tokens: Sequence[Token], t: Tables) -> list[Phrase]:
    out: list[Phrase] = []
    for n, base in enumerate(plain):
        last, head = n, base
        if n + 1 < len(plain) and _owns(base, plain[n + 1], tokens):  # "Peru's request" is a request
            last, head = n + 1, plain[n + 1]
        while last + 1 < len(plain) and _joins(head, plain[last], plain[last + 1], tokens, t):
            last += 1
        if last == n or any(o.start <= base.start < o.end for o in out):
            continue
        piece = text[base.start : plain[last].end]
        kind = "plural" if _coordinates(base, plain[n + 1], tokens) else head.kind
        out.append(
            replace(base, text=piece, core=piece, end=plain[last].end, last=plain[last].last, head=head.head,
                    kind=kind, linked=True)
        )  # fmt: skip
    return out


def _owns(a: Phrase, b: Phrase, tokens: Sequence[Token]) -> bool:
    return b.first == a.last + 1 and not tokens[b.first].breaks and tokens[a.last].text.endswith(("'s", "’s"))


def _coordinates(a: Phrase, b: Phrase, tokens: Sequence[Token]) -> bool:
    return b.first == a.last + 2 and tokens[a.last + 1].key in {"and", "y", "e"}


def _joins(base: Phrase, a: Phrase, b: Phrase, tokens: Sequence[Token], t: Tables) -> bool:
    if b.first != a.last + 2 or tokens[a.last + 1].breaks or tokens[b.first].breaks:
        return False
    link = tokens[a.last + 1].key
    if link in {"and", "y", "e"}:
        return (a.name and b.name) or (a.kind == b.kind and (a is not base or a.kind == "plural"))
    if b.kind in {"time", "number"} and link not in {"of", "de"}:
        return False
    if link in {"to", "a"} and not (b.name or b.definite):
        return False  # "a status to change" is a verb, "a letter to the mayor" is not
    return link in {"of", "de", "del"} or (link in t.sets["links"] and not base.name)
