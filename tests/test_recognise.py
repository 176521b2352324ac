"""Pictures of text are recognised: PDF pages without a text layer, and picture files, with places and confidences."""

from __future__ import annotations

import io
import time
from contextlib import closing
from pathlib import Path

import pytest

from eval.making import column, pdf
from ingest.load import Limits
from ingest.prepare import file_fingerprint
from ingest.read_any import read_any
from ingest.recognise import HOW_TO, Recogniser, Word, arranged, engine_of, marks, placed
from rag.config import Settings
from rag.errors import ReadError
from rag.library import Library
from rag.recognised import KEY, Seen, confidence, labelled, packed, unpacked
from rag.types import Answer, Citation, Span
from tests import make_files as make
from tests.ingest_support import EMBEDDER, run, write
from ui.page_picture import Pictures

LINES = make.SCANNED
WHOLE = Span(0, 10_000)


def _letters(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with a scanned PDF and a photograph, and its library."""
    root = tmp_path_factory.mktemp("scans")
    files = {"scan.pdf": make.picture(make.scan(), "PDF"), "photo.png": make.picture(make.scan(), "PNG")}
    write(root / "docs", files)
    report = run(root / "docs", root / "library")
    assert not report.failed
    return root / "docs", root / "library"


@pytest.mark.parametrize("source", ["scan.pdf", "photo.png"])
def test_a_picture_of_text_is_read_said_to_be_and_shown_with_its_words_marked(
    folder: tuple[Path, Path], source: str
) -> None:
    with closing(Library.open(folder[1], EMBEDDER.fingerprint)) as library:
        text, document = library.text(source), library.document(source)
        assert _letters(text) == _letters(" ".join(LINES))
        words = unpacked(document.metadata[KEY])
        assert [word.span.of(text).strip(".") for word in words][:5] == ["The", "lock", "keeper", "of", "Rainham"]
        assert all(word.confidence > 0.5 for word in words)
        start = text.index("Dora Finch")
        quote = Citation(1, 0, 3, source, 1, start, start + 10, "Dora Finch")
        told = labelled(Answer("q", "q", "a [1]", False, 0.9, (quote,)), library)
        assert told.citations[0].note.startswith("recognised text, 0.")
        drawn = Pictures(library, Settings()).page(source, 1, [Span(start, start + 10)])
    (box,) = drawn.marks[0]
    assert 0.4 < box.left < 0.5  # where the line stands: 72 points in, set in type of 11 points, on a page of 595
    assert 0.05 < box.width < 0.15
    assert box.top < 0.4


def test_without_recognition_a_picture_says_what_to_do_about_it() -> None:
    off = Limits(Settings(ocr="off"))
    for data, name in ((make.picture(make.scan(), "PDF"), "a.pdf"), (make.picture(make.scan(), "PNG"), "a.png")):
        with pytest.raises(ReadError, match=r"picture.*`ocr` is off"):
            read_any(data, name, off)
    assert Recogniser(Settings()).why_not == HOW_TO
    mixed = saved_mixed()
    (reading,) = read_any(mixed, "a.pdf", off)
    assert reading.warnings == ("no text layer on page 2 (`ocr` is off)",)
    assert KEY not in reading.metadata


def saved_mixed() -> bytes:
    """A PDF of a printed page and a scanned one."""
    import pypdfium2

    both = pypdfium2.PdfDocument.new()
    for data in (pdf([column(["This page has a text layer."])]), make.picture(make.scan(), "PDF")):
        both.import_pages(pypdfium2.PdfDocument(data))
    out = io.BytesIO()
    both.save(out)
    return out.getvalue()


def test_only_the_page_without_a_text_layer_is_recognised_and_a_doubtful_one_is_told() -> None:
    (reading,) = read_any(saved_mixed(), "a.pdf", Limits(Settings(ocr_report_below=1.0)))
    first, second = (page.of(reading.text).strip() for page in reading.pages)
    assert (first, _letters(second)) == ("This page has a text layer.", _letters(" ".join(LINES)))
    words = unpacked(reading.metadata[KEY])
    assert min(word.span.start for word in words) >= reading.pages[1].start
    (warning,) = reading.warnings
    assert warning.startswith("page 2 was recognised with a confidence of only 0.")


def test_pages_for_which_there_is_no_time_are_told() -> None:
    recogniser = Recogniser(Settings(max_seconds=1))
    time.sleep(0.85)
    assert recogniser.page(3, make.scan()).lines == []
    assert recogniser.warnings() == ["no time to recognise 1 pages from page 3 (max_seconds = 1)"]


def page_of(rows: list[list[tuple[float, str]]], slope: float) -> str:
    """The text of a page whose rows of pieces, each with its left edge, stand 30 pixels apart and lie askew."""
    boxes, words = [], []
    for n, row in enumerate(rows):
        for left, text in row:
            right, y = left + 10 * len(text), 100 + 30 * n + slope * left
            low = y + 20
            boxes.append(
                (
                    [
                        [left, y],
                        [right, y + slope * (right - left)],
                        [right, low + slope * (right - left)],
                        [left, low],
                    ],
                    text,
                )
            )
            words.append([Word(word, 0.9, 0, 0, 0.1, 0.1) for word in text.split()])
    page = arranged(boxes[::-1], words[::-1], 1800)
    assert [word.text for word in page.words] == " ".join(line.text for line in page.lines).split()
    return "\n".join(line.text for line in page.lines)


@pytest.mark.parametrize("slope", [0.0, 0.03, -0.03])
def test_columns_and_tables_of_a_page_that_lies_askew_are_told_by_their_places(slope: float) -> None:
    left = [
        "The ferry leaves the quay at nine",
        "and comes back before it is dark,",
        "unless the wind is too strong for",
        "its engine to hold.",
    ]
    right = [
        "Tickets are sold on board by the",
        "mate, who takes coins and cards",
        "alike, and gives no change above",
        "the fare.",
    ]
    columns = [[(100, one), (700, other)] for one, other in zip(left, right, strict=True)]
    assert page_of(columns, slope) == "\n".join([*left, *right])
    table = [[(100, "Boat"), (500, "Berth"), (800, "Fee")], [(100, "Heron"), (500, "North"), (800, "750")]]
    assert page_of([[(100, left[0])], *table], slope) == f"{left[0]}\nBoat  Berth  Fee\nHeron  North  750"


def test_a_picture_without_text_and_a_damaged_one_are_told() -> None:
    from PIL import Image

    for data, reason in (
        (make.picture(Image.new("RGB", (300, 200), "white"), "PNG"), "no text was found"),
        (make.picture(make.scan(), "PNG")[:400], "damaged picture"),
    ):
        with pytest.raises(ReadError, match=reason):
            read_any(data, "a.png", Limits(Settings()))


def test_words_are_found_in_the_text_in_their_order_and_what_was_left_out_is_left_out() -> None:
    words = [Word(text, 0.5, 0.0, 0.0, 0.1, 0.1) for text in ("Page", "The", "wea-", "ther", "the", "End.")]
    text = "The weather: the end."
    found = placed(words, text, WHOLE)
    assert [seen.span.of(text) for seen in found] == ["The", "wea", "ther", "the", "end"]


def test_packed_words_are_the_same_again_and_lose_nothing_that_is_seen() -> None:
    words = [Seen(Span(70_000 + n, 70_004 + n), n / 10, n / 10, 0.25, n / 10 + 0.05, 1.0) for n in range(10)]
    again = unpacked(packed(words))
    assert [w.span for w in again] == [w.span for w in words]
    for one, other in zip(words, again, strict=True):
        assert abs(one.confidence - other.confidence) < 0.003
        assert abs(one.left - other.left) + abs(one.bottom - other.bottom) < 0.0001
    assert unpacked("") == []


def test_the_confidence_of_a_stretch_is_that_of_its_letters() -> None:
    words = [Seen(Span(0, 3), 1.0, 0, 0, 0.1, 0.1), Seen(Span(4, 5), 0.2, 0.11, 0, 0.2, 0.1)]
    assert confidence(words, 0, 5) == pytest.approx(0.8)
    assert confidence(words, 10, 20) is None
    (one,) = marks(words, [Span(0, 5)])[0]
    assert (one.left, one.width) == (0, pytest.approx(0.2))
    assert marks(words, [Span(8, 9)]) == ((),)


def test_installing_or_switching_off_recognition_reads_pictures_again() -> None:
    on, off = Settings(), Settings(ocr="off")
    assert engine_of(on).startswith("rapidocr ")
    assert engine_of(off) == ""
    for source, differs in (("a.pdf", True), ("a.png", True), ("a.zip", True), ("a.md", False)):
        assert (file_fingerprint(source, on, EMBEDDER) != file_fingerprint(source, off, EMBEDDER)) is differs
