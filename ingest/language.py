"""The language that a document declares, as the code the library stores.

In: what stands in front matter or metadata: a code, a tag, a name in any of the common tongues ("deu", "en-GB",
"Español"). Out: its ISO 639 code, two letters where there are two. The names are CLDR's, which Babel holds.
"""

from __future__ import annotations

import functools
import re

from rag.text import STOPWORDS, fold


def language_code(declared: str) -> str | None:
    """Return the code of the first language that ``declared`` names, or None where it names none.

    >>> [language_code(name) for name in ("English", "en-GB", "deu", "Español", "pt_BR", "Elvish")]
    ['en', 'en', 'de', 'es', 'pt', None]
    """
    first = re.split(r"[,;/(]", declared, maxsplit=1)[0].strip()
    head = re.split(r"[-_.]", first, maxsplit=1)[0].casefold()
    coded, name = _codes().get(head), fold(first)
    return coded or _names().get(name) or _own_names().get(name)


@functools.cache
def _codes() -> dict[str, str]:
    """Every code of ISO 639 that CLDR knows, with the one that stands for it."""
    from babel import Locale
    from babel.core import get_global

    known = {str(code).partition("_")[0] for code in Locale("en").languages}
    aliases = {str(old): str(new) for old, new in get_global("language_aliases").items() if new in known}
    return {code: code for code in known} | aliases


@functools.cache
def _names() -> dict[str, str]:
    """The names of languages, folded, in the languages whose words Footnote knows, English first."""
    from babel import Locale

    found: dict[str, str] = {}
    for tongue in ("en", *STOPWORDS):
        for code, name in Locale(tongue).languages.items():
            found.setdefault(fold(name), code.partition("_")[0])
    return found


@functools.cache
def _own_names() -> dict[str, str]:
    """What the speakers of a language call it; a second's work, so only where nothing else names it."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    codes = [code for code in locale_identifiers() if len(code) == 2]
    return {fold(name): code for code in codes if (name := Locale(code).languages.get(code))}
