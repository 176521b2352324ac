"""The measures: their worked examples, and what must hold for any input."""

from __future__ import annotations

import doctest
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import eval.cases
import eval.metrics as m


@pytest.mark.parametrize("module", [m, eval.cases])
def test_worked_examples_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted >= 1
    assert result.failed == 0


def test_every_measure_has_a_worked_example() -> None:
    functions = [
        f
        for name, f in vars(m).items()
        if name[0] != "_" and callable(f) and getattr(f, "__module__", "") == m.__name__
    ]
    lacking = [f.__name__ for f in functions if not isinstance(f, type) and ">>>" not in (f.__doc__ or "")]
    assert lacking == []


def test_containment_ignores_case_accents_articles_and_punctuation_but_not_word_ends() -> None:
    assert m.contains("«Javier González-Olaechea» spoke", "javier gonzalez olaechea")
    assert m.contains("met in Lima.", "Lima")
    assert not m.contains("Limassol", "Lima")
    assert not m.contains("anything", "the")
    assert m.contains("ﬁfty", "fifty")


def test_an_answer_counts_within_its_first_sixty_words_only() -> None:
    long = " ".join(["word"] * 60) + " Lima"
    assert m.correctness(long, ["Lima"]) == 0.0
    assert m.correctness("Lima " + long, ["Lima"]) == 1.0


def test_a_figure_or_name_that_the_quote_lacks_is_not_supported() -> None:
    quote = "In December 2023 Javier González-Olaechea formalized the request for 85 % of the aid."
    assert m.supported("In December 2023 Javier González-Olaechea formalized the request.", [quote])
    assert not m.supported(
        "In December 2023 Javier González-Olaechea formalized the request for 87 % of the aid.", [quote]
    )
    assert not m.supported("In December 2023 Javier Gutiérrez formalized the request.", [quote])
    assert not m.supported("In December 2023 González-Olaechea withdrew, mocked, burned the request.", [quote])
    assert not m.supported("Anything.", [])


@given(st.text(min_size=1))
@example("DECnet and Sky+ HD use MPEG-4 and DVB-S2.")
@example("It stands at 28.5°E, the Momus ―a cabaret― too, for $5.1m.")
def test_a_sentence_supports_itself_whatever_signs_stand_in_it(sentence: str) -> None:
    assert m.supported(sentence, [sentence])


def test_two_quotes_may_carry_a_sentence_together_and_both_are_needed() -> None:
    text, quotes = "Peru and Chile signed treaties. [1][2]", {1: "Peru signed treaties.", 2: "Chile signed treaties."}
    assert m.citation_recall(text, quotes) == 1.0
    assert m.citation_precision(text, quotes) == 1.0


def test_a_marker_before_the_full_stop_belongs_to_its_sentence() -> None:
    assert m.cited_sentences("Peru asked [1]. It waits [2].", {}) == [("Peru asked.", [1]), ("It waits.", [2])]


def test_an_uncited_sentence_is_not_carried_by_the_next_footnote_unless_the_quote_holds_both() -> None:
    quotes = {1: "Peru waits. It asked for help."}
    assert m.citation_recall("Peru waits. It asked for help. [1]", quotes) == 1.0
    assert m.citation_recall("Chile waits. It asked for help. [1]", quotes) == 0.5


def test_a_footnote_number_without_a_citation_is_neither_support_nor_needed() -> None:
    assert m.citation_recall("Peru asked. [3]", {1: "Peru asked."}) == 0.0
    assert m.citation_precision("Peru asked. [3]", {1: "Peru asked."}) == 0.0


@given(st.lists(st.integers(0, 6), min_size=1), st.lists(st.integers(0, 6), min_size=1))
def test_auroc_is_the_share_of_ordered_pairs(positive: list[int], negative: list[int]) -> None:
    pairs = [1.0 if p > n else 0.5 if p == n else 0.0 for p in positive for n in negative]
    assert m.auroc(positive, negative) == pytest.approx(sum(pairs) / len(pairs))
    assert m.auroc(positive, []) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_error_is_at_most_one_and_zero_for_the_certain(pairs: list[tuple[float, bool]]) -> None:
    said, so = [p for p, _ in pairs], [o for _, o in pairs]
    error = m.calibration_error(said, so)
    assert error is not None
    assert 0 <= error <= 1
    assert m.calibration_error([float(o) for o in so], so) == 0
    assert sum(b.count for b in m.reliability(said, so)) == len(pairs)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_percentile_is_a_value_that_enough_values_do_not_exceed(values: list[float], share: float) -> None:
    found = m.percentile(values, share)
    assert found in values
    assert sum(v <= found for v in values) >= share * len(values) - 1e-9


def test_bootstrap_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    dice, covered = random.Random(1), 0
    for trial in range(100):
        sample = [float(dice.random() < 0.7) for _ in range(60)]
        interval = m.bootstrap_mean(sample, seed=trial)
        assert interval is not None
        covered += interval.low <= 0.7 <= interval.high
    assert 85 <= covered <= 100


def test_bootstrap_is_the_same_each_time_and_leaves_out_what_was_not_judged() -> None:
    values = [1.0, 0.0, 1.0, None, 1.0]
    assert m.bootstrap_mean(values) == m.bootstrap_mean(values)
    assert m.bootstrap_mean(values) == m.bootstrap_mean([v for v in values if v is not None])
    assert m.bootstrap_mean([None]) is None
    assert m.bootstrap([], len) is None
