"""What is typed after `rag`: help, hints, settings, exit statuses. No model is needed for any of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rag.types import Turn
from tests.support import ROOT, offline_environment, run_rag
from ui import cli, terminal
from ui.cli_ask import BadRequest, parse_request

HEAVY = {"torch", "chromadb", "gradio", "llama_index", "sentence_transformers", "transformers", "numpy", "sqlite3"}


def run(*argv: str) -> int:
    """Run the command in this process and return its exit status, whichever way it ends."""
    try:
        return cli.main(argv)
    except SystemExit as stopped:
        return int(stopped.code or 0)


# --- help -----------------------------------------------------------------------


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["ask", "--help"], ["aks"], []])
def test_what_needs_no_model_loads_none(argv: list[str]) -> None:
    code = f"""
import sys
from ui import cli
try:
    cli.main({argv!r})
except SystemExit:
    pass
print(*sorted({{name.split('.')[0] for name in sys.modules}} & {HEAVY!r}), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=offline_environment(), check=True
    )
    assert done.stderr.splitlines()[-1].strip() == ""


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    shown = capsys.readouterr().out
    for verb in cli.VERBS:
        assert f"    {verb.name} " in shown


def test_readme_shows_the_help_of_today(tmp_path: Path) -> None:
    done = run_rag("--help", cwd=tmp_path, env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert done.stdout in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", cli.NAMES)
def test_every_verb_has_help_and_takes_json_and_library(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(verb, "--help") == 0
    shown = capsys.readouterr().out
    assert "--json" in shown
    assert "--library DIR" in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("rag 0.")


# --- mistakes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["aks", "x"], "did you mean: rag ask?"),
        (["sevre"], "did you mean: rag serve?"),
        (["qqqq"], "verbs: ingest, ask, chat"),
        (["Who met in Lima?"], 'rag ask "Who met in Lima?"'),
        (["ask"], "QUESTION; see: rag ask --help"),
        (["ask", " "], "the question is empty"),
        (["ask", "x", "--libary", "y"], "did you mean --library?"),
        (["--json"], "say what to do"),
        (["search", "x", "-k", "0"], "-k wants a whole number from 1"),
        (["search", "x", "-k", "many"], "invalid int value"),
        (["ask", "x", "--top-k", "many"], "'top_k' wants a whole number"),
        (["ask", "x", "--refuse-below", "2"], "'refuse_below' wants a number from 0 to 1"),
        (["ask", "x", "--config", "absent.toml"], "no such configuration file: absent.toml"),
        (["ask", "x", "--history", "absent.json"], "absent.json"),
    ],
)
def test_a_mistake_in_the_line_is_told_in_one_line(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("rag: ")
    assert captured.err.count("\n") == 1
    assert said in captured.err


def test_nothing_typed_shows_the_help_and_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "start here:" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["status"], ["show", "x.txt"], ["ask", "--json", "Who?"], ["chat"], ["search", "x"]])
def test_no_library_says_how_to_make_one(argv: list[str], tmp_path: Path) -> None:
    done = run_rag(*argv, "--library", "nowhere", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "rag ingest FOLDER" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_misspelt_variable_is_told(tmp_path: Path) -> None:
    done = run_rag("status", cwd=tmp_path, env={"RAG_LIBARY": "x"})
    assert done.returncode == 2
    assert "did you mean 'library'?" in done.stderr


def test_the_library_may_stand_before_the_verb_and_the_nearer_flag_wins() -> None:
    args = cli._parse(["--library", "a", "status"])
    assert cli.given(args) == {"library": "a"}
    args = cli._parse(["--library", "a", "status", "--library", "b"])
    assert cli.given(args) == {"library": "b"}


# --- requests on standard input -------------------------------------------------


@pytest.mark.parametrize(
    ("line", "question", "history"),
    [
        ("Who met?\n", "Who met?", ()),
        ("  \ufeffWho met? \n", "Who met?", ()),
        ('{"question": "Who met?"}', "Who met?", ()),
        ('{"question": "And then?", "history": null}', "And then?", ()),
        (
            '{"question": "And he?", "history": [{"question": "Who?", "answer": "Ann [1]."}]}',
            "And he?",
            (Turn("Who?", "Ann [1]."),),
        ),
        ('{"question": "And?", "history": [{"question": "Who?"}], "more": 1}', "And?", (Turn("Who?", ""),)),
        (r'{"question": "half \ud800 a pair"}', "half ? a pair", ()),
    ],
)
def test_request(line: str, question: str, history: tuple[Turn, ...]) -> None:
    assert parse_request(line) == (question, history)


@pytest.mark.parametrize(
    "line",
    [
        '{"question": ',
        '{"text": "Who?"}',
        '{"question": 7}',
        '{"question": "  "}',
        '{"question": "x", "history": "Who?"}',
        '{"question": "x", "history": ["Who?"]}',
        '{"question": "x", "history": [{"question": 1, "answer": "y"}]}',
        '{"question": "x", "history": [{"question": "y", "answer": null}]}',
    ],
)
def test_bad_request(line: str) -> None:
    with pytest.raises(BadRequest) as told:
        parse_request(line)
    assert "\n" not in str(told.value)


# --- terminal -------------------------------------------------------------------


def test_a_quote_is_marked_in_its_context() -> None:
    text = "one two three four five six seven"
    start = text.index("four")
    shown = terminal.in_context(text, start, start + 4, around=9)
    assert shown == "… three >>>four<<< five …"
    assert terminal.in_context(text, 0, len(text), around=9) == f">>>{text}<<<"


def test_a_document_cannot_command_the_terminal() -> None:
    assert terminal.in_context("a \x1b[31mred\x07 b", 2, 10, around=50) == "a >>>[31mred<<< b"
    assert terminal.clean_keeping_length("a\x1bb\n") == "a b\n"


def test_json_lines_are_utf8_whatever_the_locale(tmp_path: Path) -> None:
    code = "from ui import cli, terminal; cli._streams(); terminal.say_json({'a': '\\xe9\\u2013\\ud800'})"
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", code],
        capture_output=True,
        env=offline_environment({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
        check=True,
    )
    assert json.loads(done.stdout.decode("utf-8")) == {"a": "é–?"}


def test_a_json_object_is_one_line_for_every_reader(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\nh"}
    terminal.say_json(value)
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == value
