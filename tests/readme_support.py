"""README.md's example, run: each `$ rag …` line of its console block is typed on a terminal; what it shows follows.

`python -m tests.readme_support` writes the README anew after a change of what the commands show; the test compares.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from pathlib import Path

from tests.pty_support import shown_by
from tests.support import ROOT

README = ROOT / "README.md"
CONSOLE = re.compile(r"(?<=```console\n)(.*?)(?=```)", re.DOTALL)
BAR = re.compile(r"\r[^\n]*\r")  # what a progress bar drew and wiped


def run_example(block: str, cwd: Path) -> str:
    """Return ``block`` with the output of every command as it is today."""
    out = []
    for command in re.findall(r"^\$ rag (.*)$", block, re.MULTILINE):
        shown = BAR.sub("", shown_by(*shlex.split(command), cwd=cwd))
        out.append(f"$ rag {command}\n{shown.rstrip()}\n")
    return "\n".join(out)


def without_times(text: str) -> str:
    """``text`` with a fixed figure for what a clock says."""
    return re.sub(r"in \d+\.\d s", "in 0.0 s", text)


def refreshed(block: str, cwd: Path) -> str:
    """Return the block as it is today; where only a clock says otherwise, as it was."""
    today = run_example(block, cwd)
    return block if without_times(today) == without_times(block) else today


def main() -> None:
    """Write README.md's console block anew."""
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "seeds").symlink_to(ROOT / "seeds")
        text = CONSOLE.sub(lambda block: refreshed(block[1], Path(folder)), text)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
