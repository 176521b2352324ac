"""A package of somebody else's, installed beside Footnote, brings a file reader, an embedder and a language model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.load import reader_for
from ingest.pipeline import ingest
from rag.config import Settings
from rag.engine import Engine
from rag.errors import ModelError
from rag.models import load_embedder
from rag.write.llm import load_llm
from tests.support import ROOT

MODULE = """
from ingest.load import Reading
from tests.llm_support import ScriptedLLM
from tests.support import HashEmbedder

def read(data, name, limits):
    return [Reading(data.decode()[::-1])]

def embedder(name, settings):
    return HashEmbedder()

def llm(name, settings):
    if name == "broken":
        raise OSError("no weights")
    return ScriptedLLM(pieces=[f"{name} was written."])
"""
POINTS = """[footnote.readers]
.mirror = footnote_mirror:read
[footnote.embedders]
mirror = footnote_mirror:embedder
[footnote.llms]
mirror = footnote_mirror:llm
"""


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    site = tmp_path_factory.mktemp("site")
    (site / "footnote_mirror.py").write_text(MODULE)
    told = site / "footnote_mirror-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: footnote-mirror\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(POINTS)
    with pytest.MonkeyPatch.context() as patch:  # as an installation would, for this process and those it starts
        patch.syspath_prepend(str(site))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(ROOT)]))
        yield


def test_its_models_are_named_by_a_spec() -> None:
    settings = Settings.load(environ={}, embedding="mirror:small")
    assert load_embedder(settings).fingerprint == "hash:1"
    llm = load_llm("mirror:glass", settings)
    assert llm is not None
    assert llm.complete("?").text == "glass was written."
    with pytest.raises(ModelError, match="footnote_mirror:llm"):
        load_llm("mirror:broken", settings)
    with pytest.raises(ModelError, match="unknown model"):
        load_llm("window:glass", settings)


def test_its_reader_reads_files_of_its_ending(tmp_path: Path) -> None:
    found = reader_for("a/b.MIRROR")
    assert found is not None
    assert found.name == "footnote-mirror-1.0-"
    assert reader_for("a.window") is None
    text = "The lake at Sorn is 41 metres deep.\n"
    (tmp_path / "lake.mirror").write_text(text[::-1])
    settings = Settings.load(
        environ={}, library=str(tmp_path / "library"), embedding="mirror:small", reader="none", refuse_below=0.0
    )
    report = ingest([tmp_path / "lake.mirror"], tmp_path / "library", load_embedder(settings), settings=settings)
    assert report.added == ("lake.mirror",), report.failed
    assert "41 metres" in Engine.open(settings).ask("How deep is the lake at Sorn?").text
