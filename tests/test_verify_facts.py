"""Numbers, dates and names in one normal form, whatever way they are written."""

from __future__ import annotations

import json

import pytest

from rag.check.agree import disagreement
from rag.check.facts import Fact, lemma, read
from tests.support import ROOT


def facts(text: str) -> list[tuple[str, str, str]]:
    return [(f.kind, f.value, f.unit) for f in read(text).facts]


@pytest.mark.parametrize(
    "text",
    [
        "5 February 2024",
        "2024-02-05",
        "Feb. 5, 2024",
        "February 5th, 2024",
        "the 5th of February 2024",
        "5 de febrero de 2024",
        "2024/2/5",
    ],
)
def test_one_day_written_in_seven_ways(text: str) -> None:
    assert facts(f"It was on {text} that they met.")[0][:2] == ("date", "2024-2-5")


@pytest.mark.parametrize("text", ["87 per cent", "87 %", "87%", "87 percent", "eighty-seven per cent", "87 por ciento"])
def test_percentages(text: str) -> None:
    assert facts(f"It was {text}.") == [("number", "87", "%")]


@pytest.mark.parametrize("text", ["1,000 men", "one thousand men", "a thousand men", "1 000 men", "1'000 men"])
def test_a_thousand(text: str) -> None:
    assert facts(text.replace(" 000", "\u00a0000"))[0][1] == "1000"


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("$3.5 million", "3500000", "usd"),
        ("US$2bn", "2000000000", "usd"),
        ("3.5 million dollars", "3500000", "usd"),
        ("€75,000", "75000", "eur"),
        ("two hundred and five km", "205", "km"),
        ("half a million", "500000", ""),
        ("-15 °C", "-15", "c"),
        ("a 10-year plan", "10", "year"),
        ("3.5 percentage points", "3.5", "pp"),
        ("2.5 million kilometres", "2500000", "km"),
        ("4,000 m2", "4000", "m2"),
        ("54 square kilometres", "54", "km2"),
        ("dos mil trescientos pacientes de la sala", "2300", ""),
        ("3 dozen eggs", "3", ""),
    ],
)
def test_values_and_units(text: str, value: str, unit: str) -> None:
    assert facts(text)[0][1:] == (value, unit)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Version 1.5.7 adds a queue.", [("code", "1.5.7")]),
        ("It came with v2.10.", [("code", "2.10")]),
        ("Ruby 3.10 is no Ruby 3.1.", [("code", "3.10"), ("number", "3.1")]),
        ("He runs Ruby 3.10 there.", [("code", "3.10")]),
        ("See section 4.20 on fees.", [("code", "4.20")]),
        ("Según el artículo 12.3 se paga.", [("code", "12.3")]),
        ("The host is 10.0.0.7 at night.", [("code", "10.0.0.7")]),
        ("The host is 192.168.100.200 now.", [("code", "192.168.100.200")]),
        ("Call +44 20 7946 0958 or (020) 7946 0958.", [("code", "+44 20 7946 0958"), ("code", "(020) 7946 0958")]),
        ("The ISBN is 978-3-16-148410-0.", [("code", "978-3-16-148410-0")]),
        ("2. Add the salt.", [("code", "2.")]),
        ("Agent 007 paid with 4111111111111111.", [("code", "007"), ("code", "4111111111111111")]),
        ("Open from 10:30:15 on.", [("time", "10:30:15")]),
        ("Marks of 3.8,3.9 and 1,2,3 were given.", [("number", n) for n in ("3.8", "3.9", "1", "2", "3")]),
        ("It grew by 3.10 per cent to 12,34,567.", [("number", "3.1"), ("number", "1234567")]),
        ("A magnitude of 6.1 and 1.234.567,8 euros.", [("number", "6.1"), ("number", "1234567.8")]),
    ],
)
def test_digits_that_count_nothing_are_no_decimals(text: str, kinds: list[tuple[str, str]]) -> None:
    assert [(f.kind, f.value) for f in read(text).facts] == kinds


@pytest.mark.parametrize(
    ("claim", "quote", "wrong"),
    [
        ("Version 3.10 adds a queue.", "Version 3.1 adds a queue.", "number"),
        ("Version 1.5.6 adds a queue.", "Version 1.5.7 adds a queue.", "number"),
        ("The guide adds 2 salts.", "2. The guide adds salts.", "number"),
        ("Version 3.9 adds a queue.", "In version 3.9 it adds a queue.", ""),
        ("The host is 10.0.0.7.", "The host is 10.0.0.7 at night.", ""),
    ],
)
def test_a_code_is_carried_as_it_is_written(claim: str, quote: str, wrong: str) -> None:
    assert disagreement(claim, [quote]) == wrong


@pytest.mark.parametrize(
    ("text", "sign"),
    [("more than 500 men", ">"), ("at least 500 men", ">"), ("500 or more", ">"),
     ("up to 500 men", "<"), ("fewer than 500 men", "<"),
     ("nearly 500 men", "~"), ("over three days", ""), ("500 men", "")],
)  # fmt: skip
def test_comparisons(text: str, sign: str) -> None:
    assert read(text).facts[0].sign == sign


@pytest.mark.parametrize(
    "text",
    [
        "one of the men",
        "no one came",
        "Julio Paredes met April Jones",
        "He may come and march on",
        "hundreds of men",
        "unas casas y unos dos",
        "COVID",
    ],
)
def test_what_is_no_fact(text: str) -> None:
    assert facts(text) == []


def test_times_weekdays_and_ordinals() -> None:
    assert facts("on Monday at 3 pm") == [("weekday", "1", ""), ("time", "15:00", "")]
    assert facts("el lunes a las 15:00") == [("weekday", "1", ""), ("time", "15:00", "")]
    assert facts("the twenty-first and the 21st") == [("ordinal", "21", "")] * 2


def test_facts_stand_where_they_say() -> None:
    text = "On 5 February 2024 about 87 per cent of 1,200 men came."
    written = [text[f.start : f.end] for f in read(text).facts]
    assert written == ["5 February 2024", "87 per cent", "1,200"]
    assert isinstance(read(text).facts[0], Fact)


SIGNED = "Foreign Minister Javier González-Olaechea signed the accord in Lima on Monday, 5 February 2024."


@pytest.mark.parametrize(
    "claim",
    ["Javier Gonzalez-Olaechea signed the accord in February 2024.",
     "The accord was signed in Lima by Minister González.",
     "The pact was signed on 2024-02-05.",
     "The accord was signed in 2024.", "The Foreign Minister signed the agreement on Monday."],
)  # fmt: skip
def test_what_a_sentence_carries(claim: str) -> None:
    assert disagreement(claim, [SIGNED]) == ""


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Javier Gonzalez signed the accord in March 2024.", "date"),
        ("Javier Gonzalez signed the accord on 6 February 2024.", "date"),
        ("Javier Gonzalez signed two accords in Lima.", "number"),
        ("The minister Pedro Gonzalez signed the accord in Lima.", "name"),
        ("Javier Gonzalez did not sign the accord in Lima.", "negation"),
        ("Javier Gonzalez will sign the accord in Lima.", "certainty"),
        ("Javier Gonzalez signed all the accords in Lima.", "quantity"),
        ("Javier Gonzalez signed the secret accord in Lima.", "addition"),
        ("Javier Gonzalez signed the accord because Peru had asked.", "name"),
        ("Javier Gonzalez signed the accord because of Lima.", "cause"),
    ],
)
def test_what_it_does_not_carry_and_why(claim: str, reason: str) -> None:
    assert disagreement(claim, [SIGNED]) == reason


def test_the_stems_kept_in_the_file_are_those_the_stemmer_makes() -> None:
    kept = json.loads((ROOT / "rag" / "check" / "wordnet.json").read_text(encoding="utf-8"))["stems"]
    assert {word: lemma(word, "en") for word in kept} == kept
