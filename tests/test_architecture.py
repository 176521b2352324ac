"""The shape of the code, read from its source: imports run one way, pieces stay small, only `ui` prints or exits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

PACKAGES = ("rag", "ingest", "eval", "ui")  # each may import those before it
MAX_FILE = 420
MAX_FUNCTION = 50
# Programs of their own: benchmarks, the fitting of the weights, and the process in which `rag doctor` opens an index.
MAY_PRINT = {
    "eval/bench.py",
    "eval/bench_growth.py",
    "eval/bench_tables.py",
    "eval/checks.py",
    "eval/claims.py",
    "eval/fit.py",
    "eval/formats.py",
    "eval/scans.py",
    "eval/training/export.py",
    "eval/training/fit_tables.py",
    "eval/training/train_reader.py",
    "eval/fit_abroad.py",
    "ingest/doctor.py",
}
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a tree imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that the direction can be read"
            yield node.module or ""


def wrong_way(package: str, tree: ast.AST) -> list[str]:
    """The imports in ``tree`` that a file of ``package`` must not make."""
    later = PACKAGES[PACKAGES.index(package) + 1 :]
    return [module for module in imported(tree) if module.split(".")[0] in later]


def long_functions(tree: ast.AST) -> list[str]:
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > MAX_FUNCTION]


def speaks(tree: ast.AST) -> list[str]:
    """Calls that print, exit or read from the terminal."""
    found = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"print", "input", "exit"}
        ):
            found.append(node.func.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            dotted = f"{node.value.id}.{node.attr}"
            if dotted in {"sys.exit", "sys.stdout", "sys.stderr", "os._exit"}:
                found.append(dotted)
    return found


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_file_keeps_the_house_rules(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    package = name_of(file).split("/")[0]
    assert wrong_way(package, tree) == []
    assert len(source.splitlines()) <= MAX_FILE
    assert long_functions(tree) == []
    if source.strip():
        assert ast.get_docstring(tree), "a module opens with what comes in, what goes out and what it does not do"
    if package != "ui" and name_of(file) not in MAY_PRINT:
        assert speaks(tree) == []


def test_values_know_neither_llamaindex_nor_io() -> None:
    tree = ast.parse((ROOT / "rag" / "types.py").read_text(encoding="utf-8"))
    assert set(imported(tree)) <= {"__future__", "collections.abc", "dataclasses"}


def test_every_package_is_read() -> None:
    assert {name_of(file).split("/")[0] for file in FILES} == set(PACKAGES)


def test_the_rules_can_fail() -> None:
    bad = ast.parse("from ui.render import to_json\nimport ingest.pipeline\nprint(1)\nsys.stderr.write('x')\n")
    assert wrong_way("rag", bad) == ["ui.render", "ingest.pipeline"]
    assert wrong_way("ui", bad) == []
    assert speaks(bad) == ["print", "sys.stderr"]
    body = "\n".join(["    pass"] * MAX_FUNCTION)
    assert long_functions(ast.parse(f"def f():\n{body}\n")) == ["f"]
