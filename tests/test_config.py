"""Settings: who wins, what is a slip, which values mean nothing, and what a file found beside documents may choose."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from rag.config import Settings
from rag.errors import ConfigError
from tests.support import run_rag


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """Stand in an empty folder."""
    with contextlib.chdir(tmp_path):
        yield tmp_path


def load(**environ: str) -> Settings:
    return Settings.load(environ=environ)


def test_the_nearer_source_wins(here: Path) -> None:
    (here / "rag.toml").write_text("\ufefftop_k = 3\ncandidates = 30\nmax_sentences = 2\n", encoding="utf-8")
    found = Settings.load(environ={"RAG_TOP_K": "4", "RAG_CANDIDATES": "40"}, top_k=5, candidates=None)
    assert (found.top_k, found.candidates, found.max_sentences, found.history_turns) == (5, 40, 2, 6)


def test_a_named_file_stands_in_for_the_found_one(here: Path) -> None:
    (here / "rag.toml").write_text("top_k = 3\n", encoding="utf-8")
    (here / "other.toml").write_text("candidates = 30\n", encoding="utf-8")
    for found in (load(RAG_CONFIG="other.toml"), Settings.load(environ={}, config_file="other.toml")):
        assert (found.top_k, found.candidates) == (10, 30)


@pytest.mark.parametrize("name", ["RAG_LIBARY", "RAG_TOPK", "RAG_MAX_PAGE", "RAG_EMBEDING", "RAG_CONFG", "RAG_TOP-K"])
def test_a_slip_in_a_variable_is_told(name: str) -> None:
    with pytest.raises(ConfigError, match="did you mean"):
        load(**{name: "1"})


@pytest.mark.parametrize(
    "name",
    [
        "RAG_API_KEY",
        "RAG_EMBEDDING_MODEL",
        "RAG_OPENAI_API_BASE_URL",
        "RAG_LOG_LEVEL",
        "RAG_CHUNK_SIZE",
        "RAG_",
        "RAGS",
    ],
)
def test_a_variable_of_another_program_is_its_own(name: str) -> None:
    assert load(**{name: "anything"}) == Settings()


def test_an_unknown_key_of_a_file_is_an_error_however_far(here: Path) -> None:
    (here / "rag.toml").write_text("chunk_size = 3\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"unknown setting 'chunk_size' .*known keys"):
        load()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("refuse_below", "nan", "a number from 0 to 1"),
        ("caution_below", float("nan"), "a number from 0 to 1"),
        ("verify_above", "inf", "a number from 0 to 1"),
        ("verify_above", True, "a number from 0 to 1"),
        ("refuse_below", 10**400, "a number from 0 to 1"),
        ("port", 700000, "a whole number from 0 to 65535"),
        ("port", -1, "a whole number from 0 to 65535"),
        ("top_k", 3.9, "a whole number from 1"),
        ("top_k", "3.0", "a whole number from 1"),
        ("top_k", True, "a whole number from 1"),
        ("top_k", [3], "a whole number from 1"),
        ("top_k", "9" * 5000, "a whole number from 1"),
        ("max_seconds", 0, "a whole number from 1"),
        ("max_seconds", 10**12, "a whole number from 1"),
        ("max_file_mb", 2**60, "a whole number from 1"),
        ("llm_context", 511, "a whole number from 512"),
        ("library", "", "wants text"),
        ("library", "a\0b", "wants text"),
        ("library", 7, "wants text"),
        ("dtype", "float16", "'auto', 'float32' or 'bfloat16'"),
    ],
)
def test_a_value_that_means_nothing_is_told(key: str, value: object, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Settings.load(environ={}, **{key: value})


def test_every_number_has_bounds_that_hold_its_default() -> None:
    for field in fields(Settings):
        if isinstance(field.default, int | float):
            assert getattr(Settings.load(environ={}, **{field.name: str(field.default)}), field.name) == field.default
            for beyond in (-1, 10**9):
                with pytest.raises(ConfigError, match=field.name):
                    Settings.load(environ={}, **{field.name: beyond})


# --- whose file it is ------------------------------------------------------------

STRANGE = {
    "llm": "openai:some-model@https://models.example.com/v1",
    "embedding": "./model",
    "reranker": "someone/some-model",
    "verifier": "/opt/model",
    "host": "0.0.0.0",
}


@pytest.mark.parametrize("key", STRANGE)
def test_a_found_file_chooses_no_model_and_no_address(here: Path, key: str) -> None:
    (here / "rag.toml").write_text(f'top_k = 3\n{key} = "{STRANGE[key]}"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{key} = .*--config rag\.toml, or RAG_CONFIG=rag\.toml"):
        load()
    for found in (load(RAG_CONFIG="rag.toml"), Settings.load(environ={}, config_file="rag.toml")):
        assert getattr(found, key) == STRANGE[key]
    (here / "rag.toml").write_text("top_k = 3\n", encoding="utf-8")
    assert getattr(load(**{"RAG_" + key.upper(): STRANGE[key]}), key) == STRANGE[key]


def test_what_the_user_names_stands_over_the_found_file(here: Path) -> None:
    (here / "rag.toml").write_text('llm = "anthropic:x"\n', encoding="utf-8")
    assert load(RAG_LLM="ollama:y").llm == "ollama:y"
    assert Settings.load(environ={}, llm="none").llm == "none"


def test_what_stays_on_this_machine_a_found_file_may_set(here: Path) -> None:
    lines = ['library = "reports"', 'embedding = "minilm"', 'llm = "none"', 'host = "localhost"', "port = 8000"]
    (here / "rag.toml").write_text("\n".join([*lines, "refuse_below = 0.3"]), encoding="utf-8")
    assert load() == Settings(library="reports", host="localhost", port=8000, refuse_below=0.3)


def test_the_command_says_what_to_type(here: Path) -> None:
    (here / "rag.toml").write_text('llm = "openai:x@https://models.example.com/v1"\n', encoding="utf-8")
    done = run_rag("status", cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--config rag.toml" in done.stderr
    assert run_rag("status", "--config", "rag.toml", cwd=here).returncode == 1  # there is no library, which is next
