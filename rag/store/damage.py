"""What a damaged library raises: one line that says so and what to type, never a trace, and never a refusal.

In: the class of a library. Out: the same class, whose public methods raise `LibraryError` for what cannot be read. It
mends nothing.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from rag.errors import LibraryError
from rag.types import Answer

if TYPE_CHECKING:
    from rag.library import Library

K = TypeVar("K")
# Not the library's own fault: another process holds it, or the disk does not answer.
_PASSING = ("locked", "busy", "unable to open", "disk i/o")


def damaged(path: Path, what: object) -> LibraryError:
    """Return the error that a reader is shown."""
    if any(word in str(what).lower() for word in _PASSING):
        return LibraryError(f"the library {path} cannot be read now ({what}); try again, or run `rag doctor`")
    return LibraryError(f"the library {path} is damaged ({what}); run `rag doctor --library {path}`")


def vouched(answers: Iterable[Answer], library: Library) -> Iterator[Answer]:
    """Pass answers on whose quotes stand in their documents as they are stored, each looked up once."""
    seen: set[tuple[str, int, int]] = set()
    for answer in answers:
        for one in answer.citations:
            place = (one.source, one.quote_start, one.quote_end)
            if place not in seen and library.text(one.source)[one.quote_start : one.quote_end] != one.quote:
                raise damaged(library.path, f"a passage of {one.source} is not where it says")
            seen.add(place)
        yield answer


def sound(kind: type[K]) -> type[K]:
    """Make each public method and property of a class with a ``path`` say of what makes no sense that it is damaged."""
    for name, member in vars(kind).copy().items():
        if name.startswith("_"):
            continue
        if isinstance(member, FunctionType):
            setattr(kind, name, _checked(member))
        elif isinstance(member, property) and member.fget is not None:
            setattr(kind, name, property(_checked(member.fget)))
    return kind


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(self: Any, *args: Any, **named: Any) -> Any:
        try:
            return method(self, *args, **named)
        except (sqlite3.DatabaseError, ValueError, TypeError, KeyError, OverflowError) as error:
            raise damaged(self.path, " ".join(str(error).split()) or type(error).__name__) from error

    return checked
