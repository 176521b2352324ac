"""Questions in another language than the documents, and documents of several languages in one library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval import cases
from rag import Engine, Settings
from rag.asked.question import analyse
from rag.crossing import _PAIRS, cross, reads_both
from rag.library import Library
from rag.models import Embedder
from rag.retrieve import search
from rag.text import fold
from tests.ingest_support import EMBEDDER, run, write
from tests.support import HashEmbedder, Vector

ENGLISH = {
    "match.txt": "The Otters won the match by two points. Ana Ruiz scored twice.\n",
    "bank.txt": "The bank of the river flooded in May. The bench was swept away.\n",
}
SPANISH = {
    "puente.txt": "El puente colgante se inauguró en mayo de 2021 y mide 187 metros.\n\n"
    "El alcalde prohibió las bicicletas.\n",
    "pan.txt": "La panadería abre a las cinco de la mañana. Su dueño regala el pan que sobra al comedor social.\n",
}
MIXED = {
    **SPANISH,
    "turm.txt": "Der Wasserturm wurde am 3. Oktober 1907 in Betrieb genommen und ist 42 Meter hoch.\n",
    "piscine.txt": "La piscine municipale est fermée depuis le 1er mars 2024 parce que des fissures sont apparues.\n",
    "mulino.txt": "Il mulino ha riaperto il 25 aprile 2022 dopo un restauro durato tre anni e costato molto.\n",
    "farol.txt": "O farol voltou a funcionar a 1 de junho de 2023, depois de nove anos apagado e sem visitas.\n",
}


class Polyglot(HashEmbedder):
    """An embedder that puts a sentence where its translation lies."""

    def embed_query(self, text: str) -> Vector:
        """Embed the English side of a pair for its Spanish side."""
        return super().embed_query(dict(_PAIRS).get(text, text))


class Recording(Polyglot):
    """Notes which questions were embedded."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def embed_query(self, text: str) -> Vector:
        """Embed and note."""
        self.seen.append(text)
        return super().embed_query(text)


def library(folder: Path, files: dict[str, str]) -> Library:
    run(write(folder / "docs", files), folder / "lib")
    return Library.open(folder / "lib")


def test_a_word_is_met_by_any_meaning_that_the_documents_know(tmp_path: Path) -> None:
    crossed = cross(analyse("¿Quién ganó el partido?"), library(tmp_path, ENGLISH))
    found = search(library(tmp_path, ENGLISH), EMBEDDER, analyse("¿Quién ganó el partido?"), 10)
    assert crossed.question.language == "en"
    assert {s for t in found.terms for s in t.stems} >= {"match", "won"}
    assert found.hits[0].stored.passage.source == "match.txt"


def test_several_known_meanings_are_alternatives_of_one_term(tmp_path: Path) -> None:
    found = search(library(tmp_path, ENGLISH), EMBEDDER, analyse("¿Qué pasó con el banco?"), 10)
    [term] = [t for t in found.terms if "bank" in t.stems]
    assert "bench" in term.stems


def test_what_the_lexicon_lacks_is_no_term(tmp_path: Path) -> None:
    found = search(library(tmp_path, ENGLISH), EMBEDDER, analyse("¿Qué equipo despampanante ganó el partido?"), 10)
    assert not any("despampan" in s for t in found.terms for s in t.stems)


def test_names_pass(tmp_path: Path) -> None:
    found = search(library(tmp_path, ENGLISH), EMBEDDER, analyse("¿Cuántas veces anotó Ana Ruiz?"), 10)
    assert {"ana", "ruiz"} <= {s for t in found.terms for s in t.stems}


@pytest.mark.parametrize(
    ("question", "source"),
    [("When was the hanging bridge opened?", "puente.txt"), ("Why did the mayor forbid bicycles?", "puente.txt"),
     ("What does the owner give to the soup kitchen?", "pan.txt")],
)  # fmt: skip
def test_an_english_question_finds_spanish_documents_by_words(tmp_path: Path, question: str, source: str) -> None:
    lib = library(tmp_path, SPANISH)
    [(first, _), *_] = lib.lexical([s for t in search(lib, EMBEDDER, analyse(question), 5).terms for s in t.stems], 3)
    assert lib.passages([first])[0].passage.source == source


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("Wie hoch ist der Turm?", "turm.txt"), ("Pourquoi la piscine est-elle fermée ?", "piscine.txt"),
        ("Quando ha riaperto il mulino?", "mulino.txt"), ("Quando voltou a funcionar o farol?", "farol.txt"),
        ("¿Quién prohibió las bicicletas?", "puente.txt"),
    ],
)  # fmt: skip
def test_in_a_library_of_many_languages_each_question_finds_its_own(tmp_path: Path, question: str, source: str) -> None:
    lib = library(tmp_path, MIXED)
    assert set(lib.languages()) == {"es", "de", "fr", "it", "pt"}
    found = search(lib, EMBEDDER, analyse(question), 10)
    assert found.question.text == question
    assert found.hits[0].stored.passage.source == source


def test_a_question_in_a_language_without_lexicon_meets_names_and_cognates(tmp_path: Path) -> None:
    lib = library(tmp_path, ENGLISH)
    found = search(lib, EMBEDDER, analyse("Wie viele Punkte hat Ana Ruiz für die Otters erzielt?"), 10)
    assert found.question.language == "en"
    assert found.hits[0].stored.passage.source == "match.txt"
    assert not {"wie", "die", "hat"} & {fold(t.word) for t in found.terms}


def test_a_compound_is_found_by_its_last_part_and_the_question_stays_as_it_is(tmp_path: Path) -> None:
    found = search(library(tmp_path, MIXED), EMBEDDER, analyse("Wie hoch ist der Turm?"), 10)
    [term] = [t for t in found.terms if t.word == "Turm"]
    assert "wasserturm" in term.stems
    assert term.known


def test_a_model_that_reads_both_languages_needs_no_gloss_for_its_vector(tmp_path: Path) -> None:
    lib = library(tmp_path, ENGLISH)
    question = analyse("¿Quién ganó el partido?")
    reader = Recording()
    assert reads_both(reader)
    reader.seen.clear()
    found = search(lib, reader, question, 10)
    assert reader.seen == [question.text]
    assert np.allclose(found.vector, reader.embed_query(question.text))
    assert not reads_both(EMBEDDER)
    assert not np.allclose(search(lib, EMBEDDER, question, 10).vector, EMBEDDER.embed_query(question.text))


@pytest.mark.model
def test_minilm_reads_english_first(embedder: Embedder) -> None:
    assert not reads_both(embedder)


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Wann wurde der Wasserturm in Betrieb genommen?", "3. Oktober 1907"),
        ("Depuis quand la piscine est-elle fermée ?", "1er mars 2024"),
        ("Quando ha riaperto il mulino?", "25 aprile 2022"),
        ("Quando voltou a funcionar o farol?", "1 de junho de 2023"),
        ("When was the hanging bridge opened?", "mayo de 2021"),
    ],
)  # fmt: skip
def test_answers_across_and_within_languages(tmp_path: Path, embedder: Embedder, question: str, said: str) -> None:
    files = SPANISH if question.startswith("When") else MIXED
    run(write(tmp_path / "docs", files), tmp_path / "lib", embedder=embedder)
    answer = Engine.open(Settings.load(environ={}, library=str(tmp_path / "lib")), embedder=embedder).ask(question)
    assert not answer.refused
    assert any(said in c.quote for c in answer.citations)


@pytest.mark.parametrize("name", ["own", "crossed", "crossed_en"])
def test_the_packaged_language_cases_quote_their_texts(tmp_path: Path, name: str) -> None:
    folder = Path(cases.__file__).parent / "languages" / name
    assert cases.write_corpus(folder, tmp_path)
    found = cases.load_cases(folder)
    for case in found:
        for source in case.sources:
            assert all(e in (tmp_path / source).read_text(encoding="utf-8") for e in case.evidence), case.id
        assert bool(case.evidence) == case.answerable
    assert len(found) / 4 <= sum(not c.answerable for c in found) <= len(found) / 2


def test_a_glossed_question_knows_the_words_that_were_asked(tmp_path: Path) -> None:
    opened = library(tmp_path, ENGLISH)
    put = cross(analyse("¿Quién ganó el partido?"), opened).question
    assert dict(put.spoken)["won"] == "ganó"
    assert "match" in dict(put.spoken)
    assert cross(analyse("Who won the match?"), opened).question.spoken == ()
    opened.close()
