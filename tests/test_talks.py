"""Conversations: kept with their exact footnotes, each visitor's own, found, renamed, deleted, shared, written out."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Answer, Citation, Dropped, Highlight, Passage, Retrieved, Stated
from ui.export import as_json, as_markdown, as_page
from ui.talks import Exchange, NoTalk, Talks, to_answer

TALK, OTHER = "a" * 22, "b" * 22
PASSAGE = Passage("id", "lake.txt", "The lake", 2, 0, 26, "The lake <froze> on Monday.")
ANSWER = Answer(
    "When did the lake freeze?", "When did the lake freeze?", "It froze on Monday [1].", False, 0.9,
    (Citation(1, 19, 22, "lake.txt", 2, 0, 26, "The lake <froze> on Monday.", "a note"),),
    (Retrieved(PASSAGE, 1.0, 0.5, 2.0, (replace(PASSAGE, id="copy", page=None),)),), {"total_ms": 3.5}, True, "why",
    (Highlight(12, 18, "Monday"),), "none", (Dropped("It sank.", "number"),), {"shown": 1}, 0, "rules",
    (Stated("Monday", "lake.txt", None, 0, 26, 1),), ("a remark",), "Monday",
)  # fmt: skip


def kept(tmp_path: Path, *questions: str, visitor: str = "anna", talk: str = TALK) -> Talks:
    talks = Talks(tmp_path)
    for number, question in enumerate(questions):
        talks.keep(visitor, talk, Exchange(f"t{number}", replace(ANSWER, question=question)))
    return talks


@given(st.text(), st.text(), st.booleans(), st.none() | st.integers(1, 9))
def test_what_is_kept_comes_back_exactly(text: str, quote: str, refused: bool, page: int | None) -> None:
    citation = replace(ANSWER.citations[0], quote=quote, page=page)
    answer = replace(ANSWER, text=text, refused=refused, citations=(citation, *ANSWER.citations))
    assert to_answer(json.loads(json.dumps(asdict(answer)))) == answer


def test_a_conversation_survives_and_is_found_by_its_words(tmp_path: Path) -> None:
    kept(tmp_path, "When did the lake freeze?", "And the café?")
    talks = Talks(tmp_path)  # another process
    found = talks.read("anna", TALK)
    assert [(turn.id, turn.answer.question) for turn in found.turns] == [
        ("t0", "When did the lake freeze?"), ("t1", "And the café?"),
    ]  # fmt: skip
    assert found.turns[0].answer.citations == ANSWER.citations
    kept(tmp_path, "Who rang?", talk=OTHER)
    assert [talk.id for talk in talks.list("anna")] == [OTHER, TALK]
    assert [talk.id for talk in talks.list("anna", "CAFE monday")] == [TALK]
    assert talks.list("anna", "cafe tuesday") == []
    talks.change("anna", TALK, title="  Ice  and\nwater ")
    assert talks.read("anna", TALK).title == "Ice and water"
    talks.change("anna", TALK, deleted=True)
    assert [talk.id for talk in talks.list("anna")] == [OTHER]
    with pytest.raises(NoTalk):
        talks.read("anna", TALK)
    talks.change("anna", TALK, deleted=False)
    assert len(talks.read("anna", TALK).turns) == 2


def test_another_visitor_reads_nothing_that_was_not_shared(tmp_path: Path) -> None:
    talks = kept(tmp_path, "When did the lake freeze?")
    for deed in (
        lambda: talks.read("bert", TALK),
        lambda: talks.change("bert", TALK, title="mine"),
        lambda: talks.change("bert", TALK, deleted=True),
        lambda: talks.change("bert", TALK, shared=True),
        lambda: talks.keep("bert", TALK, Exchange("x", ANSWER)),
    ):
        with pytest.raises(NoTalk):
            deed()
    assert (talks.turns("bert", TALK), talks.list("bert")) == ([], [])
    talks.change("anna", TALK, shared=True)
    shared = talks.read("bert", TALK)
    assert (shared.own, len(shared.turns)) == (False, 1)
    with pytest.raises(NoTalk):  # to read is all
        talks.keep("bert", TALK, Exchange("x", ANSWER))
    assert [turn.id for turn in talks.read("anna", TALK).turns] == ["t0"]


def test_a_private_conversation_is_held_in_memory_alone(tmp_path: Path) -> None:
    talks = Talks(tmp_path)
    for turn in ("a", "b"):
        talks.keep("anna", TALK, Exchange(turn, ANSWER), private=True)
    assert [turn.id for turn in talks.turns("anna", TALK)] == ["a", "b"]
    assert talks.turns("bert", TALK) == []
    assert talks.list("anna") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("talk", ["", "a", "a" * 23, "../" + "a" * 19, "ä" * 22])
def test_an_id_that_is_none_keeps_nothing(tmp_path: Path, talk: str) -> None:
    with pytest.raises(NoTalk):
        Talks(tmp_path).keep("anna", talk, Exchange("x", ANSWER))
    with pytest.raises(NoTalk):
        Talks(tmp_path).read("anna", talk)


def test_it_is_written_out_with_its_footnotes(tmp_path: Path) -> None:
    talk = kept(tmp_path, "When did *it* freeze?", "Why?").read("anna", TALK)
    text = as_markdown(talk)
    assert "## When did \\*it\\* freeze?" in text
    for mark in ("[^1-1]", "[^2-1]", "[^1-1]: The lake (lake.txt, p. 2)"):
        assert mark in text, mark
    value = json.loads(as_json(talk))
    assert value["turns"][1]["citations"][0]["quote"] == "The lake <froze> on Monday."
    page = as_page(talk)
    assert "&lt;froze&gt;" in page
    assert "<script" not in page
    assert "http" not in page
