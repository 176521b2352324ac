"""The page's own addresses, without Gradio and without a model: what they take, tell, refuse, and keep apart."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from rag.config import Settings
from tests.support import HashEmbedder
from tests.test_talks import ANSWER, TALK
from ui.desk import Desk
from ui.door import Door
from ui.guard import HEADERS, Guard
from ui.house import House
from ui.intake import Intake
from ui.routes import routes
from ui.sense import NoSense
from ui.talks import Exchange

LAKE = "The lake froze in January. Its ferry rested until March."


class Place:
    """One page's routes behind its guard."""

    def __init__(self, library: Path, *, read_only: bool = False) -> None:
        self.house = House(Settings.load(environ={}, library=str(library), max_file_mb=1), embedder=HashEmbedder())
        self.intake = Intake(self.house, read_only=read_only)
        self.desk = Desk(self.house, intake=self.intake)
        app = FastAPI()
        app.add_exception_handler(NoSense, lambda _, error: PlainTextResponse(str(error), error.status))  # type: ignore[attr-defined]
        app.router.routes.extend(routes(self.desk))
        app.add_api_route("/", lambda: "page")
        self.guard = Guard(app, "127.0.0.1")

    def visitor(self) -> TestClient:
        client = TestClient(self.guard, base_url="http://127.0.0.1", raise_server_exceptions=False)
        assert client.get("/").status_code == 200  # brings the cookie
        return client

    def settled(self) -> None:
        end = time.monotonic() + 60
        while self.intake.busy():
            assert time.monotonic() < end
            time.sleep(0.02)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "library")
    made.intake.start()
    yield made
    made.intake.close()


def do(client: TestClient, deed: str, **more: str) -> tuple[int, dict[str, str]]:
    answer = client.post("/footnote/documents", json={"do": deed, **more})
    return answer.status_code, answer.json()


def test_a_file_comes_goes_and_is_given_back(place: Place) -> None:
    client = place.visitor()
    sent = client.put("/footnote/documents?name=notes/lake.txt", content=LAKE.encode())
    assert (sent.status_code, sent.json()) == (200, {"source": "notes/lake.txt"})
    place.settled()
    shelf = client.get("/footnote/shelf").text
    assert 'data-open="doc:notes/lake.txt"' in shelf
    assert 'data-remove="notes/lake.txt"' in shelf
    back = client.get("/footnote/original?source=notes/lake.txt")
    assert back.content == LAKE.encode()
    assert back.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in back.headers["content-security-policy"]
    assert client.get("/footnote/original?source=../library.sqlite3").status_code == 400
    (place.intake.folder / "notes/lake.txt").write_text("Another text.")
    assert "has changed" in client.get("/footnote/original?source=notes/lake.txt").json()["error"]
    (place.intake.folder / "notes/lake.txt").write_text(LAKE)
    status, told = do(client, "remove", source="notes/lake.txt")
    place.settled()
    assert (status, place.desk.state()["documents"]) == (200, 0)
    assert do(client, "undo", token=told["token"])[0] == 200
    place.settled()
    assert place.desk.state()["documents"] == 1
    assert do(client, "sample")[0] == 200
    place.settled()
    assert place.desk.state()["documents"] == 2


def test_what_is_not_taken_in_leaves_nothing_behind(place: Place) -> None:
    client = place.visitor()
    for name, content, words in (
        ("big.txt", b"x" * (1 << 20 | 1), "larger than max_file_mb = 1"),
        ("empty.txt", b"", "is empty"),
        ("../up.txt", b"x", "no name"),
        (".hidden", b"x", "hidden"),
    ):
        sent = client.put("/footnote/documents", params={"name": name}, content=content)
        assert (sent.status_code, words in sent.json()["error"]) == (400, True), name
    assert [p for p in place.intake.folder.rglob("*") if p.is_file()] == []
    assert do(client, "sudo")[0] == 400
    assert do(client, "remove", source="no.txt")[0] == 400
    for body in (b"\xff", b"[]", b"NaN", b'{"do": "\\ud800"}', b"[" * 100_000, b"{" + b" " * (300 << 10) + b"}"):
        answer = client.post("/footnote/documents", content=body)
        assert answer.status_code in {400, 413}
        assert all(answer.headers[name.decode()] for name, _ in HEADERS)


def test_read_only_hides_and_refuses(tmp_path: Path) -> None:
    given = Place(tmp_path / "library")
    given.intake.start()
    given.visitor().put("/footnote/documents?name=lake.txt", content=LAKE.encode())
    given.settled()
    given.intake.close()
    client = Place(tmp_path / "library", read_only=True).visitor()
    shelf = client.get("/footnote/shelf").text
    assert ("doc:lake.txt" in shelf, "data-remove" in shelf, "data-again" in shelf) == (True, False, False)
    assert client.put("/footnote/documents?name=b.txt", content=b"x").status_code == 400
    for deed in ("remove", "again", "cancel", "undo", "sample"):
        assert do(client, deed, source="lake.txt")[0] == 400
    assert client.get("/footnote/original?source=lake.txt").content == LAKE.encode()


def test_the_shelf_is_found_and_ordered(place: Place) -> None:
    client = place.visitor()
    for number in range(12):
        text = f"date 2024-01-{number + 1:02}\n\nCafé minutes {number}\n\nNothing was decided on day {number}."
        client.put(f"/footnote/documents?name=m{number}.{'md' if number % 2 else 'txt'}", content=text.encode())
    place.settled()

    def shown(**query: str) -> list[str]:
        text = client.get("/footnote/shelf", params=query).text
        return [part.split('"')[0] for part in text.split('<li data-source="')[1:]]

    assert len(shown()) == 12
    assert shown(words="CAFE m7") == ["m7.md"]
    assert set(shown(kind="MD")) == {f"m{n}.md" for n in range(1, 12, 2)}
    assert shown(order="newest")[0] == "m11.md"
    assert shown(order="oldest")[0] == "m0.txt"
    assert len(shown(most="3")) == 3
    assert len(shown(most="x", order="<b>")) == 12


def test_each_visitor_has_conversations_of_their_own(place: Place) -> None:
    anna, bert, stranger = place.visitor(), place.visitor(), TestClient(place.guard, base_url="http://127.0.0.1")
    visitor = Door().visitor_of(f"footnote={anna.cookies['footnote']}")
    place.desk.talks.keep(visitor, TALK, Exchange("t1", ANSWER))
    address = f"/footnote/talks/{TALK}"
    assert [one["id"] for one in anna.get("/footnote/talks").json()] == [TALK]
    assert "<mark" not in anna.get(address).json()["turns"][0]
    assert 'data-open="t1:c0"' in anna.get(address).json()["turns"][0]
    assert bert.get("/footnote/talks").json() == []
    for client in (bert, stranger):
        assert client.get(address).status_code == 404
        assert client.get(address).json()["error"].startswith(("This conversation is not kept", "Open the page"))
        assert client.get(f"{address}/export?as=json").status_code == 404
        assert client.post(address, json={"title": "mine"}).status_code == 404
    assert anna.post(address, json={"shared": True, "title": "Ice"}).status_code == 200
    assert bert.get(address).json()["own"] is False
    assert json.loads(anna.get(f"{address}/export?as=json").text)["title"] == "Ice"
    assert "[^1-1]" in anna.get(f"{address}/export?as=md").text
    assert "sandbox" in anna.get(f"{address}/export?as=html").headers["content-security-policy"]
    assert anna.get(f"{address}/export?as=exe").status_code == 400


def test_a_conversations_address_leads_to_the_page(place: Place) -> None:
    client = place.visitor()
    moved = client.get(f"/c/{TALK}", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (303, f"/?talk={TALK}")
    assert client.get("/c/short", follow_redirects=False).status_code == 404


def test_hearsay_of_a_proxy_counts_only_where_it_is_named() -> None:
    heard: list[dict[bytes, bytes]] = []

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        heard.append(dict(scope["headers"]))  # type: ignore[call-overload]
        await PlainTextResponse("ok")(scope, receive, send)  # type: ignore[arg-type]

    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-gradio-server": "http://evil"}
    for proxies, believed in (("none", False), ("10.0.0.0/8", False), ("10.0.0.0/8, 192.0.2.1", True)):
        guard = Guard(app, "127.0.0.1", proxies=proxies)  # type: ignore[arg-type]
        client = TestClient(guard, base_url="http://127.0.0.1", client=("192.0.2.1", 1))
        assert client.get("/", headers=headers).status_code == 200
        assert all((name.encode() in heard[-1]) is believed for name in headers)
        origin = {"origin": "http://evil.example", **headers}
        assert client.get("/", headers=origin).status_code == (200 if believed else 403)


def test_what_fails_behind_the_guard_is_a_line_and_has_the_headers(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        raise ZeroDivisionError("a visitor's words")

    answer = TestClient(Guard(app, "127.0.0.1"), base_url="http://127.0.0.1").get("/")
    assert (answer.status_code, "visitor" in answer.text) == (500, False)
    assert all(answer.headers[name.decode()] for name, _ in HEADERS)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "GET / failed: ZeroDivisionError"
    ]


def test_the_stream_tells_the_state_at_once(place: Place) -> None:
    import asyncio

    from ui.routes import _Page

    async def first() -> str:
        return await anext(aiter(_Page(place.desk)._states()))

    state = json.loads(asyncio.run(first()).removeprefix("data: "))
    assert (state["phase"], state["documents"], state["read_only"], state["items"]) == ("loading", 0, False, [])
