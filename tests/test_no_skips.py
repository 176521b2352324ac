"""In CI a skipped test is a failed test, so that "all passed" means all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, offline_environment

# Texts of test files that pytest runs in a process of its own: what CI must refuse, and what it must let pass. Nothing
# of this suite is skipped by them.
SKIPPING = """
import pytest

@pytest.mark.skip(reason="a marked skip, which CI must turn into a failure")
def test_one(): ...

def test_two():
    pytest.skip("a skip from inside a test, which CI must turn into a failure")
"""
EXPECTED = """
import pytest

@pytest.mark.xfail(reason="an expected failure is executed, so CI must let it pass", strict=True)
def test_three():
    assert False
"""
ABSENT = "import pytest\npytest.importorskip('no_such_module_anywhere')\n"


def run_pytest(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-c", "/dev/null"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(folder)],
        cwd=ROOT,
        env=offline_environment({"CI": ci}),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("source", "elsewhere", "in_ci"), [(SKIPPING, 0, 1), (ABSENT, 5, 2)])
def test_skips_fail_in_ci_only(source: str, elsewhere: int, in_ci: int, tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(source, encoding="utf-8")
    assert run_pytest(tmp_path, "").returncode == elsewhere
    done = run_pytest(tmp_path, "true")
    assert done.returncode == in_ci, done.stdout
    assert "nothing may be skipped in CI" in done.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    (tmp_path / "test_expected.py").write_text(EXPECTED, encoding="utf-8")
    assert run_pytest(tmp_path, "true").returncode == 0
