"""`rag check`: every sentence of a text gets its footnotes from the library, or is marked.

In: a file of any kind that an ingest reads, or standard input. Out: the marked text on standard output or in a file.
Exit status 1 where a sentence of a kind that `--fail-on` names was found. No language model is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import version
from pathlib import Path

from rag.checked import CheckedText, check_text
from rag.claims import CONTRADICTED, NOT_SAID, PARTLY
from rag.config import Settings
from rag.errors import ConfigError, ReadError
from ui import check_report, terminal
from ui.cli_ask import bounds, open_engine

FORMATS = ("text", "html", "json", "sarif")
_FAILING = {"contradicted": CONTRADICTED, "partly": PARTLY, "not-said": NOT_SAID}


def check(args: argparse.Namespace, settings: Settings) -> int:
    """Check one text and print it, marked."""
    failing = _failing(args.fail_on)
    from ingest.statements import read_statements

    name = "text.md" if args.file == "-" else args.file
    try:
        data = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).read_bytes()
        text, sentences = read_statements(data, name, settings)
    except OSError as error:
        raise ReadError(f"{args.file} cannot be read: {error.strerror or error}") from error
    engine = open_engine(settings)
    try:
        checked = check_text(
            engine,
            text,
            sentences,
            name=name,
            scope=bounds(args),
            progress=lambda done, of: terminal.passing(f"Checking… {done} of {of}"),
        )
    finally:
        terminal.passing("")
    _put(written(checked, "json" if args.json else args.format), args.output)
    return int(any(one.judgement.verdict in failing for one in checked.sentences))


def _failing(named: str) -> frozenset[str]:
    words = [word.strip() for word in named.split(",") if word.strip()]
    if unknown := [word for word in words if word not in {*_FAILING, "any", "none"}]:
        raise ConfigError(f"--fail-on knows {', '.join(_FAILING)}, any and none, not {unknown[0]!r}")
    if "any" in words:
        return frozenset(_FAILING.values())
    return frozenset(_FAILING[word] for word in words if word in _FAILING)


def written(checked: CheckedText, form: str) -> str:
    """The checked text in one of `FORMATS`."""
    if form == "html":
        return check_report.to_html(checked)
    if form == "text":
        return check_report.to_terminal(checked) + "\n"
    sarif = form == "sarif"
    value = check_report.to_sarif(checked, version("footnote-rag")) if sarif else check_report.to_json(checked)
    return json.dumps(value, ensure_ascii=False) + "\n"


def _put(text: str, file: str | None) -> None:
    if file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    Path(file).write_text(text, encoding="utf-8")
    terminal.note(terminal.clean(f"written to {file}"))
