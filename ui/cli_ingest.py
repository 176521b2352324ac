"""`rag ingest` and `rag watch`: files become the library, with a progress bar and a report.

In: paths and settings. Out: the report on standard output, progress on standard error. Ctrl-C ends after the current
document with everything before it kept; a second one ends at once.
"""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import ConfigError
from ui import terminal

if TYPE_CHECKING:
    from ingest.pipeline import IngestReport, Progress
    from rag.models import Embedder

STOPPED = 130  # what a shell reports for a command that Ctrl-C ended
MOST_LISTED = 10
LEAST_OTHERS, MUCH = 3, 0.25  # documents in other languages than English, and their share, that bring advice


def ingest(args: argparse.Namespace, settings: Settings) -> int:
    """Bring the library in step with the paths, once."""
    with embedding(settings, args.workers) as embedder:
        report = take_in(args.paths, settings, embedder, prune=args.prune, dry_run=args.dry_run)
    if args.json:
        terminal.say_json(report_json(report))
    else:
        terminal.say("\n".join(report_lines(report, dry_run=args.dry_run)))
        if (report.added or report.updated) and not args.dry_run and (told := language_advice(settings)):
            terminal.note(told)
    if report.interrupted:
        terminal.note("rag: stopped; what was read is kept. Type the same command again to go on.")
        return STOPPED
    return exit_status(report)


def language_advice(settings: Settings) -> str:
    """Name the model for other languages where much of the library is not English and the packaged one reads it."""
    from rag.library import Library
    from rag.models import MINILM, MULTILINGUAL

    if settings.embedding != MINILM:
        return ""
    with closing(Library.open(settings.library)) as library:
        documents, share = library.counts()[0], 1 - library.languages().get("en", 0.0)
    others = round(documents * share)
    if others < LEAST_OTHERS or share < MUCH:
        return ""
    return (
        f"{others:,} of {documents:,} documents are not English: `--embedding {MULTILINGUAL}` finds more in them, "
        "and refuses less until `rag calibrate` has run "
        f"(docs/configuration.md, Languages)"
    )


@contextmanager
def embedding(settings: Settings, workers: int) -> Iterator[Embedder]:
    """Give the embedding model, in this process or in ``workers`` others."""
    from rag.models import load_embedder

    if workers < 1:
        raise ConfigError("--workers wants a whole number from 1")
    embedder = load_embedder(settings)
    if workers == 1:
        yield embedder
        return
    from ingest.pool import EmbedderPool

    with EmbedderPool(embedder, partial(load_embedder, replace(settings, threads=1)), workers) as pool:
        yield pool


def take_in(
    paths: Sequence[str], settings: Settings, embedder: Embedder, *, prune: bool = False, dry_run: bool = False
) -> IngestReport:
    """Ingest under a progress bar, with a Ctrl-C that keeps what was read."""
    from ingest import pipeline

    with stop_on_interrupt() as stop, progress_bar() as progress:
        return pipeline.ingest(
            paths,
            settings.library,
            embedder,
            settings=settings,
            prune=prune,
            dry_run=dry_run,
            progress=progress,
            stop=stop,
        )


def watch(args: argparse.Namespace, settings: Settings) -> int:
    """Ingest now and again after every change of the paths, until Ctrl-C."""
    from ingest.watch import watch as keep_in_step

    def tell(report: IngestReport) -> None:
        if args.json:
            terminal.say_json(report_json(report))
        else:
            terminal.say("\n".join(report_lines(report)))

    with embedding(settings, args.workers) as embedder, stop_on_interrupt() as stop:
        terminal.note("Watching; Ctrl-C ends.")
        keep_in_step(
            args.paths,
            settings.library,
            embedder,
            settings=settings,
            report=tell,
            stop=stop,
            trouble=lambda error: terminal.note(f"rag: {error}"),
        )
    return 0


def exit_status(report: IngestReport) -> int:
    """1 when there were files and none could be read; a few unreadable files among others are told, not an error."""
    read = report.added or report.updated or report.unchanged or report.deleted
    return 1 if report.failed and not read else 0


def report_json(report: IngestReport) -> dict[str, object]:
    """The report with failures as objects."""
    return {**asdict(report), "failed": [{"source": source, "reason": reason} for source, reason in report.failed]}


def report_lines(report: IngestReport, *, dry_run: bool = False) -> list[str]:
    """The report for people: what changed, how fast, and every file that could not be read with its reason."""
    changes = {"added": report.added, "updated": report.updated, "deleted": report.deleted}
    counts = [f"{len(sources):,} {word}" for word, sources in changes.items()]
    counts += [f"{len(report.unchanged):,} unchanged", f"{len(report.failed):,} not read"]
    pace = f" in {report.seconds:.1f} s" if report.seconds >= 0.05 else ""
    tail = "; nothing was written (--dry-run)" if dry_run else f"; {terminal.plural(report.passages, 'passage')}{pace}"
    lines = [", ".join(counts) + tail]
    if dry_run:
        for word, sources in changes.items():
            lines += [terminal.clean(f"  {word}: {source}") for source in sources[:MOST_LISTED]]
            if len(sources) > MOST_LISTED:
                lines.append(f"  {word}: … and {len(sources) - MOST_LISTED:,} more")
    lines += [terminal.clean(f"  not read: {source}: {reason}") for source, reason in report.failed]
    return lines


@contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into an event, so that the document in work is finished; the second one raises."""
    stop = threading.Event()

    def interrupted(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        terminal.note("\nFinishing the document in work; Ctrl-C again ends at once.")

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar(doing: str = "Reading") -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error with documents, passages a second and the time left; quiet where nobody watches."""
    from tqdm import tqdm

    with tqdm(
        desc=doing,
        disable=None,
        leave=False,
        dynamic_ncols=True,
        bar_format="{desc} {n_fmt}/{total_fmt} |{bar}|{postfix}, {remaining} left",
    ) as bar:

        def show(progress: Progress) -> None:
            bar.total = progress.files_total
            pace = progress.passages / progress.seconds if progress.seconds else 0.0
            bar.set_postfix_str(f"{progress.passages:,} passages, {pace:.0f}/s", refresh=False)
            bar.update(progress.files - bar.n)

        yield show
