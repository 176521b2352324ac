"""Documents that are given to the page: kept in the library's folder and read by the pipeline of `rag ingest`.

In: files received by `ui/documents.py`, and the paths of `rag serve --ingest`. Out: a library that grows, and the state
of every file on its way. One thread reads, so that the library has one writer; what it does is `ingest.pipeline.ingest`
over the folder of uploads, so a page that was killed goes on when it is started again. It knows nothing of HTTP.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import unicodedata
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ingest.scan import uploads
from rag.errors import LibraryLocked, RagError, UnknownSource
from ui.originals import place_of
from ui.render import CONTROL

if TYPE_CHECKING:
    from ingest.pipeline import IngestReport, Progress
    from ui.house import House

log = logging.getLogger(__name__)

REMOVED = ".removed"  # hidden, so that no ingest sees it
UNDO_SECONDS = 10.0
AGAIN_SECONDS = 2.0  # before the next try, while another process writes to the library
BATCH = 64  # passages of a commit: a page shows sooner than a command that a document is ready
MOST_WAITING = 1000
LONGEST_NAME = 200


@dataclass
class Item:
    """A file on its way. ``state``: queued, reading, ready, partly (not wholly read), failed, cancelled."""

    source: str
    size: int
    state: str = "queued"
    reason: str = ""


@dataclass(frozen=True)
class Job:
    """One ingest: the paths, and the sources to read again although they did not change."""

    paths: tuple[str, ...]
    own: bool = False  # the folder of uploads: what is no longer in it was removed here
    afresh: tuple[str, ...] = ()


@dataclass
class Running:
    """How far the ingest in work is, for the line and the bar."""

    done: int = 0
    total: int = 0
    name: str = ""


@dataclass
class _Trash:
    source: str
    path: Path
    timer: threading.Timer = field(repr=False)


class Refused(RagError):
    """A file that is not taken in, or a wish that cannot be granted."""


class Intake:
    """The way of files into one library. Safe for many visitors at once."""

    def __init__(
        self, house: House, *, read_only: bool = False, report: Callable[[IngestReport], None] | None = None
    ) -> None:
        self.house = house
        self._report = report or (lambda _: None)
        self.read_only = read_only
        self.folder = uploads(house.settings.library)
        self.running: Running | None = None
        self._before = 0  # files that earlier ingests of the same stretch of work have read
        self._afresh: tuple[str, ...] = ()
        self._elsewhere = False  # the ingest in work reads folders that are not the uploads
        self.trouble = ""
        self._items: dict[str, Item] = {}
        self._jobs: deque[Job] = deque()
        self._removed: dict[str, _Trash] = {}
        self._changed = threading.Condition(threading.RLock())
        self._stop = threading.Event()
        self._closed = False

    # -- the thread -------------------------------------------------------------------------------------------------

    def start(self, paths: Sequence[str] = ()) -> None:
        """Begin to read: first ``paths``, then what an earlier page was given and did not finish."""
        if paths:
            self._add(Job(tuple(paths)))
        if self.folder.is_dir() and not self.read_only:
            shutil.rmtree(self.folder / REMOVED, ignore_errors=True)
            for left in self.folder.glob(".*"):  # an upload that a kill cut short
                left.unlink()
            self._add(self._own())
        threading.Thread(target=self._work, name="intake", daemon=True).start()

    def close(self) -> None:
        """End after the file in work."""
        with self._changed:
            self._closed = True
            self._stop.set()
            self._changed.notify_all()

    def _own(self, *afresh: str) -> Job:
        return Job((str(self.folder),), own=True, afresh=afresh)

    def _add(self, job: Job) -> None:
        with self._changed:
            if job not in self._jobs:
                self._jobs.append(job)
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if self._closed:
                    return
                job = self._jobs.popleft()
                self._stop.clear()
                self.running, self.trouble = Running(), ""
                self._elsewhere, self._afresh = not job.own, job.afresh
            again = self._done(job)
            with self._changed:
                self._before += self.running.done
                self.running = None
                self._settle()
                if again and not self._closed:
                    self._jobs.appendleft(job)
                    self._changed.wait(AGAIN_SECONDS)
                elif not self._jobs:
                    self._before = 0
            self.house.poke()

    def _done(self, job: Job) -> bool:
        """Carry one ingest out; say whether it is to be tried again."""
        from ingest import pipeline

        try:
            report = pipeline.ingest(
                job.paths, self.house.settings.library, self.house.embedder(), settings=self.house.settings,
                prune=job.own, progress=self._progress, reading=self._reading, stop=self._stop, batch=BATCH,
                afresh=job.afresh,
            )  # fmt: skip
        except LibraryLocked as error:
            self.trouble = str(error)
            return True
        except RagError as error:
            self.trouble = str(error)
            self._fail(str(error))
            return False
        except Exception as error:  # a defect costs this ingest and not the page
            log.error("an ingest failed", exc_info=error)
            self._fail(f"Footnote met a defect ({type(error).__name__}); its log has the details")
            return False
        self._report(report)
        for source, reason in report.failed:
            self._note(source, "partly" if source in {*report.added, *report.updated} else "failed", reason)
        for source in (*report.added, *report.updated, *report.unchanged):
            self._note(source, "ready")
        return report.interrupted and not self._closed

    def _progress(self, told: Progress) -> None:
        with self._changed:
            self.running = Running(told.files, told.files_total, (self.running or Running()).name)
            if told.source:
                state = "failed" if not told.documents else "partly" if told.error else "ready"
                self._note(told.source, state, told.error)
                self.house.poke()

    def _reading(self, source: str, total: int) -> None:
        with self._changed:
            self.running = replace(self.running or Running(), name=source, total=total)
            self._note(source, "reading")

    def _note(self, source: str, state: str, reason: str = "") -> None:
        """Set the state of a file that is known here; one that was cancelled, or is told already, stays as it is."""
        item = self._items.get(source)
        over = state in {"ready", "reading"} and item is not None and item.state in {"partly", "failed"}
        if item is not None and item.state != "cancelled" and not over:
            item.state, item.reason = state, reason

    def _fail(self, reason: str) -> None:
        with self._changed:
            for item in self._items.values():
                if item.state in {"queued", "reading"}:
                    item.state, item.reason = "failed", reason

    def _settle(self) -> None:
        """What is done with goes from the list when all is; what needs a look stays."""
        if not self._jobs:
            self._items = {s: i for s, i in self._items.items() if i.state not in {"ready", "cancelled"}}

    # -- wishes -------------------------------------------------------------------------------------------------------

    def place(self, name: str) -> tuple[str, Path]:
        """The source that a file of this name gets, and where to write it meanwhile; `Refused` for what is no name.

        A name that a document from elsewhere has gets a number, so that neither hides the other.
        """
        self._writable()
        with self._changed:
            if sum(item.state in {"queued", "reading"} for item in self._items.values()) >= MOST_WAITING:
                raise Refused(f"{MOST_WAITING} files are waiting already; add more when they are read")
        source = clean_name(name)
        library = self.house.library
        taken = {s for s, f in library.files().items() if Path(f.root) != self.folder} if library else set()
        path, number = PurePosixPath(source), 2
        while str(path) in taken:
            path = PurePosixPath(source).with_stem(f"{PurePosixPath(source).stem} ({number})")
            number += 1
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        return str(path), self.folder / f".{secrets.token_hex(8)}"

    def received(self, source: str, written: Path) -> None:
        """Take over a file that has come whole, in one step: a kill leaves all of it or none."""
        size = written.stat().st_size
        written.replace(self.folder / source)
        with self._changed:
            self._items[source] = Item(source, size)
            self._add(self._own())

    def sample(self) -> None:
        """Take the sample documents in."""
        from eval.run import sample_corpus

        self._writable()
        for file in sorted(sample_corpus().glob("*.txt")):
            source, written = self.place(file.name)
            written.write_bytes(file.read_bytes())
            self.received(source, written)

    def cancel(self, source: str) -> None:
        """Take back a file that is not read yet; one that is being read is finished and then taken out."""
        self._writable()
        with self._changed:
            item = self._items.get(source)
            if item is None or item.state not in {"queued", "reading", "failed"}:
                raise Refused(f"{source} is not waiting")
            item.state = "cancelled"
            (self.folder / source).unlink(missing_ok=True)
            if self.running is not None:
                self._stop.set()
            self._add(self._own())

    def again(self, source: str) -> None:
        """Read the file of a document, or one that failed, once more."""
        self._writable()
        library = self.house.library
        held = library.files().get(source) if library else None
        if held is None and library is not None and source not in self._items:
            held = library.file_of(source)
        with self._changed:
            name = held.source if held else source
            self._items[name] = Item(name, held.size if held else 0)
            if held is None or Path(held.root) == self.folder:
                self._add(self._own(name))
            else:
                self._add(Job((str(place_of(held)),), afresh=(name,)))

    def remove(self, source: str) -> str:
        """Take an uploaded file out of the library; it can be put back with what this returns, for some seconds."""
        self._writable()
        library = self.house.library
        if library is None:
            raise UnknownSource(f"no document {source!r}")
        held = library.file_of(source)
        if Path(held.root) != self.folder:
            raise Refused(f"{held.source} lies in a folder of yours; take it out there and run `rag ingest` again")
        token = secrets.token_hex(8)
        aside = self.folder / REMOVED / token
        aside.parent.mkdir(parents=True, exist_ok=True)
        place_of(held).replace(aside)
        timer = threading.Timer(UNDO_SECONDS, self._forget, [token])
        timer.daemon = True
        with self._changed:
            self._removed[token] = _Trash(held.source, aside, timer)
            self._items.pop(held.source, None)
            self._add(self._own())
        timer.start()
        return token

    def undo(self, token: str) -> None:
        """Put a removed file back and read it again."""
        self._writable()
        with self._changed:
            trash = self._removed.pop(token, None)
            if trash is None:
                raise Refused("it is too late to undo that; add the file again")
            trash.timer.cancel()
            size = trash.path.stat().st_size
            trash.path.replace(self.folder / trash.source)
            self._items[trash.source] = Item(trash.source, size)
            self._add(self._own())

    def _forget(self, token: str) -> None:
        with self._changed:
            trash = self._removed.pop(token, None)
            if trash is not None:
                trash.path.unlink(missing_ok=True)

    def _writable(self) -> None:
        if self.read_only:
            raise Refused("this page is read only (`rag serve --read-only`)")

    # -- what is told -------------------------------------------------------------------------------------------------

    def left(self) -> tuple[int, int]:
        """How many files are not read yet, and how many that is out of; (0, n) where nothing is being read.

        The ingest in work knows its own files alone. What came after it began waits for the next one: both count.
        """
        with self._changed:
            run = self.running or Running()
            here = run.total - run.done
            given = [item.source for item in self._items.values() if item.state in {"queued", "reading"}]
            if self._elsewhere:
                left = here + sum(source not in self._afresh for source in given)
            else:
                left = max(here, len(given))
            return left, self._before + run.done + left

    def state(self) -> dict[str, Any]:
        """What the page shows: how far the reading is, and each file that was given to it."""
        with self._changed:
            left, total = self.left()
            run = replace(self.running, done=total - left, total=total) if self.running else None
            return {
                "running": asdict(run) if run else None,
                "items": [asdict(item) for item in self._items.values()],
                "trouble": self.trouble,
                "read_only": self.read_only,
            }

    def busy(self) -> bool:
        """Whether anything is being read or waits for it."""
        with self._changed:
            return self.running is not None or bool(self._jobs)


def clean_name(name: str) -> str:
    """A file's name, or its path below a folder that was chosen, as a source; `Refused` where it can be none."""
    name = unicodedata.normalize("NFC", CONTROL.sub("", name)).replace("\\", "/")
    parts = [part.strip() for part in name.split("/") if part.strip() not in {"", "."}]
    if not parts or ".." in parts or any(len(part.encode()) > LONGEST_NAME for part in parts) or len(parts) > 20:
        raise Refused("that is no name for a file")
    if any(part.startswith(".") for part in parts):
        raise Refused("a hidden file; it is not read")
    return "/".join(parts)
