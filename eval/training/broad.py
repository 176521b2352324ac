"""Broad questions: what a thing is, and questions whose answer is several sentences.

In: sets in this project's layout (`corpus.jsonl`, `questions.jsonl` with sentences of evidence), and paragraphs. Out:
sources of `Example` values. People type such questions without a capital or a question mark, and most readers, taught
on short answers alone, find that nothing answers them. Of a long answer only the verdict is learnt, no span.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer

from eval.training.data import Example, Paragraph, Source, sentences

# How many of the nearest other documents are asked as well: most questions of a search end in one of these.
NEAR = 4
_LONGEST_SPAN = 160  # characters; what is longer is a text, not a span
_DEFINED = re.compile(
    r"(?P<name>(?:[Tt]he |An? )?[A-Z][\w'’-]+(?: (?:of |the |and )?[A-Za-z][\w'’-]+){0,3}),? "
    r"(?P<verb>is|are|was|were) (?P<what>(?:an?|the|one of|any|used|known) (?:[^.;]|\.\d){15,})"
)
_PERSON = re.compile(
    r"\b(?:singer|actor|actress|politician|writer|author|player|footballer|scientist|president|king|queen|artist|"
    r"composer|poet|philosopher|leader|general|officer|director|lawyer|engineer|painter|bishop)s?\b"
)
# A sentence that opens with one of these has its subject elsewhere, or none that can be asked for alone.
_NO_NAME = set(
    "it this that he she they there these those what who i we you although though if since to in on at as when while "
    "after before because for from with by during under over most many some all both each no not".split()
)


def is_taken(document: str) -> bool:
    """Tell whether the reader learns from this document of a set: two thirds of the half that is fitted on."""
    key = document.encode()
    return zlib.crc32(key) % 2 == 0 and zlib.crc32(b"reader:" + key) % 3 > 0


def of_sets(folders: Sequence[Path]) -> Source:
    """Questions with sentences of evidence, over the document that answers or over a near one that does not."""
    rows = [row for folder in folders for row in _rows(folder)]

    def one(draw: random.Random) -> Example:
        return draw.choice(rows[draw.randrange(len(rows))])

    return one


def _rows(folder: Path) -> list[list[Example]]:
    """Return per question its examples: the documents that answer it, and as many near ones that do not."""
    corpus = {
        r["doc_id"]: r["text"] for r in map(json.loads, (folder / "corpus.jsonl").read_text("utf-8").splitlines())
    }
    asked = [json.loads(line) for line in (folder / "questions.jsonl").read_text("utf-8").splitlines()]
    ids = list(corpus)
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    texts = words.fit_transform([corpus[i] for i in ids])
    out = []
    for row in asked:
        key = f"{row['doc_ids'][0]}.txt" if row["doc_ids"] else str(row["qid"])
        if not is_taken(key):
            continue
        order = (-(words.transform([row["question"]]) @ texts.T).toarray()[0]).argsort()
        near = [ids[i] for i in order if ids[i] not in row["doc_ids"]][:NEAR]
        right = [e for d in row["doc_ids"] if (e := _long(row["question"], corpus[d], row["evidence"]))]
        wrong = [Example(row["question"], corpus[d], -1, -1, relevant=False) for d in near]
        out += [right, wrong] if right else [wrong]
    return out


def _long(question: str, text: str, evidence: Sequence[str]) -> Example | None:
    """Return the example of a long answer: from the first sentence of evidence in the text to the last."""
    found = [(at, at + len(e)) for e in evidence if (at := text.find(e)) >= 0]
    if not found:
        return None
    start, end = min(a for a, _ in found), max(b for _, b in found)
    return Example(question, text, start, end, exact=end - start <= _LONGEST_SPAN)


def definitions(paragraphs: Sequence[Paragraph]) -> Source:
    """Ask what a thing is where a sentence says so; or over another paragraph that names it and does not say so."""
    made = [d for p in paragraphs for d in _defined(p)]

    def one(draw: random.Random) -> Example:
        p, name, plural, person, start, end = draw.choice(made)
        question = _question(name, plural, person, draw)
        if draw.random() < 0.3:
            left = [p.context[a:b] for a, b in sentences(p.context) if not (a <= start < b)]
            if any(name.lower() in s.lower() for s in left):
                return Example(question, " ".join(left), -1, -1)
        return Example(question, p.context, start, end, exact=end - start <= _LONGEST_SPAN)

    return one


def _defined(p: Paragraph) -> list[tuple[Paragraph, str, bool, bool, int, int]]:
    out = []
    for a, b in sentences(p.context):
        m = _DEFINED.match(p.context[a:b])
        if m and m["name"].split()[0].lower() not in _NO_NAME:
            name = re.sub(r"^(?:[Tt]he|An?) ", "", m["name"])
            person = bool(_PERSON.search(m["what"][:60]))
            out.append((p, name, m["verb"] in ("are", "were"), person, a + m.start("what"), a + m.end("what")))
    return out


def _question(name: str, plural: bool, person: bool, draw: random.Random) -> str:
    be = "are" if plural else draw.choice(["is", "is", "was"])
    asked = draw.choice(
        [f"{'who' if person else 'what'} {be} {name}", f"{'Who' if person else 'What'} {be} {name}?"] * 3
        + [f"tell me about {name}", f"Describe {name}.", f"explain {name}", f"what do you know about {name}?"]
    )
    return asked if person or draw.random() < 0.85 else f"what is meant by {name}"
