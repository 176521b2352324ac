"""Keep the model libraries quiet and offline: no telemetry ever, no hub unless the user names a hub model.

In: a model spec. Out: environment variables, set before the libraries are imported. It loads nothing.
"""

from __future__ import annotations

import os
from pathlib import Path


def offline_environment(spec: str) -> None:
    """Forbid the hub for local models; a hub name (``org/name`` that is no folder) may be fetched by the library."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # Idle OpenMP threads sleep instead of spinning: on a busy machine of two cores that is five times faster.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if "/" not in spec or Path(spec).exists():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
