"""How well scans are recognised: thirty made pages, skewed, noisy, faint, in two columns, with tables, in Spanish.

    python -m eval.scans [--count 30]

In: nothing. Out: a line for each kind: the share of the characters that are right (1 - edit distance / length, white
space aside, in reading order), the mean confidence, and what share of the words said with at least 0.9 is right. It
needs the extra `ocr`.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import textwrap
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein

from eval.making import column, pdf
from ingest.load import Limits, Reading
from ingest.read_any import read_any
from rag.config import Settings
from rag.recognised import KEY, unpacked

ENGLISH = (
    "The mill museum opens its doors from April to October. Members of the society pay nothing; visitors pay £6.50, "
    "and children under twelve come in free. The great wheel turns at eleven and at three, unless the river is low.",
    "In 1874 the weavers of the valley bought the building for 412 pounds. Hannah Thwaite kept the accounts, and her "
    "books lie in the second room. They list every fleece, every shuttle and every day on which no work was done.",
    "Please do not touch the looms. They are worked by volunteers on Saturdays, who will gladly explain the pattern, "
    "the warp and the weft. Groups of more than ten should write to the secretary two weeks before they come.",
)
SPANISH = (
    "El museo del molino abre sus puertas de abril a octubre. Los socios no pagan nada; los visitantes pagan 6,50 "
    "euros y los niños menores de doce años entran gratis. La gran rueda gira a las once y a las tres, si hay agua.",
    "En 1874 los tejedores del valle compraron el edificio por 412 pesetas. La señora Ibáñez llevó las cuentas, y sus "
    "libros están en la segunda habitación. En ellos consta cada vellón y cada día en que no se trabajó.",
    "Se ruega no tocar los telares. Los sábados los manejan voluntarios, que explicarán el dibujo, la urdimbre y la "
    "trama. Los grupos de más de diez personas deben escribir al secretario dos semanas antes.",
)
ROWS = (
    ("Room", "Visitors", "Takings"),
    ("Weaving", "1,204", "7,826"),
    ("Carding", "958", "6,227"),
    ("Shop", "611", "3,910"),
)


@dataclass(frozen=True, slots=True)
class Scan:
    """A made scan: its kind, the picture as PNG or JPEG, and what stands on it in reading order."""

    kind: str
    data: bytes
    name: str
    shown: str


def made(number: int) -> Scan:
    """Make the scan of this number; the kinds take turns."""
    kind, make = KINDS[number % len(KINDS)]
    return make(kind, random.Random(number))  # noqa: S311 (a sample, no secret)


def _lines(texts: tuple[str, ...], wide: int) -> list[str]:
    return [line for text in texts for line in ("", *textwrap.wrap(text, wide), "")]


def _picture(lines: list[tuple[float, float, float, str]], side: int = 1754) -> Any:
    import pypdfium2

    page = pypdfium2.PdfDocument(pdf([lines]))[0]
    return page.render(scale=side / 842).to_pil().convert("L")


def _text(draw: random.Random, texts: tuple[str, ...]) -> list[tuple[float, float, float, str]]:
    return column(_lines(texts, 74), top=760 - draw.randrange(30), size=draw.choice((10.5, 11, 12)))


def _askew(picture: Any, draw: random.Random, most: float) -> Any:
    from PIL import Image

    angle = draw.uniform(0.4, most) * draw.choice((-1, 1))
    return picture.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)


def _noisy(picture: Any, draw: random.Random, strength: float) -> Any:
    import numpy as np
    from PIL import Image

    numbers = np.random.default_rng(draw.randrange(1 << 30))
    grey = np.asarray(picture, dtype=float) * 0.85 + 30 + numbers.normal(0, strength, (picture.height, picture.width))
    grey[numbers.random(grey.shape) < 0.002] = 0
    return Image.fromarray(np.clip(grey, 0, 255).astype("uint8"))


def _saved(kind: str, picture: Any, texts: tuple[str, ...], how: str = "PNG") -> Scan:
    out = io.BytesIO()
    picture.save(out, how, **({"quality": 45} if how == "JPEG" else {}))
    return Scan(kind, out.getvalue(), "scan.png" if how == "PNG" else "scan.jpg", " ".join(texts))


def _straight(kind: str, draw: random.Random) -> Scan:
    return _saved(kind, _picture(_text(draw, ENGLISH)), ENGLISH)


def _skewed(kind: str, draw: random.Random) -> Scan:
    return _saved(kind, _askew(_picture(_text(draw, ENGLISH)), draw, 3.0), ENGLISH)


def _speckled(kind: str, draw: random.Random) -> Scan:
    return _saved(kind, _noisy(_askew(_picture(_text(draw, ENGLISH)), draw, 1.0), draw, 22), ENGLISH, "JPEG")


def _columns(kind: str, draw: random.Random) -> Scan:
    left, right = ENGLISH[:2], ENGLISH[2:] + ENGLISH[:1]
    lines = column(_lines(left, 36), top=740, left=60) + column(_lines(right, 36), top=740, left=320)
    return _saved(kind, _askew(_picture(lines), draw, 1.5), left + right)


def _spanish(kind: str, draw: random.Random) -> Scan:
    return _saved(kind, _noisy(_askew(_picture(_text(draw, SPANISH)), draw, 1.5), draw, 12), SPANISH)


def _table(kind: str, draw: random.Random) -> Scan:
    lines = column(_lines(ENGLISH[:1], 74), top=740)
    for n, row in enumerate(ROWS):
        lines += [(72.0 + 150 * at, 600.0 - 20 * n, 11.0, cell) for at, cell in enumerate(row)]
    cells = tuple(cell for row in ROWS for cell in row)
    return _saved(kind, _askew(_picture(lines), draw, 1.0), ENGLISH[:1] + cells)


KINDS: tuple[tuple[str, Callable[[str, random.Random], Scan]], ...] = (
    ("straight", _straight), ("skewed to 3°", _skewed), ("noisy, JPEG", _speckled), ("two columns", _columns),
    ("Spanish, noisy", _spanish), ("with a table", _table),
)  # fmt: skip


def right(scan: Scan, reading: Reading) -> float:
    """Return the share of a scan's characters that are right, in order."""
    shown, read = ("".join(text.split()) for text in (scan.shown, _unnamed(reading.text)))
    return max(0.0, 1 - Levenshtein.distance(shown, read) / len(shown))


def _unnamed(text: str) -> str:
    """Take the names of columns, which each row repeats, out of a table's rows."""
    for name in ROWS[0]:
        text = text.replace(f"{name}: ", "")
    return text.replace("; ", " ").replace(" | ", " ")


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.scans", description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="how many scans (default 30)")
    options = parser.parse_args(arguments)
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for number in range(options.count):
        scan = made(number)
        reading = read_any(scan.data, scan.name, Limits(Settings(max_seconds=86_400)))[0]
        words = unpacked(reading.metadata.get(KEY, ""))
        known = set(scan.shown.split())
        sure = [word.span.of(reading.text) for word in words if word.confidence >= 0.9]
        held = sum(any(said in word for word in known) for said in sure) / max(1, len(sure))
        letters = sum(w.span.end - w.span.start for w in words)
        mean = sum(w.confidence * (w.span.end - w.span.start) for w in words) / max(1, letters)
        found[scan.kind].append((right(scan, reading), mean, held))
        found["all"].append(found[scan.kind][-1])
    print("| scans | pages | characters right | mean confidence | of the words said with 0.9, right |")
    print("|---|---|---|---|---|")
    for kind, rows in found.items():
        figures = " | ".join(f"{sum(row[n] for row in rows) / len(rows):.3f}" for n in range(3))
        print(f"| {kind} | {len(rows)} | {figures} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
