"""A defect of Footnote's own costs one question: its trace goes to a file beside the library, one line to the asker.

In: what a question raised. Out: `Defect`, a `RagError` whose message names the file. A trace holds lines of code and
the exception's own words; neither the question nor what was found is written down.
"""

from __future__ import annotations

import datetime
import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import RagError

log = logging.getLogger(__name__)

LOG_FILE = "errors.log"
# A log that has grown to this is begun anew, so that a defect met by every question does not fill the disk.
MOST_BYTES = 1 << 20


class Defect(RagError):
    """Footnote itself failed; the message says where the trace lies."""


@contextmanager
def told(library: str | Path) -> Iterator[None]:
    """Turn what nobody raises on purpose into a `Defect`; a `RagError` and Ctrl-C pass as they are."""
    try:
        yield
    except RagError:
        raise
    except Exception as error:
        file = Path(library) / LOG_FILE
        kind = type(error).__name__
        try:
            _write(file, error)
        except OSError as unwritable:
            log.error("a question failed", exc_info=error)
            raise Defect(f"Footnote met a defect ({kind}), and {file} cannot be written ({unwritable})") from error
        raise Defect(f"Footnote met a defect ({kind}); the trace is in {file}") from error


def _write(file: Path, error: Exception) -> None:
    full = file.is_file() and file.stat().st_size > MOST_BYTES
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if full else os.O_APPEND)
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with os.fdopen(os.open(file, flags, 0o600), "w", encoding="utf-8", errors="replace") as log:
        log.write(f"{when}\n{''.join(traceback.format_exception(error))}\n")
