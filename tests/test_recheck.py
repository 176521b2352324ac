"""An answer that was kept: its footnotes stand, move with their words, or fall, and what fell is answered anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.config import Settings
from rag.engine import Engine
from rag.errors import ReadError
from rag.standing import standing
from rag.types import Scope
from tests.support import HashEmbedder
from ui.cli_recheck import _plain, _tell, load, save

LAKE = "The lake at Sorn is 41 metres deep. Fish live in it.\n"
MILL = "The mill of Sorn was built in 1788. It grinds oats.\n"


def read(folder: Path, library: Path) -> Engine:
    settings = Settings.load(environ={}, library=str(library), reader="none", refuse_below=0.0)
    ingest([folder], library, HashEmbedder(), settings=settings, prune=True)
    return Engine.open(settings, embedder=HashEmbedder())


def test_footnotes_stand_move_and_fall(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, library = tmp_path / "docs", tmp_path / "library"
    folder.mkdir()
    (folder / "lake.txt").write_text(LAKE)
    (folder / "mill.txt").write_text(MILL)
    engine = read(folder, library)
    answer = engine.ask("How deep is the lake at Sorn?")
    assert answer.citations[0].source == "lake.txt"
    file = tmp_path / "kept.json"
    save(answer, engine.library, file, (), Scope())
    saved = load(file)
    assert saved.citations == answer.citations

    def kinds() -> list[str]:
        return [one.kind for one in standing(read(folder, library).library, saved.citations[:1], saved.hashes)]

    assert kinds() == ["same"]
    (folder / "lake.txt").write_text("A new first line.\n\n" + LAKE)
    [moved] = standing(read(folder, library).library, saved.citations[:1], saved.hashes)
    assert moved.kind == "moved"
    assert moved.now is not None
    assert engine.library.text("lake.txt")[moved.now.quote_start : moved.now.quote_end] == moved.was.quote
    (folder / "lake.txt").rename(folder / "water.txt")
    assert kinds() == ["moved"]
    (folder / "water.txt").write_text(LAKE.replace("41", "43"))
    assert kinds() == ["gone"]
    (folder / "water.txt").rename(folder / "lake.txt")
    last = read(folder, library)
    found = standing(last.library, saved.citations[:1], saved.hashes)
    assert [one.kind for one in found] == ["changed"]
    again = last.ask(saved.question)
    assert "43 metres" in again.text
    _tell("kept.json", saved, found, again, as_json=False)
    shown = capsys.readouterr().out
    assert "no longer said: lake.txt" in shown
    assert "43 metres" in shown
    assert _plain("kept.json", saved, found, again)["footnotes"][0]["now"] is None


@pytest.mark.parametrize("text", ["", "[]", '{"format": 9}', json.dumps({"format": 1, "answer": {}})])
def test_a_file_that_is_no_kept_answer_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(ReadError, match="rag ask --save"):
        load(file)
