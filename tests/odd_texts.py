"""Texts that no author means and every folder holds: digits, dots, commas, signs, units and dates run together.

Out: `odd_texts`, a hypothesis strategy, and `PIECES`, what it is made of.
"""

from __future__ import annotations

from hypothesis import strategies as st

_DIGITS = (
    "0 1 3 7 10 12 29 31 99 100 000 007 999 1999 2024 0000 9999 12345678901234567890 ٣ ٤٥ १२ ² ½ Ⅷ ⑤ 〇 五".split()
)
_MARKS = [*".,'’:;/-–—−+()[]{}%$€£¥₹°#&*~<>=?!¿¡«»“”\"|_\\\n\t\u00a0\u202f", "  ", "\n\n", ".,"]
_SIGNS = """US$ S/. -5 1.5.7 3.8,3.9 1,2,3 1,2.3,4 192.168.0.255 10:30:15 24:00 +44 (020) 555-1234 2024-02-30
31/02/2024""".split()
_UNITS = """km kg m² °C % per cent bn k m million mil millones dozen half docena st nd th º ª a.m. pm h min sq.
square""".split()
_TIMES = """January may MARZO diciembre Monday lunes yesterday last next this week month year century siglo IX XIV 0000s
1990s 20th ago hace dentro de in the past 999 decades since until before after between from to and y e a hasta 29
February 31 de abril ﬁrst twenty-first tercera""".split()
_WORDS = """What when was added in version Section no. tel who HOW many cuántos ¿cuándo is are not never No one he she
it Peru López Smith's O’Neill U.S. WHO rejected said that because Python 图书馆 什么时候 開放 する が
と言った 한국어 ไทย हिन्दी العربية עברית ελληνικά русский straße İstanbul ABRıL ſeptember""".split()
_STRANGE = ["\u212aelvin", "e\u0301", "\u200b", "\ufeff", "\U0001f600", "\x07"]
PIECES = (*_DIGITS, *_MARKS, *_SIGNS, *_UNITS, *_TIMES, *_WORDS, *_STRANGE)

odd_texts: st.SearchStrategy[str] = st.lists(
    st.one_of(st.sampled_from(PIECES), st.sampled_from(PIECES).map(lambda piece: piece + " "), st.text(max_size=3)),
    max_size=14,
).map("".join)
