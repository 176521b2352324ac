"""Finds again what lies inside an archive or a mail: the bytes that a document was read from.

In: the bytes of the container, which must be those that were read, and the name of a document in it. Out: the bytes of
that member, never on a disk. It goes the way of the readers, by their own functions and under their limits, but unpacks
only what leads there. It runs in the process of `ingest/worker.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.load import Limits, named
from ingest.read_any import choose, deeper, read_any
from ingest.read_mail import attachments, messages, parsed, path_of
from ingest.zips import entries, member, open_zip
from rag.errors import ReadError

_File = tuple[str, str, bytes, Limits]  # path, name, content, and the limits to read it under


def take_out(data: bytes, name: str, wanted: str, limits: Limits) -> bytes:
    """Return the member of ``data`` that the document ``wanted`` was read from; `ReadError` when there is none."""
    refused: list[ReadError] = []
    found = list(_files(data, name, wanted, limits, refused))
    if len(found) == 1:
        return found[0][2]
    # Two members of one name: what names their documents apart is whether, and in which order, they could be read.
    names: set[str] = set()
    for path, own, content, inner in found:
        try:
            readings = list(read_any(content, own, inner))
        except ReadError as error:
            refused.append(error)
            continue
        if any(title == wanted for title, _ in named(readings, path, names)):
            return content
    raise refused[0] if refused else ReadError(f"{wanted} is not in it")


def _files(data: bytes, name: str, wanted: str, limits: Limits, refused: list[ReadError]) -> Iterator[_File]:
    """Every member that may be the one, in the order of reading; ``refused`` gathers why others are not among them."""
    reader = choose(data, name)
    inside = {"zip": _of_zip, "eml": _of_message, "mbox": _of_mailbox}.get(reader.name if reader else "")
    if inside is None:
        return
    for path, own, content in inside(data, wanted, limits, refused):
        try:
            inner = deeper(content, limits)
            if _is_called(path, wanted):
                yield path, own, content, inner
            else:
                rest = wanted.removeprefix(f"{path}/")
                for below, its, found, under in _files(content, own, rest, inner, refused):
                    yield f"{path}/{below}", its, found, under
        except ReadError as error:
            refused.append(error)


_Member = tuple[str, str, bytes]


def _of_zip(data: bytes, wanted: str, limits: Limits, refused: list[ReadError]) -> Iterator[_Member]:
    opened = open_zip(data)
    for path, info in entries(opened):
        if _leads_to(path, wanted):
            try:
                yield path, path, member(opened, info, limits.settings.max_expanded_mb << 20, limits)
            except ReadError as error:
                refused.append(error)


def _of_message(data: bytes, wanted: str, limits: Limits, refused: list[ReadError]) -> Iterator[_Member]:
    for name, content in attachments(parsed(data)):
        if _leads_to(path_of(name), wanted):
            yield path_of(name), name, content


def _of_mailbox(data: bytes, wanted: str, limits: Limits, refused: list[ReadError]) -> Iterator[_Member]:
    number, _, rest = wanted.partition("/")
    for n, message in enumerate(messages(data), 1):
        if str(n) == number:
            for path, name, content in _of_message(message, rest, limits, refused):
                yield f"{n}/{path}", name, content


def _leads_to(path: str, wanted: str) -> bool:
    return _is_called(path, wanted) or wanted.startswith(f"{path}/")


def _is_called(path: str, wanted: str) -> bool:
    """Say whether a document of this path may bear that name: of two alike, one has a ``~`` more."""
    return path.rstrip("~") == wanted.rstrip("~")
