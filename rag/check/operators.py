"""Words that stand over a stretch of a sentence: verbs of saying, conditions, questions, denials, limits, "almost".

In: a `Reading`. Out: each `Operator` with the stretch it stands over. Which verbs leave what they embed true says
``veridical.json`` (MegaVeridicality) with a list of ours. It compares nothing.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.check.clauses import VERBAL, Clauses, clauses, is_past, stems, table
from rag.check.cues import cues
from rag.check.facts import Fact, Reading, Word, lemma
from rag.check.likeness import proper


@dataclass(frozen=True, slots=True)
class Operator:
    """``words``: folded words, any of which in the claim keeps it; it stands over ``[start, end)`` of the text."""

    kind: str
    words: frozenset[str]
    start: int
    end: int


@functools.cache
def _verdicts() -> tuple[frozenset[str], frozenset[str]]:
    """Stems of the verbs that must come along, and of those that need not."""
    kept = json.loads(Path(__file__).with_name("veridical.json").read_text(encoding="utf-8"))
    true = frozenset(lemma(v, "en") for v in kept["true"].split()) | stems("factive")
    true -= stems("not_true")
    return (frozenset(lemma(v, "en") for v in kept["open"].split()) | stems("said", "not_true")) - true, true


_DOMAIN_END = re.compile(r";|,? (?:but|while|whereas|although|though|pero|mientras)\b|, and\b(?! that)", re.I)


def _domain(text: str, at: int) -> tuple[int, int]:
    """The stretch around ``at`` that one condition or report can reach."""
    ends = [m.start() for m in _DOMAIN_END.finditer(text)]
    start = max((e for e in ends if e < at), default=0)
    return start, min((e for e in ends if e >= at), default=len(text))


@functools.lru_cache(maxsize=4096)
def operators(reading: Reading) -> tuple[Operator, ...]:
    """Return the operators of a sentence."""
    found = clauses(reading)
    made: list[Operator] = [*_patterns(reading)]
    for i, node in enumerate(found.nodes):
        if isinstance(node, Word):
            made += _reports(reading, found, i, node)
            made += _embedding_nouns(reading, found, i, node)
            made += _denials(reading, found, i, node)
            made += _modifiers(found, i, node)
            made += _choices(reading, found, i, node)
        elif node.kind == "ordinal":
            made += _ranks(found, i, node)
    return tuple(made)


# ---------------------------------------------------------------- verbs of saying and thinking


def _reports(reading: Reading, c: Clauses, i: int, word: Word) -> Iterator[Operator]:
    open_verbs, true = _verdicts()
    spanish = word.folded in table("said_es")
    if c.tags[i] not in VERBAL and not spanish:
        return
    words = frozenset({word.folded})
    _, end = _domain(reading.text, word.end)
    that = next((k for k in range(i + 1, min(i + 7, len(c.nodes))) if c.word(k) in {"that", "que"}), 0)
    denied = any(c.word(k) in table("no") | table("few") for k in range(i)) or word.folded.endswith("n't")
    if that and (denied or word.stem not in true) and not any(c.tag(k) in {"verb", "aux"} for k in range(i + 1, that)):
        if that == i + 1 or word.stem in open_verbs or spanish:
            yield Operator("said", words, c.nodes[that].end, end)
    elif word.stem in stems("said", "not_true"):
        bare = c.tag(i + 1) not in {"prep", "conj", "to", ""} and _clause_follows(c, i)
        if bare:
            yield Operator("said", words, word.end, end)
    if word.stem in stems("mistaking"):
        yield Operator("said", words, word.end, _part_end(c, i))
    if word.stem in stems("simulating"):
        yield Operator("fiction", words | table("fiction"), word.end, end)
    if (word.stem in stems("said", "not_true") or spanish) and _closes(reading, c, i):
        start = c.nodes[min(k for k in range(len(c.nodes)) if c.parts[k] == c.parts[i])].start
        yield Operator("said", words, 0, start)


def _clause_follows(c: Clauses, i: int) -> bool:
    """A subject and a finite verb come in the same part: "claim the plant polluted"."""
    ends = {"after", "before", "since", "until", "till"}
    later = range(i + 1, len(c.nodes))
    finite = next(
        (k for k in later if c.parts[k] != c.parts[i] or c.tags[k] in {"verb", "aux"} or c.word(k) in ends), 0
    )
    if not finite or c.parts[finite] != c.parts[i] or c.word(finite) in ends:
        return False
    return any(c.tags[k] in {"noun", "num", "pron"} for k in range(i + 1, finite))


def _closes(reading: Reading, c: Clauses, i: int) -> bool:
    """ "…, its director insists.": the part is a short one after a comma or a quotation mark and has one verb."""
    inside = [k for k in range(len(c.nodes)) if c.parts[k] == c.parts[i]]
    first = c.nodes[inside[0]]
    led = re.search(r"[,\"”]\s*\Z", reading.text[: first.start])
    return bool(led) and len(inside) <= 9 and c.tags[inside[0]] not in {"sub", "conj", "prep"}


def _embedding_nouns(reading: Reading, c: Clauses, i: int, word: Word) -> Iterator[Operator]:
    """ "The rumour that …", "the film tells how …", "a play about …"."""
    _, end = _domain(reading.text, word.end)
    bare = word.folded.removesuffix("s")
    if c.tags[i] in {"noun", "verb"} and c.word(i + 1) in {"that", "que"} and (bare in table("opinion_nouns")):
        yield Operator("said", frozenset({word.folded, bare}), c.nodes[i + 1].end, end)
    if bare in table("fiction"):
        led = c.before(i, frozenset({"det", "adv", "noun", "num"}))
        first = all(c.tags[k] in {"prep", "det", "noun", "num"} for k in range(i))
        if led == 0 and c.word(0) in {"in", "en"} and first and (c.tag(i + 1) != "noun" or c.named(i + 1)):
            yield Operator("fiction", table("fiction"), word.end, len(reading.text))
        after = [c.word(k) for k in range(i + 1, min(i + 4, len(c.nodes)))]
        told = {"about", "sobre"} & set(after) or table("telling") & set(after)
        if told:
            yield Operator("fiction", table("fiction") | table("telling"), word.end, len(reading.text))


# ---------------------------------------------------------------- denials that reach over a whole clause


_NOBODY = frozenset("no none neither nobody nothing ningun ninguna ninguno nadie nada".split())


def _denials(reading: Reading, c: Clauses, i: int, word: Word) -> Iterator[Operator]:
    """ "No member", "nobody", "few" stand over what follows: over all of it where they open the clause."""
    few = table("few") | table("barely")
    counted = word.folded in table("few") and c.word(i - 1) == "a"  # "a few"
    end = _domain(reading.text, word.end)[1]
    if word.folded in few | _NOBODY and not counted and c.tag(i + 1) not in {"", "inf", "sub", "conj", "num"}:
        if word.folded != "neither" and c.tag(i - 1) not in {"", "sub", "conj"}:
            end = min(end, _part_end(c, i))
        if word.folded in few:
            yield Operator("few", few, word.end, end)
        else:
            yield Operator("negation", few | table("no"), word.end, end)
    if word.folded in {"not", "no", "little"} and any(
        c.word(k) == "that" for k in range(i + 1, min(i + 4, len(c.nodes)))
    ):
        yield Operator("negation", table("no"), word.end, _domain(reading.text, word.end)[1])


def _choices(reading: Reading, c: Clauses, i: int, word: Word) -> Iterator[Operator]:
    """ "In 1912 or 1915" is neither; a "village or hamlet" may be called both."""
    if word.folded in {"or", "o", "u"} and 0 < i < len(c.nodes) - 1 and not cues(reading):
        sides = c.nodes[i - 1], c.nodes[i + 1]
        told = any(isinstance(n, Fact) or proper(n) for n in sides) or re.search(r"\beither\b", reading.text, re.I)
        if told and not c.stops[i]:
            head = c.run(i + 1)
            end = c.nodes[head[-1]].end if len(head) else sides[1].end
            yield Operator("choice", frozenset({"or", "o", "u", "either"}), sides[0].start, end)


def _part_end(c: Clauses, i: int) -> int:
    return max(n.end for n, part in zip(c.nodes, c.parts, strict=True) if part == c.parts[i])


# ---------------------------------------------------------------- what stands over one word or phrase


def _modifiers(c: Clauses, i: int, word: Word) -> Iterator[Operator]:
    folded = word.folded
    after = next((k for k in range(i + 1, min(i + 3, len(c.nodes))) if c.tags[k] not in {"det", "aux"}), 0)
    if folded in table("privative") and after == i + 1 and c.parts[after] == c.parts[i]:
        yield from _lessening(c, i, word)
    scaled = after and not isinstance(c.nodes[after], Fact) and c.word(after) not in _AMOUNTS
    if folded in table("almost") | table("barely") and scaled:
        yield Operator("certainty", table("almost") | table("barely"), word.end, c.nodes[after].end)
    start = c.nodes[c.parts.index(c.parts[i])].start
    if folded in table("adverbs_of_doubt"):
        yield Operator("certainty", table("adverbs_of_doubt"), start, _part_end(c, i))
    if folded in table("exclusive") and c.tag(after) in {"prep", "sub"}:
        yield Operator("quantity", table("exclusive"), start, word.start)
    if folded == "too" and after and "to" in {c.tag(after + 1), c.tag(after + 2)}:
        yield Operator("quantity", frozenset({"too"}), word.end, _part_end(c, i))
    if folded in {"until", "till", "hasta"}:
        yield _until(c, i, word)
    if folded in table("whenever") and (i == 0 or not c.stops[i]) and _holds_always(c, i):
        yield Operator("when", table("whenever") | {"after", "if"}, 0, c.nodes[-1].end)
    if _superlative(folded) and ({c.word(k) for k in range(max(0, i - 3), i)} & {"one", "among"} or _one_of(c, i)):
        yield Operator("quantity", frozenset({"among", "one"}), word.start, word.end)


def _holds_always(c: Clauses, i: int) -> bool:
    """ "The siren sounds when a bolt is loose": a subject and a verb in the present follow; "when it was built" tells a
    time."""
    verb = next((k for k in range(i + 1, len(c.nodes)) if c.stops[k] or c.tags[k] in {"verb", "aux"}), 0)
    if verb <= i + 1 or c.stops[verb] or not any(c.tags[k] in {"noun", "num", "pron"} for k in range(i + 1, verb)):
        return False
    word = c.nodes[verb]
    return c.word(verb) in _NOW if c.tags[verb] == "aux" else isinstance(word, Word) and not is_past(word)


_NOW = frozenset("is are has have do does can may es son esta estan ha han puede pueden".split())
_AMOUNTS = frozenset("all every half everyone everybody any a an".split())


def _superlative(folded: str) -> bool:
    return folded in {"most", "least"} or (folded.endswith("est") and len(folded) > 4)


def _lessening(c: Clauses, i: int, word: Word) -> Iterator[Operator]:
    """ "Alleged", "former", "vice" stand over the noun they lessen; "her assistant Ann Lee" is Ann Lee all the same."""
    head = c.run(i + 1)
    led = word.folded not in {"once", "near"} or c.tag(i - 1) == "det"
    if not len(head) or not led or (word.folded in _OFFICES and _named(c, head[0])):
        return
    former = word.folded in table("former")
    end = c.nodes[next((h for h in reversed(head) if not _named(c, h)), head[0])].end
    words = table("former") if former else frozenset({word.folded})
    yield Operator("time" if former else "quality", words, word.end, end)


_OFFICES = frozenset("assistant deputy vice acting honorary".split())


def _named(c: Clauses, i: int) -> bool:
    node = c.nodes[i]
    return isinstance(node, Word) and proper(node)


def _until(c: Clauses, i: int, word: Word) -> Operator:
    """It stands over the verb before it, or over the first one after it where it opens the sentence."""
    words = frozenset({"until", "till", "hasta", "end", "stop"})
    verb = max((k for k in range(i) if c.parts[k] == c.parts[i] and c.tags[k] in {"verb", "aux"}), default=-1)
    if verb >= 0:
        return Operator("time", words, c.nodes[verb].start, word.start if c.tags[verb] == "aux" else c.nodes[verb].end)
    later = next((k for k in range(i, len(c.nodes)) if c.tags[k] in {"verb", "aux"}), i)
    return Operator(
        "time", words, c.nodes[later].start, _part_end(c, later) if c.tags[later] == "aux" else c.nodes[later].end
    )


def _one_of(c: Clauses, i: int) -> bool:
    """ "One of the oldest"."""
    k = i - 1
    while k >= 0 and (c.tags[k] in {"det", "num"} and c.word(k) != ""):
        k -= 1
    return c.word(k) == "of" and (c.word(k - 1) == "one" or c.tag(k - 1) == "num")


def _ranks(c: Clauses, i: int, fact: Fact) -> Iterator[Operator]:
    """ "The second deepest": without its number the rank is another one."""
    after = c.word(i + 1)
    if _superlative(after):
        yield Operator("quantity", frozenset({f"ordinal:{fact.value}"}), c.nodes[i + 1].start, c.nodes[i + 1].end + 1)


# ---------------------------------------------------------------- patterns

_SIDES = "critics|opponents|supporters|advocates|admirers|fans|detractors|believers"
_ATTRIBUTED = re.compile(
    r"\b(?:according to|in the (?:view|opinion|eyes|words|account|telling) of"
    r"|in \w+(?:'s|’s) (?:view|opinion|eyes|words)|seg[uú]n"
    r"|to hear .{1,40} tell it"
    r"|(?:by|on) (?:\w+(?:'s|’s|s'|s’)|his|her|their|its|most|some|all) (?:own )?(?:account|reckoning)s?"
    r"|as [^,]{1,40} (?:tells?|told|puts?|put|sees?|saw|has|had|would have) it"
    rf"|\A(?:for|to) (?:its|his|her|their|some|many|most|the|\w+)? ?(?:{_SIDES}))\b",
    re.I,
)
_ASKED = re.compile(
    r"\bwhether\b"
    r"|\b(?:unclear|unknown|uncertain|asks?|asked|wonders?|wondered|doubt(?:s|ed)?|unsure|see|sabe) (?:if|si)\b",
    re.I,
)
_CONDITION = re.compile(
    r"\b(?<!even )(?<!as )(?:if|unless|provided that|provided|providing|as long as|so long as|in case|in the event"
    r"|assuming|on condition|subject to|depending on|si|a menos que|siempre que)\b(?! not\b)"
    r"|\A(?:should|had|were|without|sin) (?=[^,?]+,)"
    r"|\A(?:with|given|upon|on|con) (?=[^,?]+,[^.;]*\b(?:may|can|could|might|will|would|puede[ns]?)\b)",
    re.I,
)
_PLOT = re.compile(
    r"\b(?:subject|theme|topic|plot|story|hero|heroine|character)s? (?:of|in) (?:\w+(?:'s|’s)?)?(?: \w+)? ?"
    r"(?:novel|film|play|opera|poem|song|ballad|legend|movie|series)\b",
    re.I,
)
_WOULD = re.compile(r"\b(?:would|could|might) have\b|\bwould\b(?! be-)", re.I)
_FAR = re.compile(r"\b(?:far|free|exempt) from\b|\banything but\b|\bno longer\b|\bya no\b", re.I)
_PREFIXED = re.compile(r"\b(so-called|would-be|self-styled|ex-(?=\w)|half-(?=\w))\s?(?P<over>(?:\w+ ?){1,3})", re.I)
_EXCEPT = re.compile(
    r"\b(?:except|excluding|other than|apart from|excepto|salvo)\b(?P<over>(?:[^,.;:]|,(?= (?:and|or)\b))+)", re.I
)
_ALL_BUT = re.compile(
    r"\b(?:all|every\w*|any\w*|each|no|none|nobody|nothing)\b[^,.;:]{0,60}?\b(?:but|save|bar) "
    r"(?P<over>(?:the|an?|one|two|[A-Z]\w+)(?: \w+){0,3})(?=[,.;:]|\Z)"
)
_BELOW = re.compile(
    r"\b(?:less|fewer|more|well|just) (?:than|under|over) (?P<over>an? (?:half|third|quarter|fifth|tenth|dozen)s?)\b",
    re.I,
)
_AGED = re.compile(r"\b(?P<over>\w+) (?:under|aged|younger than|older than|over the age of)(?= )", re.I)
_UNLIKE = re.compile(r"\b(?:unlike|instead of|rather than|a diferencia de|en vez de)\s+(?P<over>[^,.;]+)", re.I)
_TAKEN_FOR = re.compile(
    r"(?<!\bit )\b(?:took|takes?|taken|mistook)\b(?P<over>[^,.;:]{3,80}? for "
    r"(?!granted|\w+ (?:hour|day|week|month|year)s?|an? (?:walk|ride|drive|while))[^,.;:]+?)(?=[,.;:]| and |\Z)",
    re.I,
)
_OVER = (
    ("said", frozenset("took take taken mistook mistaken thought believed".split()), _TAKEN_FOR),
    ("negation", frozenset("except excluding other apart excepto salvo".split()), _EXCEPT),
    ("negation", frozenset("but save bar except".split()), _ALL_BUT),
    ("quantity", frozenset("less fewer more under over below above".split()), _BELOW),
    ("quantity", frozenset("under aged younger older age".split()), _AGED),
    ("role", frozenset("unlike instead rather diferencia vez".split()), _UNLIKE),
)


def _patterns(reading: Reading) -> Iterator[Operator]:
    text = reading.text
    if text.rstrip(' "”’)').endswith("?"):
        yield Operator("question", frozenset(), 0, len(text))
    if _PLOT.search(text):
        yield Operator("fiction", table("fiction"), 0, len(text))
    for m in _ATTRIBUTED.finditer(text):
        yield Operator("said", frozenset({"according", "segun"}), *_domain(text, m.start()))
    asked = [m.span() for m in _ASKED.finditer(text)]
    for _, end in asked:
        yield Operator("question", frozenset(), end, _domain(text, end)[1])
    for m in _CONDITION.finditer(text):
        if not any(start <= m.start() < end for start, end in asked):  # "unclear if"
            yield Operator("if", frozenset(m.group().lower().split()) - _PLAIN, *_domain(text, m.start()))
    for m in _WOULD.finditer(text):
        yield Operator("would", frozenset({"would"}), m.end(), _domain(text, m.end())[1])
    for m in _FAR.finditer(text):
        yield Operator("negation", table("no") | table("former") | _ENDED, m.end(), _domain(text, m.end())[1])
    for m in _PREFIXED.finditer(text):
        head = re.split(r"[ -]", m[1].lower())[0]
        yield Operator("quality", table("former") if head == "ex" else frozenset({head}), *m.span("over"))
    for kind, words, pattern in _OVER:
        for m in pattern.finditer(text):
            yield Operator(kind, words, *m.span("over"))


_ENDED = frozenset({"stopped", "ceased"})
_PLAIN = frozenset("in the of on to as long so a que".split())
