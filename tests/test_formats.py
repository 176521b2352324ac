"""What a format shows is what is read, for every format that a reader claims: `python -m eval.formats` in small."""

from __future__ import annotations

import pytest

from eval.format_files import Made
from eval.formats import FORMATS, compared, main, measured
from ingest.load import READERS, reader_for
from tests.support import ROOT

SEEDS = (3, 4)


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_shows_is_read_and_nothing_else(name: str) -> None:
    read = measured(name, SEEDS)
    assert read.invented == ()
    assert read.share >= 0.99, read.missing


def test_every_reader_is_measured() -> None:
    from eval.format_files import Words

    tried = {reader_for(make(Words(1)).name) for make in FORMATS.values()}
    # pictures are measured by `eval.scans`
    assert {reader.name for reader in READERS} - {reader.name for reader in tried if reader} == {"picture"}


def test_the_table_in_the_docs_names_the_same_formats() -> None:
    table = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8").partition("## How much of it is read")[2]
    assert all(f"| {name} |" in table for name in FORMATS)


def test_the_measure_sees_what_is_lost_invented_or_out_of_order() -> None:
    made = Made("a.txt", b"", ("Bade fogo 12.", "Luma neri."))
    whole = compared(made, "Bade fogo 12.\n\nLuma: neri.")
    assert (whole.share, whole.invented) == (1.0, ())
    assert compared(made, "Bade fogo.").missing == ("12", ".", "Luma", "neri")
    assert compared(made, "Bade fogo 12. Luma secret neri.").invented == ("secret",)
    assert compared(made, "Luma neri. Bade fogo 12.").share < 0.7


def test_the_command_prints_a_line_for_each_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--only", "CSV"]) == 0
    assert "| CSV |" in capsys.readouterr().out
