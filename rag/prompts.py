"""What an embedding model wants to read before a question and before a passage, such as "query: " and "passage: ".

In: a model's folder or hub name. Out: `Prompts`, from the model's own configuration or, for families that publish
none, from a table. It loads no model.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

_CONFIG = "config_sentence_transformers.json"
_SEARCHING = "Represent this sentence for searching relevant passages: "
# Names whose models were trained with a prompt and carry none in their configuration; the first that fits counts.
_FAMILIES: tuple[tuple[str, str, str], ...] = (
    (r"\be5-.*instruct", "Instruct: Given a question, retrieve passages that answer it\nQuery: ", ""),
    (r"\be5-(small|base|large)", "query: ", "passage: "),
    (r"\bbge-(small|base|large)-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    (r"\bbge-(small|base|large)-en", _SEARCHING, ""),
    (r"\bnomic-embed-text", "search_query: ", "search_document: "),
    (r"\barctic-embed-.*v2", "query: ", ""),
    (r"\barctic-embed", _SEARCHING, ""),
    (r"\bmxbai-embed", _SEARCHING, ""),
)


@dataclass(frozen=True, slots=True)
class Prompts:
    """The texts that stand before a question and before a passage; empty where the model wants none."""

    query: str = ""
    document: str = ""


def prompts_of(model: str) -> Prompts:
    """Return the prompts of a model that lies in the folder ``model`` or in the hub's cache under that name."""
    file = _configuration(model)
    config = json.loads(file.read_text(encoding="utf-8")) if file else {}
    own = config.get("prompts") or {}
    always = own.get(config.get("default_prompt_name") or "") or ""
    query = own.get("query") or always
    document = next((own[name] for name in ("document", "passage", "corpus") if own.get(name)), always)
    if query or document:
        return Prompts(query, document)
    name = "/".join(Path(model).parts[-2:]).lower()
    return next((Prompts(q, d) for family, q, d in _FAMILIES if re.search(family, name)), Prompts())


def _configuration(model: str) -> Path | None:
    if Path(model).is_dir():
        file = Path(model) / _CONFIG
        return file if file.is_file() else None
    from huggingface_hub import try_to_load_from_cache  # reads, once, the environment that `rag.hub` sets

    cached = try_to_load_from_cache(model, _CONFIG)
    return Path(cached) if isinstance(cached, str) else None
