"""Several documents about one thing, over the years: time asked for, the newer first, disagreement, copies."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag import Engine, Settings
from rag.asked.question import analyse
from rag.asked.times import time_asked
from rag.check.calendar import FIRST, LAST, Period, month
from rag.check.facts import read
from rag.judge.disagree import conflict
from rag.judge.features import candidates
from rag.judge.newest import wants_newest
from rag.judge.timely import Fit, fit, placed, timing
from rag.judge.told_times import means
from rag.judge.twins import adds_nothing
from rag.models import Embedder
from rag.retrieve import search
from tests.support import ROOT, run_rag
from ui.asides import disagreement
from ui.markup import to_html
from ui.render import to_json, to_markdown, to_terminal

WROTE = date(2024, 2, 5)
FOLDER = ROOT / "eval" / "versions"


@pytest.fixture(scope="module")
def library(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("versions") / "library"
    ingest([FOLDER], path, embedder, settings=Settings.load(environ={}, library=str(path)))
    return path


@pytest.fixture(scope="module")
def engine(embedder: Embedder, library: Path) -> Engine:
    return Engine.open(Settings.load(environ={}, library=str(library)), embedder=embedder)


# --- the time of a question ------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "words", "period"),
    [
        ("What happened in December 2023?", "December 2023", month(2023, 12)),
        ("What happened after December 2023?", "after December 2023", Period(date(2024, 1, 1), LAST)),
        ("Who came before 2020?", "before 2020", Period(FIRST, date(2019, 12, 31))),
        ("What happened last month?", "last month", month(2024, 1)),
        ("¿Qué pasó en febrero de 2024?", "febrero de 2024", month(2024, 2)),
        ("¿Qué pasó el mes pasado?", "el mes pasado", month(2024, 1)),
    ],
)
def test_the_time_a_question_asks_about(question: str, words: str, period: Period) -> None:
    wanted = time_asked(analyse(question))
    assert wanted is not None
    assert (wanted.words(), wanted.period(WROTE)) == (words, period)


@pytest.mark.parametrize(
    "question",
    [
        "How did people feel after the 2020 election?",  # the date names the election
        "Who wrote the 2023 report?",
        "Who produced the song of the singer born in 1952?",
        "What did May say?",
        "How long did it last?",
    ],
)
def test_a_date_that_names_a_thing_sets_no_time(question: str) -> None:
    assert time_asked(analyse(question)) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Last December a barge struck the pillar.", Fit.SAID),
        ("In December 2023 a barge struck the pillar.", Fit.SAID),
        ("Between October 2023 and January 2024 the bridge was painted.", Fit.SAID),
        ("In 2023 the bridge was painted green.", Fit.UNKNOWN),  # in which month is not said
        ("Two years ago a barge struck the pillar.", Fit.OUTSIDE),
        ("In 2019 the bridge was painted, and again in 2025.", Fit.UNKNOWN),
        ("A barge struck the pillar.", Fit.UNKNOWN),
        ("date 2023-12-04", Fit.UNKNOWN),  # states nothing
    ],
)
def test_how_a_sentence_stands_to_december_2023(text: str, found: Fit) -> None:
    assert fit(month(2023, 12), text, "en", WROTE) is found


def test_a_sentence_without_a_date_is_of_its_documents_time() -> None:
    assert fit(month(2024, 2), "A barge struck the pillar.", "en", WROTE) is Fit.BY_DOCUMENT


def test_without_the_day_of_writing_nothing_is_counted_from_it() -> None:
    assert means("It fell last December.", None) == ""
    assert means("It fell in December 2023.", WROTE) == ""
    assert means("Cerró el mes pasado.", WROTE) == "“el mes pasado” = enero de 2024 (the text is dated 2024-02-05)"


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("What happened in December 2023?", "a barge struck", "yesterday"),
        ("What was done to the bridge in December 2023?", "a barge struck", "painted"),
        ("What happened before 2020?", "painted green", "Last December"),
        ("What happened between 2018 and 2019?", "a flood stopped", "third machine"),
        ("What did the mill buy after 2023?", "third machine", "flood"),
        ("What happened after December 2023?", "yesterday", "Last December"),
        ("¿Qué pasó en febrero de 2024?", "cerró sus puertas", "ayer"),
    ],
)
def test_a_time_is_respected_in_whatever_form_the_text_has_it(
    engine: Engine, question: str, holds: str, lacks: str
) -> None:
    answer = engine.ask(question)
    assert not answer.refused
    assert holds in answer.text
    assert lacks not in answer.text


@pytest.mark.model
def test_this_week_tells_nothing_unless_a_document_is_of_the_week_of_asking(engine: Engine, embedder: Embedder) -> None:
    found = search(engine.library, embedder, analyse("Who visited the works this week?"), 10)
    sentences = candidates(found)
    long_after = timing(placed(found, engine.library, date(2031, 7, 1)), sentences)
    assert long_after.wanted is None
    that_week = timing(placed(found, engine.library, date(2024, 3, 13)), sentences)
    assert that_week.wanted is not None
    of = {(c.hit.stored.passage.source, f) for c, f in zip(sentences, that_week.fits, strict=True)}
    assert ("faro.txt", Fit.BY_DOCUMENT) in of  # "The tower is 31 metres high.", in a text of that week
    assert not {("mill-old.txt", Fit.BY_DOCUMENT), ("mill-old.txt", Fit.SAID)} & of


@pytest.mark.model
def test_what_no_document_tells_of_a_time_is_refused(engine: Engine) -> None:
    assert engine.ask("What happened in 2017?").refused
    other = engine.ask("What struck the bridge in December 2021?")
    assert other.refused
    assert other.reason == "The closest passages speak of other times, not of “December 2021”."
    assert engine.ask("What happened to the mill after 2025?").refused


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "date_read", "note"),
    [
        ("When did a barge strike the bridge?", "December 2023", "“Last December” = December 2023"),
        ("When was the bridge inspected?", "4 February 2024", "“yesterday” = 4 February 2024"),
        ("¿Cuándo cerró el mercado de Almorada?", "febrero de 2024", "“el mes pasado” = febrero de 2024"),
        ("¿Cuándo visitó la escuela la torre?", "5 de marzo de 2024", "“El martes pasado” = 5 de marzo de 2024"),
    ],
)
def test_when_is_answered_with_a_date(engine: Engine, question: str, date_read: str, note: str) -> None:
    answer = engine.ask(question)
    assert answer.text.startswith(f"{date_read}: ")
    assert [h.text for h in answer.highlights] == [date_read]
    first = answer.citations[0]
    assert first.note.startswith(note)
    assert "the text is dated 2024-" in first.note
    assert engine.library.text(first.source)[first.quote_start : first.quote_end] == first.quote
    assert answer.text[first.marker_start : first.marker_end] == "[1]"


@pytest.mark.model
def test_the_date_of_a_text_is_no_sentence_of_an_answer(engine: Engine) -> None:
    answer = engine.ask("What happened in the spring of 2019?")
    assert "painted green" in answer.text
    assert "2019-06-03" not in answer.text


@pytest.mark.model
def test_a_written_date_needs_no_note(engine: Engine) -> None:
    answer = engine.ask("When was the bridge painted green?")
    assert answer.text.startswith("The bridge had been painted green in the spring of 2019")
    assert answer.citations[0].note == ""


# --- the newer first -------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "newest"),
    [
        ("What is the latest figure?", True),
        ("¿Cuál es el precio actual?", True),
        ("Who is currently the director?", True),
        ("Who was the director?", False),
        ("When did it last rain?", False),
    ],
)
def test_questions_for_what_is_newest(question: str, newest: bool) -> None:
    assert wants_newest(analyse(question)) is newest


@pytest.mark.model
def test_the_newer_of_two_equal_documents_leads(engine: Engine) -> None:
    assert engine.ask("What does the mill make?").citations[0].source == "mill-new.txt"


@pytest.mark.model
def test_a_question_for_what_is_current_says_how_new_the_answer_is(engine: Engine) -> None:
    answer = engine.ask("Who is the current director of the Dunmere mill?")
    assert answer.text.startswith("The director of the Dunmere mill is Salma Reyes")
    assert answer.notes == ("This stands in the newest document found, dated 2024-05-20.",)
    assert "dated 2024-05-20" in to_terminal(answer, colour=False, width=0)
    assert engine.ask("Who is the director of the Dunmere mill?").notes == ()


# --- disagreement ----------------------------------------------------------------

FEE = "How much is the entrance fee?"


@pytest.mark.parametrize(
    ("question", "a", "b", "values"),
    [
        (FEE, "The entrance fee is 12 euros.", "The entrance fee is 15 euros.", ("12 euros", "15 euros")),
        (
            FEE,
            "The entrance fee is 12 euros.",
            "Since May the entrance fee has been 15 euros.",
            ("12 euros", "15 euros"),
        ),
        ("When did the bridge open?", "The bridge opened in 1932.", "The bridge opened in 1934.", ("1932", "1934")),
        (
            "Who is the mayor of Orvall?",
            "The mayor of Orvall is Ana Ruiz.",
            "The mayor of Orvall is Luis Vega.",
            ("Ana Ruiz", "Luis Vega"),
        ),
        (
            "¿Cuánto cuesta la entrada?",
            "La entrada cuesta 12 euros.",
            "La entrada cuesta 15 euros.",
            ("12 euros", "15 euros"),
        ),
        (
            "What is the address of the server?",
            "The address of the server is 10.0.0.7.",
            "The address of the server is 10.0.0.12.",
            ("10.0.0.7", "10.0.0.12"),
        ),
    ],
)
def test_two_values_of_one_thing(question: str, a: str, b: str, values: tuple[str, str]) -> None:
    language = analyse(question).language
    assert conflict(analyse(question), read(a, language), read(b, language)) == values


@pytest.mark.parametrize(
    ("question", "a", "b"),
    [
        (FEE, "The entrance fee is 12 euros.", "The entrance fee is twelve euros."),  # one number, two spellings
        (FEE, "The entrance fee is 12 euros.", "The fee for a boat is 15 euros."),  # of another thing
        (FEE, "In 2010 the entrance fee was 12 euros.", "In 2020 the entrance fee was 15 euros."),  # of another time
        (FEE, "The entrance fee is over 10 euros.", "The entrance fee is 12 euros."),  # both may be true
        ("How many people live here?", "About 1.2 million people live here.", "Exactly 1,203,000 people live here."),
        ("When did it open?", "It opened in May 1932.", "It opened on 3 May 1932."),  # one is more exact
        ("Who is the mayor?", "The mayor is Ana Ruiz.", "The mayor is Ruiz."),  # one name, shorter
        (
            "Who plays Kate Ram on television?",
            "Kate Ram is a character on television, played by Ana Ruiz.",
            "Sophie Ram is a character on television, played by Luis Vega.",
        ),
        ("Who scored?", "Ana Ruiz scored a goal.", "Luis Vega scored a goal."),  # both may have
        (
            "What is the book about?",
            "The Iron Door is a 1992 novel by Mary Holt and the fourth book of the series.",
            "The Glass Key is a 1997 novel by Mary Holt and the ninth book of the series.",
        ),
        ("How many cars come?", "It carries 180 passengers and 40 cars.", "It carries 210 passengers and 40 cars."),
        (
            "Why did they pay?",
            "They paid 12 euros for the fee.",
            "They paid 15 euros for the fee.",
        ),  # asks for no value
        ("What was added in it?", "Release 1.5.7 added a queue to it.", "Release 1.5.6 added a queue to it."),
        ("What do the rules say?", "Section 4.2 sets the fee.", "Section 4.3 sets the fee."),
    ],
)
def test_no_false_alarm(question: str, a: str, b: str) -> None:
    language = analyse(question).language
    assert conflict(analyse(question), read(a, language), read(b, language)) is None


@pytest.mark.model
def test_documents_that_disagree_are_both_shown_the_newest_first(engine: Engine) -> None:
    answer = engine.ask("How many people does the paper mill employ?")
    assert [(s.value, s.source, s.date, s.number) for s in answer.disagreement] == [
        ("310 people", "mill-new.txt", "2024-05-20", 1),
        ("240 people", "mill-old.txt", "2019-06-03", 2),
    ]
    assert answer.text == (
        "The paper mill at Dunmere employs 310 people [1]. The paper mill at Dunmere employs 240 people [2]."
    )
    line = (
        "The documents disagree: mill-new.txt (2024-05-20) says 310 people [1]; "
        "mill-old.txt (2019-06-03) says 240 people [2]."
    )
    assert disagreement(answer) == line
    assert line in to_terminal(answer, colour=False, width=0)
    assert line in to_html(answer, "t1")
    assert "The documents disagree" in to_markdown(answer)
    found = to_json(answer)["disagreement"]
    assert json.loads(json.dumps(found)) == found
    assert isinstance(found, list)
    assert [s["value"] for s in found] == ["310 people", "240 people"]


@pytest.mark.model
def test_a_yes_is_not_said_over_documents_that_disagree(engine: Engine) -> None:
    answer = engine.ask("Does the paper mill at Dunmere employ 310 people?")
    assert answer.disagreement
    assert not answer.text.startswith(("Yes", "No"))


@pytest.mark.model
def test_one_who_differs_from_two_copies_is_heard(engine: Engine) -> None:
    answer = engine.ask("How many passengers does the second ferry carry?")
    assert [(s.value, s.source) for s in answer.disagreement] == [
        ("180 passengers", "ferry-paper.txt"),
        ("210 passengers", "ferry-radio.txt"),
    ]
    assert not engine.ask("How many cars does the second ferry carry?").disagreement


@pytest.mark.model
def test_a_difference_inside_one_document_is_told_as_that(engine: Engine) -> None:
    answer = engine.ask("How many people does the paper mill employ?")
    alone = replace(answer, disagreement=tuple(replace(s, source="a.txt", date=None) for s in answer.disagreement))
    assert disagreement(alone).startswith("The document disagrees with itself: a.txt says 310 people [1]; ")


# --- copies ----------------------------------------------------------------------

STORY = (
    "The port authority of Tessaly bought a second ferry last month. The ship carries 180 passengers and 40 cars. "
    "It will sail between Tessaly and the island of Brenn."
)


@pytest.mark.parametrize(
    ("later", "nothing"),
    [
        (STORY, True),
        (f"date 2024-04-03\n\n{STORY}", True),
        (STORY.replace("It will sail", "It will then sail"), True),
        (STORY.split(". ")[0] + ".", True),  # a part of it
        (STORY + " The harbour master welcomed the crew, and a band played for an hour on the new quay.", False),
        (STORY.replace("180", "210"), False),
        (STORY.replace("second", "third"), False),
        (STORY.replace("Brenn", "Skerry"), False),
        (STORY.replace("will sail", "will not sail"), False),
        ("Nothing of the kind was said of any ferry in the harbour of that town.", False),
    ],
)
def test_what_adds_nothing(later: str, nothing: bool) -> None:
    assert adds_nothing(later, STORY) is nothing


@pytest.mark.model
def test_copies_stand_behind_the_newest_and_are_named(engine: Engine) -> None:
    answer = engine.ask("What will the second ferry sail between?")
    of = {r.passage.source: [p.source for p in r.also] for r in answer.passages}
    assert of["ferry-paper.txt"] == ["ferry-wire.txt"]
    assert "ferry-wire.txt" not in of
    assert len(answer.passages) == 10
    scores = [r.score for r in answer.passages]
    assert scores == sorted(scores, reverse=True)
    assert "Also in: ferry-wire.txt" in to_terminal(answer, colour=False, width=0)
    assert "Also in: ferry-wire.txt" in to_html(answer, "t1")
    quotes = [" ".join(c.quote.split()) for c in answer.citations]
    assert len(set(quotes)) == len(quotes)


@pytest.mark.model
def test_copies_come_back_where_the_library_is_small(embedder: Embedder, tmp_path: Path) -> None:
    for n in range(11):
        (tmp_path / f"{n}.txt").write_text(f"date 2024-01-{n + 10}\n\n{STORY}\n", encoding="utf-8")
    path = tmp_path / "library"
    settings = Settings.load(environ={}, library=str(path))
    ingest([tmp_path / f"{n}.txt" for n in range(11)], path, embedder, settings=settings)
    answer = Engine.open(settings, embedder=embedder).ask("How many passengers does the ship carry?")
    assert len(answer.passages) == 10
    assert answer.passages[0].passage.source == "10.txt"  # the newest
    assert len(answer.passages[0].also) == 10
    assert [c.source for c in answer.citations] == ["10.txt"]


@pytest.mark.model
def test_the_command_names_copies(library: Path, tmp_path: Path) -> None:
    done = run_rag("search", "second ferry", "-k", "2", "--library", library, cwd=tmp_path)
    assert "Also in: ferry-wire.txt" in done.stdout
    done = run_rag("search", "second ferry", "-k", "2", "--json", "--library", library, cwd=tmp_path)
    passages = json.loads(done.stdout)["passages"]
    assert [p["source"] for also in passages for p in also["also"]] == ["ferry-wire.txt"]
