"""The server for programs over real HTTP: our own API, tokens, limits, errors, the link of a footnote."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from rag.errors import ConfigError, LibraryError
from tests.doors_support import QUESTION, Served, served
from ui import cli
from ui.doors.gate import A_MINUTE, BURST
from ui.doors.server import Beside
from ui.doors.tokens import Tokens


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("doors")) as found:
        yield found


def test_ask_answers_as_the_command_does_and_every_quote_opens(server: Served) -> None:
    reply = server.http.post("/api/ask", json={"question": QUESTION}, headers={"x-request-id": "mine-1"})
    assert reply.status_code == 200
    assert reply.headers["x-request-id"] == "mine-1"
    answer = reply.json()
    assert "412,000" in answer["text"]
    cited = answer["citations"][0]
    text = server.http.get(f"/api/sources/{cited['source']}").json()["text"]
    assert text[cited["quote_start"] : cited["quote_end"]] == cited["quote"]
    page = httpx.get(cited["url"])
    assert page.status_code == 200
    marked = re.search(r"<mark[^>]*>(.*?)</mark>", page.text, re.S)
    assert marked is not None
    assert marked[1] == cited["quote"]
    assert "script" not in page.headers["content-security-policy"]
    forged = cited["url"].replace(f"end={cited['quote_end']}", f"end={cited['quote_end'] + 40}")
    assert httpx.get(forged).status_code == 404


def test_ask_streams_and_its_last_event_is_the_answer(server: Served) -> None:
    events = []
    with server.http.stream("POST", "/api/ask", json={"question": QUESTION, "stream": True}) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        kind = ""
        for line in reply.iter_lines():
            if line.startswith("event: "):
                kind = line[7:]
            if line.startswith("data: "):
                events.append((kind, json.loads(line[6:])))
    assert events[-1][0] == "answer"
    assert events[-1][1]["citations"]


def test_search_check_documents_and_sources(server: Served) -> None:
    found = server.http.post("/api/search", json={"query": "renovation of the building", "k": 2}).json()
    assert len(found["passages"]) == 2
    text = "The renovation cost 8.4 million euros. The plant uses chlorine to clean the water."
    checked = server.http.post("/api/check", json={"text": text, "name": "draft"}).json()
    assert [s["verdict"] for s in checked["sentences"]] == ["supported", "not_said"]
    listed = server.http.get("/api/documents").json()["documents"]
    assert [d["source"] for d in listed] == ["ferry.txt", "memo.txt", "museum.txt"]
    part = server.http.get("/api/sources/memo.txt", params={"start": 0, "end": 28}).json()
    assert part["text"] == "Memo on the water plant at D"
    bounded = server.http.post("/api/ask", json={"question": QUESTION, "scope": {"inside": ["memo.txt"]}}).json()
    assert {p["source"] for p in bounded["passages"]} == {"memo.txt"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/ask", {"question": ""}, 422),
        ("POST", "/api/ask", {"question": "x" * 3000}, 422),
        ("POST", "/api/ask", {"question": "Who?", "colour": "red"}, 422),
        ("POST", "/api/ask", {"question": "Who?", "scope": {"inside": ["nowhere.pdf"]}}, 422),
        ("POST", "/api/search", {"query": "x", "k": 0}, 422),
        ("GET", "/api/sources/absent.txt", None, 404),
        ("GET", "/api/sources/memo.txt?page=3", None, 404),
        ("GET", "/api/nothing", None, 404),
        ("GET", "/api/ask", None, 405),
    ],
)
def test_an_error_is_a_problem_document(
    server: Served, method: str, path: str, body: dict[str, object] | None, status: int
) -> None:
    reply = server.http.request(method, path, json=body)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["instance"].endswith(reply.headers["x-request-id"])


def test_foreign_hosts_and_origins_and_floods_are_refused(server: Served) -> None:
    assert server.http.get("/healthz", headers={"host": "evil.example"}).status_code == 400
    assert server.http.get("/healthz", headers={"origin": "https://evil.example"}).status_code == 403
    assert server.http.get("/api/documents", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 401
    assert server.http.get("/healthz").json() == {"status": "ok"}
    assert server.http.get("/readyz").json()["status"] == "ready"
    large = server.http.post("/api/check", content=b'{"text": "' + b"x" * (5 << 20) + b'"}')
    assert large.status_code == 413
    schema = server.http.get("/openapi.json").json()
    assert {"/api/ask", "/api/search", "/api/check", "/api/documents", "/api/sources/{source}"} <= set(schema["paths"])


def test_what_the_doors_did_is_counted_and_logged_without_a_word_of_it(
    server: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="footnote.requests"):
        server.http.post("/api/ask", json={"question": QUESTION}, headers={"x-request-id": "counted-1"})
        server.http.get("/made/up/by/a/stranger")
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "footnote.requests"]
    told = [(line["request"], line["door"], line["status"]) for line in lines]
    assert told[0] == ("counted-1", "/api/ask", 200)
    assert told[1][1:] == ("other", 404)
    assert "Sandvik" not in caplog.text
    shown = server.http.get("/metrics").text
    asked = re.search(r'footnote_requests_total\{door="/api/ask",status="200"\} (\d+)', shown)
    timed = re.search(r'footnote_request_seconds_bucket\{door="/api/ask",le="\+Inf"\} (\d+)', shown)
    assert asked is not None
    assert timed is not None
    assert 1 <= int(asked[1]) <= int(timed[1])
    assert "footnote_documents 3\n" in shown
    assert "stranger" not in shown


def test_tokens_bound_what_a_program_may_do(tmp_path: Path) -> None:
    with served(tmp_path, host="0.0.0.0") as server:  # served to others: nobody asks without a token
        assert server.http.post("/api/ask", json={"question": QUESTION}).status_code == 401
        assert server.http.post("/mcp", json={}).status_code == 401
        reader, secret = server.tokens.new("reader", ("read",))
        bearer = {"authorization": f"Bearer {secret}"}
        assert server.http.get("/api/documents", headers=bearer).status_code == 200
        assert server.http.get("/api/documents", headers={"x-api-key": secret}).status_code == 200
        refused = server.http.post("/api/ask", json={"question": QUESTION}, headers=bearer)
        assert refused.status_code == 403
        assert "may not ask" in refused.json()["detail"]
        wrong = server.http.get("/api/documents", headers={"authorization": f"Bearer {secret}x"})
        assert wrong.status_code == 401
        assert wrong.headers["www-authenticate"] == "Bearer"
        statuses = [server.http.get("/api/documents", headers=bearer).status_code for _ in range(BURST + A_MINUTE // 4)]
        assert statuses.count(429) > 0
        server.tokens.revoke(reader.id)
        assert server.http.get("/api/documents", headers=bearer).status_code == 401
        kept = Path(server.engine.settings.library, "tokens.json")
        assert kept.stat().st_mode & 0o077 == 0


def test_a_token_that_may_write_adds_and_removes_documents(server: Served) -> None:
    path, body = "/api/documents?name=note.txt", b"The key of the mill lies under the mat."
    assert server.http.post(path, content=body).status_code == 401  # nobody writes without a token
    made, secret = server.tokens.new("builder", ("ask", "read", "write"))
    may = {"authorization": f"Bearer {secret}"}
    try:
        assert server.http.post(path, content=b"", headers=may).status_code == 400
        assert server.http.post("/api/documents", content=body, headers=may).status_code == 422
        added = server.http.post(path, content=body, headers=may)
        assert (added.status_code, added.json()["source"]) == (202, "note.txt")
        assert server.http.get("/api/intake", headers=may).json()["items"] == ["note.txt"]
        assert server.http.get("/api/sources/note.txt", headers=may).json()["text"] == body.decode()
        large = b"x" * ((server.engine.settings.max_file_mb << 20) + 1)
        assert server.http.post("/api/documents?name=large.txt", content=large, headers=may).status_code == 413
        assert server.http.delete("/api/documents/note.txt", headers=may).status_code == 202
        assert server.http.get("/api/sources/note.txt", headers=may).status_code == 404
    finally:
        server.tokens.revoke(made.id)


def test_a_token_is_shown_once_and_kept_as_a_hash(
    server: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = server.engine.settings.library
    assert cli.main(["token", "new", "lamp", "--scope", "ask", "--library", library]) == 0
    secret = capsys.readouterr().out.strip()
    assert secret not in Path(library, "tokens.json").read_text()
    found = Tokens(library).of(secret)
    assert found is not None
    assert found.scopes == ("ask",)
    assert cli.main(["token", "list", "--library", library]) == 0
    assert "lamp" in capsys.readouterr().out
    assert cli.main(["token", "revoke", "lamp", "--library", library]) == 0
    assert Tokens(library).of(secret) is None
    with pytest.raises(ConfigError, match="scopes are"):
        Tokens(library).new("x", ())
    (tmp_path / "tokens.json").write_text("{")
    with pytest.raises(LibraryError, match="cannot be read"):
        Tokens(tmp_path).all()


async def _named(name: str, scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(name)(scope, receive, send)


@pytest.mark.parametrize(
    ("path", "who"), [("/", "page"), ("/api/ask", "doors"), ("/apiary", "page"), ("/v1/x", "doors")]
)
def test_page_and_doors_share_a_port(path: str, who: str) -> None:
    both = TestClient(Beside(functools.partial(_named, "page"), functools.partial(_named, "doors")))
    assert both.get(path).text == who
