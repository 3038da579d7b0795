"""Columns: the numbers of NumPy and SciPy on the same values, however they are cut into batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ks_2samp

from kreport.tensors.columns import Columns

VALUES = st.one_of(
    st.floats(-1e6, 1e6, allow_subnormal=False), st.sampled_from([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf])
)
TABLES = st.integers(1, 5).flatmap(
    lambda width: arrays(np.float64, st.tuples(st.integers(1, 40), st.just(width)), elements=VALUES)
)


def seen(*parts: np.ndarray, **options: int) -> Columns:
    columns, row = Columns(width=parts[0].shape[1], **options), 0
    for part in parts:
        columns.add(part, row)
        row += len(part)
    return columns


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_moments_and_counts_are_those_of_numpy(table: np.ndarray) -> None:
    columns = seen(table)
    finite = np.isfinite(table)
    np.testing.assert_array_equal(columns.count, finite.sum(0))
    np.testing.assert_array_equal(columns.missing, np.isnan(table).sum(0))
    np.testing.assert_array_equal(columns.infinite, np.isinf(table).sum(0))
    np.testing.assert_array_equal(columns.zeros, (table == 0).sum(0))
    for index in np.flatnonzero(columns.count):
        known = table[finite[:, index], index]
        np.testing.assert_allclose(columns.mean[index], known.mean(), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(columns.std[index], known.std(), rtol=1e-6, atol=1e-6)
        assert (columns.low[index], columns.high[index]) == (known.min(), known.max())
    np.testing.assert_array_equal(columns.bins.sum(1), columns.count)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.data())
def test_merging_parts_equals_the_whole(table: np.ndarray, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(table)))
    whole, one, two = seen(table), seen(table[:cut]), Columns(width=table.shape[1])
    two.add(table[cut:], cut)
    one.merge(two)
    for name in ("count", "missing", "infinite", "zeros", "low", "high", "digest", "bins"):
        np.testing.assert_array_equal(getattr(one, name), getattr(whole, name))
    np.testing.assert_allclose(one.mean, whole.mean, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(one.centred, whole.centred, rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize("kind", ["uint8", "int64", "bool", "float16", "float32"])
def test_any_type_of_number_gives_the_same(kind: str) -> None:
    table = np.random.default_rng(0).integers(0, 2, (50, 3)).astype(kind)
    columns = seen(table[:20], table[20:])
    np.testing.assert_allclose(columns.mean, table.astype(float).mean(0), rtol=1e-12)
    np.testing.assert_array_equal(columns.zeros, (table == 0).sum(0))


def test_equal_columns_have_equal_digests_and_others_do_not() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 100))
    digest = seen(np.stack([a, b, a, np.roll(a, 1), a + 1e-12, np.zeros(100), -np.zeros(100)], 1)).digest
    assert digest[0] == digest[2]
    assert digest[5] == digest[6]
    assert len(set(digest.tolist())) == 5


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["normal", "whole", "skewed"]), st.floats(-1, 1))
def test_the_distance_is_that_of_scipy_within_a_bin(seed: int, kind: str, shift: float) -> None:
    random = np.random.default_rng(seed)
    draw = {
        "normal": random.normal,
        "whole": lambda size: random.integers(0, 9, size).astype(float),
        "skewed": random.exponential,
    }[kind]
    a, b = draw(size=300)[:, None], draw(size=200)[:, None] + (round(shift * 3) if kind == "whole" else shift)
    exact = ks_2samp(a[:, 0], b[:, 0]).statistic
    found = seen(a).distance(0, seen(b))
    widest = max(seen(x).bins.max() / len(x) for x in (a, b))
    assert exact - widest - 1e-9 <= found <= exact + 1e-9
    if kind == "whole":  # each number is in a bin of its own
        assert found == pytest.approx(exact)


def test_histograms_of_very_wide_tables_are_kept_for_columns_spread_evenly() -> None:
    columns = seen(np.random.default_rng(0).normal(size=(20, 1000)), most_drawn=4)
    assert columns.drawn.tolist() == [0, 333, 666, 999]
    assert columns.cumulative(1) is None
    assert columns.distance(1, columns) is None
    np.testing.assert_allclose(columns.cumulative(333).quantiles([0, 1]), [columns.low[333], columns.high[333]])
    assert columns.count.tolist() == [20] * 1000


def test_memory_does_not_grow_with_rows() -> None:
    few, many = seen(np.ones((10, 3))), seen(np.ones((100_000, 3)))
    assert few.bins.nbytes == many.bins.nbytes
