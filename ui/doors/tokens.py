"""Bearer tokens of a library: made, listed, revoked, asked for. The library keeps a hash of each, never the token.

In: a library's folder. Out: who a token belongs to and what it may do. A token is 32 random bytes, so a plain SHA-256
of it cannot be guessed back. The file is written whole under a lock and belongs to its owner alone.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from rag.errors import ConfigError, LibraryError

FILE, LOCK = "tokens.json", "tokens.lock"
SCOPES = ("ask", "read", "write")
PREFIX = "fn-"


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret: ``hash`` is the SHA-256 of it, in hexadecimal; ``scopes`` are of `SCOPES`."""

    id: str
    name: str
    scopes: tuple[str, ...]
    made: str
    hash: str


class Tokens:
    """The tokens of one library. Read anew whenever the file has changed, so a revoked token ends at once."""

    def __init__(self, library: str | Path) -> None:
        self._folder = Path(library)
        self._file = self._folder / FILE
        self._seen: tuple[int, int] | None = None
        self._held: tuple[Token, ...] = ()
        self._secret = ""

    def all(self) -> tuple[Token, ...]:
        """Return the tokens, oldest first. `LibraryError` where the file cannot be read."""
        self._read()
        return self._held

    def new(self, name: str, scopes: Sequence[str]) -> tuple[Token, str]:
        """Make a token and return it with its secret, which is kept nowhere."""
        if not scopes or any(scope not in SCOPES for scope in scopes):
            raise ConfigError(f"a token's scopes are {', '.join(SCOPES)}, not {', '.join(scopes) or 'none'}")
        secret = PREFIX + secrets.token_urlsafe(32)
        made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        token = Token(secrets.token_hex(4), name, tuple(s for s in SCOPES if s in scopes), made, _hash(secret))
        with FileLock(self._folder / LOCK):
            self._write((*self.all(), token))
        return token, secret

    def revoke(self, wanted: str) -> Token:
        """Take a token away by its id or, where only one has it, its name."""
        with FileLock(self._folder / LOCK):
            found = [t for t in self.all() if wanted in (t.id, t.name)]
            if len(found) != 1:
                raise ConfigError(f"{len(found) or 'no'} tokens are called {wanted!r}; see: rag token list")
            self._write(tuple(t for t in self._held if t != found[0]))
        return found[0]

    def of(self, secret: str) -> Token | None:
        """Return the token that a secret belongs to, or ``None``."""
        digest = _hash(secret)
        return next((t for t in self.all() if hmac.compare_digest(t.hash, digest)), None)

    def seal(self, text: str) -> str:
        """Return a signature of ``text`` that only this library makes: it lets a link open the one quote it names."""
        with FileLock(self._folder / LOCK):
            self._read()
            if not self._secret:
                self._secret = secrets.token_hex(32)
                self._write(self._held)
        return hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]

    def _read(self) -> None:
        try:
            found = self._file.stat()
        except FileNotFoundError:
            self._seen, self._held = None, ()
            return
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp == self._seen:
            return
        try:
            value = json.loads(self._file.read_text(encoding="utf-8"))
            held = tuple(Token(**{**item, "scopes": tuple(item["scopes"])}) for item in value["tokens"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LibraryError(f"{self._file} cannot be read ({error}); move it away and make new tokens") from error
        self._seen, self._held, self._secret = stamp, held, str(value.get("secret", ""))

    def _write(self, tokens: tuple[Token, ...]) -> None:
        value = {"secret": self._secret or secrets.token_hex(32), "tokens": [asdict(t) for t in tokens]}
        beside = self._file.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._file)
        self._read()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
