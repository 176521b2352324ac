"""Case files → ``Case`` values, and the folder of documents that a case file carries along.

In: our JSONL (docs/evaluation.md), SQuAD JSON (1.1 and 2.0), or a folder with ``questions.jsonl`` beside
``corpus.jsonl``. Out: frozen cases with sources as the library names them. It asks no questions and scores nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import CaseError
from rag.text import sentence_spans
from rag.types import Turn

T = TypeVar("T")
PACKAGED_CASES = Path(__file__).with_name("seeds.jsonl")
_KNOWN = frozenset(
    "id qid question kind split answerable answers evidence source sources doc_id doc_ids lang history trap extra "
    "note wanted expect_contains expect_absent".split()
)


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what is known of its answer.

    ``answerable`` is ``None`` where nobody judged it. ``answers`` are gold strings of which one is enough; ``evidence``
    are verbatim stretches of the documents ``sources``, of which one is enough for a citation. ``wanted`` are groups of
    gold strings for what has several parts: one of each must stand in the answer, or in the name of a cited document.
    """

    id: str
    question: str
    kind: str
    answerable: bool | None
    answers: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    language: str = "en"
    history: tuple[Turn, ...] = ()
    trap: bool = False
    split: str = ""
    wanted: tuple[tuple[str, ...], ...] = ()
    expect_contains: tuple[str, ...] = ()
    expect_absent: tuple[str, ...] = ()


def load_cases(path: Path, split: str | None = None, limit: int | None = None) -> list[Case]:
    """Read the cases of a file or folder; ``split`` keeps one half, ``limit`` an evenly spread part of every kind.

    Raises `CaseError`, which names file and line.
    """
    file = path / "questions.jsonl" if path.is_dir() else path
    cases = list(_squad_cases(file) if file.suffix == ".json" else _line_cases(file))
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise CaseError(f"{file}: the id {case.id!r} stands twice; give every case an id of its own")
        seen.add(case.id)
    if split:
        known = sorted({c.split for c in cases if c.split})
        cases = [c for c in cases if c.split == split]
        if not cases:
            raise CaseError(f"{file}: no case has the split {split!r}; use one of: {', '.join(known) or 'none is set'}")
    if not cases:
        raise CaseError(f"{file}: holds no cases; write one JSON object a line, see docs/evaluation.md")
    return _spread(cases, limit) if limit else cases


def write_corpus(path: Path, folder: Path) -> bool:
    """Write the documents that a case file carries into ``folder``; return whether it carries any."""
    if path.is_dir() or path.name == "questions.jsonl":
        beside = (path if path.is_dir() else path.parent) / "corpus.jsonl"
        if not beside.is_file():
            return False
        texts = _corpus_texts(beside)
    elif path.suffix == ".json":
        texts = {source: "\n\n".join(contexts) + "\n" for source, contexts, _ in _squad_articles(path)}
    else:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return True


def _corpus_texts(file: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for where, row in _lines(file):
        source = source_of(_get(row, "doc_id", str, where))
        if source in texts:
            raise CaseError(f"{where}: a second document would be the file {source}; give it another doc_id")
        texts[source] = _document_text(row, where)
    return texts


def source_of(document_id: str) -> str:
    """The file name that a document id gets.

    >>> source_of("Peru: drugs/2024")
    'Peru__drugs_2024.txt'
    """
    return re.sub(r"[^A-Za-z0-9._-]", "_", document_id) + ".txt"


def _document_text(row: Mapping[str, Any], where: str) -> str:
    title, text = _get(row, "title", str, where, ""), _get(row, "text", str, where)
    return f"{title}\n\n{text}\n" if title else text


def _spread(cases: list[Case], limit: int) -> list[Case]:
    """Every n-th case of the list ordered by kind, so that a small part still holds every kind; file order is kept."""
    if limit >= len(cases):
        return cases
    order = sorted(range(len(cases)), key=lambda i: (cases[i].kind, i))
    chosen = {order[i * len(order) // limit] for i in range(limit)}
    return [case for i, case in enumerate(cases) if i in chosen]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CaseError(f"cannot read {file}: {error.strerror}; give a .jsonl or SQuAD .json file") from error
    except UnicodeDecodeError as error:
        raise CaseError(f"{file}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def _lines(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(_read(file).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{file}, line {number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise CaseError(f"{where}: not JSON ({error.msg}); write one JSON object a line") from error
        if not isinstance(row, dict):
            raise CaseError(f"{where}: not a JSON object; write {{'question': …, 'answerable': …}}")
        yield where, row


def _get(row: Mapping[str, Any], key: str, kind: type[T], where: str, default: T | None = None) -> T:
    value = row.get(key, default)
    if value is None and default is None:
        raise CaseError(f'{where}: lacks "{key}"; add it')
    if not isinstance(value, kind):
        raise CaseError(f'{where}: "{key}" is {json.dumps(value)[:40]}; write a JSON {_JSON[kind]}')
    return value


_JSON: dict[type, str] = {str: "string", bool: "true or false", list: "list", dict: "object"}


def _strings(row: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    items = _get(row, key, list, where, [])
    if not all(isinstance(item, str) and item.strip() for item in items):
        raise CaseError(f'{where}: "{key}" holds something else than text; write a list of strings')
    return tuple(items)


def _line_cases(file: Path) -> Iterator[Case]:
    for where, row in _lines(file):
        unknown = sorted(set(row) - _KNOWN)
        if unknown:
            raise CaseError(f"{where}: unknown key {unknown[0]!r}; known keys: {', '.join(sorted(_KNOWN))}")
        yield _case(row, where)


def _case(row: Mapping[str, Any], where: str) -> Case:
    extra = _get(row, "extra", dict, where, {})
    question = _get(row, "question", str, where)
    if not question.strip():
        raise CaseError(f'{where}: "question" is empty; write the question')
    answerable = _answerable(row, where)
    answers = _strings(row, "answers", where)
    if (answers or row.get("wanted")) and answerable is False:
        raise CaseError(f'{where}: has "answers" but "answerable" is false; drop one of them')
    ids = [*_strings(row, "doc_ids", where), *([row["doc_id"]] if row.get("doc_id") else [])]
    sources = [*_strings(row, "sources", where), *([row["source"]] if row.get("source") else [])]
    kind = {True: "answerable", False: "unanswerable", None: "not judged"}[answerable]
    return Case(
        id=str(row.get("id") or row.get("qid") or where.rsplit(" ", 1)[-1]),
        question=question,
        kind=_get(row, "kind", str, where, str(extra.get("kind") or kind)),
        answerable=answerable,
        answers=answers,
        evidence=_strings(row, "evidence", where),
        sources=tuple(sources or map(source_of, ids)),
        language=_get(row, "lang", str, where, "en"),
        history=_history(row.get("history") or extra.get("history") or [], where),
        trap=_get(row, "trap", bool, where, False),
        split=_get(row, "split", str, where, ""),
        wanted=_groups(row, where),
        expect_contains=_strings(row, "expect_contains", where),
        expect_absent=_strings(row, "expect_absent", where),
    )


def _groups(row: Mapping[str, Any], where: str) -> tuple[tuple[str, ...], ...]:
    groups = _get(row, "wanted", list, where, [])
    return tuple(_strings({"wanted": group}, "wanted", where) for group in groups)


def _answerable(row: Mapping[str, Any], where: str) -> bool | None:
    """Stated, or true by default; a case that states only what its rewriting must hold judges no answer."""
    rewriting_only = not row.get("answers") and ("expect_contains" in row or "expect_absent" in row)
    if row.get("answerable", None if rewriting_only else True) is None:
        return None
    return _get(row, "answerable", bool, where, True)


def _history(turns: object, where: str) -> tuple[Turn, ...]:
    try:
        return tuple(Turn(str(turn["question"]), str(turn["answer"])) for turn in turns)  # type: ignore[attr-defined]
    except (TypeError, KeyError) as error:
        raise CaseError(f'{where}: "history" wants [{{"question": …, "answer": …}}, …]') from error


def _squad_articles(file: Path) -> Iterator[tuple[str, list[str], list[dict[str, Any]]]]:
    """Yield source, contexts and paragraphs of every article; two articles of one title get two files."""
    try:
        data = json.loads(_read(file))
        articles = data["data"]
        used: dict[str, int] = {}
        for article in articles:
            name = source_of(str(article.get("title") or "article"))
            used[name] = used.get(name, 0) + 1
            source = name if used[name] == 1 else f"{name.removesuffix('.txt')}_{used[name]}.txt"
            yield source, [str(p["context"]) for p in article["paragraphs"]], article["paragraphs"]
    except json.JSONDecodeError as error:
        raise CaseError(f"{file}, line {error.lineno}: not JSON ({error.msg}); give a SQuAD file or .jsonl") from error
    except (TypeError, KeyError, AttributeError) as error:
        raise CaseError(
            f"{file}: not SQuAD, {error} is missing or misplaced; wanted data → paragraphs → qas"
        ) from error


def _squad_cases(file: Path) -> Iterator[Case]:
    for source, _, paragraphs in _squad_articles(file):
        for paragraph in paragraphs:
            for qa in paragraph.get("qas", []):
                try:
                    yield _squad_case(qa, str(paragraph["context"]), source)
                except (TypeError, KeyError) as error:
                    raise CaseError(f"{file}: a question lacks {error}; wanted id, question and answers") from error


def _squad_case(qa: Mapping[str, Any], context: str, source: str) -> Case:
    impossible = bool(qa.get("is_impossible", False))
    golds = [] if impossible else qa["answers"]
    starts = {int(g["answer_start"]) for g in golds if "answer_start" in g}
    evidence = [s.of(context) for s in sentence_spans(context) if any(s.start <= at < s.end for at in starts)]
    return Case(
        id=str(qa["id"]),
        question=str(qa["question"]),
        kind="unanswerable" if impossible else "answerable",
        answerable=not impossible,
        answers=tuple(dict.fromkeys(str(g["text"]) for g in golds)),
        evidence=tuple(evidence),
        sources=(source,),
        trap=impossible,
    )
