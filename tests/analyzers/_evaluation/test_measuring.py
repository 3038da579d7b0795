"""From observations to figures: the gap to the training data, names, what stands beside the worst samples."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from kreport.analyzers._evaluation.measuring import evaluated, generalised, with_inputs
from kreport.probes.observers import _scoring
from kreport.probes.samples.inputs import InputView
from kreport.tensors.intervals import difference, wilson
from tests.analyzers._evaluation.judged import batches, classes, evaluation, numbers, predictions

RANDOM = np.random.default_rng(2)
SCE = "sparse_categorical_crossentropy"


def of_shares(right: int, number: int) -> np.ndarray:
    """Return probabilities of two classes, of which the first so many are right for the label 0."""
    return np.where(np.arange(number)[:, None] < right, [0.8, 0.2], [0.2, 0.8]).astype("float32")


def test_the_gap_is_how_much_better_the_model_is_on_its_training_data() -> None:
    ours, y = of_shares(30, 50), np.zeros(50, int)
    outputs = evaluated(predictions(ours, y, SCE), batches(ours, y, SCE))
    theirs = predictions(of_shares(95, 100), np.zeros(100, int), SCE)
    gaps = {gap.name: gap for gap in generalised(outputs, theirs)[0].generalisation}
    accuracy = gaps["accuracy"]
    assert (accuracy.train, accuracy.value, accuracy.train_answers) == (0.95, 0.6, 100)
    assert accuracy.gap == pytest.approx(0.35)
    expected = difference(0.95, wilson(95, 100), 0.6, wilson(30, 50))
    assert (accuracy.low, accuracy.high) == pytest.approx((expected.low, expected.high))
    # A loss that is lower on the training data is better there: its gap is positive as well.
    loss = gaps["log loss"]
    assert loss.train < loss.value
    assert loss.gap == pytest.approx(loss.value - loss.train)
    assert 0 < loss.low < loss.gap < loss.high


def test_outputs_that_are_not_judged_have_no_gap() -> None:
    ours, y = of_shares(30, 50), np.zeros(50, int)
    outputs = evaluated(predictions(ours, y, SCE), batches(ours, y, SCE))
    nothing = predictions(np.full((9, 2), np.nan, "float32"), np.zeros(9, int), SCE)
    assert generalised(outputs, nothing)[0].generalisation == ()


def test_names_are_those_given_where_they_may_stand_and_are_as_many() -> None:
    assert classes([0, 1], [0, 1], class_names=("a", "b")).classes == ("a", "b")
    assert classes([0, 1], [0, 1], class_names=("a", "b", "c")).classes == ("0", "1")
    shares, y = of_shares(2, 4), np.zeros(4, int)
    hidden = batches(shares, y, SCE, class_names=("a", "b"), embed=False)
    [one] = evaluated(predictions(shares, y, SCE, embed=False), hidden)
    assert one.classes == ("0", "1")
    assert [(w.label, w.said) for w in one.worst] == [("0", "1"), ("0", "1")]


def test_numbers_of_single_samples_are_not_told_where_samples_must_not_be() -> None:
    truth = RANDOM.normal(size=20)
    assert all(w.label for w in numbers(truth, truth + 1).worst)
    hidden = numbers(truth, truth + 1, embed=False)
    assert {(w.label, w.said) for w in hidden.worst} == {("", "")}
    assert [w.error for w in hidden.worst] == pytest.approx([1] * len(hidden.worst))


def test_inputs_stand_beside_their_samples() -> None:
    one = classes([0, 0, 1], [0, 1, 0], [0.9, 0.6, 0.8])
    views = [
        InputView(kind="text", pixels=np.zeros((0, 0), np.uint8), values=np.zeros(0), words=(word,)) for word in "ab"
    ]
    [shown] = with_inputs((one,), [views])
    assert [(w.index, w.input.words) for w in shown.worst] == [(2, ("a",)), (1, ("b",))]
    assert with_inputs((one,), [()]) == (one,)


def test_weighted_answers_count_as_their_effective_number() -> None:
    labels, predicted = np.repeat([0, 1], 20), np.repeat([0, 1, 1, 0], 10)
    alike = classes(labels, predicted, weight=np.full(40, 2.0))
    plain = classes(labels, predicted)
    for one, other in zip(alike.scores, plain.scores, strict=True):
        assert one.value == pytest.approx(other.value)
    assert (alike.scores[0].low, alike.scores[0].high) == pytest.approx((plain.scores[0].low, plain.scores[0].high))
    np.testing.assert_allclose(alike.by_class.low, plain.by_class.low)
    uneven = classes(labels, predicted, weight=np.tile([0.1, 1.9], 20))
    assert uneven.scores[0].low < plain.scores[0].low


def test_intervals_of_labels_do_not_depend_on_the_unit_of_the_weights() -> None:
    y = RANDOM.integers(0, 2, (60, 3))
    shares = RANDOM.uniform(size=(60, 3)).astype("float32")
    one, other = (evaluation(shares, y, "binary_crossentropy", weight=np.full(60, w)) for w in (1.0, 5.0))
    np.testing.assert_allclose(one.by_class.low, other.by_class.low)
    np.testing.assert_allclose(one.by_class.high, other.by_class.high)


def test_precision_and_recall_have_wilsons_interval_even_where_they_are_1() -> None:
    shares = np.repeat([0.9, 0.2], 20)[:, None].astype("float32")
    one = evaluation(shares, np.repeat([1, 0], 20), "binary_crossentropy")
    scores = {score.name: score for score in one.scores}
    for name in ("precision", "recall"):
        assert (scores[name].low, scores[name].high) == pytest.approx((wilson(20, 20).low, 1.0))
    assert scores["balanced accuracy"].low is None  # all draws are the same


def test_mistakes_are_counted_whatever_they_weigh() -> None:
    one = classes([0, 0, 1, 1], [0, 1, 0, 1], weight=np.array([1.0, 0.1, 0.2, 5.0]))
    assert one.mistakes == 2


def test_targets_that_are_drawn_are_those_least_explained() -> None:
    truth = RANDOM.normal(size=(50, 8))
    said = truth + RANDOM.normal(size=(50, 8)) * np.arange(8)
    drawn = [len(target.truth) > 0 for target in numbers(truth, said).targets]
    assert drawn == [False] * 5 + [True] * 3


def test_of_more_answers_than_are_kept_intervals_are_those_of_all(monkeypatch) -> None:
    truth = RANDOM.normal(size=4000)
    weight = RANDOM.uniform(0.9, 1.1, 4000)
    said = truth + RANDOM.normal(size=4000)
    whole = {score.name: score for score in numbers(truth, said, weight=weight).scores}
    monkeypatch.setattr(_scoring, "ROWS", 400)
    few = {score.name: score for score in numbers(truth, said, weight=weight).scores}
    for name in ("MAE", "RMSE", "R²"):
        assert few[name].value == whole[name].value
        assert few[name].low < few[name].value < few[name].high
        ratio = (few[name].high - few[name].low) / (whole[name].high - whole[name].low)
        assert 0.75 < ratio < 1.3


def test_errors_that_are_all_the_same_have_a_histogram() -> None:
    truth = RANDOM.normal(size=50)
    for error in (0.0, 1.0, -1e12):
        [target] = numbers(truth, truth + error).targets
        assert target.counts.sum() == 50
        assert target.edges[0] < error < target.edges[-1]


@pytest.mark.parametrize("positions", [1, 4])
def test_positions_of_a_sample_are_no_answers_of_their_own(positions) -> None:
    shape = (30, positions, 1) if positions > 1 else (30, 1)
    shares, y = RANDOM.uniform(size=shape).astype("float32"), RANDOM.integers(0, 2, shape)
    one = evaluation(shares, y, "binary_crossentropy")
    with_interval = {score.name for score in one.scores if score.low is not None}
    assert {"accuracy", "log loss"} <= with_interval  # by drawing samples
    of_independent = {"ROC AUC", "precision", "F1"}
    assert with_interval & of_independent == (of_independent if positions == 1 else set())
    assert np.isnan(one.by_class.low).all() == (positions > 1)


def test_the_area_under_the_curve_has_the_interval_of_hanley_and_mcneil() -> None:
    y = RANDOM.integers(0, 2, 80)
    shares = np.clip(y * 0.3 + RANDOM.uniform(0, 0.7, 80), 0, 1).astype("float32")[:, None]
    [area] = [s for s in evaluation(shares, y, "binary_crossentropy").scores if s.name == "ROC AUC"]
    a, n, m = area.value, y.sum(), 80 - y.sum()
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    spread = np.sqrt((a * (1 - a) + (n - 1) * (q1 - a * a) + (m - 1) * (q2 - a * a)) / (n * m))
    assert (area.low, area.high) == pytest.approx((a - 1.959964 * spread, min(1, a + 1.959964 * spread)))
