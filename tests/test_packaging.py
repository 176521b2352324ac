"""What is built is what runs: the wheel, installed into a clean environment, used from an empty folder."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.support import OFFLINE, ROOT, SEEDS, offline_environment

SOURCES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE", "rag", "ingest", "ui", "eval", "seeds")
PINS = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def plain(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources with the tools already installed."""
    work = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, work / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, work / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(work)],
        check=True,
        capture_output=True,
        env=offline_environment(),
    )
    return next((work / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a clean environment that holds the wheel and borrows the dependencies.

    A plain path entry lends the packages and not the editable install of the checkout, whose import hook is a `.pth`
    line that only the environment's own folder is read for.
    """
    home = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, env=offline_environment())
    site = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(site) / "lent.pth").write_text("".join(f"{path}\n" for path in sorted(lent)), encoding="utf-8")
    return home / "bin"


def test_the_wheel_holds_code_data_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        sample = archive.read("eval/sample/000_678fa3628cc71388.txt")
        metadata = archive.read(next(name for name in held if name.endswith("/METADATA"))).decode()
    tops = {name.split("/")[0] for name in held}
    assert tops == {"rag", "ingest", "ui", "eval", next(t for t in tops if t.endswith(".dist-info"))}
    for file in (f for p in ("rag", "ingest", "ui", "eval") for f in (ROOT / p).rglob("*") if f.is_file()):
        if file.suffix != ".pyc":
            assert file.relative_to(ROOT).as_posix() in held
    assert sample == (SEEDS / "000_678fa3628cc71388.txt").read_bytes()
    assert "eval/sample/README.md" not in held
    assert {"LICENSE", "NOTICE"} <= {name.rpartition("licenses/")[2] for name in held}
    assert "License-Expression: Apache-2.0" in metadata


@pytest.mark.slow
@pytest.mark.model
def test_the_wheel_answers_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    apart = {**offline_environment(), "PYTHONPATH": str(OFFLINE)}  # nothing of this checkout

    def rag(*args: str) -> str:
        done = subprocess.run(
            [str(installed / "rag"), *args],
            cwd=tmp_path,
            env=apart,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [str(installed / "python"), "-c", "import rag, ui; print(rag.__file__, ui.__file__)"],
        cwd=tmp_path,
        env=apart,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert where.count(str(installed.parent)) == 2
    assert rag("--version") == f"rag {PROJECT['version']}\n"
    rag("ingest", str(SEEDS))
    answer = json.loads(rag("ask", "--json", "Who did Peru ask for help against drug trafficking?"))
    assert not answer["refused"]
    assert "United States" in answer["text"]
    text = (SEEDS / answer["citations"][0]["source"]).read_text(encoding="utf-8")
    for note in answer["citations"]:
        assert text[note["quote_start"] : note["quote_end"]] == note["quote"]
    report = json.loads(rag("eval", "--limit", "4", "--json"))
    assert len(report["results"]) == 4
    assert {path.name for path in tmp_path.iterdir()} == {".rag"}


def test_every_dependency_is_pinned() -> None:
    wanted = PROJECT["dependencies"] + [d for extra in PROJECT["optional-dependencies"].values() for d in extra]
    names = {plain(re.match(r"[\w.-]+", d)[0]) for d in wanted if not d.startswith("footnote-rag[")}
    assert names - {plain(name) for name in PINS} == set()


def test_the_pins_name_no_local_build_and_no_place() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(PINS)
    assert not [version for version in PINS.values() if "+" in version]
    assert PINS["torch"] == "2.13.0"


def test_the_licence_is_the_official_text() -> None:
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_the_sample_is_untouched() -> None:
    [sample] = SEEDS.glob("*.txt")
    assert (
        hashlib.sha256(sample.read_bytes()).hexdigest()
        == "eb3bfc86248928ac40e40b9f893d763e909995d5d0100e0b9b41dffa4da0b91a"
    )
