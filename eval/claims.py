"""How many false claims pass the check of written sentences, and how many faithful ones; how often "Yes" is wrong.

``python -m eval.claims [FILE …]``: each line of a file is a pair, ``{"source", "claim", "supported"}`` or one of an
entailment set, ``{"premise", "hypothesis", "label"}`` (only "entailment" is supported), or a question,
``{"question", "passage", "opening"}`` or ``{…, "may_say_yes"}``. Without a file: ``claims.jsonl`` and ``yes.jsonl``
beside this module. No model is loaded.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.asked.question import analyse
from rag.judge.polarity import polarity
from rag.text import sentence_spans
from rag.types import Evidence, Passage, Span
from rag.verify import Source, check

OWN = tuple(Path(__file__).with_name(name) for name in ("claims.jsonl", "yes.jsonl"))
Judged = tuple[str, bool, bool, str]  # kind, what is true, what was said, the pair for reading


def pairs(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def judged(pair: Mapping[str, Any]) -> Judged:
    """Put one line to the check. Raises KeyError where it is none of the kinds above."""
    if "question" in pair:
        said = opening(pair["question"], pair["passage"])
        wanted = pair["opening"] if "opening" in pair else ("Yes:" if pair["may_say_yes"] else "")
        text = f"{pair['question']} | {pair['passage']} | {said or 'nothing'}"
        return "opening word", bool(wanted) and said in ("", wanted), bool(said), text
    source, claim = pair.get("source", pair.get("premise", "")), pair.get("claim", pair.get("hypothesis", ""))
    true = pair["supported"] if "supported" in pair else pair["label"] == "entailment"
    verdict = check(claim, [Source("text", None, 0, source, tuple(sentence_spans(source)))])
    return pair.get("kind", ""), true, verdict.support is not None, f"{source} | {claim} | {verdict.reason}"


def opening(question: str, passage: str) -> str:
    """Return the word that would open the answer to ``question``, were ``passage`` its only sentence."""
    stored = Passage("p", "text", "text", None, 0, len(passage), passage)
    return polarity(analyse(question), Evidence(stored, Span(0, len(passage)), passage, 1.0))


def rates(found: Iterable[Judged]) -> dict[str, list[int]]:
    """Return for each kind, and for all: false ones that pass, false ones, true ones that pass, true ones."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for kind, true, said, _ in found:
        for row in (kind, "all"):
            counts[row][2 * true] += said
            counts[row][2 * true + 1] += 1
    return dict(counts)


def main(arguments: Sequence[str]) -> None:
    """Print the rates of each file; ``-v`` first prints what is judged wrongly."""
    files = [Path(a) for a in arguments if a != "-v"] or list(OWN)
    for path in files:
        found = [judged(pair) for pair in pairs(path)]
        if "-v" in arguments:
            print("\n".join(f"{'true' if t else 'FALSE'} {kind}: {text}" for kind, t, s, text in found if t != s))
        for kind, (passed, false, held, true) in rates(found).items():
            print(f"{path.name:24} {kind:14} false that pass {passed:4} of {false:4}, faithful {held:4} of {true:4}")


if __name__ == "__main__":
    main(sys.argv[1:])
