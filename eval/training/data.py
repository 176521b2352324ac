"""Examples to train the reader on: a question, a context, and the span that answers or none.

In: sets in SQuAD's shape (`read_squad`), edits that make a question unanswerable (`Edits`), our own practice
questions and tables made by rule. Out: `Example` values, drawn without end by `mixture`. It loads no model.

Traps are of five kinds: written by people; the question with a word exchanged as people exchange it; with a name or
number exchanged for another of the same text; over its paragraph without the sentence that answers; over another
paragraph of the same text. The last kind alone is not *relevant* either.
"""

from __future__ import annotations

import difflib
import json
import lzma
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[A-Z0-9])|\n+")
_ENTITY = re.compile(r"(?<![\w.?!] )(?<!^)\b[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*|\b\d[\d,.]*\d\b|\b\d\b")
_TOKEN = re.compile(r"\w+|[^\w\s]")
# What an exchange must not touch: a question about "who" turned into one about "when" is another question.
_ASKING = {"what", "which", "who", "whom", "whose", "when", "where", "why", "how"}


@dataclass(frozen=True, slots=True)
class Example:
    """``context[start:end]`` answers ``question``; ``start < 0`` means that nothing in the context does.

    ``relevant``: the context is what the question is about, whether or not it answers.
    """

    question: str
    context: str
    start: int
    end: int
    relevant: bool = True

    @property
    def answerable(self) -> bool:
        return self.start >= 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A context with its questions; ``spans`` of a question are empty where nothing answers it."""

    title: str
    context: str
    asked: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]


def read_squad(path: Path) -> list[Paragraph]:
    """Read an xz-compressed set, an object a line: ``title``, ``context``, ``qas`` of ``question`` and ``answers``."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Paragraph(
            r["title"],
            r["context"],
            tuple((q["question"], tuple((int(a), str(t)) for a, t in q["answers"])) for q in r["qas"]),
        )
        for r in rows
    ]


class Edits:
    """What people change in a question so that nothing answers it: a table of exchanged words, learnt from pairs."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._table: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        pairs = [line.rstrip("\n").split("\t") for line in lines]
        # A word that is seen but once or twice in all the pairs is as often a slip of the pen as a word.
        self._known = {w for w, n in Counter(w for p in pairs for w in " ".join(p).split()).items() if n > 2}
        for before, after in pairs:
            self._learn(before.split(), after.split())

    @classmethod
    def read(cls, path: Path) -> Edits:
        """Read ``question<TAB>edited question`` lines, xz-compressed."""
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            return cls(list(lines))

    def _learn(self, before: list[str], after: list[str]) -> None:
        changed = [
            op for op in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes() if op[0] != "equal"
        ]
        if len(changed) != 1:
            return
        _, a, b, c, d = changed[0]
        old, new = tuple(before[a:b]), tuple(after[c:d])
        if (
            old
            and old[0].isalpha()
            and 1 <= len(old) <= 2
            and 1 <= len(new) <= 2
            and not {*old, *new} & _ASKING
            and {*new} <= self._known
        ):
            self._table[old].append(new)

    def apply(self, question: str, draw: random.Random) -> str | None:
        """Return the question with one exchange that people made elsewhere, or None where no word of it is known."""
        words = [(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(question)]
        found = [
            (words[i][1], words[i + n - 1][2], self._table[key])
            for n in (2, 1)
            for i in range(len(words) - n + 1)
            if (key := tuple(w for w, _, _ in words[i : i + n])) in self._table
        ]
        if not found:
            return None
        start, end, choices = draw.choice(found)
        return question[:start] + " ".join(draw.choice(choices)) + question[end:]


def exchanged(question: str, others: Sequence[str], draw: random.Random) -> str | None:
    """Exchange a name or number of the question for another one of ``others`` of its kind; None without any."""
    mine = list(_ENTITY.finditer(question))
    if not mine:
        return None
    one = draw.choice(mine)
    number = one.group()[0].isdigit()
    fit = [o for o in others if o[0].isdigit() == number and o.lower() not in question.lower()]
    return question[: one.start()] + draw.choice(fit) + question[one.end() :] if fit else None


def entities(text: str) -> list[str]:
    """Return the names and numbers of a text, roughly."""
    return [m.group() for m in _ENTITY.finditer(text)]


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of a text's sentences, roughly: contexts are cut between them, never inside."""
    out, start = [], 0
    for m in _SENTENCE.finditer(text):
        out.append((start, m.start()))
        start = m.end()
    out.append((start, len(text)))
    return [(a, b) for a, b in out if b > a]


def cut(example: Example, length: int) -> Example:
    """Keep about ``length`` characters of the context, in whole sentences: round the answer, or where the question's
    words are."""
    spans = sentences(example.context)
    if len(example.context) <= length or len(spans) < 2:
        return example
    words = {w.lower() for w in _TOKEN.findall(example.question) if len(w) > 3}

    def spoken(span: tuple[int, int]) -> int:
        return len(words & {w.lower() for w in _TOKEN.findall(example.context[span[0] : span[1]])})

    if example.answerable:
        held = [i for i, (a, b) in enumerate(spans) if a < example.end and b > example.start]
        first, last = held[0], held[-1]
    else:
        first = last = max(range(len(spans)), key=lambda i: spoken(spans[i]))
    while True:
        sides = [i for i in (first - 1, last + 1) if 0 <= i < len(spans)]
        sides = [i for i in sides if max(spans[last][1], spans[i][1]) - min(spans[first][0], spans[i][0]) <= length]
        if not sides:
            break
        side = max(sides, key=lambda i: (spoken(spans[i]), i))
        first, last = min(first, side), max(last, side)
    at, stop = spans[first][0], spans[last][1]
    moved = replace(example, context=example.context[at:stop])
    return replace(moved, start=example.start - at, end=example.end - at) if example.answerable else moved


def without_answer(paragraph: Paragraph, question: str, spans: Sequence[tuple[int, str]]) -> Example | None:
    """Ask over the paragraph without the sentences that hold a marked answer; None where nothing is left."""
    marked = [(a, a + len(t)) for a, t in spans]
    texts = {t.lower() for _, t in spans}
    kept = [
        paragraph.context[a:b]
        for a, b in sentences(paragraph.context)
        if not any(a < e and b > s for s, e in marked) and not any(t in paragraph.context[a:b].lower() for t in texts)
    ]
    return Example(question, " ".join(kept), -1, -1) if len(kept) >= 2 else None


Source = Callable[[random.Random], Example]


def people(paragraphs: Sequence[Paragraph]) -> Source:
    """Questions and traps just as people wrote them."""
    rows = [(p, q, spans) for p in paragraphs for q, spans in p.asked]
    pool: list[tuple[Paragraph, str, tuple[tuple[int, str], ...]]] = []

    def one(draw: random.Random) -> Example:
        if not pool:  # each once before any twice
            pool.extend(rows)
            draw.shuffle(pool)
        p, question, spans = pool.pop()
        return _marked(p, question, spans, draw)

    return one


def _marked(p: Paragraph, question: str, spans: Sequence[tuple[int, str]], draw: random.Random) -> Example:
    if not spans:
        return Example(question, p.context, -1, -1)
    # The shortest marked span is the answer without what people took along by chance.
    at, text = min(spans, key=lambda s: len(s[1])) if draw.random() < 0.7 else draw.choice(list(spans))
    return Example(question, p.context, at, at + len(text))


def trapped(paragraphs: Sequence[Paragraph], edits: Edits, plain: float = 0.5) -> Source:
    """Answerable questions, the share ``plain`` of them as they are, the others made into traps."""
    by_title: dict[str, list[Paragraph]] = defaultdict(list)
    for p in paragraphs:
        by_title[p.title].append(p)
    ask = [(p, q, spans) for p in paragraphs for q, spans in p.asked if spans]

    def one(draw: random.Random) -> Example:
        p, question, spans = draw.choice(ask)
        kind = draw.random()
        if kind < plain:
            return _marked(p, question, spans, draw)
        rest = (kind - plain) / (1 - plain)
        siblings = by_title[p.title]
        made: Example | None = None
        if rest < 0.35:
            edited = edits.apply(question, draw)
            made = Example(edited, p.context, -1, -1) if edited else None
        elif rest < 0.50:
            near = entities(p.context) + entities(draw.choice(siblings).context)
            edited = exchanged(question, near, draw)
            made = Example(edited, p.context, -1, -1) if edited else None
        elif rest < 0.70:
            made = without_answer(p, question, spans)
        elif len(siblings) > 1:
            other = draw.choice(siblings)
            texts = [t.lower() for _, t in spans]
            if other is not p and not any(t in other.context.lower() for t in texts):
                made = Example(question, other.context, -1, -1, relevant=False)
        return made or _marked(p, question, spans, draw)

    return one


def own_practice(folder: Path, *, fitted: Callable[[str], bool]) -> list[Paragraph]:
    """Our practice questions over the documents that ``fitted`` admits, as paragraphs of about a passage."""
    corpus = {r["doc_id"]: r for r in map(json.loads, (folder / "corpus.jsonl").read_text("utf-8").splitlines())}
    asked: dict[str, list[tuple[str, tuple[tuple[int, str], ...]]]] = defaultdict(list)
    for row in map(json.loads, (folder / "questions.jsonl").read_text("utf-8").splitlines()):
        document = row["doc_ids"][0] if row["doc_ids"] else str(row["qid"]).rsplit("-", 1)[0]
        if document not in corpus or not fitted(document):
            continue
        text = corpus[document]["text"]
        spans = []
        if row["answerable"]:
            near = [text.find(e) for e in row["evidence"]]
            for answer in row["answers"]:
                at = text.find(answer, max(0, *near)) if near else text.find(answer)
                if at >= 0:
                    spans.append((at, answer))
            if not spans:
                continue
        asked[document].append((row["question"], tuple(spans)))
    return [Paragraph(d, corpus[d]["text"], tuple(rows)) for d, rows in asked.items()]


def mixture(
    sources: Sequence[tuple[float, Source]], seed: int, lengths: tuple[int, int] = (300, 900)
) -> Iterator[Example]:
    """Draw examples without end, each source by its weight, contexts cut to a drawn length in characters."""
    draw = random.Random(seed)
    weights = [w for w, _ in sources]
    while True:
        source = draw.choices([s for _, s in sources], weights)[0]
        yield cut(source(draw), draw.randint(*lengths))
