"""Questions that take two steps, and questions that compare: over the packaged articles, with the real model."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ingest.pipeline import ingest
from rag import Engine, Settings
from rag.asked.question import analyse
from rag.judge.choice import choose
from rag.judge.features import Candidate, candidates
from rag.judge.hop import second_step
from rag.models import Embedder
from rag.retrieve import search
from tests.support import ROOT

STEPS = ROOT / "eval" / "steps"
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def engine(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("steps")
    for line in (STEPS / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        d = json.loads(line)
        (folder / f"{d['doc_id']}.md").write_text(f"# {d['title']}\n\n{d['text']}\n", encoding="utf-8")
    settings = Settings.load(library=tmp_path_factory.mktemp("library"))
    ingest([folder], settings.library, embedder, settings=settings)
    return Engine.open(settings, embedder=embedder)


def step(engine: Engine, embedder: Embedder, question: str, sure: float = 0.0) -> tuple[str, str] | None:
    found = search(engine.library, embedder, analyse(question), engine.settings.candidates)
    says = next(c for c in candidates(found) if "directed by Marta Oyelaran" in c.text)
    hop = second_step(found, says, sure, engine.library, embedder, None)
    return (hop.name, hop.sentences[0].hit.stored.passage.source) if hop else None


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Where does the director of Oil Lamp live?", "oil-lamp.md", "Dunmarrow"),
        ("When was the director of Salt Road born?", "salt-road.md", "1940"),
        ("Who made the trophy that the film Oil Lamp won?", "oil-lamp.md", "Ingrid Vaal"),
        ("How long does the crossing to the islands where Oil Lamp was shot take?", "oil-lamp.md", "five hours"),
    ],
)
def test_both_steps_are_told_and_cited(engine: Engine, question: str, first: str, second: str) -> None:
    answer = engine.ask(question)
    assert not answer.refused
    assert second in answer.text
    sources = [c.source for c in answer.citations]
    assert sources[0] == first
    assert len(set(sources)) > 1
    for c in answer.citations:
        assert engine.library.text(c.source)[c.quote_start : c.quote_end] == c.quote


def test_a_name_leads_to_the_document_that_bears_it(engine: Engine, embedder: Embedder) -> None:
    assert step(engine, embedder, "Where does the director of Oil Lamp live?") == (
        "Marta Oyelaran", "marta-oyelaran.md",
    )  # fmt: skip


def test_a_second_step_that_is_far_less_sure_is_not_taken(engine: Engine, embedder: Embedder) -> None:
    assert step(engine, embedder, "Where does the director of Oil Lamp live?", sure=1.5) is None


def test_no_step_is_taken_where_nothing_answers_what_is_left(engine: Engine, embedder: Embedder) -> None:
    assert step(engine, embedder, "What is the shoe size of the director of Oil Lamp?") is None


@pytest.mark.parametrize(
    ("question", "needed"),
    [
        ("Which film is older, Oil Lamp or Salt Road?", {"oil-lamp.md", "salt-road.md"}),
        ("Which is larger, Dunmarrow or Kestrel Bay?", {"dunmarrow.md", "kestrel-bay.md"}),
    ],
)
def test_a_comparison_cites_both(engine: Engine, question: str, needed: set[str]) -> None:
    assert needed <= {c.source for c in engine.ask(question).citations}


def test_what_says_the_same_as_a_taken_sentence_comes_last(engine: Engine, embedder: Embedder) -> None:
    found = search(engine.library, embedder, analyse("What is Dunmarrow?"), engine.settings.candidates)
    sentences: list[Candidate] = [c for c in candidates(found) if c.hit.stored.passage.source == "dunmarrow.md"]
    stated = [i for i, c in enumerate(sentences) if c.text.endswith(".")]
    twin = replace(sentences[stated[0]], text=sentences[stated[0]].text + " ")
    pool = [sentences[stated[0]], twin, *(sentences[i] for i in stated[1:])]
    chance = np.linspace(0.3, 0.2, len(pool))
    chosen = choose(found.question, pool, range(len(pool)), chance, 5)
    assert [e.span.start for e in chosen] == sorted(
        {c.span.start for c in pool}, key=[c.span.start for c in pool].index
    )
