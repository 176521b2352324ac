"""The benchmark: the corpus it generates, and its phases on a small one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval import bench, bench_corpus


def test_the_generated_corpus_is_the_same_each_time_and_holds_its_facts(tmp_path: Path) -> None:
    facts = bench_corpus.write(tmp_path / "one", 3)
    assert facts == bench_corpus.write(tmp_path / "two", 3)
    for number, fact in enumerate(facts):
        text = (tmp_path / "one" / f"note{number:06d}.txt").read_text(encoding="utf-8")
        assert fact.sentence in text
        assert text == (tmp_path / "two" / f"note{number:06d}.txt").read_text(encoding="utf-8")
    assert facts != bench_corpus.write(tmp_path / "three", 3, seed=1)


@pytest.mark.slow
def test_the_phases_measure_a_library_and_its_answers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    args = ["--documents", "4", "--questions", "4", "--phases", "ingest,again,questions", "--random"]
    assert bench.main([*args, "--json", str(tmp_path / "bench.json")]) == 0
    found = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert found["ingest"]["passages"] == found["again"]["passages"] == 4 * bench_corpus.PARAGRAPHS
    assert found["again"]["passages/s"] == 0
    assert found["questions"]["questions"] == 4
    assert 0 < found["questions"]["p50 ms"] <= found["questions"]["p95 ms"]
    assert "p95 ms" in capfd.readouterr().out
