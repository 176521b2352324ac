"""Which files an ingest is about, and what of the ledger they replace.

In: the paths a person typed and the ledger. Out: the files found, each with the source it will have, and the ledger's
sources that are gone. It opens no file but ``.ragignore`` at the root of a folder (one pattern a line: a name like
``drafts`` or ``*.bak`` anywhere, or a path from the root like ``old/*``); it follows no link and skips hidden names.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from rag.errors import ReadError
from rag.library import FileRecord

IGNORE_FILE = ".ragignore"
UPLOADS = "uploads"


@dataclass(frozen=True, slots=True)
class Found:
    """A file on the disk: ``source`` is its path below ``root``, with ``/`` separators."""

    source: str
    root: str
    path: Path
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Scan:
    """What was found. ``failed`` pairs sources with reasons; ``kept`` are prefixes of what could not be looked into:
    their documents stay, because not seeing a file does not mean that it is gone."""

    found: dict[str, Found] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Target:
    path: Path
    root: Path
    prefix: str  # of the sources it can hold; "" for a whole root
    single: bool = False


def uploads(library: str | Path) -> Path:
    """Return where a library keeps the files that its page was given: a root of its own, whatever lies around it."""
    return Path(library).resolve() / UPLOADS


def scan(paths: Sequence[str | Path], ledger: Mapping[str, FileRecord], library: Path) -> Scan:
    """Look at every path. `ReadError` when one does not exist: an unmounted folder is not an empty one."""
    result = Scan()
    apart = uploads(library)
    targets = _targets(paths, ledger.values(), apart)
    seen: dict[str, Found] = {}
    for target in targets:
        files = _single(target) if target.single else _walk(target, library.resolve(), result)
        for found in files:
            other = seen.setdefault(found.source, found)
            if other.path != found.path:
                result.failed[found.source] = f"the same name as {other.path}, which was ingested; {found.path} was not"
    moved = _moved_roots(ledger, seen)
    for source, found in seen.items():
        held = ledger.get(source)
        if held and not _belongs(held, found.root, apart) and held.root not in moved:
            result.failed[source] = f"the library holds another file of this name, from {held.root}; rename one of them"
        else:
            result.found[source] = found
    for source, held in ledger.items():
        unseen = source not in result.found and source not in result.failed and not _kept(source, result.kept)
        if unseen and _in_scope(source, held, targets, moved, apart):
            result.gone.append(source)
    return result


def _targets(paths: Sequence[str | Path], ledger: Iterable[FileRecord], apart: Path) -> list[_Target]:
    resolved = [Path(p).expanduser().resolve() for p in paths]
    for given, path in zip(paths, resolved, strict=True):
        if not path.exists():
            raise ReadError(f"no such file or folder: {given}; nothing was changed")
    # A file that was named on its own has itself as root: it makes no root of the folder around it.
    roots = {r for r in map(Path, {f.root for f in ledger}) if r.is_dir()} | {p for p in resolved if p.is_dir()}
    targets = []
    for path in dict.fromkeys(resolved):
        above = [r for r in roots if r == path or r in path.parents]
        if path == apart or apart in path.parents:
            above = [apart]
        root = min(above, key=lambda r: len(r.parts), default=path)
        prefix = "" if root == path else path.relative_to(root).as_posix()
        targets.append(_Target(path, root, prefix, not path.is_dir()))
    return targets


def _single(target: _Target) -> Iterator[Found]:
    info = target.path.stat()
    source = target.prefix or target.path.name
    yield Found(_printable(source), str(target.root), target.path, info.st_size, info.st_mtime_ns)


def _walk(target: _Target, library: Path, result: Scan) -> Iterator[Found]:
    stack = [(target.path, target.prefix)]
    ignored = _ignored(target.root)
    while stack:
        folder, prefix = stack.pop()
        try:
            with os.scandir(folder) as entries:
                inside = sorted(entries, key=lambda e: e.name)
        except OSError as error:
            result.failed[prefix or "."] = f"the folder cannot be opened: {error.strerror}"
            result.kept.append(prefix)
            continue
        for entry in inside:
            if entry.name.startswith("."):
                continue
            source = f"{prefix}/{_printable(entry.name)}" if prefix else _printable(entry.name)
            if any(fnmatch(source if "/" in p else entry.name, p) for p in ignored):
                continue
            if entry.is_symlink():
                _note_link(entry, source, target.root, result)
            elif entry.is_dir(follow_symlinks=False):
                if Path(entry.path) != library:
                    stack.append((Path(entry.path), source))
            else:
                yield from _file(entry, source, target, result)


def _ignored(root: Path) -> list[str]:
    file = root / IGNORE_FILE
    if not file.is_file():
        return []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{file} cannot be read ({error}); mend it or take it away") from error
    return [line.strip().strip("/") for line in lines if line.strip() and not line.startswith("#")]


def _file(entry: os.DirEntry[str], source: str, target: _Target, result: Scan) -> Iterator[Found]:
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError as error:
        result.failed[source] = f"cannot be looked at: {error.strerror}"
        result.kept.append(source)
        return
    if stat.S_ISREG(info.st_mode):
        yield Found(source, str(target.root), Path(entry.path), info.st_size, info.st_mtime_ns)
    else:
        result.failed[source] = "not a regular file (a pipe, socket or device)"


def _note_link(entry: os.DirEntry[str], source: str, root: Path, result: Scan) -> None:
    """A link is never followed: inside the folder its target is read anyway; outside it is not ours to read."""
    try:
        aim = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError):
        result.failed[source] = "a link that leads nowhere or to itself"
        return
    if root != aim and root not in aim.parents:
        result.failed[source] = "a link out of the folder; not followed"


def _printable(name: str) -> str:
    """Make a file name storable: bytes that are not UTF-8 show as U+FFFD."""
    return os.fsencode(name).decode("utf-8", errors="replace")


def _belongs(held: FileRecord, root: str, apart: Path) -> bool:
    """Say whether a ledger entry lies under ``root``: an ingest of a folder takes over what was ingested inside it, but
    not the library's own uploads."""
    return held.root == root or (Path(held.root) != apart and Path(root) in Path(held.root).parents)


def _moved_roots(ledger: Mapping[str, FileRecord], seen: Mapping[str, Found]) -> set[str]:
    """Return roots that are no longer on the disk and of whose files at least half were found: the folder moved."""
    sources: dict[str, list[str]] = {}
    for source, held in ledger.items():
        sources.setdefault(held.root, []).append(source)
    return {
        root
        for root, held in sources.items()
        if not Path(root).exists() and 2 * sum(s in seen for s in held) >= len(held)
    }


def _kept(source: str, prefixes: Sequence[str]) -> bool:
    return any(not p or source == p or source.startswith(f"{p}/") for p in prefixes)


def _in_scope(source: str, held: FileRecord, targets: Sequence[_Target], moved: set[str], apart: Path) -> bool:
    """Say whether this ingest looked where the ledger's file would be."""
    if held.root in moved:
        return True
    for t in targets:
        if t.single or not _belongs(held, str(t.root), apart):
            continue
        if not t.prefix or held.root != str(t.root) or source.startswith(f"{t.prefix}/"):
            return True
    return False
