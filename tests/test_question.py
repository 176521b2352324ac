"""A question taken apart: the kind of answer it wants and the words it leans on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import tempered
from rag.asked.question import Kind, analyse
from rag.asked.terms import Term
from rag.judge.expect import another_rank, cannot_answer, held
from rag.judge.features import Candidate
from rag.judge.published import asks_for_date
from rag.judge.unsaid import passes_over
from rag.library import StoredPassage
from rag.retrieve import Found, Hit
from rag.text import index_words
from rag.types import Passage, Span


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who formalized the request?", Kind.PERSON),
        ("When did Peru ask?", Kind.DATE),
        ("In which year was it signed?", Kind.DATE),
        ("Where were the meetings held?", Kind.PLACE),
        ("Which country asked for support?", Kind.PLACE),
        ("How many officials came?", Kind.QUANTITY),
        ("What percentage of the coca is exported?", Kind.QUANTITY),
        ("Why does it matter?", Kind.REASON),
        ("How did the court decide?", Kind.MANNER),
        ("Did the court decide?", Kind.YES_NO),
        ("What are the key aspects of the agreements?", Kind.LIST),
        ("Summarise the article.", Kind.SUMMARY),
        ("What did Peru ask for?", Kind.THING),
        ("¿Quién formalizó la solicitud?", Kind.PERSON),
        ("¿Cuándo se celebraron las reuniones?", Kind.DATE),
        ("¿Dónde se celebraron?", Kind.PLACE),
        ("¿Cuántos funcionarios vinieron?", Kind.QUANTITY),
        ("¿Por qué importa?", Kind.REASON),
        ("The court met on Monday. Who presided over it?", Kind.PERSON),
        ("Which player left the club when his contract ended?", Kind.PERSON),
        ("How old was she when she crossed the lake?", Kind.QUANTITY),
        ("How did the birds behave when the lights went out?", Kind.MANNER),
        ("What happens when the permit runs out?", Kind.THING),
        ("Tell me when it was signed.", Kind.DATE),
        ("What was the name of the farmer who found it?", Kind.PERSON),
        ("What is the name of the records manager?", Kind.PERSON),
        ("Which river does the bridge cross?", Kind.PLACE),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(question: str, kind: Kind) -> None:
    assert analyse(question).kind is kind


def test_a_question_keeps_its_words_names_and_numbers() -> None:
    q = analyse("Did Javier González-Olaechea meet 12 officials of the U.S. in Lima?")
    assert {"javier", "gonzalez", "olaechea", "lima"} <= set(q.names)
    assert q.numbers == ("12",)
    assert "us" in q.terms, "an acronym is a word that carries meaning"
    assert "did" not in q.terms


@pytest.mark.parametrize(
    ("question", "focus"),
    [("Which method was used?", "method"), ("How many tonnes of cocaine are exported?", "tonn"), ("Who came?", "")],
)
def test_the_focus_is_the_noun_asked_for(question: str, focus: str) -> None:
    assert analyse(question).focus == focus


@given(st.text(max_size=200))
def test_any_text_can_be_taken_apart(text: str) -> None:
    q = analyse(text)
    assert q.text == text
    assert len(set(q.terms)) == len(q.terms)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was this published?", True),
        ("What is the date of the article?", True),
        ("¿Cuándo se publicó este artículo?", True),
        ("When was the article about the accords written?", True),
        ("When was the treaty written?", False),
        ("When did the minister formalize the request?", False),
    ],
)
def test_a_question_about_the_documents_own_date(question: str, expected: bool) -> None:
    assert asks_for_date(question) is expected


@pytest.mark.parametrize(
    ("question", "text", "grade"),
    [
        ("How many officials attended?", "About 40 senior officials attended.", 1.0),
        ("How many officials attended?", "They came with 12 cars.", 0.5),
        ("How many officials attended?", "The officials attended in silence.", 0.0),
        ("How many tonnes were exported?", "It exported 12 tonnes.", 1.0),
        ("How much money was paid?", "They paid 3,000 euros.", 1.0),
        ("How much money was paid?", "They paid 12 workers.", 0.5),
        ("When was it signed?", "It was signed in March 2020.", 1.0),
        ("When was it signed?", "It was signed in Quito.", 0.0),
        ("Where was it signed?", "It was signed in Quito.", 1.0),
        ("Who signed it?", "Ana Torres signed it.", 1.0),
        ("Who signed it?", "It was signed quickly.", 0.0),
        ("Why was it signed?", "It was signed to end the war.", 1.0),
        ("Why was it signed?", "It was signed in Rome.", 0.0),
        ("How was it signed?", "It was signed with a red pen.", 1.0),
        ("What is the phone number of the office?", "Call 01632 960 983 before noon.", 1.0),
        ("What is the phone number of the office?", "The office has 2 rooms and a phone.", 0.0),
        ("What time does the office close?", "It closes at 17:30 on Fridays.", 1.0),
        ("What was signed?", "A treaty was signed.", None),
    ],
)
def test_a_sentence_is_graded_by_the_kind_of_answer_it_holds(question: str, text: str, grade: float | None) -> None:
    assert held(analyse(question), text, "en") == grade


def test_a_question_of_quantity_cannot_be_answered_without_one() -> None:
    question = analyse("How much money will the plan cost?")
    assert cannot_answer(question, ["The plan has 3 parts.", "It starts in May."], "en")
    assert not cannot_answer(question, ["The plan costs 2 million dollars."], "en")
    assert not cannot_answer(analyse("How many parts has it?"), ["The plan has several parts."], "en")
    assert not cannot_answer(analyse("Who made the plan?"), ["It starts in May."], "en")
    weighed = analyse("What did the new anchor weigh?")
    assert cannot_answer(weighed, ["The anchor cost 90 pounds in 2 parts."], "en")
    assert not cannot_answer(weighed, ["The anchor is of 40 kg."], "en")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Our second pier opened in May.", True),
        ("The 2nd pier is longer.", True),
        ("The third pier opened in May, the second pier in June.", False),
        ("The pier opened in the second week.", False),
        ("The pier opened in May.", False),
    ],
)
def test_what_is_said_of_the_second_is_not_said_of_the_third(text: str, other: bool) -> None:
    assert another_rank(analyse("Who runs the third pier?"), text) is other


def test_of_a_question_that_no_document_says_a_word_of_nothing_is_half_an_answer() -> None:
    passage = Passage("p", "a", "", None, 0, 13, "The pier runs")
    none = np.zeros(2, dtype=np.float32)
    stored = StoredPassage(passage, (Span(0, 13),), none, none[None, :], "", ("pier", "run"), (), "en")
    hit = Hit(stored, 0.1, 0.1, 0.0, 0.1)
    best = Candidate(hit, Span(0, 13), passage.text, 0, "en")
    for word, known, sure in (
        ("dash", False, 0.1),
        ("pierhed", False, 0.3),
        ("sprint", True, 0.3),
        ("pier", True, 0.35),
    ):
        terms = (Term(word, (word,), word, 1.0, known),)
        found = Found(analyse(f"What is the {word}?"), none, terms, (hit,), 1)
        assert tempered(0.35, found, best, 0.2, 0.4) == pytest.approx(sure)


class Told:
    """A document's text, as a library gives it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self, source: str) -> str:
        return self._text


@pytest.mark.parametrize(
    ("question", "silent"),
    [
        ("What does Ada Lind pay for a berth?", True),
        ("What does the ferry pay for a berth?", True),
        ("What does a ferry pay for a berth?", True),
        ("What do ferries pay for a berth?", False),  # words alone are left to the confidence
        ("What does the berth cost?", False),
        ("What does the harbourmaster pay for a berth?", False),  # said before the passage
        ("What do the ferry and the boat pay for a berth?", False),  # another passage may speak of the other
        ("What does the bosun pay for a berth?", False),  # known nowhere: another matter
        ("What does the quay pay for a berth?", False),  # what the library is all about need not be said
    ],
)
def test_a_fee_is_not_the_fee_of_whom_the_passage_says_nothing_of(question: str, silent: bool) -> None:
    text = "The harbourmaster has a tug. It pays 40 pounds for a berth."
    start = text.index("It pays")
    passage = Passage("p", "fees.txt", "Fees", None, start, len(text), text[start:])
    none = np.zeros(2, dtype=np.float32)
    own = tuple(index_words(passage.text))
    stored = StoredPassage(passage, (Span(start, len(text)),), none, none[None, :], "", own, ("fee",), "en")
    asked = analyse(question)
    common = {"quay": 0.3, "berth": 0.4}
    terms = tuple(Term(t, (t,), t, common.get(t, 0.8), t != "bosun") for t in asked.terms)
    hit = Hit(stored, 0.1, 0.1, 0.0, 0.1)
    assert passes_over(Found(asked, none, terms, (hit,), 1), stored, Told(text)) is silent
