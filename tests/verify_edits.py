"""Sentences of any corpus made false, or rewritten faithfully, by rule; and how often the verifier is wrong about them.

In: texts. Out: edited sentences, rates by kind. As a command: ``python -m tests.verify_edits CORPUS.jsonl [COUNT]``,
where each line holds ``{"text": …}``; the corpus is only read.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.check.facts import read
from rag.text import sentence_spans
from rag.verify import Source, check

AUXILIARY = r"\b(?:is|are|was|were|has|have|had|will|can|could|would|should|may|might|did|does)\b"
DENIAL = re.compile(r"\b(?:not|no|never|none|neither|nor|nobody|nothing|without|hardly|except)\b|n['’]t\b", re.I)
STRANGERS = ("Wexford", "Tamura", "Oyelaran", "Brisk")
ALREADY_EQUAL = re.compile(r"(?:s|an|ian|ish|ese)\Z")


def edits(sentence: str, strangers: Sequence[str], rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield (kind, edited sentence); kinds that begin with "faithful" keep the meaning."""
    reading = read(sentence)
    for fact in [f for f in reading.facts if f.kind in {"number", "date"}][:3]:
        written = sentence[fact.start : fact.end]
        digits = re.search(r"\d{4}" if fact.kind == "date" else r"\d+", written)
        if digits:
            value = int(digits.group()) + rng.choice([1, 3, 10])
            changed = f"{written[: digits.start()]}{value}{written[digits.end() :]}"
            yield fact.kind, sentence[: fact.start] + changed + sentence[fact.end :]
    names = [w for w in reading.content if w.name and len(w.text) > 3 and w.text.isalpha()]
    for word in names[:2]:
        for stranger in (rng.choice(strangers or STRANGERS), rng.choice(STRANGERS)):
            if stranger[:4] != word.text[:4]:
                yield "name", sentence[: word.start] + stranger + sentence[word.end :]
    auxiliary = re.search(AUXILIARY, sentence)
    if auxiliary and not DENIAL.search(sentence):
        yield "negation", f"{sentence[: auxiliary.end()]} not{sentence[auxiliary.end() :]}"
    denied = re.search(AUXILIARY + " not(?! only| just)", sentence)
    if denied:
        yield "negation", sentence[: denied.end() - 4] + sentence[denied.end() :]
    yield from _faithful(sentence)


def _faithful(sentence: str) -> Iterator[tuple[str, str]]:
    cut = re.match(r"(.{40,}?), (?:which|who|where) [^,]*\.\Z", sentence)
    if cut:
        yield "faithful: clause left out", f"{cut[1]}."
    half = re.match(r"(.{40,}?),? (?:and|but) (?:the|he|she|they|it) [^,]{15,}\.\Z", sentence)
    if half:
        yield "faithful: first half", f"{half[1]}."
    moved = re.match(r"(In|On|At|During) ([^,]{3,40}), (.{30,})\.\Z", sentence)
    if moved:
        yield "faithful: phrase moved", f"{moved[3][0].upper()}{moved[3][1:]} {moved[1].lower()} {moved[2]}."
    if "%" in sentence:
        yield "faithful: per cent", re.sub(r"\s?%", " per cent", sentence, count=1)


def judged(texts: Sequence[str], sentences: int, seed: int = 1) -> Counter[tuple[str, bool]]:
    """Return how often each kind was judged (kind, wrongly); each sentence has its neighbours as its source."""
    rng = random.Random(seed)
    counts: Counter[tuple[str, bool]] = Counter()
    done = 0
    for text in texts:
        spans = sentence_spans(text)
        words = [w.text for w in read(text[:20000]).content if w.name and len(w.text) > 3 and w.text.isalpha()]
        for i in rng.sample(range(len(spans)), min(2, len(spans))):
            sentence = spans[i].of(text)
            if not (50 < len(sentence) < 260 and sentence[0].isupper() and sentence.endswith(".")):
                continue
            done += 1
            near = spans[max(0, i - 3) : i + 4]
            source = Source("text", None, near[0].start, text[near[0].start : near[-1].end], tuple(near))
            absent = sorted(
                {w for w in words if w.casefold() not in sentence.casefold() and not ALREADY_EQUAL.search(w)}
            )
            for kind, claim in edits(sentence, absent, rng):
                passed = check(claim, [source]).support is not None
                counts[kind, passed != kind.startswith("faithful")] += 1
        if done >= sentences:
            break
    return counts


def table(counts: Counter[tuple[str, bool]]) -> str:
    """Return the rates as Markdown."""
    lines = ["| kind | judged | wrongly |", "|---|---|---|"]
    for kind in sorted({kind for kind, _ in counts}):
        wrong, all_of = counts[kind, True], counts[kind, True] + counts[kind, False]
        lines.append(f"| {kind} | {all_of} | {wrong} ({wrong / all_of:.1%}) |")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    texts = [json.loads(line)["text"] for line in Path(arguments[0]).read_text(encoding="utf-8").splitlines()]
    random.Random(1).shuffle(texts)
    print(table(judged(texts, int(arguments[1]) if len(arguments) > 1 else 200)))


if __name__ == "__main__":
    main(sys.argv[1:])
