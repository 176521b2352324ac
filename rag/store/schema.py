"""The tables of a library and how they are opened.

In: the path of a library's SQLite file. Out: connections with the pragmas that make a commit survive a kill, and the
few values of ``meta``. It writes no documents and knows nothing of Chroma or of models.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from rag.errors import LibraryError

DATABASE = "library.sqlite3"
# The key of the thresholds that were fitted on this library; it alone may be absent.
CALIBRATION = "calibration"
# 2: the search by words reads scripts without spaces and drops the stop words of every language; `rag rebuild` makes it
# anew out of version 1, and embeds nothing.
# 3: the outbox tells the row of each passage, by which its vector is found; a writer makes it out of version 2.
# 4: the tables of the documents; a writer makes room for them, and the next ingest reads their files again.
SCHEMA_VERSION = "4"
_REBUILT = frozenset({"1"})
_UPGRADED = frozenset({"2", "3"})

# A file of the folder is the unit of the ledger: it holds one document, or many (an archive, a mailbox), or none and
# an `error`. `text` and `vectors` stand last in their tables because SQLite reads a row from its front: listing
# documents or filtering ids never touches the pages that the long columns overflow into.
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, root TEXT NOT NULL, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, fingerprint TEXT NOT NULL, error TEXT);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
    source TEXT NOT NULL UNIQUE, title TEXT NOT NULL, date TEXT, author TEXT, language TEXT,
    media_type TEXT NOT NULL, sha256 TEXT NOT NULL, length INTEGER NOT NULL,
    pages TEXT NOT NULL, metadata TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX documents_file ON documents(file);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE, ordinal INTEGER NOT NULL,
    page INTEGER, start INTEGER NOT NULL, end INTEGER NOT NULL, section TEXT NOT NULL, digest TEXT NOT NULL,
    generation INTEGER NOT NULL, sentences BLOB NOT NULL, text TEXT NOT NULL, vectors BLOB NOT NULL);
CREATE INDEX passages_document ON passages(document, ordinal);
CREATE INDEX passages_digest ON passages(digest);
CREATE INDEX passages_generation ON passages(generation);
CREATE VIEW stored AS
    SELECT p.id, d.source, d.title, p.page, p.start, p.end, p.text, p.sentences, p.vectors, p.section,
        s.stems, s.title AS title_stems, coalesce(d.language, 'en') AS language, p.ordinal
    FROM passages p JOIN documents d ON d.id = p.document JOIN search s ON s.rowid = p.row;
"""

# Where the tables of a document stand (`rag.tables.grid`); `cells` last, as above.
_GRIDS = """
CREATE TABLE IF NOT EXISTS grids (
    id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, caption TEXT NOT NULL, names TEXT NOT NULL, cells BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS grids_document ON grids(document, start);
"""

# The vectors that Chroma has yet to hear of, or to forget.
_OUTBOX = "CREATE TABLE outbox (id TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (id, row)) WITHOUT ROWID"

# `stems` holds `index_words` of the passage, `title` those of its document's title: what is matched is the stem, so
# "agreements" finds "agreement" in the language of the document.
SEARCH = """
CREATE VIRTUAL TABLE search USING fts5(stems, title,
    tokenize="unicode61 remove_diacritics 2 categories 'L* M* N* Co'");
CREATE VIRTUAL TABLE terms USING fts5vocab(search, row);
"""


def database(library: Path) -> Path:
    """Return the path of the SQLite file of a library."""
    return library / DATABASE


def connect(library: Path, *, write: bool = False) -> sqlite3.Connection:
    """Open the SQLite file. A reader cannot write by accident; a writer's commit is on the disk when it returns."""
    connection = sqlite3.connect(database(library), timeout=30, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    if write:
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    else:
        connection.execute("PRAGMA mmap_size = 268435456")
        connection.execute("PRAGMA query_only = ON")
    return connection


def create(connection: sqlite3.Connection, fingerprint: str) -> None:
    """Make the tables of an empty library in one transaction, so that a kill leaves either none or all."""
    start = {
        "schema": SCHEMA_VERSION,
        "fingerprint": fingerprint,
        "generation": "0",
        "applied": "0",
        "collection": "passages-1",
    }
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*_TABLES.split(";\n"), _OUTBOX, *_GRIDS.split(";\n"), *SEARCH.split(";\n")):
        connection.execute(statement)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", start.items())
    connection.execute("COMMIT")


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a library of an earlier version up to this one, as far as no rebuild is needed, in one transaction."""
    version = meta(connection, "schema")
    if version == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    if version != "3":
        connection.execute("ALTER TABLE outbox RENAME TO before")
        connection.execute(_OUTBOX)
        # The vectors of that version lie in one collection, so that any row finds them.
        connection.execute(
            "INSERT INTO outbox SELECT b.id, coalesce(p.row, 1) FROM before b LEFT JOIN passages p USING (id)"
        )
        connection.execute("DROP TABLE before")
    for statement in _GRIDS.split(";\n"):
        connection.execute(statement)
    if version in _UPGRADED:
        set_meta(connection, "schema", SCHEMA_VERSION)
    connection.execute("COMMIT")


def is_empty(connection: sqlite3.Connection) -> bool:
    """Say whether the file holds no library yet."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None


def meta(connection: sqlite3.Connection, key: str, default: str | None = None) -> str:
    """Return one value of ``meta``; `LibraryError` when the library has no such value and there is no default."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone() or (default,)
    if row[0] is None:
        raise LibraryError(f"the library lacks its {key!r}; run `rag doctor`")
    return str(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set one value of ``meta``, inside the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def check_version(connection: sqlite3.Connection, library: Path, *, rebuilding: bool = False) -> None:
    """Refuse a library written by another version of Footnote; ``rebuilding`` lets pass what a rebuild brings up."""
    version = meta(connection, "schema")
    if version == SCHEMA_VERSION or version in _UPGRADED or (rebuilding and version in _REBUILT):
        return
    told = f"the library {library} has format {version}, this version reads {SCHEMA_VERSION}; "
    if version in _REBUILT:
        raise LibraryError(f"{told}run `rag rebuild --library {library}`, which makes its search by words anew")
    raise LibraryError(f"{told}move it away and run `rag ingest FOLDER --library {library}`")


def mismatch(library: Path, found: str, wanted: str) -> str:
    """Say that a library was built with another model, and what to type."""
    return (
        f"the library {library} was embedded with {found}, the settings name {wanted}; "
        f"run `rag rebuild --library {library}` to embed it again, or set `embedding` back"
    )
