"""How a library grows: ``python -m eval.bench_growth`` measures three sizes and draws docs/growth.svg.

In: numbers of passages. Out: a Markdown table on standard output and an SVG of it. Vectors are random (`eval.bench`'s
``--random``): the store, the search and the answer are real, the model's own time is left out.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.bench_corpus import PARAGRAPHS

SIZES = (1_000, 10_000, 100_000)
PICTURE = Path(__file__).resolve().parent.parent / "docs" / "growth.svg"
_WIDTH, _HEIGHT, _GAP = 230, 170, 60


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table and of the picture: a figure of a phase, and the panel that shows it."""

    panel: str
    name: str
    phase: str
    figure: str
    colour: str


LINES = (
    Line("a question, ms", "p95", "questions", "p95 ms", "#c2410c"),
    Line("a question, ms", "p50", "questions", "p50 ms", "#1d4ed8"),
    Line("peak memory, MB", "ingest", "ingest", "peak memory MB", "#c2410c"),
    Line("peak memory, MB", "questions", "questions", "peak memory MB", "#1d4ed8"),
    Line("disk, bytes a passage", "library", "ingest", "disk bytes/passage", "#1d4ed8"),
)
Measured = Mapping[int, Mapping[str, Mapping[str, float]]]


def measure(passages: int, questions: int) -> dict[str, dict[str, float]]:
    """Run the bench over a library of about so many passages."""
    with tempfile.TemporaryDirectory(prefix="rag-growth-") as folder:
        out = Path(folder) / "bench.json"
        command = [sys.executable, "-m", "eval.bench", "--random", "--documents", str(max(1, passages // PARAGRAPHS))]
        command += ["--questions", str(questions), "--phases", "ingest,questions", "--json", str(out)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        found: dict[str, dict[str, float]] = json.loads(out.read_text(encoding="utf-8"))
    return found


def table(measured: Measured) -> str:
    """Return the figures as a Markdown table, a row a size."""
    heads = ["passages", "ingest, passages/s", *(f"{line.panel}: {line.name}" for line in LINES)]
    rows = [heads, ["---:"] * len(heads)]
    for found in measured.values():
        figures = [found["ingest"]["passages"], found["ingest"]["passages/s"]]
        figures += [found[line.phase][line.figure] for line in LINES]
        rows.append([f"{value:,.0f}" for value in figures])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def picture(measured: Measured) -> str:
    """Draw the panels side by side, both axes logarithmic."""
    panels = list(dict.fromkeys(line.panel for line in LINES))
    width = len(panels) * (_WIDTH + _GAP) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT + 80}" font-family="sans-serif" '
        f'font-size="11" fill="#333"><rect width="{width}" height="{_HEIGHT + 80}" fill="#fff"/>'
    ]
    for number, panel in enumerate(panels):
        lines = [line for line in LINES if line.panel == panel]
        parts.append(
            f'<g transform="translate({45 + number * (_WIDTH + _GAP)},30)">{_panel(panel, lines, measured)}</g>'
        )
    return "".join(parts) + "</svg>\n"


def _panel(title: str, lines: Sequence[Line], measured: Measured) -> str:
    sizes = [found["ingest"]["passages"] for found in measured.values()]
    values = [found[line.phase][line.figure] for line in lines for found in measured.values()]
    low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values) * 1.01))

    def x(size: float) -> float:
        return _WIDTH * (math.log10(size / min(sizes)) / (math.log10(max(sizes) / min(sizes)) or 1))

    def y(value: float) -> float:
        return _HEIGHT * (1 - math.log10(value / low) / math.log10(high / low))

    parts = [f'<text x="0" y="-12" font-weight="bold">{title}</text>']
    for power in range(round(math.log10(high / low)) + 1):
        mark = low * 10**power
        parts.append(f'<path d="M0 {y(mark):.0f}H{_WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="-4" y="{y(mark) + 4:.0f}" text-anchor="end">{mark:,.0f}</text>')
    parts += [f'<text x="{x(s):.0f}" y="{_HEIGHT + 16}" text-anchor="middle">{s:,.0f}</text>' for s in sizes]
    parts.append(f'<text x="{_WIDTH / 2}" y="{_HEIGHT + 34}" text-anchor="middle">passages</text>')
    for line in lines:
        points = [(x(f["ingest"]["passages"]), y(f[line.phase][line.figure])) for f in measured.values()]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{line.colour}"/>' for a, b in points]
        parts.append(
            f'<text x="{points[-1][0]:.0f}" y="{points[-1][1] - 6:.0f}" text-anchor="end" '
            f'fill="{line.colour}">{line.name}</text>'
        )
    return "".join(parts)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, draw the picture."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench_growth", description="Measure how a library grows.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="PASSAGES")
    parser.add_argument("--questions", type=int, default=100, help="how many questions to ask of each (default 100)")
    parser.add_argument("--picture", type=Path, default=PICTURE, metavar="FILE", help="where the SVG goes")
    args = parser.parse_args(argv)
    measured = {size: measure(size, args.questions) for size in args.sizes}
    print(table(measured))
    args.picture.write_text(picture(measured), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
