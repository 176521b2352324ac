"""The benchmark: the corpus it generates, and its phases on a small one."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval import bench, bench_corpus, bench_growth


def test_the_generated_corpus_is_the_same_each_time_and_holds_its_facts(tmp_path: Path) -> None:
    facts = bench_corpus.write(tmp_path / "one", 3)
    assert facts == bench_corpus.write(tmp_path / "two", 3)
    for number, fact in enumerate(facts):
        text = (tmp_path / "one" / f"note{number:06d}.txt").read_text(encoding="utf-8")
        assert fact.sentence in text
        assert text == (tmp_path / "two" / f"note{number:06d}.txt").read_text(encoding="utf-8")
    assert facts != bench_corpus.write(tmp_path / "three", 3, seed=1)


def test_ratios_compare_ours_with_each_stock_path() -> None:
    pace = [{"documents/s": d, "tokens of the text/s": t} for d, t in [(12.0, 600.0), (6.0, 100.0)]]
    lines = bench.ratios({"ingest": pace[0], "again": {}, "stock": pace[1]})
    assert lines == ["ingest / stock: 2.00 times the documents/s, 6.00 times the tokens of the text/s"]


@pytest.mark.slow
@pytest.mark.model
def test_a_case_folders_documents_are_read_by_both_paths(tmp_path: Path) -> None:
    cases = tmp_path / "cases"
    cases.mkdir()
    text = " ".join(f"In {n} the port of Callao was widened." for n in range(1900, 2000))
    lines = [{"doc_id": f"d{n}", "title": f"Port {n}", "text": text} for n in range(3)]
    (cases / "corpus.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    question = {"id": "q", "question": "Which port was widened?", "answers": ["Callao"], "doc_ids": ["d0"]}
    (cases / "questions.jsonl").write_text(json.dumps(question), encoding="utf-8")
    out = tmp_path / "bench.json"
    args = ["--corpus", str(cases), "--phases", "ingest,stock,stock whole", "--json", str(out)]
    assert bench.main(args) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["ingest"]["text embedded %"] == found["stock whole"]["text embedded %"] == 100
    assert found["stock"]["text embedded %"] < 60  # the model drops what follows 254 word pieces


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


def test_growth_is_a_table_and_a_picture() -> None:
    figures = {"passages": 1.0, "passages/s": 200.0, "peak memory MB": 300.0, "disk bytes/passage": 9000.0}
    asked = {"p50 ms": 20.0, "p95 ms": 40.0, "peak memory MB": 250.0}
    measured = {n: {"ingest": figures | {"passages": float(n)}, "questions": asked} for n in (1000, 10_000)}
    assert bench_growth.table(measured).splitlines()[-1] == "| 10,000 | 200 | 40 | 20 | 300 | 250 | 9,000 |"
    drawn = ElementTree.fromstring(bench_growth.picture(measured))
    lines = [e for e in drawn.iter() if e.tag.endswith("polyline")]
    assert len(lines) == len(bench_growth.LINES)
    assert {len(str(e.get("points")).split()) for e in lines} == {2}
