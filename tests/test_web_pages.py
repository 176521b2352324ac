"""Forty and more made pages: all of their content is read; navigation, footers and notices are not."""

# ruff: noqa: E501 (what lies in a file is shown as it is)

from __future__ import annotations

import itertools

import pytest

from ingest.load import Limits
from ingest.read_any import read_any
from rag.config import Settings

CONTENT = {
    "faq": (
        "<h1>Questions of guests</h1><h2>When do you open?</h2><p>At nine.</p><h2>May I pay by card?</h2><p>Yes.</p>"
        "<table><tr><th>Ferry</th><th>Fare</th></tr><tr><td>Day</td><td>12 euros</td></tr></table>",
        ["Questions of guests", "When do you open?", "At nine.", "May I pay by card?", "Yes.", "Ferry", "12 euros"],
    ),
    "news": (
        "<h1>Storm breaks lamp</h1><p>A storm broke the lamp on Tuesday.</p><blockquote>I did what I could.</blockquote>"
        "<ul><li>One lamp</li><li>Two panes</li></ul><figure><figcaption>The tower at dusk</figcaption></figure>",
        ["Storm breaks lamp", "A storm broke the lamp on Tuesday.", "I did what I could.", "One lamp", "Two panes",
         "The tower at dusk"],
    ),
    "links": (
        "<h1>Our papers</h1><ul><li><a href='a'>Report of 2021</a></li><li><a href='b'>Report of 2022</a></li>"
        "<li><a href='c'>Report of 2023</a></li><li><a href='d'>Statutes</a></li></ul><p>Ask for older ones.</p>",
        ["Our papers", "Report of 2021", "Report of 2022", "Report of 2023", "Statutes", "Ask for older ones."],
    ),
    "address": (
        "<h1>Find us</h1><p>Harbour Street 4<br>Bergen</p><dl><dt>Telephone</dt><dd>555 0101</dd></dl><pre>N 60  E 5</pre>",
        ["Find us", "Harbour Street 4", "Bergen", "Telephone", "555 0101", "N 60 E 5"],
    ),
    "guide": (
        "<h1>Ferries of the fjord</h1><p>Sailings are from April to October.</p>"
        + "".join(
            f"<section><h2>How do I reach pier {n}?</h2><p>Take bus {n} to the stop at the old mill, walk along the quay "
            f"for {n} minutes, and wait at the white gate until the mate calls.</p></section>"
            for n in range(1, 9)
        )
        + "<h2>Fares</h2><table><tr><th>Ticket</th><th>Price</th></tr><tr><td>Single</td><td>12 euros</td></tr><tr><td>Week"
        "</td><td>40 euros</td></tr></table><h2>Lost things</h2><ul><li>Ask the mate.</li><li>Call 555 0102.</li></ul>",
        ["Ferries of the fjord", "Sailings are from April to October.", "Ticket", "Single", "12 euros", "40 euros", "Fares",
         "Lost things", "Ask the mate.", "Call 555 0102."]
        + [text for n in range(1, 9) for text in (f"How do I reach pier {n}?", f"for {n} minutes, and wait")],
    ),
    "short": ("<p>Closed on Sunday.</p>", ["Closed on Sunday."]),
}  # fmt: skip
MENU = "<a href='/'>Home</a> <a href='/shop'>Shop</a> <a href='/jobs'>Jobs</a> <a href='/press'>Press</a>"
GONE = ["Home", "Jobs", "Imprint", "We use cookies"]
FRAMES = {
    "nav": f"<nav>{MENU}</nav>{{}}<footer>Imprint</footer>",
    "main": f"<header><nav><ul><li>{MENU}</li></ul></nav></header><main>{{}}</main><footer><p>Imprint</p></footer>",
    "article": f"<div class='menu'>{MENU}</div><article>{{}}</article><div role='contentinfo'>Imprint</div>",
    "divs": f"<div id=top><div>{MENU}</div></div><div id=page><div>{{}}</div></div><div role=contentinfo>Imprint</div>",
    "table": "<table><tr><td><nav>" + MENU + "</nav></td></tr><tr><td>{}</td></tr></table><footer>Imprint</footer>",
    "cookies": f"<div class='cookie-banner'>We use cookies. <button>OK</button></div><nav>{MENU}</nav>{{}}",
    "aside": f"<main>{{}}</main><aside><ul><li>{MENU}</li></ul></aside><footer>Imprint</footer>",
    "bare": "{}",
}


@pytest.mark.parametrize(("frame", "content"), list(itertools.product(FRAMES, CONTENT)))
def test_a_page_keeps_its_content(frame: str, content: str) -> None:
    markup, wanted = CONTENT[content]
    page = f"<!doctype html><html><head><title>A page</title></head><body>{FRAMES[frame].format(markup)}</body></html>"
    [reading] = read_any(page.encode(), "a.html", Limits(Settings()))
    text = " ".join(reading.text.split())
    assert [w for w in wanted if w not in text] == []
    assert [w for w in GONE if w in text] == []
