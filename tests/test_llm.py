"""Specs become models; every way a model can fail becomes one line that says what to do; keys stay where they are."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

import pytest

from rag.config import Settings
from rag.errors import ModelError
from rag.write.compose import Composed, compose_answer
from rag.write.llm import load_llm, openai_like
from tests.llm_support import DONE, FakeServer, Reply, always, endless, evidence_of, failure, sse, streamed

SETTINGS = Settings.load(environ={})
SECRET = "sk-very-secret-0123456789"
TEXT = "Zoë Ångström opened the café at 7 Müller Street in 1998. The café closed in 2005 after a fire."
ANSWER = "Zoë Ångström opened the café in 1998."


def composed(server: FakeServer, *, seconds: float = 20.0, key: str = SECRET) -> Composed:
    llm = openai_like("fake", f"{server.address}/v1", key)
    *_, last = compose_answer(llm, "Who opened the café?", evidence_of(TEXT), seconds=seconds)
    assert last.done
    return last


# ---------------------------------------------------------------- specs


def test_none_is_no_model() -> None:
    assert load_llm("none", SETTINGS, environ={}) is None


@pytest.mark.parametrize("spec", ["gpt-5", "ollama:", "mystery:x", "none:x", ""])
def test_an_unknown_spec_names_the_known_ones(spec: str) -> None:
    with pytest.raises(ModelError, match="ollama:NAME, openai:NAME"):
        load_llm(spec, SETTINGS, environ={})


@pytest.mark.parametrize(
    ("spec", "hint"),
    [("openai:gpt-5", "OPENAI_API_KEY"), ("anthropic:claude", "ANTHROPIC_API_KEY|footnote-rag.anthropic")],
)
def test_a_missing_key_names_its_variable(spec: str, hint: str) -> None:
    with pytest.raises(ModelError, match=hint):
        load_llm(spec, SETTINGS, environ={})


@pytest.mark.parametrize("url", ["nonsense", "ftp://x/y", "http://"])
def test_a_wrong_address_is_told(url: str) -> None:
    with pytest.raises(ModelError, match="NAME@http"):
        load_llm(f"openai:m@{url}", SETTINGS, environ={})


def test_a_key_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ModelError) as caught:
        load_llm(f"openai:m@https://me:{SECRET}@host/v1", SETTINGS, environ={})
    assert SECRET not in str(caught.value)


def test_a_key_is_not_sent_in_the_clear() -> None:
    with pytest.raises(ModelError, match="unencrypted"):
        load_llm("openai:m@http://example.org/v1", SETTINGS, environ={"LLM_API_KEY": SECRET})


def test_the_key_of_one_service_is_not_sent_to_another() -> None:
    with FakeServer(always(streamed(ANSWER))) as server:
        llm = load_llm(f"openai:m@{server.address}/v1", SETTINGS, environ={"OPENAI_API_KEY": SECRET})
        assert llm is not None
        list(compose_answer(llm, "Who?", evidence_of(TEXT)))
    assert server.keys == ["none"]


def test_auto_finds_an_ollama_on_loopback_and_asks_it() -> None:
    lines = [
        {"message": {"role": "assistant", "content": ANSWER}, "done": False},
        {"message": {"role": "assistant", "content": ""}, "done": True},
    ]

    def script(number: int, request: dict[str, object]) -> Reply:
        if request["path"] == "/api/tags":
            return Reply([json.dumps({"models": [{"name": "nomic-embed"}, {"name": "tiny:1b"}]}).encode()])
        return Reply(
            [
                json.dumps({"model": "tiny:1b", "created_at": "2026-01-01T00:00:00Z", **line}).encode() + b"\n"
                for line in lines
            ]
        )

    with FakeServer(script) as server:
        llm = load_llm("auto", SETTINGS, environ={"OLLAMA_HOST": server.address})
        assert llm is not None
        *_, last = compose_answer(llm, "Who opened the café?", evidence_of(TEXT))
    assert last.text == "Zoë Ångström opened the café in 1998 [1]."
    assert server.requests[-1]["model"] == "tiny:1b"


def test_auto_without_ollama_is_no_model() -> None:
    assert load_llm("auto", SETTINGS, environ={"OLLAMA_HOST": "127.0.0.1:9"}) is None


def test_auto_asks_no_other_machine() -> None:
    assert load_llm("auto", SETTINGS, environ={"OLLAMA_HOST": "http://192.0.2.1:11434"}) is None


# ---------------------------------------------------------------- GGUF files


def test_an_absent_gguf_file_is_told() -> None:
    with pytest.raises(ModelError, match="no such model file"):
        load_llm("gguf:/nowhere/model.gguf", SETTINGS, environ={})


def test_a_file_that_is_no_gguf_is_told(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"<html>not found</html>")
    with pytest.raises(ModelError, match="not a GGUF file"):
        load_llm(f"gguf:{file}", SETTINGS, environ={})


def test_a_damaged_gguf_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF" + b"\x03\x00\x00\x00" + bytes(64))
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_llm(f"gguf:{file}", SETTINGS, environ={})


# ---------------------------------------------------------------- streams


def test_characters_and_markers_cut_in_two_arrive_whole() -> None:
    whole = sse("Zoë Ångström opened the café in 1998 [1") + sse("]. It is nice [2].") + DONE
    for cut in range(len(sse("")), 140, 7):  # also inside the two bytes of "ë" and "Å"
        with FakeServer(always(Reply([whole[:cut], 0.01, whole[cut:]]))) as server:
            assert composed(server).text == "Zoë Ångström opened the café in 1998 [1]."
    byte_by_byte = [whole[i : i + 1] for i in range(len(whole))]
    with FakeServer(always(Reply(byte_by_byte))) as server:
        assert composed(server).text == "Zoë Ångström opened the café in 1998 [1]."


def test_a_marker_split_over_chunks_is_ignored() -> None:
    with FakeServer(always(streamed("Zoë Ångström opened the café in 1998 ", "[", "7", "]", "."))) as server:
        last = composed(server)
    assert last.text == "Zoë Ångström opened the café in 1998 [1]."
    assert [c.quote for c in last.citations] == ["Zoë Ångström opened the café at 7 Müller Street in 1998."]


def test_slow_tokens_run_into_the_time_limit() -> None:
    with FakeServer(always(Reply(endless("slow ", 0.05)))) as server:  # type: ignore[arg-type]
        assert "in time" in composed(server, seconds=0.4).error


def test_a_silent_server_runs_into_the_time_limit() -> None:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    with FakeServer(always(Reply([2.0, DONE]))) as server:
        llm = OpenAILike(
            model="m",
            api_base=f"{server.address}/v1",
            api_key="k",
            is_chat_model=True,
            max_retries=0,
            timeout=0.3,
            http_client=httpx.Client(timeout=0.3),
        )
        *_, last = compose_answer(llm, "Who?", evidence_of(TEXT))
    assert "in time" in last.error


def test_a_disconnect_in_the_middle_is_told() -> None:
    with FakeServer(always(Reply([sse(ANSWER + " And then")], cut=True))) as server:
        last = composed(server)
    assert "broke off" in last.error
    assert not last.usable


def test_garbage_json_is_told() -> None:
    with FakeServer(always(Reply([sse("Zoë "), b"data: {garbage\n\n", DONE]))) as server:
        assert "broke off" in composed(server).error


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (failure(401, f"Incorrect API key provided: {SECRET}"), "refused the key"),
        (failure(403, SECRET), "refused the key"),
        (failure(404, "model not found"), "no such model"),
        (failure(400, "request (6031 tokens) exceeds the available context size"), "longer than the model reads"),
        (failure(429, "slow down", {"Retry-After": "17"}), "ask again in 17 s"),
        (failure(429, "quota"), "busy or its quota"),
        (failure(500, "boom"), "server failed"),
        (failure(418, "teapot"), "refused the request"),
    ],
)
def test_each_refusal_is_one_clear_line(reply: Reply, words: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), FakeServer(always(reply)) as server:
        last = composed(server)
    assert words in last.error
    assert "\n" not in last.error
    assert len(server.requests) == 1
    assert SECRET not in last.error + repr(last)
    assert SECRET not in caplog.text


def test_an_absent_server_is_told() -> None:
    with FakeServer(always(streamed())) as server:
        address = server.address
    llm = openai_like("fake", f"{address}/v1", SECRET)
    *_, last = compose_answer(llm, "Who?", evidence_of(TEXT))
    assert "does not answer" in last.error


def test_the_key_is_not_in_a_traceback() -> None:
    from rag.write.compose import compose
    from rag.write.prompt import build

    with FakeServer(always(failure(401, f"Incorrect API key provided: {SECRET}"))) as server:
        llm = openai_like("fake", f"{server.address}/v1", SECRET)
        with pytest.raises(ModelError) as caught:
            list(compose(llm, build("Who?", evidence_of(TEXT), 100)))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_model_that_only_refuses_leaves_no_answer() -> None:
    with FakeServer(always(streamed("I'm sorry, but ", "I cannot answer that question."))) as server:
        last = composed(server)
    assert (last.text, last.usable) == ("", False)
    assert "nothing the model wrote" in last.why_not
    with FakeServer(always(streamed("NOT STATED"))) as server:
        assert composed(server).why_not == "the model wrote no answer"


def test_a_model_that_repeats_itself_is_stopped() -> None:
    with FakeServer(always(Reply(endless(f"{ANSWER} ")))) as server:  # type: ignore[arg-type]
        last = composed(server)
        assert server.hung_up.wait(5)
    assert last.text == "Zoë Ångström opened the café in 1998 [1]."


def test_closing_the_answer_stops_the_generation() -> None:
    with FakeServer(always(Reply(endless("The café closed in 2005. ", 0.02)))) as server:  # type: ignore[arg-type]
        llm = openai_like("fake", f"{server.address}/v1", "k")
        answer = compose_answer(llm, "When?", evidence_of(TEXT))
        next(answer)
        answer.close()
        assert server.hung_up.wait(5)
