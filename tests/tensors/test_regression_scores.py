"""Scores of predicted numbers are those of scikit-learn and SciPy, whole or merged, far from 0 too."""

from __future__ import annotations

import time
import warnings
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn import metrics

from kreport.tensors.regression_scores import ErrorSums, error_shape, scored

VALUES = [st.integers(-3, 3).map(float), st.floats(-100, 100, width=32), st.just(0.5)]
"""Often tied, any, constant."""


@st.composite
def rows(draw):
    """Draw labels and predictions, of one or several targets."""
    shape = draw(st.integers(1, 30)), draw(st.integers(1, 3))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    values = arrays(dtype, shape, elements=draw(st.sampled_from(VALUES)))
    return draw(values), draw(values)


@given(rows())
def test_scores_are_those_of_scikit_learn(drawn):
    labels, predictions = (part.astype(np.float64) for part in drawn)
    for column, found in enumerate(scored(ErrorSums.of(*drawn))):
        y, p = labels[:, column], predictions[:, column]
        assert found.count == len(y)
        assert found.mae == pytest.approx(metrics.mean_absolute_error(y, p))
        assert found.rmse == pytest.approx(metrics.root_mean_squared_error(y, p))
        assert found.bias == pytest.approx((p - y).mean(), abs=1e-9)
        assert found.largest == pytest.approx(metrics.max_error(y, p))
        if np.ptp(y) == 0:
            assert found.r2 is None
        else:
            assert found.r2 == pytest.approx(metrics.r2_score(y, p), rel=1e-7)


@given(rows(), st.lists(st.integers(1, 29), max_size=4))
def test_parts_merge_into_the_whole(drawn, cuts):
    labels, predictions = drawn
    edges = sorted({0, len(labels), *(cut for cut in cuts if cut < len(labels))})
    parts = [ErrorSums.of(labels[a:b], predictions[a:b]) for a, b in pairwise(edges)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merged(part)
    for found, whole in zip(scored(merged), scored(ErrorSums.of(labels, predictions)), strict=True):
        assert (found.count, found.largest) == (whole.count, whole.largest)
        assert (found.mae, found.rmse) == pytest.approx((whole.mae, whole.rmse))
        assert found.bias == pytest.approx(whole.bias, abs=1e-9)
        assert found.r2 == (None if whole.r2 is None else pytest.approx(whole.r2, rel=1e-7))


def test_the_variance_explained_is_exact_for_labels_far_from_zero():
    random = np.random.default_rng(0)
    labels = 1e9 + random.integers(0, 16, size=(5000, 1)) / 8
    predictions = labels + random.integers(-3, 4, size=labels.shape) / 16
    merged = ErrorSums.of(labels[:7], predictions[:7])
    for start in range(7, 5000, 311):
        merged = merged.merged(ErrorSums.of(labels[start : start + 311], predictions[start : start + 311]))
    y = [Fraction(one) for one in labels[:, 0].tolist()]
    mean = sum(y) / len(y)
    missed = sum((Fraction(p) - one) ** 2 for p, one in zip(predictions[:, 0].tolist(), y, strict=True))
    exact = 1 - missed / sum((one - mean) ** 2 for one in y)
    assert scored(merged)[0].r2 == pytest.approx(float(exact), rel=1e-9)


def test_constant_labels_of_any_value_have_no_variance_to_explain():
    labels = np.full((1000, 1), 0.1)
    merged = ErrorSums.of(labels, labels + 1).merged(ErrorSums.of(labels[:3], labels[:3]))
    assert scored(merged)[0].r2 is None


@given(rows())
def test_shapes_of_errors_are_those_of_numpy_and_scipy(drawn):
    y, p = (part[:, 0].astype(np.float64) for part in drawn)
    found = error_shape(*(part[:, 0] for part in drawn))
    assert found.quantiles == pytest.approx(tuple(np.quantile(np.abs(p - y), (0.5, 0.9, 0.95, 0.99))))
    if len(set(p.tolist())) == 1 or len(set((p - y).tolist())) == 1:
        assert found.pearson is found.spearman is None
        return
    assert found.spearman == pytest.approx(stats.spearmanr(p - y, p).statistic, abs=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.NearConstantInputWarning)
        assert found.pearson == pytest.approx(stats.pearsonr(p - y, p).statistic, abs=1e-6)


def test_predictions_that_exaggerate_have_errors_that_rise_with_them():
    labels = np.random.default_rng(1).normal(size=500)
    assert error_shape(labels, 2 * labels).pearson == pytest.approx(1)
    assert error_shape(labels, 0.5 * labels).spearman == pytest.approx(-1)
    assert error_shape(labels[:0], labels[:0]) is None


def test_a_million_rows_take_less_than_a_second():
    random = np.random.default_rng(2)
    labels = random.normal(size=(1_000_000, 1))
    predictions = labels + random.normal(size=labels.shape)
    start = time.process_time()
    ErrorSums.of(labels, predictions)
    assert time.process_time() - start < 1
