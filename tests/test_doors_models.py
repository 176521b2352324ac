"""The doors that speak OpenAI's and Anthropic's protocols, asked by their own client packages over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import anthropic
import httpx
import openai
import pytest
from anthropic.types import TextBlock

from rag.types import Answer, Citation
from tests.doors_support import ABSENT, QUESTION, Served, served
from tests.llm_support import FakeServer, streamed
from tests.support import ROOT
from ui import cli
from ui.doors import talk
from ui.doors.alone import Running
from ui.doors.anthropic_door import blocks
from ui.doors.gate import Gate
from ui.doors.proxy import Proxy
from ui.doors.server import application
from ui.doors.tokens import Tokens

ASKED = [{"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("models")) as found:
        yield found


@pytest.fixture(scope="module")
def gpt(server: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.base}/v1", api_key="none", max_retries=0)


@pytest.fixture(scope="module")
def claude(server: Served) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=server.base, api_key="none", max_retries=0)


def test_openai_answers_with_annotations_that_open_the_quote(server: Served, gpt: openai.OpenAI) -> None:
    assert [m.id for m in gpt.models.list()] == ["footnote"]
    reply = gpt.chat.completions.create(model="footnote", messages=ASKED)
    message = reply.choices[0].message
    assert message.content is not None
    assert message.annotations
    for annotation in message.annotations:
        cited = annotation.url_citation
        assert message.content[cited.start_index : cited.end_index] == "[1]"
        assert httpx.get(cited.url).status_code == 200
    assert "412,000" in message.content
    under = message.content.split("\n\n**[1]** ")[1]
    assert under.startswith("[ferry.txt](http://127.0.0.1:")
    assert "“Sandvik Ferries carried 412,000 passengers in 2023" in under
    assert reply.choices[0].finish_reason == "stop"


def test_openai_streams_the_same_and_tells_open_webui_its_sources(gpt: openai.OpenAI) -> None:
    whole = gpt.chat.completions.create(model="footnote", messages=ASKED).choices[0].message
    content, annotations, events, ends, usage = "", list[object](), list[dict[str, object]](), list[str](), None
    options = {"include_usage": True}
    for chunk in gpt.chat.completions.create(model="footnote", messages=ASKED, stream=True, stream_options=options):
        usage = chunk.usage or usage
        events += [chunk.model_extra["event"]] if chunk.model_extra and "event" in chunk.model_extra else []
        for choice in chunk.choices:
            content += choice.delta.content or ""
            annotations += (choice.delta.model_extra or {}).get("annotations", [])
            ends += [choice.finish_reason] if choice.finish_reason else []
    assert content == whole.content
    assert annotations == [a.model_dump() for a in whole.annotations or []]
    assert ends == ["stop"]
    assert usage is not None
    assert events[0]["type"] == "source"
    data = events[0]["data"]
    assert isinstance(data, dict)
    assert data["document"][0] in content
    assert data["source"]["name"] == "ferry.txt"


def test_openai_follows_up_refuses_and_errs_as_openai_does(gpt: openai.OpenAI) -> None:
    before = gpt.chat.completions.create(model="footnote", messages=ASKED).choices[0].message.content
    spoken = [*ASKED, {"role": "assistant", "content": before}, {"role": "user", "content": "And in 2022?"}]
    assert "371,000" in str(gpt.chat.completions.create(model="footnote", messages=spoken).choices[0].message.content)
    refused = gpt.chat.completions.create(model="footnote", messages=[{"role": "user", "content": ABSENT}])
    assert not refused.choices[0].message.annotations
    assert (refused.model_extra or {})["footnote"]["refused"]
    with pytest.raises(openai.NotFoundError, match="the one that answers is 'footnote'"):
        gpt.chat.completions.create(model="gpt-5", messages=ASKED)
    picture = {"type": "image_url", "image_url": {"url": "data:,"}}
    with pytest.raises(openai.BadRequestError, match="not 'image_url'"):
        gpt.chat.completions.create(model="footnote", messages=[{"role": "user", "content": [picture]}])
    with pytest.raises(openai.BadRequestError, match="last message"):
        gpt.chat.completions.create(model="footnote", messages=[{"role": "assistant", "content": "Hello"}])
    with pytest.raises(openai.UnprocessableEntityError):
        gpt.chat.completions.create(model="footnote", messages=[])


def test_anthropic_cites_by_the_offsets_of_the_document(server: Served, claude: anthropic.Anthropic) -> None:
    assert [m.id for m in claude.models.list()] == ["footnote"]
    reply = claude.messages.create(model="footnote", max_tokens=500, messages=ASKED)
    cited = [block for block in reply.content if isinstance(block, TextBlock) and block.citations]
    assert cited
    assert "412,000" in cited[0].text
    assert "[1]" not in cited[0].text
    documents = (reply.model_extra or {})["documents"]
    for citation in cited[0].citations or []:
        assert citation.type == "char_location"
        source = documents[citation.document_index]["source"]
        text = server.engine.library.text(source)
        assert text[citation.start_char_index : citation.end_char_index] == citation.cited_text
    assert reply.stop_reason == "end_turn"


def test_anthropic_streams_the_same(claude: anthropic.Anthropic) -> None:
    whole = claude.messages.create(model="footnote", max_tokens=500, messages=ASKED)
    with claude.messages.stream(model="footnote", max_tokens=500, messages=ASKED) as stream:
        kinds = [event.type for event in stream]
        grown = stream.get_final_message()
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert "citation" in kinds
    pairs = [(b.text, [c.cited_text for c in b.citations or []]) for b in grown.content if isinstance(b, TextBlock)]
    assert pairs == [
        (b.text, [c.cited_text for c in b.citations or []]) for b in whole.content if isinstance(b, TextBlock)
    ]


def test_anthropic_errs_as_anthropic_does(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError, match="the one that answers is 'footnote'"):
        claude.messages.create(model="claude-9", max_tokens=5, messages=ASKED)
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
    with pytest.raises(anthropic.BadRequestError, match="not 'document'"):
        claude.messages.create(model="footnote", max_tokens=5, messages=[{"role": "user", "content": [document]}])


def test_blocks_keep_every_word_and_each_marker_with_its_sentence() -> None:
    text = "He left [1][2]. “She stayed [3].” Nothing more"
    citations = tuple(
        Citation(n, text.index(f"[{n}]"), text.index(f"[{n}]") + 3, "a.txt", None, 0, 1, "q") for n in (1, 2, 3)
    )
    found = blocks(Answer("q", "q", text, False, 1.0, citations))
    assert [(b.text, [c.number for c in b.citations]) for b in found] == [
        ("He left.", [1, 2]),
        (" “She stayed.”", [3]),
        (" Nothing more", []),
    ]


def test_document_text_is_no_markdown_of_the_client() -> None:
    assert talk.plain("![x](http://e/?q) [a](b) [c][d] [e]: f <img>") == (
        "\\![x\\](http://e/?q) [a\\](b) [c\\][d] [e\\]: f \\<img>"
    )
    shown = "It rose.\n\n**[1]** [a.txt](http://x): “It rose.”"
    spoken = [
        talk.Said(role="user", content="Did it rise?"),
        talk.Said(role="assistant", content=shown),
        talk.Said(role="user", content="When?"),
    ]
    question, history = talk.conversation(spoken)
    assert (question, history[0].answer) == ("When?", "It rose.")


def test_the_examples_of_the_page_on_the_doors_run(server: Served, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(examples) == 3
    for example in examples:
        code = example.replace("http://127.0.0.1:7860", server.base).replace("Who signed it?", QUESTION)
        exec(compile(code, "docs/api.md", "exec"), {})
        shown = capsys.readouterr().out
        assert "412,000" in shown


def test_the_lines_for_hosts_are_json_that_starts_the_command() -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.S)]
    started = [server for example in examples for servers in example.values() for server in servers.values()]
    commands = [server["args"] for server in started if "command" in server]
    assert len(commands) == 3
    for arguments in commands:
        assert cli.build_parser().parse_args(arguments).verb == "mcp"


def test_the_proxy_sends_the_clients_key_on_and_only_what_holds_back(server: Served) -> None:
    wrote = ["Sandvik Ferries carried 412,000 passengers in 2023. ", "It carried 900,000 passengers in 2021."]
    settings = server.engine.settings
    with FakeServer(lambda n, request: streamed(*wrote)) as model:
        spec = f"openai:small@{model.address}/v1"
        gate = Gate(Tokens(settings.library), "127.0.0.1")
        counter = Proxy(lambda: server.engine, gate, settings, spec, pass_key=True)
        with Running(application(counter, "127.0.0.1"), "127.0.0.1", 0) as running:
            mine = openai.OpenAI(base_url=f"{running.address}/v1", api_key="sk-mine", max_retries=0)
            reply = mine.chat.completions.create(model="small", messages=ASKED)
            theirs = anthropic.Anthropic(base_url=running.address, api_key="sk-yours", max_retries=0)
            blocks_of = theirs.messages.create(model="small", max_tokens=99, messages=ASKED).content
            assert httpx.post(f"{running.address}/v1/messages", json={}).status_code == 422
            bare = httpx.post(
                f"{running.address}/v1/chat/completions", json={"model": "small", "messages": ASKED}, timeout=60
            )
    assert bare.status_code == 401
    assert model.keys == ["sk-mine", "sk-yours"]
    content = str(reply.choices[0].message.content)
    assert content.startswith("Sandvik Ferries carried 412,000 passengers in 2023 [1].")
    assert "900,000" not in content
    told = (reply.model_extra or {})["footnote"]
    assert [one["text"] for one in told["dropped"]] == ["It carried 900,000 passengers in 2021."]
    assert isinstance(blocks_of[0], TextBlock)
    assert blocks_of[0].citations
    assert server.engine.writer == "none"
