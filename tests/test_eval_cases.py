"""Case files: the packaged ones are sound, the foreign ones load, the damaged ones say what to mend."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from eval.cases import PACKAGED_CASES, load_cases, source_of, write_corpus
from eval.metrics import contains
from eval.run import sample_corpus
from rag.errors import CaseError
from rag.text import sentence_spans
from rag.types import Turn

DIALOGUES = PACKAGED_CASES.with_name("dialogues.jsonl")
TRAPS = PACKAGED_CASES.with_name("traps.jsonl")
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Super Bowl/50",
            "paragraphs": [
                {
                    "context": "Denver won. The game was played in Santa Clara.",
                    "qas": [
                        {"id": "a", "question": "Where?", "answers": [{"text": "Santa Clara", "answer_start": 35}]},
                        {"id": "b", "question": "Who lost?", "answers": [], "is_impossible": True},
                    ],
                },
                {"context": "Another paragraph.", "qas": []},
            ],
        },
        {"title": "Super Bowl/50", "paragraphs": [{"context": "Its twin.", "qas": []}]},
    ],
}


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", [PACKAGED_CASES, TRAPS])
def test_the_packaged_cases_quote_their_document_word_for_word(path: Path) -> None:
    for case in load_cases(path):
        texts = [(sample_corpus() / source).read_text(encoding="utf-8") for source in case.sources]
        assert texts, case.id
        for piece in case.evidence:
            assert any(piece in text for text in texts), (case.id, piece)
        assert bool(case.evidence) == bool(case.answerable) == bool(case.answers), case.id


def test_a_gold_answer_stands_in_a_single_sentence_of_the_evidence() -> None:
    for case in load_cases(PACKAGED_CASES):
        text = "\n\n".join((sample_corpus() / source).read_text(encoding="utf-8") for source in case.sources)
        sentences = [s.of(text) for s in sentence_spans(text)]
        holding = [s for s in sentences for piece in case.evidence if piece in s or s in piece]
        assert not case.answerable or any(contains(s, gold) for s in holding for gold in case.answers), case.id


def test_the_packaged_cases_are_as_many_and_as_mixed_as_they_claim() -> None:
    cases = load_cases(PACKAGED_CASES)
    absent = [c for c in cases if not c.answerable]
    assert len(cases) >= 100
    assert len(absent) >= 40
    assert sum(c.trap for c in absent) * 2 >= len(absent)
    assert {"who", "what", "when", "where", "why", "how", "yesno", "list", "date", "followup"} <= {
        c.kind for c in cases
    }
    halves = {half: Counter(c.kind for c in cases if c.split == half) for half in ("dev", "held")}
    assert sum(halves["dev"].values()) + sum(halves["held"].values()) == len(cases)
    assert all(abs(halves["dev"][kind] - halves["held"][kind]) <= 1 for kind in {c.kind for c in cases})
    assert all(c.history for c in cases if c.kind == "followup")


def test_the_judging_traps_share_no_question_with_the_cases_for_fitting() -> None:
    traps = load_cases(TRAPS)
    assert len(traps) == 30
    assert all(c.trap and c.answerable is False and c.split == "held" for c in traps)
    assert not {c.question.casefold() for c in traps} & {c.question.casefold() for c in load_cases(PACKAGED_CASES)}


def test_the_dialogues_judge_rewriting_and_no_answer() -> None:
    cases = load_cases(DIALOGUES)
    assert len(cases) >= 60
    assert all(c.history and c.answerable is None for c in cases)
    assert all(c.expect_contains or c.expect_absent for c in cases)


def test_squad_json_gives_cases_and_its_documents(tmp_path: Path) -> None:
    path = _write(tmp_path, "squad.json", json.dumps(SQUAD))
    where, lost = load_cases(path)
    assert (where.answers, where.evidence) == (("Santa Clara",), ("The game was played in Santa Clara.",))
    assert where.sources == ("Super_Bowl_50.txt",)
    assert (lost.answerable, lost.trap, lost.answers) == (False, True, ())
    assert write_corpus(path, tmp_path / "docs")
    files = {p.name: p.read_text(encoding="utf-8") for p in (tmp_path / "docs").iterdir()}
    assert files["Super_Bowl_50.txt"].startswith("Denver won. The game was played in Santa Clara.\n\nAnother")
    assert files["Super_Bowl_50_2.txt"] == "Its twin.\n"


def test_a_folder_of_questions_and_corpus_gives_cases_and_documents(tmp_path: Path) -> None:
    row = {
        "qid": "q/1",
        "question": "And then?",
        "answers": ["x"],
        "answerable": True,
        "doc_ids": ["d:1"],
        "lang": "es",
    }
    row["extra"] = {"history": [{"question": "First?", "answer": "Yes."}]}
    _write(tmp_path, "questions.jsonl", json.dumps(row) + "\n\n")
    _write(tmp_path, "corpus.jsonl", json.dumps({"doc_id": "d:1", "title": "T", "text": "x y"}) + "\n")
    (case,) = load_cases(tmp_path)
    assert (case.id, case.sources, case.language) == ("q/1", ("d_1.txt",), "es")
    assert case.history == (Turn("First?", "Yes."),)
    assert write_corpus(tmp_path, tmp_path / "docs")
    assert (tmp_path / "docs" / "d_1.txt").read_text(encoding="utf-8") == "T\n\nx y\n"


def test_two_documents_that_would_be_one_file_are_told(tmp_path: Path) -> None:
    _write(tmp_path, "corpus.jsonl", '{"doc_id": "a b", "text": "x"}\n{"doc_id": "a/b", "text": "y"}\n')
    with pytest.raises(CaseError, match=r"line 2: a second document would be the file a_b\.txt"):
        write_corpus(tmp_path, tmp_path / "docs")


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = _write(tmp_path, "cases.jsonl", '\ufeff{"question": "One?"}\r\n{"question": "Two?"}\r\n')
    assert [c.question for c in load_cases(path)] == ["One?", "Two?"]


def test_a_plain_case_file_carries_no_documents(tmp_path: Path) -> None:
    path = _write(tmp_path, "mine.jsonl", '{"question": "Where?"}\n')
    assert not write_corpus(path, tmp_path / "docs")
    assert not (tmp_path / "docs").exists()
    assert load_cases(path)[0].id == "1"


def test_a_limit_keeps_every_kind_and_the_order() -> None:
    cases = load_cases(PACKAGED_CASES)
    some = load_cases(PACKAGED_CASES, limit=60)
    assert len(some) == 60
    assert {c.kind for c in some} == {c.kind for c in cases}
    assert [c.id for c in some] == sorted(c.id for c in some)
    assert len(load_cases(PACKAGED_CASES, split="dev")) < len(cases) > len(load_cases(PACKAGED_CASES, split="held"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}\n", r'line 1: lacks "question"; add it'),
        ('{"question": "x"}\n{"question": 3}\n', r'line 2: "question" is 3; write a JSON string'),
        ('{"question": "x", "answerable": "no"}', r'"answerable" is "no"; write a JSON true or false'),
        ('{"question": "x"', r"line 1: not JSON .*; write one JSON object a line"),
        ("[1]", r"line 1: not a JSON object"),
        ('{"question": "x", "answer": "y"}', r"line 1: unknown key 'answer'; known keys: .*answers"),
        ('{"question": "x", "answerable": false, "answers": ["y"]}', r"drop one of them"),
        ('{"question": "x", "evidence": "y"}', r'"evidence" is "y"; write a JSON list'),
        ('{"question": "x", "answers": [""]}', r"write a list of strings"),
        ('{"question": " "}', r'"question" is empty'),
        ('{"question": "x", "history": ["y"]}', r'"history" wants'),
        ('{"id": "a", "question": "x"}\n{"id": "a", "question": "y"}', r"the id 'a' stands twice"),
        ("\n", r"holds no cases"),
    ],
)
def test_a_damaged_case_file_is_named_with_its_line_and_its_cure(tmp_path: Path, text: str, says: str) -> None:
    path = _write(tmp_path, "cases.jsonl", text)
    with pytest.raises(CaseError, match=says) as caught:
        load_cases(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", r"line 1: not JSON"),
        ("[]", r"not SQuAD"),
        ('{"data": [{"title": "t", "paragraphs": [{"text": "c"}]}]}', r"not SQuAD, 'context' is missing"),
        ('{"data": [{"paragraphs": [{"context": "c", "qas": [{"id": 1, "question": "q"}]}]}]}', r"lacks 'answers'"),
    ],
)
def test_a_file_that_is_not_squad_says_so(tmp_path: Path, text: str, says: str) -> None:
    path = _write(tmp_path, "squad.json", text)
    with pytest.raises(CaseError, match=says):
        load_cases(path)


def test_an_absent_file_an_unknown_split_and_other_encodings_are_named(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"cannot read .*none\.jsonl"):
        load_cases(tmp_path / "none.jsonl")
    with pytest.raises(CaseError, match=r"no case has the split 'test'; use one of: dev, held"):
        load_cases(PACKAGED_CASES, split="test")
    path = tmp_path / "latin.jsonl"
    path.write_bytes('{"question": "¿Qué?"}'.encode("latin-1"))
    with pytest.raises(CaseError, match="save it as UTF-8"):
        load_cases(path)


def test_document_ids_become_file_names_as_the_corpus_writes_them() -> None:
    assert source_of("a b<::>1") == "a_b____1.txt"
