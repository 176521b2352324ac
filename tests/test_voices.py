"""What one person says or wants is not answered with what another wrote, not even in the same mail."""

from __future__ import annotations

import pytest

from ingest.pipeline import ingest
from rag import Settings
from rag.asked.question import analyse
from rag.judge.voices import heard
from rag.library import Library
from rag.retrieve import search
from tests.ingest_support import write
from tests.support import HashEmbedder

HEAD = "From: {0} <{1}@tarn.example>\nTo: crew@tarn.example\nDate: Mon, 05 May 2025 10:00:00 +0000\nSubject: Boat\n\n"
ASA, NILS, EVA = (HEAD.format(*who) for who in (("Asa Holm", "asa"), ("Nils Berg", "nils"), ("Eva Lie", "eva")))
FILES = {
    "reply.eml": NILS
    + "Wednesday suits me for the sail.\n\nOn Sun, 4 May 2025, Asa Holm wrote:\n> Could we sail on Monday?\n",
    "forward.eml": EVA + "See below.\n\n-----Original Message-----\nFrom: Asa Holm\nSent: 3 May 2025\nTo: Eva\n"
    "Subject: Boat\n\nI would sail at noon.\n",
    "of.eml": EVA + "Asa told me on Friday that the sail is torn.\n",
    "note.txt": "The sail was sewn by Asa Holm in 2019.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("voices")
    settings = Settings.load(environ={}, library=str(root / "lib"))
    ingest([write(root / "docs", FILES)], root / "lib", HashEmbedder(), settings=settings)
    return Library.open(settings.library, HashEmbedder.fingerprint)


def left_out(library: Library, question: str) -> set[str]:
    found = search(library, HashEmbedder(), analyse(question), 30)
    kept, others = heard(found, library)
    assert {h.stored.passage.id for h in (*kept.hits, *others)} == {h.stored.passage.id for h in found.hits}
    return {h.stored.passage.text.split("\n")[-1] for h in others}


def test_the_words_of_others_are_left_out(library: Library) -> None:
    nils = {"Wednesday suits me for the sail."}
    assert left_out(library, "When does Asa Holm want to sail?") == nils | {"See below."}
    assert left_out(library, "What did Asa propose?") == nils | {"See below."}
    asa = {"Could we sail on Monday?", "I would sail at noon."}
    eva = {"See below.", "Asa told me on Friday that the sail is torn."}
    assert left_out(library, "In Nils's opinion, when is the sail best?") == asa | eva


def test_a_question_for_no_ones_words_leaves_all(library: Library) -> None:
    assert left_out(library, "When was the sail sewn by Asa Holm?") == set()
    assert left_out(library, "What did Petra say about the sail?") == set()
    assert left_out(library, "When do they want to sail?") == set()
