"""The splitter and the sentence segmenter: exact spans, nothing lost, nothing twice, on made and on random texts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.describe import detect_language, iso_date, lead_of, title_for
from ingest.load import Limits
from ingest.read_text import markdown_headings, read_markdown
from ingest.split import MAX_CHARS_PER_TOKEN, Piece, split
from rag.config import Settings
from rag.text import sentence_spans
from rag.types import Span
from tests.support import HashEmbedder

COUNT = HashEmbedder().count_tokens


def cut(text: str, limit: int = 60, **options: object) -> list[Piece]:
    return split(text, COUNT, limit, **options)  # type: ignore[arg-type]


def sentences(text: str, limit: int = 60) -> list[list[str]]:
    return [[s.of(text) for s in p.sentences] for p in cut(text, limit)]


def check(text: str, pieces: list[Piece], limit: int) -> None:
    """The promise of the splitter, for any text."""
    covered = [0] * len(text)
    last = 0
    for p in pieces:
        assert last <= p.start < p.end
        last = p.end
        assert not text[p.start].isspace()
        assert not text[p.end - 1].isspace()
        assert COUNT(text[p.start : p.end]) <= limit
        assert p.end - p.start <= 3 * MAX_CHARS_PER_TOKEN * limit
        for i in range(p.start, p.end):
            covered[i] += 1
        assert p.sentences
        before = p.start
        for s in p.sentences:
            assert before <= s.start < s.end <= p.end
            before = s.end
    assert all(n == 1 for n, c in zip(covered, text, strict=True) if not c.isspace())


WORDS = st.sampled_from(
    ["Peru", "the", "Dr.", "U.S.", "3.5", "said:", "“Stop.”", "agreement.The", "- item", "# Head", "1.", "é", "北京。",
     "\n", "\n\n", " ", "end.", "Why?", "\t", "...", "A", "===", "|x|", "date 2024-02-05", "\u2028", "x" * 900,
     "(It.)", "```"]
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=300), st.integers(3, 40))
def test_every_visible_character_is_in_exactly_one_passage(text: str, limit: int) -> None:
    check(text, cut(text, limit), limit)
    check(text, cut(text, limit, headings=markdown_headings(text)), limit)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(WORDS, max_size=40).map(" ".join), st.lists(st.integers(0, 200), max_size=4))
def test_a_passage_lies_on_the_page_where_it_begins(text: str, at: list[int]) -> None:
    edges = [0, *sorted({n for n in at if 0 < n < len(text)}), len(text)]
    pages = [Span(a, b) for a, b in pairwise(edges)]
    pieces = cut(text, 20, pages=pages)
    check(text, pieces, 20)
    for p in pieces:
        assert p.page is not None
        assert all(pages[p.page - 1].start <= s.start < pages[p.page - 1].end for s in p.sentences)


def test_paragraphs_are_kept_whole_and_joined_up_to_the_target() -> None:
    paragraph = " ".join(["word"] * 24) + "."
    text = "\n\n".join([paragraph] * 5)
    assert [(p.end - p.start) // len(paragraph) for p in cut(text)] == [2, 2, 1]


def test_a_long_paragraph_is_cut_between_sentences_into_even_parts() -> None:
    text = " ".join(f"Sentence number {n} has exactly these seven words." for n in range(10))
    sizes = [len(p.sentences) for p in cut(text)]
    assert sum(sizes) == 10
    assert max(sizes) - min(sizes) <= 2


def test_a_sentence_longer_than_the_window_is_cut_between_words() -> None:
    text = " ".join(f"w{n}" for n in range(150)) + "."
    pieces = cut(text)
    check(text, pieces, 60)
    assert all(text[p.end : p.end + 1] in {" ", ""} and text[p.start] == "w" for p in pieces)
    assert len(pieces) <= 4


def test_a_million_letters_without_a_space() -> None:
    pieces = cut("x" * 1_000_000)
    assert len(pieces) < 2000
    assert pieces[-1].end == 1_000_000


def test_headings_open_a_section_and_stand_in_its_first_passage() -> None:
    text = "Intro text here.\n\nKey Aspects\n\nFirst point. Second point.\n\nMore.\n\nLast Part\n\nThe end."
    assert [(p.section, text[p.start : p.end]) for p in cut(text)] == [
        ("", "Intro text here."),
        ("Key Aspects", "Key Aspects\n\nFirst point. Second point.\n\nMore."),
        ("Last Part", "Last Part\n\nThe end."),
    ]
    assert all("Key Aspects" not in s for group in sentences(text) for s in group)


def test_markdown_headings_nest() -> None:
    text = "# One\n\nA.\n\n## Two\n\nB.\n\nThree\n=====\n\nC.\n\n```\n# no heading\n```\n"
    pieces = cut(text, headings=markdown_headings(text))
    assert [p.section for p in pieces] == ["One", "One > Two", "Three"]


def test_fenced_code_is_kept_and_a_remark_stands_with_its_commands() -> None:
    text = (
        "# Setup\n\n````sh\n# Flash it\nflash --port 3\n```\n# Reboot\nreboot --now\n\nls | sort\n````\n\n"
        "It is warm.\n\n~~~\n| a | b |\n~~~\n\n## End\n\nDone.\n"
    )
    [reading] = read_markdown(text.encode(), "a.md", Limits(Settings()))
    assert reading.text == text
    assert [h.title for h in reading.headings or ()] == ["Setup", "End"]
    pieces = cut(reading.text, headings=reading.headings, rows=reading.rows)
    found = [s.of(text) for p in pieces for s in p.sentences]
    assert found == [
        "# Flash it\nflash --port 3\n```", "# Reboot\nreboot --now", "ls | sort", "It is warm.", "| a | b |", "Done."
    ]  # fmt: skip
    check(text, pieces, 60)


def test_short_lines_in_a_row_are_a_list_not_headings() -> None:
    text = "Members\n\nAnna Berg\n\nCarl Dahl\n\nEva Falk\n\nThey met in May."
    assert [p.section for p in cut(text)] == [""]
    assert "Anna Berg" in sentences(text)[0]


def test_a_heading_at_the_end_is_not_lost() -> None:
    text = "Some text.\n\n## Empty part"
    pieces = cut(text, headings=markdown_headings(text))
    check(text, pieces, 60)
    assert [s.of(text) for s in pieces[-1].sentences] == ["## Empty part"]


def test_list_items_are_sentences_of_their_own() -> None:
    text = "You need:\n- flour and water\n- salt\n1. Mix it\n2) Bake it\n• Eat it"
    assert sentences(text) == [["You need:", "- flour and water", "- salt", "1. Mix it", "2) Bake it", "• Eat it"]]


def test_wrapped_lines_are_joined_and_short_lines_are_not() -> None:
    text = "This sentence was wrapped by hand so that\nit goes on and ends. Another one\nfollows.\nName: Mara\nAge: 50"
    assert sentences(text) == [
        [
            "This sentence was wrapped by hand so that\nit goes on and ends.",
            "Another one\nfollows.",
            "Name: Mara",
            "Age: 50",
        ]
    ]


def test_the_leading_date_and_title_are_sentences_of_their_own() -> None:
    text = " date 2024-02-05 The minister spoke. He left."
    assert sentences(text) == [["date 2024-02-05", "The minister spoke.", "He left."]]
    text = "date: 2024-02-05\n\nPeru Asks for Help\n\nThe minister spoke."
    assert sentences(text) == [["date: 2024-02-05", "Peru Asks for Help", "The minister spoke."]]
    assert cut(text)[0].section == ""


def test_a_forced_break_opens_a_passage() -> None:
    text = "Name: Mara; Age: 50\nName: Finn; Age: 20"
    pieces = cut(text, breaks=(0, 20), headings=())
    assert [text[p.start : p.end] for p in pieces] == text.split("\n")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            "Dr. Smith went to the U.S. office. He met No. 5.",
            "en",
            ["Dr. Smith went to the U.S. office.", "He met No. 5."],
        ),
        ("El Sr. García llegó. La Sra. López no vino.", "es", ["El Sr. García llegó.", "La Sra. López no vino."]),
        ("Las cepas de Y. pestis son dos. EE.UU. firmó.", "es", ["Las cepas de Y. pestis son dos.", "EE.UU. firmó."]),
        ("M. Dupont est arrivé. Mme. Curie aussi.", "fr", ["M. Dupont est arrivé.", "Mme. Curie aussi."]),
        ("他来了。我走了！真的？", "zh", ["他来了。", "我走了！", "真的？"]),
        ("It ended in 2005 . Fans were sad .", "en", ["It ended in 2005 .", "Fans were sad ."]),
        ("They signed the agreement.The minister left.", "en", ["They signed the agreement.", "The minister left."]),
        ("It earned $3.2 bn. in Q3. Fine.", "en", ["It earned $3.2 bn. in Q3.", "Fine."]),
        ("It ended. (It was long.) Peace came.", "en", ["It ended.", "(It was long.)", "Peace came."]),
        ("The court ruled.[1] It was final.", "en", ["The court ruled.[1]", "It was final."]),
        ("Well... I don't know.", "en", ["Well... I don't know."]),
        ("Hi 🎉 there. 😀 Good.", "en", ["Hi 🎉 there.", "😀 Good."]),
    ],
)
def test_sentences(text: str, language: str, expected: list[str]) -> None:
    assert [s.of(text) for s in sentence_spans(text, language)] == expected


def test_a_long_speech_is_cut_inside_its_quotes() -> None:
    text = (
        "“"
        + "We always knew that this card would shatter all records. " * 3
        + "It was "
        + "very " * 20
        + "good.” He left."
    )
    found = [s.of(text) for s in sentence_spans(text)]
    assert [s[:7] for s in found] == ["“We alw", "We alwa", "We alwa", "It was ", "He left"]
    assert found[3].endswith("good.”")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(WORDS, max_size=40).map(" ".join) | st.text(max_size=200))
def test_sentences_lie_in_order_and_lose_no_letter(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert "".join("".join(s.of(text).split()) for s in spans) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("A Short Line\n\nThe text.", "x.txt", "A Short Line"),
        ("The whole text is one line and ends in a stop.", "annual-report_2023.txt", "annual report 2023"),
        (" date 2024-02-05 The minister of foreign affairs spoke at length about the agreements. Then more.",
         "000_678fa3628cc71388.txt", "The minister of foreign affairs spoke at length about the…"),
        ("Is it true?\n\nNobody knows.", "q.txt", "Is it true?"),
        ("No.", "1.txt", "No"),
    ],
)  # fmt: skip
def test_titles(text: str, name: str, title: str) -> None:
    assert title_for(text, name, lead_of(text), "en") == title


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-02-05", "2024-02-05"),
        ("2024-2-5T10:00Z", "2024-02-05"),
        ("2024-13-05", None),
        (None, None),
        ("May", None),
    ],
)
def test_dates(value: str | None, date: str | None) -> None:
    assert iso_date(value) == date


def test_a_date_that_is_none_stays_text() -> None:
    assert lead_of("date 2024-99-05 The text.").date is None


def test_languages() -> None:
    assert (
        detect_language("Los ministros de ambos países firmaron ayer el acuerdo sobre el comercio de alimentos.")
        == "es"
    )
    assert detect_language("The ministers of both countries signed the agreement on food trade yesterday.") == "en"
    assert detect_language("Hola") == "en"


def test_front_matter_becomes_metadata() -> None:
    data = b"---\ntitle: 'The Keeper'\ndate: 2021-03-04\ntags: [sea, light]\nauthor: M. Berg\n---\n# Ignored\n\nText.\n"
    [reading] = read_markdown(data, "a.md", Limits(Settings()))
    assert (reading.title, reading.date, reading.author) == ("The Keeper", "2021-03-04", "M. Berg")
    assert reading.metadata == {"tags": "sea, light"}
    assert reading.text == "# Ignored\n\nText.\n"


@pytest.mark.parametrize("block", ["---\n[broken\n---\ntext", "---\n- a\n---\ntext", "---\nno end", "--- \n---\n"])
def test_what_is_no_front_matter_stays_text(block: str) -> None:
    [reading] = read_markdown(block.encode(), "a.md", Limits(Settings()))
    assert reading.text == block
