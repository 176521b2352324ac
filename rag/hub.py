"""Keep the model libraries quiet and offline: no telemetry ever, no hub unless the user names a hub model.

In: model specs. Out: environment variables, set before the libraries are imported; a file of the hub, fetched once and
its checksum compared. It loads no model.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rag.errors import ModelError

GGUF = "gguf:"


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
