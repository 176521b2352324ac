"""Is a library whole? And made whole again, without the files it came from.

In: a library folder. Out: `Diagnosis`, a list of checks each with what to type; `rebuild` makes the full-text index
and the vectors' collection anew out of SQLite. The checks run in a process of their own, because a damaged index can
take down the process that opens it.
"""

from __future__ import annotations

import datetime
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from rag.errors import LibraryError
from rag.store import schema
from rag.store.dense import CHROMA_LOCK
from rag.store.vectors import VectorCache, first_row, writing_mark
from rag.text import index_words

_PROBES = 20
_WORDED = 1000
_COUNTERS = ("generation", "applied")
_TIMEOUT = 600


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``remedy`` is what to type when it is not ``ok``."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `examine` found."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(c.ok for c in self.checks)


def examine(library: str | Path) -> Diagnosis:
    """Check a library in a process of its own. `LibraryError` when there is none."""
    path = Path(library)
    if not schema.database(path).is_file():
        raise LibraryError(f"no library at {path}; run `rag ingest FOLDER --library {path}`")
    # -P: not a folder named "ingest" that lies where the command is typed
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ingest.doctor", str(path)], capture_output=True, timeout=_TIMEOUT, check=False
    )
    checks = [Check(**json.loads(line)) for line in done.stdout.decode().splitlines() if line.startswith("{")]
    if done.returncode != 0:
        reason = f"signal {-done.returncode}" if done.returncode < 0 else f"exit status {done.returncode}"
        last = checks[-1].name if checks else "the first check"
        checks.append(
            Check("process", False, f"the check after {last!r} ended with {reason}", f"rag rebuild --library {path}")
        )
    return Diagnosis(tuple(checks))


def _checks(path: Path) -> Iterator[Check]:
    anew = f"move {path} away and run `rag ingest FOLDER --library {path}`"
    again = f"rag rebuild --library {path}"
    connection = schema.connect(path)
    try:
        [(verdict,), *_] = connection.execute("PRAGMA integrity_check").fetchall()
        yield Check("database", verdict == "ok", f"SQLite says: {verdict}", anew)
        schema.check_version(connection, path)
        yield _values(connection, anew)
        yield _spans(connection, anew)
        yield _search(connection, again)
        yield _words(connection, again)
        yield _outbox(connection)
        yield from _vectors(connection, path, again)
    except (sqlite3.DatabaseError, ValueError) as error:
        yield Check("database", False, str(error), anew)
    except LibraryError as error:
        yield Check("library", False, str(error), again)
    finally:
        connection.close()


def _values(connection: sqlite3.Connection, remedy: str) -> Check:
    """What has a form has it: counters are numbers, dates are dates, lists are JSON, vectors have one length."""
    counters = {key: schema.meta(connection, key) for key in _COUNTERS}
    wrong = [f"{key} {value!r}" for key, value in counters.items() if not value.isdecimal()]
    for source, date, pages, metadata in connection.execute("SELECT source, date, pages, metadata FROM documents"):
        try:
            if date is not None:
                datetime.date.fromisoformat(date)
            told = isinstance(json.loads(metadata), dict) and all(a <= b for a, b in json.loads(pages))
        except (ValueError, TypeError):
            told = False
        if not told:
            wrong.append(f"the entry of {source}")
    sql = "SELECT length(vectors) / 2.0 / (length(sentences) / 8 + 1) AS width, count(*) FROM passages GROUP BY 1"
    widths = connection.execute(f"{sql} ORDER BY 2 DESC").fetchall()
    strays = sum(count for width, count in widths[1:]) + sum(count for width, count in widths[:1] if width % 1)
    if strays:
        wrong.append(f"the vectors of {strays} passages")
    told_of = f"{', '.join(wrong[:5])} make no sense" if wrong else "numbers, dates and vectors have their form"
    return Check("values", not wrong, told_of, remedy)


def _words(connection: sqlite3.Connection, remedy: str) -> Check:
    """Of a sample of passages: the index has the words that they say, and finds them by one."""
    [(total,)] = connection.execute("SELECT count(*) FROM passages")
    rows = connection.execute(
        "SELECT p.row, p.text, coalesce(d.language, 'en'), s.stems FROM passages p "
        "JOIN documents d ON d.id = p.document JOIN search s ON s.rowid = p.row WHERE p.row % ? = 0",
        (max(1, total // _WORDED),),
    ).fetchall()
    lost = 0
    for row, text, language, stems in rows:
        words = index_words(text, language)
        found = " ".join(words) == stems
        if found and words:
            match = '"' + max(words, key=len).replace('"', '""') + '"'
            sql = "SELECT 1 FROM search WHERE search MATCH ? AND rowid = ?"
            found = connection.execute(sql, (match, row)).fetchone() is not None
        lost += not found
    return Check("words", not lost, f"{len(rows) - lost} of {len(rows)} passages are found by their words", remedy)


def _spans(connection: sqlite3.Connection, remedy: str) -> Check:
    [(total, wrong)] = connection.execute(
        "SELECT count(*), coalesce(sum(substr(d.text, p.start + 1, p.end - p.start) != p.text), 0) "
        "FROM passages p JOIN documents d ON d.id = p.document"
    )
    return Check("spans", wrong == 0, f"{total - wrong} of {total} passages are verbatim spans of their text", remedy)


def _search(connection: sqlite3.Connection, remedy: str) -> Check:
    [(missing,)] = connection.execute("SELECT count(*) FROM passages WHERE row NOT IN (SELECT rowid FROM search)")
    [(left,)] = connection.execute("SELECT count(*) FROM search WHERE rowid NOT IN (SELECT row FROM passages)")
    return Check("full text", not missing + left, f"{missing} passages not indexed, {left} rows of none", remedy)


def _outbox(connection: sqlite3.Connection) -> Check:
    [(waiting,)] = connection.execute("SELECT count(*) FROM outbox")
    return Check("outbox", True, f"{waiting} changes wait for the next ingest")


def _vectors(connection: sqlite3.Connection, path: Path, remedy: str) -> Iterator[Check]:
    wanted = {row[0] for row in connection.execute("SELECT id FROM passages")}
    waiting = {row[0] for row in connection.execute("SELECT id FROM outbox")}
    if not wanted:
        yield Check("vectors", True, "none are needed")
        return
    with FileLock(path / CHROMA_LOCK):
        if writing_mark(path, schema.meta(connection, "collection")).exists():
            detail = "a writer was stopped while it wrote them; the next ingest makes them anew"
            yield Check("vectors", False, detail, remedy)
            return
        cache = VectorCache(path, schema.meta(connection, "collection"), schema.meta(connection, "fingerprint"))
        held = set(cache.ids())
        missing, left = len(wanted - held - waiting), len(held - wanted - waiting)
        yield Check("vectors", not missing + left, f"{len(held)} held, {missing} missing, {left} of no passage", remedy)
        yield _probe(connection, cache, sorted((wanted & held) - waiting), remedy)
        cache.close()


def _probe(connection: sqlite3.Connection, cache: VectorCache, ids: list[str], remedy: str) -> Check:
    """Ask for a sample of passages by their own vectors: each must be found at cosine 1."""
    sample = ids[:: max(1, len(ids) // _PROBES)][:_PROBES]
    found = 0
    for i in sample:
        blob, spans = connection.execute(
            "SELECT vectors, length(sentences) / 8 FROM passages WHERE id = ?", (i,)
        ).fetchone()
        hits = cache.query(first_row(blob, len(blob) // 2 // (spans + 1)), 1)
        found += bool(hits) and hits[0][1] > 0.999
    return Check("nearest", found == len(sample), f"{found} of {len(sample)} probes found themselves", remedy)


def main() -> int:
    """Write one JSON object a line for each check, at once, so that a crash shows where it came."""
    for check in _checks(Path(sys.argv[1])):
        sys.stdout.write(json.dumps(asdict(check)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
