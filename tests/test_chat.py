"""The terminal chat: commands, footnotes that open in their document, a history that only this conversation has."""

from __future__ import annotations

import pytest

from rag.types import Dropped, Turn
from tests.web_support import StubEngine, StubLibrary
from ui.chat import HELP, Conversation

TEXTS = {
    "a.txt": "The harbour opened in 1897. It was built by Ana Ruiz. The cost was high.",
    "b.txt": "Dolphins sleep with one half of the brain.",
}


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(StubEngine(StubLibrary(TEXTS)))


def test_an_answer_shows_its_footnote(conversation: Conversation) -> None:
    shown = conversation.respond("When did the harbour opened?")
    assert shown is not None
    assert "[1]" in shown
    assert "“The harbour opened in 1897.”" in shown


def test_a_follow_up_carries_the_history_and_says_what_was_searched(conversation: Conversation) -> None:
    conversation.respond("When did the harbour opened?")
    shown = conversation.respond("Was it built by Ana Ruiz?")
    assert shown is not None
    assert shown.startswith("Searched for: ")
    _, history = conversation.engine.histories[-1]
    assert history == (Turn("When did the harbour opened?", "The harbour opened in 1897. [1]"),)


def test_new_forgets(conversation: Conversation) -> None:
    conversation.respond("When did the harbour opened?")
    assert conversation.respond("/new") == "A new conversation."
    assert conversation.respond("/sources") == "There is no answer with sources yet; ask something."
    conversation.respond("Was it built by Ana Ruiz?")
    assert conversation.engine.histories[-1] == ("Was it built by Ana Ruiz?", ())


def test_two_conversations_on_one_engine_do_not_meet() -> None:
    engine = StubEngine(StubLibrary(TEXTS))
    one, two = Conversation(engine), Conversation(engine)
    one.respond("When did the harbour opened?")
    two.respond("How do dolphins sleep with one half?")
    assert engine.histories[-1][1] == ()


def test_sources_list_and_open(conversation: Conversation) -> None:
    conversation.respond("Was the harbour built by Ana Ruiz?")
    assert conversation.respond("/sources") == "1. a.txt: It was built by Ana Ruiz."
    opened = conversation.respond("/sources 1")
    assert opened == "a.txt\n\nThe harbour opened in 1897. >>>It was built by Ana Ruiz.<<< The cost was high."


@pytest.mark.parametrize("number", ["0", "2", "x", "-1", "1 2"])
def test_a_footnote_that_is_not_there(conversation: Conversation, number: str) -> None:
    conversation.respond("Was the harbour built by Ana Ruiz?")
    assert conversation.respond(f"/sources {number}") == "The last answer has sources 1; type /sources 1"


def test_a_refusal_opens_its_nearest_passages(conversation: Conversation) -> None:
    shown = conversation.respond("Who won the harbour regatta?")
    assert shown is not None
    assert "Not in your documents." in shown
    opened = conversation.respond("/sources 1")
    assert opened is not None
    assert opened.startswith("a.txt\n\n>>>The harbour opened")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/help", HELP),
        ("/sorces", "There is no /sorces; did you mean /sources?"),
        ("/zzz", "There is no /zzz; /help lists what there is."),
        ("/quit", None),
        ("/exit", None),
    ],
)
def test_commands(conversation: Conversation, line: str, shown: str | None) -> None:
    assert conversation.respond(line) == shown


def test_dropped_sentences_are_listed_on_request_and_called_no_facts() -> None:
    engine = StubEngine(StubLibrary(TEXTS), dropped=(Dropped("The harbour sank in 1950.", "date"),))
    conversation = Conversation(engine)  # type: ignore[arg-type]
    assert conversation.respond("/dropped") == "Nothing was dropped from the last answer."
    shown = conversation.respond("When did the harbour opened?")
    assert shown is not None
    assert "1 sentence was dropped" in shown
    assert "sank" not in shown
    listed = conversation.respond("/dropped")
    assert listed is not None
    assert listed.startswith("Not facts: ")
    assert "The harbour sank in 1950. (a date that the sources do not give)" in listed
