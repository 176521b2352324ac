"""The figures of `rag eval --llm`: how much of what a model wrote holds, before and after, and what it cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval import report as reports
from eval.cases import Case
from eval.run import below, evaluate
from eval.written import recheck
from rag import Engine, Settings
from rag.models import Embedder
from rag.types import Answer, Citation
from tests.llm_support import ScriptedLLM

QUOTE = "Anna Berg opened the bakery in 1998."
USAGE = {"prompt_tokens": 300, "written_tokens": 40, "sentences": 2, "shown": 1}


def answer_of(text: str, *quotes: str) -> Answer:
    notes = []
    for number, quote in enumerate(quotes, start=1):
        at = text.index(f"[{number}]")
        notes.append(Citation(number, at, at + 3, "a.txt", None, 0, len(quote), quote))
    return Answer("Who?", "Who?", text, False, 0.9, tuple(notes), writer="m", usage=USAGE)


def test_a_shown_sentence_is_checked_again_from_its_own_footnotes() -> None:
    assert recheck(answer_of("The bakery was opened by Anna Berg [1].", QUOTE)) == (True,)
    assert recheck(answer_of("The bakery was opened in 1999 [1].", QUOTE)) == (False,)
    two = answer_of("Anna Berg opened the bakery [1]. She opened it in 1998 [2].", QUOTE, QUOTE)
    assert recheck(two) == (True, True)
    assert recheck(answer_of("Anna Berg opened the bakery.")) == (False,)


def test_documents_own_sentences_are_not_judged_as_a_models() -> None:
    plain = replace(answer_of(f"{QUOTE} [1]", QUOTE), usage={}, writer="none")
    assert recheck(plain) == ()
    assert recheck(replace(answer_of(f"{QUOTE} [1]", QUOTE), writer="extractive")) == ()


@pytest.mark.model
def test_a_report_has_the_figures_of_the_model_and_reads_back(seed_library: Path, embedder: Embedder) -> None:
    settings = Settings.load(environ={}, library=str(seed_library))
    llm = ScriptedLLM(pieces=["The request was formalized in December 2023. ", "Peru paid 5 million dollars."])
    engine = Engine.open(settings, llm=llm, embedder=embedder)
    cases = [
        Case("1", "When was the request formalized?", "when", True, answers=("December 2023",)),
        Case("2", "Who won the World Cup in 2018?", "absent", False),
    ]
    made = evaluate(engine, cases)
    value = {name: m.value for name, m in made.measures.items()}
    assert (value["support_before"], value["support_after"], value["dropped"]) == (0.5, 1.0, 0.5)
    assert (value["written"], value["correct"]) == (1.0, 1.0)
    assert made.measures["written"].count == 1  # the refused question never reached the model
    result = made.results[0]
    assert value["evidence_ms"] == pytest.approx(result.timings["retrieve_ms"] + result.timings["answer_ms"])
    assert value["last_token_ms"] == result.ms
    assert 100 < value["tokens_read"] < 1000  # type: ignore[operator]
    assert 10 < value["tokens_written"] < 60  # type: ignore[operator]
    assert [one.reason for one in result.dropped] == ["number"]
    assert reports.from_json(reports.to_json(made)) == made
    assert "support_before" in reports.to_text(made)
    assert below(made, ["support_after=1", "dropped=0.4"]) == ["dropped is 0.5; wanted at most 0.4"]


@pytest.mark.model
def test_without_a_model_they_are_not_judged(seed_engine: Engine) -> None:
    made = evaluate(seed_engine, [Case("1", "When was the request formalized?", "when", True)])
    for name in ("support_before", "support_after", "dropped", "written", "evidence_ms", "tokens_read"):
        assert made.measures[name].value is None
    assert "support_before" not in reports.to_text(made)
