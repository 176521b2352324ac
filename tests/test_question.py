"""A question taken apart: the kind of answer it wants and the words it leans on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.asked.question import Kind, analyse
from rag.judge.expect import cannot_answer, holds_answer, unsaid
from rag.judge.published import asks_for_date


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
    ("question", "text", "held"),
    [
        ("How many officials attended?", "About 40 senior officials attended.", True),
        ("How many officials attended?", "Officials attended on 3 May 2021.", False),
        ("How many tonnes were exported?", "It exported 12 tonnes.", True),
        ("How much money was paid?", "They paid 3,000 euros.", True),
        ("How much money was paid?", "They paid 12 workers.", False),
        ("When was it signed?", "It was signed in March 2020.", True),
        ("When was it signed?", "It was signed in Quito.", False),
        ("Where was it signed?", "It was signed in Quito.", True),
        ("Who signed it?", "Ana Torres signed it.", True),
        ("Who signed it?", "It was signed quickly.", False),
        ("What was signed?", "A treaty was signed.", None),
    ],
)
def test_a_sentence_holds_an_answer_of_the_kind_asked_for(question: str, text: str, held: bool | None) -> None:
    assert holds_answer(analyse(question), text, "en") is held


def test_a_question_of_quantity_cannot_be_answered_without_one() -> None:
    question = analyse("How much money will the plan cost?")
    assert cannot_answer(question, ["The plan has 3 parts.", "It starts in May."], "en")
    assert not cannot_answer(question, ["The plan costs 2 million dollars."], "en")
    assert not cannot_answer(analyse("How many parts has it?"), ["The plan has several parts."], "en")
    assert not cannot_answer(analyse("Who made the plan?"), ["It starts in May."], "en")


def test_what_a_text_leaves_unsaid_is_found_by_its_forms_and_synonyms() -> None:
    said = unsaid(analyse("Did the Belgian officials attend the meetings?"), ["Officials of Belgium attended."], "en")
    assert (said.verbs, said.names) == (0.0, 0.0)
    assert said.nouns == 0.5, "meetings are not spoken of"
    assert unsaid(analyse("Why did prices rise?"), ["Prices fell in May."], "en").opposite
