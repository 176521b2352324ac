"""What a Word document's styles and numbering say of a paragraph: heading or not, hidden or struck out, its number.

In: the roots of ``styles.xml`` and ``numbering.xml``. Out: a `Style` for a style's id, and the labels of numbered
paragraphs ("2.2", "iv)", "•") as Word counts them. Formats are those of ECMA-376, part 1, 17.9 and 17.7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVEL = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift) (\d)", re.IGNORECASE)
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Style:
    """``level`` counts headings from 1, 0 is none; ``number`` is the numbering's id and level, if the style has one."""

    name: str = ""
    level: int = 0
    number: tuple[str, int] | None = None
    unseen: bool = False


def value(element: Any, path: str, default: str | None = None) -> str | None:
    """Return the ``val`` of the element at ``path`` ("pPr/numPr/ilvl"), or the default where there is none."""
    found = element.find("/".join(W + step for step in path.split("/"))) if element is not None else None
    return found.get(W + "val", default) if found is not None else None


def is_on(properties: Any, *names: str) -> bool:
    """Say whether one of these switches of a run or a row is on: present, and not set to false."""
    if properties is None:
        return False
    found = (properties.find(W + name) for name in names)
    return any(f is not None and f.get(W + "val", "1") not in {"0", "false", "off"} for f in found)


class Styles:
    """The styles of a document, each with what it inherits."""

    def __init__(self, root: Any) -> None:
        found = root.iterfind(W + "style") if root is not None else ()
        self._elements = {e.get(W + "styleId"): e for e in found}
        self._made: dict[str | None, Style] = {}

    def get(self, name: str | None, depth: int = 0) -> Style:
        """Return the style of this id."""
        if name not in self._made:
            element = self._elements.get(name)
            if element is None or depth > _DEEPEST:
                return Style()
            self._made[name] = self._style(element, depth)
        return self._made[name]

    def _style(self, element: Any, depth: int) -> Style:
        base_name = value(element, "basedOn")
        base = self.get(base_name, depth + 1) if base_name else Style()
        name = value(element, "name") or ""
        titled = _LEVEL.match(name)
        outline = value(element, "pPr/outlineLvl")
        level = int(titled[1]) if titled else 1 if name.lower() == "title" else base.level
        if outline is not None and outline.isdigit():
            level = int(outline) + 1 if int(outline) < 9 else 0
        number = number_of(element.find(W + "pPr"), base.number)
        unseen = base.unseen or is_on(element.find(W + "rPr"), "vanish", "strike", "dstrike")
        return Style(name, level, number, unseen)


def number_of(properties: Any, inherited: tuple[str, int] | None) -> tuple[str, int] | None:
    """Return the numbering's id and level that paragraph properties name, or else those inherited."""
    ident, level = value(properties, "numPr/numId"), value(properties, "numPr/ilvl")
    if ident is None and level is None:
        return inherited
    ident = ident if ident is not None else (inherited[0] if inherited else "0")
    deep = int(level) if level and level.isdigit() else (inherited[1] if inherited else 0)
    return (ident, deep) if ident != "0" else None


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str
    text: str
    start: int
    legal: bool
    restart: int | None


class Numbers:
    """Counts numbered paragraphs in the order in which they are asked for."""

    def __init__(self, root: Any) -> None:
        self._abstract: dict[str | None, dict[int, _Level]] = {}
        self._of: dict[str | None, str | None] = {}
        self._starts: dict[tuple[str | None, int], int] = {}
        self._counts: dict[str | None, dict[int, int]] = {}
        if root is None:
            return
        for element in root.iterfind(W + "abstractNum"):
            levels = {int(e.get(W + "ilvl") or 0): _level(e) for e in element.iterfind(W + "lvl")}
            self._abstract[element.get(W + "abstractNumId")] = levels
        for element in root.iterfind(W + "num"):
            ident = element.get(W + "numId")
            self._of[ident] = value(element, "abstractNumId")
            for override in element.iterfind(W + "lvlOverride"):
                start = value(override, "startOverride")
                if start and start.isdigit():
                    self._starts[ident, int(override.get(W + "ilvl") or 0)] = int(start)

    def label(self, ident: str, deep: int) -> str:
        """Return the label of the next paragraph of this numbering and level: "•" for every bullet, "" for none."""
        name = self._of.get(ident)
        levels = self._abstract.get(name, {})
        level = levels.get(deep)
        if level is None or level.kind == "none":
            return ""
        counts = self._counts.setdefault(name, {})
        start = self._starts.pop((ident, deep), None)
        counts[deep] = start if start is not None else counts.get(deep, level.start - 1) + 1
        for below in [d for d in counts if d > deep]:
            restart = levels[below].restart if below in levels else None
            if restart is None or 0 < deep + 1 <= restart:
                del counts[below]
        if level.kind == "bullet":
            return "•"

        def shown(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            other = levels.get(at, level)
            count = counts.setdefault(at, other.start)
            return counted(count, "decimal" if level.legal else other.kind)

        return re.sub(r"%([1-9])", shown, level.text).strip()


def _level(element: Any) -> _Level:
    start, restart = value(element, "start"), value(element, "lvlRestart")
    return _Level(
        value(element, "numFmt") or "decimal",
        value(element, "lvlText") or "",
        int(start) if start and start.isdigit() else 1,
        is_on(element, "isLgl"),
        int(restart) if restart and restart.isdigit() else None,
    )


_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
          (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip


def counted(number: int, kind: str) -> str:
    """Return a number as a list shows it; what is not known is shown in decimals."""
    if kind.endswith("Roman") and 0 < number < 4000:
        roman = ""
        for worth, sign in _ROMAN:
            roman += sign * (number // worth)
            number %= worth
        return roman if kind.startswith("upper") else roman.lower()
    if kind.endswith("Letter") and number > 0:
        letter = chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if kind.startswith("upper") else letter.lower()
    return f"{number:02}" if kind == "decimalZero" else str(number)
