"""What holds of every follow-up rewrite, whatever the question and the history are."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.asked.followup import search_queries, standalone
from rag.asked.phrases import phrases, tables, tokenise
from rag.text import fold, word_spans
from rag.types import Turn
from tests.followup_support import Dialogue, dialogues

WORDS = (
    "who what when where why how much he she it they there that this those one other and or no not I meant what about "
    "Peru Belgium Corvo bridge agreement minister Javier González-Olaechea 2022 2023 December the a in of to with did "
    "does is was were sign ask built ¿y por qué ella eso ahí puente su no, sorry, more ? . ( ) [1] it's that's"
).split()
question = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join),
    st.text(max_size=60),
)
turns = st.lists(st.builds(Turn, question, question), max_size=4)

# Function words that a rewrite may spend: pronouns, openings of a fragment, cues of a correction.
SPENT = frozenset(
    word
    for language in ("en", "es")
    for word in (
        tables(language).function
        | {w for cue in (c for k in ("leads", "corrections", "more") for c in tables(language).lists[k]) for w in cue}
    )
)


def kept_words(text: str) -> list[str]:
    words = (fold(s.of(text)).replace("’", "'").removesuffix("'s") for s in word_spans(text))
    return [w for w in words if w not in SPENT and w.partition("'")[0] not in SPENT]


@settings(max_examples=400, deadline=None)
@given(question, turns)
@example("", [Turn("", "")])
@example("(", [Turn("(((", ")))")])
@example("no,", [Turn("¿", "¿")])
@example("and İ?", [Turn("İİ is ß?", "ﬁ")])
def test_never_raises_and_is_deterministic(asked: str, history: list[Turn]) -> None:
    first = standalone(asked, history)
    assert first == standalone(asked, list(history))
    assert first.strip() or not asked.strip()
    assert search_queries(asked, history)[0].text == asked


@settings(max_examples=200, deadline=None)
@given(question)
def test_no_history_is_identity(asked: str) -> None:
    assert standalone(asked, []) == asked


@pytest.mark.parametrize("case", dialogues(), ids=lambda case: case.id)
def test_keeps_the_words_of_the_question(case: Dialogue) -> None:
    unwanted = fold(" ".join(case.expect_absent))
    rewritten = set(kept_words(standalone(case.question, case.history)))
    lost = [w for w in kept_words(case.question) if w not in rewritten and w not in unwanted]
    assert not lost


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from([w for w in WORDS if w.isalnum()]), min_size=1, max_size=8).map(" ".join), turns)
def test_keeps_the_words_of_any_question(asked: str, history: list[Turn]) -> None:
    if "not" in asked.split() or asked.split()[0] in {"no", "sorry"}:
        return  # a correction drops what it rejects
    rewritten = set(kept_words(standalone(asked, history)))
    assert all(word in rewritten for word in kept_words(asked))


@settings(max_examples=300, deadline=None)
@given(question, turns)
def test_takes_its_words_from_the_dialogue_only(asked: str, history: list[Turn]) -> None:
    said = " ".join([asked, *(t.question for t in history), *(t.answer for t in history)])
    known = {fold(s.of(said)).replace("’", "'").removesuffix("'s") for s in word_spans(said)}
    own = {"in", "en", "to", "a", "an", "about", "sobre", "is", "are", "would", "will", "have"}
    assert set(kept_words(standalone(asked, history))) <= known | own


@pytest.mark.parametrize("case", [c for c in dialogues() if c.kind == "standalone"], ids=lambda case: case.id)
def test_rewriting_a_standing_question_again_changes_nothing(case: Dialogue) -> None:
    once = standalone(case.question, case.history)
    assert standalone(once, case.history) == once == case.question


def test_rewriting_a_rewrite_changes_nothing_more() -> None:
    """A rewrite names its subject, so it leans no more; notes in brackets are not written twice."""
    cases = dialogues()
    same = 0
    for case in cases:
        once = standalone(case.question, case.history)
        same += standalone(once, case.history) == once
    assert same / len(cases) >= 0.9


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120), st.sampled_from(["en", "es", "fr"]))
def test_tokens_and_phrases_are_spans_of_the_text(text: str, language: str) -> None:
    for token in tokenise(text, tables(language)):
        assert text[token.start : token.end] == token.text
    for phrase in phrases(text, language):
        assert text[phrase.start : phrase.end] == phrase.text
        assert phrase.core in phrase.text
