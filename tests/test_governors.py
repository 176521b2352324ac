"""What governs a clause must come along in a claim; the opening word goes unless it is certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval import claims
from eval.training.veridical import tables
from rag.check.agree import disagreement

CLAIMS, OPENINGS = claims.OWN


def test_false_claims_stay_out_and_faithful_ones_come_in() -> None:
    passed, false, held, true = claims.rates(map(claims.judged, claims.pairs(CLAIMS)))["all"]
    assert (false, true) >= (110, 90)
    assert passed / false <= 0.05
    assert held / true >= 0.85


def test_the_opening_word_is_said_only_where_it_is_certain() -> None:
    wrong, _, held, true = claims.rates(map(claims.judged, claims.pairs(OPENINGS)))["all"]
    assert wrong == 0
    assert held / true >= 0.9


@pytest.mark.parametrize(
    ("quote", "claim", "reason"),
    [
        ("The curator suspects that the bust is stolen.", "The bust is stolen.", "said"),
        ("The bust, the curator says, is stolen.", "The bust is stolen.", "said"),
        ("The curator knows that the bust is stolen.", "The bust is stolen.", ""),
        ("The curator suspects that the bust is stolen.", "The curator suspects that the bust is stolen.", ""),
        ("The gate opens if a card is shown.", "The gate opens.", "condition"),
        ("Police ask whether the guard slept.", "The guard slept.", "certainty"),
        ("The curator wanted to sell the bust.", "The curator sold the bust.", "certainty"),
        ("The curator managed to sell the bust.", "The curator sold the bust.", ""),
        ("The curator was accused of selling the bust.", "The curator was selling the bust.", "certainty"),
        ("The curator's aunt sold the bust.", "The curator sold the bust.", "role"),
        ("The bust of Queen Ada was sold.", "Queen Ada was sold.", "role"),
        ("The former curator sold the bust.", "The curator sold the bust.", "time"),
        ("The hall was a stable until 1950.", "The hall was a stable.", "time"),
        ("The hall was a stable.", "The hall is a stable.", "time"),
        ("A forged bust stands in the hall.", "A bust stands in the hall.", "quality"),
        ("In the play the curator sells the bust.", "The curator sells the bust.", "fiction"),
        ("The bust was made in 1801 or 1802.", "The bust was made in 1802.", "choice"),
        ("The guard that the curator hired fled.", "The curator fled.", "role"),
        ("The curator hired the guard.", "The guard hired the curator.", "role"),
        ("The curator hired the guard.", "The guard was hired by the curator.", ""),
        ("Every marble bust was sold.", "Every bust was sold.", "quantity"),
        ("By all accounts the bust was stolen.", "The bust was stolen.", "said"),
        ("Guards took the actor for a thief.", "The actor was a thief.", "said"),
        ("It is a fallacy that busts are hollow.", "Busts are hollow.", "said"),
        ("The curator found no proof that the bust was stolen.", "The bust was stolen.", "negation"),
        ("The hall opens once the alarm is off.", "The hall opens.", "condition"),
        ("The hall opens once the alarm is off.", "The hall opens after the alarm is off.", ""),
        ("When the war ended, the hall reopened.", "The hall reopened.", ""),
        ("With a pass, guests may see the bust.", "Guests may see the bust.", "condition"),
        ("The lift stops at all floors but the attic.", "The lift stops at the attic.", "negation"),
        ("Less than a quarter of the guests paid.", "A quarter of the guests paid.", "quantity"),
        ("The hall was promised a new bust.", "The hall got a new bust.", "certainty"),
        ("The hall named after Ada Moor burned.", "Ada Moor burned.", "role"),
        ("Owners of busts which broke sued the curator.", "Busts which broke sued the curator.", "role"),
        ("The hall is older than the gate, but the gate is taller.", "The hall is taller than the gate.", "role"),
        ("Ida sold a bust, and Per sold a vase.", "Ida sold a vase.", "role"),
        ("Ida sold a bust, and Per sold a vase.", "Per sold a vase.", ""),
        ("The hall has 14 busts, the gate 9.", "The gate has 14 busts.", "role"),
        ("In a fresco the curator sells the bust.", "The curator sells the bust.", "fiction"),
        ("The film simulates a fire in which the bust melts.", "The bust melts.", "fiction"),
        ("The bust was in Mill Street until the fire.", "The bust is in Mill Street.", "time"),
        ("The bust isn't shown in May.", "The bust is not shown in May.", ""),
        ("The tank holds 1,900 litres.", "The tank holds 1900 litres.", ""),
    ],
)
def test_a_governor_left_out_is_named(quote: str, claim: str, reason: str) -> None:
    assert disagreement(claim, [quote]) == reason


def test_the_table_of_verbs_keeps_what_people_hold_true() -> None:
    rows = [
        {"verb": "glimpse", "frame": "NP Ved that S", "veridicalitynorm": "0.9"},
        {"verb": "mutter", "frame": "NP Ved that S", "veridicalitynorm": "0.4"},
        {"verb": "perk_up", "frame": "NP Ved that S", "veridicalitynorm": "2"},
        {"verb": "strive", "frame": "NP Ved to VP[+eventive]", "veridicalitynorm": "2"},
    ]
    assert tables(rows) == {"true": "glimpse", "open": "mutter"}


def test_the_command_prints_both_rates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(
        '{"premise": "A dog ran.", "hypothesis": "A dog ran home.", "label": "neutral"}\n', encoding="utf-8"
    )
    claims.main(["-v", str(file)])
    assert "false that pass    0 of    1" in capsys.readouterr().out
