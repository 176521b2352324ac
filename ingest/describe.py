"""What a text says about itself: its publication date, its title, its language.

In: a canonical text and the name of its file. Out: spans and strings. Only what stands at the head of a text is read;
nothing is guessed from its body but the language.
"""

from __future__ import annotations

import datetime
import functools
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from rag.asked.lexicon import question_language
from rag.text import sentence_spans
from rag.types import Span

_DATE = re.compile(r"\s{0,8}date:? (\d{4}-\d{2}-\d{2})(?=\s|$)", re.IGNORECASE)
_LINE = re.compile(r"\S[^\n]*")
_STOPS = ".!?:;,…。！？；：，、।"
_AFTER_STOP = "\"'”’»)]"
_LONGEST_TITLE = 160
_TITLE_WORDS = 60  # letters of the opening sentence that stand in for a missing title
_DETECT = 1000
_ENOUGH = 40
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands before the first sentence: ``date`` and ``title`` as spans of the text."""

    date: Span | None = None
    title: Span | None = None


def lead_of(text: str) -> Lead:
    """Find a leading ``date YYYY-MM-DD`` and a first short line that a blank line parts from the text."""
    position, date = 0, None
    found = _DATE.match(text)
    if found and iso_date(found[1]):
        date = Span(found.start() + len(found[0]) - len(found[0].lstrip()), found.end())
        position = found.end()
    line = _LINE.search(text, position)
    if line and is_title(line[0]) and re.match(r"[ \t]*\n[ \t]*\n\s*\S", text[line.end() :]):
        return Lead(date, Span(line.start(), line.start() + len(line[0].rstrip())))
    return Lead(date)


def is_title(line: str) -> bool:
    """Say whether a line standing alone reads as a title: short, with letters, without a final stop."""
    line = line.strip()
    if not 0 < len(line) <= _LONGEST_TITLE or not any(c.isalpha() for c in line):
        return False
    last = line.rstrip(_AFTER_STOP)[-1:]
    return last not in _STOPS.replace("?", "").replace("!", "") and last not in "-–—" and last != ""


def iso_date(value: str | None) -> str | None:
    """Return ``YYYY-MM-DD`` for a value that begins with such a date, else ``None``."""
    found = re.match(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", value or "")
    if not found:
        return None
    try:
        return datetime.date(*map(int, found.groups())).isoformat()
    except ValueError:
        return None


def title_for(text: str, name: str, lead: Lead, language: str) -> str:
    """Return a title a person would recognise: the title line, a telling file name, or the opening words."""
    if lead.title:
        return lead.title.of(text)
    stem = PurePosixPath(name).stem
    words = re.findall(r"[^\W\d_]{2,}", stem)
    if words and sum(map(len, words)) > 0.6 * len(stem) and (len(words) > 1 or len(words[0]) > 3):
        return re.sub(r"[\s_\-]+", " ", stem).strip()
    head = text[lead.date.end if lead.date else 0 :][:2000]
    sentences = sentence_spans(head, language)
    opening = " ".join(sentences[0].of(head).split()) if sentences else ""
    if len(opening) <= _TITLE_WORDS:
        return opening.rstrip(".") or PurePosixPath(name).name
    return opening[: _TITLE_WORDS + 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of a text: told by letter statistics where they are sure, else by its common words."""
    sample = text[:_DETECT]
    told = question_language(sample)
    if sum(c.isalpha() for c in sample) < _ENOUGH:
        return told
    language, sure = _identifier().classify(sample)
    return str(language) if sure >= _SURE else told


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


# What programs write into the files they make where no one has: no one's name, title or day.
_NO_AUTHOR = re.compile(
    r"(?i)\(?(?:anonymous|unknown|unspecified|author|user|admin|administrator|root|python-docx|openpyxl|steve canny|"
    r"microsoft(?: office)? user|windows user|un-?named|none|null)\)?"
)
_NO_TITLE = re.compile(
    r"(?i)\(?(?:untitled|unspecified|untitled document|powerpoint[ -]\w+|word document|about:blank|microsoft .*|"
    r"presentation\d*|document\d*|(?:\S*/)?\S+\.\w{3,4})\)?"
)
_TEMPLATES = {"2013-12-23", "2013-01-27"}  # the days on which python-docx's and python-pptx's were saved


def stated_author(value: str | None) -> str | None:
    """Return the author that a file's properties name, unless a program filled it in."""
    name = " ".join((value or "").split())
    return name if name and not _NO_AUTHOR.fullmatch(name) else None


def stated_title(value: str | None) -> str | None:
    """Return the title of a file's properties, unless a program filled it in."""
    title = " ".join((value or "").split())
    return title if is_title(title) and not _NO_TITLE.fullmatch(title) else None


def stated_date(*moments: datetime.datetime | None) -> str | None:
    """Return the day of the first of ``moments`` that is not the one of a library's template."""
    days = (moment.date().isoformat() for moment in moments if moment)
    return next((day for day in days if day not in _TEMPLATES), None)
