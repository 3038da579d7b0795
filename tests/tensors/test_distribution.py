"""Numbers equal NumPy's on the same arrays, for every dtype, however large the mean."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kreport.tensors.cumulative import EXACT_LIMIT
from kreport.tensors.distribution import LEVELS, distribution

DTYPES = [np.float16, np.float32, np.float64, np.int8, np.uint8, np.int32, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn]


@settings(max_examples=150, deadline=None)
@given(
    arrays(np.float32, array_shapes(max_dims=4, max_side=6), elements=st.floats(-100, 100, width=32)),
    st.sampled_from(DTYPES),
)
def test_figures_are_those_of_numpy(values: np.ndarray, dtype: type) -> None:
    array = (np.abs(values) if dtype is np.uint8 else values).astype(dtype)
    wide = array.astype(np.float64)
    found, _ = distribution(array)
    np.testing.assert_allclose(found.mean, wide.mean(), rtol=1e-12, atol=1e-12 * np.abs(wide).max())
    np.testing.assert_allclose(found.std, wide.std(), rtol=1e-9, atol=1e-9 * np.abs(wide).max())
    np.testing.assert_allclose(found.norm, np.linalg.norm(wide), rtol=1e-12)
    assert (found.low, found.high, found.size) == (wide.min(), wide.max(), wide.size)
    assert found.zeros == np.count_nonzero(wide == 0)
    np.testing.assert_allclose(found.quantiles, np.quantile(wide, LEVELS), rtol=1e-12, atol=1e-15)
    assert found.exact
    assert found.histogram.sum() == wide.size


@pytest.mark.parametrize("shape", [(300, 700), (3, 3, 64, 512), (262_144,), (262_145,)])
def test_a_large_array_in_pieces_is_one_array(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(1).normal(0.01, 0.3, shape).astype(np.float32)
    found, _ = distribution(array)
    wide = array.astype(np.float64)
    np.testing.assert_allclose(
        [found.mean, found.std, found.norm], [wide.mean(), wide.std(), np.linalg.norm(wide)], rtol=1e-12
    )
    assert not found.exact
    assert array.size > EXACT_LIMIT
    np.testing.assert_allclose(found.quantiles, np.quantile(wide, LEVELS), rtol=0.008, atol=1e-4)
    assert np.abs(found.histogram - np.histogram(wide, 42)[0]).max() <= 3


@pytest.mark.parametrize("size", [5000, 400_000])
def test_a_large_mean_leaves_the_spread_exact(size: int) -> None:
    array = np.random.default_rng(2).normal(1e6, 1, size)
    found, _ = distribution(array)
    np.testing.assert_allclose([found.mean, found.std], [array.mean(), array.std()], rtol=1e-9)


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    array = np.array([1, np.nan, np.inf, -np.inf, 3, 0, np.nan], np.float32)
    found, _ = distribution(array)
    assert (found.nan, found.inf, found.finite, found.zeros) == (2, 2, 3, 1)
    assert (found.low, found.high) == (0, 3)
    np.testing.assert_allclose(found.mean, 4 / 3)
    assert found.histogram.sum() == 3


def test_nothing_finite_has_counts_only() -> None:
    found, cumulative = distribution(np.full(4, np.nan, np.float16))
    assert (found.nan, found.mean, found.quantiles, cumulative) == (4, None, (), None)


def test_nothing_at_all_has_no_figures() -> None:
    found, cumulative = distribution(np.zeros((0, 3), np.float32))
    assert (found.size, found.mean, cumulative) == (0, None, None)


@pytest.mark.parametrize("value", [0.0, -0.0, 0.1, -7e30])
@pytest.mark.parametrize("size", [1, 100_000])
def test_a_constant_has_no_spread(value: float, size: int) -> None:
    found, _ = distribution(np.full(size, value, np.float32))
    assert found.low == found.high == pytest.approx(value)
    assert found.std == pytest.approx(0, abs=abs(value) * 1e-7)
    assert set(np.float32(found.quantiles).tolist()) == {float(np.float32(value))}
    assert found.histogram.max() == size


def test_an_array_that_is_not_contiguous_gives_the_same() -> None:
    array = np.random.default_rng(3).normal(size=(600, 400)).astype(np.float32)
    there, back = distribution(array.T)[0], distribution(np.ascontiguousarray(array.T))[0]
    assert (there.mean, there.quantiles) == (back.mean, back.quantiles)


def test_float64_beyond_float32_keeps_its_extremes() -> None:
    found, _ = distribution(np.concatenate((np.linspace(-1, 1, 70_000), [1e300, -1e300])))
    assert (found.low, found.high) == (-1e300, 1e300)
    assert found.histogram.sum() == 70_002
    np.testing.assert_allclose(found.quantiles[0], -0.98, rtol=0.01)
