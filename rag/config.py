"""Settings: argument over environment (``RAG_*``) over ``rag.toml`` over default.

In: keyword arguments, the environment, a TOML file. Out: one frozen ``Settings``. It loads no models and keeps no
global; an unknown key is an error that names the nearest known one.
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


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. docs/configuration.md explains each key.

    ``embedding``, ``llm``, ``reader``, ``reranker`` and ``verifier`` are spec strings that `rag/models.py`,
    `rag/write/llm.py`, `rag/reading/reader.py`, `rag/rerank.py` and `rag/vote.py` resolve. ``threads`` is the number
    of CPU threads for the models (0: chosen from the machine). ``dtype`` is ``auto``, ``float32`` or ``bfloat16``;
    ``rewrite`` is ``rules`` or ``model``. ``llm_timeout`` counts seconds, ``llm_context`` tokens.
    ``verify_above``, ``refuse_below`` and ``caution_below`` are probabilities in [0, 1]; ``None`` takes the calibrated
    thresholds.
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

        Raises `ConfigError` for an unknown key, a value of the wrong kind or an unreadable file.
        """
        env = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        values.update(_from_file(config_file or env.get(ENV_CONFIG)))
        values.update(_from_environment(env))
        given = {key: value for key, value in overrides.items() if value is not None}
        for key in given:
            _check_key(key, "argument")
        values.update(given)
        return cls(**{key: _convert(key, value) for key, value in values.items()})


_FIELDS = {f.name: str(f.type) for f in fields(Settings)}


def _check_key(key: str, where: str) -> None:
    if key in _FIELDS:
        return
    near = difflib.get_close_matches(key, _FIELDS, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(_FIELDS)}"
    raise ConfigError(f"unknown setting {key!r} ({where}){hint}")


def _from_file(path: str | Path | None) -> dict[str, Any]:
    file = Path(path) if path else Path(CONFIG_FILE)
    if not file.is_file():
        if path:
            raise ConfigError(f"no such configuration file: {file}; create it or leave it out")
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}; mend the file") from error
    for key in table:
        _check_key(key, str(file))
    return table


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for name, value in env.items():
        if name.startswith(ENV_PREFIX) and name != ENV_CONFIG and value != "":
            key = name.removeprefix(ENV_PREFIX).lower()
            _check_key(key, name)
            values[key] = value
    return values


def _convert(key: str, value: Any) -> Any:
    kind = _FIELDS[key]
    try:
        if kind == "int":
            return _number(key, int(value), low=_LEAST.get(key, 0))
        if kind.startswith("float"):
            return None if value is None else _number(key, float(value), low=0.0, high=1.0)
    except (TypeError, ValueError) as error:
        wanted = f"a whole number from {_LEAST.get(key, 0)}" if kind == "int" else "a number from 0 to 1"
        raise ConfigError(f"setting {key!r} wants {wanted}, got {value!r}") from error
    value = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(value, str):
        raise ConfigError(f"setting {key!r} wants text, got {value!r}")
    if key in _CHOICES and value not in _CHOICES[key]:
        *rest, last = map(repr, _CHOICES[key])
        raise ConfigError(f"setting {key!r} is {', '.join(rest)} or {last}, not {value!r}")
    return value


_CHOICES = {"dtype": ("auto", "float32", "bfloat16"), "rewrite": ("rules", "model")}
_LEAST = {"llm_timeout": 1, "llm_context": 512}


def _number(key: str, value: float, low: float, high: float | None = None) -> float:
    if value < low or (high is not None and value > high):
        raise ValueError(f"{key} out of range")
    return value
