"""What a file says of its own language is stored as a code, however it is written; else the text tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.language import language_code
from rag.library import Library
from tests.ingest_support import run, write

BODY = "\nThe mill was moved to the other bank of the river in the spring, and the weir was raised.\n"


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("English", "en"),
        ("ENGLISH", "en"),
        ("English (United Kingdom)", "en"),
        ("en-GB", "en"),
        ("en_US.UTF-8", "en"),
        ("eng", "en"),
        ("Español", "es"),
        ("espanol", "es"),
        ("spa", "es"),
        ("inglés", "en"),
        ("Französisch", "fr"),
        ("deu", "de"),
        ("ger", "de"),
        ("Deutsch, English", "de"),
        ("pt-BR", "pt"),
        ("Brazilian Portuguese", "pt"),
        ("日本語", "ja"),
        ("zh-Hant-TW", "zh"),
        ("Nederlands", "nl"),
        ("русский", "ru"),
        ("iw", "he"),
        ("Elvish", None),
        ("xx", None),
        ("-", None),
        ("", None),
    ],
)
def test_names_tags_and_codes(declared: str, code: str | None) -> None:
    assert language_code(declared) == code


@pytest.mark.parametrize("declared", ["English", "en-GB", "eng", "inglés"])
def test_front_matter_names_the_language(tmp_path: Path, declared: str) -> None:
    report = run(write(tmp_path / "docs", {"a.md": f"---\nlanguage: {declared}\n---\n{BODY}"}), tmp_path / "lib")
    assert report.failed == ()
    assert Library.open(tmp_path / "lib").document("a.md").language == "en"


def test_a_language_that_nobody_speaks_is_told_and_the_text_decides(tmp_path: Path) -> None:
    report = run(write(tmp_path / "docs", {"a.md": f"---\nlanguage: Elvish\n---\n{BODY}"}), tmp_path / "lib")
    assert report.added == ("a.md",)
    assert report.failed == (("a.md", "no language is called 'Elvish'; it was told from the text"),)
    assert Library.open(tmp_path / "lib").document("a.md").language == "en"
