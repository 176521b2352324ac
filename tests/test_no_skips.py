"""In CI a skipped test is a failed test, so that "all passed" means all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, offline_environment

# Texts of test files that pytest runs in a process of its own: what CI must refuse, and what it must let pass. They are
# said in unittest's words, which pytest reports as it does its own: a test that never runs, one that gives up while it
# runs, and a failure that is expected and executed.
SKIPPING = """
import unittest

class Skipping(unittest.TestCase):
    @unittest.skip("never runs")
    def test_one(self): ...

    def test_two(self):
        raise unittest.SkipTest("gives up")
"""
EXPECTED = """
import unittest

class Expected(unittest.TestCase):
    @unittest.expectedFailure
    def test_three(self):
        self.fail("as expected")
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
