"""A spec string becomes a LlamaIndex LLM, by a table; LlamaIndex's own adapters do the talking.

In: ``none``, ``auto``, ``ollama:NAME[@URL]``, ``openai:NAME[@URL]``, ``anthropic:NAME[@URL]``, ``gguf:PATH``,
``gguf:OWNER/REPO/FILE``, ``gguf:smollm2``. Out: an LLM object or ``None``. Keys come from the environment
or a keyring and go nowhere else. It writes no prompts and sends no request, but for `auto`'s look at Ollama's port.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.added import LLMS, made
from rag.config import Settings
from rag.errors import ModelError
from rag.write.wire import client_options

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

OLLAMA = "http://127.0.0.1:11434"
OPENAI = "https://api.openai.com/v1"
SECONDS = 60.0
CONTEXT = 4096
MOST_WRITTEN = 320
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
KEYRING_SERVICE = "footnote"
NO_KEY = "none"
_KNOWN = "none, auto, ollama:NAME, openai:NAME, anthropic:NAME or gguf:PATH"


def load_llm(spec: str, settings: Settings, *, environ: Mapping[str, str] | None = None) -> LLM | None:
    """Return the LLM that ``spec`` names, or ``None`` for ``none`` and for ``auto`` without a running Ollama.

    Raises `ModelError`, in one line that says what to type, when the spec, an extra, a key or a file is missing.
    """
    env = os.environ if environ is None else environ
    kind, _, name = spec.strip().partition(":")
    if kind == "none" and not name:
        return None
    if kind == "auto" and not name:
        return _auto(settings, env)
    if kind not in _TABLE or not name:
        added: LLM | None = made(LLMS, spec, settings)
        if added is not None:
            return added
        raise ModelError(f"unknown model {spec!r}: write {_KNOWN}")
    return _TABLE[kind](name, settings, env)


def is_loopback(url: str) -> bool:
    """Say whether ``url`` stays on this machine."""
    return (urlsplit(url).hostname or "") in LOOPBACK


# ---------------------------------------------------------------- Ollama


def _ollama_host(env: Mapping[str, str]) -> str:
    host = env.get("OLLAMA_HOST", "").strip()
    if not host:
        return OLLAMA
    url = host if "://" in host else f"http://{host}"
    parts = urlsplit(url)
    # 0.0.0.0 is where a server listens, not where a client calls
    name = "127.0.0.1" if parts.hostname in {None, "0.0.0.0"} else parts.hostname  # noqa: S104 (compared, not bound)
    return f"{parts.scheme}://{name}:{parts.port or 11434}"


def ollama_models(url: str, seconds: float = 0.5) -> list[str] | None:
    """Return the names of the models an Ollama at ``url`` has, ``None`` when none answers there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/api/tags", timeout=seconds) as response:
            found = json.load(response)
        return [str(model["name"]) for model in found["models"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _auto(settings: Settings, env: Mapping[str, str]) -> LLM | None:
    """The first chat model of an Ollama on this machine; other machines are never asked unasked."""
    url = _ollama_host(env)
    if not is_loopback(url):
        return None
    names = [n for n in ollama_models(url) or [] if "embed" not in n]
    return _ollama(f"{names[0]}@{url}", settings, env) if names else None


def _ollama(name: str, settings: Settings, env: Mapping[str, str]) -> LLM:
    try:
        from llama_index.llms.ollama import Ollama
        from ollama import Client
    except ImportError as error:
        raise _missing("ollama") from error
    model, url = _split(name, _ollama_host(env))
    client = Client(host=url, **client_options(settings.llm_timeout, is_loopback(url)))
    written = most_written(settings.llm_context)
    options = {"num_predict": written, **({"num_thread": settings.threads} if settings.threads else {})}
    return Ollama(
        model=model,
        base_url=url,
        client=client,
        request_timeout=settings.llm_timeout,
        context_window=settings.llm_context,
        temperature=0.0,
        thinking=False,
        additional_kwargs=options,
    )


# ---------------------------------------------------------------- OpenAI and servers that speak its protocol


def _openai(name: str, settings: Settings, env: Mapping[str, str]) -> LLM:
    model, url = _split(name, OPENAI)
    host = urlsplit(url).hostname or ""
    if host == urlsplit(OPENAI).hostname:
        key = find_key("OPENAI_API_KEY", "openai", env)
        if not key:
            raise ModelError(f"no key for OpenAI: set OPENAI_API_KEY, or run `keyring set {KEYRING_SERVICE} openai`")
    else:
        # the key of one service is never sent to another
        key = find_key("LLM_API_KEY", host, env) or NO_KEY
        if key != NO_KEY and url.startswith("http://") and not is_loopback(url):
            raise ModelError(f"{host} would get your key unencrypted: write https:// or unset LLM_API_KEY")
    return openai_like(model, url, key, seconds=settings.llm_timeout, context=settings.llm_context)


def openai_like(model: str, url: str, key: str, *, seconds: float = SECONDS, context: int = CONTEXT) -> LLM:
    """Return LlamaIndex's adapter for a server that speaks OpenAI's protocol; proxies are not used on loopback."""
    try:
        import httpx
        from llama_index.llms.openai_like import OpenAILike
    except ImportError as error:
        raise _missing("openai") from error
    client: dict[str, Any] = {"http_client": httpx.Client(**client_options(seconds, is_loopback(url)))}
    return OpenAILike(
        model=model,
        api_base=url,
        api_key=key,
        is_chat_model=True,
        context_window=context,
        max_tokens=most_written(context),
        temperature=0.0,
        max_retries=0,
        timeout=seconds,
        **client,
    )


# ---------------------------------------------------------------- Anthropic


def _anthropic(name: str, settings: Settings, env: Mapping[str, str]) -> LLM:
    try:
        from llama_index.llms.anthropic import Anthropic as Adapter
    except ImportError as error:
        raise _missing("anthropic") from error
    key = find_key("ANTHROPIC_API_KEY", "anthropic", env)
    if not key:
        raise ModelError(
            f"no key for Anthropic: set ANTHROPIC_API_KEY, or run `keyring set {KEYRING_SERVICE} anthropic`"
        )
    model, url = _split(name, "")
    llm: LLM = Adapter(
        model=model,
        api_key=key,
        base_url=url or None,
        max_tokens=most_written(settings.llm_context),
        temperature=0.0,
        timeout=float(settings.llm_timeout),
        max_retries=0,
    )
    return llm


# ---------------------------------------------------------------- GGUF


def _gguf(name: str, settings: Settings, env: Mapping[str, str]) -> LLM:
    from rag.write.gguf import find_file, serve

    return serve(find_file(name), settings)


# ---------------------------------------------------------------- shared


def most_written(context: int) -> int:
    """Return how many tokens a model may write: the rest of what it reads is the prompt's."""
    return min(MOST_WRITTEN, context // 4)


def find_key(variable: str, entry: str, env: Mapping[str, str]) -> str:
    """Return a key from the environment, else from the user's keyring where that package is installed, else ""."""
    if env.get(variable):
        return env[variable]
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return keyring.get_password(KEYRING_SERVICE, entry) or ""
    except KeyringError:
        return ""


def _split(name: str, default_url: str) -> tuple[str, str]:
    model, at, url = name.rpartition("@")
    if not at:
        return name, default_url
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ModelError(f"{url!r} is no server address: write NAME@http://HOST:PORT/v1")
    if parts.username or parts.password:
        raise ModelError("a key does not belong in the address: set LLM_API_KEY and write NAME@https://HOST/v1")
    return model, url.rstrip("/")


def _missing(extra: str) -> ModelError:
    return ModelError(f"this model needs a further package: pip install 'footnote-rag[{extra}]'")


_TABLE: dict[str, Callable[[str, Settings, Mapping[str, str]], LLM]] = {
    "ollama": _ollama,
    "openai": _openai,
    "anthropic": _anthropic,
    "gguf": _gguf,
}
