"""Counts that hold until the next commit, and the words that a look-up may leave out."""

from __future__ import annotations

from pathlib import Path

from rag.library import Library
from rag.store.counts import SinceCommit, any_of, telling
from tests.ingest_support import run, write


def test_a_count_is_made_once_a_generation() -> None:
    counted, made = SinceCommit(), []

    def count() -> int:
        made.append(1)
        return len(made)

    assert [counted.get(g, "passages", count) for g in (1, 1, 2, 2)] == [1, 1, 2, 2]
    assert counted.get(2, "documents", count) == 3


def test_a_term_of_most_passages_is_left_out_only_where_the_others_find_enough() -> None:
    counts = {"port": 70, "crane": 12, "tide": 50}
    assert telling(counts, 100, 10) == ["crane", "tide"]
    assert telling(counts, 100, 51) == ["port", "crane", "tide"]
    assert telling({"port": 70}, 100, 10) == ["port"]
    assert telling({"port": 70, "c++": 0}, 100, 1) == ["port", "c++"]


def test_terms_are_matched_literally() -> None:
    assert any_of(['say "ah"', "c++"]) == '"say ""ah""" OR "c++"'


def test_leaving_a_term_out_keeps_the_order_and_the_next_commit_is_seen(tmp_path: Path) -> None:
    texts = {f"p{n:02}.txt": f"The port number {n} is open.{' Cranes stand there.' * (n % 4)}\n" for n in range(40)}
    folder = write(tmp_path / "docs", texts)
    run(folder, tmp_path / "lib")
    library = Library.open(tmp_path / "lib")
    assert library.term_counts(["port", "crane"]) == {"port": 40, "crane": 30}
    found = library.lexical(["port", "number", "crane"], 5)
    with_crane = dict(library.lexical(["crane"], 40))
    assert [i for i, _ in found] == [i for i, _ in library.lexical(["crane"], 5)]
    assert all(abs(score - with_crane[i]) < 1e-3 for i, score in found)
    write(folder, {"more.txt": "A crane, a crane, and the port."})
    run(folder, tmp_path / "lib")
    assert library.term_counts(["port", "crane"]) == {"port": 41, "crane": 31}
    assert library.counts() == (41, 41)
