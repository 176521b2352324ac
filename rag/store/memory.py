"""Memory that is given back.

In: nothing. Out: a process whose large blocks return to the system when they are freed. Chroma reads its index anew
whenever a library has changed; GNU libc would keep each old one in the arena of a thread that has ended.
"""

from __future__ import annotations

import ctypes
import os
import sys

# Larger blocks than this are mapped, and unmapped when freed. An index of 10,000 passages is 16 MB; what a forward
# pass of the embedding model needs for a moment is less, and mapping that anew would cost 8 % of the speed.
_LARGE = 16 << 20
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_CHOSEN = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")


def steady() -> bool:
    """Tell the C library so, for the whole process; False where it is not GNU's, or its user has chosen already."""
    if sys.platform != "linux" or any(os.environ.get(name) for name in _CHOSEN):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(mallopt(name, _LARGE) for name in (_MMAP_THRESHOLD, _TRIM_THRESHOLD))
