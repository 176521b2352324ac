"""What stands around a question and in it: wrapping, small talk, acronyms, lists, the time that a file's name says."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pipeline import ingest
from rag import Engine, Scope, Settings, Turn
from rag.asked.followup import rewrite
from rag.asked.question import analyse
from rag.asked.wrapping import Wish, unwrapped
from rag.catalogue.smalltalk import small_talk
from rag.check.calendar import Period, day, years
from rag.judge.lists import listings
from rag.judge.reasons import said_in
from rag.judge.timely import of_name
from rag.messages import messages
from rag.models import Embedder
from rag.text import fold, title_words
from tests.ingest_support import write
from ui.render import rewritten

# --- wrapping --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("In one sentence, please tell me who built the pier.", Wish("Who built the pier?", 1)),
        ("Who built the pier, in two sentences?", Wish("Who built the pier?", 2)),
        ("Hello! When does the kiosk open, please? Thanks", Wish("When does the kiosk open?")),
        ("Can you tell me why the pier closed?", Wish("Why the pier closed?")),
        ("What is a berth in simple words?", Wish("What is a berth?", 0, ("style",))),
        ("Describe the harbour for a child.", Wish("Describe the harbour", 0, ("style",))),
        ("List the fees as a table", Wish("List the fees", 0, ("table",))),
        ("Make a table of the fees", Wish("List the fees", 0, ("table",))),
        ("¿Puedes decirme quién construyó el muelle?", Wish("Quién construyó el muelle?")),
        ("En pocas palabras, ¿qué es una boya?", Wish("¿qué es una boya?", 1)),
    ],
)
def test_the_question_inside_its_wrapping(typed: str, wish: Wish) -> None:
    assert unwrapped(typed) == wish


@pytest.mark.parametrize(
    "question",
    [
        "Who built the pier?",
        "How many boats are in a list?",
        "Is there a school for a child?",
        "Can you swim in the lake?",
        "What is written in one sentence of the lease?",
        "Tell me about the pier.",
        "Where can I find a table?",
        "Please",
        "",
    ],
)
def test_a_question_without_wrapping_stays(question: str) -> None:
    assert unwrapped(question) == Wish(question)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(
    "please tell me in one sentence who what hello thanks as a table , . ? ¿ for child list of briefly the pier".split()
), max_size=10).map(" ".join)))  # fmt: skip
def test_unwrapping_ends_and_takes_its_words_from_the_question(question: str) -> None:
    inside = unwrapped(question).question
    assert {w for w in fold(inside).split() if w.isalpha()} <= {w.strip("¿?.,!") for w in fold(question).split()} | {
        "list", "enumera",
    }  # fmt: skip


# --- small talk ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Hi", ("hello", "en")),
        ("Good morning!", ("hello", "en")),
        ("Thanks a lot for your help.", ("thanks", "en")),
        ("Hello, who are you and what can you do?", ("who", "en")),
        ("Hola, buenos días", ("hello", "es")),
        ("Muchas gracias", ("thanks", "es")),
        ("Danke schön!", ("thanks", "de")),
        ("你好", ("hello", "zh")),
        ("Hi, when does the kiosk open?", None),
        ("Who is the harbour master?", None),
        ("Thanks to whom was the pier built?", None),
        ("What does hello mean?", None),
        ("?", None),
    ],
)
def test_small_talk_is_nothing_but_small_talk(typed: str, found: tuple[str, str] | None) -> None:
    assert small_talk(typed) == found


# --- acronyms --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "term"),
    [("What did the WHO recommend?", "who"), ("Who leads IT?", "it"), ("What did the US send?", "us")],
)
def test_an_acronym_is_a_name_where_not_all_is_in_capitals(question: str, term: str) -> None:
    assert term in analyse(question).terms
    assert term in analyse(question).names
    assert term not in analyse(question.lower()).terms
    assert term not in analyse(question.upper()).terms


# --- follow-ups ------------------------------------------------------------------


@pytest.mark.parametrize("before", ["List the boats", "Enumerate the boats.", "Enumera los botes"])
def test_a_verb_of_asking_is_no_topic(before: str) -> None:
    made = rewrite("And when was it repaired?", [Turn(before, "They lie in the shed.")])
    assert before.split()[0] not in made.text


def test_a_name_before_a_noun_stays_with_it() -> None:
    made = rewrite("How long does it take?", [Turn("What is a Williamson turn?", "It is a manoeuvre.")])
    assert made.text == "How long does a Williamson turn take?"


# --- what a file's name says -----------------------------------------------------


@pytest.mark.parametrize(
    ("source", "title", "period"),
    [
        ("report-2023.txt", "Report", years(2023)),
        ("a/budget_2026.xlsx", "Income", years(2026)),
        ("2026-03-19.docx", "Minutes, 19 March 2026", day(datetime.date(2026, 3, 19))),
        ("notes.txt", "Growth plan 2024 and 2029", None),
        ("room 2023 chairs.txt", "Chairs", years(2023)),
        ("notes.txt", "Notes", None),
    ],
)
def test_the_time_that_a_name_says(source: str, title: str, period: Period | None) -> None:
    assert of_name(source, title) == period


def test_a_path_names_its_document_and_a_hash_does_not() -> None:
    assert {"jana", "voss"} <= set(title_words("people/Jana Voss.md", "Phone"))
    assert title_words("x/000_678fa3628cc71388.txt", "A title") == ["titl"]


# --- lists -----------------------------------------------------------------------


def test_lists_with_the_line_above_them() -> None:
    text = "# Rules\n\nAll is well. Before leaving:\n\n1. Lock up,\n   twice.\n2. Sign.\n\nThe end.\n- one\n"
    [found] = listings(text)
    assert found.intro is not None
    assert found.intro.of(text) == "Before leaving:"
    assert [i.of(text) for i in found.items] == ["1. Lock up,\n   twice.", "2. Sign."]


def test_a_heading_introduces_without_its_marks() -> None:
    text = "## In a storm\n\n- Haul in.\n- Tie up.\n"
    [found] = listings(text)
    assert found.intro is not None
    assert found.intro.of(text) == "In a storm"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["- a", "1. b", "# c", "d:", "e.", "", "  f", "\u2028- g"]), max_size=12).map("\n".join)
)
def test_items_are_spans_in_order(text: str) -> None:
    for found in listings(text):
        spans = [*([found.intro] if found.intro else []), *found.items]
        assert all(s.of(text).strip() == s.of(text) != "" for s in spans)
        assert all(a.end <= b.start for a, b in pairwise(spans))


# --- one turn --------------------------------------------------------------------

FILES = {
    "storm.md": "# Pier rules\n\n## In a storm\n\n1. Haul in the boats.\n2. Double the ropes.\n3. Close the hatches.\n"
    "4. Bring in the flags.\n5. Wait in the hut.\n\n## Before leaving\n\nWhoever goes last must:\n\n- sweep the pier,\n"
    "- put out the lamp.\n\nThe hut was built in 1954.\n",
    "sales-2022.txt": "Ice at the kiosk\n\nThe kiosk sold 41 tonnes of ice.\n",
    "sales-2023.txt": "Ice at the kiosk\n\nThe kiosk sold 58 tonnes of ice.\n",
    "crew/Bo Lindqvist.md": "Radio channel: 72\n\nComes on Fridays.\n",
    "crew/Ida Holm.md": "Radio channel: 16\n\nComes on Mondays.\n",
    "advice.txt": "date 2024-03-01\n\nAdvice on water\n\nThe WHO advised boiling the water. Floods spoil the wells.\n",
}


@pytest.fixture(scope="module")
def engine(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    root = tmp_path_factory.mktemp("asking")
    given_ = Settings.load(environ={}, library=str(root / "library"))
    ingest([write(root / "docs", FILES)], given_.library, embedder, settings=given_)
    return Engine.open(given_, embedder=embedder)


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "quotes"),
    [
        ("What must be done in a storm?", 6),
        ("What must whoever goes last do before leaving?", 3),
        ("Which steps have to be done on the pier in a storm?", 6),
    ],
)
def test_a_list_is_told_whole_and_in_order(engine: Engine, question: str, quotes: int) -> None:
    answer = engine.ask(question)
    assert not answer.refused
    assert len(answer.citations) == quotes
    text = engine.library.text("storm.md")
    starts = [c.quote_start for c in answer.citations]
    assert starts == sorted(starts)
    for c in answer.citations:
        assert text[c.quote_start : c.quote_end] == c.quote
        assert answer.text[c.marker_start : c.marker_end] == f"[{c.number}]"


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "says", "lacks"),
    [
        ("How much ice was sold in 2022?", "41 tonnes", "58"),
        ("What does sales-2023.txt say about ice?", "58 tonnes", "41"),
        ("What is the radio channel of Bo Lindqvist?", "72", "16"),
        ("What did the WHO advise?", "boiling", "kiosk"),
        ("When was the hut built?", "1954", "Haul"),
        ("In one sentence, please tell me when the hut was built.", "1954", "Haul"),
    ],
)
def test_names_times_and_acronyms_find_their_document(engine: Engine, question: str, says: str, lacks: str) -> None:
    answer = engine.ask(question)
    assert not answer.refused
    assert says in answer.text
    assert lacks not in answer.text


@pytest.mark.model
def test_reports_of_two_years_do_not_disagree(engine: Engine) -> None:
    assert engine.ask("How many tonnes of ice did the kiosk sell?").disagreement == ()


@pytest.mark.model
def test_a_scope_bounds_the_answer_and_the_search(engine: Engine) -> None:
    scope = Scope(inside=("sales-2022.txt",))
    answer = engine.ask("How much ice was sold?", scope=scope)
    assert {c.source for c in answer.citations} == {"sales-2022.txt"}
    assert {r.passage.source for r in engine.search("ice", scope=scope)} == {"sales-2022.txt"}
    assert engine.ask("When was the hut built?", scope=scope).refused


@pytest.mark.model
def test_small_talk_is_answered_without_a_search(engine: Engine) -> None:
    answer = engine.ask("Hello there!")
    assert (answer.refused, answer.citations, answer.passages) == (False, (), ())
    assert answer.text == messages()["en"]["hello"].format(documents=len(FILES))


@pytest.mark.model
def test_the_reason_of_a_refusal_is_true_of_what_is_shown(engine: Engine) -> None:
    named = 0
    for question in (
        "Who flooded the wells of Mars?",
        "Which well was spoilt by the flood of 1911?",
        "¿Quién vendió hielo?",
    ):
        answer = engine.ask(question)
        shown = [r.passage.text for r in answer.passages]
        for word in [w.strip("“”.,") for w in answer.reason.split() if w.startswith("“")]:
            named += 1
            assert not any(fold(word) in fold(text) for text in shown)
    assert named >= 2  # else nothing was put to the test


@pytest.mark.model
def test_the_date_of_the_latest_document_is_no_error(engine: Engine) -> None:
    answer = engine.ask("When was the latest text on the water published?")
    assert answer.text


@pytest.mark.model
def test_a_word_is_said_in_any_form(engine: Engine) -> None:
    stored = engine.library.document_passages("advice.txt")
    for word, stem in (("floods", "flood"), ("flooded", "flood"), ("Wéll", "well"), ("advisory", "advisori")):
        assert said_in(word, (stem,), stored)
    assert not said_in("kiosk", ("kiosk",), stored)


@pytest.mark.model
def test_a_lent_topic_is_not_shown_as_another_question(engine: Engine) -> None:
    answer = engine.ask("Who pays?", [Turn("What is the price of ice?", "Ice costs 3 crowns.")])
    assert not rewritten(answer)


@pytest.mark.model
def test_paths_are_searched(engine: Engine) -> None:
    assert [i for i, _ in engine.library.lexical(["lindqvist"], 5)]
