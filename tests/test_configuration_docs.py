"""docs/configuration.md and the command's flags name every setting, with its true default and nothing else."""

from __future__ import annotations

import re
from dataclasses import fields

from rag.config import Settings
from tests.support import ROOT
from ui.cli import VERBS
from ui.flags import FLAGS

ROW = re.compile(r"^\| `(\w+)` \| `(--[\w-]+) [A-Z]+` \| `(RAG_\w+)` \| (.+?) \|", re.MULTILINE)


def documented() -> dict[str, tuple[str, str, str]]:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    return {key: (flag, variable, default) for key, flag, variable, default in ROW.findall(text)}


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(documented()) == {field.name for field in fields(Settings)}


def test_flags_variables_and_defaults_are_true() -> None:
    for key, (flag, variable, default) in documented().items():
        value = getattr(Settings(), key)
        assert flag == "--" + key.replace("_", "-")
        assert variable == "RAG_" + key.upper()
        assert default == ("calibrated" if value is None else f"`{value}`")


def test_every_setting_is_a_flag_of_some_verb_and_help_says_its_default() -> None:
    assert [flag.key for flag in FLAGS] == list(dict.fromkeys(flag.key for flag in FLAGS))
    assert {flag.key for flag in FLAGS} == {field.name for field in fields(Settings)}
    heeded = {"library"} | {group for verb in VERBS for group in verb.settings}
    assert {flag.group for flag in FLAGS} == heeded


def test_help_repeats_no_false_default() -> None:
    for flag in FLAGS:
        if said := re.search(r"\(default ([\w.]+)", flag.help):
            assert said[1] == str(getattr(Settings(), flag.key))
