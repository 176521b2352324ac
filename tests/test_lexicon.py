"""The language of a question, and Spanish questions in English words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rag.asked.lexicon
from rag import languages
from rag.asked.lexicon import candidates, gloss, has_lexicon, question_language
from rag.text import STOPWORDS, fold


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("When did Peru ask the United States for support?", "en"),
        ("what is it", "en"),
        ("Who founded São Paulo?", "en"),
        ("Is the El Niño effect real?", "en"),
        ("¿Cuándo pidió apoyo?", "es"),
        ("quien formalizo la solicitud", "es"),
        ("cuanto cuesta la entrada", "es"),
        ("Où est le musée ?", "fr"),
        ("Combien coûte l'entrée ?", "fr"),
        ("Qui a écrit ce livre et pourquoi ?", "fr"),
        ("Wer hat die Brücke gebaut?", "de"),
        ("Wie viele Leute wohnen dort?", "de"),
        ("Quem construiu a ponte?", "pt"),
        ("Quando foi que a reunião terminou?", "pt"),
        ("Chi ha costruito il ponte?", "it"),
        ("Dove si trova il museo della città?", "it"),
    ],
)
def test_a_question_shows_its_language(text: str, language: str) -> None:
    assert question_language(text) == language


@pytest.mark.parametrize("text", ["", "2023?", "Peru", "Corvo Oliveira", "???", "no"])
def test_what_shows_no_language_takes_the_default(text: str) -> None:
    assert question_language(text) == "en"
    assert question_language(text, default="es") == "es"


def english(words: str) -> set[str]:
    return set(words.split())


def told(
    question: str, source: str = "es", target: str = "en", known: Callable[[str], bool] | None = None
) -> list[str]:
    """The words of a gloss that carry meaning, in lower case."""
    words = gloss(question, source, target, known).rstrip("?").lower().split()
    return [w for w in words if fold(w) not in STOPWORDS[target]]


def test_terms_come_from_the_lexicon_in_any_inflection() -> None:
    terms = told("¿Quiénes construyeron los puentes de las ciudades antiguas?")
    assert english("bridge city") <= set(terms)
    assert "built" in terms or "build" in terms
    assert not {"of", "the", "los", "de", "las"} & set(terms)


def test_set_phrases_are_read_whole() -> None:
    assert told("los Estados Unidos") == ["united", "states"]
    assert "world" in told("la Segunda Guerra Mundial")


def test_names_and_numbers_pass_as_they_are() -> None:
    terms = told("¿Qué firmó Javier González-Olaechea en 2023?")
    assert english("javier gonzález olaechea 2023") <= set(terms)


def test_a_cognate_counts_only_when_the_documents_know_it() -> None:
    library = english("legislation photosynthesis observatory ambiguity spontaneously espresso")
    assert told("la legislación", known=library.__contains__) == ["legislation"]
    assert told("la ambigüedad", known=library.__contains__) == ["ambiguity"]
    assert told("el observatorio", known=library.__contains__) == ["observatory"]
    assert told("espontáneamente", known=library.__contains__) == ["spontaneously"]
    # A word that the lexicon does not have says nothing about what the documents hold.
    assert told("la ambigüedad", known=lambda word: False) == []
    assert told("la ambigüedad") == ["ambigüedad"]


def test_the_documents_choose_among_meanings() -> None:
    assert told("el banco", known={"bank"}.__contains__) == ["bank"]
    assert told("la carrera", known={"race"}.__contains__) == ["race"]
    assert {t for g in candidates("la carrera", "es", "en") if not g.function for t in g.terms} == {"career", "race"}


def test_a_gloss_reads_as_rough_english() -> None:
    assert gloss("¿Quién diseñó el puente de Corvo?", "es", "en") == "Who design the bridge of Corvo?"
    assert gloss("¿Por qué se cerró el museo?", "es", "en").startswith("Why close the museum")
    assert gloss("¿Cuántos barcos llegaron en 2022?", "es", "en").startswith("How many ship arrive in 2022")


def test_languages_without_a_lexicon_keep_their_words() -> None:
    assert gloss("Wer baute die Brücke?", "de", "en") == "Wer baute die Brücke?"


def test_the_lexicon_file_is_clean() -> None:
    data = json.loads(Path(rag.asked.lexicon.__file__).with_name("lexicon_es_en.json").read_text(encoding="utf-8"))
    assert len(data["words"]) >= 1500
    assert len({fold(key) for key in data["words"]}) >= 0.99 * len(data["words"])
    assert all(value == value.lower() and value.split() for value in data["words"].values())
    assert all(
        value.replace("_", "").replace(" ", "").isalpha() for value in data["words"].values() if "é" not in value
    )
    assert not set(data["words"]) & set(data["function"])


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_every_word_keeps_a_place(text: str) -> None:
    assert question_language(text) in {"en", "es", *languages.languages(), "ru", "ar", "el", "he", "hi"}
    read = candidates(text, "es", "en")
    assert " ".join(g.source for g in read).split() == [w for g in read for w in g.source.split()]
    gloss(text, "es", "en", lambda word: True)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Why did the mayor forbid bicycles?", {"alcalde", "prohibir", "bicicleta"}),
        ("Who is the owner of the bridge?", {"dueño", "puente"}),
        ("In what year was it built?", {"año", "construyó"}),
        ("Which nation signed the constitution?", {"nación", "constitución"}),
    ],
)
def test_an_english_question_is_put_into_spanish_by_the_same_lexicon(question: str, words: set[str]) -> None:
    known = {fold(w) for w in words}
    assert words <= set(told(question, "en", "es", lambda word: fold(word) in known))
    assert has_lexicon("en", "es")
    assert not has_lexicon("en", "fr")


def test_a_pair_without_a_lexicon_leaves_the_words() -> None:
    assert gloss("Wer baute die Brücke?", "de", "en") == "Wer baute die Brücke?"
