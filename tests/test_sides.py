"""Questions that compare: how they split, what may count as a side's value, and the line that code computes."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pipeline import ingest
from rag import Engine, Settings
from rag.asked.question import analyse
from rag.asked.sides import Side, Sides, Wants, split
from rag.judge.compare import Value, compared
from rag.judge.features import candidates
from rag.judge.timely import Fit, timing
from rag.retrieve import search
from rag.types import Answer, Evidence, Passage, Span
from tests.support import HashEmbedder

TEXTS = {
    "aldo-2020.txt": "Aldo Works: report 2020\n\nAldo Works had a net profit of 3.4 million euros in 2020, against 2.9 "
    "million euros in 2019. Aldo Works employed 210 people. Forty people left in 2020.\n\n"
    "Waste\n\nThe waste of Aldo Works fell to 80 tonnes from 95 tonnes in 2019.\n",
    "aldo-2021.txt": "Aldo Works: report 2021\n\nThe net profit of Aldo Works was 2.6 million euros in 2021. It made a "
    "net loss of 0.4 million euros in its shops.\n\nRisk management\n\nA drill is held every month. Two banks stand "
    "ready with credit. Stocks are kept for six weeks.\n\nStaff\n\nEighteen apprentices were taken on.\n",
    "bero-2020.txt": "Bero Ltd: report 2020\n\nBero Ltd made a net profit of 4.1 million euros. Its rival Aldo Works "
    "made a net profit of 9.9 million euros, it was said. Bero Ltd employed 1,150 people in 2020.\n",
    "cano-2020.txt": "Cano Inc: report 2020\n\nCano Inc made a net profit of 5 million dollars in 2020. Cano Inc made "
    "a net loss of 2 million dollars in 2021. Cano Inc was founded on 4 May 1951.\n",
    "history.txt": "Old firms\n\nAldo Works was founded in 1899. Its Works hall was built in 1911. Bero Ltd was "
    "founded in March 1920. The Long Quay is 610 metres long. The Short Quay is 94 metres long.\n",
    "quays.txt": "Two quays\n\nIna Roth was head of the Long Quay from 1990 to 1998. In 1998 Per Lund was appointed "
    "head of the Long Quay. Uma Dahl joined the Short Quay as pilot in 1970. She left in 1975.\n",
    "halls.txt": "Halls\n\nIn all 96 guests visit the hall in Arn and 131 the hall in Belm.\n",
    "mates.txt": "Mates\n\nOlaf Kern was mate of the Short Quay from 1951 until he went to sea in 1960.\n",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("firms")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    chosen = Settings.load(environ={}, library=str(tmp_path_factory.mktemp("library")), reader="none")
    ingest([folder], chosen.library, HashEmbedder(), settings=chosen)
    return Engine.open(chosen, embedder=HashEmbedder())


# --- how a question splits -------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "first", "second", "wants"),
    [
        (
            "Compare the sales of Aldo Works in 2019 and Bero Ltd in 2017. Which were higher?",
            "What was the sales of Aldo Works in 2019?", "What was the sales of Bero Ltd in 2017?", "more",
        ),
        (
            "Comparing Aldo's debt in 2020 with Bero's, which firm did better?",
            "What was the debt of Aldo in 2020?", "What was the debt of Bero in 2020?", "more",
        ),
        (
            "Which of Aldo and Bero had the lower debt in 2020?",
            "What was the debt of Aldo in 2020?", "What was the debt of Bero in 2020?", "less",
        ),
        ("Which is older, the Old Mill or the New Mill?", "When was the Old Mill born, founded or built?",
         "When was the New Mill born, founded or built?", "before"),
        ("Was Aldo founded after Bero?", "When was Aldo founded?", "When was Bero founded?", "after"),
        ("How much more did Aldo earn in 2019 than Bero in 2020?", "How much did Aldo earn in 2019?",
         "How much did Bero earn in 2020?", "difference"),
        ("Did more guests visit the hall in Arn or the hall in Belm?", "How many guests visit the hall in Arn?",
         "How many guests visit the hall in Belm?", "more"),
        ("Did the rent of Aldo fall from 2018 to 2020?", "What was the rent of Aldo in 2020?",
         "What was the rent of Aldo in 2018?", "less"),
        ("How has the rent of Aldo changed between 2018 and 2020?", "What was the rent of Aldo in 2018?",
         "What was the rent of Aldo in 2020?", "both"),
        ("Which ferry line carried more cars, Aldo Lines or Bero Lines?", "How many cars did Aldo Lines carried?",
         "How many cars did Bero Lines carried?", "more"),
        ("Between 2018 and 2020, how did the rent of Aldo change?", "What was the rent of Aldo in 2018?",
         "What was the rent of Aldo in 2020?", "both"),
        ("Which paper was founded first Aldo's Herald or the Bero Times?", "When was Aldo's Herald founded?",
         "When was the Bero Times founded?", "before"),
        ("Which came first: the strike at Aldo or the fire at Bero?", "When was the strike at Aldo?",
         "When was the fire at Bero?", "before"),
    ],
)  # fmt: skip
def test_each_side_is_asked_of_alone(question: str, first: str, second: str, wants: str) -> None:
    sides = split(question)
    assert sides is not None
    assert (sides.first.question, sides.second.question, sides.wants) == (first, second, wants)


@pytest.mark.parametrize(
    "question",
    [
        "Who is the first president of Aldo?",
        "What happened after the 2020 election?",
        "What did Aldo and Bero agree on?",
        "When did the firm change its name?",
        "Which of Aldo's gates will open first, the one in the north or the one in the south?",
        "Compare Aldo and Bero.",  # by what?
        "Which is larger, Aldo, Bero or Cano?",
        "",
    ],
)
def test_what_compares_nothing_has_no_sides(question: str) -> None:
    assert split(question) is None


@settings(deadline=None)
@given(st.text(alphabet="ABCab 0129?,.'’-", max_size=80), st.sampled_from(["Which is older, ", "Compare ", "Did ", ""]))
def test_any_text_splits_or_does_not(text: str, opening: str) -> None:
    sides = split(f"{opening}{text} more than A or B?")
    assert sides is None or (sides.first.question.endswith("?") and sides.second.question.endswith("?"))


# --- what is told -----------------------------------------------------------------


def told(engine: Engine, question: str) -> Answer:
    answer = engine.ask(question)
    for c in answer.citations:
        assert engine.library.text(c.source)[c.quote_start : c.quote_end] == c.quote
        assert answer.text[c.marker_start : c.marker_end] == f"[{c.number}]"
    return answer


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("Which firm had the higher net profit in 2020, Aldo Works or Bero Ltd?",
         "Bero Ltd: 4.1 million euros > 3.4 million euros [1][2]."),
        ("Was the net profit of Aldo Works in 2021 higher than that of Bero Ltd in 2020?",
         "No: 2.6 million euros < 4.1 million euros [1][2]."),
        ("Compare the net profit of Aldo Works in 2019 and 2021.",
         "2019: 2.9 million euros > 2.6 million euros [1][2]."),
        ("By how much did the net profit of Aldo Works rise between 2019 and 2020?",
         "2020: 3.4 million euros − 2.9 million euros = 0.5 million euros [1]. Aldo"),
        ("How many more people did Bero Ltd employ than Aldo Works in 2020?",
         "Bero Ltd: 1,150 people − 210 people = 940 people [1][2]."),
        ("Was the net profit of Cano Inc higher in 2020 than in 2021?",
         "Yes: 5 million dollars > a loss of 2 million dollars [1][2]."),
        ("Compared with 2019, was the waste of Aldo Works lower in 2020?", "Yes: 80 tonnes < 95 tonnes [1]. The"),
        ("Which was founded first, Cano Inc or Aldo Works?", "Aldo Works: 1899 is before 4 May 1951 [1][2]."),
        ("Which is older, Bero Ltd or Aldo Works?", "Aldo Works: 1899 is before March 1920 [1][2]."),
        ("Which is longer, the Long Quay or the Short Quay?", "Long Quay: 610 metres > 94 metres [1][2]."),
    ],
)  # fmt: skip
def test_both_sides_are_quoted_and_compared_by_code(engine: Engine, question: str, line: str) -> None:
    answer = told(engine, question)
    assert not answer.refused
    assert answer.text.startswith(line)
    assert not answer.caution
    assert [h.text for h in answer.highlights] == [line.split(":")[0]]


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("Which firm had the higher net profit in 2020, Aldo Works or Dorn Ltd?", "Dorn Ltd"),
        ("Compare the net profit of Bero Ltd in 2020 and Aldo Works in 2018. Which was higher?", "2018"),
        ("Compare the net profit of Bero Ltd in 2021 and Aldo Works in 2021. Which was higher?", "Bero Ltd"),
        ("Did Aldo Works or Bero Ltd employ more people in 2021?", "Aldo Works"),
        ("Which is older, Bero Ltd or Dorn Ltd?", "Dorn Ltd"),
    ],
)
def test_a_side_that_is_not_found_is_named_and_nothing_compared(engine: Engine, question: str, lacking: str) -> None:
    answer = told(engine, question)
    assert answer.refused
    assert answer.reason.startswith("I found no answer to")
    assert lacking in answer.reason


def test_different_units_are_quoted_and_not_compared(engine: Engine) -> None:
    answer = told(engine, "Which firm had the higher net profit in 2020, Cano Inc or Bero Ltd?")
    assert answer.caution
    assert "cannot be compared" in answer.reason
    assert ">" not in answer.text
    assert {c.source for c in answer.citations} == {"cano-2020.txt", "bero-2020.txt"}


def test_one_figure_is_not_compared_with_itself(engine: Engine) -> None:
    answer = told(engine, "Did more guests visit the hall in Arn or the hall in Belm?")
    assert answer.refused or (answer.caution and "=" not in answer.text)


def _value(label: str, figure: Decimal) -> Value:
    quote = f"The debt of {label} was {figure:,} euros."
    passage = Passage(label, f"{label}.txt", label, None, 0, len(quote), quote)
    return Value(label, f"{figure:,} euros", figure, figure, "eur", Evidence(passage, Span(0, len(quote)), quote, 1.0))


FIGURES = st.decimals(0, 10**9, places=2)


@given(FIGURES, FIGURES, st.sampled_from(["more", "less", "difference", "both"]), st.booleans())
def test_the_line_follows_from_the_quotes(one: Decimal, other: Decimal, wants: Wants, yes_no: bool) -> None:
    """Recomputed from nothing but the line: its figures stand in the quotes, and what it says of them is so."""
    first, second = _value("Aldo", one), _value("Bero", other)
    line = compared(Sides(Side("Aldo", ""), Side("Bero", ""), wants, yes_no, True), first, second)
    m = re.fullmatch(
        r"(?P<who>[^:]+): (?P<a>[\d,.]+) euros (?P<sign>[<>=−]) (?P<b>[\d,.]+) euros(?: = (?P<by>.+) euros)?", line
    )
    assert m is not None
    a, b = (Decimal(m[x].replace(",", "")) for x in ("a", "b"))
    assert all(any(f"{m[x]} euros" in v.evidence.text for v in (first, second)) for x in ("a", "b"))
    assert {
        "<": a < b,
        ">": a > b,
        "=": a == b,
        "−": bool(m["by"]) and a - b == Decimal((m["by"] or "0").replace(",", "")),
    }[m["sign"]]
    if m["who"] in {"Aldo", "Bero"}:
        owner = first if m["who"] == "Aldo" else second
        assert owner.low == a
        assert (a < b) if wants == "less" else (a > b)
    elif yes_no:
        assert m["who"] == ("Yes" if (one < other if wants == "less" else one > other) else "No")


# --- a span of years ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "words", "fits"),
    [
        ("Who was head of the Long Quay from 1992 to 1994?", "Ina Roth was head", Fit.SAID),
        ("Who was head of the Long Quay from 1992 to 1994?", "In 1998 Per Lund", Fit.OUTSIDE),
        ("Who was head of the Long Quay between 2001 and 2003?", "In 1998 Per Lund", Fit.BY_DOCUMENT),
        ("Who was head of the Long Quay between 2001 and 2003?", "Ina Roth was head", Fit.OUTSIDE),
        ("Who was mate of the Short Quay from 1971 to 1973?", "Olaf Kern was mate", Fit.OUTSIDE),
        ("Who was pilot of the Short Quay from 1971 to 1973?", "Uma Dahl joined", Fit.BY_DOCUMENT),
        ("Who was pilot of the Short Quay from 1980 to 1985?", "Uma Dahl joined", Fit.OUTSIDE),
    ],
)
def test_a_state_lasts_over_a_span_unless_the_text_ends_it(
    engine: Engine, question: str, words: str, fits: Fit
) -> None:
    found = search(engine.library, HashEmbedder(), analyse(question), 20)
    sentences = candidates(found)
    timed = timing(found, sentences)
    assert timed.fits[next(i for i, c in enumerate(sentences) if c.text.startswith(words))] is fits


def test_a_span_of_years_is_no_part_of_what_is_read(engine: Engine) -> None:
    found = search(engine.library, HashEmbedder(), analyse("Who was head of the Long Quay from 1992 to 1994?"), 20)
    timed = timing(found, candidates(found))
    assert timed.found.question.text == "Who was head of the Long Quay?"
    assert {t.word for t in timed.found.terms}.isdisjoint({"1992", "1994"})
    outside, inside = timed.fits.index(Fit.OUTSIDE), timed.fits.index(Fit.SAID)
    assert timed.settled(0.8, outside, np.zeros(len(timed.fits))) == 0.0
    better = np.where(np.arange(len(timed.fits)) == outside, 2.0, 0.0)
    assert timed.settled(0.8, inside, better) == 0.0  # it is told, of other years
    assert timed.settled(0.8, inside, better / 4) == 0.8
    undated = search(engine.library, HashEmbedder(), analyse("Who was head in 1992?"), 20)
    assert "1992" in timing(undated, candidates(undated)).found.question.text


# --- a topic of a document -----------------------------------------------------------


def test_a_summary_of_a_topic_tells_what_stands_under_its_heading(engine: Engine) -> None:
    answer = told(engine, "Summarise the risk management of Aldo Works in 2021.")
    assert {c.quote for c in answer.citations} == {
        "A drill is held every month.", "Two banks stand ready with credit.", "Stocks are kept for six weeks.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "question", ["Summarise the risk management of Bero Ltd.", "Summarise the risk management of Aldo Works in 2020."]
)
def test_the_section_of_another_document_or_year_is_none(engine: Engine, question: str) -> None:
    assert not any("drill" in c.quote for c in told(engine, question).citations)
