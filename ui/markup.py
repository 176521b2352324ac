"""An `Answer` as the HTML of one turn, and the small pieces of the page (`ui/source_page.py` has the documents).

In: the frozen values of `rag/types.py`. Out: strings. Pure. Every piece of text goes through `escape`: what a document,
a question or a model says shows as text, whatever it looks like. Controls carry data attributes only, no scripts.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from rag.types import Answer, Citation
from ui.asides import beside, disagreement
from ui.render import (
    CONTROL,
    ahead_line,
    dropped_line,
    fallback,
    footnotes,
    nearest,
    one_line,
    pieces,
    rewritten,
    sentence,
    title_of,
    to_terminal,
    why_wrong,
)

_BULLET = re.compile(r"[-*•] +")
_STOP = re.compile(r"""[.,;:!?…]*["”’»)\]]*""")

# --- HTML: a turn -------------------------------------------------------------


def escape(text: str) -> str:
    """Text for HTML, in content and in attributes; braces too, so that no template language ever finds its own."""
    plain = html.escape(CONTROL.sub("", text), quote=True)
    return plain.replace("{", "&#123;").replace("}", "&#125;").replace("$", "&#36;").replace("`", "&#96;")


def to_html(answer: Answer, turn_id: str, *, growing: bool = False, table: str = "") -> str:
    """One turn of the conversation. Each control that opens a source carries ``data-open="TURN:c0"`` (citation 0 of
    the turn) or ``TURN:p0`` (passage 0), so a footnote stays bound to its own turn.
    ``table`` is the HTML of the table that it was read from (`ui/table_view.py`), which says the plan in its place."""
    state = "refused" if answer.refused else "caution" if answer.caution else "answered"
    turn, busy = escape(turn_id), ' aria-busy="true"' if growing else ""
    parts = [
        f'<article class="turn {state}{" growing" if growing else ""}" data-turn="{turn}"{busy}>',
        f'<h2 class="question">{escape(answer.question)}</h2>',
    ]
    if rewritten(answer):
        parts.append(f'<p class="rewritten">Searched for: <span>{escape(answer.standalone_question)}</span></p>')
    parts.append('<div class="reply">')
    if answer.refused:
        parts.append('<p class="verdict">Not in your documents</p>')
    elif answer.caution:
        parts.append(f'<p class="verdict">{escape(answer.reason or "This may not answer your question")}</p>')
    if answer.short and not answer.refused and not answer.text.casefold().startswith(answer.short.casefold()):
        parts.append(f'<p class="short">{escape(one_line(answer.short))}</p>')
    parts.append(f'<div class="text">{_text_html(answer, turn)}</div>')
    if disagreement(answer):
        parts.append(f'<p class="aside" role="note">{escape(one_line(disagreement(answer)))}</p>')
    told = answer.table.way if table and answer.table else ""
    parts += [f'<p class="reason">{escape(one_line(line))}</p>' for line in answer.notes if line != told]
    if answer.refused and answer.reason and answer.reason not in answer.text:
        parts.append(f'<p class="reason">{escape(answer.reason)}</p>')
    elif fallback(answer) and not answer.caution:
        parts.append(f'<p class="reason">In the documents&#x27; own words: {escape(fallback(answer))}</p>')
    if growing and answer.ahead:
        parts.append(f'<p class="reason ahead" role="status">{escape(ahead_line(answer))}</p>')
    parts += [table, _footnotes_html(answer, turn), _nearest_html(answer, turn)]
    parts += ["" if growing else _dropped_html(answer), "</div>"]
    parts += ["" if growing else _meta_html(answer), "</article>"]
    return "".join(parts)


def _text_html(answer: Answer, turn: str) -> str:
    """Inline markup first, then blocks: the markup holds no line break, so lines can be told apart afterwards."""
    parts: list[str] = []
    row = 0  # how many footnotes stand in a row at the end of ``parts``
    for piece, what in pieces(answer):
        if isinstance(what, Citation):
            if parts and not row:
                parts[-1] = parts[-1].rstrip(" ")
            parts.append(_marker_html(answer, what, turn))
            row += 1
            continue
        if row and piece.strip(" ") == "" and not what:
            continue  # footnotes in a row stand close; what follows them brings its own space
        stop = _STOP.match(piece) if row and not what else None
        if stop and stop[0]:  # as in print, a footnote stands behind the full stop
            parts.insert(len(parts) - row, escape(stop[0]))
            piece = piece[stop.end() :]
        row = 0
        if what:
            parts.append(f"<strong>{escape(' '.join(piece.split()))}</strong>")
        else:
            parts.append(escape(piece))
    blocks: list[str] = []
    for block in re.split(r"\n\s*\n", "".join(parts).strip("\n")):
        lines = block.split("\n")
        if all(_BULLET.match(line) for line in lines):
            items = "".join(f"<li>{_BULLET.sub('', line, count=1)}</li>" for line in lines)
            blocks.append(f"<ul>{items}</ul>")
        else:
            blocks.append(f"<p>{'<br>'.join(lines)}</p>")
    return "".join(blocks)


def _marker_html(answer: Answer, citation: Citation, turn: str) -> str:
    index = answer.citations.index(citation)
    label = f"Footnote {citation.number}, {title_of(answer, citation.source)}: open the source"
    return (
        f'<sup class="fn"><button type="button" data-open="{turn}:c{index}" data-n="{citation.number}" '
        f'aria-label="{escape(label)}">{citation.number}</button></sup>'
    )


def _footnotes_html(answer: Answer, turn: str) -> str:
    # A quote that the answer repeats word for word needs one line, no more.
    said = one_line("".join(piece for piece, what in pieces(answer) if not isinstance(what, Citation)))
    said = re.sub(r" (?=[.,;:!?…])", "", said)
    items = [
        f'<li><button type="button" class="note{" same" if one_line(note.quote) in said else ""}" '
        f'data-open="{turn}:c{answer.citations.index(note)}" '
        f'data-n="{note.number}"><span class="n">{note.number}</span><span class="body">'
        f"<q>{escape(one_line(note.quote, 320))}</q>{_origin_html(answer, note.source, note.page)}"
        f"{_beside_html(answer, note)}</span></button></li>"
        for note in footnotes(answer)
    ]
    return f'<ol class="footnotes" aria-label="Footnotes">{"".join(items)}</ol>' if items else ""


def _dropped_html(answer: Answer) -> str:
    """What the model wrote and nothing supports, folded away, struck through and never called a fact."""
    if not answer.dropped:
        return ""
    items = "".join(
        f"<li><del>{escape(one_line(one.text, 400))}</del> <span>{escape(why_wrong(one.reason))}</span></li>"
        for one in answer.dropped
    )
    return (
        f'<details class="dropped"><summary>{escape(dropped_line(answer))}</summary>'
        f"<p>The model wrote this, and it is no part of the answer: do not rely on it.</p><ul>{items}</ul></details>"
    )


def _beside_html(answer: Answer, note: Citation) -> str:
    return "".join(f'<small class="beside">{escape(one_line(line))}</small>' for line in beside(answer, note))


def _nearest_html(answer: Answer, turn: str) -> str:
    items = [
        f'<li><button type="button" class="note" data-open="{turn}:p{index}">'
        f'<span class="n" aria-hidden="true">–</span><span class="body"><q>{escape(one_line(passage.text, 240))}</q>'
        f"{_origin_html(answer, passage.source, passage.page)}</span></button></li>"
        for index, passage in enumerate(nearest(answer))
    ]
    if not items:
        return ""
    lead = '<p class="nearest">The nearest passages, none of which answers this</p>'
    return f'{lead}<ul class="footnotes">{"".join(items)}</ul>'


def _origin_html(answer: Answer, source: str, page: int | None) -> str:
    title = title_of(answer, source)
    path = "" if title == one_line(source) else f' <span class="path">{escape(source)}</span>'
    return f"<cite>{escape(title)}{f' · p. {page}' if page else ''}{path}</cite>"


def _meta_html(answer: Answer) -> str:
    copy = escape(to_terminal(answer, colour=False, width=0)).replace("\n", "&#10;")
    by = (
        ""
        if answer.refused
        else "Quoted from your documents"
        if answer.writer in {"none", "extractive"}
        else f"Written by {answer.writer}"
    )
    spent = answer.timings.get("total_ms", sum(answer.timings.values())) / 1000
    time = f"{spent:.1f} s" if spent >= 1 else f"{spent * 1000:.0f} ms" if spent else ""
    words = "".join(f"<span>{escape(word)}</span>" for word in (by, time) if word)
    return f'<footer class="meta"><button type="button" class="copy" data-copy="{copy}">Copy</button>{words}</footer>'


# --- HTML: the rest of the page -------------------------------------------------


def pending_html(question: str, turn_id: str) -> str:
    """A turn that waits for its first words."""
    return (
        f'<article class="turn pending" data-turn="{escape(turn_id)}" aria-busy="true">'
        f'<h2 class="question">{escape(question)}</h2>'
        '<div class="reply"><p class="wait">Reading your documents<span aria-hidden="true"> …</span></p></div>'
        "</article>"
    )


def error_html(question: str, turn_id: str, message: str) -> str:
    """A turn that failed: the message says what to do, and the question can be asked again."""
    message = one_line(sentence(message))
    return (
        f'<article class="turn failed" data-turn="{escape(turn_id)}"><h2 class="question">{escape(question)}</h2>'
        f'<div class="reply" role="alert"><p class="verdict">No answer</p><p>{escape(message)}</p></div>'
        f'<footer class="meta"><button type="button" class="again" data-ask="{escape(question)}">Ask again</button>'
        "</footer></article>"
    )


def writers_html(writer: str) -> str:
    """The menu of who writes, where there is a choice; it starts with the model that the owner of the page named."""
    if writer == "none":
        return ""
    return (
        '<label class="writers"><span>Answers</span><select data-write aria-label="Who writes the answers">'
        f'<option value="model">written by {escape(one_line(writer, 40))}</option>'
        '<option value="none">in the documents&#x27; own words</option></select></label>'
    )


def examples_html(questions: Sequence[str]) -> str:
    """Questions to start with."""
    items = "".join(
        f'<li><button type="button" class="example" data-ask="{escape(one)}">{escape(one)}</button></li>'
        for one in questions
    )
    return f'<ul class="examples" aria-label="Questions to start with">{items}</ul>' if items else ""
