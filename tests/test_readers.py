"""One row for each reader: what goes in, which text, spans, pages and metadata come out."""

# ruff: noqa: E501 (what comes out is shown as it is)

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.load import READERS, Limits, Reading, canonical, decode
from ingest.read_any import choose, is_plain, read_any
from ingest.worker import Worker
from rag.config import Settings
from rag.errors import ReadError
from rag.library import Library
from tests import make_files as make
from tests import make_office as office
from tests.ingest_support import run, write

SETTINGS = Settings()


def read(data: bytes, name: str, settings: Settings = SETTINGS) -> list[Reading]:
    return list(read_any(data, name, Limits(settings)))


REPORT = [
    [
        (72, 800, 9, "Annual Report 2021"),
        *make.column(["The Lighthouse"], top=760, size=20),
        *make.column(
            ["The keeper lit the lamp at dusk and wrote the wea-", "ther down. A well-known storm broke it in"]
        ),
        (290, 30, 9, "1"),
    ],
    [
        (72, 800, 9, "Annual Report 2021"),
        *make.column(
            ["March, and oil was burned until morning.", "", "No ship was lost. It is a well-", "known story."]
        ),
        (290, 30, 9, "2"),
    ],
    [(72, 800, 9, "Annual Report 2021"), *make.column(["The end of the story."]), (290, 30, 9, "3")],
]


@dataclass(frozen=True)
class Case:
    """A file, and what is expected of its first reading."""

    name: str
    data: Callable[[], bytes]
    text: str
    facts: dict[str, object] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)
    headings: list[tuple[int, str]] | None = None
    rows: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=lambda: [""])
    warnings: list[str] = field(default_factory=list)


CASES = {
    "text": Case("a.txt", lambda: b"\xef\xbb\xbfOne.\r\nTwo.\r", "One.\nTwo.\n"),
    "markdown": Case(
        "a.md",
        lambda: b"---\ntitle: T\ndate: 2020-01-02\n---\n# H\n\nText.\n",
        "# H\n\nText.\n",
        {"title": "T", "date": "2020-01-02"},
        headings=[(1, "H")],
    ),
    "pdf": Case(
        "a.pdf",
        lambda: make.pdf(REPORT, {"Title": "Keeper's Report", "Author": "Mara Berg", "CreationDate": "D:20210304100000"}),
        "The Lighthouse\n\nThe keeper lit the lamp at dusk and wrote the weather down. A well-known storm broke it in "
        "March, and oil was burned until morning.\n\nNo ship was lost. It is a well-known story.\n\nThe end of the story.",
        {"title": "Keeper's Report", "author": "Mara Berg", "date": "2021-03-04", "media_type": "application/pdf"},
        pages=[
            "The Lighthouse\n\nThe keeper lit the lamp at dusk and wrote the weather down. A well-known storm broke it in ",
            "March, and oil was burned until morning.\n\nNo ship was lost. It is a well-known story.\n\n",
            "The end of the story.",
        ],
        headings=[(1, "The Lighthouse")],
    ),
    "docx": Case(
        "a.docx",
        make.docx,
        "The Mill\n\nHistory\n\nThe mill was built in 1850. It burned in 1911.\n\n- flour\n- oil\n\nOwners\n\n"
        "Name | From\nName: Anna Falk; From: 1850\nName: Carl Dahl; From: 1890",
        {"title": "The Mill", "author": "Mara Berg"},
        headings=[(1, "The Mill"), (1, "History"), (2, "Owners")],
        rows=["Name | From", "Name: Anna Falk; From: 1850", "Name: Carl Dahl; From: 1890"],
    ),
    "pptx": Case(
        "a.pptx",
        make.pptx,
        "The Plan\n\n- Build a dam.\n- Fill the lake.\n\nThe Cost\n\nTwo million crowns.\n\nSay that the bank pays half.",
        pages=[
            "The Plan\n\n- Build a dam.\n- Fill the lake.\n\n",
            "The Cost\n\nTwo million crowns.\n\nSay that the bank pays half.",
        ],
        headings=[(1, "The Plan"), (1, "The Cost")],
    ),
    "xlsx": Case(
        "a.xlsx",
        make.xlsx,
        "Harvest\n\nYear | Tons | Note\nYear: 1901; Tons: 12.5; Note: Dry. Very dry.\nYear: 1902; Tons: 20\n\n"
        "Staff\n\nName | Role\nName: Mara; Role: keeper",
        headings=[(1, "Harvest"), (1, "Staff")],
        rows=[
            "Year | Tons | Note", "Year: 1901; Tons: 12.5; Note: Dry. Very dry.", "Year: 1902; Tons: 20", "Name | Role",
            "Name: Mara; Role: keeper",
        ],
    ),
    "html": Case(
        "a.html",
        make.WEB_PAGE.encode,
        "Storm breaks lamp\n\nA storm broke the lamp of the lighthouse on Tuesday. The keeper burned oil in a bucket until "
        "the morning, and no ship was lost on the rocks below the tower.\n\nWhat the keeper said\n\n“I did what anyone "
        "would do,” she said. The harbour master praised her for it in a letter to the newspaper.\n\n"
        "- One lamp was broken.\n- Two windows were lost.\nShip | Port\nShip: Aurora; Port: Bergen",
        {"title": "Storm breaks lamp", "author": "Mara Berg", "date": "2021-03-04", "language": "en"},
        headings=[(1, "Storm breaks lamp"), (2, "What the keeper said")],
        rows=["Ship | Port", "Ship: Aurora; Port: Bergen"],
    ),
    "epub": Case(
        "a.epub",
        make.epub,
        "Dusk\n\nShe lit the lamp.\n\nNight\n\nThe lamp went out.",
        {"title": "Sea Tales", "author": "M. Berg", "date": "1999-05-06", "language": "en-GB"},
        headings=[(1, "Dusk"), (1, "Night")],
    ),
    "csv": Case(
        "a.csv",
        lambda: "name;age;note\nMara;50;Kept the lamp. Alone.\nCarl;;\"two\nlines\"\n".encode("utf-16"),
        "name | age | note\nname: Mara; age: 50; note: Kept the lamp. Alone.\nname: Carl; note: two lines",
        {"media_type": "text/csv"},
        rows=[
            "name | age | note", "name: Mara; age: 50; note: Kept the lamp. Alone.", "name: Carl; note: two lines"
        ],
    ),
    "json": Case(
        "a.json",
        lambda: b'{"from": 1911, "items": [{"name": "Mara", "jobs": ["lamp", "log"]}, {"name": "Carl", "boss": {"name": "M"}}]}',
        "from: 1911\n\nname: Mara; jobs: lamp, log\n\nname: Carl; boss.name: M",
        rows=["from: 1911", "name: Mara; jobs: lamp, log", "name: Carl; boss.name: M"],
    ),
    "jsonl": Case(
        "a.jsonl",
        lambda: b'{"title": "T1", "text": "' + b"A long text. " * 20 + b'"}\n\n{"title": "T2", "ok": true}\n',
        "title: T1\n\ntext:\n\n" + ("A long text. " * 20).strip() + "\n\ntitle: T2; ok: yes",
        rows=["title: T1", "title: T2; ok: yes"],
    ),
    "eml": Case(
        "a.eml",
        make.MAIL.encode,
        "From: Mara Berg <mara@example.org>\nTo: Carl Dahl <carl@example.org>\nDate: Thu, 04 Mar 2021 10:00:00 +0100\n"
        "Subject: The lamp at Køge\n\nThe lamp at Køge is broken. Please send a new one.\n\nMara",
        {"title": "The lamp at Køge", "author": "Mara Berg", "date": "2021-03-04"},
        rows=[
            "From: Mara Berg <mara@example.org>", "To: Carl Dahl <carl@example.org>",
            "Date: Thu, 04 Mar 2021 10:00:00 +0100", "Subject: The lamp at Køge",
        ],
        members=["", "parts.csv"],
        warnings=["attachment core.bin: no reader for .bin files (not text: it holds binary data)"],
    ),
    "mbox": Case(
        "a.mbox",
        lambda: b"From a Thu Mar  4\nSubject: One\n\nFirst text.\n>From here on.\n\nFrom b Fri Mar  5\nSubject: Two\n\nSecond.\n",
        "Subject: One\n\nFirst text.\nFrom here on.",
        {"title": "One"},
        rows=["Subject: One"],
        members=["1", "2"],
    ),
    "mhtml": Case(
        "a.mht",
        lambda: office.MHTML,
        "The ferry\n\nIt leaves at café time.",
        {"title": "The ferry", "media_type": "text/html"},
        headings=[(1, "The ferry")],
    ),
    "odf": Case(
        "a.odt",
        lambda: office.ODT,
        "Moorings\n\nThe fee [note 1] is 750 euros.\n\n[note 1] Paid by the year.\n\n1. Tie the boat.\n2. Pay the fee.",
        {"title": "The harbour", "author": "Ida Moe", "date": "2021-03-04"},
        headings=[(1, "Moorings")],
    ),
    "rtf": Case(
        "a.rtf",
        lambda: office.RTF,
        "Moorings\n\nThe fee is 750 euros.[note 1]\n\n[note 1] Paid by the year.\n\n1. Tie the boat at the café €5.\n"
        "Boat | Fee\nBoat: Heron; Fee: 750\n\n10^6 cells.\n\nRunning head",
        {"title": "The harbour", "author": "Ida Moe", "date": "2021-03-04"},
        headings=[(1, "Moorings")],
        rows=["Boat | Fee", "Boat: Heron; Fee: 750"],
    ),
    "cards": Case(
        "a.ics",
        office.CALENDAR.encode,
        "Summary: Board meeting, spring; Starts: 2024-05-02 14:00 Europe/Oslo; Place: Room 204; "
        "Attendees: Holm, Asa <asa@example.org>; Repeats: every week on Tuesday, 5 times; Description: Bring the budget.",
        {"media_type": "text/calendar"},
        rows=[
            "Summary: Board meeting, spring; Starts: 2024-05-02 14:00 Europe/Oslo; Place: Room 204; "
            "Attendees: Holm, Asa <asa@example.org>; Repeats: every week on Tuesday, 5 times; Description: Bring the budget."
        ],
    ),
    "picture": Case(
        "a.png",
        lambda: make.picture(make.scan()),
        " ".join(make.SCANNED),
        {"media_type": "image/png"},
        pages=[" ".join(make.SCANNED)],
    ),
    "zip": Case(
        "a.zip",
        lambda: make.packed(
            {"b/x.txt": "In b.", "a.csv": "n,m\n1,2\n", "inner.zip": make.packed({"deep.md": "# Deep"}), "c.bin": b"\0\1" * 99,
             "__MACOSX/no.txt": "no", "../../up.txt": "Up."}
        ),
        "In b.",
        members=["b/x.txt", "a.csv", "inner.zip/deep.md", "up.txt"],
        warnings=["c.bin: no reader for .bin files (not text: it holds binary data)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("reader", [r.name for r in READERS])
def test_reader(reader: str) -> None:
    case = CASES[reader]
    data = case.data()
    chosen = choose(data, case.name)
    assert chosen is not None
    assert chosen.name == reader
    readings = read(data, case.name)
    assert [r.member for r in readings] == case.members
    first = readings[0]
    assert first.text == case.text
    assert [p.of(first.text) for p in first.pages] == case.pages
    if case.headings is not None:
        assert [(h.level, h.title) for h in first.headings or ()] == case.headings
        assert all(h.title in first.text[h.start : h.end] for h in first.headings or ())
    assert [r.of(first.text) for r in first.rows] == case.rows
    assert {k: getattr(first, k) for k in case.facts} == case.facts
    assert list(first.warnings) == case.warnings


@pytest.mark.parametrize("reader", [r.name for r in READERS if r.isolated])
def test_a_worker_gives_the_same(reader: str, worker: Worker) -> None:
    case = CASES[reader]
    assert not is_plain(case.data(), case.name)
    assert worker.read(case.data(), case.name) == read(case.data(), case.name)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(SETTINGS) as worker:
        yield worker


def test_every_format_in_one_folder(tmp_path: Path) -> None:
    """Through the whole pipeline: each format is a document whose passages are verbatim and on their page."""
    folder = write(tmp_path / "docs", {f"{name}/{case.name}": case.data() for name, case in CASES.items()})
    report = run(folder, tmp_path / "lib")
    assert {s for s, _ in report.failed} == {"eml/a.eml", "zip/a.zip"}
    assert len(report.added) == len(CASES)
    library = Library.open(tmp_path / "lib")
    sources = {d.source for d in library.documents()}
    assert {"zip/a.zip/inner.zip/deep.md", "eml/a.eml/parts.csv", "mbox/a.mbox/2"} <= sources
    for document in library.documents():
        text = library.text(document.source)
        for p in library.document_passages(document.source):
            assert text[p.passage.start : p.passage.end] == p.passage.text
            if document.pages:
                assert p.passage.page is not None
                page = document.pages[p.passage.page - 1]
                assert all(page.start <= s.start < page.end for s in p.sentences)
    pdf = library.document_passages("pdf/a.pdf")
    assert [p.passage.page for p in pdf] == [1, 2, 3]
    rows = library.document_passages("csv/a.csv")
    assert [len(p.sentences) for p in rows] == [1, 1, 1]
    assert library.document("pdf/a.pdf").date == "2021-03-04"
    assert run(folder, tmp_path / "lib").passages == 0


@pytest.mark.parametrize(
    ("data", "name", "reader"),
    [
        (b"%PDF-1.4 x", "a.txt", "pdf"),
        (b"<!DOCTYPE html><p>x", "a.pdf", "html"),
        (b"<html><p>x", "noending", "html"),
        (b"plain", "noending", "text"),
        (make.docx(), "a.zip", "docx"),
        (make.packed({"a.txt": "x"}), "a.docx", "zip"),
    ],
)
def test_the_content_outweighs_the_name(data: bytes, name: str, reader: str) -> None:
    chosen = choose(data, name)
    assert chosen is not None
    assert chosen.name == reader


CODE_PAGES = [
    ("El año pasado la señora Ibáñez compró diez árboles más.", "cp1252"),
    ("La réunion a été reportée à février, après les fêtes.", "cp1252"),
    ("The café’s menu – “simple” food – costs £12.", "cp1252"),
    ("Kjøl: 3 °C", "cp1252"),
    ("Wczoraj spotkanie zostało przełożone na później, ponieważ padał śnieg.", "cp1250"),
    ("A gyűlést keddre halasztották, mert havazott. Árvíztűrő tükörfúrógép.", "cp1250"),
    ("Susirinkimas nukeltas į antradienį, nes snigo. Ąžuolas žalias, šaltas ėjimas.", "cp1257"),
    ("Toplantı salı gününe ertelendi çünkü kar yağıyordu. Şişli ilçesi.", "cp1254"),
    ("Η συνεδρίαση αναβλήθηκε για την Τρίτη επειδή χιόνιζε.", "cp1253"),
]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße aus Köln, schöne Straße.".encode("cp1252"), "Grüße aus Köln, schöne Straße."),
        ("Привет, как дела? Это простой текст на русском языке.".encode("cp1251"), "Привет, как дела? Это простой текст на русском языке."),
        *((text.encode(page), text) for text, page in CODE_PAGES),
        ("你好，世界。这是一个简单的中文文本，用来测试编码。".encode("gbk"), "你好，世界。这是一个简单的中文文本，用来测试编码。"),
        ("これは日本語のテキストです。文字コードを試します。".encode("shift_jis"), "これは日本語のテキストです。文字コードを試します。"),
        ("Plain words".encode("utf-16-le"), "Plain words"),
        ("Plain words".encode("utf-16-be"), "Plain words"),
        ("Größe".encode("utf-16"), "Größe"),
        ("Größe".encode("utf-32"), "Größe"),
        (b"a\0b and a few more words", "a\N{REPLACEMENT CHARACTER}b and a few more words"),
        ("e\u0301te\u0301".encode(), "\u00e9t\u00e9"),
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
    ],
)  # fmt: skip
def test_encodings(data: bytes, text: str) -> None:
    assert canonical(decode(data)) == text


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 20, b"\x7fELF\x02\x01\x01\0\0\0" * 30, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9]
)
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(ReadError, match="binary"):
        decode(data)


def test_a_forwarded_message_is_a_document_with_its_own_attachments() -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"], inner["Subject"], inner["Date"] = (
        "Ana <ana@example.org>",
        "The bridge",
        "Mon, 05 Feb 2024 10:00:00 +0000",
    )
    inner.set_content("The bridge at Ñuñoa was closed.")
    inner.add_attachment(b"One lamp.\n", maintype="text", subtype="plain", filename="lamp.txt")
    outer["Subject"] = "Fwd: The bridge"
    outer.set_content("See below.")
    outer.add_attachment(inner)
    outer.add_attachment(inner, filename="old.eml")
    first, second, lamp, third, _ = read(outer.as_bytes(), "a.eml")
    assert (first.member, first.text) == ("", "Subject: Fwd: The bridge\n\nSee below.")
    assert (second.member, second.title, second.date) == ("message-1.eml", "The bridge", "2024-02-05")
    assert second.text.endswith("\n\nThe bridge at Ñuñoa was closed.")
    assert (lamp.member, lamp.text.strip(), third.member) == ("message-1.eml/lamp.txt", "One lamp.", "old.eml")


def test_a_forwarded_message_that_is_broken_costs_nothing_but_itself() -> None:
    data = (
        b'Subject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nSee below.\n'
        b"--b\nContent-Type: message/rfc822\n\nSubject: Old\nContent-Type: text/plain; charset=bogus\n\nA \xff lamp.\n"
        b"--b\nContent-Type: message/rfc822\n\nSubject: \xc3\x91 lamp\n\nThe lamp was lit.\n--b--\n"
    )
    outer, inner = read(data, "a.eml")
    assert outer.text.endswith("See below.")
    assert [w.split(":")[0] for w in outer.warnings] == ["attachment message-1.eml"]
    assert (inner.member, inner.text.endswith("The lamp was lit.")) == ("message-2.eml", True)
