"""A question with a wrong figure in it is put right with what the document says, or left alone."""

from __future__ import annotations

import numpy as np
import pytest

from rag.answer import Draft
from rag.asked.question import analyse
from rag.judge.premise import corrected
from rag.library import StoredPassage
from rag.retrieve import Found, Hit
from rag.text import sentence_spans
from rag.types import Passage

TEXT = (
    "The harbour was dug in 1874 by Runa Falk. It holds 60 boats and covers 4 hectares. Mooring costs 40 euros a week "
    "in summer and 25 euros in winter. The crane lifts 12 tonnes. The kiosk has been shut since 3 May 2019."
)


def asked(question: str) -> tuple[str, str] | None:
    """The sentence shown and the line beside it."""
    spans = tuple(sentence_spans(TEXT))
    vectors = np.zeros((len(spans), 4), dtype=np.float32)
    passage = Passage("p", "harbour.txt", "Harbour", None, 0, len(TEXT), TEXT)
    stored = StoredPassage(passage, spans, vectors[0], vectors, "", "en", (), ())
    found = Found(analyse(question), vectors[0], (), (Hit(stored, 0.5, 0.5, 1.0, 1.0),), 1)
    draft = corrected(found, Draft((), 0.1, True, False, "", found.hits))
    if draft is None:
        return None
    assert draft.caution
    assert not draft.refused
    assert all(e.span.of(TEXT) == e.text for e in draft.evidence)
    return " ".join(e.text for e in draft.evidence), draft.reason


@pytest.mark.parametrize(
    ("question", "quote", "said", "wrong"),
    [
        ("Is it true that the harbour covers 6 hectares?", "covers 4 hectares", "4 hectares", "6 hectares"),
        ("Does the harbour hold 90 boats?", "60 boats", "60", "90"),
        ("The crane lifts 20 tonnes, right?", "lifts 12 tonnes", "12 tonnes", "20 tonnes"),
        ("Was the harbour dug in 1920?", "in 1874", "1874", "1920"),
        ("Why has the kiosk been shut since 2021?", "3 May 2019", "3 May 2019", "2021"),
        ("Was the harbour dug by Odd Lie?", "by Runa Falk", "Runa Falk", "Odd Lie"),
    ],
)
def test_the_documents_figure_is_shown(question: str, quote: str, said: str, wrong: str) -> None:
    shown = asked(question)
    assert shown is not None
    assert quote in shown[0]
    assert f"“{said}”" in shown[1]
    assert f"“{wrong}”" in shown[1]


@pytest.mark.parametrize(
    "question",
    [
        "Does the harbour cover 4 hectares?",  # it does
        "Does the crane weigh 9 tonnes?",  # what it lifts is not what it weighs
        "Is it true that the kiosk sells 6 maps?",
        "Was the crane built in 1920?",
        "Who dug the harbour in 1920?",
        "Does mooring cost 40 euros a week in summer?",
        "Was the kiosk dug by Odd Lie?",
    ],
)
def test_what_is_not_certain_is_left_alone(question: str) -> None:
    assert asked(question) is None
