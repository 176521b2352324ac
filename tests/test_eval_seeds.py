"""The packaged cases put to the real engine over the sample document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eval.cases import PACKAGED_CASES, load_cases
from eval.report import from_json, to_json
from eval.run import Report, below, evaluate, rescore

if TYPE_CHECKING:
    from rag.engine import Engine

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def report(seed_engine: Engine) -> Report:
    """Every packaged case, asked once."""
    return evaluate(seed_engine, load_cases(PACKAGED_CASES), name="seeds.jsonl")


def test_every_quote_is_the_stored_text_and_no_answer_goes_without(report: Report) -> None:
    assert below(report, ["quote_exact=1", "uncited=0"]) == []


def test_every_sentence_is_supported_by_its_own_footnotes(report: Report) -> None:
    assert below(report, ["citation_recall=1", "citation_precision=1"]) == []


def test_the_evidence_is_retrieved(report: Report) -> None:
    assert below(report, ["recall@10=1", "hit@1=1"]) == []


def test_nothing_off_topic_is_answered(report: Report) -> None:
    assert below(report, ["offtopic/refusal_recall=1"]) == []


def test_a_real_report_survives_json(report: Report) -> None:
    again = from_json(to_json(report))
    assert rescore(again).measures == report.measures


def test_answers_and_refusals_stay_where_they_were_measured(report: Report) -> None:
    """docs/results.md has the figures and their intervals; these bars lie just below them."""
    assert below(report, ["correct=0.90", "false_refusal=0.06", "refusal_recall=0.60", "auroc=0.85"]) == []
