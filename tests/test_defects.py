"""A defect costs one question: the batch, the conversation and the page say so in one line and go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.config import Settings
from rag.engine import Engine
from tests.ingest_support import run, write
from tests.support import HashEmbedder, Vector
from ui.chat import Conversation
from ui.cli_ask import answer_lines
from ui.defects import LOG_FILE, MOST_BYTES, Defect, told
from ui.desk import Desk
from ui.house import House

GOOD, BAD = "Where is the mill?", "Where is the unreadable mill?"


class Brittle(HashEmbedder):
    """An embedder with a defect: it looks behind the end of a list at one word."""

    def embed_query(self, text: str) -> Vector:
        """Embed as `HashEmbedder` does, but for that word."""
        return [super().embed_query(text)][int("unreadable" in text)]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Return an engine that fails on `BAD` and on no other question."""
    library = tmp_path / "lib"
    run(write(tmp_path / "docs", {"mill.txt": "The mill is in Dunmere, beside the secret weir."}), library)
    return Engine.open(Settings.load(environ={}, library=str(library)), embedder=Brittle())


def log_of(engine: Engine) -> str:
    return (Path(engine.settings.library) / LOG_FILE).read_text(encoding="utf-8")


def test_one_question_of_a_batch_fails_and_the_next_is_answered(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer_lines(engine, [GOOD, "\n", BAD + "\n", GOOD], (), as_json=True) == 1
    first, second, third = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(second) == {"question", "error"}
    assert second["question"] == BAD
    assert LOG_FILE in second["error"]
    assert first["text"] == third["text"]
    assert "citations" in third
    assert answer_lines(engine, [GOOD], (), as_json=True) == 0


def test_the_log_holds_the_trace_and_no_text(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    answer_lines(engine, [BAD], (), as_json=False)
    assert "IndexError" in capsys.readouterr().err
    log = log_of(engine)
    assert "IndexError: list index out of range" in log
    assert "embed_query" in log
    assert BAD not in log
    assert "weir" not in log
    assert (Path(engine.settings.library) / LOG_FILE).stat().st_mode & 0o077 == 0


def test_a_conversation_goes_on(engine: Engine) -> None:
    talk = Conversation(engine)
    with pytest.raises(Defect, match=LOG_FILE):
        talk.respond(BAD)
    assert "Dunmere" in (talk.respond(GOOD) or "")


def test_the_page_says_so(engine: Engine) -> None:
    desk = Desk(House.of(engine))
    *_, (shown, turns) = desk.ask(BAD, [])
    assert "its log has the details" in shown
    assert LOG_FILE not in shown
    assert turns == []
    assert "IndexError" in log_of(engine)
    *_, (shown, turns) = desk.ask(GOOD, [])
    assert "Dunmere" in shown
    assert len(turns) == 1


def test_a_log_that_has_grown_is_begun_anew(tmp_path: Path) -> None:
    for size in (MOST_BYTES, MOST_BYTES + 1):
        (tmp_path / LOG_FILE).write_bytes(b"x" * size)
        with pytest.raises(Defect), told(tmp_path):
            raise KeyError("word")
        assert ((tmp_path / LOG_FILE).stat().st_size > MOST_BYTES) is (size == MOST_BYTES)


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Defect, match=r"KeyError.*cannot be written"), told(tmp_path / "absent"):
        raise KeyError("word")
