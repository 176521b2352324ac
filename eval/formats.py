"""How much of what a format shows is read, and nothing else: made files with known text, format by format.

    python -m eval.formats [--seeds 20] [--only CSV]

In: seeds. Out: a line for each format: the characters of the visible text that are in the canonical text, in order
(the longest common subsequence of words, by characters), and those of the canonical text that stand nowhere on the
page. Words are compared, white space is not; a name of a column that a row repeats is no invention.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from eval.format_files import PLAIN, Made, Words
from eval.format_office import OFFICE
from ingest.load import Limits, canonical
from ingest.read_any import read_any
from rag.config import Settings

FORMATS: dict[str, Callable[[Words], Made]] = PLAIN | OFFICE
# What a reader may say of its own: the marks of notes, and of a ticked box.
_OWN = {"note", "yes", "no"}
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Read:
    """Of one format: characters shown, of them read; words that are read and were not shown."""

    shown: int
    read: int
    invented: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of the visible characters that are read, from 0 to 1."""
        return self.read / self.shown if self.shown else 1.0


def compared(made: Made, text: str) -> Read:
    """Hold the canonical text of a file against what it shows."""
    shown, got = _tokens(" ".join(made.shown)), _tokens(text)
    gaps = [op for op in LCSseq.opcodes(shown, got) if op.tag in {"delete", "replace"}]
    missing = [shown[n] for gap in gaps for n in range(gap.src_start, gap.src_end)]
    known = {*shown, *_OWN}
    invented = [token for token in got if token not in known and token[0].isalpha()]
    whole = sum(map(len, shown))
    return Read(whole, whole - sum(map(len, missing)), tuple(invented), tuple(missing))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(canonical(text))


def measured(name: str, seeds: Iterable[int]) -> Read:
    """Make files of a format and read them."""
    found = []
    for seed in seeds:
        made = FORMATS[name](Words(seed))
        readings = read_any(made.data, made.name, Limits(Settings()))
        found.append(compared(made, "\n\n".join(reading.text for reading in readings)))
    return Read(
        sum(f.shown for f in found), sum(f.read for f in found),
        tuple(word for f in found for word in f.invented), tuple(word for f in found for word in f.missing),
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a format misses 0.99 or reads what is not shown."""
    parser = argparse.ArgumentParser(prog="python -m eval.formats", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="files of each format (default 20)")
    parser.add_argument("--only", choices=sorted(FORMATS), help="one format")
    options = parser.parse_args(arguments)
    failed = 0
    print("| format | characters shown | of them read | invented words |\n|---|---|---|---|")
    for name in [options.only] if options.only else FORMATS:
        read = measured(name, range(options.seeds))
        print(f"| {name} | {read.shown:,} | {read.share:.4f} | {len(read.invented)} |", flush=True)
        if read.share < 0.99 or read.invented:
            failed += 1
            print(f"{name}: lacks {read.missing[:8]}, invents {read.invented[:8]}", file=sys.stderr)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
