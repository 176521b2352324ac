"""What of a web page a browser does not show: told by its attributes, its inline styles and its own style sheet.

In: a parsed page. Out: the page without what is hidden. Rules of simple selectors are understood (names, classes, ids,
attributes, and any of them inside another); what needs a script, a pointer or a sheet from elsewhere is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

SILENT = frozenset(
    "script style noscript template svg head iframe object canvas audio video datalist map rp rt del s strike dialog "
    "meter progress frameset embed".split()
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_PART = re.compile(r"([\w-]+|\*)?((?:[.#][\w-]+|\[[\w-]+(?:=[\"']?[\w -]*[\"']?)?\])*)")
_PIECE = re.compile(r"([.#])([\w-]+)|\[([\w-]+)(?:=[\"']?([\w -]*)[\"']?)?\]")
_AWAY = re.compile(r"-\s*\d{3,}")
_WHITE = re.compile(r"(?:#fff|#ffffff|white|transparent|rgba?\(255,255,255(?:,1)?\)|rgba\(\d+,\d+,\d+,0\))")
_ZERO = re.compile(r"0+(?:\.0+)?(?:px|em|rem|pt|%)?")
_MOST_RULES = 5000
_Part = tuple[str, tuple[tuple[str, str, str | None], ...]]


def without_hidden(tree: Any) -> Any:
    """Take out of a page what a browser does not show, and return it. The text after an element stays."""
    rules = [rule for style in tree.iter("style") for rule in _rules(style.text or "")][:_MOST_RULES]
    plain = not any("stylesheet" in (e.get("rel") or "").lower() for e in tree.iter("link"))
    gone = [e for e in tree.iter() if _is_hidden(e, rules, plain)]
    for element in gone:
        parent = element.getparent()
        if parent is None or element.tag in {"html", "body"}:
            continue
        if element.tail:
            before = element.getprevious()
            if before is not None:
                before.tail = (before.tail or "") + element.tail
            else:
                parent.text = (parent.text or "") + element.tail
        parent.remove(element)
    return tree


def with_sheets(page: str, sheets: Sequence[str]) -> str:
    """Return a page with the style sheets that lie beside it in its head, so that what they hide is told."""
    own = "".join(f"<style>{sheet.replace('</', '')}</style>" for sheet in sheets)
    head = re.search(r"<head\b[^>]*>", page[:65536], re.IGNORECASE)
    return page[: head.end()] + own + page[head.end() :] if own and head else page


def _is_hidden(element: Any, rules: list[_Rule], plain: bool) -> bool:
    tag = element.tag
    if not isinstance(tag, str) or tag in {"html", "body", "head"}:
        return False
    if tag in SILENT:
        return tag not in {"style", "head"} and not (tag == "dialog" and element.get("open") is not None)
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    own: dict[str, str] = {}
    matching = [rule for rule in rules if rule.fits(element)]
    for rule in sorted(matching, key=lambda r: r.weight):
        own |= rule.declared
    own |= {k: v for k, v in _declared(element.get("style") or "").items() if v}
    return bool(own) and (_hides(own) or (plain and _is_white(element, own, rules)))


def _hides(style: dict[str, str]) -> bool:
    get = style.get
    if get("display") == "none" or get("visibility") in {"hidden", "collapse"} or get("content-visibility") == "hidden":
        return True
    moved = any(name.startswith(("transition", "animation")) for name in style)  # shown by and by
    if _ZERO.fullmatch(get("font-size", "")) or (_ZERO.fullmatch(get("opacity", "")) and not moved):
        return True
    if "line-through" in get("text-decoration", "") + get("text-decoration-line", ""):
        return True
    if _AWAY.match(get("text-indent", "")):
        return True
    placed = get("position") in {"absolute", "fixed"}
    if placed and any(_AWAY.match(get(name, "")) for name in ("left", "top", "right", "bottom")):
        return True
    small = all(re.fullmatch(r"[01](?:px)?", get(name, "")) for name in ("width", "height"))
    clipped = get("clip", "").startswith("rect(") or "inset(50%" in get("clip-path", "") or small
    return clipped and (placed or get("overflow") == "hidden")


def _is_white(element: Any, own: dict[str, str], rules: list[_Rule]) -> bool:
    """Say whether an element is written in white on a page that sets no background around it."""
    if not _WHITE.fullmatch(own.get("color", "").replace(" ", "")):
        return False
    if own["color"] == "transparent":
        return True
    styles = [own]
    for around in element.iterancestors():
        styles.append(_declared(around.get("style") or ""))
        styles += [rule.declared for rule in rules if rule.fits(around)]
        if around.get("bgcolor") or around.get("background"):
            return False
    set_ = (style[name] for style in styles for name in ("background", "background-color") if name in style)
    return all(_WHITE.fullmatch(value.replace(" ", "")) for value in set_)


def _declared(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.lower().split(";"))
    return {k.strip(): v.replace("!important", "").strip() for k, colon, v in pairs if colon}


class _Rule:
    """A selector, its parts from the outermost, and what it declares."""

    def __init__(self, parts: list[_Part], declared: dict[str, str], at: int) -> None:
        self.parts = parts
        self.declared = declared
        ids = sum(mark == "#" for _, marks in parts for mark, _, _ in marks)
        others = sum(mark != "#" for _, marks in parts for mark, _, _ in marks)
        self.weight = (ids, others, sum(name not in {"", "*"} for name, _ in parts), at)

    def fits(self, element: Any) -> bool:
        """Say whether the selector is one of this element's."""
        *outer, last = self.parts
        if not _fits(last, element):
            return False
        around = element.iterancestors()
        return all(any(_fits(part, ancestor) for ancestor in around) for part in reversed(outer))


def _fits(part: _Part, element: Any) -> bool:
    name, marks = part
    if name not in {"", "*", element.tag}:
        return False
    for mark, key, value in marks:
        if mark == "." and key not in (element.get("class") or "").split():
            return False
        if mark == "#" and element.get("id") != key:
            return False
        if mark == "[" and (element.get(key) is None or (value is not None and element.get(key) != value)):
            return False
    return True


def _rules(sheet: str) -> Iterator[_Rule]:
    """Yield the rules of a style sheet that are in force on a screen and can hide something, or show it again."""
    for at, (selectors, body) in enumerate(_blocks(_COMMENT.sub("", sheet))):
        declared = _declared(body)
        if not declared:
            continue
        for selector in selectors.split(","):
            parts = [_part(word) for word in selector.replace(">", " ").split()]
            if parts and None not in parts:
                yield _Rule([part for part in parts if part], declared, at)


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    position = 0
    while (opened := sheet.find("{", position)) >= 0:
        head = sheet[position:opened].rpartition(";")[2].strip()
        if head.startswith("@"):
            end = _closing(sheet, opened)
            if re.fullmatch(r"@media\s+(?:only\s+)?(?:screen|all)|@layer.*|@supports.*", head):
                yield from _blocks(sheet[opened + 1 : end])
            position = end + 1
            continue
        end = sheet.find("}", opened)
        end = end if end >= 0 else len(sheet)
        yield head, sheet[opened + 1 : end]
        position = end + 1


def _closing(sheet: str, opened: int) -> int:
    depth = 0
    for found in re.finditer(r"[{}]", sheet[opened:]):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return opened + found.start()
    return len(sheet)


def _part(word: str) -> _Part | None:
    """Return a selector without combinators taken apart, or nothing when it asks for more than can be told here."""
    found = _PART.fullmatch(word)
    if not found:
        return None
    marks = tuple((m[1] or "[", m[2] or m[3], m[4]) for m in _PIECE.finditer(found[2]))
    return (found[1] or "").lower(), marks
