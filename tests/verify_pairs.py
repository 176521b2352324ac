"""(source, claim) pairs for the verifier, from texts written for it (``data/verify_texts.json``).

A text's faithful paraphrases must pass. Each edit replaces a phrase, in the source sentence itself and in every
paraphrase that holds it, and makes a false claim of its kind. Names and places are invented.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.text import sentence_spans
from rag.types import Span
from rag.verify import Source, Verdict, check

TEXTS = Path(__file__).with_name("data") / "verify_texts.json"
EDITED = frozenset({"number", "date", "name", "negation"})


@dataclass(frozen=True)
class Case:
    split: str
    kind: str
    source: str
    claim: str

    @property
    def true(self) -> bool:
        return self.kind == "faithful"


def cases() -> list[Case]:
    """Return every pair of the file."""
    found = []
    for text in json.loads(TEXTS.read_text(encoding="utf-8")):
        split, source = text["split"], text["source"]
        found += [Case(split, "faithful", source, claim) for claim in text["faithful"]]
        for kind, old, new in text["edits"]:
            edited = [c.replace(old, new) for c in [source, *text["faithful"]] if old in c]
            assert edited, (source, old)
            found += [Case(split, kind, source, claim) for claim in edited]
    return list(dict.fromkeys(found))


def source_of(text: str, name: str = "text.txt") -> Source:
    spans = sentence_spans(text)
    return Source(name, None, 0, text, tuple(Span(s.start, s.end) for s in spans))


def judge(case: Case) -> Verdict:
    """Check the claim sentence by sentence: it stands when all of its sentences do."""
    verdict = Verdict(None, "empty")
    for span in sentence_spans(case.claim):
        verdict = check(span.of(case.claim), [source_of(case.source)])
        if verdict.support is None:
            return verdict
    return verdict


def rates(judged: Iterable[tuple[Case, Verdict]]) -> dict[str, tuple[int, int]]:
    """Return for each kind (wrongly judged, all)."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for case, verdict in judged:
        counts[case.kind][1] += 1
        counts[case.kind][0] += (verdict.support is not None) != case.true
    return {kind: (wrong, total) for kind, (wrong, total) in counts.items()}
