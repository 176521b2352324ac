"""From scored sentences to a text with footnotes: what is chosen, in which order, and that every marker fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import footnoted, reading_order
from rag.asked.question import analyse
from rag.judge.highlight import highlights
from rag.judge.linear import Linear, load, sigmoid, softmax
from rag.judge.polarity import polarity, statements
from rag.types import Evidence, Passage, Span

TEXT = (
    "The meetings were held in Lima on 3 May 2021. Ana Torres chaired them. "
    "They did not end with a treaty. About 40 officials came."
)


def evidence(start: int, end: int, source: str = "a.txt", score: float = 0.5) -> Evidence:
    passage = Passage("p", source, "Meetings", None, 0, len(TEXT), TEXT)
    return Evidence(passage, Span(start, end), TEXT[start:end], score)


def sentence(words: str) -> Evidence:
    start = TEXT.index(words)
    return evidence(start, TEXT.index(".", start) + 1)


def test_the_marker_stands_before_the_stop() -> None:
    written = footnoted([sentence("Ana Torres"), sentence("About 40")])
    assert written.text == "Ana Torres chaired them [1]. About 40 officials came [2]."


@given(st.lists(st.tuples(st.integers(0, len(TEXT) - 2), st.integers(1, 60)), min_size=1, max_size=5))
def test_markers_and_quotes_are_exact_whatever_is_cited(cuts: list[tuple[int, int]]) -> None:
    chosen = [evidence(start, min(len(TEXT), start + size)) for start, size in cuts]
    chosen = [e for e in chosen if e.text.strip()]
    written = footnoted(chosen)
    assert len(written.citations) == len(chosen)
    for number, (c, span) in enumerate(zip(written.citations, written.spans, strict=True), start=1):
        assert c.number == number
        assert written.text[c.marker_start : c.marker_end] == f"[{number}]"
        assert TEXT[c.quote_start : c.quote_end] == c.quote
        assert " ".join(c.quote.split()).startswith(span.of(written.text))


def test_sentences_are_told_in_the_order_of_their_document_and_the_best_document_first() -> None:
    best, early = evidence(50, 60, "b.txt"), evidence(0, 10, "b.txt")
    other = evidence(5, 9, "a.txt")
    assert reading_order([best, other, early]) == [early, best, other]


@pytest.mark.parametrize(
    ("question", "marked"),
    [
        ("When were the meetings held?", "3 May 2021"),
        ("How many officials came?", "40"),
        ("Who chaired the meetings?", "Ana Torres"),
        ("Where were the meetings held?", "Lima"),
        ("What ended them?", None),
    ],
)
def test_the_answer_itself_is_marked_where_its_kind_identifies_it(question: str, marked: str | None) -> None:
    words = {
        "When": "The meetings",
        "How": "About 40",
        "Who": "Ana Torres",
        "Where": "The meetings",
        "What": "They did",
    }
    best = sentence(words[question.split()[0]])
    written = footnoted([best])
    found = highlights(analyse(question), written.text, written.spans[0], best)
    assert [h.text for h in found] == ([marked] if marked else [])
    assert all(written.text[h.start : h.end] == h.text for h in found)


def test_two_stretches_that_fit_mark_nothing() -> None:
    text = "Ana Torres met Luis Vega."
    assert highlights(analyse("Who came?"), text, Span(0, len(text)), sentence("They did")) == ()


def test_what_the_reader_marked_is_found_again_where_white_space_is_folded() -> None:
    words = "  Ana\nTorres met\n Luis  Vega."
    passage = replace(sentence("They did").passage, text=words, start=10, end=10 + len(words))
    mark = Span(10 + words.index("Luis"), 10 + words.index("."))
    evidence = Evidence(passage, Span(10, 10 + len(words)), words, 1.0, mark)
    written = footnoted([evidence])
    [found] = highlights(analyse("Whom did she meet?"), written.text, written.spans[0], evidence)
    assert found.text == "Luis Vega" == written.text[found.start : found.end]


@pytest.mark.parametrize(
    ("question", "words", "expected"),
    [
        ("Were the meetings held in Lima?", "The meetings", "Yes:"),
        ("Did Ana Torres chair them?", "Ana Torres", "Yes:"),
        ("Were the meetings held in Quito?", "The meetings", ""),
        ("Who chaired them?", "Ana Torres", ""),
    ],
)
def test_yes_is_said_only_where_the_sentence_states_it(question: str, words: str, expected: str) -> None:
    assert polarity(analyse(question), sentence(words)) == expected


def test_a_question_becomes_the_statement_it_asks_about() -> None:
    assert statements("Did the officials from Belgium come?") == (
        "the officials from Belgium did come",
        "the officials from Belgium did not come",
    )
    assert statements("Why?") is None


def test_a_linear_model_is_what_its_formula_says() -> None:
    model = Linear(("a", "b"), np.array([1.0, 0.0]), np.array([2.0, 1.0]), np.array([3.0, -1.0]), 0.5)
    assert model.score(np.array([[3.0, 2.0]])).tolist() == [0.5 + 3.0 * 1.0 - 2.0]
    assert sigmoid(0.0) == 0.5
    assert sigmoid(-800.0) == 0.0
    assert softmax([0.0, 0.0]).tolist() == [0.5, 0.5]


def test_coefficients_fitted_for_other_features_are_refused() -> None:
    from rag.errors import ConfigError

    with pytest.raises(ConfigError, match=r"eval\.fit"):
        load("sentence", ("cosine",))
