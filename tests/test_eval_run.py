"""From cases over an engine to a report, and what can be done with a report afterwards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval.cases import PACKAGED_CASES, Case, load_cases
from eval.report import comparison_to_text, from_json, load, to_html, to_json, to_text
from eval.run import Report, below, check_bars, compare, evaluate, rescore, run_eval, sample_corpus
from eval.scoring import INVENTED, REFUSED, RIGHT, WRONG, outcome
from rag.config import Settings
from rag.errors import CaseError
from rag.types import Answer, Citation, Turn
from tests.eval_support import WordEngine

PERU = "Peru asked for support in December 2023. The talks were held in Lima."
LIMA = "Lima is a large city by the sea. Its port is Callao."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small documents."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "peru.txt").write_text(PERU, encoding="utf-8")
    (docs / "lima.txt").write_text(LIMA, encoding="utf-8")
    return docs


CASES = (
    Case(
        "right",
        "Where were the talks held?",
        "where",
        True,
        ("Lima",),
        ("The talks were held in Lima.",),
        ("peru.txt",),
    ),
    Case("wrong", "Which port is there?", "what", True, ("Paita",), ("not in the text",), ("lima.txt",)),
    Case("refused", "What colour has the flag?", "absent", False, trap=True),
    Case("invented", "Who led the talks held?", "absent", False, trap=True),
    Case("unjudged", "Is the sea blue?", "open", None),
)


@pytest.fixture
def report(folder: Path) -> Report:
    """The five cases, answered by shared words."""
    return evaluate(WordEngine(folder), CASES, name="five.jsonl")


def test_each_question_gets_the_outcome_it_deserves(report: Report) -> None:
    assert [outcome(r) for r in report.results] == [RIGHT, WRONG, REFUSED, INVENTED, "not judged"]


def test_the_measures_count_what_was_judged_and_nothing_else(report: Report) -> None:
    found = {name: (m.value, m.count) for name, m in report.measures.items()}
    assert found["correct"] == (0.5, 2)
    assert found["false_refusal"] == (0.0, 2)
    assert found["refusal_recall"] == (0.5, 2)
    assert found["refusal_precision"] == (1.0, 5)
    assert found["recall@1"] == (1.0, 1)  # the second case's evidence is not in the text: not judged
    assert found["evidence_cited"] == (1.0, 1)
    assert found["hit@1"] == (1.0, 2)
    assert found["quote_exact"][0] == 1.0
    assert found["citation_recall"][0] == found["citation_precision"][0] == 1.0
    assert found["uncited"][0] == 0.0
    assert report.kinds["where"]["correct"].value == 1.0
    assert report.kinds["absent"]["correct"].value is None


def test_a_report_says_what_was_run(report: Report) -> None:
    assert report.documents == 2
    assert report.settings["embedding"] == "minilm"
    assert {"python", "numpy"} <= set(report.versions)
    assert len(report.corpus_sha256) == 64
    assert report.commit is None or report.commit.removesuffix("-dirty").isalnum()


def test_the_corpus_hash_moves_with_the_documents(folder: Path, report: Report) -> None:
    (folder / "lima.txt").write_text(LIMA + " It is foggy.", encoding="utf-8")
    again = evaluate(WordEngine(folder), CASES)
    assert again.corpus_sha256 != report.corpus_sha256
    assert not compare(report, again).same_corpus


def test_the_history_of_a_case_reaches_the_engine(folder: Path) -> None:
    engine, turn = WordEngine(folder), Turn("Who asked?", "Peru. [1]")
    evaluate(engine, [replace(CASES[0], history=(turn,))])
    assert engine.asked == [("Where were the talks held?", (turn,))]


def test_a_rewriting_is_judged_by_what_it_holds_and_what_it_lacks(folder: Path) -> None:
    """This engine rewrites nothing, so the second question keeps its pronoun and lacks the name."""
    cases = [
        Case("a", "When did González speak?", "pronoun", None, expect_contains=("gonzalez",), expect_absent=(" he ",)),
        Case("b", "When did he speak?", "pronoun", None, expect_contains=("gonzalez",)),
        Case("c", "When did he speak to González?", "pronoun", None, expect_absent=(" he ",)),
        Case("d", "What else?", "pronoun", None),
    ]
    measure = evaluate(WordEngine(folder), cases).measures["rewrite"]
    assert (measure.value, measure.count) == (pytest.approx(1 / 3), 3)


def test_progress_is_told_after_every_question(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    evaluate(WordEngine(folder), CASES, progress=lambda done, total: told.append((done, total)))
    assert told == [(n, 5) for n in range(1, 6)]


class Misquoting(WordEngine):
    """An engine whose citations point one character beside their quote."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer, then shift every citation by one."""
        answer = super().ask(question, history)
        return replace(answer, citations=tuple(_shifted(c) for c in answer.citations))


def _shifted(citation: Citation) -> Citation:
    return replace(citation, quote_start=citation.quote_start + 1, quote_end=citation.quote_end + 1)


def test_a_quote_that_is_not_the_stored_text_is_caught(folder: Path) -> None:
    report = evaluate(Misquoting(folder), CASES[:1])
    assert report.measures["quote_exact"].value == 0.0
    assert below(report, ["quote_exact=1"]) == ["quote_exact is 0; wanted at least 1"]
    assert "not the stored text" in to_html(report)


def test_a_report_survives_json_and_is_scored_anew_from_it(report: Report) -> None:
    text = json.dumps(to_json(report))
    again = from_json(json.loads(text))
    assert again == report
    blank = replace(again, measures={}, kinds={})
    assert rescore(blank) == report


def test_a_damaged_report_says_how_to_get_a_new_one(report: Report, tmp_path: Path) -> None:
    data = to_json(report)
    with pytest.raises(CaseError, match="not a report of format 1; write one with"):
        from_json({**data, "format": 0})
    with pytest.raises(CaseError, match="damaged report"):
        from_json({key: value for key, value in data.items() if key != "results"})
    (tmp_path / "report.json").write_text("{", encoding="utf-8")
    with pytest.raises(CaseError, match="cannot read the report"):
        load(tmp_path / "report.json")


def test_bars_fail_by_name_by_kind_in_both_directions_and_when_not_judged(report: Report) -> None:
    assert below(report, ["correct=0.5", "false_refusal=0", "where/correct=1", "quote_exact=1"]) == []
    assert below(report, ["correct=0.6"]) == ["correct is 0.5; wanted at least 0.6"]
    assert below(report, ["absent/refusal_recall=0.9"]) == ["absent/refusal_recall is 0.5; wanted at least 0.9"]
    assert below(report, ["p95_ms=0"])[0].endswith("wanted at most 0")
    assert below(report, ["open/correct=0.1"]) == ["open/correct was not judged; wanted at least 0.1"]


def test_bars_are_checked_before_anything_is_asked() -> None:
    check_bars(["correct=0.9", "any kind/correct=1", "ece=0.05"])
    with pytest.raises(CaseError, match="unknown measure 'ece'"):
        check_bars(["trap/ece=0.1"])


@pytest.mark.parametrize(
    ("bar", "says"),
    [
        ("corect=1", "unknown measure 'corect'; did you mean 'correct'"),
        ("zzz=1", "unknown measure 'zzz'; known: correct"),
        ("correct", "wants a number; type --min correct=0.9"),
        ("when/correct=1", "no case is of kind 'when'; known kinds: where"),
    ],
)
def test_a_bar_that_cannot_be_read_is_an_error(report: Report, bar: str, says: str) -> None:
    with pytest.raises(CaseError, match=says):
        below(report, [bar])


def test_comparing_names_the_questions_that_changed(folder: Path, report: Report) -> None:
    stricter = evaluate(WordEngine(folder, least=0.9), CASES[:4])
    found = compare(report, stricter)
    assert (found.shared, found.only_old, found.only_new, found.same_corpus) == (4, 1, 0, True)
    assert {(c.id, c.before, c.after) for c in found.changes} >= {("invented", INVENTED, REFUSED)}
    assert found.differences["refusal_recall"].value == 0.5
    assert "invented: answered, though absent → rightly refused" in comparison_to_text(found)
    same = compare(report, report)
    assert same.changes == ()
    assert same.differences["correct"].value == 0.0


def test_the_terminal_text_shows_measures_kinds_and_the_worst(report: Report) -> None:
    text = to_text(report)
    assert "5 questions (2 answerable, 2 not) from five.jsonl, 2 documents" in text
    assert "correct                 0.500" in text
    assert "of it, medians, ms     read 2.0" in text
    assert "where" in text
    assert "invented  answered, though absent" in text


def test_the_page_is_self_contained_escaped_and_worst_first(folder: Path) -> None:
    evil = "<script>alert(1)</script> flag {{x}} ![a](http://x/y)"
    (folder / "evil.txt").write_text(f"The mast bears {evil}.", encoding="utf-8")
    cases = [*CASES, Case("evil", f"What {evil} does the mast bear?", "what", True, ("flag",), (), ("evil.txt",))]
    page = to_html(evaluate(WordEngine(folder), cases, name="<b>"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert all(mark not in page for mark in (" src=", "href=", "url(", "@import", "<link", "<img"))
    order = [page.index(f"{case} {kind}</span>") for case, kind in [("invented", "absent"), ("wrong", "what")]]
    assert order == sorted(order)
    assert page.index("wrong what</span>") < page.index("right where</span>")
    assert "<svg" in page


def test_a_gold_in_the_wrong_place_is_not_evidence(folder: Path) -> None:
    """The answer is right, and the footnote does not show what makes it right."""
    case = replace(CASES[0], evidence=("Its port is Callao.",), sources=("lima.txt",))
    measures = evaluate(WordEngine(folder), [case]).measures
    assert measures["correct"].value == 1.0
    assert measures["evidence_cited"].value == measures["evidence_precision"].value == 0.0


def test_the_sample_corpus_is_found_and_holds_the_packaged_document() -> None:
    assert {s for c in load_cases(PACKAGED_CASES) for s in c.sources} <= {p.name for p in sample_corpus().iterdir()}


def test_a_corpus_without_cases_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="comes without cases; type: rag eval CASES --corpus"):
        run_eval(Settings(), corpus=tmp_path)


def test_the_packaged_cases_run_over_the_sample_without_a_model() -> None:
    report = evaluate(WordEngine(sample_corpus()), load_cases(PACKAGED_CASES))
    assert report.measures["quote_exact"].value == 1.0
    judged = report.measures["recall@10"]
    assert judged.count == sum(c.answerable is True for c in load_cases(PACKAGED_CASES))
