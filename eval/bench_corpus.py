"""A generated corpus for measuring speed: as many documents as wanted, the same ones for the same seed.

In: a number of documents. Out: files in a folder and questions about them. The text is made of invented names in plain
sentences; it says nothing about how good answers are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

PARAGRAPHS, SENTENCES = 8, 9
_SYLLABLES = (
    "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xo yi zu bran cor del fen gal hol mar nor ost pel".split()
)
_ROLES = "director engineer inspector mayor surveyor treasurer archivist captain".split()
_ACTS = "approved reviewed postponed opened measured repaired described financed inspected closed".split()
_THINGS = (
    "the northern bridge,the water survey,the harbour plan,the school budget,the rail timetable,the flood report,"
    "the museum wing,the grain store,the census,the night shuttle,the coastal path,the power station"
).split(",")
_TAILS = (
    "after a public hearing,because the costs had risen,in spite of the rain,together with two neighbouring towns,"
    "for the third time in a decade,before the summer recess,to the relief of the residents,without a single objection"
).split(",")


@dataclass(frozen=True, slots=True)
class Fact:
    """One sentence of the corpus and a question that it answers."""

    sentence: str
    question: str


def write(folder: Path, documents: int, seed: int = 0) -> list[Fact]:
    """Write ``documents`` text files and return one fact of each."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = []
    for number in range(documents):
        random = Random(f"{seed}/{number}")  # noqa: S311 (a generator of test text, nothing secret)
        made = [[_fact(random) for _ in range(SENTENCES)] for _ in range(PARAGRAPHS)]
        title = f"Notes from {_name(random)}, part {number}"
        body = "\n\n".join(" ".join(fact.sentence for fact in paragraph) for paragraph in made)
        (folder / f"note{number:06d}.txt").write_text(f"{title}\n\n{body}\n", encoding="utf-8")
        facts.append(made[random.randrange(PARAGRAPHS)][random.randrange(SENTENCES)])
    return facts


def _name(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=random.randint(2, 4))).capitalize()


def _fact(random: Random) -> Fact:
    person, place = f"{_name(random)} {_name(random)}", _name(random)
    role, act, thing, tail = (random.choice(words) for words in (_ROLES, _ACTS, _THINGS, _TAILS))
    year = random.randint(1950, 2024)
    return Fact(
        f"In {year} {person}, {role} of {place}, {act} {thing} {tail}.",
        random.choice(
            [
                f"When was it that {person} {act} {thing}?",
                f"Who {act} {thing} of {place} in {year}?",
                f"What did {person} of {place} do?",
            ]
        ),
    )
