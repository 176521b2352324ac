"""What other installed packages add: a model or a file reader, by an entry point. No fork, no configuration.

In: a group and a name. Out: what that entry point names. Only installed packages count: nothing is loaded from a folder
of documents. docs/models.md and docs/formats.md say what each must be.
"""

from __future__ import annotations

import functools
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from rag.errors import ModelError

LLMS, EMBEDDERS, READERS = "footnote.llms", "footnote.embedders", "footnote.readers"


@functools.cache
def point(group: str, name: str) -> EntryPoint | None:
    """Return the entry point of this name, ``None`` where no package has one; the first where several do."""
    return next(iter(sorted(entry_points(group=group, name=name), key=lambda p: p.value)), None)


def made(group: str, spec: str, *arguments: Any) -> Any:
    """Call what ``kind`` of a spec "kind:NAME" names with NAME and ``arguments``; ``None`` where no package knows it.

    Raises `ModelError` for whatever the package raises.
    """
    kind, _, name = spec.strip().partition(":")
    found = point(group, kind) if name else None
    if found is None:
        return None
    try:
        return found.load()(name, *arguments)
    except Exception as error:  # a package of somebody else's may raise anything
        raise ModelError(f"{spec!r} ({found.value}) cannot be loaded: {error}") from error
