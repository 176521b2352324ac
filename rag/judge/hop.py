"""The second step of a question that takes two: what the best sentence names, looked up with what is left to ask.

In: a search with its best sentence, and the library to search again. Out: the sentence that the second search brings
and how sure it is, or None. "Where does the director of *Oil Lamp* live?" finds who directed it, then where she lives.
A name is followed only to a document or section that bears it as title. It writes no text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from rag.asked.phrases import phrases
from rag.asked.question import Question, analyse
from rag.asked.terms import Term
from rag.judge.close import read
from rag.judge.confidence import confidence, ranking
from rag.judge.expect import holds_answer
from rag.judge.features import Candidate, candidates, related_coverage, sentence_features
from rag.library import Library, StoredPassage
from rag.models import Embedder
from rag.reading.reader import Reader
from rag.retrieve import Found, search
from rag.text import content_words, fold, word_spans

# Names followed, each of which costs a search; passages looked at to see whether a title bears a name.
FOLLOWED, LOOKED = 3, 6
# Passages of a second search, and its best sentences among which the one about the name is taken.
CANDIDATES, READ = 12, 5
# Kinds of phrase that name something a document can be about; a month or a nationality leads nowhere.
NAMING = frozenset({"person", "place", "org", "name"})
# A name that more of the passages speak of is too common to lead anywhere ("the United States").
COMMON, FEW = 0.02, 5
# A second sentence says this share of what the first leaves unsaid, by rarity of the words, and scores that much.
GAIN, LIKELY = 0.3, 7.0
# Its search is at least this sure of what was left to ask, against the first search of the whole question.
AS_SURE = 0.75
# Sentences that a second step adds to an answer: who someone is, and what was asked.
TOLD = 2


@dataclass(frozen=True, slots=True)
class Hop:
    """One or two sentences of a passage found by asking again; ``name`` led to it, ``score`` is the best one's.

    ``confidence`` is that of the second search, for what was left to ask.
    """

    sentences: tuple[Candidate, ...]
    name: str
    score: float
    confidence: float


def second_step(
    found: Found, best: Candidate, sure: float, library: Library, embedder: Embedder, eyes: Reader | None
) -> Hop | None:
    """Follow the names of ``best`` to the sentence that says most of what it leaves open; None where nothing does.

    ``sure`` is the confidence of the first search: a second one that is far less sure only strays.
    """
    if not _left(found, best) and not _lacks(found, best):
        return None
    hops = []
    for name in islice(_names(found, best, library), FOLLOWED):
        asked = analyse(f"{_remaining(found.question, best)} {name}")
        asked = replace(asked, language=found.question.language, kind=found.question.kind, focus=found.question.focus)
        second = search(library, embedder, asked, CANDIDATES, within=found.within)
        hop = _best(found, best, name, second, embedder, eyes)
        hops += [hop] if hop else []
    hop = max(hops, key=lambda h: h.score, default=None)
    return hop if hop and hop.confidence >= AS_SURE * sure else None


def _left(found: Found, best: Candidate) -> tuple[Term, ...]:
    """Return the terms of the question that neither the best sentence nor its title says."""
    return tuple(t for t in found.terms if best.about.isdisjoint(t.stems))


def _lacks(found: Found, best: Candidate) -> bool:
    """Tell whether the best sentence surely holds no answer of the kind asked for."""
    return holds_answer(found.question, best.text, best.language) is False


def _names(found: Found, best: Candidate, library: Library) -> Iterator[str]:
    """Yield the new names of the best sentence, then of its passage, that are the title of some other passage."""
    said = {fold(s.of(found.question.text)) for s in word_spans(found.question.text)}
    said |= set(found.question.terms) | set(best.hit.stored.title_stems)
    out: dict[str, None] = {}
    for text in (best.text, best.hit.stored.passage.text):
        for phrase in phrases(text, best.language):
            name = _capitalised(phrase.core)
            words = [fold(s.of(name)) for s in word_spans(name)]
            new = any(w not in said and not said.issuperset(content_words(w, best.language)) for w in words)
            if phrase.name and phrase.kind in NAMING and new and not phrase.linked:
                out[name] = None
    return (name for name in out if _leads(name, found, best, library))


def _capitalised(phrase: str) -> str:
    """Return the name inside a phrase: "goldsmith Ingrid Vaal" names Ingrid Vaal."""
    spans = [s for s in word_spans(phrase) if s.of(phrase)[0].isupper()]
    return phrase[spans[0].start : spans[-1].end] if spans else ""


def _leads(name: str, found: Found, best: Candidate, library: Library) -> bool:
    stems = content_words(name, best.language)
    if not stems or min(library.term_counts(stems).values()) > max(FEW, COMMON * found.passages):
        return False
    looked = library.passages([i for i, _ in library.lexical(stems, LOOKED, every=True)])
    return any(_titled(name, p) for p in looked if p.passage.id != best.hit.stored.passage.id)


def _titled(name: str, stored: StoredPassage) -> bool:
    """Tell whether the title of a passage's document, or a heading above it, bears a name."""
    stems = frozenset(content_words(name, stored.language))
    return stems <= {*stored.title_stems, *content_words(stored.section, stored.language)}


def _remaining(question: Question, best: Candidate) -> str:
    """Return the question without the words that the best sentence and its title say."""
    words = (s.of(question.text) for s in word_spans(question.text))
    return " ".join(w for w in words if not (c := content_words(w, question.language)) or not best.about.issuperset(c))


def _best(
    found: Found, best: Candidate, name: str, second: Found, embedder: Embedder, eyes: Reader | None
) -> Hop | None:
    sentences = candidates(second)
    if not sentences:
        return None
    reading = read(second, embedder, eyes)
    rows = sentence_features(second, sentences, reading)
    scores = ranking(rows, reading)
    left, lacking = _left(found, best), _lacks(found, best)
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    worthy = []
    for c in (sentences[i] for i in order[:READ] if scores[i] >= LIKELY):
        if c.hit.stored.passage.id == best.hit.stored.passage.id or not _titled(name, c.hit.stored):
            continue
        gain = related_coverage(left, c.about) if left else 0.0
        if gain > GAIN or (lacking and holds_answer(found.question, c.text, c.language)):
            worthy.append(c)
    if not worthy:
        return None
    same = [c for c in worthy if c.hit is worthy[0].hit][:TOLD]
    if not any(holds_answer(found.question, c.text, c.language) is not False for c in same):
        return None
    sure, _ = confidence(second, sentences, rows, scores, order[0], reading)
    return Hop(tuple(same), name, float(scores[sentences.index(worthy[0])]), sure)
