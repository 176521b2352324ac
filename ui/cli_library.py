"""The verbs about the library itself: `rag status`, `rag doctor`, `rag rebuild`, `rag backup`, `rag restore`.

In: settings. Out: what the library holds and whether it is sound, as text or as one JSON object. `status` and `doctor`
write nothing.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import LibraryError
from ui import terminal

if TYPE_CHECKING:
    from ingest.backup import BackupReport
    from ingest.doctor import Check
    from rag.library import Library, LibraryStats


def status(args: argparse.Namespace, settings: Settings) -> int:
    """Say what the library holds."""
    from rag.judge import thresholds
    from rag.library import Library

    library = Library.open(settings.library)
    stats = library.stats()
    if args.json:
        terminal.say_json(_status_json(library, stats, settings))
        return 0
    failed = terminal.plural(len(stats.failed), "file") if stats.failed else "none"
    rows = {
        "library": settings.library,
        "documents": f"{stats.documents:,}",
        "passages": f"{stats.passages:,} ({stats.sentences:,} sentences)",
        "size": f"{stats.bytes / 1e6:.1f} MB",
        "model": stats.fingerprint,
        "generation": str(stats.generation),
        "thresholds": thresholds.told(library, settings),
        "not read": failed + (" (rag status --failed lists them)" if stats.failed and not args.failed else ""),
    }
    for name, value in rows.items():
        terminal.say(f"{name:12}{terminal.clean(value)}")
    if args.documents:
        for document in library.documents():
            dated = f"  {document.date}" if document.date else ""
            terminal.say(terminal.clean(f"  {document.source}{dated}  {document.title}"))
    if args.failed:
        for source, reason in stats.failed:
            terminal.say(terminal.clean(f"  {source}: {reason}"))
    return 0


def _status_json(library: Library, stats: LibraryStats, settings: Settings) -> dict[str, object]:
    from rag.judge import thresholds

    documents = [
        {key: value for key, value in asdict(document).items() if key != "pages"} | {"pages": len(document.pages)}
        for document in library.documents()
    ]
    failed = [{"source": source, "reason": reason} for source, reason in stats.failed]
    told = {"thresholds": thresholds.told(library, settings)}
    return {"library": settings.library, **asdict(stats), **told, "failed": failed, "list": documents}


def doctor(args: argparse.Namespace, settings: Settings) -> int:
    """Check the library without writing to it; exit status 1 when something is wrong."""
    from ingest.doctor import examine

    diagnosis = examine(settings.library)
    if diagnosis.ok:  # else the library may not even open
        diagnosis = replace(diagnosis, checks=(*diagnosis.checks, _thresholds(settings)))
    if args.json:
        terminal.say_json({"ok": diagnosis.ok, **asdict(diagnosis)})
        return 0 if diagnosis.ok else 1
    for check in diagnosis.checks:
        mark = "ok  " if check.ok else terminal.paint(terminal.BOLD, "BAD ")
        terminal.say(mark + terminal.clean(f"{check.name}: {check.detail}"))
        if not check.ok and check.remedy:
            terminal.say(f"    → {terminal.clean(check.remedy)}")
    return 0 if diagnosis.ok else 1


def _thresholds(settings: Settings) -> Check:
    from ingest.doctor import Check
    from rag.judge import thresholds
    from rag.library import Library

    try:
        return Check("thresholds", True, thresholds.told(Library.open(settings.library), settings))
    except LibraryError as error:
        return Check("thresholds", False, str(error), "rag calibrate --forget")


def rebuild(args: argparse.Namespace, settings: Settings) -> int:
    """Make the search index anew from the texts that the library holds."""
    from ingest import rebuild as repairs
    from ui.cli_ingest import embedding, progress_bar

    with embedding(settings, args.workers) as embedder, progress_bar("Rebuilding") as progress:
        report = repairs.rebuild(settings.library, embedder, progress=progress)
    if args.json:
        terminal.say_json(asdict(report))
        return 0
    counted = f"{terminal.plural(report.documents, 'document')}, {terminal.plural(report.passages, 'passage')}"
    terminal.say(f"{counted} indexed anew, {report.embedded:,} embedded, in {report.seconds:.1f} s")
    return 0


def backup(args: argparse.Namespace, settings: Settings) -> int:
    """Copy the library into one file, while it is in use."""
    from ingest import backup as backups

    return _copied(args, f"copied to {args.file}", backups.backup(settings.library, args.file))


def restore(args: argparse.Namespace, settings: Settings) -> int:
    """Make a library of such a file."""
    from ingest import backup as backups

    return _copied(args, f"restored to {settings.library}", backups.restore(args.file, settings.library))


def _copied(args: argparse.Namespace, what: str, report: BackupReport) -> int:
    if args.json:
        terminal.say_json(asdict(report))
    else:
        counted = f"{terminal.plural(report.documents, 'document')}, {report.bytes / 1e6:.1f} MB"
        terminal.say(terminal.clean(f"{counted}, {what}"))
    return 0
