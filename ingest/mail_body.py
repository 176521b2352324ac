"""What a message says, and what it only quotes.

In: the plain and the HTML part of a message. Out: parts added to a `Builder`: the message's own text, and each quoted
message under a heading that says whose it is ("On Wed, 13 Mar 2024, Petra Lind wrote:"), so that no one is taken for
the author of what was only quoted. HTML comes before plain text, as in every mail program, unless it is blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.build import Builder, one_line
from ingest.hidden import without_hidden
from ingest.read_web import add_blocks, parse
from rag.errors import ReadError

_WROTE = (
    "wrote|writes|said|schrieb|a écrit|escribió|escribio|escreveu|ha scritto|schreef|skrev|napisał|написал|kirjoitti"
)
_ATTRIBUTION = re.compile(rf"(?=.*(?:\d|@)).{{3,300}}\b(?:{_WROTE})\b[^\n]{{0,120}}:", re.IGNORECASE | re.DOTALL)
_FROM = r"(?:From|Von|De|Da|Van|Fra|Från|От)"
_SUBJECT = r"(?:Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Emne|Ämne|Тема)"
_OTHERS = r"(?:Sent|Date|To|Cc|Gesendet|Datum|An|Envoyé|À|Enviado|Para|Inviato|A|Verzonden|Aan|Sendt|Til|Skickat|Till)"
_NEXT = rf"\n[*_\s]*(?:{_OTHERS}|{_SUBJECT})\s*:[^\n]*"
# Only with a subject: "From: Bergen, To: Oslo" is a journey.
_HEADER = re.compile(
    rf"[*_\s]*{_FROM}\s*:[*_\s]*\S[^\n]*(?=(?:\n[^\n]*){{0,5}}\n[*_\s]*{_SUBJECT}\s*:)(?:{_NEXT}){{1,6}}"
)
_RULE = re.compile(r"(?:-{2,}\s*[\w' ]{3,40}\s*-{2,}|_{8,}|-{8,})\s*")
_MARK = re.compile(r"[ \t]*>[ \t]?")
_QUOTES = {"gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix"}
_UNKNOWN = "Quoted:"
_DEEPEST = 12
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a message: ``whose`` is "" for its own text, else the line that says whose it is."""

    whose: str
    text: str


def add_body(builder: Builder, plain: str, page: str, sender: str) -> None:
    """Add the text of a message; ``sender`` is named where it goes on after a quotation."""
    if page.strip():
        try:
            tree = without_hidden(parse(page))
        except ReadError:
            tree = None
        if tree is not None and _words(tree.text_content()) * 2 >= _words(plain):
            _add_page(builder, tree)
            return
    quoted = False
    for part in parted(plain):
        if part.whose or quoted:
            builder.heading(part.whose or f"{sender or 'The sender'} wrote:", 1)
            quoted = True
        for paragraph in re.split(r"\n\s*\n", part.text):
            builder.paragraph(paragraph)


def _words(text: str) -> int:
    return len(re.findall(r"\w+", text))


def parted(text: str, whose: str = "", depth: int = 0) -> Iterator[Part]:
    """Part a plain text into what is its author's own and what is quoted, in its order."""
    own: list[str] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        rest = "\n".join(lines[at : at + 8])
        header = _HEADER.match(rest) if depth < _DEEPEST else None
        if _MARK.match(lines[at]) and depth < _DEEPEST:
            end = at
            while end < len(lines) and (_MARK.match(lines[end]) or _between(lines, end)):
                end += 1
            named = _taken_attribution(own)
            yield from _own(own, whose)
            own = []
            inside = "\n".join(_MARK.sub("", line, count=1) for line in lines[at:end])
            yield from parted(inside, named or _UNKNOWN, depth + 1)
            at = end
        elif header is not None or (depth < _DEEPEST and _opens(lines, at)):
            while own and (not own[-1].strip() or _RULE.fullmatch(own[-1])):
                own.pop()
            yield from _own(own, whose)
            taken = header[0].count("\n") + 1 if header else _opens(lines, at)
            named = one_line("; ".join(line.strip("*_ ") for line in lines[at : at + taken]))
            yield from parted("\n".join(lines[at + taken :]), named if header else named.replace("; ", " "), depth + 1)
            return
        else:
            own.append(lines[at])
            at += 1
    yield from _own(own, whose)


def _own(lines: Sequence[str], whose: str) -> Iterator[Part]:
    text = "\n".join(lines)
    if text.strip():
        yield Part(whose, text)


def _between(lines: Sequence[str], at: int) -> bool:
    """Say whether a blank line stands between two that are quoted."""
    return not lines[at].strip() and at + 1 < len(lines) and bool(_MARK.match(lines[at + 1]))


def _taken_attribution(own: list[str]) -> str:
    """Take the line or two that end in a colon off the text before a quotation, and return them as one."""
    end = len(own)
    while end and not own[end - 1].strip():
        end -= 1
    if not end or not own[end - 1].rstrip().endswith(":"):
        return ""
    for many in (1, 2, 3):
        named = one_line(" ".join(own[max(0, end - many) : end]))
        if _ATTRIBUTION.fullmatch(named) and (many == 1 or own[end - many].strip()):
            del own[end - many :]
            return named
    named = one_line(own[end - 1])
    if len(named) <= _LONGEST and re.search(r"[\d@]", named):
        del own[end - 1 :]
        return named
    return ""


def _opens(lines: Sequence[str], at: int) -> int:
    """Return how many lines, from one on, say who wrote all that comes after them without a mark; 0 for none."""
    for many in (1, 2):
        text = one_line(" ".join(lines[at : at + many]))
        if _ATTRIBUTION.fullmatch(text) and re.search(r"\d", text) and at + many < len(lines):
            following = next((line for line in lines[at + many :] if line.strip()), "")
            return many if following and not _MARK.match(following) else 0
    return 0


def _add_page(builder: Builder, tree: Any, whose: str = "", depth: int = 0) -> None:
    """Add an HTML message: its own text, then each message that it quotes."""
    body = tree.find("body") if tree.tag == "html" else tree
    body = tree if body is None else body
    quotes = _taken_quotes(body) if depth < _DEEPEST else []
    if whose and body.text_content().strip():
        builder.heading(whose, 1)
        whose = ""
    add_blocks(builder, body)
    for named, element in quotes:
        _add_page(builder, element, named or whose or _UNKNOWN, depth + 1)


def _taken_quotes(body: Any) -> list[tuple[str, Any]]:
    """Take what is quoted out of a message; return it with the lines that say whose it is."""
    found: list[tuple[str, Any]] = []
    for element in list(body.iterdescendants("div", "p", "blockquote", "td", "span")):
        if element.getparent() is None or not any(a is body for a in element.iterancestors()):
            continue  # taken out with another
        if _is_quote(element):
            named = _attribution(element)
            _take(element)
            found.append((named, element))
        elif _is_header(element):
            named = one_line("; ".join(_lines(element)))
            found.append((named[:_LONGEST], _rest(element, body)))
    return found


def _is_quote(element: Any) -> bool:
    classes = set((element.get("class") or "").split())
    if element.tag == "blockquote":
        cited = element.get("type") == "cite" or element.get("cite") or bool(classes & _QUOTES)
        return bool(cited) or bool(_ATTRIBUTION.fullmatch(one_line(_before(element))))
    return bool(classes & (_QUOTES - {"moz-cite-prefix"}))


def _is_header(element: Any) -> bool:
    """Say whether a block is the header of a quoted message, the way Outlook sets it ("From: … Sent: …")."""
    text = "\n".join(_lines(element))
    if len(text) > 2 * _LONGEST or not _HEADER.match(text):
        return False
    return not any(_HEADER.match("\n".join(_lines(e))) for e in element.iterchildren("div", "p", "td", "span"))


def _lines(element: Any) -> list[str]:
    own = Builder()
    add_blocks(own, element)
    return [line for line in own.reading(media_type="").text.split("\n") if line.strip()][:12]


def _attribution(quote: Any) -> str:
    """Return the line that says whose a quotation is, and take it out of where it stands."""
    inside = quote.xpath(".//*[contains(@class, 'gmail_attr')]")
    if inside:
        text = one_line(inside[0].text_content())
        _take(inside[0])
        return text
    text = one_line(_before(quote))
    if not _ATTRIBUTION.fullmatch(text):
        return ""
    before = quote.getprevious()
    if before is not None and one_line(before.tail or ""):
        before.tail = ""
    elif before is not None:
        _take(before)
    else:
        quote.getparent().text = ""
    return text


def _before(element: Any) -> str:
    """Return the text right before an element among its siblings."""
    before = element.getprevious()
    if before is None:
        parent = element.getparent()
        return (parent.text or "") if parent is not None else ""
    return str(before.tail if (before.tail or "").strip() else before.text_content())


def _take(element: Any) -> None:
    """Take an element out of its page; the text after it stays."""
    tail, element.tail = element.tail, None
    parent, before = element.getparent(), element.getprevious()
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _rest(header: Any, body: Any) -> Any:
    """Take a header and all that comes after it out of a message; return the latter."""
    path = [header, *header.iterancestors()]
    rest = body.makeelement("div")
    for element in path[: path.index(body)]:
        for sibling in list(element.itersiblings()):
            rest.append(sibling)
    header.getparent().remove(header)
    return rest
