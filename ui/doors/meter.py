"""What the doors did, in numbers for Prometheus and as one line a request for a log; never what was asked or answered.

In: a request's path, status and seconds. Out: the text of `/metrics`, and JSON lines of the logger `footnote.requests`.
"""

from __future__ import annotations

import json
import logging
import threading
from bisect import bisect_left
from collections import Counter

log = logging.getLogger("footnote.requests")

_DOORS = (
    "/api/ask", "/api/search", "/api/check", "/api/documents", "/api/sources", "/v1/chat/completions", "/v1/messages",
    "/v1/models", "/mcp", "/quote",
)  # fmt: skip
_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


def door_of(path: str) -> str:
    """The door of a path, "other" for the rest: a path that a stranger makes up makes no new series."""
    return next((door for door in _DOORS if path == door or path.startswith(door + "/")), "other")


class Meter:
    """Counts since the start of the server. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def observe(self, request: str, path: str, status: int, seconds: float) -> None:
        """Count one request, and log it under its id."""
        door = door_of(path)
        with self._lock:
            self._counts[door, status] += 1
            self._seconds[door] = self._seconds.get(door, 0.0) + seconds
            buckets = self._buckets.setdefault(door, [0] * (len(_BOUNDS) + 1))
            buckets[bisect_left(_BOUNDS, seconds)] += 1
        log.info(json.dumps({"request": request, "door": door, "status": status, "ms": round(1000 * seconds, 1)}))

    def text(self, gauges: dict[str, int]) -> str:
        """The exposition format of Prometheus; ``gauges`` by name, without the prefix."""
        with self._lock:
            counts, seconds = dict(self._counts), dict(self._seconds)
            buckets = {door: list(found) for door, found in self._buckets.items()}
        lines = ["# TYPE footnote_requests_total counter"]
        lines += [
            f'footnote_requests_total{{door="{door}",status="{status}"}} {n}'
            for (door, status), n in sorted(counts.items())
        ]
        lines.append("# TYPE footnote_request_seconds histogram")
        for door, found in sorted(buckets.items()):
            total = 0
            for bound, n in zip((*map(str, _BOUNDS), "+Inf"), found, strict=True):
                total += n
                lines.append(f'footnote_request_seconds_bucket{{door="{door}",le="{bound}"}} {total}')
            lines.append(f'footnote_request_seconds_sum{{door="{door}"}} {seconds[door]:.6f}')
            lines.append(f'footnote_request_seconds_count{{door="{door}"}} {total}')
        for name, value in gauges.items():
            lines += [f"# TYPE footnote_{name} gauge", f"footnote_{name} {value}"]
        return "\n".join(lines) + "\n"
