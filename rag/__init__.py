"""Footnote: answers from a folder of documents, each sentence with a footnote that opens the exact passage.

`Engine` and the values below are the public face; everything is imported when it is first used, so that
``import rag`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.engine import Engine
    from rag.errors import RagError
    from rag.types import Answer, Citation, Document, Passage, Retrieved, Scope, Turn

__all__ = ["Answer", "Citation", "Document", "Engine", "Passage", "RagError", "Retrieved", "Scope", "Settings", "Turn"]

_HOME = {
    "Engine": "rag.engine",
    "Settings": "rag.config",
    "RagError": "rag.errors",
    **dict.fromkeys(("Answer", "Citation", "Document", "Passage", "Retrieved", "Scope", "Turn"), "rag.types"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
