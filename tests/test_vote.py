"""A verifier of the user's has one more vote: it can reject what the rules let pass, and admit nothing they reject."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Engine, Settings
from rag.errors import ModelError
from rag.models import Embedder
from rag.verify import check
from rag.vote import CrossEncoderVoter, entailment, load_voter
from rag.write.prompt import sources
from tests.cross_encoder_support import tiny_cross_encoder
from tests.llm_support import ScriptedLLM, evidence_of

pytestmark = pytest.mark.model

NLI = ("contradiction", "entailment", "neutral")
SOURCES = sources(evidence_of("Anna Berg opened the bakery in Lund in 1998. It closed in 2005."))
TRUE, VERBATIM, FALSE = "Anna Berg opened the bakery in 1998.", "It closed in 2005.", "Anna Berg opened it in 1999."


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {label: tiny_cross_encoder(tmp_path_factory.mktemp("nli"), NLI, always=label) for label in NLI}
    made["high"] = tiny_cross_encoder(tmp_path_factory.mktemp("one"), ("score",), always="score")
    made["low"] = tiny_cross_encoder(tmp_path_factory.mktemp("one"), ("score",), always="-")
    made["turned"] = tiny_cross_encoder(
        tmp_path_factory.mktemp("nli"), ("not_entailment", "entailment"), always="not_entailment"
    )
    return made


@pytest.mark.parametrize(
    ("name", "agrees"),
    [
        ("entailment", True),
        ("contradiction", False),
        ("neutral", False),
        ("high", True),
        ("low", False),
        ("turned", False),
    ],
)
def test_its_vote_rejects_or_leaves_the_verdict(models: dict[str, Path], name: str, agrees: bool) -> None:
    voter = CrossEncoderVoter(str(models[name]))
    verdict = check(TRUE, SOURCES, voter=voter)
    assert (verdict.support is not None) is agrees
    assert verdict.reason == ("" if agrees else "verifier")


def test_it_admits_nothing_that_the_rules_reject_and_is_not_asked_of_verbatim_sentences(
    models: dict[str, Path],
) -> None:
    always, never = CrossEncoderVoter(str(models["entailment"])), CrossEncoderVoter(str(models["contradiction"]))
    assert check(FALSE, SOURCES, voter=always) == check(FALSE, SOURCES)
    assert check(FALSE, SOURCES).support is None
    verdict = check(VERBATIM, SOURCES, voter=never)
    assert verdict.support is not None
    assert verdict.support.exact


def test_the_bar_is_a_setting(models: dict[str, Path], tmp_path: Path) -> None:
    folder = tiny_cross_encoder(tmp_path, NLI)
    settings = Settings.load(environ={"RAG_VERIFIER": str(folder), "RAG_DTYPE": "float32"})
    voter = load_voter(settings)
    assert isinstance(voter, CrossEncoderVoter)
    chance = voter.probability(TRUE, ["Anna Berg opened the bakery in Lund in 1998."])
    assert 0 < chance < 1
    quote = ["Anna Berg opened the bakery in Lund in 1998."]
    below = CrossEncoderVoter(str(folder), above=chance - 0.01, dtype="float32")
    above = CrossEncoderVoter(str(folder), above=chance + 0.01, dtype="float32")
    assert (below.agrees(TRUE, quote), above.agrees(TRUE, quote)) == (True, False)


@pytest.mark.parametrize(
    ("labels", "column"),
    [
        (("contradiction", "entailment", "neutral"), 1),
        (("ENTAILMENT", "NEUTRAL", "CONTRADICTION"), 0),
        (("not_entailment", "entailment"), 1),
        (("entailment", "not_entailment"), 0),
        (("non-entailment", "entailment"), 1),
        (("anything",), 0),
    ],
)
def test_entailment_is_found_by_name(labels: tuple[str, ...], column: int) -> None:
    assert entailment(labels, "m") == column


def test_labels_without_a_name_are_told(tmp_path: Path) -> None:
    folder = tiny_cross_encoder(tmp_path, ("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(ModelError, match=r"LABEL_0, LABEL_1, LABEL_2, none of which says entailment.*--verifier none"):
        CrossEncoderVoter(str(folder))


def test_none_loads_nothing_and_an_absent_model_says_what_to_give(tmp_path: Path) -> None:
    assert load_voter(Settings.load(environ={})) is None
    with pytest.raises(ModelError, match="--verifier none"):
        load_voter(Settings.load(environ={}, verifier=str(tmp_path / "absent")))


def test_the_engine_asks_it(models: dict[str, Path], seed_library: Path, embedder: Embedder) -> None:
    llm = ScriptedLLM(pieces=["The request was formalized in December 2023."])
    shown = {}
    for name in ("entailment", "contradiction"):
        settings = Settings.load(environ={}, library=str(seed_library), verifier=str(models[name]))
        shown[name] = Engine.open(settings, llm=llm, embedder=embedder).ask("When was the request formalized?")
    assert shown["entailment"].text == "The request was formalized in December 2023 [1]."
    assert shown["contradiction"].writer == "extractive"
    assert [one.reason for one in shown["contradiction"].dropped] == ["verifier"]
