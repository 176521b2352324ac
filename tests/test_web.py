"""The chat page without a browser: turns, sources, refusals of foreign hosts, a busy port."""

from __future__ import annotations

import http.client
import json
import logging
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from rag.config import Settings
from rag.engine import Engine
from rag.errors import RagError
from rag.models import Embedder
from rag.types import Answer
from tests.llm_support import ScriptedLLM
from tests.web_support import StubEngine, StubLibrary
from ui.desk import Desk
from ui.examples import example_questions, in_a_sentence
from ui.guard import Guard, allowed_names, is_own_host
from ui.house import House
from ui.render import sentence
from ui.shelf import shelf_html
from ui.talks import Exchange
from ui.web import launch, serve

SEED = "000_678fa3628cc71388.txt"
SEEDS = Path(__file__).resolve().parent.parent / "seeds"
WHEN = "When did the minister formalize the request?"


def stub(**more: object) -> StubEngine:
    """An engine on the sample document."""
    library = StubLibrary({SEED: (SEEDS / SEED).read_text(encoding="utf-8")})
    return replace(StubEngine(library), **more)  # type: ignore[arg-type]


def desk_of(engine: StubEngine) -> Desk:
    """A desk; the stub stands in for the engine by its shape."""
    return Desk(House.of(cast(Engine, engine)))


def ask(desk: Desk, question: str, turns: list[Exchange]) -> tuple[str, list[Exchange]]:
    """The last thing that the page is told."""
    *_, last = desk.ask(question, turns)
    return last


def test_a_turn_grows_from_waiting_to_finished() -> None:
    told = list(desk_of(stub(pause=0.1)).ask(WHEN, []))
    states = [re.findall(r'class="turn (.*?)"', html)[0] for html, _ in told]
    assert states[0] == "pending"
    assert states[-1] == "answered"
    assert set(states[1:-1]) == {"answered growing"}
    assert len({re.findall(r'data-turn="(.*?)"', html)[0] for html, _ in told}) == 1
    assert [len(turns) for _, turns in told][-2:] == [0, 1]


def test_partial_answers_are_throttled() -> None:
    fast = list(desk_of(stub(pause=0.0)).ask(WHEN, []))
    assert len(fast) == 2


def test_only_the_turn_travels_however_long_the_conversation() -> None:
    desk, turns, sizes = desk_of(stub()), list[Exchange](), list[int]()
    for _ in range(30):
        html, turns = ask(desk, WHEN, turns)
        sizes.append(len(html))
    assert len(turns) == 30
    assert max(sizes) == min(sizes)
    assert all(not turn.answer.passages for turn in turns)


def test_history_is_the_visitors_own_and_ends_with_the_newest() -> None:
    engine = stub()
    desk = desk_of(engine)
    _, anna = ask(desk, WHEN, [])
    ask(desk, "Which officials met in Lima?", [])
    for _ in range(9):
        _, anna = ask(desk, "Where were the meetings held in Lima?", anna)
    asked = [(question, [turn.question for turn in history]) for question, history in engine.histories]
    assert asked[1] == ("Which officials met in Lima?", [])
    assert asked[2][1] == [WHEN]
    assert len(asked[-1][1]) == engine.settings.history_turns
    assert WHEN not in asked[-1][1]


def test_an_error_is_one_line_and_keeps_the_question() -> None:
    html, turns = ask(desk_of(stub(fails=True)), "<b>Why?</b>", [])
    assert turns == []
    assert "start it with &#96;ollama serve&#96;" in html
    assert 'data-ask="&lt;b&gt;Why?&lt;/b&gt;"' in html


class BrokenEngine(StubEngine):
    """An engine with a defect."""

    def stream(
        self, question: str, history: object = (), *, scope: object = None, write: bool = True
    ) -> Iterator[Answer]:
        """Fail as no `RagError` does."""
        raise ZeroDivisionError(f"secret {question}")


def test_a_defect_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        html, _ = ask(desk_of(BrokenEngine(stub().library)), WHEN, [])
    assert "secret" not in html
    assert "its log has the details" in html
    assert "ZeroDivisionError" in caplog.text


def test_blank_questions_are_ignored_and_endless_ones_cut() -> None:
    engine = stub()
    assert list(desk_of(engine).ask("  \n ", [])) == []
    ask(desk_of(engine), "x" * 5000, [])
    assert len(engine.histories[0][0]) == 2000


def test_a_footnote_opens_the_source_of_its_own_turn() -> None:
    desk = desk_of(stub())
    first, turns = ask(desk, "Where were the productive meetings held?", [])
    second, turns = ask(desk, WHEN, turns)
    refs = [re.findall(r'data-open="(.*?)"', html)[0] for html in (first, second)]
    assert refs[0] != refs[1]
    marks = [re.findall(r"<mark.*?>(.*?)</mark>", desk.open(ref, turns))[0] for ref in refs]
    assert "held in Lima" in marks[0]
    assert "December 2023" in marks[1]


@pytest.mark.parametrize("ref", ["", "c0", "nobody:c0", "TURN:c9", "TURN:p0", "TURN:x", "TURN:", "TURN:c-1", "TURN:c²"])
def test_a_made_up_reference_opens_nothing(ref: str) -> None:
    desk = desk_of(stub())
    _, turns = ask(desk, WHEN, [])
    html = desk.open(ref.replace("TURN", turns[0].id), turns)
    assert "Ask the question again" in html
    assert "<mark" not in html


def test_another_visitors_reference_opens_nothing() -> None:
    desk = desk_of(stub())
    _, anna = ask(desk, WHEN, [])
    _, bert = ask(desk, WHEN, [])
    assert "<mark" in desk.open(f"{anna[0].id}:c0", anna)
    assert "<mark" not in desk.open(f"{anna[0].id}:c0", bert)


def test_a_changed_document_is_not_marked_in_the_wrong_place() -> None:
    engine = stub()
    desk = desk_of(engine)
    _, turns = ask(desk, WHEN, [])
    engine.library.texts[SEED] = "Something else. " + engine.library.texts[SEED]
    html = desk.open(f"{turns[0].id}:c0", turns)
    assert "has changed since this answer" in html
    del engine.library.texts[SEED]
    html = desk.open(f"{turns[0].id}:c0", turns)
    assert "no longer in the library. It said: “Foreign Affairs Minister" in html


def test_a_document_opens_from_the_shelf_and_an_unknown_one_says_so() -> None:
    desk = desk_of(stub())
    ref = re.findall(r'data-open="(.*?)"', desk.shelf())[0]
    assert ref == f"doc:{SEED}"
    assert "Strengthening International Cooperation" in desk.open(ref, [])
    assert "rag status" in desk.open("doc:../../etc/passwd", [])


def test_the_state_counts_and_an_empty_library_offers_nothing() -> None:
    state = desk_of(stub()).state()
    assert (state["phase"], state["documents"], state["passages"], state["running"]) == ("ready", 1, 4, None)
    empty = Desk(House.of(cast(Engine, StubEngine(StubLibrary({})))))
    empty.house.trouble = "the model is not there"  # it is told although the reading of files has none
    assert empty.state()["trouble"] == "The model is not there"
    assert [sentence(line) for line in ("notes.txt is empty", "rag ingest is at work", "")] == [
        "notes.txt is empty", "rag ingest is at work", "",
    ]  # fmt: skip
    assert ('class="book"' in empty.shelf(), empty.examples()) == (False, "")


def test_unread_files_are_told_with_their_reason() -> None:
    html = shelf_html([], [("a<b>.pdf", "page 3 has no text layer")])
    assert "1 file could not be read" in html
    assert "a&lt;b&gt;.pdf" in html
    assert "no text layer" in html


def test_examples_are_answered_and_read_like_questions() -> None:
    engine = stub()
    questions = example_questions(cast(Engine, engine))
    assert 1 <= len(questions) <= 4
    assert all(not engine.ask(question).refused for question in questions)
    assert "Who is Javier Gonzalez-Olaechea?" in questions
    assert "What about request for support from the United States?" in questions


@pytest.mark.model
def test_examples_cost_no_word_of_a_language_model(seed_library: Path, embedder: Embedder) -> None:
    llm = ScriptedLLM(pieces=["No."])
    engine = Engine.open(Settings.load(environ={}, library=str(seed_library)), llm=llm, embedder=embedder)
    assert example_questions(engine)
    assert llm.prompts == []


def test_a_heading_takes_the_case_of_a_sentence() -> None:
    text = "Key Aspects\n\nWe met in Lima. The key points were many. In Lima, NATO spoke."
    assert in_a_sentence("Key Aspects", text) == "key aspects"
    assert in_a_sentence("Lima Meetings", text) == "Lima meetings"
    assert in_a_sentence("NATO and Lima", text) == "NATO and Lima"


# --- the door -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:7860", True),
        ("localhost", True),
        ("[::1]:7860", True),
        ("192.168.1.7:7860", True),
        ("LOCALHOST:7860", True),
        ("evil.example:7860", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("", False),
        ("[evil]:1", False),
    ],
)
def test_only_own_hosts(host: str, own: bool) -> None:
    assert is_own_host(host, allowed_names("127.0.0.1")) is own


def test_a_page_open_to_the_network_knows_its_own_name() -> None:
    assert socket.gethostname().lower() in allowed_names("0.0.0.0")
    assert "chat.example" in allowed_names("chat.example")


async def _nothing(*_: object) -> None:
    raise AssertionError("must not be called")


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/proxy=http://example.com",
        "/gradio_api/component_server",
        "/gradio_api/info",
        "/gradio_api/stream/x",
        "/gradio_api/app_id",
        "/c/../etc",
        "/monitoring",
        "/docs",
        "/x/gradio_api/queue/join",
        "/login",
    ],
)
def test_unused_doors_are_shut(path: str) -> None:
    refusal = Guard(_nothing, "127.0.0.1").refusal(path, "localhost:1", None)
    assert refusal is not None
    assert refusal[0] == 404


def test_a_foreign_origin_is_refused() -> None:
    guard = Guard(_nothing, "127.0.0.1")
    for origin in ("http://evil.example", "null", "http://localhost:1"):
        refusal = guard.refusal("/gradio_api/queue/join", "127.0.0.1:7860", origin)
        assert refusal is not None
        assert refusal[0] == 403
    assert guard.refusal("/gradio_api/queue/join", "127.0.0.1:7860", "http://127.0.0.1:7860") is None


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A served page's port."""
    page, address = launch(House.of(cast(Engine, stub())), host="127.0.0.1", port=0)
    yield int(address.rstrip("/").rpartition(":")[2])
    page.close()


def fetch(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """One request as a stranger could make it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read().decode("utf-8", "replace")
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, body


def test_the_page_carries_its_policy_and_names_no_other_host(port: int) -> None:
    status, headers, body = fetch(port, "/")
    assert status == 200
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    loaded = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(https?:[^"]+)"', body)
    assert loaded == []


def test_the_served_page_refuses_strangers(port: int) -> None:
    assert fetch(port, "/", Host="evil.example")[0] == 400
    assert fetch(port, "/gradio_api/queue/join", "POST", Origin="http://evil.example")[0] == 403
    assert fetch(port, "/gradio_api/upload", "POST")[0] == 404
    assert fetch(port, "/gradio_api/file=/etc/passwd")[0] == 404


def post(port: int, path: str, body: bytes) -> tuple[int, dict[str, str], str]:
    """One call to Gradio as a stranger could make it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", path, body, {"content-type": "application/json"})
    response = connection.getresponse()
    told = response.status, {n.lower(): v for n, v in response.getheaders()}, response.read().decode()
    connection.close()
    return told


def test_calls_that_make_no_sense_are_refused_in_a_line(port: int, caplog: pytest.LogCaptureFixture) -> None:
    functions = [one["id"] for one in json.loads(fetch(port, "/config")[2])["dependencies"]]
    good = {"data": [], "fn_index": functions[0], "session_hash": "abc", "event_data": {}}
    wrong = [
        b"\xff\xfe", b"", b"[]", b"null", b'"x"', b'{"data": NaN}', b"{", b"[" * 50_000,
        *(json.dumps({**good, "fn_index": value}).encode() for value in (-1, 10**9, "0", 1.5, None, True, [])),
        *(json.dumps({**good, "data": value}).encode() for value in (None, "x", {})),
        *(json.dumps({**good, "session_hash": value}).encode() for value in (None, 3, [])),
        json.dumps({**good, "event_data": {"question": "\ud800"}}).encode(),
        json.dumps({**good, "event_data": {"question": "x" * 300_000}}).encode(),
    ]  # fmt: skip
    for body in wrong:
        status, headers, text = post(port, "/gradio_api/queue/join", body)
        assert status in {400, 413}, (body[:80], status, text)
        assert "content-security-policy" in headers
        assert "Traceback" not in text
    for path in ("/gradio_api/run/predict", "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/queue/join/"):
        status, headers, _ = post(port, path, b"\xff")
        assert status in {400, 404}
        assert "content-security-policy" in headers
    assert all(record.exc_info is None for record in caplog.records)
    assert post(port, "/gradio_api/queue/join", json.dumps(good).encode())[0] == 200


def test_a_forwarded_host_is_not_believed(port: int) -> None:
    for path in ("/", "/config"):
        for name in ("X-Forwarded-Host", "X-Gradio-Server", "Forwarded"):
            assert "evil.example" not in fetch(port, path, **{name: "http://evil.example"})[2]


def test_gradio_is_told_to_be_silent(port: int) -> None:
    config = json.loads(fetch(port, "/config")[2])
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []


def test_a_busy_port_names_the_flag(port: int) -> None:
    with pytest.raises(RagError, match=rf"port {port} is in use.*--port {port + 1}"):
        serve(House.of(cast(Engine, stub())), host="127.0.0.1", port=port)


def test_an_address_of_another_machine_is_refused_in_one_line() -> None:
    with pytest.raises(RagError, match=r"--host 127\.0\.0\.1"):
        serve(House.of(cast(Engine, stub())), host="192.0.2.1", port=0)
