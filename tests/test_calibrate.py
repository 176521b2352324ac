"""Thresholds of a library's own: the bound, the questions, what is left out, and where the result is kept."""

from __future__ import annotations

import doctest
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import calibrate
from eval.calibrate import Asked, Without, ask, bounded, fit, least_questions, pair, picture
from eval.own_questions import drawn
from ingest.rebuild import rebuild
from rag.engine import Engine
from rag.errors import LibraryError, RagError
from rag.judge import linear, thresholds
from rag.library import Library
from rag.models import Embedder
from tests.ingest_support import EMBEDDER, run, snapshot, write
from tests.towns_support import FILES, PLAIN, built, library, made, place
from ui import cli
from ui.cli_ask import open_engine
from ui.cli_calibrate import _lines
from ui.cli_library import _thresholds

__all__ = ["built", "library", "place"]  # fixtures


def asked(absent: Sequence[float], present: float = 0.9, language: str = "en") -> list[Asked]:
    return [Asked(made(language=language), present, c) for c in absent]


# ---------------------------------------------------------------- the bound


def test_the_worked_examples_are_true() -> None:
    result = doctest.testmod(calibrate)
    assert result.failed == 0
    assert result.attempted >= 3


DRAWS = 400


def risk(n: int, alpha: float, seed: int, shape: float, *, naive: bool = False) -> float:
    """The mean loss of one more question, over many calibrations on ``n`` that are drawn like it."""
    draw = np.random.default_rng(seed)
    losses = []
    for _ in range(DRAWS):
        scores = np.round(draw.beta(shape, 1.0, n + 1), 4).tolist()
        if naive:  # the share in the sample alone
            at = sorted(scores[:n], reverse=True)[int(alpha * n)] + 1e-9
        else:
            found = bounded(scores[:n], alpha)
            assert found is not None
            at = found
        losses.append(scores[n] >= at)
    return float(np.mean(losses))


@settings(max_examples=25, deadline=None)
@given(st.integers(10, 60), st.floats(0.1, 0.5), st.integers(0, 10_000), st.sampled_from([0.3, 1.0, 4.0]))
def test_the_expected_share_of_false_answers_is_at_most_alpha(n: int, alpha: float, seed: int, shape: float) -> None:
    noise = 4 * math.sqrt(alpha * (1 - alpha) / DRAWS)
    assert risk(n, alpha, seed, shape) <= alpha + noise


def test_without_the_correction_the_share_would_be_exceeded() -> None:
    assert risk(10, 0.1, 1, 1.0, naive=True) > 0.1 + 0.03
    assert risk(10, 0.1, 1, 1.0) <= 0.1 + 0.03


@given(st.lists(st.floats(0, 1).map(lambda c: round(c, 4)), min_size=1, max_size=80), st.floats(0.02, 0.9))
def test_the_threshold_is_the_least_that_holds(absent: list[float], alpha: float) -> None:
    found = bounded(absent, alpha)
    if found is None:
        assert 1 / (len(absent) + 1) > alpha - 1e-9
        return

    def left(t: float) -> float:
        return (sum(c >= t for c in absent) + 1) / (len(absent) + 1)

    assert left(found) <= alpha + 1e-9
    assert found == 0 or left(found - 0.001) > alpha - 1e-9


def test_sure_false_answers_leave_a_threshold_that_refuses_everything() -> None:
    assert bounded([1.0] * 30, 0.1) == 1.001


# ---------------------------------------------------------------- fitting


def test_a_threshold_is_never_laxer_than_the_packaged_one() -> None:
    [found] = fit(asked([0.01] * 40), 0.1, reader=True)
    assert found.after is not None
    assert found.after.refuse == linear.threshold("refuse")
    assert found.after.caution == linear.threshold("caution")


def test_confident_false_answers_raise_both_thresholds() -> None:
    [found] = fit(asked([i / 40 for i in range(40)], present=0.95), 0.1, reader=True)
    assert found.after is not None
    assert found.before.false_answers > 0.7
    assert found.after.false_answers <= 0.1
    assert found.after.unwarned <= 0.05
    assert found.after.refuse < found.after.caution
    assert found.usable


def test_what_refuses_over_half_of_the_answerable_is_no_use() -> None:
    [found] = fit(asked([0.9] * 40, present=0.8), 0.1, reader=True)
    assert found.after is not None
    assert found.after.refused == 1.0
    assert not found.usable


def test_each_kind_of_question_has_thresholds_of_its_own() -> None:
    some = asked([0.6] * 20) + asked([0.7] * 20, language="es") + asked([0.8], language="fr")
    read, abroad = fit(some, 0.1, reader=True)
    assert (read.end, len(read.asked)) == ("", 20)
    assert (abroad.end, len(abroad.asked)) == ("_abroad", 21)
    assert fit(some, 0.1, reader=False)[0].end == "_unread"


def test_few_questions_bound_nothing() -> None:
    with pytest.raises(RagError, match=r"3 questions can be made .* 19 are needed"):
        fit(asked([0.1] * 3), 0.1, reader=True)
    with pytest.raises(RagError, match="0 questions"):
        fit([], 0.1, reader=True)
    both = fit(asked([0.1] * least_questions(0.1)) + asked([0.1], language="de"), 0.1, reader=True)
    assert [f.after is None for f in both] == [False, True]


def test_the_figures_of_a_pair_of_thresholds() -> None:
    group = [Asked(made(), 0.9, 0.3), Asked(made(), 0.4, 0.1)]
    assert pair(group, 0.2, 0.5) == (0.2, 0.5, 0.5, 0.0, 0.0)
    assert pair(group, 0.4, 0.5).refused == 0.0
    assert pair(group, 0.41, 0.5).refused == 0.5


def test_the_picture_shows_both_curves_and_both_thresholds() -> None:
    drawn_as = picture(fit(asked([i / 40 for i in range(40)]), 0.1, reader=True), 0.1)
    assert ElementTree.fromstring(drawn_as).tag.endswith("svg")
    assert drawn_as.count("<polyline") == 2
    assert "refuse 0.9" in drawn_as
    assert "warn 0.9" in drawn_as


# ---------------------------------------------------------------- what is left out


def test_passages_that_hold_the_answer_are_left_out_and_others_stay(tmp_path: Path) -> None:
    files = {
        "a.txt": "The lighthouse was finished on 5 March 1911 by masons from the north.\n",
        "twin.txt": "In brief: masons finished the lighthouse on 1911-03-05.\n",
        "near.txt": "The lighthouse was painted by masons on 9 May 1950.\n",
        "far.txt": "The bakery opened its doors on 5 March 1911 with a feast.\n",
    }
    run(write(tmp_path / "docs", files), tmp_path / "lib")
    [q] = [q for q in drawn(Library.open(tmp_path / "lib"), 50, 0) if q.source == "a.txt"]
    view = Without(tmp_path / "lib")
    view.left_out = q
    left = {s for s in files if view.document_passages(s)}
    assert left == {"near.txt", "far.txt"}
    ids = [i for i, _ in view.lexical(["lighthous"], 10)]
    assert {p.passage.source for p in view.passages(ids)} == {"near.txt"}
    view.left_out = None
    assert {s for s in files if view.document_passages(s)} == set(files)


def test_asking_changes_nothing_and_tells_the_two_cases_apart(place: Path) -> None:
    before = snapshot(place)
    sure = replace(PLAIN, library=str(place), refuse_below=1.0, caution_below=1.0)
    engine = Engine.open(sure, embedder=EMBEDDER)
    steps: list[tuple[int, int]] = []
    questions = drawn(engine.library, 8, 3)
    found = ask(engine, questions, lambda done, total: steps.append((done, total)))
    assert [a.made for a in found] == questions
    assert steps == [(n, 16) for n in range(1, 17)]
    assert np.mean([a.present for a in found]) > np.mean([a.absent for a in found])
    assert snapshot(place) == before
    assert engine.ask(questions[0].question).confidence == found[0].present


# ---------------------------------------------------------------- where they are kept


def stored(place: Path, refuse: float = 0.71, caution: float = 0.72, **made_with: str) -> thresholds.Calibration:
    """Store thresholds with a library, as fitted with the reader of `PLAIN` unless ``made_with`` says another."""
    how = thresholds.made_with(EMBEDDER.fingerprint, PLAIN) | made_with
    own = {f"{n}_unread": v for n, v in (("refuse", refuse), ("caution", caution))}
    found = thresholds.Calibration(own, how, 0.1, 40, 1, "2026-01-31")
    with Library.writer(place, EMBEDDER.fingerprint) as writer:
        writer.calibrate(found.to_json())
    return found


def test_the_settings_win_over_the_library_and_the_library_over_the_package(place: Path) -> None:
    library = Library.open(place)

    def limits(**given: float) -> tuple[float, float]:
        return thresholds.limits(library, replace(PLAIN, **given), lambda name: f"{name}_unread")

    packaged = linear.threshold("refuse_unread"), linear.threshold("caution_unread")
    assert limits() == packaged
    found = stored(place)
    assert thresholds.of(library) == found
    assert limits() == (0.71, 0.72)
    assert limits(refuse_below=0.3) == (0.3, 0.72)
    assert limits(refuse_below=0.3, caution_below=0.0) == (0.3, 0.0)
    assert thresholds.limits(library, PLAIN, lambda name: f"{name}_abroad")[0] == linear.threshold("refuse_abroad")
    with Library.writer(place, EMBEDDER.fingerprint) as writer:
        writer.calibrate("")
    assert limits() == packaged


def test_an_answer_heeds_them(place: Path) -> None:
    engine = Engine.open(replace(PLAIN, library=str(place)), embedder=EMBEDDER)
    question = "When was the lighthouse of Brinfell finished by masons?"
    assert not engine.ask(question).refused
    stored(place, refuse=1.001, caution=1.001)
    assert engine.ask(question).refused
    stored(place, refuse=0.0, caution=1.001)
    assert engine.ask(question).caution


@pytest.mark.parametrize("other", ["reader", "embedding", "reranker", "weights"])
def test_thresholds_of_another_reader_or_model_are_not_used(place: Path, other: str) -> None:
    stored(place, **{other: "another"})
    library = Library.open(place)
    assert f"{other} 'another', now " in thresholds.unused(library, PLAIN)
    assert thresholds.limits(library, PLAIN, lambda n: f"{n}_unread")[0] == linear.threshold("refuse_unread")
    assert "not used" in thresholds.told(library, PLAIN)
    assert thresholds.unused(library, replace(PLAIN, refuse_below=0.1, caution_below=0.2)) == ""


def test_they_survive_a_rebuild_and_an_ingest_and_say_their_age(place: Path, tmp_path: Path) -> None:
    found = stored(place)
    rebuild(place)
    files = FILES | {"more.txt": "The mill of Farholt was built in 1850 of oak.\n"}
    run(write(tmp_path / "docs", files), place)
    library = Library.open(place)
    assert thresholds.of(library) == found
    assert f"generation 1, now {library.generation}" in thresholds.told(library, PLAIN)


@pytest.mark.parametrize("damage", ["{", "[]", '{"alpha": 1}'])
def test_what_cannot_be_read_says_what_to_type(place: Path, damage: str) -> None:
    with Library.writer(place, EMBEDDER.fingerprint) as writer:
        writer.calibrate(damage)
    with pytest.raises(LibraryError, match="rag calibrate --forget"):
        thresholds.of(Library.open(place))
    check = _thresholds(replace(PLAIN, library=str(place)))
    assert not check.ok
    assert check.remedy == "rag calibrate --forget"
    stored(place)
    check = _thresholds(replace(PLAIN, library=str(place)))
    assert check.ok
    assert "refuse_unread below 0.710, caution_unread below 0.720; at most 10% false answers" in check.detail


# ---------------------------------------------------------------- the command


def test_the_table_says_what_each_pair_does_and_what_is_bounded() -> None:
    [found] = fit(asked([i / 40 for i in range(40)], present=0.95), 0.1, reader=True)
    shown = "\n".join(_lines(found, 0.1))
    assert "40 questions, English" in shown
    assert "answered, passage removed" in shown
    assert f"{found.before.false_answers:.1%}" in shown
    assert "at most 10.0% are expected to be answered, 5.0% without a warning." in shown
    assert "More than half" not in shown
    [useless] = fit(asked([0.9] * 40, present=0.8), 0.1, reader=True)
    assert "More than half" in "\n".join(_lines(useless, 0.1))
    assert "too few for a bound" in "\n".join(_lines(replace(found, after=None), 0.1))


def test_who_opens_the_library_is_told_that_its_thresholds_are_not_used(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(place)
    open_engine(replace(PLAIN, library=str(place)), EMBEDDER)
    assert capsys.readouterr().err == ""
    stored(place, reader="another")
    open_engine(replace(PLAIN, library=str(place)), EMBEDDER)
    assert "thresholds are not used: fitted with reader 'another', now 'none'" in capsys.readouterr().err


@pytest.mark.model
def test_the_command_fits_stores_tells_and_forgets(
    tmp_path: Path, embedder: Embedder, capsys: pytest.CaptureFixture[str]
) -> None:
    def rag(*argv: str) -> tuple[int, str, str]:
        status = cli.main([*argv, "--library", str(tmp_path / "lib")])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    run(write(tmp_path / "docs", FILES), tmp_path / "lib", embedder=embedder)
    status, _, said = rag("calibrate", "--alpha", "0.05")
    assert status == 1
    assert "too small for a bound of 0.05: 20 questions" in said
    assert "thresholds  packaged\n" in rag("status")[1]
    status, shown, said = rag("calibrate", "--json", "--reader", "none", "--alpha", "0.5", "--questions", "3")
    assert status == 0, said
    assert "stored with the library" in said
    told = json.loads(shown)
    assert told["questions"] == 3
    [group] = told["groups"]
    assert group["fitted"]["false_answers"] <= 0.5
    assert Path(told["picture"]).read_text(encoding="utf-8").startswith("<svg")
    [held] = [json.loads(line) for line in rag("status", "--json")[1].splitlines()]
    assert f"refuse_unread below {told['thresholds']['refuse_unread']:.3f}" in held["thresholds"]
    assert "fitted with reader 'none', now 'footnote" in held["thresholds"]
    assert rag("calibrate", "--forget")[0] == 0
    assert "thresholds  packaged\n" in rag("status")[1]
