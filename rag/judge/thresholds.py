"""Below which confidence an answer is refused, and below which it is shown with a caution.

In: the settings, a library, the packaged thresholds. Out: the two numbers; the first that names one wins: the settings,
the library's own (`rag calibrate` fits and stores them), the package. It fits nothing.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from rag.config import Settings
from rag.errors import LibraryError
from rag.judge import linear
from rag.library import Library
from rag.reading.packaged import SHA256
from rag.reading.reader import OURS
from rag.store import schema


@dataclass(frozen=True, slots=True)
class Calibration:
    """Thresholds fitted on a library's own sentences; ``thresholds`` has the names of those in `linear.WEIGHTS`.

    ``made_with`` names what the confidence came from, ``alpha`` is the share of false answers that was allowed,
    ``questions`` counts those asked, ``generation`` is the library's at that time, ``date`` the day (ISO).
    """

    thresholds: Mapping[str, float]
    made_with: Mapping[str, str]
    alpha: float
    questions: int
    generation: int
    date: str

    def to_json(self) -> str:
        """Return what `of` reads."""
        return json.dumps(asdict(self))


def of(library: Library) -> Calibration | None:
    """Return what is stored with a library, if anything is; `LibraryError` where it cannot be read."""
    noted = library.meta(schema.CALIBRATION, "")
    try:
        return Calibration(**json.loads(noted)) if noted else None
    except (ValueError, TypeError) as error:
        raise LibraryError(
            f"the thresholds of {library.path} cannot be read ({error}); run `rag calibrate --forget`"
        ) from error


def made_with(fingerprint: str, settings: Settings) -> dict[str, str]:
    """Name what a confidence comes from: under another reader, model or weights the same number means another thing."""
    reader = f"{OURS} {SHA256[:8]}".rstrip() if settings.reader == OURS else settings.reader
    return {"embedding": fingerprint, "reader": reader, "reranker": settings.reranker, "weights": _weights()}


@functools.cache
def _weights() -> str:
    return hashlib.sha256(linear.WEIGHTS.read_bytes()).hexdigest()[:8]


def unused(library: Library, settings: Settings) -> str:
    """Say why a library's own thresholds are not used, or "" where they are, or where no one asks for them."""
    found = of(library) if None in (settings.refuse_below, settings.caution_below) else None
    now = made_with(library.fingerprint, settings)
    other = [f"{k} {v!r}, now {now.get(k)!r}" for k, v in found.made_with.items() if now.get(k) != v] if found else []
    if not other:
        return ""
    return f"the library's own thresholds are not used: fitted with {'; '.join(other)}; run `rag calibrate` again"


def told(library: Library, settings: Settings) -> str:
    """Say in one line which thresholds a library has, and whether they are used."""
    found = of(library)
    if found is None:
        return "packaged"
    pairs = ", ".join(f"{name} below {value:.3f}" for name, value in found.thresholds.items())
    fitted = f"{pairs}; at most {found.alpha:.0%} false answers by {found.questions} questions of {found.date}"
    at = library.generation
    aged = f" (generation {found.generation}, now {at})" if at != found.generation else ""
    return "; ".join(filter(None, [fitted + aged, unused(library, settings)]))


def limits(library: Library, settings: Settings, suit: Callable[[str], str]) -> tuple[float, float]:
    """Return (refuse, caution); ``suit`` makes "refuse" the name of the threshold that suits the search."""
    given = (settings.refuse_below, settings.caution_below)
    found = of(library) if None in given else None
    own = found.thresholds if found and not unused(library, settings) else {}
    refuse, caution = (
        own.get(name, linear.threshold(name)) if value is None else value
        for name, value in zip(map(suit, ("refuse", "caution")), given, strict=True)
    )
    return refuse, caution
