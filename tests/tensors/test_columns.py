"""Columns of a table: NumPy's figures, missing values apart, and two halves make the whole."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ks_2samp

from kreport.tensors.columns import Columns, distance

NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")), st.just(float("inf")), st.just(0.0))


def columns_of(values: np.ndarray, first_row: int = 0) -> Columns:
    columns = Columns(width=values.shape[1])
    columns.add(values, first_row)
    return columns


@settings(max_examples=60)
@given(arrays(np.float64, st.tuples(st.integers(2, 30), st.integers(1, 4)), elements=NUMBERS), st.data())
def test_two_halves_make_the_whole(values, data):
    cut = data.draw(st.integers(1, len(values) - 1))
    whole, halves = columns_of(values), columns_of(values[:cut])
    halves.merge(columns_of(values[cut:], cut))
    for name in ("count", "missing", "infinite", "zeros", "low", "high", "digest"):
        np.testing.assert_array_equal(getattr(halves, name), getattr(whole, name))
    scale = np.abs(np.where(np.isfinite(values), values, 0)).max() or 1.0
    np.testing.assert_allclose(halves.mean, whole.mean, rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_allclose(halves.centred, whole.centred, rtol=1e-9, atol=1e-12 * scale**2 * len(values))


def test_figures_are_those_of_numpy_over_what_is_finite():
    values = np.random.default_rng(0).normal(5, 2, (100, 3))
    values[:7, 1] = np.nan
    values[50, 2] = np.inf
    found = columns_of(values)
    clean = np.where(np.isfinite(values), values, np.nan)
    np.testing.assert_allclose(found.mean, np.nanmean(clean, 0))
    np.testing.assert_allclose(found.std, np.nanstd(clean, 0))
    assert found.missing.tolist() == [0, 7, 0]
    assert found.infinite.tolist() == [0, 0, 1]


def test_equal_columns_have_equal_digests_and_shuffled_ones_do_not():
    column = np.random.default_rng(1).normal(size=40)
    found = columns_of(np.stack([column, column, column[::-1]], 1))
    assert found.digest[0] == found.digest[1] != found.digest[2]


def test_the_distance_between_two_columns_is_about_that_of_scipy():
    random = np.random.default_rng(2)
    one, other = random.normal(0, 1, 3000), random.normal(0.4, 1, 2000)
    ours = distance(columns_of(one[:, None]).cumulative(0), columns_of(other[:, None]).cumulative(0))
    assert abs(ours - ks_2samp(one, other).statistic) < 0.02
