"""Intervals are those of SciPy, and hold the true figure as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kreport.tensors import intervals
from kreport.tensors.intervals import Interval, bootstrap, difference, of_mean, percentiles, wilson

REPEATS = 600
"""Simulated experiments: the share of intervals that hold the truth is then known to about 0.01."""


def coverage(found, true):
    return np.mean([one.low <= true <= one.high for one in found])


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_is_that_of_scipy(counts, level):
    found = wilson(*counts, level=level)
    expected = stats.binomtest(*counts).proportion_ci(level, method="wilson")
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1e-12)
    assert 0 <= found.low <= found.high <= 1


@pytest.mark.parametrize(("share", "n"), [(0.97, 60), (0.5, 20), (0.1, 200)])
def test_wilson_covers(share, n):
    drawn = np.random.default_rng(1).binomial(n, share, REPEATS)
    assert 0.92 < coverage([wilson(k, n) for k in drawn.tolist()], share) < 0.98


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=50))
def test_the_interval_of_a_mean_is_that_of_student(values):
    array = np.array(values)
    mean, std = float(array.mean()), float(array.std(ddof=1))
    found = of_mean(mean, std, len(values))
    reach = stats.t.ppf(0.975, len(values) - 1) * std / np.sqrt(len(values))
    assert (found.low, found.high) == pytest.approx((mean - reach, mean + reach), rel=1e-3, abs=1e-3 * reach)


@pytest.mark.parametrize("n", [3, 5, 40])
def test_the_interval_of_a_mean_covers(n):
    drawn = np.random.default_rng(2).normal(3.0, 2.0, size=(REPEATS, n))
    found = [of_mean(float(one.mean()), float(one.std(ddof=1)), n) for one in drawn]
    assert 0.92 < coverage(found, 3.0) < 0.98


def test_bootstrap_is_that_of_scipy():
    rows = np.random.default_rng(3).exponential(size=(200, 2))
    found = bootstrap(rows, lambda means: means[:, 0] / means[:, 1], seed=0, draws=4000)
    expected = stats.bootstrap(
        tuple(rows.T), lambda one, other: one.mean() / other.mean(), paired=True, vectorized=False,
        method="percentile", n_resamples=4000, rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.02)
    assert found.method == "bootstrap, 4,000 draws"


def test_bootstrap_draws_whole_rows():
    rows = np.random.default_rng(4).normal(size=(150, 2)) @ np.array([[1.0, 0.9], [0.0, 0.3]])
    pairs = bootstrap(rows, lambda means: means[:, 0] - means[:, 1], seed=0)
    expected = of_mean(float(np.subtract(*rows.T).mean()), float(np.subtract(*rows.T).std(ddof=1)), 150)
    assert (pairs.low, pairs.high) == pytest.approx((expected.low, expected.high), abs=0.01)


def test_bootstrap_covers():
    random = np.random.default_rng(5)
    found = [
        bootstrap(random.exponential(size=(80, 1)), lambda means: means[:, 0], seed=seed, draws=400)
        for seed in range(REPEATS)
    ]
    assert 0.89 < coverage(found, 1.0) < 0.97


def test_a_seed_gives_one_interval_however_many_rows_are_drawn_at_once(monkeypatch):
    rows = np.random.default_rng(6).normal(size=(50, 3))
    found = []
    for values in (1, 1000, 1 << 20):
        monkeypatch.setattr(intervals, "VALUES", values)
        found.append(bootstrap(rows, lambda means: means.sum(1), seed=7, draws=60))
    ends = [(one.low, one.high) for one in found]
    np.testing.assert_allclose(ends[1:], ends[:-1], rtol=1e-12)
    assert bootstrap(rows, lambda means: means.sum(1), seed=8, draws=60) != found[0]


def test_wider_levels_are_wider():
    values = np.arange(30.0)[:, None]
    inner, outer = (bootstrap(values, lambda means: means[:, 0], seed=0, level=level) for level in (0.5, 0.99))
    assert outer.low < inner.low < inner.high < outer.high


def test_a_difference_is_newcombes():
    # Newcombe 1998, table II, method 10: 56/70 − 48/80 has 0.0524 to 0.3339.
    found = difference(56 / 70, wilson(56, 70), 48 / 80, wilson(48, 80))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.method == "Wilson"


def test_a_difference_covers():
    random = np.random.default_rng(9)
    ours, theirs = random.binomial(60, 0.9, REPEATS).tolist(), random.binomial(90, 0.8, REPEATS).tolist()
    found = [
        difference(one / 60, wilson(one, 60), other / 90, wilson(other, 90))
        for one, other in zip(ours, theirs, strict=True)
    ]
    assert 0.92 < coverage(found, 0.1) < 0.98


def test_draws_of_two_bootstraps_are_subtracted():
    random = np.random.default_rng(10)
    ours, theirs = random.normal(1, 0.3, 5000), random.normal(0, 0.4, 5000)
    found = percentiles(ours - theirs)
    assert (found.low, found.high) == pytest.approx((1 - 0.98, 1 + 0.98), abs=0.04)


def test_what_cannot_be_told_is_none():
    assert wilson(0, 0) is None
    assert of_mean(1.0, 0.0, 2) is None
    assert of_mean(float("nan"), 1.0, 9) is None
    assert bootstrap(np.zeros((0, 1)), lambda means: means[:, 0], seed=0) is None
    assert percentiles(np.full(5, np.nan)) is None


def test_draws_without_the_statistic_are_left_out():
    assert percentiles(np.array([1.0, np.nan, 1.0])) == Interval(low=1.0, high=1.0, method="bootstrap, 3 draws")
