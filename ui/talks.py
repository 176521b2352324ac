"""Conversations, kept beside the library: each visitor's own, found again after a reload and a restart.

In: finished turns. Out: the same turns, with their exact footnotes. They lie in `conversations.sqlite3` of the
library's folder and not in the ledger's file, which an ingest holds while it writes: a turn is kept meanwhile. A
private conversation is held in memory alone. A visitor is a digest: the file opens nobody's conversations on the page.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from rag.errors import RagError
from rag.text import fold
from rag.types import Answer

FILE = "conversations.sqlite3"
IDENTITY = re.compile(r"[\w-]{22}", re.ASCII)
PRIVATE_AT_ONCE = 1000
LONGEST_TITLE = 120
LISTED = 200
# Seconds that a deleted conversation can be had back.
UNDO_SECONDS = 60.0

_TABLES = """
CREATE TABLE IF NOT EXISTS talks (
    id TEXT PRIMARY KEY, visitor TEXT NOT NULL, title TEXT NOT NULL, used REAL NOT NULL,
    shared INTEGER NOT NULL DEFAULT 0, deleted REAL);
CREATE INDEX IF NOT EXISTS talks_visitor ON talks(visitor, used);
CREATE TABLE IF NOT EXISTS turns (
    talk TEXT NOT NULL REFERENCES talks(id) ON DELETE CASCADE, number INTEGER NOT NULL, id TEXT NOT NULL,
    made REAL NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (talk, number)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Exchange:
    """A finished turn of one visitor. ``id`` binds its footnotes to it."""

    id: str
    answer: Answer


@dataclass
class Talk:
    """A conversation. ``own``: it is the asking visitor's; another's can be read where it was shared."""

    id: str
    title: str
    used: float
    own: bool = True
    shared: bool = False
    private: bool = False
    turns: list[Exchange] = field(default_factory=list)


class NoTalk(RagError):
    """There is no such conversation, or it is another's and was not shared: the two are not told apart."""


class Talks:
    """The conversations of one library. Safe for many visitors at once; the file is made with the first turn kept."""

    def __init__(self, library: str | Path) -> None:
        self._file = Path(library) / FILE
        self._private: OrderedDict[tuple[str, str], Talk] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._file, timeout=10)
        except (OSError, sqlite3.Error) as error:
            raise RagError(f"conversations cannot be kept in {self._file.name} ({error})") from error
        try:
            with connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.executescript(_TABLES)
                connection.create_function("fold", 1, fold, deterministic=True)
                yield connection
        except sqlite3.Error as error:
            raise RagError(f"conversations cannot be kept in {self._file.name} ({error})") from error
        finally:
            connection.close()

    def keep(self, visitor: str, talk: str, turn: Exchange, *, private: bool = False) -> None:
        """Add a finished turn; the first makes the conversation. `NoTalk` where the id is another's."""
        if not IDENTITY.fullmatch(talk):
            raise NoTalk("that is no conversation")
        title = " ".join(turn.answer.question.split())[:LONGEST_TITLE]
        if private or (visitor, talk) in self._private:
            with self._lock:
                held = self._private.setdefault((visitor, talk), Talk(talk, title, 0.0, private=True))
                held.used = time.time()
                held.turns.append(turn)
                self._private.move_to_end((visitor, talk))
                while len(self._private) > PRIVATE_AT_ONCE:
                    self._private.popitem(last=False)
            return
        with self._open() as c:
            c.execute("DELETE FROM talks WHERE deleted < ?", (time.time() - UNDO_SECONDS,))
            c.execute(
                "INSERT OR IGNORE INTO talks (id, visitor, title, used) VALUES (?, ?, ?, 0)", (talk, visitor, title)
            )
            now = time.time()
            if not c.execute("UPDATE talks SET used = ? WHERE id = ? AND visitor = ?", (now, talk, visitor)).rowcount:
                raise NoTalk("that conversation is another's")
            c.execute(
                "INSERT INTO turns SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4 FROM turns WHERE talk = ?1",
                (talk, turn.id, now, json.dumps(asdict(turn.answer), ensure_ascii=False)),
            )

    def read(self, visitor: str, talk: str) -> Talk:
        """A conversation with its turns: the visitor's own, or one that was shared."""
        with self._lock:
            held = self._private.get((visitor, talk))
            if held is not None:
                return Talk(held.id, held.title, held.used, private=True, turns=list(held.turns))
        if not IDENTITY.fullmatch(talk) or not self._file.is_file():
            raise NoTalk("this conversation is not kept here")
        with self._open() as c:
            row = c.execute(
                "SELECT id, title, used, visitor = ?, shared FROM talks WHERE id = ? AND deleted IS NULL AND "
                "(visitor = ? OR shared)",
                (visitor, talk, visitor),
            ).fetchone()
            if row is None:
                raise NoTalk("this conversation is not kept here, or it is another visitor's")
            rows = c.execute("SELECT id, answer FROM turns WHERE talk = ? ORDER BY number", (talk,)).fetchall()
        turns = [Exchange(i, to_answer(json.loads(answer))) for i, answer in rows]
        return Talk(row[0], row[1], row[2], bool(row[3]), bool(row[4]), turns=turns)

    def turns(self, visitor: str, talk: str) -> list[Exchange]:
        """The turns of a conversation, none where it has not begun or is not to be read by this visitor."""
        try:
            return self.read(visitor, talk).turns
        except NoTalk:
            return []

    def list(self, visitor: str, words: str = "") -> list[Talk]:
        """The visitor's own, the last used first; with ``words`` those that say each of them, accents aside."""
        if not self._file.is_file():
            return []
        sql = "SELECT id, title, used, shared FROM talks t WHERE visitor = ? AND deleted IS NULL"
        wanted = fold(words).split()
        said = (
            " AND (instr(fold(t.title), ?) OR EXISTS (SELECT 1 FROM turns u WHERE u.talk = t.id AND "
            "instr(fold(json_extract(u.answer, '$.question') || ' ' || json_extract(u.answer, '$.text')), ?)))"
        )
        values = [visitor, *(word for word in wanted for _ in range(2)), LISTED]
        with self._open() as c:
            rows = c.execute(f"{sql}{said * len(wanted)} ORDER BY used DESC LIMIT ?", values).fetchall()
        return [Talk(row[0], row[1], row[2], shared=bool(row[3])) for row in rows]

    def change(
        self, visitor: str, talk: str, *, title: str | None = None, shared: bool = False, deleted: bool | None = None
    ) -> None:
        """Rename, share for reading, delete, or take a deletion back. `NoTalk` where it is not the visitor's own."""
        changes: dict[str, Any] = {"shared": 1} if shared else {}
        if title is not None and title.strip():
            changes["title"] = " ".join(title.split())[:LONGEST_TITLE]
        if deleted is not None:
            changes["deleted"] = time.time() if deleted else None
        with self._lock:
            if deleted and self._private.pop((visitor, talk), None):
                return
        if not changes or not self._file.is_file():
            raise NoTalk("this conversation is not kept here")
        names = ", ".join(f"{name} = ?" for name in changes)
        with self._open() as c:
            done = c.execute(
                f"UPDATE talks SET {names} WHERE id = ? AND visitor = ?",  # noqa: S608 (the names are this file's own)
                (*changes.values(), talk, visitor),
            )
            if not done.rowcount:
                raise NoTalk("this conversation is not kept here, or it is another visitor's")


def to_answer(value: dict[str, Any]) -> Answer:
    """An `Answer` out of the JSON of ``dataclasses.asdict``."""
    answer: Answer = _made(Answer, value)
    return answer


def _made(kind: Any, value: Any) -> Any:
    """A value of a type of `rag/types.py` out of JSON: dataclasses, tuples of them, and what may be ``None``."""
    if value is None:
        return None
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _made(hints[name], one) for name, one in value.items()})  # type: ignore[operator]
    inner = get_args(kind)
    if get_origin(kind) is tuple:
        return tuple(_made(inner[0], one) for one in value)
    if type(None) in inner:
        return _made(inner[0], value)
    return value
