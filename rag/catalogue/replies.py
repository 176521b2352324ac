"""Answers about the library and about one document: what there is, what mentions something, who wrote it, its outline.

In: a question that stands alone, and the library. Out: an `Answer` whose every line opens the document it is about, or
None where the question asks for what the documents say; and, for those, the documents that a question confines itself
to. It runs before the search and loads no model.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.answer import CERTAIN
from rag.asked.lexicon import question_language
from rag.catalogue import reading
from rag.catalogue.changes import changes
from rag.catalogue.names import ANY, KINDS, Entry, Shelf
from rag.catalogue.outline import outline
from rag.catalogue.reading import Request, Want
from rag.catalogue.sheet import Sheet, dated, opening, saying
from rag.catalogue.smalltalk import small_talk
from rag.check.calendar import Period, day, written
from rag.check.moments import moments
from rag.errors import ScopeError
from rag.library import Library, StoredPassage
from rag.messages import say
from rag.store.counts import SinceCommit
from rag.text import content_words, fold, told_words
from rag.types import Answer, Evidence, Scope, Span

# Documents that a list shows, and that are offered where a name fits several; changes that are told.
MOST, CHOICES, CHANGES = 40, 8, 8
# What ties a document to a person, a folder or a day, and names none of them.
_TIES = frozenset(
    "from by of in inside since after before until between dated written sent made during under folder directory "
    "subfolder folders year month is are about only carpeta escritos escritas enviados enviadas fechados desde"
    " despues "
    "antes entre durante ano mes".split()
)
# What looks like a file's name: "report_2023", "report-2023", "menu.txt".
_FILED = re.compile(r"\w_\w|\w-\d|\w\.[a-zA-Z]\w{1,4}\b")
_BY = re.compile(r"\b(?P<by>(?:written|sent|made|escritos|enviados)? ?(?:by|por)|from|de)\s+(?P<who>\w.*)")
# "From 2025" is in that year, where it says no end and nothing of what came after.
_FROM = re.compile(r"\b(?:dated|from) (?=[^,]*\d{4}\W*$)(?!.*\b(?:to|until|till|on|onwards?)\b)", re.I)


@dataclass(frozen=True, slots=True)
class Inside:
    """A question that says where to look: what is left to ask, in which documents; ``firm``: nowhere else."""

    question: str
    sources: frozenset[str]
    firm: bool


class Catalogue:
    """Knows the documents of one library by name. Safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._held = SinceCommit()

    def shelf(self) -> Shelf:
        """Return the documents as they are now."""
        library = self._library
        return self._held.get(library.generation, "shelf", lambda: Shelf(library.documents()))

    # ------------------------------------------------------------ where to look

    def admitted(self, scope: Scope) -> frozenset[str] | None:
        """Return the documents that a scope admits, None where it sets no bound; `ScopeError` where none fits."""
        if scope == Scope():
            return None
        found = list(self.shelf().entries)
        if scope.inside:
            found = [e for name in scope.inside for e in self._placed(name)]
        if scope.types:
            endings = {ending for word in scope.types for ending in _endings(word)}
            found = [e for e in found if e.is_of(endings)]
        if scope.since:
            since = _day(scope.since)
            found = [e for e in found if any(p.last >= since for p in _periods(e, True))]
        if not found:
            raise ScopeError("no document of the library fits this scope; `rag status --documents` lists them all")
        return frozenset(e.document.source for e in found)

    def _placed(self, name: str) -> list[Entry]:
        entries, wanted = self.shelf().entries, fold(name).strip("/")
        found = [e for e in entries if f"/{wanted}/" in f"/{fold(e.document.source)}/"]
        found = found or self.shelf().named(name, question_language(name))
        if not found:
            raise ScopeError(f"no file, folder or title {name!r} in the library; `rag status --documents` lists them")
        return found

    def inside(self, question: str) -> Inside | None:
        """Return a question without the phrase that says where to look, and the documents that this names."""
        shelf, language = self.shelf(), question_language(question)
        for way in reading.places(question):
            filed = _FILED.search(way.name) is not None
            if reading.is_unnamed(way.name) or not (way.firm or filed or reading.is_written(way.name)):
                continue
            found = shelf.named(way.name, language)
            spelt = filed and bool(shelf.written_out(way.name))
            if found and len(found) < len(shelf.entries) and (way.firm or spelt or reading.is_written(way.name)):
                wrote = shelf.by(way.name, language)  # a person's words stand in what others quote and report, too
                firm = spelt or (way.firm and not all(e in wrote for e in found))
                return Inside(way.question, frozenset(e.document.source for e in found), firm)
        spelt_out = shelf.written_out(question) if _FILED.search(question) else []
        if spelt_out:
            return Inside(question, frozenset(e.document.source for e in spelt_out), True)
        return self._card(question)

    def _card(self, question: str) -> Inside | None:
        """A file "Jana Voss.md" that never says the name is about her all the same: only its name tells whose it is."""
        found = [
            (name, source)
            for name, source in self.shelf().cards(question)
            if fold(name) not in fold(self._library.text(source))
        ]
        if not found:
            return None
        name = max((name for name, _ in found), key=len)
        left = re.sub(rf"\s+(?:of|for|de|para)\s+{re.escape(name)}(?!\w)", "", question, flags=re.I)
        left = re.sub(rf"\b{re.escape(name)}['’]s?\b", "the", left, flags=re.I)
        return Inside(left, frozenset(source for n, source in found if n == name), False)

    # ------------------------------------------------------------ answers

    def reply(self, question: str, alone: str, within: frozenset[str] | None = None, most: int = 0) -> Answer | None:
        """Answer a question about the library, or return None where it asks for what the documents say.

        ``within`` bounds the documents; ``most`` the sentences of a summary, where it is not 0.
        """
        if talk := small_talk(question):
            name, language = talk
            text = say(name, language, documents=self._library.counts()[0])
            return Answer(question, question, text, False, CERTAIN)
        asked = reading.request(alone)
        if asked is None:
            return None
        language = question_language(alone)
        said = self._mentions(asked.topic, language) if asked.topic else None
        if said == {}:
            head = say("mentioning", language, words=f"“{asked.topic}”", documents=0)
            return Answer(question, alone, head, True, CERTAIN, reason=head)
        if asked.want in {Want.LIST, Want.COUNT}:
            sheet = self._list(asked, language, within, said)
        elif asked.want is Want.COMPARED:
            sheet = self._compared(asked, language)
        else:
            sheet = self._about_one(asked, language, within, most)
        return sheet.answer(question, alone) if sheet and not sheet.empty else None

    def _list(
        self, asked: Request, language: str, within: frozenset[str] | None, said: dict[str, Evidence] | None
    ) -> Sheet | None:
        found = self._fitting(asked.name, language) if asked.name else list(self.shelf().entries)
        if found is None or (asked.several and len(found) < 2):
            return None
        entries = [e for e in found if within is None or e.document.source in within]
        shown: list[tuple[Entry, Evidence]]
        if said is not None:
            shown = [(e, said[e.document.source]) for e in entries if e.document.source in said]
            head = say("mentioning", language, words=f"“{asked.topic}”", documents=len(shown))
        else:
            most = MOST if asked.want is Want.LIST else CHOICES
            shown = [(e, opening(self._library, e.document)) for e in entries[:most]]
            whole = len(entries) == len(self.shelf().entries)
            head = say("held" if whole else "fitting", language, documents=len(entries))
        total = len(shown) if asked.topic else len(entries)
        return self._sheet(head, shown[:MOST], total, language)

    def _sheet(self, head: str, shown: Sequence[tuple[Entry, Evidence]], total: int, language: str) -> Sheet:
        sheet = Sheet(head)
        for e, evidence in shown:
            sheet.add(f"– {_label(e, evidence)}: ", evidence)
        if total > len(shown):
            sheet.line(say("more", language, documents=total - len(shown)))
        return sheet

    def _fitting(self, phrase: str, language: str) -> list[Entry] | None:
        """Return the documents that a phrase such as "mails from Kari since May" fits, or None."""
        speech = language if language in {"en", "es"} else "en"
        phrase = _FROM.sub("in ", phrase)
        time = next(iter(moments(phrase, speech, datetime.date.today())), None)
        rest = phrase[: time.span.start] + phrase[time.span.end :] if time else phrase
        plain = reading.plain(rest)
        by = _BY.search(plain)
        found = self._called(plain[: by.start()] if by else plain, language)
        if by:
            theirs = self.shelf().by(by["who"], language)
            found = [e for e in found if e in theirs]
            if not found and by["by"] in {"from", "de"}:
                found = self._called(plain, language)
        if time is not None:
            found = [e for e in found if any(p.meets(time.period) for p in _periods(e, bool(time.bound)))]
        return found or None

    def _called(self, phrase: str, language: str) -> list[Entry]:
        words = [w for w in re.findall(r"\w+", phrase) if w not in _TIES]
        every = all(w in ANY for w in words)
        return list(self.shelf().entries) if every else self.shelf().named(" ".join(words), language)

    def _mentions(self, topic: str, asked_in: str) -> dict[str, Evidence]:
        """Return, for each document that says all words of ``topic`` near each other, the sentence that does."""
        library = self._library
        topic = " ".join(w for w, stems in told_words(topic, asked_in) if stems) or topic
        out: dict[str, tuple[int, Evidence]] = {}
        for language in library.languages():
            stems = frozenset(content_words(topic, language))
            ids = [i for i, _ in library.lexical(sorted(stems), library.counts()[1], every=True)] if stems else []
            for stored in library.passages(ids):
                if stored.language == language and (found := _said(stored, stems, topic)):
                    source = stored.passage.source
                    if source not in out or found[0] > out[source][0]:
                        out[source] = found
        return {source: evidence for source, (_, evidence) in out.items()}

    def _about_one(self, asked: Request, language: str, within: frozenset[str] | None, most: int) -> Sheet | None:
        entries = self._meant(asked, language)
        entries = [e for e in entries if within is None or e.document.source in within]
        if not entries:
            return None
        if asked.want is Want.SUMMARY:
            if len(entries) > 1:
                shown = [(e, opening(self._library, e.document)) for e in entries[:CHOICES]]
                return self._sheet(say("which", language), shown, len(entries), language)
            return self._outline(entries[0], language, most)
        sheet = Sheet()
        for e in entries[:CHOICES]:
            told = self._fact(asked.want, e)
            if told:
                sheet.add(f"{told[0]} – {_label(e, told[1])}: ", told[1])
        return sheet

    def _meant(self, asked: Request, language: str) -> list[Entry]:
        """Return the documents that a request names; none where it may name something else than a document."""
        shelf = self.shelf()
        if reading.is_unnamed(asked.name):
            return list(shelf.entries) if asked.want is Want.SUMMARY else []
        found = shelf.named(asked.name, language)
        besides = reading.WORKS if asked.want in {Want.AUTHOR, Want.DATE, Want.TO, Want.TITLE} else frozenset()
        sure = reading.is_written(asked.name, besides) or bool(shelf.written_out(asked.name))
        return found if sure or (asked.sums_up and len(found) == 1) else []

    def _fact(self, want: Want, e: Entry) -> tuple[str, Evidence] | None:
        document, library = e.document, self._library
        if want is Want.AUTHOR and document.author:
            return document.author, saying(library, document, document.author)
        if want is Want.DATE and document.date:
            return document.date, dated(library, document)
        if want is Want.TO and document.metadata.get("to"):
            return document.metadata["to"], saying(library, document, f"To: {document.metadata['to']}")
        if want is Want.TITLE:
            return document.title, opening(library, document)
        if want is Want.PAGES and document.pages:
            return str(len(document.pages)), opening(library, document)
        return None

    def _outline(self, e: Entry, language: str, most: int) -> Sheet:
        made = outline(self._library.document_passages(e.document.source), most)
        sheet = Sheet()
        for point in made.points:
            if point.heading:
                # The quote begins with the heading, so that the label is no word of ours.
                body = point.evidence.text[len(point.heading) :].lstrip("#=-* \t\n")
                sheet.add(f"{point.heading}: ", point.evidence, shown=body)
            else:
                sheet.add("", point.evidence, joined=not most)
        if made.covered < made.sections:
            sheet.line(say("sections", language, said=made.covered, number=made.sections))
        return sheet

    def _compared(self, asked: Request, language: str) -> Sheet | None:
        pair = self._two(asked, language)
        if pair is None:
            return None
        passages = [self._library.document_passages(e.document.source) for e in pair]
        found = changes(passages[0], passages[1])
        sheet = Sheet(say("changes", language, number=len(found)))
        for old, new in found[:CHANGES]:
            for e, evidence in zip(pair, (old, new), strict=True):
                if evidence is not None:
                    sheet.add(f"– {e.name}: " if e is pair[0] or old is None else f"  → {e.name}: ", evidence)
        if len(found) > CHANGES:
            sheet.line(say("more", language, documents=len(found) - CHANGES))
        return sheet

    def _two(self, asked: Request, language: str) -> tuple[Entry, Entry] | None:
        """Return the two documents that are compared, the older first; "version 1" is one of what the second names."""
        shelf = self.shelf()
        if not asked.other:
            found = shelf.named(asked.name, language) if reading.is_written(asked.name) else []
        else:
            second = shelf.named(asked.other, language)
            common = re.sub(r"\b(?:v|version )\d+\b", " ", reading.plain(asked.other))
            first = [e for e in shelf.named(f"{asked.name} {common}", language) if e not in second]
            first = first or shelf.named(asked.name, language)
            found = [*first, *second] if len(first) == len(second) == 1 else []
        if len(found) != 2 or found[0] is found[1]:
            return None
        if asked.other:
            return found[0], found[1]
        old, new = sorted(found, key=lambda e: (e.document.date or "", e.document.source))
        return old, new


def _label(e: Entry, evidence: Evidence) -> str:
    """Name a document: its path, and its title and date where the quote does not say them."""
    title, date = e.document.title, e.document.date
    said = fold(evidence.text)
    more = [title] if fold(title) not in said and fold(title) != fold(e.name) and not title.endswith("…") else []
    more += [date] if date else []
    return f"{e.document.source} ({', '.join(more)})" if more else e.document.source


def _periods(e: Entry, written_on: bool) -> list[Period]:
    """The days of a document: when it was written and what its name says; only the former where that bounds."""
    date = e.document.date
    if written_on and date:
        return [day(datetime.date.fromisoformat(date))]
    return [p for name in e.days if "|" not in name and (p := written(name)) is not None]


def _endings(word: str) -> Iterable[str]:
    key = fold(word).lstrip(".*")
    return KINDS.get(key) or KINDS.get(key.removesuffix("s")) or (f".{key}",)


def _day(text: str) -> datetime.date:
    """Read a day, a month or a year as its first day."""
    m = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text.strip())
    try:
        return datetime.date(int(m[1]), int(m[2] or 1), int(m[3] or 1)) if m else _relative(text)
    except ValueError as error:
        raise ScopeError(f"{text!r} is no date; write 2024-03-01, 2024-03 or 2024") from error


def _relative(text: str) -> datetime.date:
    found = moments(text, question_language(text), datetime.date.today())
    if not found:
        raise ValueError(text)
    return found[0].period.first


def _said(stored: StoredPassage, stems: frozenset[str], topic: str) -> tuple[int, Evidence] | None:
    """Return the sentence of a passage that says every stem, and 2 where it says the very words, else 1."""
    passage = stored.passage
    for span in stored.sentences:
        text = passage.text[span.start - passage.start : span.end - passage.start]
        if stems <= frozenset(content_words(text, stored.language)):
            return 1 + (fold(topic) in fold(text)), Evidence(passage, Span(span.start, span.end), text, 1.0)
    head = passage.text.split("\n", 1)[0]
    if stems <= frozenset(content_words(head, stored.language)):
        return 1, Evidence(passage, Span(passage.start, passage.start + len(head)), head, 1.0)
    return None
