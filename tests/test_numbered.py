"""What stands under a number is found by the number; what only words can answer is not answered by a cell."""

from __future__ import annotations

import pytest

from ingest.pipeline import ingest
from rag import Settings
from rag.asked.question import analyse
from rag.judge.numbered import said_under
from rag.library import Library
from rag.retrieve import search
from rag.tables.answer import answer
from rag.tables.say import Told
from tests.ingest_support import write
from tests.support import HashEmbedder

FILES = {
    "berth_contract.txt": (
        "Berth contract\n\n1 Berth\n\n1.1 The berth is number 17. 1.2 The owner:\n\n(a) moors with two lines;\n\n"
        "(b) keeps the pier clear.\n\n2 Fees\n\n2.1 The fee is 900 crowns a year.\n\n"
        "2.2 A fee of 2.1 crowns a day is added in May.\n"
    ),
    "guide.md": "# Guide\n\n## Article 2: Water\n\nTaps stand at both piers.\n\n## Article 3: Ice\n\nIce is sold.\n",
    "hours.csv": "Day,Pier,Kiosk\nSaturday,open,open\nSunday,closed,open\n",
    "fees.csv": "Item,2023,2024\nProfit,412,355\nFees,300,280\n",
    "rescue.txt": "Rescue\n\n60 boats came in May. 60 left.\n\nAbout 60 sank.\n\n"
    "Do this:\n\n1. Throw the ring.\n2. Call 112.\n3. Start the boat.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("numbered")
    settings = Settings.load(environ={}, library=str(root / "lib"))
    ingest([write(root / "docs", FILES)], root / "lib", HashEmbedder(), settings=settings)
    return Library.open(settings.library, HashEmbedder.fingerprint)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("What does clause 1.2(b) of the berth contract say?", "(b) keeps the pier clear."),
        ("What is in section 1.2?", "1.2 The owner: (a) moors with two lines; (b) keeps the pier clear."),
        ("What does article 3 state?", "Ice is sold."),
        ("Quote clause 2.1 of the contract.", "2.1 The fee is 900 crowns a year."),
        ("What is step 2?", "2. Call 112."),
        ("What does clause 7.9 say?", ""),
        ("What does article 60 say?", ""),  # "60 boats came." is none
        ("What does clause 2 say?", ""),  # two documents have one
        ("What does clause 2.1 of the lease say?", ""),
        ("How much is the fee under clause 2.1?", ""),  # that is asked of its words
    ],
)
def test_what_stands_under_a_number(library: Library, question: str, wanted: str) -> None:
    found = search(library, HashEmbedder(), analyse(question), 30)
    assert " ".join(e.text for e in said_under(found, library)).replace("\n", " ") == wanted


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("What was the profit in 2024?", True),
        ("Why did profit fall in 2024?", False),
        ("How did the fees fall in 2024?", False),
        ("When did the pier open on Sunday?", False),  # "closed"
        ("Since which day is the pier closed on Sunday?", False),  # "Sunday"
        ("On which day is the pier closed?", True),
    ],
)
def test_a_cell_is_no_reason_and_no_time(library: Library, question: str, cell: bool) -> None:
    found = search(library, HashEmbedder(), analyse(question), 30)
    assert isinstance(answer(found, library), Told) is cell
