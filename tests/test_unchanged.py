"""A folder that has not changed costs a look at its files: no model, no vectors, no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingest_support import write

CODE = """
import sys
from ui.cli import main
status = main(["ingest", sys.argv[1], "--library", sys.argv[2], "--json"])
print(*[m for m in ("torch", "transformers", "llama_index", "chromadb") if m in sys.modules], file=sys.stderr)
sys.exit(status)
"""


def _ingest(folder: Path, library: Path) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(folder), str(library)], capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""


@pytest.mark.model
@pytest.mark.slow
def test_an_unchanged_folder_loads_no_model(tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", {f"p{n}.txt": f"The port number {n} is open on Sunday." for n in range(3)})
    first, loaded = _ingest(folder, tmp_path / "lib")
    assert '"embedded": 3' in first
    assert loaded == "torch transformers llama_index chromadb"
    again, loaded = _ingest(folder, tmp_path / "lib")
    assert '"embedded": 0' in again
    assert loaded == ""
