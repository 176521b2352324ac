"""The road a user walks with the `rag` command, on the sample corpus, with the real model.

Where streams, signals or a fresh start matter the command runs in a process of its own; else in this one, which has
the heavy imports behind it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support import SEEDS, offline_environment, run_rag
from ui import cli

pytestmark = pytest.mark.model

SAMPLE = "000_678fa3628cc71388.txt"
KEYS = {"question", "standalone_question", "text", "refused", "confidence", "citations", "passages", "timings"}
CITATION_KEYS = {"number", "marker_start", "marker_end", "source", "page", "quote_start", "quote_end", "quote"}
PASSAGE_KEYS = {"source", "page", "start", "end", "text", "score"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the sample corpus was ingested with the command, as the README says."""
    folder = tmp_path_factory.mktemp("road")
    done = run_rag("ingest", SEEDS, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 added, 0 updated, 0 deleted, 0 unchanged, 0 not read; ")
    assert done.stderr == ""
    return folder


class Call(Protocol):
    """`rag` called in this process."""

    def __call__(self, *args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def rag(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command in this process, in the folder ``cwd``."""

    def call(*args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        with contextlib.chdir(cwd):
            try:
                status = cli.main([str(arg) for arg in args])
            except SystemExit as stopped:
                status = int(stopped.code or 0)
        shown = capsys.readouterr()
        return subprocess.CompletedProcess(["rag"], status, shown.out, shown.err)

    return call


def objects(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


def check_contract(answer: dict[str, Any], canonical: str) -> None:
    """What scripts rely on, whatever the question was."""
    assert set(answer) >= KEYS
    assert 0 <= answer["confidence"] <= 1
    assert answer["refused"] is (not answer["citations"])
    assert answer["passages"]
    assert all(name.endswith("_ms") for name in answer["timings"])
    for note in answer["citations"]:
        assert set(note) >= CITATION_KEYS
        assert answer["text"][note["marker_start"] : note["marker_end"]] == f"[{note['number']}]"
        assert note["source"] == SAMPLE
        assert canonical[note["quote_start"] : note["quote_end"]] == note["quote"] != ""
    for passage in answer["passages"]:
        assert set(passage) >= PASSAGE_KEYS
        assert canonical[passage["start"] : passage["end"]] == passage["text"]
    scores = [passage["score"] for passage in answer["passages"]]
    assert scores == sorted(scores, reverse=True)


@contextlib.contextmanager
def started(*args: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, its three streams in hand; it does not outlive the test."""
    with subprocess.Popen(
        [sys.executable, "-m", "ui.cli", *args],
        cwd=cwd,
        env=offline_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def canonical(place: Path) -> str:
    return run_rag("show", SAMPLE, cwd=place).stdout


def test_show_prints_the_text_the_offsets_count_in(canonical: str) -> None:
    assert canonical == (SEEDS / SAMPLE).read_text(encoding="utf-8")


def test_ingest_again_changes_nothing(rag: Call, place: Path) -> None:
    done = rag("ingest", SEEDS, "--json", cwd=place)
    assert done.returncode == 0
    [report] = objects(done.stdout)
    assert report["unchanged"] == [SAMPLE]
    assert report["added"] == report["updated"] == report["deleted"] == report["failed"] == []


def test_a_question_as_text(rag: Call, place: Path) -> None:
    done = rag("ask", "Who", "did", "Peru", "ask", "for", "support?", cwd=place)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "United States" in done.stdout
    assert "[1]" in done.stdout
    assert "\x1b" not in done.stdout


def test_many_questions_on_standard_input(place: Path, canonical: str) -> None:
    lines = [
        "When was the request formalized?",
        "",
        '{"question": "Who did it?", "history": [{"question": "When was the request formalized?", "answer": "2023."}]}',
        "{broken",
        "¿Quién es el ministro?",
        "How many tonnes of cocaine did Brazil seize in 1998?",
    ]
    done = run_rag("ask", "--json", "-", cwd=place, stdin="\n".join(lines) + "\n")
    assert done.returncode == 1  # one line was no question
    answers = objects(done.stdout)
    assert len(answers) == 5
    assert set(answers[2]) == {"question", "error"}
    for answer in (answers[0], answers[1], answers[3], answers[4]):
        check_contract(answer, canonical)
    assert [a["question"] for a in answers] == [lines[0], "Who did it?", "{broken", lines[4], lines[5]]
    assert "December 2023" in answers[0]["text"]
    assert answers[1]["standalone_question"] != "Who did it?"
    assert answers[4]["refused"]


def test_answers_come_one_by_one(place: Path) -> None:
    """A program may hold the pipe open: each answer arrives before the next question is written."""
    with started("ask", "--json", "-", cwd=place) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for question in ("Who is the minister?", "Where were the meetings held?"):
            process.stdin.write(question + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["question"] == question
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_refusal_is_an_answer(rag: Call, place: Path, canonical: str) -> None:
    done = rag("ask", "--json", "Who won the 1998 World Cup?", cwd=place)
    assert done.returncode == 0
    [answer] = objects(done.stdout)
    check_contract(answer, canonical)
    assert answer["refused"]


def test_history_from_a_file(rag: Call, place: Path, tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    turn = {"question": "Who is the minister?", "answer": "The minister is Javier Gonzalez-Olaechea [1]."}
    file.write_text(json.dumps([turn]), encoding="utf-8")
    question = "When did he formalize the request?"
    [alone] = objects(rag("ask", "--json", question, cwd=place).stdout)
    [after] = objects(rag("ask", "--json", "--history", file, question, cwd=place).stdout)
    assert alone["standalone_question"] == question
    assert after["standalone_question"] != question


def test_search(rag: Call, place: Path, canonical: str) -> None:
    done = rag("search", "--json", "-k", "2", "meetings in Lima", cwd=place)
    [found] = objects(done.stdout)
    assert len(found["passages"]) == 2
    assert "Lima" in found["passages"][0]["text"]
    assert all(canonical[p["start"] : p["end"]] == p["text"] for p in found["passages"])
    assert "Lima" in rag("search", "meetings in Lima", cwd=place).stdout


def test_chat_reads_a_script(place: Path) -> None:
    done = run_rag("chat", cwd=place, stdin="Where were the meetings held?\n/sources 1\n/quit\nnever asked\n")
    assert done.returncode == 0
    assert "Lima" in done.stdout
    assert ">>>" in done.stdout
    assert "never asked" not in done.stdout


def test_status(rag: Call, place: Path) -> None:
    done = rag("status", "--documents", cwd=place)
    assert done.returncode == 0
    assert "documents   1\n" in done.stdout
    assert f"  {SAMPLE}  2024-02-05  " in done.stdout
    [held] = objects(rag("status", "--json", cwd=place).stdout)
    assert held["documents"] == 1
    assert held["failed"] == []
    assert held["list"][0]["source"] == SAMPLE


def test_show_of_something_else_names_the_nearest(rag: Call, place: Path) -> None:
    done = rag("show", "000_678fa3628cc7138.txt", cwd=place)
    assert done.returncode == 1
    assert SAMPLE in done.stderr
    assert rag("show", SAMPLE, "--page", "1", cwd=place).returncode == 2


def test_a_reader_that_leaves_is_no_error_message(place: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", "show", SAMPLE],
            cwd=place,
            env=offline_environment(),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode == 1
    assert done.stderr == ""


@pytest.mark.alone
def test_serve_answers_and_stops_at_an_interrupt(place: Path) -> None:
    with started("serve", "--port", "0", "--ingest", str(SEEDS), cwd=place) as process:
        assert process.stderr is not None
        said = process.stderr.readline()  # the page comes first, whatever is to be read
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        assert process.stderr.readline().startswith("0 added, 0 updated, 0 deleted, 1 unchanged")
        with urllib.request.urlopen(found[0], timeout=60) as page:
            assert page.status == 200
        port = found[0].rpartition(":")[2]
        second = run_rag("serve", "--port", port, cwd=place)
        assert second.returncode == 1
        assert second.stderr.startswith("rag: ")
        assert port in second.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


# --- ingest ---------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    shutil.copy(SEEDS / SAMPLE, documents)
    return documents


def test_a_dry_run_writes_nothing(rag: Call, folder: Path) -> None:
    done = rag("ingest", "--dry-run", folder, cwd=folder.parent)
    assert done.returncode == 0
    assert f"  added: {SAMPLE}" in done.stdout
    assert not (folder.parent / ".rag").exists()


def test_unreadable_files_are_told_and_the_others_read(rag: Call, folder: Path) -> None:
    (folder / "empty.txt").write_text("", encoding="utf-8")
    done = rag("ingest", folder, cwd=folder.parent)
    assert done.returncode == 0
    assert "1 added, 0 updated, 0 deleted, 0 unchanged, 1 not read" in done.stdout
    assert "not read: empty.txt: empty" in done.stdout
    assert "empty.txt" in rag("status", "--failed", cwd=folder.parent).stdout
    (folder / SAMPLE).unlink()
    assert rag("ingest", folder, "--library", "other", cwd=folder.parent).returncode == 1


def test_workers_are_counted_from_one(rag: Call, folder: Path) -> None:
    none = rag("ingest", folder, "--workers", "0", cwd=folder.parent)
    assert (none.returncode, none.stderr) == (2, "rag: --workers wants a whole number from 1\n")


def test_a_folder_that_is_not_there(rag: Call, folder: Path) -> None:
    done = rag("ingest", "absent", cwd=folder.parent)
    assert done.returncode == 1
    assert done.stderr.startswith("rag: no such file or folder: absent")
    assert done.stderr.count("\n") == 1


# --- evaluation and care --------------------------------------------------------


def test_eval_reports_and_holds_its_bars(rag: Call, tmp_path: Path) -> None:
    done = rag("eval", "--limit", "6", "--report", "r.json", "--html", "r.html", "--min", "quote_exact=1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "quote_exact" in done.stdout
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert len(report["results"]) == 6
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    again = rag(
        "eval", "--limit", "6", "--compare", "r.json", "--min", "p95_ms=0", "--min", "correct=1.1", cwd=tmp_path
    )
    assert again.returncode == 1
    assert "6 shared questions" in again.stdout
    assert again.stderr.count("rag: ") == 2
    assert not (tmp_path / ".rag").exists()


def test_eval_of_something_that_is_not_there(rag: Call, tmp_path: Path) -> None:
    done = rag("eval", "absent.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert "absent.jsonl" in done.stderr
    assert done.stderr.count("\n") == 1


def test_doctor_finds_nothing_in_a_sound_library_and_rebuild_keeps_it(rag: Call, folder: Path) -> None:
    here = folder.parent
    rag("ingest", folder, cwd=here)
    done = rag("doctor", cwd=here)
    assert done.returncode == 0, done.stdout
    assert "BAD" not in done.stdout
    assert "ok  thresholds: packaged" in done.stdout
    before = json.loads(rag("search", "--json", "Lima", cwd=here).stdout)
    rebuilt = rag("rebuild", "--json", cwd=here)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert json.loads(rebuilt.stdout)["documents"] == 1
    after = json.loads(rag("search", "--json", "Lima", cwd=here).stdout)
    assert [p["id"] for p in after["passages"]] == [p["id"] for p in before["passages"]]


def test_watch_reads_what_changes(folder: Path) -> None:
    with started("watch", "documents", "--json", cwd=folder.parent) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["added"] == [SAMPLE]
        (folder / "new.txt").write_text("The harbour opened in 1897.", encoding="utf-8")
        assert json.loads(process.stdout.readline())["added"] == ["new.txt"]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
