"""No text stops a reader: every function that reads text is given digits, marks, units, dates and scripts at random."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest import describe, split
from rag import scripts, sentences, text
from rag.asked import antecedents, ellipsis, followup, lexicon, phrases, question, times
from rag.check import agree, cues, facts, moments, numerals, relative, resolve
from rag.config import Settings
from rag.engine import Engine
from rag.judge import disagree, expect, highlight, polarity, published, spoken, timely, told_times, twins
from rag.types import Evidence, Passage, Span, Turn
from rag.verify import Source, verify
from rag.write import polish, prompt, rewrite
from tests.ingest_support import EMBEDDER, run, write
from tests.odd_texts import PIECES, odd_texts

DAY = datetime.date(2024, 2, 29)
EDGES = (datetime.date.min, datetime.date.max, DAY)
Reader = Callable[[str, str, str], object]


def _source(body: str) -> Source:
    return Source.of(Passage("p", "s.txt", "s", None, 0, len(body), body), sentences.sentence_spans(body))


# Each is called with two texts and a language.
READERS: dict[str, Reader] = {
    "text.fold": lambda a, b, lang: text.fold(a),
    "text.content_words": lambda a, b, lang: text.content_words(a, lang),
    "text.index_words": lambda a, b, lang: text.index_words(a, lang),
    "scripts.grams": lambda a, b, lang: scripts.grams(a, lone=True),
    "scripts.script_language": lambda a, b, lang: scripts.script_language(a),
    "sentences.sentence_spans": lambda a, b, lang: sentences.sentence_spans(a, lang),
    "describe.lead_of": lambda a, b, lang: describe.title_for(a, b, describe.lead_of(a), lang),
    "describe.iso_date": lambda a, b, lang: describe.iso_date(a),
    "describe.detect_language": lambda a, b, lang: describe.detect_language(a),
    "split.split": lambda a, b, lang: split.split(a, lambda t: len(t.split()), 20, language=lang),
    "followup.standalone": lambda a, b, lang: followup.standalone(a, [Turn(b, a), Turn(a, b)]),
    "followup.search_queries": lambda a, b, lang: followup.search_queries(a, [Turn(b, a)]),
    "antecedents.mentions": lambda a, b, lang: antecedents.mentions(
        a, phrases.tokenise(a, phrases.tables(lang)), phrases.tables(lang)
    ),
    "ellipsis.ask_again": lambda a, b, lang: ellipsis.ask_again(a, b, phrases.tables(lang)),
    "lexicon.gloss": lambda a, b, lang: lexicon.gloss(a, "es", "en") + lexicon.gloss(a, "en", "es"),
    "lexicon.question_language": lambda a, b, lang: lexicon.question_language(a),
    "phrases.phrases": lambda a, b, lang: phrases.phrases(a, lang),
    "question.analyse": lambda a, b, lang: question.analyse(a),
    "agree.disagreement": lambda a, b, lang: agree.disagreement(a, [b, a]),
    "cues.cues": lambda a, b, lang: cues.quantifiers(facts.read(a, lang)) or cues.cues(facts.read(a, lang)),
    "facts.read": lambda a, b, lang: facts.read(a, lang),
    "numerals.numbers": lambda a, b, lang: numerals.numbers(a, lang),
    "moments.moments": lambda a, b, lang: [moments.moments(a, lang, day) for day in (None, *EDGES)],
    "relative.relative": lambda a, b, lang: [relative.relative(a, lang, day) for day in EDGES],
    "resolve.resolved": lambda a, b, lang: (resolve.resolved(a, b), resolve.said_of_names(a)),
    "disagree.conflict": lambda a, b, lang: disagree.conflict(
        question.analyse(f"What is {a}"), facts.read(a + b, lang), facts.read(a + b + " 7", lang)
    ),
    "expect.held": lambda a, b, lang: expect.held(question.analyse(a), b, lang),
    "expect.cannot_answer": lambda a, b, lang: expect.cannot_answer(question.analyse("How many " + a), [b], lang),
    "highlight.highlights": lambda a, b, lang: highlight.highlights(
        question.analyse(a),
        b,
        Span(0, len(b)),
        Evidence(Passage("p", "s", "", None, 0, len(b), b), Span(0, len(b)), b, 1),
    ),
    "polarity.statements": lambda a, b, lang: polarity.statements(a),
    "published.asks_for_date": lambda a, b, lang: published.asks_for_date(a),
    "spoken.held": lambda a, b, lang: spoken.held(question.Kind.QUANTITY, text.fold(a), lang, frozenset()),
    "times.time_asked": lambda a, b, lang: times.time_asked(question.analyse("After " + a)),
    "timely.fit": lambda a, b, lang: [timely.fit(moments.years(2020), a, lang, day) for day in EDGES],
    "told_times.means": lambda a, b, lang: [told_times.means(a, day) for day in EDGES],
    "twins.adds_nothing": lambda a, b, lang: twins.adds_nothing(a, b),
    "verify": lambda a, b, lang: verify(a, [_source(b + a)]),
    "polish": lambda a, b, lang: [polish.cleaned(s) or polish.leans_back(s) for s in polish.whole_sentences(a)[0]],
    "polish.is_fragment": lambda a, b, lang: polish.is_fragment(a, lang),
    "prompt.harmless": lambda a, b, lang: prompt.planted(prompt.harmless(a)),
    "rewrite.fault": lambda a, b, lang: rewrite.fault(a, b, [Turn(a, b)]),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None)
@given(odd_texts, odd_texts, st.sampled_from(["en", "es", "fr", "zh", "hi", ""]))
@example("What was added in version 1.5.7? 3.8,3.9", "Version 1.5.7 adds 3.8,3.9.", "en")
@example("It has been open since yesterday, after tomorrow and until today.", "", "en")
@example("31 de ABRıL, ſeptember 2024", "İİ \u212aelvin siglo İX", "es")
def test_no_text_stops_a_reader(name: str, one: str, other: str, language: str) -> None:
    READERS[name](one, other, language)


def test_one_word_of_every_kind_is_read_by_all() -> None:
    """The pieces by themselves and side by side with their neighbours, so that none depends on chance."""
    for name, reader in READERS.items():
        for one, other in pairwise(PIECES):
            try:
                reader(one, f"{one}{other} {one}", "en")
            except Exception as error:
                error.add_note(f"{name} on {one!r}, {other!r}")
                raise


@settings(max_examples=300, deadline=None)
@given(odd_texts, st.sampled_from(["en", "es"]))
def test_every_number_is_a_decimal_that_stands_in_the_text(body: str, language: str) -> None:
    for found in numerals.numbers(body, language):
        assert 0 <= found.start < found.end <= len(body)
        if found.kind == "code":
            assert body[found.start : found.end] == found.value
        else:
            assert Decimal(found.value).is_finite()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over notes of odd pieces and over release notes, in which much is said of little."""
    place, dice = tmp_path_factory.mktemp("odd"), random.Random(11)
    odd = {f"{n}.md": ". ".join(" ".join(dice.choices(PIECES, k=9)) for _ in range(6)) for n in range(12)}
    notes = [f"Version 1.{n}.{n % 3} of 2024-01-{n + 1:02d} added {n},{n + 1} queues at 10.0.0.{n}." for n in range(9)]
    run(write(place / "docs", {**odd, "notes.md": "# Releases\n\n" + "\n\n".join(notes)}), place / "lib")
    return Engine.open(Settings.load(environ={}, library=str(place / "lib")), embedder=EMBEDDER)


@settings(max_examples=40, deadline=None)
@given(
    odd_texts,
    odd_texts,
    st.sampled_from(["What was added in", "When was", "How many", "Is it true that", "¿Cuándo", ""]),
)
@example("version 1.5.2?", "", "What was added in")
@example("the latest version published", "", "When was")
def test_no_question_stops_the_engine(engine: Engine, one: str, other: str, opening: str) -> None:
    answer = engine.ask(f"{opening} {one}?", [Turn(other, one), Turn(one, "In 1.5.2, 3.8,3.9.")])
    for note in answer.citations:
        assert engine.library.text(note.source)[note.quote_start : note.quote_end] == note.quote
