"""The fitting of the coefficients: signs that are kept, thresholds that mean what they say, halves that do not mix."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from eval import fit, fit_abroad, metrics
from eval.cases import PACKAGED_CASES, load_cases
from rag.judge import features, linear

PRACTICE = Path(fit.__file__).parent / "practice"
COLUMNS = features.ANSWER_FEATURES


def judged(seed: int, n: int = 400) -> fit.Judged:
    """Answerability follows ``cosine`` and, against reason, ``related_coverage`` the wrong way round."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, len(COLUMNS)))
    drive = 2 * x[:, COLUMNS.index("cosine")] - 2 * x[:, COLUMNS.index("related_coverage")]
    return x, drive + random.normal(size=n) > 0


def test_no_weight_has_a_sign_that_a_reader_would_not_expect() -> None:
    model = fit.fit_answers([judged(1)])
    for name, weight in zip(model.features, model.weights, strict=True):
        assert weight * features.EXPECTED.get(name, 1) >= 0 or features.EXPECTED.get(name, 1) == 0, name
    by_name = dict(zip(model.features, model.weights, strict=True))
    assert by_name["cosine"] > 0.2
    assert by_name["related_coverage"] == 0.0, "what only a habit of the set would reward weighs nothing"


def test_the_confidence_tells_answerable_from_unanswerable_on_unseen_data() -> None:
    model = fit.fit_answers([judged(1)])
    x, y = judged(2)
    p = fit.probabilities(model, x)
    area = metrics.auroc(p[y].tolist(), p[~y].tolist())
    assert area is not None
    assert area > 0.7


def test_the_confidence_is_the_share_that_is_answerable() -> None:
    group = judged(6, 4000)
    model = fit.fit_answers([group])
    dull = linear.Linear(model.features, model.mean, model.scale, model.weights / 5, model.bias - 1)
    p = fit.probabilities(fit.calibrate([group], dull), group[0])
    error = metrics.calibration_error(p.tolist(), group[1].tolist())
    assert error is not None
    assert error < 0.05


def test_a_threshold_refuses_the_share_it_was_asked_for() -> None:
    group = judged(3)
    model = fit.fit_answers([group])
    cut = fit.threshold([group], model, 0.1)
    p = fit.probabilities(model, group[0][group[1]])
    assert abs(float((p < cut).mean()) - 0.1) < 0.02


def test_what_was_saved_is_what_is_loaded(tmp_path: Path) -> None:
    model = fit.fit_answers([judged(4)])
    ranker = linear.Linear(features.SENTENCE_FEATURES, *(np.ones(len(features.SENTENCE_FEATURES)),) * 3, 0.0)
    fit.save(tmp_path / "weights.json", ranker, model, {"refuse": 0.2}, ["made up"], unread=False)
    table = json.loads((tmp_path / "weights.json").read_text(encoding="utf-8"))
    assert tuple(table["answer"]["features"]) == COLUMNS
    mean, scale, weight = table["answer"]["features"]["cosine"]
    assert (round(float(model.mean[COLUMNS.index("cosine")]), 6), round(float(model.bias), 6)) == (
        mean,
        table["answer"]["bias"],
    )
    assert scale > 0
    assert weight > 0


def test_the_two_fits_keep_what_the_other_wrote(tmp_path: Path) -> None:
    path, model = tmp_path / "weights.json", fit.fit_answers([judged(4)])
    ranker = linear.Linear(features.SENTENCE_FEATURES, *(np.ones(len(features.SENTENCE_FEATURES)),) * 3, 0.0)
    fit.save(path, ranker, model, {"refuse": 0.2}, ["made up"], unread=False)
    fit_abroad.save(fit.fit_answers([judged(5)], model), {"refuse_abroad": 0.1}, path)
    abroad = json.loads(path.read_text(encoding="utf-8"))["answer_abroad"]
    fit.save(path, ranker, fit.fit_answers([judged(6)]), {"refuse": 0.3}, ["made up"], unread=False)
    table = json.loads(path.read_text(encoding="utf-8"))
    assert table["answer_abroad"] == abroad != table["answer"]
    assert table["thresholds"] == {"refuse": 0.3, "refuse_abroad": 0.1}


def test_the_shipped_coefficients_keep_the_signs_and_two_ordered_thresholds() -> None:
    model = linear.load("answer", features.ANSWER_FEATURES)
    for name, weight in zip(model.features, model.weights, strict=True):
        assert weight * features.EXPECTED.get(name, 1) >= 0 or features.EXPECTED.get(name, 1) == 0, name
    assert 0 < linear.threshold("refuse") < linear.threshold("caution") < 1


def test_the_questions_about_one_document_fall_into_one_half() -> None:
    halves: dict[str, set[bool]] = {}
    for case in load_cases(PRACTICE):
        halves.setdefault(case.sources[0], set()).add(fit.in_fitted_half(case))
    assert all(len(h) == 1 for h in halves.values())
    assert {h for (h,) in halves.values()} == {True, False}
    assert {fit.in_fitted_half(c) for c in load_cases(PACKAGED_CASES) if c.split == "held"} == {False}


def test_the_practice_questions_quote_their_texts_word_for_word() -> None:
    lines = (PRACTICE / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    texts = {f"{d['doc_id']}.txt": f"{d['title']}\n\n{d['text']}" for d in map(json.loads, lines)}
    cases = load_cases(PRACTICE)
    assert len(cases) == 1440
    assert sum(bool(c.answerable) for c in cases) == 720
    for case in cases:
        text = texts[case.sources[0]]
        assert all(e in text for e in case.evidence), case.id
        assert case.answerable is not True or any(a in e for a in case.answers for e in case.evidence), case.id
