"""Who did what to whom, what came first, what caused what: order checks between a claim and its quote.

In: the readings and the word hits of `rag/check/agree.py`. Out: "" or the kind of the reversal. Only clear
reversals are named: what these rules cannot read they let pass.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from rag.check.facts import Reading, Word, lemma
from rag.check.likeness import Hit, proper
from rag.check.wordlists import word_set, wordlists

Hits = Mapping[Word, Sequence[Hit]]


# ---------------------------------------------------------------- cause and order in time


@functools.cache
def _pattern(*tables: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(wordlists()[t] for t in tables) + r")\b", re.I)


def _split(reading: Reading, at: re.Match[str], last_first: bool) -> tuple[frozenset[Word], frozenset[Word]]:
    """Return (earlier or causing words, later or caused words) around a connective.

    ``last_first``: the connective introduces the earlier part ("B because A", "B after A"). At the head of the
    sentence its part ends with the comma ("Because A, B").
    """
    end = len(reading.text)
    head = not reading.text[: at.start()].strip()
    comma = reading.text.find(",", at.end())
    if head and comma > 0:
        introduced = (at.end(), comma)
        other = (comma, end)
    else:
        introduced, other = (at.end(), end), (0, at.start())
    a, b = (_inside(reading, *introduced), _inside(reading, *other))
    return (a, b) if last_first else (b, a)


def _inside(reading: Reading, start: int, end: int) -> frozenset[Word]:
    return frozenset(w for w in reading.content if start <= w.start < end)


def _relations(
    reading: Reading, last: tuple[str, ...], first: tuple[str, ...]
) -> list[tuple[frozenset[Word], frozenset[Word]]]:
    found: list[tuple[frozenset[Word], frozenset[Word]]] = []
    taken: list[tuple[int, int]] = []
    for tables, last_first in ((last, True), (first, False)):
        for m in _pattern(*tables).finditer(reading.text):
            if any(m.start() < e and s < m.end() for s, e in taken):
                continue
            taken.append((m.start(), m.end()))
            found.append(_split(reading, m, last_first))
    return [(a, b) for a, b in found if a and b]


def _reversed(
    claim: Reading, quotes: Sequence[Reading], hits: Hits, last: tuple[str, ...], first: tuple[str, ...]
) -> bool | None:
    """``None`` when the quote holds no such relation."""
    wanted = _relations(claim, last, first)
    given = [(i, a, b) for i, q in enumerate(quotes) for a, b in _relations(q, last, first)]
    if not wanted or not given:
        return None if wanted else False
    before, after = wanted[0]
    scores = []
    for i, early, late in given:
        same = _overlap(before, early, i, hits) + _overlap(after, late, i, hits)
        cross = _overlap(before, late, i, hits) + _overlap(after, early, i, hits)
        scores.append(same - cross)
    return max(scores) < 0


def _overlap(words: frozenset[Word], side: frozenset[Word], reading: int, hits: Hits) -> float:
    if not words:
        return 0.0
    return sum(any(h.reading == reading and h.word in side for h in hits.get(w, ())) for w in words) / len(words)


_COMMA_SO = re.compile(r",\s*(?:and )?so (?!that\b)", re.I)


def cause(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> str:
    """A stated cause must be stated in the quote too, and the same way round."""
    so = _COMMA_SO.search(claim.text)
    if so and not _pattern("cause_first", "cause_last").search(claim.text):
        return "" if _soft_holds(claim, quotes, hits) else "cause"
    turned = _reversed(claim, quotes, hits, ("cause_last",), ("cause_first",))
    if turned is None:
        soft = any(_pattern("soft_causes").search(q.text) for q in quotes)
        return "" if soft and _soft_holds(claim, quotes, hits) else "cause"
    return "cause" if turned else ""


def _soft_holds(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> bool:
    """The quote joins the two parts by "since", "as", "so": accept unless the order says otherwise."""
    return not _reversed(claim, quotes, hits, ("cause_last", "soft_last"), ("cause_first", "soft_first"))


def order(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> str:
    """ "A after B" is not "B after A"."""
    turned = _reversed(claim, quotes, hits, ("later_first",), ("earlier_first",))
    return "order" if turned else ""


# ---------------------------------------------------------------- who did what


_BE = frozenset("is are was were be been being got get gets fue fueron es son sido ser".split())


def roles(claim: Reading, quotes: Sequence[Reading], hits: Hits) -> str:
    """Two names, or two neighbours of a verb, must not change places around it; a name must not take another's deed."""
    for i, quote in enumerate(quotes):
        if (
            _names_turned(claim, quote, i, hits)
            or _neighbours_turned(claim, quote, i, hits)
            or _deed_of_another(claim, quote, i, hits)
        ):
            return "role"
    return ""


def _symmetric(word: Word) -> bool:
    return word.stem in {lemma(w, "en") for w in word_set("symmetric")}


def _names_turned(claim: Reading, quote: Reading, i: int, hits: Hits) -> bool:
    names = [w for w in claim.content if w.name or w.text[:1].isupper()]
    for a in names:
        for b in names:
            if a.start < b.start and _pair_turned(claim, quote, i, hits, a, b):
                return True
    return False


def _pair_turned(claim: Reading, quote: Reading, i: int, hits: Hits, a: Word, b: Word) -> bool:
    ha, hb = _only(hits, a, i), _only(hits, b, i)
    if ha is None or hb is None or ha == hb:
        return False
    between = [w for w in claim.content if a.end <= w.start < b.start and not w.name]
    shared = [(w, h.word) for w in between for h in hits.get(w, ()) if h.reading == i and not _symmetric(w)]
    low, high = sorted((ha.start, hb.start))
    votes = [v for v in shared if low < v[1].start < high]
    if not votes:
        return False
    turned = hb.start < ha.start
    flips = [_passive(claim, w) != _passive(quote, q) for w, q in votes]
    return all(turned != flip for flip in flips)


def _only(hits: Hits, word: Word, reading: int) -> Word | None:
    found = {h.word for h in hits.get(word, ()) if h.reading == reading}
    return next(iter(found)) if len(found) == 1 else None


def _passive(reading: Reading, verb: Word) -> bool:
    """A participle with "by" and a doer: at once after it, or within a few words where a form of "be" stands before."""
    index = reading.words.index(verb)
    by = _by(reading, index)
    if by is None:
        return False
    if {w.folded for w in reading.words[max(0, index - 3) : index]} & _BE:
        return True
    participle = verb.folded.endswith(("ed", "ado", "ido", "ada", "ida", "ados", "idos", "adas", "idas"))
    return participle and by == index + 1


def _by(reading: Reading, index: int) -> int | None:
    """The place of the "by" that names the doer of the verb at ``index``: not "by 71 votes", not another verb's."""
    for k in range(index + 1, min(index + 8, len(reading.words))):
        word = reading.words[k]
        if word.folded in {"by", "por"} and not any(0 < f.start - word.end <= 2 for f in reading.facts):
            return k
        if word.folded.endswith("ed"):
            return None
    return None


def _undergone(reading: Reading, verb: Word) -> bool:
    """A form of "be" right before a participle: who comes first undergoes."""
    index = reading.words.index(verb)
    before = {w.folded for w in reading.words[max(0, index - 2) : index]}
    return bool(before & _BE) and not verb.folded.endswith("ing")


def _turns(reading: Reading, verb: Word) -> bool:
    return _undergone(reading, verb) or _passive(reading, verb)


def _neighbours_turned(claim: Reading, quote: Reading, i: int, hits: Hits) -> bool:
    content = claim.content
    for left, verb, right in zip(content, content[1:], content[2:], strict=False):
        if left.clause != right.clause or _symmetric(verb) or not _verbal(claim, verb):
            continue
        hv = _only(hits, verb, i)
        if hv is None or hv.stem != verb.stem or not _verbal(quote, hv):
            continue
        lefts = {h.word.at - hv.at for h in hits.get(left, ()) if h.reading == i}
        rights = {h.word.at - hv.at for h in hits.get(right, ()) if h.reading == i}
        crossed = bool(lefts & {1, 2} and rights & {-1, -2}) and not (lefts & {-1, -2} or rights & {1, 2})
        straight = bool(lefts & {-1, -2} and rights & {1, 2})
        flip = _turns(claim, verb) != _turns(quote, hv)
        if (crossed and not flip) or (straight and flip and _passive(claim, verb) != _passive(quote, hv)):
            return True
    return False


_NOMINAL = frozenset(
    "a an the of his her its their this that these those by with in on at for el la los las un una de su".split()
)


def _verbal(reading: Reading, word: Word) -> bool:
    """Not after an article or a preposition, not before "of": the word may be a verb."""
    index = reading.words.index(word)
    before = reading.words[index - 1] if index else None
    led = before is not None and (before.folded in _NOMINAL or before.text.endswith(("'s", "’s")))
    return not word.name and not led and not re.match(r"\s+(?:of|de)\b", reading.text[word.end :])


def _deed_of_another(claim: Reading, quote: Reading, i: int, hits: Hits) -> bool:
    """The doer named in the claim is not the doer the quote names for the same verb."""
    for verb in claim.content:
        other = _only(hits, verb, i)
        if (
            verb.name
            or other is None
            or other.stem != verb.stem
            or not _verbal(claim, verb)
            or not _verbal(quote, other)
        ):
            continue
        doer, given = _doer(claim, verb), _doer(quote, other)
        if not doer or not given:
            continue
        carried = {h.word for w in _telling(doer) for h in hits.get(w, ()) if h.reading == i}
        named = any(proper(w) for w in doer)
        if carried and not carried & set(_telling(given) if named else given):
            return True
    return False


def _telling(run: Sequence[Word]) -> list[Word]:
    """The names themselves where there are any, without "Dr" and "Minister"."""
    bare = [w for w in run if w.folded not in word_set("honorifics")]
    return [w for w in bare if proper(w)] or bare


def _doer(reading: Reading, verb: Word) -> list[Word]:
    """The name right before an active verb, or right after "by" of a passive one; empty when there is none.

    "X beat Y and won": a verb right after "and" has the doer that the sentence begins with.
    """
    index = reading.words.index(verb)
    if _passive(reading, verb):
        by = _by(reading, index) or index
        return _run_of_names(reading.words[by + 1 : by + 6])
    if _undergone(reading, verb):
        return []
    if index and reading.words[index - 1].folded in {"and", "but", "then", "y", "pero"}:
        here = [w for w in reading.words if w.clause == verb.clause]
        return (_first_names(here) or _first_names(reading.words)) if _verbal(reading, verb) else []
    run: list[Word] = []
    for word in reversed(reading.words[max(0, index - 6) : index]):
        capital = word.name or (word.text[:1].isupper() and not word.stop)
        if capital and word.clause == verb.clause:
            run.append(word)
        elif run and word.folded in {"and", "y", "e"}:
            continue
        elif run and word.folded in _LEADING_TO_NAMES and run[-1].start - word.end <= 5:
            return []  # "the restaurant in Lagos serves": the name is a place or an origin, not the doer
        elif run or not word.stop or word.folded in _LEADING_TO_NAMES:
            break
    return run


def _first_names(words: Sequence[Word]) -> list[Word]:
    """The name among the first words of a sentence or clause, if it stands there as the subject may."""
    head = words[:5]
    start = next((k for k, w in enumerate(head) if w.name or (k == 0 and w.text[:1].isupper() and not w.stop)), None)
    if start is None or (start and head[start - 1].folded in _LEADING_TO_NAMES):
        return []
    run = [head[start]]
    for word in head[start + 1 :]:
        if not word.name:
            break
        run.append(word)
    return run


_LEADING_TO_NAMES = frozenset("by in from of for to at with on near de en desde".split())


def _run_of_names(words: Sequence[Word]) -> list[Word]:
    run: list[Word] = []
    for word in words:
        if word.name:
            run.append(word)
        elif run and word.folded not in {"and", "y", "e"}:
            break
    return run


def prepositions(claim: Reading, quotes: Sequence[Reading]) -> str:
    """ "from Lima to Cusco" is not "from Cusco to Lima"; "71 votes to 64" is not "64 votes to 71"."""
    opposite: dict[str, str] = wordlists()["opposite_prepositions"]
    given = {pair for q in quotes for pair in _governed(q)}
    said = set(_governed(claim))
    numbers = {f"{f.kind}:{f.value}" for f in claim.facts if f.kind == "number"}
    for prep, thing in said:
        if (prep, thing) in given:
            continue
        if (opposite.get(prep, ""), thing) in given:
            return "role"
        others = {t for p, t in given if p == prep and t in numbers}
        if thing in numbers and any((prep, t) not in said for t in others):
            return "role"
        # both phrases changed places: "from Quechua into Spanish"
        if any((p, t) in said and (p, thing) in given and (prep, t) in given for p, t in said if p != prep):
            return "role"
    return ""


_GOVERNING = frozenset("into onto in at with against for over under on near toward towards con contra en para".split())


def _governed(reading: Reading) -> list[tuple[str, str]]:
    known = _GOVERNING | set(wordlists()["opposite_prepositions"])
    things = sorted(
        [(w.start, w.stem) for w in reading.content] + [(f.start, f"{f.kind}:{f.value}") for f in reading.facts]
    )
    found = []
    for word in reading.words:
        if word.folded in known and not (word.folded in {"a", "de"} and reading.language != "es"):
            after = next(((s, t) for s, t in things if s >= word.end), None)
            if after and after[0] - word.end <= 12:
                found.append((word.folded, after[1]))
    return found
