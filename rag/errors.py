"""The errors a user can meet. Each message is one line and says what to type next.

This module prints nothing and exits nowhere: `ui/` does both.
"""

from __future__ import annotations


class RagError(Exception):
    """Base of every error that Footnote raises on purpose."""


class ConfigError(RagError):
    """A setting is unknown or holds a value that cannot be used."""


class LibraryError(RagError):
    """The library on disk is absent, damaged or made by another version."""


class NoLibrary(LibraryError):
    """There is no library yet, or one that nothing was written to."""


class LibraryLocked(LibraryError):
    """Another process is writing to the library."""


class FingerprintMismatch(LibraryError):
    """The library was built with another embedding model or splitter."""


class UnknownSource(LibraryError):
    """No document of the library has this source."""


class ScopeError(RagError):
    """No document fits the bounds that a question was given."""


class ReadError(RagError):
    """A file could not be turned into text; the message says why."""


class ReaderLost(ReadError):
    """The process that parsed a file died or was too slow: that says nothing certain about the file."""


class ModelError(RagError):
    """A model could not be loaded or reached."""


class CaseError(RagError):
    """An evaluation file cannot be used; the message names file and line."""


class PruneNeeded(LibraryError):
    """An ingest would delete more than half of the library; nothing was written."""
