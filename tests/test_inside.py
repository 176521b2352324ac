"""The printed page of a PDF inside an archive or a mail: of the member that was read, whatever its container does."""

from __future__ import annotations

import email
import email.policy
import io
import mailbox
import random
import warnings
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.inside import take_out
from ingest.load import Limits
from ingest.page_picture import PageRequest, draw_page
from ingest.worker import Worker
from rag.config import Settings
from rag.errors import RagError, ReadError
from rag.library import Library
from rag.types import Span
from tests import make_files as make
from tests.ingest_support import run, write
from tests.support import run_rag
from tests.test_ingest_hostile import bomb, lying_zip, nested
from ui.page_picture import Pictures

LIMITS = Limits(Settings())


def pdf(words: str) -> bytes:
    """A PDF of two pages, the second of which tells it from every other."""
    return make.pdf(
        [make.column(["The first page of any of them."]), make.column([f"This is {words}.", "It ends so."])]
    )


def archive(*files: tuple[str, bytes]) -> bytes:
    """A zip archive, in which two files may have one name."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        warnings.simplefilter("ignore")
        for name, content in files:
            opened.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def letter(*attached: tuple[str, bytes], subject: str = "Plans") -> bytes:
    """A message with attachments."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Mara <m@example.org>", "Carl <c@example.org>", subject
    message.set_content("The plans are attached.")
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def forwarded(*letters: bytes) -> bytes:
    """A message that carries others as they were sent."""
    message = email.message_from_bytes(letter(), policy=email.policy.default)
    for one in letters:
        message.add_attachment(email.message_from_bytes(one, policy=email.policy.default))
    return message.as_bytes()


def mbox(path: Path, *letters: bytes) -> bytes:
    """A mailbox of some messages."""
    box = mailbox.mbox(path)
    for one in letters:
        box.add(one)
    box.close()
    return path.read_bytes()


def pictures_of(folder: Path, settings: Settings | None = None) -> Pictures:
    return Pictures(Library.open(folder.parent / "library"), settings or Settings())


def ingested(folder: Path, files: dict[str, bytes]) -> Library:
    write(folder, dict(files))
    run(folder, folder.parent / "library")
    return Library.open(folder.parent / "library")


# -- which member ------------------------------------------------------------------------------------------------------

A, B, C = pdf("the dam"), pdf("the lake"), pdf("the mill")


def containers(tmp_path: Path) -> dict[str, bytes]:
    """Containers of every kind and depth, with PDFs that are not those asked for beside those that are."""
    return {
        "a.zip": archive(("plans/one.pdf", A), ("two.pdf", B), ("notes.txt", b"The notes.")),
        "b.eml": letter(("one.pdf", A), ("q1/plan.pdf", B)),
        "c.mbox": mbox(tmp_path / "box", letter(("x.pdf", B)), letter(("x.pdf", A), ("y.txt", b"Some notes."))),
        "d.eml": letter(("all.zip", archive(("one.pdf", B), ("deep/one.pdf", A)))),
        "e.zip": archive(("in.zip", archive(("one.pdf", B))), ("post.eml", letter(("p.zip", archive(("q.pdf", A)))))),
        "f.bin": archive(("report", A)),  # told by its first bytes, as the file in it
        "h.eml": forwarded(letter(("plan.pdf", A), subject="Fwd: plans"), letter(("plan.pdf", B), subject="Older")),
        "g.zip": archive(("in.mbox", mbox(tmp_path / "other", letter(("a.pdf", B)), letter(("a.pdf", C))))),
    }


MEMBERS = {
    "a.zip/plans/one.pdf": A, "a.zip/two.pdf": B, "b.eml/one.pdf": A, "b.eml/q1_plan.pdf": B, "c.mbox/1/x.pdf": B,
    "c.mbox/2/x.pdf": A, "d.eml/all.zip/one.pdf": B, "d.eml/all.zip/deep/one.pdf": A, "e.zip/in.zip/one.pdf": B,
    "e.zip/post.eml/p.zip/q.pdf": A, "f.bin/report": A, "g.zip/in.mbox/1/a.pdf": B, "g.zip/in.mbox/2/a.pdf": C,
    "h.eml/message-1.eml/plan.pdf": A, "h.eml/message-2.eml/plan.pdf": B,
}  # fmt: skip


def test_every_pdf_of_a_library_has_the_picture_of_its_own_page(tmp_path: Path) -> None:
    library = ingested(tmp_path / "docs", containers(tmp_path))
    found = {d.source for d in library.documents() if d.media_type == "application/pdf"}
    assert found == set(MEMBERS)
    pictures = pictures_of(tmp_path / "docs")
    for source, original in MEMBERS.items():
        page = library.document(source).pages[1]
        shown = pictures.page(source, 2, [Span(page.start, page.start + 4)])
        assert shown.png == draw_page(original, PageRequest(2)).png, source
        assert [len(mark) for mark in shown.marks] == [1], source


def test_of_members_with_one_name_each_document_gets_its_own(tmp_path: Path) -> None:
    empty = make.pdf([[]])  # no text: it is no document, and takes no name
    files = {
        "a.zip": archive(("x.pdf", empty), ("x.pdf", A), ("x.pdf", b"%PDF- damaged"), ("./x.pdf", B), ("x.pdf~", C)),
        "b.eml": letter(("x.pdf", C), ("x.pdf", A)),
        "c.zip": archive(("in.zip/x.pdf", A), ("in.zip", archive(("x.pdf", B)))),
    }
    library = ingested(tmp_path / "docs", files)
    pictures = pictures_of(tmp_path / "docs")
    texts = {A: "the dam", B: "the lake", C: "the mill"}
    sources = [d.source for d in library.documents() if d.media_type == "application/pdf"]
    assert len(sources) == 7
    for source in sources:
        [original] = [data for data, words in texts.items() if words in library.text(source)]
        assert pictures.page(source, 2).png == draw_page(original, PageRequest(2)).png, source


def test_two_members_do_not_share_a_kept_picture(tmp_path: Path) -> None:
    ingested(tmp_path / "docs", {"a.zip": archive(("one.pdf", A), ("two.pdf", B))})
    pictures = pictures_of(tmp_path / "docs")
    first = pictures.page("a.zip/one.pdf", 2)
    assert pictures.page("a.zip/two.pdf", 2).png != first.png
    assert pictures.page("a.zip/one.pdf", 2) is first


def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    ingested(tmp_path / "docs", {"a.zip": archive(("one.pdf", A))})
    before = sorted(tmp_path.rglob("*"))
    assert pictures_of(tmp_path / "docs").page("a.zip/one.pdf", 2)
    assert sorted(tmp_path.rglob("*")) == before


# -- when there is none ------------------------------------------------------------------------------------------------


def reason(folder: Path, source: str, settings: Settings | None = None) -> str:
    with pytest.raises(RagError) as raised:
        pictures_of(folder, settings).page(source, 1)
    return str(raised.value)


def test_a_container_that_changed_or_is_gone_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    ingested(folder, {"a.zip": archive(("one.pdf", A)), "b.eml": letter(("one.pdf", A))})
    (folder / "a.zip").write_bytes(archive(("one.pdf", A), ("two.pdf", B)))
    changed = "no picture of this page: {} has changed since it was read; run `rag ingest` again"
    assert reason(folder, "a.zip/one.pdf") == changed.format("a.zip")
    same_size = (folder / "b.eml").read_bytes().replace(b"Plans", b"Plums")
    (folder / "b.eml").write_bytes(same_size)
    assert reason(folder, "b.eml/one.pdf") == changed.format("b.eml")
    (folder / "a.zip").unlink()
    assert reason(folder, "a.zip/one.pdf") == "no picture of this page: a.zip is no longer where it was read"


def test_a_container_that_is_over_a_limit_by_now_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    big = make.pdf([make.column([f"Line {n} of the book." for n in range(50)]) for _ in range(900)])
    assert len(big) > 1 << 20
    ingested(folder, {"a.zip": archive(("one.pdf", big)), "b.eml": letter(("in.zip", archive(("one.pdf", big))))})
    for source in ("a.zip/one.pdf", "b.eml/in.zip/one.pdf"):
        assert pictures_of(folder).page(source, 900)
        said = reason(folder, source, Settings(max_expanded_mb=1))
        assert said.startswith("no picture of this page: it expands to more than max_expanded_mb = 1")


@pytest.mark.parametrize("data", [archive(("one.pdf", A)), letter(("one.pdf", A)), A, b"", b"PK\x03\x04 cut"])
def test_a_member_that_is_not_there_is_not_guessed(data: bytes) -> None:
    kind = "a.zip" if data.startswith(b"PK") else "a.eml"
    for wanted in ("two.pdf", "one.pdf/one.pdf", "one", "../one.pdf", "", "/"):
        with pytest.raises(ReadError):
            take_out(data, kind, wanted, LIMITS)


def encrypted(data: bytes) -> bytes:
    """The same archive with the sign of encryption on its first member."""
    changed = bytearray(data)
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[data.index(sign) + at] |= 1
    return bytes(changed)


NOISE = random.Random(1).randbytes(5 << 19)
HOSTILE: Sequence[tuple[bytes, str, str]] = [
    (bomb("one.pdf"), "one.pdf", "max_expanded_mb = 4"),
    (archive(("b.zip", bomb("one.pdf"))), "b.zip/one.pdf", "max_expanded_mb = 4"),
    (archive(("b.zip", archive(("one.pdf", NOISE)))), "b.zip/one.pdf", "max_expanded_mb = 4"),  # over both levels
    (lying_zip(), "a.txt", "a.txt: damaged"),
    (nested(5), "/".join(["inner.zip"] * 5 + ["core.txt"]), "nested more than 3 deep"),
    (archive(("one.pdf", A))[:-30], "one.pdf", "a damaged zip file"),
    (encrypted(archive(("one.pdf", A))), "one.pdf", "one.pdf: encrypted"),
    (archive(("one.pdf", A)), "two.pdf", "two.pdf is not in it"),
    (archive(("one.pdf", b"%PDF- no"), ("one.pdf", b"%PDF- none")), "one.pdf", "damaged"),
    (letter(("one.zip", b"PK\x03\x04 no archive")), "one.zip/one.pdf", "a damaged zip file"),
    (b"From a\nSubject: b\n\n" * 100_001, "1/one.pdf", "more than 100,000 messages"),
]


@pytest.mark.parametrize(("data", "wanted", "said"), HOSTILE)
def test_a_hostile_container_is_one_line_and_the_next_page_is_drawn(data: bytes, wanted: str, said: str) -> None:
    kind = "a.zip" if data.startswith(b"PK") else "a.mbox" if data.startswith(b"From a") else "a.eml"
    with Worker(Settings(max_expanded_mb=4, max_memory_mb=1024, max_seconds=20)) as worker:
        with pytest.raises(ReadError, match=said) as raised:
            worker.picture(data, PageRequest(1), kind, wanted)
        assert "\n" not in str(raised.value)
        assert worker.picture(archive(("one.pdf", A)), PageRequest(2), "a.zip", "one.pdf").png


def test_a_member_that_draws_without_end_is_ended() -> None:
    with Worker(Settings(max_seconds=1)) as worker, pytest.raises(ReadError, match="max_seconds = 1"):
        worker.picture(archive(("one.pdf", make.endless_pdf())), PageRequest(1), "a.zip", "one.pdf")


# -- the command -------------------------------------------------------------------------------------------------------


def test_rag_show_writes_the_picture_of_an_attachment(tmp_path: Path) -> None:
    folder, out = tmp_path / "docs", tmp_path / "out.png"
    ingested(folder, {"b.eml": letter(("all.zip", archive(("one.pdf", A))))})
    command = ("show", "b.eml/all.zip/one.pdf", "--page", "2", "--library", tmp_path / "library", "--picture", out)
    done = run_rag(*command, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert out.read_bytes() == draw_page(A, PageRequest(2)).png
    (folder / "b.eml").unlink()
    done = run_rag(*command, cwd=tmp_path)
    assert done.returncode == 1
    assert "b.eml is no longer where it was read" in done.stderr
    assert done.stderr.count("\n") == 1
