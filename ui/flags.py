"""The settings as flags of the command: one row per key of `rag.config.Settings`.

Out: flags added to an argument parser, and the values given as keyword arguments for `Settings.load`, which checks
them. Nothing is converted or defaulted here, so argument, environment and file obey one set of rules.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Flag:
    """A setting, the group of verbs that heed it, and what `--help` says."""

    key: str
    group: str
    metavar: str
    help: str

    @property
    def option(self) -> str:
        """The flag as typed, ``--top-k`` for ``top_k``."""
        return "--" + self.key.replace("_", "-")


FLAGS = (
    Flag("library", "library", "DIR", "the library's folder (default .rag)"),
    Flag("embedding", "models", "SPEC", "the embedding model: minilm, or a sentence-transformers folder"),
    Flag("dtype", "models", "TYPE", "auto, float32 or bfloat16"),
    Flag("threads", "models", "N", "CPU threads for the models (0: chosen from the machine)"),
    Flag("llm", "answer", "SPEC", "who writes: none (the documents' own sentences), ollama:NAME, gguf:PATH, …"),
    Flag("reader", "answer", "SPEC", "what reads the best passages: footnote, none, or a model's folder"),
    Flag("reranker", "answer", "SPEC", "a model that orders the best passages again: none, or its folder"),
    Flag("verifier", "answer", "SPEC", "a model that may reject what a language model wrote: none, or its folder"),
    Flag("verify_above", "answer", "P", "what the verifier must give a sentence at least (default 0.5)"),
    Flag("rewrite", "answer", "WHO", "who makes a follow-up stand alone: rules, or model, the language model"),
    Flag("llm_timeout", "answer", "S", "seconds a language model may take for an answer (default 60)"),
    Flag("llm_context", "answer", "N", "tokens a language model reads and writes, at most (default 4096)"),
    Flag("top_k", "answer", "N", "passages that --json lists (default 10)"),
    Flag("candidates", "answer", "N", "passages that each search brings before they are fused (default 50)"),
    Flag("max_sentences", "answer", "N", "sentences in an answer, at most (default 5)"),
    Flag("refuse_below", "answer", "P", "refuse when the confidence is below P (default: calibrated)"),
    Flag("caution_below", "answer", "P", "warn when the confidence is below P (default: calibrated)"),
    Flag("history_turns", "answer", "N", "past turns, the newest, that a follow-up may lean on (default 6)"),
    Flag("host", "page", "HOST", "the address the page listens on (default 127.0.0.1: this machine only)"),
    Flag("port", "page", "PORT", "the port the page listens on (default 7860)"),
    Flag(
        "ocr", "limits", "WHEN", "auto recognises pictures of text where the extra `ocr` is installed; off never does"
    ),
    Flag("ocr_report_below", "limits", "P", "report pages recognised with less confidence (default 0.8)"),
    Flag("proxies", "page", "LIST", "reverse proxies whose forwarded headers count, as addresses or networks"),
    Flag("max_file_mb", "limits", "MB", "larger files are reported, not read (default 64)"),
    Flag("max_pages", "limits", "N", "documents with more pages are reported, not read (default 5000)"),
    Flag("max_seconds", "limits", "S", "give up on one document after S seconds (default 120)"),
    Flag("max_expanded_mb", "limits", "MB", "give up on archives that unpack to more (default 512)"),
    Flag("max_memory_mb", "limits", "MB", "give up on a document that needs more memory (default 2048)"),
)


def add_flags(parser: argparse.ArgumentParser, *groups: str) -> None:
    """Add the flags of ``groups`` to ``parser``. A flag not given leaves no trace in the result."""
    section = parser.add_argument_group("settings", "each also as RAG_NAME in the environment or name in rag.toml")
    for flag in FLAGS:
        if flag.group in groups:
            section.add_argument(
                flag.option, dest=f"set_{flag.key}", metavar=flag.metavar, help=flag.help, default=argparse.SUPPRESS
            )


def given(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given as flags."""
    return {flag.key: value for flag in FLAGS if (value := getattr(args, f"set_{flag.key}", None)) is not None}
