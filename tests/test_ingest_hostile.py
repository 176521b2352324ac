"""A folder of files that mean harm, or were harmed: every one is read or named, and the good file beside them is read.

The corpus is made here. Each entry says what must come of it: ``None`` when it must be read, else a part of the reason.
"""

# ruff: noqa: E501 (the corpus is a table)

from __future__ import annotations

import os
import socket
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.build import Builder
from ingest.load import READERS, Reading
from ingest.pipeline import IngestReport
from ingest.split import split
from ingest.worker import Worker
from rag.config import Settings
from rag.errors import ReadError
from rag.library import Library
from tests import make_files as make
from tests.ingest_support import EMBEDDER, SETTINGS, run, snapshot, write
from tests.test_readers import CASES

LIMITS = Settings(max_file_mb=8, max_pages=400, max_seconds=20, max_expanded_mb=4, max_memory_mb=1024)
ENTITIES = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)


def bomb(name: str = "a.txt", megabytes: int = 64) -> bytes:
    return make.packed({name: b"0" * (megabytes << 20)})


def nested(depth: int) -> bytes:
    data = make.packed({"core.txt": "The core."})
    for _ in range(depth):
        data = make.packed({"inner.zip": data})
    return data


def lying_zip() -> bytes:
    """A zip whose directory says that its member is small."""
    data = bytearray(bomb(megabytes=64))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def quine() -> bytes:
    """A zip that holds a copy of its own beginning, over and over."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(50):
            archive.writestr(
                f"{n}.zip", make.packed({"x.zip": make.packed({"y.zip": make.packed({"z.zip": nested(1)})})})
            )
    return out.getvalue()


def replaced(data: bytes, member: str, content: bytes | str) -> bytes:
    """A container with one member exchanged."""
    source = zipfile.ZipFile(BytesIO(data))
    return make.packed({n: content if n == member else source.read(n) for n in source.namelist()})


PDF = make.pdf([make.column(["Some text on the page."])] * 3)
DOCX, XLSX, PPTX, EPUB = make.docx(), make.xlsx(), make.pptx(), make.epub()
CORPUS: dict[str, tuple[bytes, str | None]] = {
    "empty.txt": (b"", "empty"),
    "blank.txt": (b" \n\t \r\n", "empty"),
    "one byte.txt": (b"x", None),
    "nul only.txt": (b"\0", "binary"),
    "nul bytes.txt": (b"Some text with \0 in it, and more text after that.", None),
    "controls.txt": (bytes(range(1, 32)) * 40, "binary"),
    "random.bin": (os.urandom(4096), "no reader for .bin"),
    "random.txt": (b"\xff\xfe\xfd" + bytes(range(256)) * 16, ""),
    "one line.txt": (b"word " * 100_000, None),
    "no spaces.txt": (b"x" * 200_000, None),
    "too large.txt": (b"word " * (2 << 20), "max_file_mb"),
    "many lines.txt": (b"a\n" * 30_000, None),
    "blank lines.txt": (b"a" + b"\n" * 1_000_000 + b"b", None),
    "long word.md": (b"# " + b"h" * 100_000 + b"\n\ntext", None),
    "fences.md": (b"```\n" * 10_000, None),
    "headings.md": (b"# a\n" * 5_000, None),
    "front.md": (b"---\n" + b"a: &x [1]\nb: *x\n" * 500 + b"---\nText.", None),
    "cjk.txt": ("这是第一句。这是第二句！真的吗？" * 50).encode(),
    "arabic.txt": ("هذا نص عربي. هل تفهم؟ نعم. " * 50).encode(),
    "mixed forms.txt": ("é e\u0301 ﬁ Å A\u030a. " * 50).encode(),
    "emoji.txt": ("👩‍👩‍👧‍👦 🎉. " * 200).encode(),
    "combining.txt": ("a" + "\u0301" * 20_000 + " text.").encode(),
    "rtl marks.txt": ("\u202eevil\u202c text. \u200b\u200f" * 20).encode(),
    "utf16 no mark.txt": ("Words without a mark. " * 20).encode("utf-16-le"),
    "utf16 odd.txt": ("Words. " * 20).encode("utf-16") + b"x",
    "cp1252.txt": "Größe und Maß für Äpfel.".encode("cp1252"),
    "gbk.txt": ("你好，世界。这是一个简单的中文文本。" * 5).encode("gbk"),
    "broken utf8.txt": b"Caf\xc3\xa9 and caf\xe9 and \xc3\x28 and \xf0\x9f text goes on.",
    "html in it.txt": b"<script>alert(1)</script> {{x}} ${x} <img src=x onerror=y> ![x](http://x)",
    "really a.pdf.txt": (PDF, None),
    "really text.pdf": (b"This is only text.", "damaged PDF"),
    "really html.docx": (b"<html><body><p>Some words.</p></body></html>", None),
    "really png.txt": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0" * 9, "binary"),
    "cut.pdf": (PDF[: len(PDF) // 2], ""),
    "cut head.pdf": (PDF[:20], "damaged PDF"),
    "garbled.pdf": (PDF.replace(b"stream", b"strxam"), ""),
    "no pages.pdf": (make.pdf([]), ""),
    "blank.pdf": (make.pdf([[]]), "no text layer"),
    "many pages.pdf": (make.pdf([make.column(["Text."])] * 401), "max_pages"),
    "loop.pdf": (PDF.replace(b"/Kids [5 0 R", b"/Kids [2 0 R"), ""),
    "encrypted.pdf": (
        PDF.replace(
            b"trailer\n<<",
            b"trailer\n<< /ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32
            + b"> /P -4 >>",
        ),
        "encrypted",
    ),
    "cut.docx": (DOCX[: len(DOCX) // 2], "damaged"),
    "no document.docx": (make.packed({"word/document.xml": "<a/>"}), "damaged"),
    "entities.docx": (replaced(DOCX, "word/document.xml", ENTITIES + "<r>&j;</r>"), "damaged"),
    "bomb.docx": (make.packed({"word/document.xml": b" " * (64 << 20)}), "max_expanded_mb"),
    "cut.xlsx": (XLSX[:-200], "damaged"),
    "entities.xlsx": (replaced(XLSX, "xl/workbook.xml", ENTITIES + "<workbook>&j;</workbook>"), ""),
    "cut.pptx": (PPTX[:3000], "damaged"),
    "entities.epub": (replaced(EPUB, "OPS/book.opf", ENTITIES + "<package>&j;</package>"), ""),
    "no spine.epub": (replaced(EPUB, "OPS/book.opf", "<package/>"), "no text"),
    "escaping.epub": (replaced(EPUB, "META-INF/container.xml", '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
        'container"><rootfiles><rootfile full-path="../../../etc/passwd"/></rootfiles></container>'), "damaged"),
    "deep.html": (b"<div>" * 20_000 + b"Deep text." + b"</div>" * 20_000, ""),
    "unclosed.html": (b"<p>One<p>Two<table><tr><td>x<ul><li>y", None),
    "entities.html": (ENTITIES.encode() + b"<html><p>&j; and words</p></html>", None),
    "scripts only.html": (b"<html><script>x</script><style>y</style></html>", "no text"),
    "fetch.html": (b'<html><body><img src="http://127.0.0.1:9/x"><p>Some words are here.</p></body></html>', None),
    "wrong charset.html": ('<html><head><meta charset="utf-16"></head><p>Größe.</p></html>'.encode(), None),
    "deep.json": (b"[" * 100_000 + b"]" * 100_000, "deep"),
    "bad.json": (b'{"a": ', "not JSON"),
    "big number.json": (b'{"a": ' + b"9" * 10_000 + b"}", ""),
    "bad.jsonl": (b'{"a": 1}\n{"a": ', "line 2"),
    "ragged.csv": (b'a,b\n1\n1,2,3,4\n"unclosed\n', None),
    "nul.csv": (b"a,b\n1,\x002\nfurther,text\n", ""),
    "wide.csv": (b",".join(b"c%d" % n for n in range(5_000)) + b"\n" + b"1," * 4_999 + b"1\n", None),
    "bad headers.eml": (b"Subject: =?utf-8?q?=FF=FE?=\nFrom: <<>>\nDate: never\nContent-Type: text/plain; charset=nope\n\nHi all.", None),
    "nested.eml": (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 500, ""),
    "no from.mbox": (b"just text", "not a mailbox"),
    "bomb.zip": (bomb(), "max_expanded_mb"),
    "lying.zip": (lying_zip(), ""),
    "quine.zip": (quine(), "deep"),
    "deep.zip": (nested(5), "nested more than"),
    "bombs.zip": (make.packed({f"{n}.zip": bomb(megabytes=3) for n in range(4)}), "max_expanded_mb"),
    "cut.zip": (make.packed({"a.txt": "x" * 1000})[:-30], "damaged"),
    "slip.zip": (make.packed({"../../../../tmp/slipped.txt": "Some text.", "/abs/olute.txt": "Other text."}), None),
    "many.zip": (make.packed({f"{n}.txt": "" for n in range(10_001)}), "more than"),
    "name\nnewline.txt": (b"Words.", None),
    'quotes "\' `$(x)`.txt': (b"Words.", None),
    "\u202egnp.txt": (b"Words.", None),
    "-rf.txt": (b"Words.", None),
    "%s%n;--.txt": (b"Words.", None),
    "n" * 251 + ".txt": (b"Words.", None),
    "/".join(["d"] * 200) + "/deep.txt": (b"Deep words.", None),
}  # fmt: skip
for _name, _entry in list(CORPUS.items()):
    if isinstance(_entry, bytes):
        CORPUS[_name] = (_entry, None)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, IngestReport]:
    top = tmp_path_factory.mktemp("hostile")
    outside = write(top / "outside", {"secret.txt": "A secret outside the folder.\n"})
    folder = write(top / "docs", {name: data for name, (data, _) in CORPUS.items()} | {"good.txt": "A good file.\n"})
    (folder / "link out.txt").symlink_to(outside / "secret.txt")
    (folder / "folder out").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    (folder / "inner.txt").symlink_to(folder / "good.txt")
    os.mkfifo(folder / "pipe.txt")
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(folder)  # a socket's path may not be long
    server.bind("socket.txt")
    os.chdir(here)
    os.close(os.open(os.fsencode(folder) + b"/bad\xff\xfename.txt", os.O_CREAT | os.O_WRONLY))
    (Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff\xfename.txt"))).write_text("Words in a badly named file.\n")
    report = run(folder, top / "lib", settings=LIMITS)
    server.close()
    return folder, report


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 60


@pytest.mark.parametrize("name", CORPUS, ids=range(len(CORPUS)))
def test_each_file_is_read_or_named(ingested: tuple[Path, IngestReport], name: str) -> None:
    _, report = ingested
    expected = CORPUS[name][1]
    failed = dict(report.failed)
    read = name in report.added
    if expected is None:
        assert read, failed.get(name)
        assert name not in failed
    elif expected:
        assert expected in failed[name]
        assert "\n" not in failed[name]
    else:
        assert read or failed[name]


def test_links_pipes_and_sockets(ingested: tuple[Path, IngestReport]) -> None:
    _, report = ingested
    failed = dict(report.failed)
    assert "out of the folder" in failed["link out.txt"]
    assert "out of the folder" in failed["folder out"]
    assert "leads nowhere" in failed["self"]
    assert "not a regular file" in failed["pipe.txt"]
    assert "not a regular file" in failed["socket.txt"]
    assert not {"loop", "inner.txt", "loop/good.txt"} & ({*failed} | {*report.added})
    assert "bad\ufffd\ufffdname.txt" in report.added
    assert "good.txt" in report.added


def test_nothing_was_written_outside(ingested: tuple[Path, IngestReport]) -> None:
    folder, _ = ingested
    assert sorted(p.name for p in folder.parent.iterdir()) == ["docs", "lib", "outside"]
    assert not Path("/tmp/slipped.txt").exists()


def test_what_was_read_is_whole(ingested: tuple[Path, IngestReport]) -> None:
    folder, _ = ingested
    library = Library.open(folder.parent / "lib")
    for document in library.documents():
        text = library.text(document.source)
        assert "A secret outside" not in text
        for p in library.document_passages(document.source):
            assert text[p.passage.start : p.passage.end] == p.passage.text
            assert EMBEDDER.count_tokens(p.passage.text) <= EMBEDDER.max_tokens
    assert {"slip.zip/tmp/slipped.txt", "slip.zip/abs/olute.txt"} <= {d.source for d in library.documents()}


def test_failures_are_kept_and_not_tried_again(ingested: tuple[Path, IngestReport]) -> None:
    folder, report = ingested
    before = snapshot(folder.parent / "lib")
    again = run(folder, folder.parent / "lib", settings=LIMITS)
    assert dict(again.failed) == dict(report.failed)
    assert again.passages == 0
    assert again.seconds < 10
    assert snapshot(folder.parent / "lib") == before
    stored = dict(Library.open(folder.parent / "lib").stats().failed)
    assert {name for name, (_, reason) in CORPUS.items() if reason} <= set(stored)


# -- the worker ---------------------------------------------------------------------------------------------------


def test_a_hang_is_ended_and_the_next_file_is_read() -> None:
    with Worker(Settings(max_seconds=1)) as worker:
        slow = make.pdf([make.column(["Text of a page."] * 50)] * 4000)
        with pytest.raises(ReadError, match="max_seconds = 1"):
            worker.read(slow, "slow.pdf")
    with Worker(SETTINGS) as worker:
        assert worker.read(PDF, "a.pdf")


def test_a_crash_costs_one_file() -> None:
    with Worker(SETTINGS) as worker:
        assert worker.read(PDF, "a.pdf")
        process = worker._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(ReadError, match="signal 9"):
            worker.read(PDF, "b.pdf")
        assert worker.read(PDF, "c.pdf")


def test_a_flood_of_memory_is_an_error() -> None:
    with Worker(Settings(max_memory_mb=400, max_expanded_mb=4000)) as worker:
        with pytest.raises(ReadError, match=r"memory|crashed|damaged"):
            worker.read(bomb(megabytes=600), "a.zip")
        assert worker.read(PDF, "a.pdf")


# -- fuzzing ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(LIMITS) as worker:
        yield worker


SAMPLES = {r.name: (CASES[r.name].name, CASES[r.name].data()) for r in READERS if r.name != "picture"}


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_damaged_file_is_read_or_refused(worker: Worker, reader: str, data: st.DataObject) -> None:
    """Whatever is cut out of a file, doubled or overwritten: `Reading` values whose spans fit, or `ReadError`."""
    name, sample = SAMPLES[reader]
    content = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        size = data.draw(st.integers(1, 64))
        how = data.draw(st.sampled_from(["cut", "zero", "noise", "double", "end"]))
        if how == "cut":
            del content[at : at + size]
        elif how == "zero":
            content[at : at + size] = bytes(min(size, len(content) - at))
        elif how == "noise":
            content[at : at + size] = data.draw(st.binary(min_size=size, max_size=size))
        elif how == "double":
            content[at:at] = content[at : at + size]
        else:
            del content[at:]
    try:
        readings = worker.read(bytes(content), name)
    except ReadError as error:
        reason = str(error)
    else:
        reason = ""
        for reading in readings:
            check(reading)
    assert "\n" not in reason
    assert "crashed" not in reason


def check(reading: Reading) -> None:
    spans = [*reading.pages, *reading.rows, *(reading.headings or ())]
    assert all(0 <= s.start <= s.end <= len(reading.text) for s in spans)
    pieces = split(
        reading.text, EMBEDDER.count_tokens, EMBEDDER.max_tokens,
        pages=reading.pages, headings=reading.headings, breaks=reading.breaks, rows=reading.rows,
    )  # fmt: skip
    inside = "".join(reading.text[p.start : p.end] for p in pieces)
    assert "".join(inside.split()) == "".join(reading.text.split())


# -- what fuzzing found -------------------------------------------------------------------------------------------


def test_a_date_beyond_all_calendars_is_no_date(worker: Worker) -> None:
    [reading] = worker.read(b"Subject: S\nDate: Thu, 04 Mar 20219999999999999999 10:00:00 +0100\n\nText.\n", "a.eml")
    assert reading.date is None
    assert reading.text.endswith("Text.")


def test_a_charset_with_a_zero_in_its_name(worker: Worker) -> None:
    [reading] = worker.read(b'Subject: S\nContent-Type: text/plain; charset="utf\0-8"\n\nText.\n', "a.eml")
    assert reading.text.endswith("Text.")


def test_nested_rows_and_lists_do_not_multiply_the_text(worker: Worker) -> None:
    for tag in ("<tr><td>cell ", "<li>item ", "<table><tr><td>x "):
        page = "<html><body><table>" + tag * 300 + "</html>"
        [reading] = worker.read(page.encode(), "a.html")
        assert len(reading.text) < 3 * len(page)


def test_long_first_rows_are_not_repeated() -> None:
    builder = Builder()
    builder.table([["A whole paragraph of text. " * 20, "b"], *[["1", "2"]] * 50])
    assert builder.reading(media_type="text/csv").text.count("A whole paragraph") == 20


def test_a_page_without_a_date_is_read_at_once(worker: Worker) -> None:
    """Guessing a date out of the text made the first such page take ten seconds."""
    worker.read(b"<html><p>Warm up the parser with some words.</p></html>", "a.html")
    begun = time.monotonic()
    [reading] = worker.read(b"<html><p>On the fourth of March 2021 the lamp broke again.</p></html>", "a.html")
    assert time.monotonic() - begun < 3
    assert reading.date is None
