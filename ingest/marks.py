"""What a page shows above or below the line, and formulas, written in one line without a change of meaning.

In: the text before a raised or lowered mark, or a formula's element (MathML or the one of Office). Out: text: "10^6",
"400 [note 12]" for a note mark apart from the number before it, "m²", "21st". It knows nothing of files.
"""

from __future__ import annotations

import re
from typing import Any

_UNITS = frozenset("mm cm dm m km in ft yd mi µm μm nm ha s".split())
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|ère|ers|e|ème|o|a|os|as|te|ten|ter)", re.IGNORECASE)
_SIGNED = re.compile(r"[+\-−–]\s?[\d.,]+")
_CHARGE = re.compile(r"\d*[+\-−]")
_NOTE = re.compile(r"[\[(]?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*[\])]?")
_BASE = re.compile(r"(?<![\w.,])(\w+)$")
_ARITHMETIC = re.compile(r"\s*[=×·*/+≈<>]")
_SQUARES = {"2": "²", "3": "³"}


def raised(before: str, mark: str, after: str = "") -> str:
    """Return what stands for a ``mark`` that is set above the line, between ``before`` and ``after``."""
    mark = mark.strip()
    if not mark:
        return ""
    digits = bool(_NOTE.fullmatch(mark))
    if not before or before[-1].isspace():
        return f"[note {mark}] " if digits and mark.isdigit() and not after.startswith(("/", "⁄")) else mark
    base = found[1] if (found := _BASE.search(before)) else ""
    if digits and after.startswith(("/", "⁄")) and before[-1].isdigit():
        return f" {mark}"  # 1 1/2
    if mark in _SQUARES and base in _UNITS:
        return _SQUARES[mark]
    if _is_power(base, mark, before, after):
        return "^" + mark.replace("−", "-").replace("–", "-").replace(" ", "")
    if digits:
        return note(before, mark)
    if len(mark) == 1 and mark.isalpha() and mark.islower() and not _is_ordinal(base, mark) and len(base) != 1:
        return note(before, mark)
    return mark


def _is_power(base: str, mark: str, before: str, after: str) -> bool:
    if before[-1] == ")":
        inside = before[before.rfind("(") + 1 : -1]
        return mark.isalnum() and bool(re.fullmatch(r"[\d\s.,+\-−×·*/a-z]{1,12}", inside)) and " a" not in inside
    if _SIGNED.fullmatch(mark):
        return base != ""
    if _CHARGE.fullmatch(mark) and not mark.isdigit():
        return False
    if not re.fullmatch(r"[\d.,]+|[a-z]", mark):
        return False
    if base in {"10", "2", "e"} or (len(base) == 1 and base.isalpha() and base not in {"a", "I"}):
        return True
    sum_around = _ARITHMETIC.match(after) or re.search(r"[=×·*+]\s*[\d.,]+$", before)
    return base.isdigit() and mark.isdigit() and bool(sum_around)


def _is_ordinal(base: str, mark: str) -> bool:
    return (base.isdigit() or base.lower() == "n") and bool(_ORDINAL.fullmatch(mark))


def note(before: str, mark: str) -> str:
    """Return a note mark apart from the word or the number before it, and unlike the marks of an answer's footnotes."""
    bracketed = mark if mark[0] in "[(" else f"[note {mark}]"
    return f" {bracketed}" if before[-1:].isalnum() else bracketed


def lowered(before: str, mark: str) -> str:
    """Return what stands for a mark that is set below the line: "H2O", but "4_2"."""
    mark = mark.strip()
    return f"_{mark}" if mark[:1].isdigit() and before[-1:].isdigit() else mark


# Names of MathML and of Office's formulas for what is built of a base and parts.
_POWERS = {"msup", "sSup"}
_INDICES = {"msub", "sSub"}
_FRACTIONS = {"mfrac", "f"}
_ROOTS = {"msqrt", "rad"}
_SILENT = {"annotation", "annotation-xml", "rPr", "ctrlPr", "fPr", "sSupPr", "sSubPr", "radPr", "deg", "dPr", "naryPr"}


def formula(element: Any, depth: int = 0) -> str:
    """Return a formula in one line: ``x^2``, ``(a + b)/c``, ``√(2)``; what has no sign is set side by side."""
    parts = [c for c in element if isinstance(c.tag, str) and _name(c) not in _SILENT] if depth < 50 else []
    name = _name(element)
    if name in {"d", "mfenced"}:
        return f"({_joined(parts, depth)})"
    if name in _ROOTS:
        return f"√({_joined(parts, depth)})"
    if len(parts) == 2 and name in _POWERS | _INDICES | _FRACTIONS:
        first, second = (formula(part, depth + 1) for part in parts)
        sign = "^" if name in _POWERS else "_" if name in _INDICES else "/"
        return f"{first if sign != '/' else _grouped(first)}{sign}{_grouped(second)}"
    own = " ".join((element.text or "").split())
    return f" {own} " if name == "mo" and own in "+-−=×·<>≤≥±" and own else own + _joined(parts, depth)


def _joined(parts: list[Any], depth: int) -> str:
    return (
        "".join(formula(part, depth + 1) for part in parts).strip() if len(parts) != 1 else formula(parts[0], depth + 1)
    )


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"[-−]?[\w.,]+", text) else f"({text})"


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
