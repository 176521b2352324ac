"""Made files of every format that is read, each with the text that a person sees in it.

In: a seed. Out: `Made` values: the bytes, and the visible text in reading order. All words are made up, so whatever
else comes out of a reader was hidden in the file, or was invented. `eval/format_office.py` has the office formats.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from eval.making import column, form, packed, pdf

_SYLLABLES = "ba de fi go lu ma ne po ri su ta ve zo ka lin mor ten sal vik dra".split()
_MARKED = "é ö ñ å ß œ".split()
_WESTERN = (
    "Die Öffnungszeiten der Bücherei ändern sich über Ostern; für Kinder ist täglich geöffnet.",
    "La réunion a été reportée à février, après les fêtes, parce que la salle était déjà louée.",
    "El año pasado la señora Ibáñez compró diez árboles más para el jardín de la estación.",
)
_SMALL = "the of and with from under".split()


@dataclass(frozen=True, slots=True)
class Made:
    """A file of a format; ``shown`` is what a person sees, part by part, in reading order."""

    name: str
    data: bytes
    shown: tuple[str, ...]


class Words:
    """Draws words that no language has; ``hidden`` gives a sentence that must not be read."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 (a sample, no secret)

    def word(self) -> str:
        """A word of two to four syllables, one in eight with a letter that is not ASCII."""
        made = "".join(self._draw.choices(_SYLLABLES, k=self._draw.randint(2, 4)))
        return made + (self._draw.choice(_MARKED) if self._draw.random() < 0.12 else "")

    def name(self) -> str:
        """A name of two words."""
        return f"{self.word().capitalize()} {self.word().capitalize()}"

    def number(self) -> str:
        """A number as people write it."""
        kind = self._draw.randrange(4)
        whole = self._draw.randint(11, 999)
        return (f"{whole}", f"{whole},{self._draw.randint(100, 999)}", f"{whole}.{whole % 90 + 10}", f"{whole}%")[kind]

    def sentence(self, words: int = 9) -> str:
        """A sentence with a number in it."""
        said = [self._draw.choice(_SMALL) if self._draw.random() < 0.25 else self.word() for _ in range(words)]
        return f"{self.word().capitalize()} {' '.join(said)} {self.number()}."

    def paragraph(self, sentences: int = 3) -> str:
        """Some sentences."""
        return " ".join(self.sentence() for _ in range(sentences))

    def hidden(self) -> str:
        """Words that lie in the file and are not seen."""
        return f"{self.word().capitalize()} {self.word()} {self.word()} {self.word()}."

    def rows(self, columns: int = 3, count: int = 4) -> list[list[str]]:
        """A table with a row of names: a text column, and others of numbers."""
        names = [self.word().capitalize() for _ in range(columns)]
        return [names, *([self.name(), *(self.number() for _ in range(columns - 1))] for _ in range(count))]


def flat(rows: list[list[str]]) -> list[str]:
    """Return the cells of a table, row by row."""
    return [cell for row in rows for cell in row]


def text_file(w: Words) -> Made:
    """Plain text, in UTF-8, UTF-16 or a code page."""
    shown = (w.name(), *(w.paragraph() for _ in range(6)))
    encoding = ("utf-8", "utf-8-sig", "utf-16", "cp1252")[len(shown[1]) % 4]
    if encoding == "cp1252":  # told by the languages that it is used for, so the words must be words
        shown = _WESTERN
    return Made("a.txt", "\r\n\r\n".join(shown).encode(encoding), shown)


def rst_file(w: Words) -> Made:
    """reStructuredText is read as the text that it is."""
    title, shown = w.name(), [w.paragraph() for _ in range(4)]
    lines = [title, "=" * len(title), "", *(f"{p}\n" for p in shown)]
    return Made("a.rst", "\n".join(lines).encode(), (title, *shown))


def log_file(w: Words) -> Made:
    """Lines with a time before each."""
    lines = [f"2024-02-{n:02} 07:{n + 10}:00 {w.word().upper()} {w.sentence()}" for n in range(1, 20)]
    return Made("a.log", "\n".join(lines).encode(), tuple(lines))


def markdown_file(w: Words) -> Made:
    """Front matter and remarks are not shown; headings, lists, a table, code and links are."""
    rows, items = w.rows(), [w.sentence() for _ in range(3)]
    title, first, second, last = w.name(), w.paragraph(), w.name(), w.paragraph()
    bold, code, link = w.word(), w.word(), w.word()
    lines = [
        "---", f"keywords: {w.hidden()}", "---", f"# {title}", "", first, "", f"<!-- {w.hidden()}", f"{w.hidden()} -->",
        "", f"## {second}", "", *(f"{n}. {item}" for n, item in enumerate(items, 1)), "",
        f"A **{bold}** [{link}](#1) <!-- {w.hidden()} -->{last}", "",
        "| " + " | ".join(rows[0]) + " |", "|---|--:|---|",
        *("| " + " | ".join(row) + " |" for row in rows[1:]), "", "```", f"run {code} <!-- {code} -->", "```",
    ]  # fmt: skip
    shown = (title, first, second, *items, "A", bold, link, last, *flat(rows), "run", code, code)
    return Made("a.md", "\n".join(lines).encode(), shown)


def pdf_file(w: Words) -> Made:
    """Two pages with a heading, running text, and a table in which the numbers stand under bold names."""
    rows, title, texts = w.rows(3, 5), w.name(), [w.paragraph(2) for _ in range(6)]
    lines = [(72.0, 760.0, 20.0, title), *column(_broken(texts[:3]), top=720)]
    for n, row in enumerate(rows):
        lines += [(72.0 + 150 * k, 380.0 - 18 * n, 11.0, cell) for k, cell in enumerate(row)]
    pages = [lines, column(_broken(texts[3:]), top=760)]
    return Made("a.pdf", pdf(pages, bold=rows[0]), (title, *texts[:3], *flat(rows), *texts[3:]))


def columns_file(w: Words) -> Made:
    """A page of two columns, drawn line by line across both."""
    left, right = ([w.paragraph(4) for _ in range(3)] for _ in range(2))
    sides = [column(_broken(side, 42), left=x, top=740) for side, x in ((left, 60), (right, 320))]
    lines = sorted((line for side in sides for line in side), key=lambda line: (-line[1], line[0]))
    return Made("a.pdf", pdf([lines]), (*left, *right))


def form_file(w: Words) -> Made:
    """A form: what is typed into its fields, and what is printed beside them."""
    labels, values = [w.word().capitalize() for _ in range(4)], [w.name() for _ in range(4)]
    drawn = [f"BT /F1 11 Tf 1 0 0 1 72 {700 - 40 * n} Tm ({a}) Tj ET" for n, a in enumerate(map(_ascii, labels))]
    fields = {f"f{n}": (_ascii(value), (200, 695 - 40 * n, 400, 715 - 40 * n)) for n, value in enumerate(values)}
    shown = [_ascii(part) for pair in zip(labels, values, strict=True) for part in pair]
    return Made("a.pdf", form(fields, "\n".join(drawn)), tuple(shown))


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()


def _broken(paragraphs: list[str], wide: int = 80) -> list[str]:
    """Break paragraphs into lines as a printer does, a blank line between them."""
    lines: list[str] = []
    for text in paragraphs:
        lines.append("")
        for word in text.split():
            if lines[-1] and len(lines[-1]) + len(word) < wide:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        lines.append("")
    return lines


def page_of(w: Words, *, mail: bool = False) -> tuple[str, list[str]]:
    """A web page with what pages hide, and its visible text; a mail shows its links and its foot too."""
    links, foot = [w.word() for _ in range(3)], w.word()
    title, first, note, summary, inside, quote = (
        w.name(),
        w.paragraph(),
        w.word(),
        w.sentence(),
        w.paragraph(),
        w.sentence(),
    )
    items, inner, rows, terms = [w.sentence() for _ in range(3)], w.sentence(), w.rows(), [w.word() for _ in range(2)]
    ruled, word, soft = w.sentence(), w.word(), w.word()
    cells = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows[1:])
    heads = "".join(f"<th>{c}</th>" for c in rows[0])
    half = len(word) // 2
    page = f"""<!doctype html><html><head><title>{w.hidden()}</title><style>.off {{display: none}} @media print
    {{ p {{ display: none }} }}</style><script>var a = "{w.hidden()}"</script></head><body>
    <nav><a href="/">{links[0]}</a> <a href="/b">{links[1]}</a> <a href="/c">{links[2]}</a></nav>
    <h1>{title}</h1><!-- {w.hidden()} --><p>{first}</p><p class="off">{w.hidden()}</p><p hidden>{w.hidden()}</p>
    <p>{word[:half]}<b>{word[half:]}</b> <i>{note}</i> <span style="display:none">{w.hidden()}</span>
    {soft[:2]}&shy;{soft[2:]}</p>
    <ul><li>{items[0]}<ul><li>{inner}</li></ul></li><li>{items[1]}</li></ul><ol start="3"><li>{items[2]}</li></ol>
    <details><summary>{summary}</summary><p>{inside}</p></details><blockquote>{quote}</blockquote>
    <table><thead><tr>{heads}</tr></thead>{cells}</table><dl><dt>{terms[0]}</dt><dd>{terms[1]}</dd></dl>
    <noscript>{w.hidden()}</noscript><template>{w.hidden()}</template><pre>{ruled}</pre>
    <footer>{foot}</footer></body></html>"""
    shown = [title, first, word, note, soft, items[0], inner, items[1], "3", items[2], summary, inside, quote]
    shown = [*(links if mail else ()), *shown, *flat(rows), *terms, ruled, *([foot] if mail else ())]
    return page, shown


def html_file(w: Words) -> Made:
    """A web page."""
    page, shown = page_of(w)
    return Made("a.html", page.encode(), tuple(shown))


def mhtml_file(w: Words) -> Made:
    """A page saved by a browser, with its style sheet beside it."""
    page, shown = page_of(w)
    page = page.replace("<pre>", f'<p class="away">{w.hidden()}</p><pre>')
    mail = EmailMessage()
    mail["Subject"] = w.hidden()
    mail.set_content(page, subtype="html", cte="quoted-printable")
    mail.add_related(f".away {{ display: none; content: '{w.hidden()}' }}", subtype="css")
    return Made("a.mhtml", bytes(mail), tuple(shown))


def epub_file(w: Words) -> Made:
    """A book of two chapters; its own style sheet hides a paragraph."""
    chapters = [(w.name(), w.paragraph()) for _ in range(2)]
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="o/b.opf"/></rootfiles></container>',
        "o/b.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest><item id="a" href="t/a.xhtml"/>'
        '<item id="b" href="t/b.xhtml"/><item id="s" href="s.css" media-type="text/css"/></manifest><spine>'
        '<itemref idref="a"/><itemref idref="b"/></spine></package>',
        "o/s.css": "p.off { display: none }",
    }
    for key, (title, text) in zip("ab", chapters, strict=True):
        files[f"o/t/{key}.xhtml"] = (
            '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title><link '
            f'rel="stylesheet" href="../s.css"/></head><body><h1>{title}</h1><p class="off">{w.hidden()}</p>'
            f"<p>{text}</p></body></html>"
        )
    return Made("a.epub", packed(files), tuple(part for chapter in chapters for part in chapter))


def csv_file(w: Words) -> Made:
    """A table parted by semicolons, a text with a line break in one cell."""
    rows = w.rows(4, 6)
    rows[2][0] = f"{w.word()};{w.word()}\n{w.word()}"
    lines = [";".join(f'"{cell}"' if ";" in cell else cell for cell in row) for row in rows]
    return Made("a.csv", "\n".join(lines).encode("utf-16" if len(lines[0]) % 2 else "utf-8"), tuple(flat(rows)))


def tsv_file(w: Words) -> Made:
    """A table parted by tabs."""
    rows = w.rows(4, 6)
    return Made("a.tsv", "\n".join("\t".join(row) for row in rows).encode(), tuple(flat(rows)))


def json_file(w: Words) -> Made:
    """A list of records inside an object, numbers as they are typed."""
    keys = [w.word() for _ in range(3)]
    prices = [f"{n}.{n % 9 + 1}0" for n in range(11, 15)]
    texts = [(w.name(), w.paragraph()) for _ in prices]
    records = [
        f'{{"{keys[0]}": "{name}", "{keys[1]}": {price}, "{keys[2]}": {json.dumps(text)}}}'
        for (name, text), price in zip(texts, prices, strict=True)
    ]
    shown = [part for (n, t), p in zip(texts, prices, strict=True) for part in (keys[0], n, keys[1], p, keys[2], t)]
    return Made("a.json", f'{{"{w.word()}": [{", ".join(records)}]}}'.encode(), tuple(shown))


def jsonl_file(w: Words) -> Made:
    """One record a line."""
    keys, records = [w.word(), w.word()], [(w.name(), w.sentence()) for _ in range(5)]
    lines = [json.dumps(dict(zip(keys, record, strict=True)), ensure_ascii=False) for record in records]
    return Made("a.jsonl", "\n".join(lines).encode(), tuple(p for a, b in records for p in (keys[0], a, keys[1], b)))


def eml_file(w: Words) -> Made:
    """A mail whose plain part is a stub, with a table attached."""
    mail, shown = _letter(w)
    rows = w.rows()
    mail.add_attachment("\n".join(",".join(row) for row in _without_commas(rows)), subtype="csv", filename="b.csv")
    return Made("a.eml", bytes(mail), (*shown, *flat(_without_commas(rows))))


def _without_commas(rows: list[list[str]]) -> list[list[str]]:
    return [[cell.replace(",", "") for cell in row] for row in rows]


def _letter(w: Words) -> tuple[EmailMessage, list[str]]:
    page, shown = page_of(w, mail=True)
    mail = EmailMessage()
    heads = {"From": f"{w.word()}@example.org", "To": f"{w.word()}@example.org", "Subject": w.name()}
    heads = {key: _ascii(value) if "@" in value else value for key, value in heads.items()}
    for key, value in heads.items():
        mail[key] = value
    mail.set_content(w.hidden())
    mail.add_alternative(page, subtype="html")
    return mail, [part for pair in heads.items() for part in pair] + shown


def mbox_file(w: Words) -> Made:
    """A mailbox of two plain letters, a line "From …" in one of them."""
    out, shown = b"", []
    for _ in range(2):
        subject, text = w.name(), [w.sentence(), w.sentence()]
        mail = EmailMessage()
        mail["Subject"] = subject
        mail.set_content(f"{text[0]}\n\n>From {text[1]}\n")
        out += b"From a@example.org Mon Jan  1 00:00:00 2024\n" + bytes(mail) + b"\n"
        shown += ["Subject", subject, text[0], "From", text[1]]
    return Made("a.mbox", out, tuple(shown))


def ics_file(w: Words) -> Made:
    """Two events; an alarm and a time zone are no text."""
    shown, lines = [], ["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", f"TZID:{_ascii(w.word())}", "END:VTIMEZONE"]
    for n in (1, 2):
        title, place, text = w.name(), w.name(), w.paragraph()
        lines += ["BEGIN:VEVENT", f"SUMMARY:{title}", f"DTSTART:202405{n:02}T140000", f"LOCATION:{place}"]
        lines += [f"DESCRIPTION:{text[:40]}", f" {text[40:]}", f"X-OWN:{w.hidden()}", "BEGIN:VALARM"]
        lines += [f"DESCRIPTION:{w.hidden()}", "END:VALARM", "END:VEVENT"]
        shown += ["Summary", title, "Starts", f"2024-05-{n:02} 14:00", "Place", place, "Description", text]
    return Made("a.ics", "\r\n".join([*lines, "END:VCALENDAR"]).replace(",", "\\,").encode(), tuple(shown))


def vcf_file(w: Words) -> Made:
    """Three cards of different versions; the oldest gives a name in its parts alone."""
    names, notes = [w.name() for _ in range(3)], [w.sentence() for _ in range(3)]
    first, last = names[0].split()
    cards = [
        f"VERSION:2.1\nN:{last};{first}\nNOTE:{notes[0]}", f"VERSION:3.0\nFN:{names[1]}\nN:x;y\nNOTE:{notes[1]}",
        f"VERSION:4.0\nFN:{names[2]}\nitem1.NOTE:{notes[2]}\nPHOTO:data:image/png;base64,AAAA",
    ]  # fmt: skip
    shown = [part for name, note in zip(names, notes, strict=True) for part in ("Name", name, "Note", note)]
    data = "\n".join(f"BEGIN:VCARD\n{card}\nEND:VCARD" for card in cards)
    return Made("a.vcf", data.replace(",", "\\,").encode(), tuple(shown))


def zip_file(w: Words) -> Made:
    """An archive of a text and a web page."""
    text, page = text_file(w), html_file(w)
    return Made("a.zip", packed({"a/x.txt": text.data, "b.html": page.data}), (*text.shown, *page.shown))


PLAIN: dict[str, Callable[[Words], Made]] = {
    "TXT": text_file, "LOG": log_file, "RST": rst_file, "Markdown": markdown_file, "PDF": pdf_file,
    "PDF, two columns": columns_file, "PDF form": form_file, "HTML": html_file, "MHTML": mhtml_file,
    "EPUB": epub_file, "CSV": csv_file, "TSV": tsv_file, "JSON": json_file, "JSON Lines": jsonl_file,
    "EML": eml_file, "MBOX": mbox_file, "ICS": ics_file, "VCF": vcf_file, "ZIP": zip_file,
}  # fmt: skip
