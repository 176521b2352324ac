"""The whole path on a real model: SmolLM2-135M, which invents freely, asked every seed question.

Whatever it writes, no shown sentence may fail verification and every citation is exact.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from llama_index.core.llms import LLM

from rag.config import Settings
from rag.verify import verify
from rag.write.compose import Composed, compose_answer
from rag.write.llm import load_llm
from rag.write.prompt import build, sources
from tests.llm_support import evidence_of
from tests.support import ROOT, SEEDS
from tests.test_compose import assert_exact, shown_sentences

pytestmark = [pytest.mark.model, pytest.mark.slow]

SEED = (SEEDS / "000_678fa3628cc71388.txt").read_text(encoding="utf-8")
CASES = [json.loads(line) for line in (ROOT / "eval" / "seeds.jsonl").read_text(encoding="utf-8").splitlines()]
QUESTIONS = list(dict.fromkeys(case["question"] for case in CASES))


@pytest.fixture(scope="module")
def smollm() -> LLM:
    llm = load_llm("gguf:smollm2", Settings.load(environ={}, threads=1), environ={})
    assert llm is not None
    return llm


def composed(llm: LLM, question: str) -> Composed:
    *_, last = compose_answer(llm, question, evidence_of(SEED), budget_tokens=260)
    return last


@pytest.mark.parametrize("question", QUESTIONS[::9])
def test_nothing_unverified_is_shown_whatever_it_writes(smollm: LLM, question: str) -> None:
    last = composed(smollm, question)
    assert last.error == ""
    assert_exact(last.text, last.citations, SEED)
    support = sources(evidence_of(SEED))
    for sentence, quotes in shown_sentences(last):
        assert quotes
        assert verify(sentence, support) is not None, sentence


def test_the_estimate_of_tokens_is_on_the_high_side(smollm: LLM) -> None:
    prompt = build("When did Peru ask the United States for support?", evidence_of(SEED), 540)
    body = {
        "messages": [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
        "max_tokens": 1,
    }
    usage = post(smollm, body)["usage"]
    assert usage["prompt_tokens"] <= prompt.tokens
    assert usage["prompt_tokens"] >= 0.6 * prompt.tokens


def test_the_server_keeps_strangers_out(smollm: LLM) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(smollm, {"messages": []}, key="guess")
    assert refused.value.code == 401


def test_a_prompt_longer_than_the_model_reads_is_told(smollm: LLM) -> None:
    *_, last = compose_answer(smollm, "word " * 5000, evidence_of(SEED))
    assert "longer than the model reads" in last.error


def post(llm: LLM, body: dict[str, object], key: str = "") -> dict[str, dict[str, int]]:
    address, secret = str(llm.to_dict()["api_base"]), key or str(getattr(llm, "api_key", ""))
    request = urllib.request.Request(
        f"{address}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as response:
        found: dict[str, dict[str, int]] = json.load(response)
    return found
