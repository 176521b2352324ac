"""The renderings of an answer: complete, verbatim, and inert whatever a document says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.types import Answer, Citation, Document, Dropped, Highlight, Passage, Retrieved, Span
from ui import markup, render
from ui.source_page import source_html

QUOTE = "González-Olaechea formalized the request in December 2023."
TEXT = f"{QUOTE} [1]"
PASSAGE = Passage("a", "news/peru.txt", "Peru asks", None, 100, 100 + len(QUOTE), QUOTE)
CITATION = Citation(1, len(QUOTE) + 1, len(TEXT), "news/peru.txt", None, 100, 100 + len(QUOTE), QUOTE)
HIGHLIGHT = Highlight(QUOTE.index("December"), QUOTE.index("December") + 13, "December 2023")
ANSWER = Answer(
    question="And when?",
    standalone_question="When did Peru ask?",
    text=TEXT,
    refused=False,
    confidence=0.93,
    citations=(CITATION,),
    passages=(Retrieved(PASSAGE, 1.9, 0.8, 4.0),),
    timings={"retrieve_ms": 21.0},
    highlights=(HIGHLIGHT,),
)
HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> {{value}} ${alert(3)} "
    "![x](http://example.com/a.png) </mark></p> <!-- & &lt; \" ' ` [1] \x1b[31m\x07 end."
)
# Text as a canonical text can hold it: anything but surrogates and carriage returns.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=200)


class Outline(HTMLParser):
    """What a browser would make of a piece of HTML: its text, its elements, their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.attributes, self.marked = "", set[str](), set[str](), ""
        self._inside: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._inside:
            self.marked += data


def shown(text: str) -> str:
    """The text without the control characters that no rendering passes on, white space folded."""
    return " ".join(render.CONTROL.sub("", text).split())


def test_json_holds_the_contract_to_the_letter() -> None:
    got = render.to_json(ANSWER)
    assert list(got) == [
        *("question", "standalone_question", "text", "refused", "confidence", "citations", "passages", "timings"),
        *("caution", "reason", "highlights", "writer", "dropped", "usage", "rewriter"),
        *("disagreement", "notes", "short"),
    ]
    assert json.loads(json.dumps(got)) == got
    assert got["citations"] == [
        {
            "number": 1,
            "marker_start": len(QUOTE) + 1,
            "marker_end": len(TEXT),
            "source": "news/peru.txt",
            "page": None,
            "quote_start": 100,
            "quote_end": 100 + len(QUOTE),
            "quote": QUOTE,
            "note": "",
        }
    ]
    span = {"source": "news/peru.txt", "page": None, "start": 100, "end": 100 + len(QUOTE)}
    assert got["passages"] == [{**span, "text": QUOTE, "score": 1.9, "also": []}]


def test_terminal_shows_answer_then_source_and_quote() -> None:
    assert render.to_terminal(ANSWER, colour=False, width=60).splitlines() == [
        "Searched for: When did Peru ask?",
        "González-Olaechea formalized the request in December 2023.",
        "[1]",
        "",
        "[1] Peru asks (news/peru.txt)",
        "    “González-Olaechea formalized the request in December",
        "    2023.”",
    ]


def test_terminal_colours_only_when_told() -> None:
    assert "\x1b" not in render.to_terminal(ANSWER, colour=False, width=60)
    assert "\x1b[1mDecember 2023\x1b[0m" in render.to_terminal(ANSWER, colour=True, width=0)


@given(TEXTS, st.integers(20, 100))
def test_terminal_lines_fit_and_lose_no_word(text: str, width: int) -> None:
    answer = Answer("q", "q", text, False, 1.0)
    got = render.to_terminal(answer, colour=False, width=width)
    assert got.split() == render.CONTROL.sub("", text).split()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", got)
    longest = max((len(word) for word in text.split()), default=0)
    assert all(len(line) <= max(width, longest) for line in got.split("\n"))


def test_terminal_counts_wide_characters_twice() -> None:
    answer = Answer("q", "q", "東京都 東京都 東京都 東京都", False, 1.0)
    assert render.to_terminal(answer, colour=False, width=14).split("\n") == ["東京都 東京都", "東京都 東京都"]


def test_a_document_cannot_steer_the_terminal() -> None:
    answer = replace(ANSWER, text=HOSTILE, citations=(), highlights=())
    assert re.findall(r"\x1b\[\d*m", render.to_terminal(answer, colour=True, width=0)) == ["\x1b[2m", "\x1b[0m"]


def test_refusal_shows_the_nearest_three() -> None:
    five = tuple(Retrieved(replace(PASSAGE, text=f"Passage {n}."), 1.0, 0.1, 0.0) for n in range(5))
    answer = Answer("q", "q", "The documents do not say.", True, 0.1, passages=five, reason="Nothing near.")
    got = render.to_terminal(answer, colour=False, width=80)
    assert [f"Passage {n}." in got for n in range(5)] == [True, True, True, False, False]
    assert "Nothing near." in got
    html = markup.to_html(answer, "t")
    assert 'class="turn refused"' in html
    assert re.findall(r'data-open="(.*?)"', html) == ["t:p0", "t:p1", "t:p2"]


def test_caution_says_why() -> None:
    answer = replace(ANSWER, caution=True, reason="No date stands near it.")
    assert "Careful: No date stands near it." in render.to_terminal(answer, colour=False, width=80)
    assert "No date stands near it." in Outline(markup.to_html(answer, "t")).text
    assert 'class="turn caution"' in markup.to_html(answer, "t")


def test_markdown_has_real_footnotes() -> None:
    got = render.to_markdown(ANSWER)
    assert "**December 2023**" in got
    assert got.count("[^1]") == 2
    assert "[^1]: Peru asks (news/peru.txt): “González" in got


@given(TEXTS)
def test_markdown_of_any_text_is_that_text_and_nothing_else(text: str) -> None:
    answer = Answer("q", "q", f"x {shown(text)} x", False, 1.0)
    html = MarkdownIt("commonmark").render(render.to_markdown(answer))
    got = Outline(html)
    assert got.tags <= {"p"}
    assert " ".join(got.text.split()) == " ".join(answer.text.split())


def test_html_binds_each_footnote_to_its_turn_and_citation() -> None:
    second = replace(CITATION, number=2, marker_start=len(TEXT) + 1, marker_end=len(TEXT) + 4, quote="x")
    answer = replace(ANSWER, text=f"{TEXT} [2]", citations=(CITATION, second))
    html = markup.to_html(answer, "turn7")
    assert re.findall(r'data-open="(.*?)"', html) == ["turn7:c0", "turn7:c1", "turn7:c0", "turn7:c1"]
    assert "<strong>December 2023</strong>" in html


def test_two_markers_of_one_number_share_one_footnote() -> None:
    twin = replace(CITATION, marker_start=len(TEXT) + 1, marker_end=len(TEXT) + 4)
    html = markup.to_html(replace(ANSWER, text=f"{TEXT} [1]", citations=(CITATION, twin)), "t")
    assert html.count('class="fn"') == 2
    assert html.count('class="note') == 1


def test_footnotes_stand_behind_the_full_stop_as_in_print() -> None:
    text = "Peru “asked [1] [2].” Then [3], it waited."
    citations = tuple(
        replace(CITATION, number=n, marker_start=text.index(f"[{n}]"), marker_end=text.index(f"[{n}]") + 3)
        for n in (1, 2, 3)
    )
    html = markup.to_html(replace(ANSWER, text=text, citations=citations, highlights=()), "t")
    assert Outline(html.partition('class="text">')[2].partition("</p>")[0]).text == "Peru “asked.”12 Then,3 it waited."


def test_searched_for_only_when_rewritten() -> None:
    assert "Searched for: When did Peru ask?" in Outline(markup.to_html(ANSWER, "t")).text
    same = replace(ANSWER, standalone_question=ANSWER.question)
    assert "Searched for" not in markup.to_html(same, "t")


def test_lists_and_paragraphs() -> None:
    html = markup.to_html(Answer("q", "q", "One:\n\n- a\n- b\n\nlast", False, 1.0), "t")
    assert "<p>One:</p><ul><li>a</li><li>b</li></ul><p>last</p>" in html


@pytest.mark.parametrize(
    "where", ["question", "standalone", "text", "quote", "title", "source", "reason", "writer", "turn"]
)
def test_hostile_text_stays_text_wherever_it_stands(where: str) -> None:
    citation = replace(CITATION, quote=HOSTILE) if where == "quote" else CITATION
    passage = replace(PASSAGE, title=HOSTILE) if where == "title" else PASSAGE
    if where == "source":
        citation, passage = replace(citation, source=HOSTILE), replace(passage, source=HOSTILE, title="")
    answer = replace(
        ANSWER,
        question=HOSTILE if where == "question" else "q",
        standalone_question=HOSTILE if where == "standalone" else "q",
        text=f"{HOSTILE} [1]" if where == "text" else TEXT,
        citations=(citation,) if where != "text" else (),
        highlights=(),
        passages=(Retrieved(passage, 1.0, 0.5, 1.0),),
        caution=where == "reason",
        reason=HOSTILE if where == "reason" else "",
        writer=HOSTILE if where == "writer" else "none",
    )
    html = markup.to_html(answer, HOSTILE if where == "turn" else "t")
    got = Outline(html)
    assert got.tags <= {
        *("article", "h2", "p", "div", "sup", "button", "ol", "ul", "li", "span", "q", "cite", "footer", "br"),
    }
    assert not {name for name in got.attributes if name.startswith("on") or name in {"src", "href", "style"}}
    assert not re.search(r"\{\{|\$\{|`", html)
    if where != "turn":
        assert "<script>alert(1)</script>" in got.text or where in {"source"}


@given(TEXTS)
def test_html_shows_any_answer_verbatim(text: str) -> None:
    got = Outline(markup._text_html(Answer("q", "q", f"x{text}x", False, 1.0), "t"))
    assert got.tags <= {"p", "br"}
    assert "".join(got.text.split()) == "".join(shown(f"x{text}x").split())


def document(text: str, **more: object) -> Document:
    """A document of this text."""
    return replace(Document("a/b.txt", "Title", len(text), "0"), **more)  # type: ignore[arg-type]


@given(TEXTS, st.integers(0, 200), st.integers(0, 200))
def test_source_marks_exactly_the_quote_in_the_whole_document(text: str, one: int, two: int) -> None:
    start, end = sorted((min(one, len(text)), min(two, len(text))))
    citation = Citation(1, 0, 0, "a/b.txt", None, start, end, text[start:end])
    got = Outline(source_html(document(text), text, citation).partition('<div class="document">')[2])
    assert got.tags <= {"p", "mark", "div"}
    assert "".join(got.text.split()) == "".join(shown(text).split())
    assert "".join(got.marked.split()) == "".join(shown(text[start:end]).split())


def test_the_turns_other_quotes_are_shown_faintly_and_change_no_word() -> None:
    text = "One here. Two here. Three here."
    spans = {1: (0, 9), 2: (4, 19), 3: (20, 31)}
    one, two, three = (Citation(n, 0, 0, "a/b.txt", None, *span, text[slice(*span)]) for n, span in spans.items())
    html = source_html(document(text), text, one, others=(two, three))
    got = Outline(html.partition('<div class="document">')[2])
    assert got.text == text
    assert got.marked == "One here."
    assert re.findall(r'data-n="(\d)">(.*?)</span>', html) == [("2", " Two here."), ("3", "Three here.")]


def test_source_shows_title_date_path_and_page() -> None:
    text = "First page.\nSecond page with the words."
    pages = (Span(0, 12), Span(12, len(text)))
    citation = Citation(3, 0, 0, "a/b.txt", 2, 12, 23, "Second page")
    got = Outline(source_html(document(text, date="2024-02-05", pages=pages), text, citation))
    assert got.marked == "Second page"
    assert "Page 1" in got.text
    for fact in ("Title", "2024-02-05", "a/b.txt", "Page 2", "3"):
        assert fact in got.text


def test_a_long_document_opens_around_the_quote_and_can_be_widened() -> None:
    lines = [f"Line {n} of a long document.\n" for n in range(20_000)]
    text = "".join(lines)
    quote = "Line 10000 of a long document."
    start = text.index(quote)
    citation = Citation(1, 0, 0, "a/b.txt", None, start, start + len(quote), quote)
    first = source_html(document(text), text, citation)
    assert Outline(first).marked == quote
    assert len(first) < 30_000
    assert "before this" in first
    assert "after this" in first
    window = int(re.findall(r'data-window="(\d+)"', first)[0])
    wider = source_html(document(text), text, citation, window=window)
    assert len(wider) > 2 * len(first)
    everything = source_html(document(text), text, citation, window=len(text))
    assert "data-window" not in everything
    assert len(Outline(everything).text) > len(text)


# --- what a model wrote and nothing supports -----------------------------------

INVENTED = "Peru paid 5 million dollars for <b>it</b>."
WITH_DROPPED = replace(ANSWER, writer="m", dropped=(Dropped(INVENTED, "number"), Dropped("It rained.", "addition")))


def test_dropped_sentences_are_counted_in_the_terminal_and_never_printed() -> None:
    text = render.to_terminal(WITH_DROPPED, colour=False, width=0)
    assert "2 sentences were dropped because the sources do not support them." in text
    assert "million" not in text
    assert "dropped" not in render.to_terminal(ANSWER, colour=False, width=0)
    one = replace(WITH_DROPPED, dropped=WITH_DROPPED.dropped[:1])
    assert "1 sentence was dropped because the sources do not support it." in render.to_markdown(one)
    assert "million" not in render.to_markdown(one)


def test_dropped_sentences_are_folded_away_with_the_reason_and_stay_text() -> None:
    html = markup.to_html(WITH_DROPPED, "t")
    inside = html[html.index('<details class="dropped">') : html.index("</details>")]
    assert "open" not in inside[: inside.index(">")]
    assert "&lt;b&gt;it&lt;/b&gt;" in inside
    assert inside.count("<del>") == 2
    assert "a number that the sources do not give" in inside
    assert "words that the sources do not carry" in inside
    assert "million" not in html.replace(inside, "")
    assert "<details" not in markup.to_html(WITH_DROPPED, "t", growing=True)


def test_json_lists_what_was_dropped() -> None:
    got = render.to_json(WITH_DROPPED)
    assert got["dropped"][0] == {"text": INVENTED, "reason": "number"}  # type: ignore[index]
    assert got["text"] == TEXT


def test_the_documents_own_words_in_the_place_of_a_model_are_marked_with_the_reason() -> None:
    instead = replace(ANSWER, writer="extractive", reason="the model's server does not answer: start it")
    assert "In the documents' own words: the model's server does not answer: start it" in render.to_terminal(
        instead, colour=False, width=0
    )
    html = markup.to_html(instead, "t")
    assert "In the documents&#x27; own words: the model&#x27;s server does not answer" in html
    assert "Quoted from your documents" in html
    assert "Written by" not in html


def test_who_waits_is_told_how_many_are_ahead() -> None:
    waiting = markup.to_html(replace(ANSWER, ahead=2), "t", growing=True)
    assert '<p class="reason ahead" role="status">2 questions ahead of yours</p>' in waiting
    assert "ahead" not in markup.to_html(ANSWER, "t", growing=True)
    assert render.ahead_line(replace(ANSWER, ahead=1)) == "1 question ahead of yours"
