"""Rich text (RTF 1.9.1), as WordPad and Word show it.

In: bytes. Out: one `Reading`: paragraphs, headings by outline level or style, list marks, tables, notes below their
paragraph, running heads once at the end. Struck-out, hidden and deleted text, pictures and what programs keep for
themselves are left out. Written here because striprtf, the one library alive, gives plain text: no headings, no
notes told apart.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingest.build import Builder
from ingest.describe import iso_date, stated_author, stated_title
from ingest.load import Limits, Reading
from ingest.marks import lowered, note, raised
from rag.errors import ReadError

_TOKEN = re.compile(
    rb"\\(?:'([0-9a-fA-F]{2})|([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|([^a-zA-Z]))|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_SIGNS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ", "softline": "\n",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "_": "-", "-": "", "\n": "\n", "\r": "\n"}
_SILENT = frozenset(
    "fonttbl colortbl stylesheet info pict object "
    "ftnsep ftnsepc aftnsep aftnsepc fldinst datafield generator themedata colorschememapping latentstyles datastore "
    "rsidtbl listtable listoverridetable revtbl xmlnstbl mmathPr annotation atnid atnauthor atndate atnref atnicn "
    "bkmkstart bkmkend xe tc private filetbl wgrffmtfilter pgdsctbl nonshppict shpinst passwordhash userprops".split()
)
_SHOWN = frozenset("footnote shptxt fldrslt pntext listtext shppict".split())  # also when marked as optional
_HEADS = frozenset("header headerl headerr headerf footer footerl footerr footerf".split())
_PAGE_NUMBER = re.compile(r"(?:[^\W\d]+\W+)?\d*(?:\W+[^\W\d]+\W+\d*)?\W*")  # "Page 2 of 9", and what is empty
_DEEPEST = 1000


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits. ``into`` is where its text goes: "text", "note", "mark", "head", or "" for
    nowhere."""

    into: str = "text"
    unseen: bool = False
    place: int = 0
    skip: int = 1
    font: int = 0


@dataclass(slots=True)
class _Paragraph:
    text: str = ""
    mark: str = ""
    level: int = 0
    in_table: bool = False
    cells: list[str] = field(default_factory=list)


def read_rtf(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read a rich text file; `ReadError` when it is none."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ReadError("not a rich text file")
    text = _Text(data)
    text.read()
    facts = {key: _fact(data, key) for key in ("title", "author", "subject", "keywords")}
    made = re.search(rb"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})", data[:65536])
    pictures = len(re.findall(rb"\{(?:\\\*\\shppict ?\{)?\\pict\b", data))
    return (
        text.builder.reading(
            title=stated_title(facts["title"]) or text.builder.first_heading,
            author=stated_author(facts["author"]),
            date=iso_date("-".join(part.decode() for part in made.groups())) if made else None,
            media_type="application/rtf",
            metadata={"subject": facts["subject"], "keywords": facts["keywords"]},
            warnings=[f"{pictures} picture{'s' if pictures > 1 else ''} not read"] if pictures else [],
            find_headings=True,
        ),
    )


def _fact(data: bytes, key: str) -> str:
    found = re.search(rb"\{\\" + key.encode() + rb" ([^{}]{1,500})\}", data[:65536])
    if not found:
        return ""
    inner = _Text(b"{\\rtf1" + found[1] + b"\\par}")
    inner.read()
    return inner.builder.reading(media_type="").text


class _Text:
    """Follows the groups of a file and builds its text."""

    def __init__(self, data: bytes) -> None:
        self.builder = Builder()
        self.data = data
        page = re.search(rb"\\ansicpg(\d+)", data[:2000])
        self.encoding = _encoding(int(page[1])) if page else "cp1252"
        self.fonts = _fonts(data)
        self.levels = _heading_styles(data)
        self.now = _State()
        self.stack: list[_State] = []
        self.paragraph = _Paragraph()
        self.rows: list[list[str]] = []
        self.note = ""
        self.notes: list[str] = []
        self.noted = 0
        self.head = ""
        self.bytes = bytearray()
        self.skipping = 0

    def read(self) -> None:
        """Read the whole file."""
        optional = False
        for found in _TOKEN.finditer(self.data):
            code, word, number, symbol, brace, plain = found.groups()
            if code is not None:
                self.byte(bytes([int(code, 16)]))
                continue
            if plain is not None:
                self.byte(plain)
                continue
            self.flush()
            if brace == b"{":
                if len(self.stack) > _DEEPEST:
                    raise ReadError("nested too deeply")
                self.stack.append(self.now)
            elif brace == b"}":
                self.close()
            elif symbol == b"*":
                optional = True
                continue
            elif symbol is not None:
                self.add(_SYMBOLS.get(symbol.decode("latin-1"), symbol.decode("latin-1") if symbol in b"{}\\" else ""))
            elif word is not None:
                self.control(word.decode(), int(number) if number else None, optional)
            optional = False
        self.flush()
        self.end_paragraph()
        self.end_table()
        for line in dict.fromkeys(line.strip() for line in self.head.split("\n")):
            if not _PAGE_NUMBER.fullmatch(line):
                self.builder.paragraph(line)

    def byte(self, raw: bytes) -> None:
        """Take bytes of text, less those that stand in for a character just given by its number."""
        if self.skipping:
            taken = min(self.skipping, len(raw))
            self.skipping -= taken
            raw = raw[taken:]
        self.bytes += raw

    def flush(self) -> None:
        """Decode the bytes gathered: a character of some code pages has two."""
        if self.bytes:
            encoding = self.fonts.get(self.now.font, self.encoding)
            raw, self.bytes = bytes(self.bytes), bytearray()
            self.add(raw.decode(encoding, errors="replace"))

    def add(self, text: str) -> None:
        """Add text where the group at hand puts it."""
        if self.now.unseen or not text:
            return
        if self.now.into == "mark":
            self.paragraph.mark += text
        elif self.now.into == "head":
            self.head += text
        elif self.now.into:
            before = self.note if self.now.into == "note" else self.paragraph.text
            own = raised(before, text) if self.now.place > 0 else lowered(before, text) if self.now.place < 0 else text
            if self.now.into == "note":
                self.note += own
            else:
                self.paragraph.text += own

    def close(self) -> None:
        """End a group; a note's is kept for below its paragraph."""
        was, self.now = self.now, self.stack.pop() if self.stack else _State()
        if was.into == "note" and self.now.into != "note":
            self.notes.append(f"[note {self.noted}] {self.note.strip()}")
            self.note = ""
        elif was.into == "head" and self.now.into != "head":
            self.head += "\n"

    def control(self, word: str, number: int | None, optional: bool) -> None:
        """Obey a control word."""
        on = number != 0
        if word in _SILENT or (optional and word not in _SHOWN):
            self.now = replace(self.now, into="")
        elif word in _HEADS:
            self.now = replace(self.now, into="head", unseen=False)
        elif word == "footnote":
            self.noted += 1
            if self.now.into == "text":
                self.paragraph.text += note(self.paragraph.text, str(self.noted))
            self.now = replace(self.now, into="note", place=0)
        elif word in {"pntext", "listtext"}:
            self.now = replace(self.now, into="mark" if self.now.into == "text" else "", place=0)
        elif word in {"v", "strike", "striked", "deleted"}:
            self.now = replace(self.now, unseen=on)
        elif word in {"super", "sub", "nosupersub"}:
            self.now = replace(self.now, place={"super": 1, "sub": -1}.get(word, 0) if on else 0)
        elif word in {"up", "dn"}:
            self.now = replace(self.now, place=0 if not number else 1 if word == "up" else -1)
        elif word == "plain":
            self.now = replace(self.now, unseen=False, place=0)
        elif word == "f":
            self.now = replace(self.now, font=number or 0)
        elif word == "uc":
            self.now = replace(self.now, skip=number if number is not None else 1)
        elif word == "u" and number is not None:
            self.unicode(number)
        elif word == "bin":
            self.skipping = 0
        elif word in _SIGNS:
            self.add(_SIGNS[word])
        else:
            self.layout(word, number)

    def unicode(self, number: int) -> None:
        """Add a character given by its number, half of one outside the first plane too."""
        self.add(chr(number % 65536))
        self.skipping = self.now.skip

    def layout(self, word: str, number: int | None) -> None:
        """Obey what ends or describes a paragraph or a cell."""
        if word == "footnote" or not self.now.into:
            return
        if self.now.into == "note":
            self.note += " " if word == "par" else ""
        elif self.now.into == "head":
            self.head += "\n" if word == "par" else ""
        elif word == "par" or word in {"sect", "page"}:
            if self.paragraph.in_table and word == "par":
                self.paragraph.text += " "
            else:
                self.end_paragraph()
        elif word == "pard":
            self.paragraph.level, self.paragraph.in_table = 0, False
        elif word == "intbl":
            self.paragraph.in_table = True
        elif word == "outlinelevel" and number is not None and number < 9:
            self.paragraph.level = number + 1
        elif word == "s" and number in self.levels:
            self.paragraph.level = self.levels[number]
        elif word in {"cell", "nestcell"}:
            mark = self.paragraph.mark.strip()
            self.paragraph.cells.append(f"{mark} {self.paragraph.text}".strip())
            self.paragraph.text = self.paragraph.mark = ""
        elif word in {"row", "nestrow"}:
            self.rows.append(self.paragraph.cells)
            self.paragraph = _Paragraph(in_table=True)

    def end_paragraph(self) -> None:
        """Add the paragraph at hand, and the notes that it bears."""
        text = self.paragraph.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
        mark, level = self.paragraph.mark.strip(), self.paragraph.level
        self.paragraph = _Paragraph(level=level)
        if text or self.notes:
            self.end_table()
        if level:
            self.builder.heading(f"{mark} {text}" if mark not in {"", "•", "·"} else text, level)
        elif mark:
            self.builder.item(text, f"{mark} " if mark[0].isalnum() or mark[0] == "(" else "- ")
        else:
            self.builder.paragraph(text)
        for text in self.notes:
            self.builder.paragraph(text)
        self.notes = []

    def end_table(self) -> None:
        """Add the rows gathered; a single one, or a single column, is a frame around text."""
        rows, self.rows = self.rows, []
        if len(rows) > 1 and max(map(len, rows)) > 1:
            self.builder.table(rows, apart=False)
        else:
            for row in rows:
                for cell in row:
                    self.builder.paragraph(cell)


_PAGES = {10000: "mac_roman", 65001: "utf-8", 932: "cp932", 936: "gbk", 949: "cp949", 950: "cp950", 0: "cp1252"}
_CHARSETS = {0: 1252, 77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
             178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250}  # fmt: skip


def _encoding(page: int) -> str:
    name = _PAGES.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _fonts(data: bytes) -> dict[int, str]:
    """Return the encodings of the fonts that state one other than the file's."""
    found = re.findall(rb"\\f(\d+)(?:\\\w+)*?\\fcharset(\d+)", data[:65536])
    pages = {int(font): _CHARSETS.get(int(charset)) for font, charset in found}
    return {font: _encoding(page) for font, page in pages.items() if page not in {None, 1252}}


def _heading_styles(data: bytes) -> dict[int, int]:
    """Return the levels of the styles that are called "heading 1" and so on."""
    start = data.find(b"{\\stylesheet")
    sheet = data[start : start + 200_000] if start >= 0 else b""
    found = re.findall(rb"\{\\s(\d+)[^{};]*?heading (\d)[^{};]*;\}", sheet, re.IGNORECASE)
    return {int(style): int(level) for style, level in found}
