"""What a sentence keeps apart may not be mixed: contrasts, exceptions, "who", directions, scores, parts of a whole."""

from __future__ import annotations

import pytest

from rag.check.agree import disagreement
from tests.verify_pairs import Case, judge

FIRED = "The board praised Ana Ruiz for her work but dismissed her for lateness."
SALES = "Brava sold 300 boats in May, while its rival Corsa sold 210."
OPEN = "The museum is open daily from 9 to 17, except on Mondays and Christmas Day."
RACE = "Lena Voss came in before Mara Kohl and Ida Rehn, who had trained in Kenya."
LEVEL = "The lake stood at 61 metres, down from 84 in May."
SCORE = "Alta beat Brisa 4-2 on Saturday."
FARES = "The ferry sails twice a week and costs 9 euros; the bus runs daily."
SHARES = "Of the shops, 44 per cent sold less than before and 18 per cent more."
CLASS = "Of the 40 pupils who joined the trip, 12 came home early."


@pytest.mark.parametrize(
    ("quote", "claim"),
    [
        (FIRED, "The board praised Ana Ruiz for her work."),
        (FIRED, "The board dismissed Ana Ruiz for lateness."),
        (SALES, "Brava sold 300 boats in May."),
        (OPEN, "The museum is open daily from 9 to 17."),
        (OPEN, "The museum is open daily, except on Mondays."),
        (RACE, "Ida Rehn had trained in Kenya."),
        (RACE, "Lena Voss came in before Mara Kohl."),
        (LEVEL, "The lake stood at 61 metres."),
        (SCORE, "Alta beat Brisa 4-2."),
        (CLASS, "12 of the 40 pupils came home early."),
        (FARES, "The ferry sails twice a week."),
        (FARES, "The bus runs every day."),
        ("It fell to 9 in a week, against 12 a year earlier.", "It fell to 9 in a week."),
        ("Alta, Brisa and Corsa are closed.", "Alta and Corsa are closed."),
        ("Members may borrow up to six books.", "Members may borrow at most six books."),
        ("DVDs cost two euros.", "A DVD costs two euros."),
        ("The law forbids smoking.", "Smoking is forbidden by the law."),
    ],
)
def test_what_is_kept_apart_as_the_quote_does_passes(quote: str, claim: str) -> None:
    assert disagreement(claim, [quote]) == ""


@pytest.mark.parametrize(
    ("quote", "claim", "reason"),
    [
        (FIRED, "The board praised Ana Ruiz for lateness.", "role"),
        (SALES, "Corsa sold 300 boats.", "number of something else"),
        (SALES, "In May Corsa sold 300 boats.", "number of something else"),
        (OPEN, "The museum is open on Mondays.", "negation"),
        (RACE, "Mara Kohl had trained in Kenya.", "role"),
        (LEVEL, "The lake stood at 61 metres, up from 84 in May.", "opposite"),
        (SCORE, "Alta beat Brisa 2-4.", "number"),
        (CLASS, "A total of 12 pupils joined the trip.", "number of something else"),
        (FARES, "The ferry sails twice a month.", "number"),
        (SHARES, "44 per cent sold more than before.", "opposite"),
        ("Alta and Brisa are closed, the ferry to Corsa too.", "Alta and Corsa are closed.", "name"),
        ("The firm dropped its support for Linux.", "The firm supports Linux.", "negation"),
        ("Divers from Malta found a wreck in Sicily.", "Divers found a wreck in Malta.", "place"),
        ("The road is 3 million over budget.", "The road is 3 million under budget.", "role"),
    ],
)
def test_what_is_mixed_does_not(quote: str, claim: str, reason: str) -> None:
    assert disagreement(claim, [quote]) == reason


@pytest.mark.parametrize(
    ("claim", "true"),
    [("Eva Moll runs the bakery.", True), ("Eva Moll's brother sold the mill.", True), ("Moll sold the mill.", False)],
)
def test_who_only_owns_something_does_not_do_what_it_does(claim: str, true: bool) -> None:
    source = "Eva Moll runs the bakery. Her brother, Jan, sold the mill."
    assert (judge(Case("", "faithful", source, claim)).support is not None) is true


def test_what_a_who_says_is_not_denied_with_the_rest_of_its_sentence() -> None:
    source = "The man found in Lund was not Nils Berg, who has been missing since May."
    for claim, true in [
        ("Nils Berg has been missing since May.", True),
        ("The man found in Lund was Nils Berg.", False),
        ("Nils Berg has not been missing since May.", False),
    ]:
        assert (judge(Case("", "faithful", source, claim)).support is not None) is true, claim
