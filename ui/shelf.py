"""The shelf: the documents of the library as HTML, found, ordered, and each with what can be done with it.

In: documents, and what was typed and chosen. Out: a string. Pure; all text goes through `markup.escape`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.text import fold
from rag.types import Document
from ui.markup import escape
from ui.render import one_line

SHOWN = 200
MANY = 8  # below this a shelf is seen at a glance and needs no search
ORDERS = {"title": "by title", "newest": "newest first", "oldest": "oldest first", "type": "by type"}


@dataclass(frozen=True)
class Wanted:
    """What of the shelf is asked for: words that title, path, date or author say, a type, an order, how many."""

    words: str = ""
    kind: str = ""
    order: str = "title"
    most: int = SHOWN


def kind_of(document: Document) -> str:
    """The type of a document as people say it: the ending of its file."""
    return PurePosixPath(document.source).suffix.lstrip(".").upper() or "TEXT"


def found(documents: Sequence[Document], wanted: Wanted) -> list[Document]:
    """The documents that are asked for, in the order that is asked for; accents and case do not matter."""
    words = fold(wanted.words).split()
    kept = []
    for one in documents:
        told = fold(" ".join((one.title, one.source, one.date or "", one.author or "")))
        if all(word in told for word in words) and wanted.kind in {"", kind_of(one)}:
            kept.append(one)
    if wanted.order in {"newest", "oldest"}:
        dated = sorted((d for d in kept if d.date), key=lambda d: d.date or "", reverse=wanted.order == "newest")
        return [*dated, *(d for d in kept if not d.date)]
    if wanted.order == "type":
        return sorted(kept, key=lambda d: (kind_of(d), fold(d.title)))
    return sorted(kept, key=lambda d: (fold(d.title), d.source))


def shelf_html(
    documents: Sequence[Document],
    failed: Sequence[tuple[str, str]] = (),
    *,
    wanted: Wanted | None = None,
    removable: Collection[str] = (),
    read_only: bool = False,
) -> str:
    """The documents, each a control that opens it, and the files that could not be read, each with its reason.

    ``removable`` are the sources of files that were given to the page.
    """
    wanted = wanted or Wanted()
    kept = found(documents, wanted)
    items = "".join(_item(one, _uploaded(one.source, removable), read_only) for one in kept[: wanted.most])
    rest = len(kept) - wanted.most
    more = f'<button type="button" class="rest" data-most="{wanted.most * 4}">Show more ({rest:,})</button>'
    none = '<p class="lead">No document fits.</p>' if documents and not kept else ""
    return (
        f'{_tools(documents, wanted)}{none}<ul class="shelf">{items}</ul>{more if rest > 0 else ""}'
        f"{unread_html(failed, read_only=read_only)}"
    )


def _tools(documents: Sequence[Document], wanted: Wanted) -> str:
    if len(documents) < MANY:
        return ""
    kinds = sorted({kind_of(one) for one in documents})
    options = "".join(_option(kind, kind, wanted.kind) for kind in kinds)
    orders = "".join(_option(name, told, wanted.order) for name, told in ORDERS.items())
    kind = (
        f'<select data-kind aria-label="Type"><option value="">every type</option>{options}</select>'
        if len(kinds) > 1
        else ""
    )
    return (
        '<div class="shelf-tools"><input type="search" class="filter" placeholder="Find a document" '
        f'aria-label="Find a document" autocomplete="off" value="{escape(wanted.words)}">{kind}'
        f'<select data-order aria-label="Order">{orders}</select></div>'
    )


def _option(value: str, told: str, chosen: str) -> str:
    return f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(told)}</option>'


def _uploaded(source: str, removable: Collection[str]) -> bool:
    path = PurePosixPath(source)
    return any(str(one) in removable for one in (path, *path.parents))


def _item(one: Document, removable: bool, read_only: bool) -> str:
    title, source = escape(one_line(one.title, 120) or one.source), escape(one.source)
    pages = f"{len(one.pages):,} page{'' if len(one.pages) == 1 else 's'}" if one.pages else ""
    facts = [one.date or "", kind_of(one), pages, one.language or ""]
    told = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    again = "" if read_only else f'<button type="button" data-again="{source}">Read again</button>'
    remove = f'<button type="button" data-remove="{source}">Remove</button>' if removable and not read_only else ""
    return (
        f'<li data-source="{source}"><input type="checkbox" data-scope="{source}" aria-label="Ask only {title}">'
        f'<button type="button" class="book" data-open="doc:{source}"><b>{title}</b>'
        f'<span class="facts">{told}<span class="path">{source}</span></span></button>'
        f'<details class="deeds"><summary aria-label="More for {title}">⋯</summary><div>'
        f'<button type="button" data-original="{source}">Download the original</button>{again}{remove}'
        "</div></details></li>"
    )


def unread_html(failed: Sequence[tuple[str, str]], *, read_only: bool = False) -> str:
    """The files that could not be read, or not wholly, folded away."""
    if not failed:
        return ""
    again = "" if read_only else '<button type="button" class="again" data-again="{}">Retry</button>'
    items = "".join(
        f'<li><span class="path">{escape(source)}</span> {escape(one_line(reason))} '
        f"{again.format(escape(source)) if again else ''}</li>"
        for source, reason in failed[:SHOWN]
    )
    many = "1 file could not be read" if len(failed) == 1 else f"{len(failed):,} files could not be read"
    return f'<details class="unread"><summary>{many}</summary><ul>{items}</ul></details>'
