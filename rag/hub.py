"""Keep the model libraries quiet and offline: no telemetry ever, no hub unless the user names a hub model.

In: model specs. Out: environment variables, set before the libraries are imported; a file of the hub, fetched once and
its checksum compared; the refusal of a model folder that brings more than weights. It loads no model.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import ModelError, RagError

GGUF = "gguf:"
# Files that unpickling may run as a program.
_PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"})


def offline_environment(*specs: str) -> None:
    """Forbid the hub unless one of ``specs`` names a model of it.

    Name all of them at the first call: the hub's client reads its environment once.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # Idle OpenMP threads sleep instead of spinning: on a busy machine of two cores that is five times faster.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if not any(map(is_hub_name, specs)):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")


def is_hub_name(spec: str) -> bool:
    """Say whether a spec means a model of the hub: ``org/name``, ``gguf:org/name/file``, and no file or folder here."""
    name = spec.removeprefix(GGUF)
    path = Path(name).expanduser()
    return "/" in name and ":" not in name and not path.is_absolute() and name[0] != "." and not path.exists()


@contextmanager
def loading(model: str, advice: str) -> Iterator[None]:
    """Turn whatever the libraries raise on a damaged model into a `ModelError` of one line that ends in ``advice``."""
    try:
        yield
    except RagError:
        raise
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"{model} cannot be loaded ({first}); {advice}") from error


def only_weights(path: str) -> None:
    """Refuse a model folder whose weights are pickled, or that names classes of its own. Raises `ModelError`.

    The libraries are told ``trust_remote_code=False`` and ``use_safetensors=True`` too; this is said first, in words
    that tell what to do. A pickle beside safetensors is not read.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        return
    for file in folder.rglob("*"):
        if file.suffix.lower() in _PICKLED and not any(file.parent.glob("*.safetensors")):
            raise ModelError(
                f"{file} holds pickled weights, which can run as a program; save the model anew with safetensors "
                "(model.save_pretrained does), or name another"
            )
    modules = folder / "modules.json"
    kinds = json.loads(modules.read_text(encoding="utf-8")) if modules.is_file() else []
    for kind in (str(module.get("type")) for module in kinds):
        if not kind.startswith("sentence_transformers."):
            raise ModelError(
                f"{path} wants code of its own run ({kind}), which Footnote never does; name another model"
            )


def fetch(repo: str, file: str) -> Path:
    """Return a file of the hub from its cache, else fetch it: a bar on stderr, its SHA-256 compared with the hub's.

    Raises `ModelError` when it cannot be had. ``HF_ENDPOINT``, ``HF_TOKEN`` and ``HF_HUB_OFFLINE`` are heeded.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url, try_to_load_from_cache
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    from tqdm import tqdm

    kept = try_to_load_from_cache(repo, file)
    if isinstance(kept, str):
        return Path(kept)
    offline = os.environ.get("HF_HUB_OFFLINE", "") not in {"", "0"}
    try:
        wanted = "" if offline else get_hf_file_metadata(hf_hub_url(repo, file)).etag or ""
        path = Path(hf_hub_download(repo, file, local_files_only=offline, tqdm_class=tqdm))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelError(
            f"{repo}/{file} could not be fetched ({type(error).__name__}): download it and write gguf:PATH"
        ) from error
    if len(wanted) == hashlib.sha256().digest_size * 2 and _sha256(path) != wanted:
        path.resolve().unlink()
        raise ModelError(f"{repo}/{file} arrived damaged: its checksum is not the hub's; ask again to fetch it anew")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
