"""Which verbs leave the clause they embed true, from MegaVeridicality: ``python -m eval.training.veridical FILE.tsv``.

Writes ``rag/check/veridical.json``. The data set (White and Rawlins 2018, version 2.1) holds ``veridicalitynorm``, the
normalised judgement of ten people whether the embedded clause is true, from about -4 (certainly not) to +4 (certainly),
one value for a verb and frame. Only the frames with "that" are taken: a judgement that pools "managed to" with "did not
manage to" cannot tell an implicative verb, so those are listed by hand (``governors.json``).
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

TARGET = Path(__file__).parents[2] / "rag" / "check" / "veridical.json"
ABOUT = (
    "Verbs that embed a clause. 'true': the clause may be said without the verb; 'open': the verb must come along. "
    "Derived from MegaVeridicality 2.1 (Aaron Steven White and Kyle Rawlins, 2018, megaattitude.io), changed: "
    "thresholded, verbs only."
)
LEAST = {"NP Ved that S": 0.5, "NP was Ved that S": 1.0}


def tables(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the two lists of verbs. ``rows``: ``verb``, ``frame`` and ``veridicalitynorm`` as the file has them."""
    true: set[str] = set()
    every: set[str] = set()
    for row in rows:
        least = LEAST.get(row["frame"])
        if least is not None and "_" not in row["verb"]:
            every.add(row["verb"])
            if float(row["veridicalitynorm"]) >= least:
                true.add(row["verb"])
    return {"true": " ".join(sorted(true)), "open": " ".join(sorted(every - true))}


def main(path: str) -> None:
    """Write the tables."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        found = tables(csv.DictReader(file, delimiter="\t"))
    written = {"about": ABOUT, "licence": "CC BY-SA 4.0", **found}
    TARGET.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
