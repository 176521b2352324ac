"""What a pronoun of a follow-up may stand for: the phrases of the turns before, scored by kind, place and age.

In: the mentions of a question ("he", "there", "that agreement") and the context its turns have left. Out: the phrase
that fits best, or None. Questions hold the topic, so their phrases come before those of an answer, unless the question
asked for just such a thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.asked.lexicon import question_language
from rag.asked.phrases import PEOPLE, Phrase, Tables, Token, is_plural, phrases, tables, tokenise
from rag.text import fold, stem

MEMORY = 3  # turns a phrase stays in reach of a pronoun
ANSWER_HEAD = 400  # characters of an answer that may hold an antecedent
NOTED = 3  # phrases noted at most behind a question

# How well a phrase of a kind suits a pronoun; what is absent never fits.
_FIT: dict[str, dict[str, float]] = {
    "person": {"person": 3.0, "name": 0.5},
    "thing": {"name": 2.0, "org": 1.7, "thing": 1.2, "place": 0.4},
    "plural": {"plural": 2.5, "org": 1.0, "name": 0.4, "place": 0.2, "thing": 0.3, "person": -0.5},
    "place": {"place": 3.0, "org": 0.8},
    "any": {"person": 1.5, "name": 1.2, "org": 1.2, "place": 1.0, "thing": 0.5, "plural": 0.5},
}
# What else speaks for or against a phrase, in the same unit; set by hand on the development half of the dialogue cases.
_STANDING = {
    "turn": -1.0,  # for every turn since it was said
    "answer": -2.2,  # questions hold the topic
    "wanted": 3.2,  # unless the question asked for just this
    "asked": -2.0,  # "which river" is not known yet
    "article": 0.4,
    "led": -0.7,  # "export an invoice from the app": the invoice
}
_LEAST = {"person": 0.0, "place": 0.0}  # below this, a note of the topic is safer than a name
_CLASS = {
    "place": set("country city town village place region island province pais ciudad pueblo lugar region isla".split()),
    "org": set("company team organisation organization firm club party empresa equipo organizacion partido".split()),
    "time": set("year month day time period century date moment ano mes dia epoca siglo fecha".split()),
}
_WANTED = {"who": "person", "whom": "person", "whose": "person", "quien": "person", "quienes": "person",
           "where": "place", "donde": "place", "when": "time", "cuando": "time"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Referent:
    """A pronoun, or a noun with a demonstrative, at ``index`` of the tokens; ``linked`` when a preposition precedes."""

    kind: str
    start: int
    end: int
    index: int
    head: str = ""
    gender: str = ""
    possessive: bool = False
    linked: bool = False
    subject: bool = False
    demonstrative: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase of the dialogue, how many turns ago it was said, and whether an answer said it.

    ``several``: it is of an answer that names several of what was asked for, so that none of them is an "it".
    """

    phrase: Phrase
    age: int
    answer: bool
    wanted: str = ""
    several: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What the turns so far leave: the last question made to stand alone, its frame, and the phrases in reach."""

    question: str
    frame: str
    language: str
    entries: tuple[Entry, ...]

    @classmethod
    def after(
        cls, before: Context | None, question: str, frame: str, answer: str, language: str, fresh: bool
    ) -> Context:
        """Return the context after one more turn; a question that stood alone pushes the older topic further off."""
        gap = 2 if fresh else 1
        older = before.entries if before else ()
        kept = [replace(e, age=e.age + gap) for e in older if e.age + gap <= MEMORY]
        wanted = _wanted(question, language)
        own = [Entry(p, 0, False) for p in phrases(question, language)]
        said = []
        told = phrases(answer[:ANSWER_HEAD], question_language(answer[:ANSWER_HEAD], default=language))
        several = (
            own[:1] and own[0].phrase.kind == "plural" and sum(p.core[0].isupper() and not p.linked for p in told) > 1
        )
        for p in told:
            fits = wanted if wanted and not p.linked and _answers(p, wanted, question, language) else ""
            person = fits == "person" and p.kind == "name"  # "who" was asked, so this name is a person's
            said.append(Entry(replace(p, kind="person") if person else p, 0, True, fits, bool(several)))
            wanted = "" if fits else wanted
        return cls(question, frame, language, (*kept, *said, *own))

    def topic_phrases(self) -> list[Phrase]:
        """What the last question was about: its names, else its noun phrases; no phrase inside another."""
        own = [e.phrase for e in self.entries if not e.age and not e.answer and e.phrase.kind not in {"time", "number"}]
        things = [p for p in own if p.head not in PEOPLE and not p.asked]
        names = [p for p in own if p.name]
        pointed = [p for p in things if p.definite or p.linked]
        chosen = [*names, *(p for p in pointed if p not in names)] or things or own
        whole = [p for p in chosen if not any(_inside(p, other) for other in own)]
        linked = [p for p in own if p.linked and any(_inside(c, p) for c in chosen)]
        unique = {fold(p.core): p for p in (*whole, *linked)}
        return sorted(unique.values(), key=lambda p: p.start)[:NOTED]

    def topic(self) -> list[str]:
        """The words of ``topic_phrases``."""
        return [p.core if p.kind == "person" else p.text for p in self.topic_phrases()]


def _inside(p: Phrase, other: Phrase) -> bool:
    return other.start <= p.start and p.end <= other.end and other.end - other.start > p.end - p.start


def _wanted(question: str, language: str) -> str:
    t = tables(language)
    tokens = tokenise(question, t)
    for i, x in enumerate(tokens[:4]):
        if x.key in _WANTED:
            told = any(p.subject and p.name and p.kind in {"person", "name"} for p in phrases(question, language))
            return "" if told and _WANTED[x.key] == "person" else _WANTED[x.key]  # "who is Ada Lind?" names her itself
        if x.key in {"which", "what", "que", "cual"} and i + 1 < len(tokens):
            return "name" if tokens[i + 1].kind in "nN" else ""
    return ""


def _answers(p: Phrase, wanted: str, question: str, language: str) -> bool:
    if fold(p.core) in fold(question) or p.head in tables(language).sets["roles"]:
        return False  # "the Foreign Minister" says what somebody is, not who
    if wanted == "person":
        return p.kind == "person" or (p.kind == "name" and any(c in p.core for c in " -"))
    return p.kind == wanted or (wanted == "name" and p.name)


def mentions(question: str, tokens: Sequence[Token], t: Tables) -> list[Referent]:
    """Return the expressions of ``question`` that point outside it, in order."""
    own = phrases(question, t.language)
    found = [m for m in _pointers(question, tokens, t) if not _inner(m, own, tokens, t)]
    named = any(p.name for p in own)
    return [m for m in found if m.demonstrative or not named]


def settled(question: str, tokens: Sequence[Token], t: Tables) -> bool:
    """Whether a pronoun of ``question`` has its antecedent in it: "What is a visa and who needs it?"."""
    own = phrases(question, t.language)
    return any(_inner(m, own, tokens, t) for m in _pointers(question, tokens, t))


def _pointers(question: str, tokens: Sequence[Token], t: Tables) -> list[Referent]:
    own = phrases(question, t.language)
    found = (_pronoun(i, x, tokens, t) or _noun(i, x, tokens, own, t) for i, x in enumerate(tokens))
    return [m for m in found if m is not None]


def _pronoun(i: int, x: Token, tokens: Sequence[Token], t: Tables) -> Referent | None:
    after = tokens[i + 1] if i + 1 < len(tokens) and not tokens[i + 1].breaks else None
    before = tokens[i - 1] if i and not x.breaks else None
    linked = before is not None and before.key in t.sets["prepositions"]
    subject = before is None or before.key in t.sets["verbal"]
    noun_next = after is not None and after.kind in "nNd"
    if x.key in t.person:
        owns = x.key in t.possessive and (x.key == "his" or noun_next) and after is not None
        gender = t.person[x.key]
        return Referent("person", x.start, x.end, i, gender=gender, possessive=owns, linked=linked, subject=subject)
    if x.key in t.possessive:
        kind = "plural" if t.possessive[x.key] == "p" else "thing"
        return Referent(kind, x.start, x.end, i, possessive=True, subject=subject)
    if t.language == "es" and x.key in {"su", "sus"} and noun_next:
        return Referent("any", x.start, x.end, i, possessive=True)
    if x.key in t.sets["place_pronouns"] and not _existential(before, after, t) and x.key != "here":
        return Referent("place", x.start, x.end, i, linked=linked)
    kind = "thing" if x.key in t.sets["thing"] else "plural" if x.key in t.sets["plural"] else ""
    if not kind or (x.key in t.sets["demonstratives"] and not _alone(x, before, after, t)):
        return None
    if x.key == "it" and _expletive(tokens[i:], t):
        return None
    return Referent(kind, x.start, x.end, i, linked=linked, subject=subject)


def _existential(before: Token | None, after: Token | None, t: Tables) -> bool:
    """ "Is there …", "there are …", "out there": this "there" is no place."""
    verbal = t.sets["verbal"]
    idiom = before is not None and (before.key in verbal or before.key in {"out", "over", "up", "down"})
    return idiom or (after is not None and after.key in verbal)


def _alone(x: Token, before: Token | None, after: Token | None, t: Tables) -> bool:
    """ "Why is that?" against "that agreement", "the deal that failed" and "said that he"."""
    if x.text.lower().endswith(("'s", "’s")):
        return True
    if x.key == "that" and before is not None and before.kind in "nN" and after is not None:
        return False
    if after is None:
        return True
    verbal = after.kind == "v" or after.key in t.sets["verbal"] | t.sets["negatives"]
    if x.key == "that" and before is not None and before.kind == "v" and not verbal:
        return False
    return verbal or after.key in t.sets["prepositions"] | t.sets["fillers"] | t.sets["clause"]


def _expletive(tokens: Sequence[Token], t: Tables) -> bool:
    """ "Is it possible to …", "does it take long to …": this "it" stands for nothing."""
    keys = [x.key for x in tokens[1:]]
    if set(keys[:2]) & t.sets["weather"]:
        return True
    empty = t.sets["expletive"] | t.sets["adjectives"]
    word = next((n for n, k in enumerate(keys[:4]) if k in empty), None)
    return word is not None and bool({"to", "that", "for", "if"} & set(keys[word + 1 :]))


def _noun(i: int, x: Token, tokens: Sequence[Token], own: Sequence[Phrase], t: Tables) -> Referent | None:
    if x.key == "that" and i and not x.breaks and tokens[i - 1].kind in "nN":
        return None  # "the months that follow"
    pointing = x.key in t.sets["demonstratives"] - {"tal", "such"}
    if not pointing and x.key not in t.sets["definite"]:
        return None
    p = next((p for p in own if i <= p.first <= i + 1 and p.last > i and not p.linked), None)
    if p is None or (p.name and not pointing) or tokens[i + 1].kind not in "nN":
        return None
    if pointing and p.kind == "time" and x.key in {"this", "these", "este", "esta", "estos", "estas"}:
        return None  # "this year" is the reader's, not the dialogue's
    if not pointing and any(o.linked and o.start <= p.start < o.end for o in own):
        return None  # "the capital of Peru" says itself what it is
    return Referent("noun", x.start, p.end, i, head=p.head, demonstrative=pointing)


def _inner(m: Referent, own: Sequence[Phrase], tokens: Sequence[Token], t: Tables) -> bool:
    """An antecedent in an earlier clause of the same question: "What is a visa and who needs it?"."""
    if m.kind == "noun":
        return False
    for p in own:
        between = tokens[p.last + 1 : m.index + 1]
        bound = m.possessive or any(b.breaks or b.key in t.sets["clause"] for b in between)  # "the zoo feeds its seals"
        other = not p.name and m.linked and not m.possessive and len(between) == 2  # "who was secretary before her?"
        if m.kind == "person" and p.kind == "person" and p.last < m.index and _gendered(m.gender, p, t):
            return not other
        apart = p.last < m.index and bound
        if apart and _FIT[m.kind].get(p.kind, 0.0) >= 0.5:
            return True
    return False


def same_head(head: str, p: Phrase, t: Tables) -> bool:
    """Whether a phrase is of the thing that ``head`` names: "agreement" and "the agreements with Chile"."""
    heads = {p.head, *_keys(p.core)} if p.name and not p.linked else {p.head}  # "that river" may be "the river Lune"
    return stem(head, t.language) in {stem(h, t.language) for h in heads}


def antecedent(m: Referent, tokens: Sequence[Token], context: Context, t: Tables) -> Phrase | None:
    """Return the phrase of the turns before that ``m`` most likely stands for."""
    have = {x.key for x in tokens}
    scored = []
    for n, e in enumerate(context.entries):
        fit = _fit(m, e.phrase, t)
        if fit is None or (set(_keys(e.phrase.core)) <= have and m.kind != "noun") or (e.several and m.kind == "thing"):
            continue
        scored.append((fit + _standing(m, e), n, e.phrase))
    best = max(scored, default=None, key=lambda s: (s[0], s[1]))
    return best[2] if best is not None and best[0] > _LEAST.get(m.kind, -1.0) else None


def _keys(text: str) -> list[str]:
    return [fold(w) for w in text.split()]


def _fit(m: Referent, p: Phrase, t: Tables) -> float | None:
    if m.kind != "noun":
        fit = _FIT[m.kind].get(p.kind)
        if m.kind == "person" and not _gendered(m.gender, p, t):
            return None
        if m.kind == "thing" and p.kind == "thing" and p.name:
            return _FIT["thing"]["name"]  # "the Orla cup" is as good as a name
        if fit is not None and m.kind in {"thing", "plural"} and p.kind == "place" and p.head in t.sets["place_nouns"]:
            fit += 1.0  # a bridge or a river is a thing as well
        return fit
    if same_head(m.head, p, t):
        several = m.demonstrative and is_plural(m.head) and not is_plural(p.head)
        return 4.0 if len(p.core) > len(m.head) + 2 and not several else None
    if m.head in t.sets["roles"]:
        return 3.0 if p.kind == "person" and p.name and _gendered(_gender(m.head, t), p, t) else None
    kind = next((k for k, heads in _CLASS.items() if m.head in heads), "")
    if not m.demonstrative or not kind:
        return None
    return 2.0 if p.kind == kind else 0.5 if p.kind == "name" and kind != "time" else None


def _gender(key: str, t: Tables) -> str:
    return "f" if key in t.sets["feminine"] else "m" if key in t.sets["masculine"] else ""


def _gendered(gender: str, p: Phrase, t: Tables) -> bool:
    """Whether nothing speaks against ``p`` being a "he" or a "she"."""
    keys = _keys(p.text)
    female = any(k in t.sets["first_f"] or k in t.sets["feminine"] for k in keys)
    male = any(k in t.sets["first_m"] or k in t.sets["masculine"] for k in keys)
    return not gender or female == male or (gender == "f") == female


def _suits(m: Referent, e: Entry) -> bool:
    """What a "where" question found is a "there", not an "it"; what a "which" question found is either."""
    return e.wanted == "name" or (e.wanted != "" and m.kind in {e.wanted, "any"})


def _standing(m: Referent, e: Entry) -> float:
    """What the place of a phrase in the talk adds to how well its kind fits."""
    p = e.phrase
    ownership = m.possessive and m.kind != "person"  # "its" belongs to the name, not to what was asked of it
    land = m.kind == "thing" and p.kind == "place"  # a country acts, but is seldom an "it" for it
    true = {
        "turn": e.age > 0,
        "answer": e.answer,
        "wanted": _suits(m, e),
        "asked": p.asked and m.kind != "plural",
        "article": p.definite and not ownership and not land,
        "led": p.led and not e.answer and not m.possessive and m.kind in {"thing", "plural"},
    }
    return sum(weight * (e.age if name == "turn" else 1) for name, weight in _STANDING.items() if true[name])
