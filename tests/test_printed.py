"""The printed page of a source, as the chat page and `rag show` hand it out: of the file that was read, or none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from rag.config import Settings
from rag.engine import Engine
from rag.errors import RagError
from rag.library import Library
from rag.types import Answer, Citation, Document, Span
from tests import make_files as make
from tests.ingest_support import run, write
from tests.support import run_rag
from tests.test_page_picture import ink
from tests.test_web import fetch
from tests.web_support import StubEngine, StubLibrary
from ui.desk import Desk
from ui.house import House
from ui.page_picture import KEPT, Pictures
from ui.source_page import pages_of, picture_html
from ui.talks import Exchange
from ui.web import launch

PAGES = [
    make.column(["The keeper lit the lamp at dusk.", "No ship was lost in the storm of 1911, because the"]),
    make.column(["oil burned until morning. The harbour master", "praised her for it. No letter survives."]),
]
REPORT = make.pdf(PAGES, {"Title": "Lamps & <b>Oil</b>"})
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a PDF, one in an archive and a text, and a library of it beside it."""
    files = {
        "report.pdf": REPORT,
        "sub/a & b.pdf": REPORT,
        "mail.zip": make.packed({"in.pdf": REPORT}),
        "a.txt": "Text.",
    }
    write(tmp_path / "docs", files)
    report = run(tmp_path / "docs", tmp_path / "library")
    assert not report.failed
    return tmp_path / "docs"


def library_of(folder: Path) -> Library:
    return Library.open(folder.parent / "library")


def pictures_of(folder: Path) -> Pictures:
    return Pictures(library_of(folder), Settings())


def cite(library: Library, quote: str, source: str = "report.pdf", number: int = 1) -> Citation:
    start = library.text(source).index(quote)
    return Citation(number, 0, 3, source, None, start, start + len(quote), quote)


def desk_of(library: Library) -> Desk:
    """A desk on a real library; the engine's answers do not matter here."""
    return Desk(House.of(cast(Engine, StubEngine(cast(StubLibrary, library)))))


def opened(folder: Path, *quotes: str, page: int = 0, source: str = "report.pdf") -> str:
    """The printed page that the first of some footnotes opens."""
    library = library_of(folder)
    citations = tuple(cite(library, quote, source, n) for n, quote in enumerate(quotes, start=1))
    turns = [Exchange("t", Answer("?", "?", "[1]", False, 0.9, citations))]
    desk = desk_of(library)
    assert "data-printed" in desk.open("t:c0", turns)
    return desk.printed("t:c0", turns, page)


def boxes(html: str, kind: str = "quoted") -> int:
    return len(re.findall(f'<i class="{kind}"', html))


# -- which file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["report.pdf", "sub/a & b.pdf"])
def test_the_picture_is_of_the_page_that_was_read(folder: Path, source: str) -> None:
    shown = pictures_of(folder).page(source, 2)
    assert shown.png.startswith(PNG)
    assert ink(REPORT, 2).shape == (shown.height, shown.width)


def test_a_file_that_was_ingested_alone_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"report.pdf": REPORT})
    run(tmp_path / "report.pdf", tmp_path / "library")
    assert Pictures(Library.open(tmp_path / "library"), Settings()).page("report.pdf", 1).png.startswith(PNG)


def change_content(path: Path) -> None:
    path.write_bytes(REPORT.replace(b"keeper", b"sleeper"))


def change_same_size(path: Path) -> None:
    path.write_bytes(REPORT.replace(b"keeper", b"helper"))


def encrypt(path: Path) -> None:
    path.write_bytes(REPORT.replace(b"trailer\n<<", b"trailer\n<< /Encrypt << /Filter /Standard /V 1 /R 2 >>"))


def become_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (Path.unlink, "no longer where it was read"),
        (lambda path: path.rename(path.with_name("moved.pdf")), "no longer where it was read"),
        (lambda path: path.parent.rename(path.parent.with_name("elsewhere")), "no longer where it was read"),
        (lambda path: path.write_bytes(b""), "has changed since it was read; run `rag ingest` again"),
        (change_content, "has changed"),
        (change_same_size, "has changed"),
        (encrypt, "has changed"),
        (become_a_pipe, "has changed"),
        (become_a_folder, "has changed"),
    ],
)
def test_another_file_than_the_one_that_was_read_is_not_shown(folder: Path, harm: object, reason: str) -> None:
    harm(folder / "report.pdf")  # type: ignore[operator]
    html = opened(folder, "No ship was lost")
    assert "<img" not in html
    assert reason in html.replace("&#96;", "`")
    assert html.count("<p") == 1


def test_a_file_that_comes_back_is_shown_again(folder: Path) -> None:
    pictures = pictures_of(folder)
    (folder / "report.pdf").rename(folder / "away")
    with pytest.raises(RagError, match="no longer"):
        pictures.page("report.pdf", 1)
    (folder / "away").rename(folder / "report.pdf")
    assert pictures.page("report.pdf", 1).png


def test_a_pdf_inside_an_archive_is_shown_and_marked(folder: Path) -> None:
    html = opened(folder, "No ship was lost", source="mail.zip/in.pdf")
    assert 'src="/page-picture?source=mail.zip%2Fin.pdf&amp;page=1"' in html
    assert boxes(html) == 1
    (folder / "mail.zip").write_bytes(make.packed({"out.pdf": REPORT}))
    html = opened(folder, "No ship was lost", source="mail.zip/in.pdf")
    assert "<img" not in html
    assert "mail.zip has changed since it was read" in html


@pytest.mark.parametrize(
    ("source", "page"),
    [("a.txt", 1), ("report.pdf", 0), ("report.pdf", 3), ("nothing.pdf", 1), ("../library/library.sqlite3", 1)],
)
def test_nothing_else_has_a_picture(folder: Path, source: str, page: int) -> None:
    with pytest.raises(RagError):
        pictures_of(folder).page(source, page)


def test_a_page_that_cannot_be_drawn_is_one_line_and_is_not_tried_again(folder: Path) -> None:
    library = library_of(folder)
    pictures = Pictures(library, Settings(max_seconds=0))
    for _ in range(2):
        with pytest.raises(RagError, match="no picture of this page: not read within"):
            pictures.page("report.pdf", 1, [Span(0, 5)])
    assert len(pictures._kept) == 1


def test_the_last_pictures_are_kept_and_no_more(tmp_path: Path) -> None:
    write(tmp_path / "docs", {"long.pdf": make.pdf([make.column([f"Page {n} of it."]) for n in range(KEPT + 6)])})
    run(tmp_path / "docs", tmp_path / "library")
    pictures = pictures_of(tmp_path / "docs")
    first = pictures.page("long.pdf", 1)
    assert pictures.page("long.pdf", 1) is first
    for page in range(2, KEPT + 3):
        pictures.page("long.pdf", page)
    assert len(pictures._kept) == KEPT
    assert pictures.page("long.pdf", 1) is not first


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_a_quote_over_two_pages_is_marked_on_each_with_a_way_to_the_other(folder: Path) -> None:
    quote = "No ship was lost in the storm of 1911, because the oil burned until morning."
    first, second = opened(folder, quote), opened(folder, quote, page=2)
    assert 'data-page="2">Quote on page 2<' in first
    assert 'data-page="1">Quote on page 1<' in second
    assert (boxes(first), boxes(second)) == (1, 1)


def test_the_turns_other_quotes_are_marked_faintly_under_their_numbers(folder: Path) -> None:
    html = opened(folder, "The keeper lit the lamp at dusk.", "No ship was lost", "No letter survives.")
    assert boxes(html) == 1
    assert re.findall(r'<i class="also" data-n="(\d)"', html) == ["2"]
    assert boxes(opened(folder, "The keeper lit the lamp at dusk.", "No letter survives.", page=2)) == 0


def test_the_picture_is_described_and_everything_in_it_escaped(folder: Path) -> None:
    html = opened(folder, "No ship was lost", source="sub/a & b.pdf")
    [img] = re.findall(r"<img[^>]*>", html)
    assert 'src="/page-picture?source=sub%2Fa+%26+b.pdf&amp;page=1"' in img
    assert 'alt="Page 1 of Lamps &amp; &lt;b&gt;Oil&lt;/b&gt;, marked: No ship was lost"' in img
    assert "<b>Oil" not in html


def test_a_quote_that_is_not_found_on_the_picture_is_said_to_be(folder: Path) -> None:
    library = library_of(folder)
    document = library.document("report.pdf")
    bare = pictures_of(folder).page("report.pdf", 1)
    citation = cite(library, "No ship was lost")
    assert "was not found on this picture" in picture_html(document, 1, citation, (), bare)
    assert "was not found" not in picture_html(document, 2, citation, (), bare)


def test_a_document_opened_from_the_shelf_shows_its_first_page_unmarked(folder: Path) -> None:
    desk = desk_of(library_of(folder))
    html = desk.printed("doc:report.pdf", [])
    assert "<img" in html
    assert "not found" not in html
    assert boxes(html) == 0
    assert "data-printed" not in desk.open("doc:a.txt", [])
    assert "Ask the question again" in desk.printed("gone:c0", [])


def test_which_pages_a_quote_stands_on() -> None:
    document = Document("a.pdf", "A", 30, "", pages=(Span(0, 10), Span(10, 20), Span(20, 30)))
    assert pages_of(document, Citation(1, 0, 3, "a.pdf", 1, 3, 25, "x" * 22)) == [1, 2, 3]
    assert pages_of(document, Citation(1, 0, 3, "a.pdf", 2, 10, 20, "x" * 10)) == [2]
    assert pages_of(document, Citation(0, 0, 0, "a.pdf", 3, 0, 0, "")) == [3]


# -- the address -------------------------------------------------------------------------------------------------------


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    """A served page's port."""
    page, address = launch(desk_of(library_of(folder)).house, host="127.0.0.1", port=0)
    yield int(address.rstrip("/").rpartition(":")[2])
    page.close()


def test_the_address_takes_a_source_and_a_page_of_the_library_and_nothing_else(port: int, folder: Path) -> None:
    status, headers, body = fetch(port, "/page-picture?source=report.pdf&page=2")
    assert (status, headers["content-type"]) == (200, "image/png")
    assert "PNG" in body[:8]
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == "same-origin"
    wrong = [
        "", "?source=report.pdf", "?page=1", "?source=report.pdf&page=3", "?source=report.pdf&page=-1",
        "?source=report.pdf&page=%C2%B2", "?source=report.pdf&page=" + "1" * 5000, "?source=a.txt&page=1",
        f"?source={folder}/report.pdf&page=1", "?source=../docs/report.pdf&page=1", "?source=report.pdf%00&page=1",
        "?source=%ff&page=1",
    ]  # fmt: skip
    for query in wrong:
        status, headers, _ = fetch(port, f"/page-picture{query}")
        assert status == 404, query
        assert headers["content-type"].startswith("text/plain")


def test_another_site_cannot_ask_for_a_picture(port: int) -> None:
    address = "/page-picture?source=report.pdf&page=1"
    assert fetch(port, address, Host="evil.example")[0] == 400
    assert fetch(port, address, Origin="http://evil.example")[0] == 403
    assert fetch(port, address, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert fetch(port, address, **{"Sec-Fetch-Site": "same-site"})[0] == 403
    assert fetch(port, address, **{"Sec-Fetch-Site": "same-origin"})[0] == 200
    assert fetch(port, address, "POST")[0] in {404, 405}


# -- the command -------------------------------------------------------------------------------------------------------


def test_rag_show_writes_the_picture(folder: Path) -> None:
    library, out = folder.parent / "library", folder.parent / "out.png"
    common = ("--library", library, "--picture", out)
    done = run_rag("show", "report.pdf", "--page", "2", *common, cwd=folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert out.read_bytes() == pictures_of(folder).page("report.pdf", 2).png
    done = run_rag("show", "report.pdf", *common, cwd=folder)
    assert done.returncode == 2
    assert "add --page 1" in done.stderr
    done = run_rag("show", "a.txt", "--page", "1", *common, cwd=folder)
    assert done.returncode == 2
    assert "has no pages" in done.stderr
    (folder / "report.pdf").unlink()
    done = run_rag("show", "report.pdf", "--page", "2", *common, cwd=folder)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
