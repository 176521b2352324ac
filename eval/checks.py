"""How well `rag check` judges: made reports over made documents, each sentence with its true verdict.

``python -m eval.checks [FOLDER …]``: a folder holds documents (``*.txt``) and ``report.jsonl``, a line a sentence:
``{"text", "verdict"}`` and, where known, ``"words"``, the words that nothing carries. Without a folder: those beside
this module. No language model is loaded. The figure that matters most is `false_held`: wrong sentences called held.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.pipeline import ingest
from rag.claims import SUPPORTED, VERDICTS
from rag.config import Settings
from rag.engine import Engine
from rag.models import Embedder

OWN = Path(__file__).with_name("checked")


def cases(folder: Path) -> list[dict[str, Any]]:
    """Return the sentences of a folder's report."""
    return [json.loads(line) for line in (folder / "report.jsonl").read_text(encoding="utf-8").splitlines()]


def engine_over(folder: Path, library: Path, embedder: Embedder) -> Engine:
    """Read the documents of a folder into a new library and open it."""
    settings = Settings.load(environ={}, library=str(library), reader="none")
    ingest(sorted(folder.glob("*.txt")), library, embedder, settings=settings)
    return Engine.open(settings, embedder=embedder)


def judged(engine: Engine, sentences: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, bool]]:
    """Return for each sentence the true verdict, the one given, and whether its words are those that were known."""
    found = []
    for case in sentences:
        said = engine.judge(case["text"])
        words = [span.of(case["text"]) for span in said.words]
        found.append((case["verdict"], said.verdict, case.get("words", words) == words))
    return found


def false_held(found: Sequence[tuple[str, str, bool]]) -> int:
    """Count the sentences called held that are not."""
    return sum(given == SUPPORTED != true for true, given, _ in found)


def main(arguments: Sequence[str]) -> None:
    """Print the table of each folder: true verdicts down, given verdicts across."""
    from rag.models import load_embedder

    embedder = load_embedder(Settings.load(environ={}))
    for folder in map(Path, arguments) if arguments else sorted(p for p in OWN.iterdir() if p.is_dir()):
        with tempfile.TemporaryDirectory() as place:
            found = judged(engine_over(folder, Path(place) / "library", embedder), cases(folder))
        table = Counter((true, given) for true, given, _ in found)
        right = sum(n for (true, given), n in table.items() if true == given)
        print(f"{folder.name}: {right} of {len(found)} right, false held {false_held(found)}, "
              f"words named as known {sum(same for *_, same in found)}")  # fmt: skip
        print(f"{'true':14}" + "".join(f"{verdict:>14}" for verdict in VERDICTS))
        for true in VERDICTS:
            print(f"{true:14}" + "".join(f"{table[true, given]:14}" for given in VERDICTS))


if __name__ == "__main__":
    main(sys.argv[1:])
