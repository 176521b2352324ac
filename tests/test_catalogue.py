"""Questions about the library and about one document, on a small folder and without a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pipeline import ingest
from rag import Answer, Scope, Settings
from rag.catalogue import reading
from rag.catalogue.changes import changes
from rag.catalogue.names import Shelf
from rag.catalogue.outline import outline
from rag.catalogue.reading import Want, request
from rag.catalogue.replies import Catalogue
from rag.errors import ScopeError
from rag.library import Library
from rag.types import Document
from tests.ingest_support import write
from tests.support import HashEmbedder

MAIL = """From: {name} <{address}>
To: crew@tarn.example
Date: {date}
Subject: {subject}

{text}
"""
FILES = {
    "rules/diving_rules_v1.md": (
        "# Diving rules, version 1\n\nDives are logged within 14 days.\n\nNobody dives alone.\n"
    ),
    "rules/diving_rules_v2.md": (
        "# Diving rules, version 2\n\nDives are logged within 3 days.\n\nNobody dives alone.\n\n"
        "Lamps are checked in May.\n"
    ),
    "minutes/2025-04-02.txt": "Minutes of the board, 2 April 2025\n\nThe board bought the Heron for 900 crowns.\n",
    "minutes/2026-04-09.txt": "Minutes of the board, 9 April 2026\n\nThe board sold the Heron.\n",
    "guide.md": (
        "---\nauthor: Runa Falk\ndate: 2024-06-01\n---\n# Harbour guide\n\n## Berths\n\n"
        "A berth costs 40 crowns a week. It is paid at the gate.\n\n## Water\n\n"
        "Taps stand at both piers. Hoses are lent by the office.\n"
    ),
    "letter.txt": "Dear all,\n\nfrom 1 May on the gate is shut at ten.\n",
    "kiosk.txt": "The kiosk\n\nThe kiosk sells ice and maps from May to September.\n",
    "one.eml": MAIL.format(
        name="Kari Moe",
        address="kari@tarn.example",
        date="Mon, 05 May 2025 10:00:00 +0000",
        subject="New buoys",
        text="The new buoys are yellow and come on Friday morning.",
    ),
    "two.eml": MAIL.format(
        name="Odd Lie",
        address="odd@tarn.example",
        date="Tue, 05 May 2026 10:00:00 +0000",
        subject="Old buoys",
        text="The old buoys were red; Runa Falk keeps them in the shed.",
    ),
    "people/Siv Aas.md": "Berth: 17\n\nPays in cash, always on a Monday morning.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("catalogue")
    path = root / "library"
    ingest([write(root / "docs", FILES)], path, HashEmbedder(), settings=Settings.load(environ={}, library=str(path)))
    return Library.open(path)


@pytest.fixture(scope="module")
def catalogue(library: Library) -> Catalogue:
    return Catalogue(library)


def told(catalogue: Catalogue, library: Library, question: str) -> Answer:
    """Ask, and hold the answer against the invariants."""
    answer = catalogue.reply(question, question)
    assert answer is not None
    for c in answer.citations:
        assert library.text(c.source)[c.quote_start : c.quote_end] == c.quote
        assert answer.text[c.marker_start : c.marker_end] == f"[{c.number}]"
    return answer


def sources(answer: Answer) -> set[str]:
    return {c.source for c in answer.citations}


# --- which documents -------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    ["Which documents do you have?", "List all documents.", "show me the files", "¿Qué documentos hay?"],
)
def test_every_document_is_listed_and_opens(catalogue: Catalogue, library: Library, question: str) -> None:
    assert sources(told(catalogue, library, question)) == set(FILES)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Which documents mention the Heron?", {"minutes/2025-04-02.txt", "minutes/2026-04-09.txt"}),
        ("In which files does Runa Falk appear?", {"two.eml"}),
        ("Where is the kiosk mentioned?", {"kiosk.txt"}),
        ("¿Qué documentos mencionan el Heron?", {"minutes/2025-04-02.txt", "minutes/2026-04-09.txt"}),
        ("Which mails are there?", {"one.eml", "two.eml"}),
        ("Which emails did Kari send?", {"one.eml"}),
        ("Which documents are from 2026?", {"minutes/2026-04-09.txt", "two.eml"}),
        ("Which minutes are there?", {"minutes/2025-04-02.txt", "minutes/2026-04-09.txt"}),  # by name or folder
        ("Please list all the minutes.", {"minutes/2025-04-02.txt", "minutes/2026-04-09.txt"}),
        ("What is new since 2026?", {"minutes/2026-04-09.txt", "two.eml"}),
    ],
)
def test_documents_are_found_by_what_they_say_and_are(
    catalogue: Catalogue, library: Library, question: str, wanted: set[str]
) -> None:
    assert sources(told(catalogue, library, question)) == wanted


def test_they_are_counted(catalogue: Catalogue, library: Library) -> None:
    assert f"{len(FILES)}" in told(catalogue, library, "How many documents do you have?").text.split("\n")[0]
    assert "2" in told(catalogue, library, "How many documents mention the Heron?").text.split("\n")[0]


def test_what_no_document_mentions_is_refused(catalogue: Catalogue) -> None:
    answer = catalogue.reply("Which documents mention walruses?", "Which documents mention walruses?")
    assert answer is not None
    assert answer.refused
    assert not answer.citations


@pytest.mark.parametrize(
    "question",
    [
        "Which documents are needed for a berth?",
        "How many reports did the board write?",
        "Which animals do you have?",
        "List the rules.",  # asks for what they say
        "Which letters are there?",  # one is none of several
        "Which minutes are kept in the office?",
        "How many minutes does the ferry take?",
        "Who wrote Pride and Prejudice?",
        "Who wrote the anthem?",
        "What is a berth?",
        "Summarise the quarrel over the buoys and the sheds of Tarn.",
        "What is the price of a berth?",
        "What is in the harbour?",  # a word of a title names no document
        "Who wrote the treaty of the Heron?",
        "When did Kari Moe write about the sheds?",
        "Who received the medal?",
        "What is the subject of the quarrel?",
        "To whom did the board sell the Heron?",
    ],
)
def test_a_question_for_what_documents_say_is_left_to_the_search(catalogue: Catalogue, question: str) -> None:
    assert catalogue.reply(question, question) is None


# --- one document ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "says", "source"),
    [
        ("Who wrote the harbour guide?", "Runa Falk", "guide.md"),
        ("Who sent the mail about the new buoys?", "Kari Moe", "one.eml"),
        ("¿Quién escribió guide.md?", "Runa Falk", "guide.md"),
        ("When was the harbour guide written?", "2024-06-01", "guide.md"),
        ("What is the date of the mail from Odd?", "2026-05-05", "two.eml"),
        ("When did Kari Moe send her mail?", "2025-05-05", "one.eml"),
        ("When did Odd write to the crew?", "2026-05-05", "two.eml"),
        ("To whom did Kari Moe write?", "crew@tarn.example", "one.eml"),
        ("Who received the mail about the old buoys?", "crew@tarn.example", "two.eml"),
        ("What is the subject of Kari's mail?", "New buoys", "one.eml"),
    ],
)
def test_who_and_when(catalogue: Catalogue, library: Library, question: str, says: str, source: str) -> None:
    answer = told(catalogue, library, question)
    assert says in answer.text
    assert sources(answer) == {source}


def test_a_summary_covers_every_section_and_says_nothing_twice(catalogue: Catalogue, library: Library) -> None:
    answer = told(catalogue, library, "Summarise the harbour guide.")
    assert sources(answer) == {"guide.md"}
    assert "Berths: A berth costs 40 crowns" in answer.text
    assert "Water: Taps stand" in answer.text
    assert len({c.quote for c in answer.citations}) == len(answer.citations)
    short = catalogue.reply("Summarise guide.md", "Summarise guide.md", most=1)
    assert short is not None
    assert len(short.citations) == 1


def test_a_line_that_begins_like_a_header_is_in_the_summary(library: Library) -> None:
    passages = library.document_passages("letter.txt")
    assert [p.evidence.text for p in outline(passages).points] == ["from 1 May on the gate is shut at ten."]


def test_what_is_attached_to_a_mail_is_no_mail() -> None:
    message = Document("mail/a.eml", "Offer", 1, "0", "message/rfc822")
    attached = Document("mail/a.eml/data.txt", "Data", 1, "1")
    shelf = Shelf([message, attached, Document("mail/list.txt", "List", 1, "2")])
    assert [e.document.source for e in shelf.named("mails", "en")] == ["mail/a.eml", "mail/list.txt"]


def test_an_outline_counts_the_sections_it_covers(library: Library) -> None:
    made = outline(library.document_passages("guide.md"))
    assert (made.covered, made.sections) == (2, 2)
    assert outline(library.document_passages("guide.md"), 1).covered == 1
    assert outline([]).points == ()


def test_a_name_that_fits_several_is_asked_back(catalogue: Catalogue, library: Library) -> None:
    answer = told(catalogue, library, "Summarise the minutes.")
    assert answer.text.startswith("Several documents fit.")
    assert sources(answer) == {"minutes/2025-04-02.txt", "minutes/2026-04-09.txt"}
    one = told(catalogue, library, "Summarise the minutes of 9 April 2026.")
    assert sources(one) == {"minutes/2026-04-09.txt"}


def test_what_changed_between_two_versions(catalogue: Catalogue, library: Library) -> None:
    answer = told(catalogue, library, "What changed between version 1 and version 2 of the diving rules?")
    assert "14 days" in answer.text
    assert "3 days" in answer.text
    assert "Lamps are checked" in answer.text
    assert "dives alone" not in answer.text
    assert answer.text.index("14 days") < answer.text.index("3 days")


def test_equal_documents_have_no_changes(library: Library) -> None:
    passages = library.document_passages("guide.md")
    assert changes(passages, passages) == []


# --- where to look ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "left", "wanted"),
    [
        ("According to the harbour guide, what is a berth?", "What is a berth?", {"guide.md"}),
        ("What is a berth, according to the harbour guide?", "What is a berth?", {"guide.md"}),
        ("Only the mails from Kari: what is yellow?", "What is yellow?", {"one.eml"}),
        ("What does guide.md say about taps?", "What is said about taps?", {"guide.md"}),
        ("Where do taps stand in guide.md?", "Where do taps stand?", {"guide.md"}),
        ("What is logged under the diving rules v2?", "What is logged?", {"rules/diving_rules_v2.md"}),
        ("Según guide.md, ¿qué es?", "¿Qué es?", {"guide.md"}),
        ("What is the berth of Siv Aas?", "What is the berth?", {"people/Siv Aas.md"}),
    ],
)
def test_a_question_says_where_to_look(catalogue: Catalogue, question: str, left: str, wanted: set[str]) -> None:
    inside = catalogue.inside(question)
    assert inside is not None
    assert (inside.question, inside.sources) == (left, wanted)


@pytest.mark.parametrize(
    "question",
    [
        "According to the minister, who won?",
        "What happened in May?",
        "Where does Runa Falk keep them?",
        "How many in all?",
    ],
)
def test_most_questions_look_everywhere(catalogue: Catalogue, question: str) -> None:
    assert catalogue.inside(question) is None


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (Scope(inside=("minutes",)), {"minutes/2025-04-02.txt", "minutes/2026-04-09.txt"}),
        (Scope(inside=("guide.md", "kiosk.txt")), {"guide.md", "kiosk.txt"}),
        (Scope(inside=("Harbour guide",)), {"guide.md"}),
        (Scope(types=("mail",)), {"one.eml", "two.eml"}),
        (Scope(types=("md",), inside=("rules",)), {"rules/diving_rules_v1.md", "rules/diving_rules_v2.md"}),
        (Scope(since="2026"), {"minutes/2026-04-09.txt", "two.eml"}),
        (Scope(), None),
    ],
)
def test_a_scope_admits(catalogue: Catalogue, scope: Scope, wanted: set[str] | None) -> None:
    assert catalogue.admitted(scope) == wanted


@pytest.mark.parametrize("scope", [Scope(inside=("nowhere",)), Scope(types=("pptx",)), Scope(since="soon")])
def test_a_scope_that_fits_nothing_is_an_error(catalogue: Catalogue, scope: Scope) -> None:
    with pytest.raises(ScopeError):
        catalogue.admitted(scope)


# --- any text --------------------------------------------------------------------

WORDS = (
    "which documents mention the Heron summarise guide.md what changed between version 1 and 2 of rules according to "
    "in from mails Kari who wrote when was List ¿qué dice según , : ? ( ) 2026 report"
).split()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.text(max_size=60)))
def test_any_question_is_read_and_its_phrases_are_its_own(question: str) -> None:
    asked = request(question)
    for phrase in (asked.name, asked.topic, asked.other) if asked and asked.want is not Want.LIST else ():
        assert phrase in question
    for way in reading.places(question):
        assert way.name in question


def test_what_is_held_of_names_follows_the_library(tmp_path: Path) -> None:
    path, docs = tmp_path / "library", tmp_path / "docs"
    given_ = Settings.load(environ={}, library=str(path))
    ingest([write(docs, {"a.txt": "Alpha\n\nThe first text.\n"})], path, HashEmbedder(), settings=given_)
    known = Catalogue(Library.open(path))
    assert len(known.shelf().entries) == 1
    ingest([write(docs, {"b.txt": "Beta\n\nThe second text.\n"})], path, HashEmbedder(), settings=given_)
    assert len(known.shelf().entries) == 2
