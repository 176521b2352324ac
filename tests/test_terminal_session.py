"""The command on a real terminal (a pseudo-terminal): colours, line editing, Ctrl-C and Ctrl-D."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.pty_support import terminal
from tests.support import run_rag

pytestmark = [pytest.mark.model, pytest.mark.alone]

PROMPT = "› "
CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"


def test_a_conversation(seed_library: Path, tmp_path: Path) -> None:
    with terminal("chat", "--library", str(seed_library), cwd=tmp_path) as screen:
        screen.wait_for("1 document. Ask away; /help lists what else there is.")
        screen.wait_for(PROMPT)
        screen.type("Where were the meetings held?\n")
        shown = screen.wait_for(PROMPT)
        assert "Lima" in shown
        assert "\x1b[36m[1]" in shown
        screen.type("/sources 1\n")
        assert "\x1b[7m" in screen.wait_for(PROMPT)
        screen.type(CTRL_C)
        screen.wait_for("Ctrl-D leaves")
        screen.wait_for(PROMPT)
        screen.type(UP)
        screen.wait_for("/sources 1")
        screen.type("\n")
        screen.wait_for("\x1b[7m")
        screen.wait_for(PROMPT)
        screen.type(CTRL_D)
        assert screen.process.wait(timeout=20) == 0


def test_no_color_is_heeded(seed_library: Path, tmp_path: Path) -> None:
    arguments = ("ask", "Where were the meetings held?", "--library", str(seed_library))
    with terminal(*arguments, cwd=tmp_path, env={"NO_COLOR": "1"}) as screen:
        assert "\x1b[" not in screen.wait_for("[1]")
        assert screen.process.wait(timeout=20) == 0


def test_a_stopped_ingest_keeps_what_it_read_and_goes_on(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(300):
        words = " ".join(f"Sentence {part} of report {number} tells of its own matter." for part in range(60))
        (documents / f"{number:03}.txt").write_text(words, encoding="utf-8")
    with terminal("ingest", "documents", cwd=tmp_path) as screen:
        screen.wait_for("Reading 1/300")
        screen.type(CTRL_C)
        screen.wait_for("Finishing the document in work")
        shown = screen.wait_for("Type the same command again to go on.", timeout=120)
        assert screen.process.wait(timeout=20) == 130
    found = re.search(r"(\d+) added", shown)
    assert found is not None
    kept = int(found[1])
    assert kept < 300
    assert f'"documents": {kept},' in run_rag("status", "--json", cwd=tmp_path).stdout if kept else True
    before = run_rag("ingest", "documents", "--dry-run", cwd=tmp_path).stdout
    assert before.startswith(f"{300 - kept} added, 0 updated, 0 deleted, {kept} unchanged, 0 not read")


def test_an_impatient_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(60):
        (documents / f"{number}.txt").write_text("A sentence of no great matter. " * 400, encoding="utf-8")
    with terminal("ingest", "documents", cwd=tmp_path) as screen:
        screen.wait_for("Reading 1/60")
        screen.type(CTRL_C)
        screen.wait_for("Ctrl-C again")
        screen.process.send_signal(signal.SIGINT)
        screen.wait_for("rag: stopped", timeout=30)
        assert screen.process.wait(timeout=20) == 130
