"""The folder of an invented orchestra: made anew alike, read whole, and what its questions want stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.cases import load_cases
from eval.metrics import contains
from eval.orchestra.documents import write
from eval.run import ORCHESTRA
from eval.scoring import Result, correct
from ingest.load import Limits
from ingest.read_any import read_any
from rag.config import Settings
from rag.types import Citation

CASES = load_cases(ORCHESTRA)
# What code reckons, and what only the list of documents tells, is written nowhere.
RECKONED = {"count", "sum", "difference", "library", "yes_no"}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The canonical texts of the folder by their sources."""
    folder = tmp_path_factory.mktemp("orchestra")
    write(folder)
    found = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        for reading in read_any(file.read_bytes(), name, Limits(Settings())):
            found[f"{name}/{reading.member}" if reading.member else name] = reading.text
    return found


def test_the_set_is_as_large_and_mixed_as_it_says(texts: dict[str, str]) -> None:
    files = {name.split(".zip/")[0].split(".eml/")[0].split(".mbox/")[0] for name in texts}
    assert len(files) >= 25
    assert len({Path(name).suffix for name in files}) >= 19
    assert len(CASES) >= 100
    assert sum(case.answerable is False for case in CASES) >= 15
    assert len({case.kind for case in CASES}) >= 20


def test_every_part_that_is_wanted_stands_in_the_documents_named(texts: dict[str, str]) -> None:
    for case in CASES:
        if case.kind in RECKONED or not case.answerable:
            continue
        named = [text for source, text in texts.items() if not case.sources or source.startswith(case.sources)]
        assert named, case.id
        text = "\n".join(named)
        assert all(any(contains(text, gold) for gold in group) for group in case.wanted), case.id


def result(text: str, source: str, wanted: tuple[tuple[str, ...], ...]) -> Result:
    case = next(case for case in CASES if case.wanted)
    case = type(case)(case.id, case.question, case.kind, True, wanted=wanted)
    cited = (Citation(1, len(text) - 3, len(text), source, None, 0, 1, "x"),)
    return Result(case, text, case.question, False, False, 0.9, "", cited, (True,), (), (), 1.0, {})


def test_an_answer_is_right_when_it_holds_one_of_each_group_or_cites_it() -> None:
    wanted = (("viola",), ("horn", "bassoon"))
    assert correct(result("A viola and a horn [1].", "a.txt", wanted)) == 1.0
    assert correct(result("A viola [1].", "a.txt", wanted)) == 0.0
    assert correct(result("A viola [1].", "horn/list.txt", wanted)) == 1.0
