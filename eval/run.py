"""Cases → engine → results → a ``Report`` that carries all it takes to read, repeat, re-score and compare it.

In: settings and a case file, or an engine and cases. Out: frozen values. It prints nothing and draws nothing;
`eval/report.py` does the rendering. Heavy imports happen in `run_eval` only.
"""

from __future__ import annotations

import difflib
import hashlib
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from eval import metrics
from eval.cases import PACKAGED_CASES, Case, load_cases, write_corpus
from eval.scoring import BY_CASE, LOWER_IS_BETTER, OF_A_RUN, Measure, Place, Result, by_case, outcome, score
from eval.written import recheck
from rag.config import Settings
from rag.errors import CaseError
from rag.types import Answer, Citation, Document, Turn

Progress = Callable[[int, int], None]
ORCHESTRA = Path(__file__).resolve().with_name("orchestra")  # its documents are made by a script
_PACKAGES = ("footnote-rag", "llama-index-core", "chromadb", "sentence-transformers", "transformers", "torch", "numpy")


class Texts(Protocol):
    """The part of `rag.library.Library` that an evaluation reads."""

    def documents(self) -> list[Document]:
        """Return the documents, sorted by source."""

    def text(self, source: str) -> str:
        """Return a document's canonical text."""


class Asks(Protocol):
    """The part of `rag.engine.Engine` that an evaluation uses; a baseline of your own may stand in for it."""

    @property
    def settings(self) -> Settings:
        """What the engine was opened with."""

    @property
    def library(self) -> Texts:
        """Where the documents are."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer one question."""


@dataclass(frozen=True, slots=True)
class Report:
    """One evaluation: what was asked of what, what came back, and what it is worth.

    ``unread`` counts the files of the corpus that could not be read; what they hold was not found.
    """

    cases: str
    created: str
    seconds: float
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    commit: str | None
    corpus_sha256: str
    documents: int
    results: tuple[Result, ...]
    measures: Mapping[str, Measure]
    kinds: Mapping[str, Mapping[str, Measure]]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose outcome differs between two reports."""

    id: str
    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports over the questions they share. ``differences`` are new minus old, with paired intervals."""

    shared: int
    only_old: int
    only_new: int
    same_corpus: bool
    changes: tuple[Change, ...]
    differences: Mapping[str, Measure]


def evaluate(engine: Asks, cases: Sequence[Case], *, name: str = "", progress: Progress | None = None) -> Report:
    """Ask every case, one after the other, and score what comes back."""
    texts = {d.source: engine.library.text(d.source) for d in engine.library.documents()}
    begun, results = time.perf_counter(), []
    for done, case in enumerate(cases, start=1):
        results.append(_ask(engine, case, texts))
        if progress:
            progress(done, len(cases))
    report = Report(
        cases=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.perf_counter() - begun,
        settings=asdict(engine.settings),
        versions=_versions(),
        commit=_commit(),
        corpus_sha256=_corpus_hash(engine.library.documents()),
        documents=len(texts),
        results=tuple(results),
        measures={},
        kinds={},
    )
    return rescore(report)


def rescore(report: Report) -> Report:
    """Compute the measures of a report anew from its results, as after a change of a measure's definition."""
    kinds = dict.fromkeys(r.case.kind for r in report.results)
    return replace(
        report,
        measures=score(report.results),
        kinds={kind: by_case([r for r in report.results if r.case.kind == kind]) for kind in kinds},
    )


def run_eval(
    settings: Settings,
    cases_path: Path | None = None,
    corpus: Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Evaluate the engine that ``settings`` describe.

    Without ``cases_path`` the packaged cases are asked of the sample corpus. A temporary library is built from
    ``corpus``, or from the documents that the case file carries; else the questions go to ``settings.library``.
    """
    if corpus and not cases_path:
        raise CaseError(f"--corpus {corpus} comes without cases; type: rag eval CASES --corpus {corpus}")
    path = cases_path or PACKAGED_CASES
    cases = load_cases(path, split, limit)
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rag-eval-", ignore_cleanup_errors=True)))
        folder = corpus or _own_corpus(path, work)
        engine, unread = _open(settings, folder, work, stack)
        _check_sources(cases, {d.source for d in engine.library.documents()}, path)
        return replace(evaluate(engine, cases, name=str(path), progress=progress), unread=unread)


def sample_corpus() -> Path:
    """Where the sample documents lie: inside the installed package, or at the root of a checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "sample", here.parent / "seeds"):
        if any(folder.glob("*.txt")):
            return folder
    raise CaseError("the sample documents are not installed; name your own: rag eval CASES --corpus DIR")


def compare(old: Report, new: Report) -> Comparison:
    """Say which outcomes changed and by how much the measures differ, over the questions that both asked."""
    before = {(r.case.id, r.case.question): r for r in old.results}
    pairs = [(before[key], r) for r in new.results if (key := (r.case.id, r.case.question)) in before]
    changes = [Change(b.case.id, b.case.question, outcome(a), outcome(b)) for a, b in pairs if outcome(a) != outcome(b)]
    return Comparison(
        shared=len(pairs),
        only_old=len(old.results) - len(pairs),
        only_new=len(new.results) - len(pairs),
        same_corpus=old.corpus_sha256 == new.corpus_sha256,
        changes=tuple(changes),
        differences={name: _difference(pairs, measure) for name, measure in BY_CASE.items()},
    )


def below(report: Report, bars: Sequence[str]) -> list[str]:
    """The bars that a report fails, one line each. A bar is ``name=value`` or ``kind/name=value``.

    For measures where less is better (``false_refusal``, ``p95_ms``, …) the value is the most that is allowed. A
    measure that no question judged fails its bar: a bar that cannot be checked is not met.
    """
    failed = []
    for bar in bars:
        name, limit = _parse_bar(bar, report)
        kind, _, plain = name.rpartition("/")
        measure = (report.kinds[kind] if kind else report.measures)[plain]
        low = plain in LOWER_IS_BETTER
        if measure.value is None:
            failed.append(f"{name} was not judged; wanted at {'most' if low else 'least'} {limit:g}")
        elif (measure.value > limit) if low else (measure.value < limit):
            failed.append(f"{name} is {measure.value:.4g}; wanted at {'most' if low else 'least'} {limit:g}")
    return failed


def check_bars(bars: Sequence[str]) -> None:
    """Raise `CaseError` for a bar that cannot be read, before an evaluation runs for nothing."""
    for bar in bars:
        _parse_bar(bar)


def _parse_bar(bar: str, report: Report | None = None) -> tuple[str, float]:
    name, equals, value = bar.partition("=")
    kind, _, plain = name.strip().rpartition("/")
    if kind and report and kind not in report.kinds:
        raise CaseError(f"--min {bar}: no case is of kind {kind!r}; known kinds: {', '.join(report.kinds)}")
    known = [*BY_CASE] if kind else [*BY_CASE, *OF_A_RUN]
    if plain not in known:
        near = difflib.get_close_matches(plain, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        raise CaseError(f"--min {bar}: unknown measure {plain!r}; {hint}")
    try:
        return name.strip(), float(value if equals else "")
    except ValueError as error:
        raise CaseError(f"--min {bar}: wants a number; type --min {plain}=0.9") from error


def _difference(pairs: Sequence[tuple[Result, Result]], measure: Callable[[Result], float | None]) -> Measure:
    values = [(measure(a), measure(b)) for a, b in pairs]
    steps = [b - a for a, b in values if a is not None and b is not None]
    interval = metrics.bootstrap_mean(steps)
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Measure(metrics.mean(steps), low, high, len(steps))


def _ask(engine: Asks, case: Case, texts: Mapping[str, str]) -> Result:
    begun = time.perf_counter()
    answer = engine.ask(case.question, case.history)
    ms = (time.perf_counter() - begun) * 1000
    return Result(
        case=case,
        text=answer.text,
        standalone_question=answer.standalone_question,
        refused=answer.refused,
        caution=answer.caution,
        confidence=answer.confidence,
        reason=answer.reason,
        citations=answer.citations,
        exact=tuple(_exact(c, texts) for c in answer.citations),
        passages=tuple(Place(r.passage.source, r.passage.start, r.passage.end) for r in answer.passages),
        evidence=tuple(_locate(case, texts)),
        ms=ms,
        timings=dict(answer.timings),
        writer=answer.writer,
        dropped=answer.dropped,
        usage=dict(answer.usage),
        rechecked=recheck(answer),
    )


def _exact(citation: Citation, texts: Mapping[str, str]) -> bool:
    text = texts.get(citation.source, "")
    return bool(citation.quote) and text[citation.quote_start : citation.quote_end] == citation.quote


def _locate(case: Case, texts: Mapping[str, str]) -> list[Place]:
    places = []
    for piece in case.evidence:
        for source in case.sources or texts:
            at = texts.get(source, "").find(piece)
            if at >= 0:
                places.append(Place(source, at, at + len(piece)))
                break
    return places


def _own_corpus(path: Path, work: Path) -> Path | None:
    if path.resolve() in {ORCHESTRA, ORCHESTRA / "questions.jsonl"}:
        from eval.orchestra.documents import write

        write(work / "documents")
        return work / "documents"
    if path == PACKAGED_CASES:
        folder = work / "documents"
        folder.mkdir()
        for file in sample_corpus().glob("*.txt"):
            (folder / file.name).write_bytes(file.read_bytes())
        return folder
    return work / "documents" if write_corpus(path, work / "documents") else None


def _open(settings: Settings, folder: Path | None, work: Path, stack: ExitStack) -> tuple[Asks, int]:
    from ingest.pipeline import ingest
    from rag.engine import Engine
    from rag.models import load_embedder

    unread = 0
    embedder = load_embedder(settings)
    if folder is not None:
        if not folder.is_dir():
            raise CaseError(f"no such folder: {folder}; give the folder with the documents")
        settings = replace(settings, library=str(work / "library"))
        made = ingest([folder], settings.library, embedder, settings=settings)
        if not made.added:
            raise CaseError(f"{folder} holds no document that can be read; give the folder with the documents")
        unread = len(made.failed)
    engine = Engine.open(settings, embedder=embedder)
    stack.callback(engine.library.close)
    return engine, unread


def _check_sources(cases: Sequence[Case], known: set[str], path: Path) -> None:
    named = {source for case in cases for source in case.sources}
    if named and not named & known:
        raise CaseError(
            f"{path}: the library lacks {sorted(named)[0]!r} and all other documents named; give --corpus DIR"
        )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _commit() -> str | None:
    """The commit of the checkout this runs in, with ``-dirty`` behind it; ``None`` for an installed package."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _corpus_hash(documents: Sequence[Document]) -> str:
    lines = "".join(f"{d.source}\t{d.sha256}\n" for d in documents)
    return hashlib.sha256(lines.encode()).hexdigest()
