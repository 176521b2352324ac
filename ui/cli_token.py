"""`rag token`: bearer tokens for the programs that ask through `rag serve`.

In: the parsed command line. Out: a new token, shown once; a list; a revocation.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from rag.config import Settings
from rag.errors import ConfigError
from rag.library import Library
from ui import terminal
from ui.doors.tokens import Token, Tokens


def token(args: argparse.Namespace, settings: Settings) -> int:
    """Make, list or revoke tokens."""
    Library.open(settings.library).close()
    held = Tokens(settings.library)
    if args.action == "list":
        if args.json:
            terminal.say_json([_plain(t) for t in held.all()])
        for one in () if args.json else held.all():
            terminal.say(terminal.clean(f"{one.id}  {', '.join(one.scopes):16}  {one.made}  {one.name}"))
        return 0
    if args.action == "revoke":
        if not args.name:
            raise ConfigError("say which token: rag token revoke ID; see: rag token list")
        gone = held.revoke(args.name)
        terminal.note(f"revoked {gone.id}")
        return 0
    made, secret = held.new(args.name or "", tuple(args.scope or ("ask", "read")))
    if args.json:
        terminal.say_json({**_plain(made), "token": secret})
    else:
        terminal.say(secret)
        terminal.note(f"id {made.id}, may {', '.join(made.scopes)}. It is shown this once; the library keeps its hash.")
    return 0


def _plain(one: Token) -> dict[str, object]:
    return {key: value for key, value in asdict(one).items() if key != "hash"}
