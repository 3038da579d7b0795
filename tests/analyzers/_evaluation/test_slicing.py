"""Slices: the worst first, with intervals; missing values apart; nothing that holds all samples."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from scipy import stats

from kreport.analyzers._evaluation.slicing import FEWEST, SHOWN, sliced
from tests.analyzers._evaluation.judged import predictions

RANDOM = np.random.default_rng(1)
N = 400


def of_classes(x: np.ndarray, right: np.ndarray, **more: object) -> object:
    """Return the slices of a classifier that is right where it is said to be."""
    shares = np.where(right[:, None], [0.9, 0.1], [0.1, 0.9]).astype("float32")
    found = predictions(shares, np.zeros(len(x), int), "sparse_categorical_crossentropy", x=x.astype("float32"), **more)
    return sliced(found.outputs[0])


def test_values_are_slices_the_worst_first_with_wilsons_interval() -> None:
    x = np.repeat([0.0, 1.0, 2.0, 3.0], 100)[:, None]
    right = RANDOM.uniform(size=N) < np.repeat([0.9, 0.4, 0.8, 0.6], 100)
    found = of_classes(x, right)
    shares = [right[x[:, 0] == value].mean() for value in range(4)]
    assert [one.range for one in found.worst] == [f"= {value}" for value in np.argsort(shares)]
    assert [one.value for one in found.worst] == pytest.approx(sorted(shares))
    expected = stats.binomtest(int(shares[1] * 100 + 0.5), 100).proportion_ci(method="wilson")
    assert (found.worst[0].low, found.worst[0].high) == pytest.approx(tuple(expected))
    assert (found.overall, found.samples, found.tested) == (pytest.approx(right.mean()), N, 4)


def test_many_values_are_cut_into_quarters_of_the_samples() -> None:
    x = RANDOM.normal(size=(N, 1))
    found = of_classes(x, x[:, 0].astype("float32") < np.quantile(x.astype("float32"), 0.75))
    assert [one.samples for one in found.worst] == [100, 100, 100, 100]
    assert (found.worst[0].value, found.worst[1].value) == (0, 1)


def test_missing_values_are_a_slice_of_their_own() -> None:
    x = RANDOM.normal(size=(N, 2))
    x[:50, 1] = np.nan
    found = of_classes(x, ~np.isnan(x[:, 1]))
    assert (found.worst[0].column, found.worst[0].range, found.worst[0].samples) == ("feature 1", "missing", 50)
    assert found.worst[0].value == 0


def test_small_slices_and_those_of_all_samples_are_not_told() -> None:
    x = np.zeros((N, 2))
    x[: FEWEST - 1, 0] = 1
    x[:30, 1] = RANDOM.uniform(1, 2, 30)  # three of four quarters begin and end with 0
    found = of_classes(x, RANDOM.uniform(size=N) < 0.8)
    assert [(one.column, one.range) for one in found.worst] == [("feature 0", "= 0")]


def test_errors_are_worst_where_they_are_large() -> None:
    x = np.repeat([0.0, 1.0], 50)[:, None].astype("float32")
    truth = RANDOM.normal(size=(100, 1))
    error = np.abs(RANDOM.normal(size=(100, 1))) + 2 * x
    found = sliced(predictions(truth + error, truth, "mse", made=False, x=x).outputs[0])
    first = found.worst[0]
    assert (first.range, found.score, found.share) == ("= 1", "mean absolute error", False)
    ends = stats.t.interval(0.95, 49, error[50:].mean(), error[50:].std(ddof=1) / np.sqrt(50))
    assert (first.low, first.high) == pytest.approx(ends, rel=1e-4)


def test_at_most_a_few_slices_are_told_and_few_samples_none() -> None:
    x = RANDOM.normal(size=(N, 10))
    found = of_classes(x, RANDOM.uniform(size=N) < 0.8)
    assert (len(found.worst), found.tested, len(found.columns)) == (SHOWN, 40, 10)
    assert of_classes(x[: 2 * FEWEST - 1], np.ones(2 * FEWEST - 1, bool)) is None


def test_pictures_are_told_apart_by_brightness() -> None:
    x = np.zeros((80, 8, 8, 1), "uint8")
    x[40:] = 200
    found = of_classes(x, np.arange(80) < 40)
    assert (found.worst[0].column, found.worst[0].range) == ("brightness", "= 200")
