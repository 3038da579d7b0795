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
        np.testing.assert_array_equal(columns.sample.column(index), np.sort(known))


@settings(max_examples=60, deadline=None)
@given(TABLES, st.data())
def test_merging_parts_equals_the_whole(table: np.ndarray, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(table)))
    whole, one, two = seen(table), seen(table[:cut]), Columns(width=table.shape[1])
    two.add(table[cut:], cut)
    one.merge(two)
    for name in ("count", "missing", "infinite", "zeros", "low", "high", "digest"):
        np.testing.assert_array_equal(getattr(one, name), getattr(whole, name))
    np.testing.assert_allclose(one.mean, whole.mean, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(one.centred, whole.centred, rtol=1e-9, atol=1e-3)
    for index in range(table.shape[1]):
        np.testing.assert_array_equal(one.sample.column(index), whole.sample.column(index))


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
@given(st.integers(0, 1000), st.sampled_from(["normal", "whole", "skewed", "years"]), st.floats(-1, 1))
def test_the_distance_is_that_of_scipy(seed: int, kind: str, shift: float) -> None:
    random = np.random.default_rng(seed)
    draw = {
        "normal": random.normal,
        "whole": lambda size: random.integers(0, 9, size).astype(float),
        "skewed": random.exponential,
        "years": lambda size: random.integers(1950, 2024, size).astype(float),
    }[kind]
    a, b = draw(size=300)[:, None], draw(size=200)[:, None] + (round(shift * 3) if kind == "whole" else shift)
    assert seen(a).distance(0, seen(b)) == pytest.approx(ks_2samp(a[:, 0], b[:, 0]).statistic)


def test_the_distance_to_nothing_is_none() -> None:
    assert seen(np.array([[1.0], [2.0]])).distance(0, seen(np.array([[np.nan]]))) is None


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 1), (7, 1), (3, 5), (400, 2)])
def test_columns_of_any_shape_and_type_are_described(shape: tuple[int, int], dtype: str) -> None:
    table = np.random.default_rng(1).integers(0, 50, shape).astype(dtype)
    columns = seen(table)
    exact = table.astype(np.float64)
    np.testing.assert_allclose(columns.mean, exact.mean(0), rtol=1e-12)
    np.testing.assert_allclose(columns.std, exact.std(0), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(columns.low, exact.min(0))
    np.testing.assert_array_equal(columns.high, exact.max(0))


def test_memory_does_not_grow_with_rows() -> None:
    def held(rows: int, width: int) -> int:
        columns = Columns(width=width)
        for start in range(0, rows, 1000):
            columns.add(np.ones((1000, width)), start)
        columns.sample.settle()
        return columns.sample.rows.nbytes + columns.sample.keys.nbytes

    assert held(20_000, 3) == held(60_000, 3)
    assert held(3_000, 4_000) == held(6_000, 4_000) < 20e6
