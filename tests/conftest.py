"""The ground every test stands on: no connection beyond loopback, no settings of the host, no silent skips in CI.

Out: session-wide fixtures for the real embedding model and for a library of the sample corpus. Fixtures of one area
only live in that area's files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS / "offline"))

import footnote_offline_guard  # noqa: E402 (the folder has to be on the path first)

footnote_offline_guard.install()

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# Read when the libraries are imported, which a test file may do before the product would.
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# Workers side by side share the processor instead of each taking all of it; what they start, too.
if _workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // _workers))
for _name in [name for name in os.environ if name.startswith("RAG_")]:
    del os.environ[_name]

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.models import Embedder

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _fail_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IN_CI and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped in CI: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one in CI."""
    report = yield
    _fail_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped module into a failed one in CI."""
    report = yield
    _fail_skip(report)
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for the real model, however far down its fixtures: `make quick` leaves it out."""
    for item in items:
        if "embedder" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.model)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real all-MiniLM-L6-v2, loaded once."""
    from rag.config import Settings
    from rag.models import load_embedder

    return load_embedder(Settings.load(environ={}))


@pytest.fixture(scope="session")
def seed_library(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the sample corpus, built once with the real model. Read it; do not write to it."""
    from ingest.pipeline import ingest
    from rag.config import Settings

    path = tmp_path_factory.mktemp("seed") / "library"
    ingest([TESTS.parent / "seeds"], path, embedder, settings=Settings.load(environ={}, library=str(path)))
    return path


@pytest.fixture(scope="session")
def seed_engine(embedder: Embedder, seed_library: Path) -> Engine:
    """An engine on the sample corpus with the real model; it keeps no state between questions."""
    from rag.config import Settings
    from rag.engine import Engine

    return Engine.open(Settings.load(environ={}, library=str(seed_library)), embedder=embedder)
