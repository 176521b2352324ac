"""An `Answer` as JSON, terminal text or Markdown (`ui/markup.py` has the HTML).

In: the frozen values of `rag/types.py`. Out: strings and plain dicts. Pure: it calls no engine, reads no file and
prints nothing. What comes from a document stays text: Markdown is escaped, control characters reach no terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import PurePosixPath

from rag.types import Answer, Citation, Passage
from ui.asides import asides, beside

NEAREST = 3

# Control characters of C0 and C1, and the overrides that make a text read otherwise than it is stored.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BOLD, _DIM, _MARK, _WARN, _END = "\x01", "\x02", "\x03", "\x04", "\x05"
_ANSI = {_BOLD: "\x1b[1m", _DIM: "\x1b[2m", _MARK: "\x1b[36m", _WARN: "\x1b[33m", _END: "\x1b[0m"}
_STYLES = re.compile("[\x01-\x05]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$^=-])|(?<=^)(\d+)([.)])", re.MULTILINE)


def to_json(answer: Answer) -> dict[str, object]:
    """The object that `rag ask --json` prints; the keys of the contract first, additive ones after."""
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "text": answer.text,
        "refused": answer.refused,
        "confidence": answer.confidence,
        "citations": [asdict(citation) for citation in answer.citations],
        "passages": [
            {
                "source": found.passage.source,
                "page": found.passage.page,
                "start": found.passage.start,
                "end": found.passage.end,
                "text": found.passage.text,
                "score": found.score,
                "also": [{"source": p.source, "page": p.page, "start": p.start, "end": p.end} for p in found.also],
            }
            for found in answer.passages
        ],
        "timings": dict(answer.timings),
        "caution": answer.caution,
        "reason": answer.reason,
        "highlights": [asdict(highlight) for highlight in answer.highlights],
        "writer": answer.writer,
        "dropped": [asdict(one) for one in answer.dropped],
        "usage": dict(answer.usage),
        "rewriter": answer.rewriter,
        "disagreement": [asdict(one) for one in answer.disagreement],
        "notes": list(answer.notes),
        "short": answer.short,
    }


# --- shared by the renderings -------------------------------------------------

_WRONG = {
    "number": "a number that the sources do not give",
    "number of something else": "a number that the sources give to something else",
    "date": "a date that the sources do not give",
    "date of something else": "a date that the sources give to something else",
    "name": "a name that the sources do not give, or not so",
    "negation": "the sources deny it, or it denies what they say",
    "certainty": "more or less certain than the sources",
    "quantity": "more or fewer than the sources say",
    "opposite": "the opposite of what the sources say",
    "place": "a place that the sources give to something else",
    "cause": "a cause that the sources do not state",
    "order": "another order of events than in the sources",
    "role": "another one does it in the sources",
    "said": "somebody in the sources says so; the sources do not",
    "condition": "the sources make it hang on a condition, or ask it",
    "time": "the sources say it of another time",
    "quality": "the sources call it by a lesser word: alleged, former, false …",
    "choice": "the sources leave open which of two it is",
    "fiction": "a story tells it in the sources",
    "verifier": "the verifier did not find it in the sources",
    "planted": "it speaks to the model, not to you",
    "fragment": "no whole statement",
    "no claim": "no statement",
    "leans on a dropped sentence": "it leans on a sentence that was dropped",
}


def dropped_line(answer: Answer) -> str:
    """How many sentences of the model were dropped, "" where none was."""
    if not answer.dropped:
        return ""
    if len(answer.dropped) == 1:
        return "1 sentence was dropped because the sources do not support it"
    return f"{len(answer.dropped)} sentences were dropped because the sources do not support them"


def why_wrong(reason: str) -> str:
    """The check's word for what is wrong, in a reader's words."""
    return _WRONG.get(reason, "words that the sources do not carry")


def fallback(answer: Answer) -> str:
    """Why the documents' own sentences stand where a model was asked to write; "" where they do not."""
    return one_line(answer.reason) if answer.writer == "extractive" else ""


def ahead_line(answer: Answer) -> str:
    """How many wait for the model before this question, "" where none does."""
    if not answer.ahead:
        return ""
    return f"{answer.ahead} question{'' if answer.ahead == 1 else 's'} ahead of yours"


def footnotes(answer: Answer) -> list[Citation]:
    """One citation per footnote, in the order of the numbers: several markers may carry the same number."""
    first: dict[int, Citation] = {}
    for citation in answer.citations:
        first.setdefault(citation.number, citation)
    return [first[number] for number in sorted(first)]


def nearest(answer: Answer) -> list[Passage]:
    """The passages that a refusal shows."""
    return [found.passage for found in answer.passages[:NEAREST]] if answer.refused else []


def passage_citation(passage: Passage) -> Citation:
    """A passage as the footnote number 0, so that one pane opens both."""
    return Citation(0, 0, 0, passage.source, passage.page, passage.start, passage.end, passage.text)


def one_line(text: str, limit: int = 0) -> str:
    """White space folded and control characters dropped; cut at a word when ``limit`` is given."""
    line = " ".join(CONTROL.sub("", text).split())
    if not limit or len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(",;:. ") + "…"


def sentence(line: str) -> str:
    """An error's line as it stands alone on a page: it begins with a capital, unless a file or a command leads it."""
    first = line.partition(" ")[0].rstrip(",;:")
    return line[:1].upper() + line[1:] if first.isalpha() and first.islower() and first != "rag" else line


def title_of(answer: Answer, source: str) -> str:
    """The document's title where a passage of the answer carries it, else the file's name."""
    for found in answer.passages:
        if found.passage.source == source and found.passage.title.strip():
            return one_line(found.passage.title)
    return one_line(PurePosixPath(source).name)


def where(source: str, page: int | None) -> str:
    """The path, and the page where there is one."""
    return one_line(source) + (f", p. {page}" if page else "")


def rewritten(answer: Answer) -> bool:
    """True when another question was searched than the one that was typed; a topic lent to it makes it no other."""
    typed, searched = one_line(answer.question), one_line(answer.standalone_question)
    return searched != typed and not (searched.startswith(f"{typed} (") and searched.endswith(")"))


def pieces(answer: Answer) -> Iterator[tuple[str, Citation | bool]]:
    """The answer's text in order: a marker comes with its citation, other text with whether it is highlighted."""
    spans: list[tuple[int, int, Citation | bool]] = [(c.marker_start, c.marker_end, c) for c in answer.citations]
    spans += [(h.start, h.end, True) for h in answer.highlights]
    at = 0
    for start, end, what in sorted(spans, key=lambda span: span[:2]):
        if start < at:
            continue  # an overlap shows once, never twice
        if start > at:
            yield answer.text[at:start], False
        yield answer.text[start:end], what
        at = end
    if at < len(answer.text):
        yield answer.text[at:], False


# --- terminal -----------------------------------------------------------------


def to_terminal(answer: Answer, *, colour: bool, width: int) -> str:
    """The answer, then its footnotes with source and quote. ``width`` 0 wraps nothing (for copying)."""
    lines: list[str] = []
    if rewritten(answer):
        lines += _wrap(f"{_DIM}Searched for: {one_line(answer.standalone_question)}{_END}", width)
    body = "".join(_terminal_piece(piece, what) for piece, what in pieces(answer))
    if answer.refused:
        lines += _wrap(f"{_WARN}Not in your documents.{_END}", width)
    for line in body.split("\n"):
        lines += _wrap(line, width)
    for line in asides(answer):
        lines += _wrap(f"{_WARN}{one_line(line)}{_END}", width)
    if answer.reason and (answer.caution or answer.refused) and answer.reason not in answer.text:
        lines += _wrap(f"{_WARN}{'Careful: ' if answer.caution else ''}{one_line(answer.reason)}{_END}", width)
    elif fallback(answer):
        lines += _wrap(f"{_DIM}In the documents' own words: {fallback(answer)}{_END}", width)
    if answer.dropped:
        lines += _wrap(f"{_DIM}{dropped_line(answer)}.{_END}", width)
    notes = footnotes(answer)
    if notes:
        lines.append("")
    for note in notes:
        origin = f"{title_of(answer, note.source)} {_DIM}({where(note.source, note.page)}){_END}"
        head = f"{_MARK}[{note.number}]{_END} {origin}"
        lines += _wrap(head, width, rest="    ")
        lines += _wrap(f"“{one_line(note.quote)}”", width, first="    ", rest="    ")
        for line in beside(answer, note):
            lines += _wrap(f"{_DIM}{one_line(line)}{_END}", width, first="    ", rest="    ")
    passages = nearest(answer)
    if passages:
        lines += ["", f"{_DIM}Nearest passages:{_END}"]
    for passage in passages:
        lines += _wrap(
            f"– {title_of(answer, passage.source)} {_DIM}({where(passage.source, passage.page)}){_END}",
            width,
            rest="  ",
        )
        lines += _wrap(f"“{one_line(passage.text, 240)}”", width, first="  ", rest="  ")
    text = "\n".join(lines)
    return _STYLES.sub(lambda style: _ANSI[style[0]] if colour else "", text)


def _terminal_piece(piece: str, what: Citation | bool) -> str:
    text = CONTROL.sub("", piece)
    if isinstance(what, Citation):
        return f"{_MARK}{text}{_END}"
    return f"{_BOLD}{text}{_END}" if what else text


def _columns(text: str) -> int:
    """How many terminal columns a text takes: wide characters two, combining ones and styles none."""
    plain = _STYLES.sub("", text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in plain)


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    if not width:
        return [first + text]
    lines: list[str] = []
    line, empty = first, True
    for word in text.split(" "):
        if not empty and _columns(line) + 1 + _columns(word) > width:
            lines.append(line)
            line, empty = rest, True
        line, empty = (line + word if empty else f"{line} {word}"), False
    return [*lines, line]


# --- Markdown -----------------------------------------------------------------


def escape_markdown(text: str) -> str:
    """Every character that Markdown or the HTML inside it could read becomes itself."""
    plain = CONTROL.sub("", text)
    return _MARKDOWN.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", plain)


def to_markdown(answer: Answer, before: str = "") -> str:
    """The answer with Markdown footnotes, ``[^1]`` or ``[^BEFORE1]``; document text is escaped."""
    parts: list[str] = []
    for piece, what in pieces(answer):
        if isinstance(what, Citation):
            parts.append(f"[^{before}{what.number}]")
        elif what:
            parts.append(f"**{escape_markdown(piece)}**")
        else:
            parts.append(escape_markdown(piece))
    blocks = ["".join(parts)]
    if rewritten(answer):
        blocks.insert(0, f"*Searched for: {escape_markdown(one_line(answer.standalone_question))}*")
    if answer.dropped:
        blocks.append(f"*{dropped_line(answer)}.*")
    blocks += [f"*{escape_markdown(one_line(line))}*" for line in asides(answer)]
    for note in footnotes(answer):
        origin = f"{escape_markdown(title_of(answer, note.source))} ({escape_markdown(where(note.source, note.page))})"
        more = "".join(f" ({escape_markdown(one_line(line))})" for line in beside(answer, note))
        blocks.append(f"[^{before}{note.number}]: {origin}: “{escape_markdown(one_line(note.quote))}”{more}")
    for passage in nearest(answer):
        origin = escape_markdown(where(passage.source, passage.page))
        blocks.append(f"> {escape_markdown(one_line(passage.text, 240))}\n> ({origin})")
    return "\n\n".join(blocks)
