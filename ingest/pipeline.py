"""A folder becomes a library, and later changes of the folder become changes of the library.

In: paths, a library folder, an embedder. Out: an `IngestReport`. Files are read and embedded first and written in
small transactions, so an ingest that is stopped anywhere goes on where it was; the model works on one batch while the
next is read and the last is written. It prints nothing.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest import split as splitter
from ingest.pool import EmbedderPool
from ingest.prepare import Prepared, file_fingerprint, prepare, stable_bytes
from ingest.scan import Found, Scan, scan
from ingest.worker import Worker
from rag.config import Settings
from rag.errors import PruneNeeded, ReadError
from rag.library import FileRecord, Library
from rag.models import Embedder, PassageVectors
from rag.store.vectors import digest
from rag.store.writer import LibraryWriter, NewDocument, NewPassage, pack_vectors
from rag.types import Span

# Enough passages for length-sorted batches, few enough that a kill or a Ctrl-C costs seconds.
BATCH_PASSAGES = 256
BATCH_FILES = 500
# Passages of one long document that are embedded in one call.
MOST_AT_ONCE = 512
# Batches given to the model before the first of them is written, so that it never waits for the disk.
BATCHES_AHEAD = 2
# A file changed this shortly before it was read may change again within the same time stamp.
RACY_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is: files and passages that are committed. ``source`` is the last of them,
    ``documents`` counts what was read of it and ``error`` says what was not."""

    files: int
    files_total: int
    passages: int
    seconds: float
    source: str = ""
    documents: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, or with ``dry_run`` would do. ``failed`` pairs sources with reasons; ``passages`` counts
    those written, ``embedded`` those of them that the model had to read; ``interrupted`` says that it was stopped."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0
    interrupted: bool = False


def ingest(
    paths: Sequence[str | Path],
    library_path: str | Path,
    embedder: Embedder,
    *,
    settings: Settings,
    prune: bool = False,
    dry_run: bool = False,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    batch: int = BATCH_PASSAGES,
    afresh: Collection[str] = (),
    reading: Callable[[str, int], None] | None = None,
) -> IngestReport:
    """Bring the library in step with ``paths``, committing about every ``batch`` passages.

    The sources in ``afresh`` are read again although their files have not changed. ``reading`` hears
    which file is begun, and of how many.

    `PruneNeeded` before anything is written when more than half of the library's files are gone and ``prune`` is not
    set. Setting ``stop`` ends the ingest after the current file, with everything before it committed.
    """
    library = Path(library_path)
    if dry_run:
        run = _Run(paths, library, embedder, settings, _ledger(library, embedder.fingerprint))
        run.check_prune(prune)
        return run.rehearse()
    with Library.writer(library, embedder.fingerprint) as writer:
        run = _Run(paths, library, embedder, settings, writer.files(), afresh, reading)
        run.check_prune(prune)
        return run.carry_out(writer, progress or (lambda _: None), stop or threading.Event(), batch)


def _ledger(library: Path, fingerprint: str) -> dict[str, FileRecord]:
    from rag.store.schema import database

    if not database(library).is_file():
        return {}
    opened = Library.open(library, fingerprint)
    try:
        return opened.files()
    finally:
        opened.close()


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch whose passages are being embedded: vectors by digest that were known, digests that were not, and what
    waits for their vectors."""

    files: list[Prepared]
    known: dict[str, bytes]
    new: list[str]
    made: Future[list[PassageVectors]]


class _Run:
    """One ingest: the scan, the ledger it is compared with, and the growing report."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        library: Path,
        embedder: Embedder,
        settings: Settings,
        ledger: dict[str, FileRecord],
        afresh: Collection[str] = (),
        reading: Callable[[str, int], None] | None = None,
    ) -> None:
        self.afresh = afresh
        self.reading = reading or (lambda _, __: None)
        self.started = time.time()
        self.paths = paths
        self.library = library
        self.embedder = embedder
        self.settings = settings
        self.ledger = ledger
        self.scan: Scan = scan(paths, ledger, library)
        self.failed: dict[str, str] = dict(self.scan.failed)
        self.added: list[str] = []
        self.updated: list[str] = []
        self.unchanged: list[str] = []
        self.touched: list[FileRecord] = []
        self.passages = self.embedded = 0

    def check_prune(self, prune: bool) -> None:
        gone, all_of_it = len(self.scan.gone), len(self.ledger)
        if prune or gone * 2 <= all_of_it:
            return
        where = " ".join(str(p) for p in self.paths)
        raise PruneNeeded(
            f"{gone} of the library's {all_of_it} files are gone from {where}; nothing was changed. "
            f"If that is meant, run `rag ingest {where} --library {self.library} --prune`"
        )

    def rehearse(self) -> IngestReport:
        """Say what would be done, by size, time and content hash, without reading formats."""
        for found in self.scan.found.values():
            if not self._settled(found):
                (self.updated if found.source in self.ledger else self.added).append(found.source)
        return self._report(tuple(self.scan.gone))

    def carry_out(
        self, writer: LibraryWriter, progress: Callable[[Progress], None], stop: threading.Event, enough: int
    ) -> IngestReport:
        """Read, embed and write what changed; then take out what is gone."""
        work = [f for f in self.scan.found.values() if not self._settled(f)]
        if isinstance(self.embedder, EmbedderPool):
            enough *= self.embedder.workers
        sent: deque[_Sent] = deque()
        done = 0

        def tell(**more: Any) -> None:
            progress(Progress(done, len(work), self.passages, time.time() - self.started, **more))

        def settle(left: int) -> None:
            nonlocal done
            while len(sent) > left:
                batch = sent.popleft()
                self._write(writer, batch)
                for prepared in batch.files:
                    done += 1
                    file, documents = prepared.file, len(prepared.documents)
                    tell(source=file.source, documents=documents, error=file.error or "")

        # Processes that embed get the next batch before the last of them is through with this one.
        model = ThreadPoolExecutor(BATCHES_AHEAD if isinstance(self.embedder, EmbedderPool) else 1, "model")
        try:
            with Worker(self.settings) as worker:
                for files in self._batches(work, worker, stop, enough):
                    sent.append(self._send(writer, files, model))
                    settle(BATCHES_AHEAD)
            while stop.is_set() and sent and sent[-1].made.cancel():  # read, and the model has not begun with it
                sent.pop()
            settle(0)
        finally:
            model.shutdown(cancel_futures=True)
        writer.touch(self.touched)
        interrupted = stop.is_set() and done < len(work)
        gone = () if interrupted else tuple(self.scan.gone)
        # Last, so that a file that moved finds its vectors under its old name.
        for low in range(0, len(gone), BATCH_FILES):
            writer.remove(gone[low : low + BATCH_FILES])
            writer.commit()
        tell()
        return self._report(gone, interrupted)

    def _batches(
        self, work: Sequence[Found], worker: Worker, stop: threading.Event, enough: int
    ) -> Iterator[list[Prepared]]:
        batch: list[Prepared] = []
        for found in work:
            if stop.is_set():
                break
            self.reading(found.source, len(work))
            batch.append(prepare(found, self.settings, self.embedder, worker))
            if sum(p.size for p in batch) >= enough or len(batch) >= BATCH_FILES:
                yield batch
                batch = []
        if batch:
            yield batch

    def _settled(self, found: Found) -> bool:
        """Note an unchanged file; say whether nothing is left to do for it."""
        held = self.ledger.get(found.source)
        if held is None or found.source in self.afresh:
            return False
        if not self._same(found, held):
            touched = self._same_bytes(found, held)
            if touched is None:
                return False
            self.touched.append(touched)
        elif held.root != found.root:
            self.touched.append(replace(held, root=found.root))
        if held.error is not None:
            self.failed.setdefault(found.source, held.error)
        else:
            self.unchanged.append(found.source)
        return True

    def _same(self, found: Found, held: FileRecord) -> bool:
        return (
            held.mtime_ns == found.mtime_ns
            and held.size == found.size
            and held.fingerprint == file_fingerprint(found.source, self.settings, self.embedder)
        )

    def _same_bytes(self, found: Found, held: FileRecord) -> FileRecord | None:
        """Return the ledger's entry with the new time when the bytes are the same, read the same way."""
        if held.size != found.size or not held.sha256:
            return None
        if held.fingerprint != file_fingerprint(found.source, self.settings, self.embedder):
            return None
        try:
            _, sha256 = stable_bytes(found, self.settings)
        except (OSError, ReadError):
            return None
        if sha256 != held.sha256:
            return None
        mtime = self._trusted(found.mtime_ns)
        return replace(held, root=found.root, mtime_ns=mtime)

    def _trusted(self, mtime_ns: int) -> int:
        return 0 if mtime_ns > self.started * 1e9 - RACY_NS else mtime_ns

    def _send(self, writer: LibraryWriter, files: list[Prepared], model: ThreadPoolExecutor) -> _Sent:
        """Give to the embedder what the library has no vectors for."""
        wanted = {digest(text, spans): (text, spans) for text, spans in _each(files)}
        known = writer.known_vectors(list(wanted))
        new = [d for d in wanted if d not in known]
        texts, spans = [wanted[d][0] for d in new], [wanted[d][1] for d in new]
        return _Sent(files, known, new, model.submit(self._embed, texts, spans))

    def _embed(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[PassageVectors]:
        made: list[PassageVectors] = []
        for low in range(0, len(texts), MOST_AT_ONCE):
            high = low + MOST_AT_ONCE
            made += self.embedder.embed_passages(texts[low:high], spans[low:high])
        return made

    def _write(self, writer: LibraryWriter, sent: _Sent) -> None:
        made = sent.made.result()
        vectors = sent.known | {d: pack_vectors(v.passage, v.sentences) for d, v in zip(sent.new, made, strict=True)}
        written = []
        for prepared in sent.files:
            if prepared.again and prepared.file.source in self.ledger:
                told = f"{prepared.file.error}; the version read before is kept, and it is tried again next time"
                self.failed[prepared.file.source] = told
                continue
            written.append(prepared)
            file = replace(prepared.file, mtime_ns=self._trusted(prepared.file.mtime_ns) if not prepared.again else 0)
            documents = [
                NewDocument(d.document, d.text, tuple(_passages(d.text, d.pieces, vectors)), d.grids)
                for d in prepared.documents
            ]
            writer.replace(file, documents)
        writer.commit()
        # Only what is committed is reported.
        self.embedded += len(sent.new)
        for prepared in written:
            self._note(prepared)

    def _note(self, prepared: Prepared) -> None:
        source = prepared.file.source
        self.passages += prepared.size
        if prepared.file.error is not None:
            self.failed[source] = prepared.file.error
        if prepared.documents:
            (self.updated if source in self.ledger else self.added).append(source)

    def _report(self, deleted: tuple[str, ...], interrupted: bool = False) -> IngestReport:
        return IngestReport(
            tuple(sorted(self.added)), tuple(sorted(self.updated)), tuple(sorted(deleted)),
            tuple(sorted(self.unchanged)), tuple(sorted(self.failed.items())),
            self.passages, self.embedded, time.time() - self.started, interrupted,
        )  # fmt: skip


def _relative(piece: splitter.Piece) -> tuple[Span, ...]:
    return tuple(Span(s.start - piece.start, s.end - piece.start) for s in piece.sentences)


def _each(batch: Iterable[Prepared]) -> Iterator[tuple[str, tuple[Span, ...]]]:
    for prepared in batch:
        for d in prepared.documents:
            for piece in d.pieces:
                yield d.text[piece.start : piece.end], _relative(piece)


def _passages(text: str, pieces: Iterable[splitter.Piece], vectors: dict[str, bytes]) -> Iterator[NewPassage]:
    for p in pieces:
        spans = _relative(p)
        yield NewPassage(p.start, p.end, p.page, p.section, spans, vectors[digest(text[p.start : p.end], spans)])
