"""Settings: argument over environment (``RAG_*``) over ``rag.toml`` over default.

In: keyword arguments, the environment, a TOML file. Out: one frozen ``Settings``. It loads no models and keeps no
global; an unknown key is an error that names the nearest known one. A ``rag.toml`` that was found in the current folder
and not named may be a stranger's: it chooses no model and no address.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rag.errors import ConfigError

CONFIG_FILE = "rag.toml"
ENV_PREFIX = "RAG_"
ENV_CONFIG = "RAG_CONFIG"
# A variable this like a setting's name is a slip of it; any other belongs to another program.
_SLIP = 0.8


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. docs/configuration.md explains each key.

    ``embedding``, ``llm``, ``reader``, ``reranker`` and ``verifier`` are spec strings that `rag/models.py`,
    `rag/write/llm.py`, `rag/reading/reader.py`, `rag/rerank.py` and `rag/vote.py` resolve. ``threads`` is the number
    of CPU threads for the models (0: chosen from the machine). ``dtype`` is ``auto``, ``float32`` or ``bfloat16``;
    ``rewrite`` is ``rules`` or ``model``, ``ocr`` ``auto`` or ``off``. ``llm_timeout`` counts seconds, ``llm_context``
    tokens. ``verify_above``, ``ocr_report_below``, ``refuse_below`` and ``caution_below`` are probabilities in [0, 1];
    ``None`` takes the calibrated thresholds. ``proxies`` are addresses and networks, parted by commas.
    """

    library: str = ".rag"
    embedding: str = "minilm"
    llm: str = "none"
    reader: str = "footnote"
    reranker: str = "none"
    verifier: str = "none"
    verify_above: float = 0.5
    rewrite: str = "rules"
    llm_timeout: int = 60
    llm_context: int = 4096
    top_k: int = 10
    candidates: int = 50
    max_sentences: int = 5
    refuse_below: float | None = None
    caution_below: float | None = None
    history_turns: int = 6
    dtype: str = "auto"
    threads: int = 0
    host: str = "127.0.0.1"
    port: int = 7860
    ocr: str = "auto"
    ocr_report_below: float = 0.8
    proxies: str = "none"
    max_file_mb: int = 64
    max_pages: int = 5000
    max_seconds: int = 120
    max_expanded_mb: int = 512
    max_memory_mb: int = 2048

    @classmethod
    def load(
        cls,
        *,
        config_file: str | Path | None = None,
        environ: Mapping[str, str] | None = None,
        **overrides: Any,
    ) -> Settings:
        """Merge the four sources. ``None`` overrides are ignored, so a command line can pass what it has.

        Raises `ConfigError` for an unknown key, a value that cannot be used, an unreadable file, and a model or an
        address that only the ``rag.toml`` of the current folder chooses.
        """
        env = os.environ if environ is None else environ
        named = config_file or env.get(ENV_CONFIG)
        given = {key: value for key, value in overrides.items() if value is not None}
        for key in given:
            _check_key(key, "argument")
        chosen = _from_environment(env) | given
        found = _from_file(Path(named) if named else Path(CONFIG_FILE), must_be=bool(named))
        if not named:
            _check_trust({key: value for key, value in found.items() if key not in chosen})
        return cls(**{key: _convert(key, value) for key, value in (found | chosen).items()})


_FIELDS = {f.name: str(f.type) for f in fields(Settings)}
_CHOICES = {"ocr": ("auto", "off"), "dtype": ("auto", "float32", "bfloat16"), "rewrite": ("rules", "model")}
# The least and the most of each whole number. What is beyond means nothing to a clock, a socket or a file.
_SECONDS, _COUNT, _MEGABYTES = (1, 86_400), (1, 1_000_000), (1, 1 << 20)
_RANGES = {
    "llm_timeout": _SECONDS, "llm_context": (512, 1 << 24), "top_k": _COUNT, "candidates": _COUNT,
    "max_sentences": _COUNT, "history_turns": (0, 1_000_000), "threads": (0, 1024), "port": (0, 65_535),
    "max_file_mb": _MEGABYTES, "max_pages": _COUNT, "max_seconds": _SECONDS, "max_expanded_mb": _MEGABYTES,
    "max_memory_mb": _MEGABYTES,
}  # fmt: skip
# What a file that lies beside documents may choose: nothing that is loaded, called or listened to.
_HARMLESS = {
    "embedding": ("minilm", "multilingual"), "llm": ("none",), "reader": ("footnote", "none"), "reranker": ("none",),
    "verifier": ("none",), "host": ("127.0.0.1", "localhost", "::1"), "proxies": ("none",),
}  # fmt: skip


def _check_key(key: str, where: str) -> None:
    if key in _FIELDS:
        return
    near = difflib.get_close_matches(key, _FIELDS, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(_FIELDS)}"
    raise ConfigError(f"unknown setting {key!r} ({where}){hint}")


def _check_trust(found: Mapping[str, Any]) -> None:
    for key, harmless in _HARMLESS.items():
        if key in found and found[key] not in harmless:
            raise ConfigError(
                f"{CONFIG_FILE} of this folder sets {key} = {str(found[key])!r}: a file that lies beside documents may "
                f"be a stranger's, so it chooses no model and no address. If it is yours, name it: --config "
                f"{CONFIG_FILE}, or {ENV_CONFIG}={CONFIG_FILE}; else take that line out"
            )


def _from_file(file: Path, *, must_be: bool) -> dict[str, Any]:
    if not file.is_file():
        if must_be:
            raise ConfigError(f"no such configuration file: {file}; create it or leave it out")
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}; mend the file") from error
    for key in table:
        _check_key(key, str(file))
    return table


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for name, value in env.items():
        if not name.startswith(ENV_PREFIX) or name == ENV_CONFIG or value == "":
            continue
        key = name.removeprefix(ENV_PREFIX).lower()
        if key in _FIELDS:
            values[key] = value
        elif near := difflib.get_close_matches(key, [*_FIELDS, "config"], n=1, cutoff=_SLIP):
            raise ConfigError(f"unknown setting {key!r} ({name}); did you mean {near[0]!r}?")
    return values


def _convert(key: str, value: Any) -> Any:
    kind = _FIELDS[key]
    if kind == "int":
        return _whole(key, value)
    if kind.startswith("float"):
        return _probability(key, value)
    value = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ConfigError(f"setting {key!r} wants text, got {value!r}")
    if key in _CHOICES and value not in _CHOICES[key]:
        *rest, last = map(repr, _CHOICES[key])
        raise ConfigError(f"setting {key!r} is {', '.join(rest)} or {last}, not {value!r}")
    return value


def _whole(key: str, value: Any) -> int:
    """Neither 3.9 nor true is a whole number, whatever ``int`` makes of them."""
    low, high = _RANGES[key]
    try:
        number = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else low - 1
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ConfigError(f"setting {key!r} wants a whole number from {low} to {high}, got {value!r}")
    return number


def _probability(key: str, value: Any) -> float | None:
    """NaN lies in no range: below it nothing would ever be refused."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise ConfigError(f"setting {key!r} wants a number from 0 to 1, got {value!r}")
    return number
