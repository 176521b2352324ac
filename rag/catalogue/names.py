"""Which documents a phrase means: "report-2023.pdf", "the safety manual", "the mails from Kari", "the minutes of May".

In: the documents of a library and a phrase. Out: the documents it fits, best first, or none. A phrase fits a document
when each of its words stands in the title, the path, the author or the dates of it; a word for a kind of file ("mail",
"slides") fits by the kind. It reads no canonical text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.check.facts import dates
from rag.text import STOPWORDS, fold, stem, word_spans
from rag.types import Document

# Words for a kind of file, as people say them, and how its files end.
_KINDS = (
    ("pdf pdfs", ".pdf"),
    ("mail mails email emails e-mail e-mails message messages correo correos mensaje mensajes", ".eml .mbox"),
    ("spreadsheet spreadsheets workbook workbooks excel sheet sheets hoja hojas", ".xlsx .xlsm .csv .tsv .ods"),
    ("presentation presentations slide slides deck decks powerpoint presentacion presentaciones diapositivas",
     ".pptx .pptm .odp"),
    ("word docx", ".docx .docm"),
    ("webpage webpages html", ".html .htm .xhtml .mhtml"),
    ("markdown", ".md .markdown"),
    ("csv csvs", ".csv"),
    ("json", ".json .jsonl"),
    ("ebook ebooks epub", ".epub"),
    ("xlsx", ".xlsx .xlsm"),
    ("pptx", ".pptx .pptm"),
)  # fmt: skip
KINDS = {word: tuple(endings.split()) for words, endings in _KINDS for word in words.split()}
# What a media type says where the file's own name does not: the messages of a mailbox.
_MEDIA = {"message/rfc822": ".eml"}
# Words for any document: they fit every one, unless names hold them.
ANY = frozenset(
    "document documents doc docs file files text texts paper papers report reports article articles page pages record "
    "records source sources documento documentos archivo archivos fichero ficheros texto textos informe informes "
    "articulo articulos called named titled llamado llamada titulado titulada".split()
)
_VERSION = re.compile(r"v(?:er(?:sion)?)?[. _-]?(\d+)")
_OWN = frozenset("i my our your me mi mis tu tus su sus nuestro nuestra".split())


@dataclass(frozen=True, slots=True)
class Entry:
    """One document with the words that name it: ``own`` of its title and file name, ``near`` of its folders and
    ``people``, who wrote or sent it."""

    document: Document
    own: frozenset[str]
    near: frozenset[str]
    people: frozenset[str]
    days: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return PurePosixPath(self.document.source).name

    def is_of(self, endings: Iterable[str]) -> bool:
        """Tell whether the file ends in one of ``endings`` (".pdf")."""
        ending = _MEDIA.get(self.document.media_type) or PurePosixPath(self.document.source).suffix.lower()
        return ending in endings


def entry(document: Document) -> Entry:
    """Read the words that name a document."""
    path = PurePosixPath(document.source)
    language = document.language or "en"
    spoken = f"{document.title} {path.stem}".replace("_", " ")
    days = [f.value for f in dates(spoken, language if language in {"en", "es"} else "en")]
    days += [document.date.replace("-0", "-")] if document.date else []
    own = _keys(spoken, language) | {f"version {n}" for n in _VERSION.findall(fold(spoken))}
    people = _keys(f"{document.author or ''} {document.metadata.get('from', '')}", language)
    return Entry(document, own, _keys(" ".join(path.parts[:-1]), language) | people, people, tuple(days))


def _keys(text: str, language: str) -> frozenset[str]:
    words = [s.of(text) for s in word_spans(text.replace("_", " "))]
    return frozenset(key for word in words for key in _forms(word, language))


def _forms(word: str, language: str) -> tuple[str, ...]:
    return fold(word).removesuffix("'s").removesuffix("’s"), stem(word, "en"), stem(word, language)


class Shelf:
    """The documents of a library, to be found by name."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents

    @functools.cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every document with the words that name it; read when a question first names one."""
        return tuple(entry(d) for d in self._documents)

    def written_out(self, question: str) -> list[Entry]:
        """Return the documents whose file name the question writes out, with its ending or without, longest first."""
        low = question.casefold()
        found = [(len(name), e) for e in self.entries if (name := _written(e, low))]
        longest = sorted(found, key=lambda pair: -pair[0])
        kept = [e for size, e in longest if not any(size < other and _inside(e, o) for other, o in longest)]
        whole = [e for e in kept if e.document.source.casefold() in low]
        return whole or kept

    def cards(self, question: str) -> list[tuple[str, str]]:
        """Return the file names of several words that the question says, and the sources of their documents."""
        low = question.casefold()
        files = ((PurePosixPath(d.source).stem.casefold().replace("_", " "), d.source) for d in self._documents)
        return [
            (name, source)
            for name, source in files
            if " " in name and name in low and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", low)
        ]

    def named(self, phrase: str, language: str) -> list[Entry]:
        """Return the documents that a phrase fits best; several are one as likely as the other."""
        exact = [e for e in self.entries if fold(phrase).strip(" .?!\"'“”") in _names(e)]
        return exact or self.written_out(phrase) or self._by_words(phrase, language)

    def by(self, person: str, language: str) -> list[Entry]:
        """Return the documents that a person wrote or sent."""
        words = _told(fold(person), language)
        return [e for e in self.entries if words and all(set(_forms(w, language)) & e.people for w in words)]

    def _by_words(self, phrase: str, language: str) -> list[Entry]:
        days = [f for f in dates(phrase, language if language in {"en", "es"} else "en") if "|" not in f.value]
        rest = "".join(c for i, c in enumerate(phrase) if not any(f.start <= i < f.end for f in days))
        versions = _VERSION.findall(fold(rest))
        words = [w for w in _told(_VERSION.sub(" ", fold(rest)), language) if w not in _OWN]
        if not words and not days and not versions:
            return []
        fitting = []
        for e in self.entries:
            if all(any(same_day(f.value, d) for d in e.days) for f in days) and all(
                f"version {n}" in e.own for n in versions
            ):
                marks = [_fits(w, e, language) for w in words]
                if all(marks):
                    fitting.append((sum(m for m in marks if m > 1), e))
        if not fitting or not (days or versions or any(w not in ANY and w not in KINDS for w in words)):
            return [e for _, e in fitting] if words and all(w in KINDS for w in words) else []
        best = max(score for score, _ in fitting)
        return [e for score, e in fitting if score == best]


def _told(text: str, language: str) -> list[str]:
    stop = STOPWORDS.get(language, frozenset()) | STOPWORDS["en"]
    return [w for s in word_spans(text) if (w := s.of(text)) not in stop and w.split("'")[0] not in stop]


def _fits(word: str, e: Entry, language: str) -> int:
    """How well a word names a document: 3 by its title or file name, 2 by folder or author, 1 as a word for any."""
    forms = set(_forms(word, language))
    if forms & e.own:
        return 3
    if any(part.casefold().endswith(KINDS.get(word, ())) for part in PurePosixPath(e.document.source).parts[:-1]):
        return int(e.is_of(KINDS[word]))  # what is attached to a mail is no mail
    if forms & e.near or (word in KINDS and e.is_of(KINDS[word])):
        return 2
    return int(word in ANY)


def same_day(a: str, b: str) -> bool:
    """Tell whether two dates in the form of `rag.check.facts` can be one: "2026-*-*" and "2026-3-19"."""
    return any(
        all("*" in (x, y) or x == y for x, y in zip(p.split("-"), q.split("-"), strict=True))
        for p in a.split("|")
        for q in b.split("|")
    )


def _names(e: Entry) -> set[str]:
    return {fold(e.document.source), fold(e.name), fold(PurePosixPath(e.name).stem), fold(e.document.title)}


def _written(e: Entry, low: str) -> str:
    """The form of the file's name that stands in the lower-case question, or ""."""
    name = e.name.casefold()
    stem_ = PurePosixPath(name).stem
    plain = not re.search(r"[\d_]|\w-\w", stem_)  # "menu" is a word, "menu_2" is a name
    for form in (name, "" if plain else stem_):
        if form and len(form) > 3 and re.search(rf"(?<![\w.-]){re.escape(form)}(?![\w-])", low):
            return form
    return ""


def _inside(e: Entry, other: Entry) -> bool:
    """ "report-2023" is no document of its own where "report-2023-annex.pdf" is written."""
    mine, its = PurePosixPath(e.name).stem.casefold(), PurePosixPath(other.name).stem.casefold()
    return mine != its and mine in its
