"""`rag check`: sentences of any text judged by the library's own, quotations traced, and the four ways to print it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.checks import OWN, cases, engine_over, false_held, judged
from ingest.statements import read_statements, statements
from rag.checked import CheckedText, check_text
from rag.claims import CONTRADICTED, NO_CLAIM, NOT_SAID, PARTLY, SUPPORTED
from rag.config import Settings
from rag.engine import Engine
from rag.errors import ConfigError, ReadError
from tests.support import HashEmbedder
from ui.check_report import to_html, to_json, to_sarif, to_terminal
from ui.cli_check import _failing

REPORT = """# The year

Sandvik Ferries carried 412,000 passengers in 2023. It was led by Tor Haugen until 2016. A single ticket costs 12 euros
for adults. It treats whales <b>{{x}}</b> daily. We recommend a visit.

The memo has “the failure was caused by a worn bearing, […] not by the storm” and "the renovation cost 8.1 million
euros, 1.1 million more than planned" and “nobody ever wrote these seven words here”.
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine_over(OWN / "first", tmp_path_factory.mktemp("checked") / "library", HashEmbedder())


@pytest.fixture(scope="module")
def checked(engine: Engine) -> CheckedText:
    text, sentences = statements(REPORT)
    return check_text(engine, text, sentences, name="year & more.md")


@pytest.mark.parametrize("name", ["first", "second"])
def test_made_reports_are_judged_as_they_are(name: str, engine: Engine, tmp_path: Path) -> None:
    over = engine if name == "first" else engine_over(OWN / name, tmp_path / "library", HashEmbedder())
    found = judged(over, cases(OWN / name))
    assert false_held(found) == 0
    assert sum(true == given for true, given, _ in found) >= 0.9 * len(found)
    wrongly = [1 for true, given, _ in found if given == CONTRADICTED != true]
    assert len(wrongly) <= 1
    assert sum(same for *_, same in found) >= 0.9 * len(found)


@pytest.mark.parametrize(
    ("claim", "before", "verdict", "words", "said"),
    [
        ("The Alma holds 180 passengers and 60 cars.", "", CONTRADICTED, ["60"], "40"),
        ("A hotel at the harbour costs 90 euros.", "", NOT_SAID, [], ""),
        ("It was founded in 1931.", "The Museum of Clocks in Elmstadt is old.", CONTRADICTED, ["1931"], "1921"),
        ("It was founded in 1921.", "The Museum of Clocks in Elmstadt is old.", SUPPORTED, [], ""),
        ("**The Alma** was built in *Gdansk* in 1999 [3].", "", CONTRADICTED, ["1999"], "2009"),
        ("The plant treats 18,000 cubic metres of water and of milk a day.", "", PARTLY, ["milk"], ""),
        ("The ticket, we think, is dear?", "", NO_CLAIM, [], ""),
        ("Opening hours", "", NO_CLAIM, [], ""),
    ],
)
def test_one_sentence(engine: Engine, claim: str, before: str, verdict: str, words: list[str], said: str) -> None:
    found = engine.judge(claim, before)
    assert found.verdict == verdict
    assert [span.of(claim) for span in found.words] == words
    assert found.said == said
    for quote in found.quotes:
        assert engine.library.text(quote.source)[quote.start : quote.end] == quote.text
    assert bool(found.quotes) == (verdict in {SUPPORTED, CONTRADICTED, PARTLY})


def test_a_text_is_judged_in_order_and_its_quotations_are_traced(engine: Engine, checked: CheckedText) -> None:
    verdicts = [one.judgement.verdict for one in checked.sentences]
    assert verdicts[0] == SUPPORTED
    assert verdicts[1] != CONTRADICTED  # "until 2016" is said by "since 2016", which nothing here can tell
    assert verdicts[2:5] == [CONTRADICTED, NOT_SAID, NO_CLAIM]
    assert all(one.span.of(checked.text) == one.text for one in checked.sentences)
    exact, altered, nowhere = checked.quotations
    assert exact.exact
    assert [o.text for o in exact.origins] == ["The failure was caused by a worn bearing", "not by the storm"]
    assert not altered.exact
    assert altered.origins[0].text.startswith("The renovation cost 8.4 million")
    assert nowhere.origins == ()
    for origin in (*exact.origins, *altered.origins):
        assert engine.library.text(origin.source)[origin.start : origin.end] == origin.text


def test_every_way_to_print_it_says_the_same(checked: CheckedText) -> None:
    value = json.loads(json.dumps(to_json(checked)))
    assert [s["verdict"] for s in value["sentences"]] == [one.judgement.verdict for one in checked.sentences]
    bare = value["sentences"][2]["words"][0]
    assert value["text"][bare["start"] : bare["end"]] == bare["text"] == "12 euros"
    numbers = [c["number"] for s in value["sentences"] for c in s["citations"]]
    assert numbers[0] == 1
    shown = to_terminal(checked)
    assert "the documents say “9 euros”, not “12 euros”" in shown
    assert "quoted from nowhere" in shown
    sarif = to_sarif(checked, "1")["runs"][0]
    failing = [s for s in value["sentences"] if s["verdict"] in {CONTRADICTED, NOT_SAID, PARTLY}]
    assert [r["ruleId"] for r in sarif["results"]] == [s["verdict"] for s in failing]
    place = sarif["results"][-1]["locations"][0]["physicalLocation"]
    region = place["region"]
    assert place["artifactLocation"]["uri"] == "year%20%26%20more.md"
    assert checked.text[region["charOffset"] :][: region["charLength"]] == region["snippet"]["text"]
    assert checked.text.split("\n")[region["startLine"] - 1][region["startColumn"] - 1 :].startswith(
        region["snippet"]["text"].split("\n")[0]
    )


def test_the_page_of_a_checked_text_holds_no_markup_of_its_own(checked: CheckedText) -> None:
    page = to_html(checked)
    tags: list[str] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    reader.feed(page)
    assert tags.count("mark") == len(checked.sentences)
    assert not {"script", "img", "link"} & set(tags)
    assert "<b>{{x}}" not in page
    assert 'href="#q1"' in page
    assert 'id="q1"' in page


def test_files_of_any_kind_are_read_and_headings_are_no_sentence(tmp_path: Path) -> None:
    from docx import Document

    document = Document()
    document.add_heading("The ferries of Orrholm", 1)
    document.add_paragraph("Dogs travel free. Cats do not.")
    document.save(str(tmp_path / "a.docx"))
    text, spans = read_statements((tmp_path / "a.docx").read_bytes(), "a.docx", Settings.load(environ={}))
    assert [s.of(text) for s in spans] == ["Dogs travel free.", "Cats do not."]
    with pytest.raises(ReadError, match="cannot be checked"):
        read_statements(b" \n", "a.txt", Settings.load(environ={}))


def test_what_fails_is_named_or_refused() -> None:
    assert _failing("any") == {CONTRADICTED, PARTLY, NOT_SAID}
    assert _failing("contradicted, not-said") == {CONTRADICTED, NOT_SAID}
    assert _failing("none") == frozenset()
    with pytest.raises(ConfigError, match="not 'wrong'"):
        _failing("wrong")
