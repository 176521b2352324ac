"""What the reader learnt from: nothing of it is fitted on again, or reported as if it were new.

In: the folder of question sets it was trained on. Out: a `Seen`, which knows a case that it asks again.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path, PurePath

from eval.cases import Case, load_cases
from eval.training import broad, data

# The documents of our practice set are pa-01, pb-01, pc-01 …
_PRACTICE = ("pa-", "pb-", "pc-")


def fitted_half(document: str) -> bool:
    """Tell whether the reader is trained on this document of our practice set: the other half is reported."""
    return zlib.crc32(document.encode()) % 2 == 0


class Seen:
    """The questions and practice documents that the reader was trained on; ``long`` are its sets of long answers."""

    def __init__(self, folder: Path | None, long: Sequence[Path] = ()) -> None:
        files = sorted(folder.glob("squad2_*.jsonl.xz")) if folder else []
        self._questions = {q for file in files for p in data.read_squad(file) for q, _ in p.asked}
        self._questions |= {c.question for s in long for c in load_cases(s) if broad.is_taken((*c.sources, c.id)[0])}

    def __contains__(self, case: Case) -> bool:
        names = [PurePath(s).stem for s in case.sources]
        return case.question in self._questions or any(n.startswith(_PRACTICE) and fitted_half(n) for n in names)
