"""Tables, how fast and how large: ``python -m eval.bench_tables [--large]``.

In: nothing; the tables are made. Out: lines on standard output: processor time of a question over a table of 1,000 rows
against one of 20, and with ``--large`` by how much reading 100,000 rows of 200 columns raises the peak memory. Each
reading runs in a process of its own, so that its peak is its own.
"""

from __future__ import annotations

import argparse
import csv
import io
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from ingest.load import Limits
from ingest.pipeline import ingest
from ingest.read_any import read_any
from rag.config import Settings
from rag.engine import Engine
from rag.models import load_embedder

ROWS = (20, 1_000)
ALLOWED = 1.5  # times the short table's
LARGE = (100_000, 200)
ALLOWED_MB = 512
QUESTIONS = (
    "How many ships are from Oslo?",
    "Which ship has the most points?",
    "What is the country of Ship 7?",
    "How many Norwegian ships had more than 500 points?",
    "Which ship came after Ship 3?",
)


def ships(rows: int, columns: int = 6) -> bytes:
    """A made table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    more = range(columns - 6)
    writer.writerow(["Rank", "Ship", "Port", "Country", "Points", "Built", *(f"Measure {n}" for n in more)])
    for n in range(rows):
        port, country = ("Oslo", "Bergen", "Tromso")[n % 3], ("Norway", "Sweden")[n // 2 % 2]
        writer.writerow([n + 1, f"Ship {n}", port, country, n * 7919 % 5000 + 1, 1900 + n * 31 % 100, *more])
    return text.getvalue().encode()


def seconds(rows: int) -> float:
    """Processor seconds of a question, the mean of all, asked twice: the first time opens what is kept."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ships.csv").write_bytes(ships(rows))
        settings = Settings.load(environ={}, library=f"{folder}/library")
        embedder = load_embedder(settings)
        ingest([Path(folder, "ships.csv")], settings.library, embedder, settings=settings)
        engine = Engine.open(settings, embedder=embedder)
        for question in QUESTIONS:
            engine.ask(question)
        begun = time.process_time()
        for question in QUESTIONS:
            engine.ask(question)
        return (time.process_time() - begun) / len(QUESTIONS)


def _peak(data: bytes, answer: multiprocessing.SimpleQueue[int]) -> None:
    before = _highest()
    readings = read_any(data, "ships.csv", Limits(Settings()))
    if not readings[0].grids:
        raise SystemExit("the large table was not read as one")
    answer.put(_highest() - before)


def _highest() -> int:
    """Kilobytes this process ever held; ``ru_maxrss`` would count what the one before its start held, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))


def raised(rows: int, columns: int) -> float:
    """Megabytes by which reading a table raises the peak of a process that has it in memory as bytes."""
    spawn = multiprocessing.get_context("spawn")
    answer: multiprocessing.SimpleQueue[int] = spawn.SimpleQueue()
    reader = spawn.Process(target=_peak, args=(ships(rows, columns), answer))
    reader.start()
    reader.join()
    if reader.exitcode:
        raise SystemExit("the large table could not be read")
    return answer.get() / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="read 100,000 rows of 200 columns too (minutes)")
    args = parser.parse_args()
    short, long = map(seconds, ROWS)
    sys.stdout.write(
        f"a question over {ROWS[0]} rows {short * 1000:.0f} ms, over {ROWS[1]:,} rows {long * 1000:.0f} ms: "
        f"{long / short:.2f} times, at most {ALLOWED}\n"
    )
    if args.large:
        sys.stdout.write(f"{LARGE[0]:,} rows of {LARGE[1]}: {raised(*LARGE):.0f} MB more, at most {ALLOWED_MB}\n")


if __name__ == "__main__":
    main()
