"""Streams: NumPy's figures, and two halves make the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

tf = pytest.importorskip("tensorflow")

from kreport.probes.reductions import Sums, reduced, strength  # noqa: E402
from kreport.tensors.streaming import Stream  # noqa: E402

FLOATS = st.floats(-1e4, 1e4, width=32, allow_subnormal=False)  # TensorFlow flushes them to 0


def arrays_of(values: object, **more: object) -> Sums:
    return Sums(*(part.numpy() for part in reduced(values, **more)[0]))


def stream_of(values: np.ndarray, **more: object) -> Stream:
    stream = Stream()
    stream.add(arrays_of(tf.constant(values), **more))
    return stream


@settings(max_examples=40)
@given(st.data(), array_shapes(min_dims=1, max_dims=4, min_side=2, max_side=6))
def test_two_halves_make_the_whole(data, shape):
    values = data.draw(arrays(np.float32, shape, elements=FLOATS))
    cut = data.draw(st.integers(1, shape[0] - 1))
    whole, one, other = stream_of(values), stream_of(values[:cut]), stream_of(values[cut:])
    one.merge(other)
    np.testing.assert_array_equal(one.fine.counts, whole.fine.counts)
    np.testing.assert_array_equal(one.units.low, whole.units.low)
    np.testing.assert_array_equal(one.units.high, whole.units.high)
    assert one.units.count == whole.units.count
    scale = np.abs(values.astype(np.float64)).max() or 1.0
    np.testing.assert_allclose(one.units.mean, whole.units.mean, rtol=1e-12, atol=1e-12 * scale)
    for name in ("centred", "between"):
        ours, theirs = getattr(one.units, name), getattr(whole.units, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-11 * scale**2 * values.size)


@settings(max_examples=40)
@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=7), elements=FLOATS))
def test_figures_are_those_of_numpy(values):
    stream, wide = stream_of(values), values.astype(np.float64)
    scale = np.abs(wide).max() or 1.0
    axes = tuple(range(values.ndim - 1))
    assert stream.size == values.size
    assert stream.fine.zeros == (np.abs(values) < np.finfo(np.float32).tiny).sum()
    np.testing.assert_allclose(stream.units.mean, wide.mean(axes), rtol=1e-6, atol=1e-6 * scale)
    np.testing.assert_allclose(stream.mean, wide.mean(), rtol=1e-6, atol=1e-6 * scale)
    np.testing.assert_allclose(stream.std, wide.std(), rtol=1e-5, atol=1e-3 * scale)
    assert (stream.low, stream.high) == (values.min(), values.max())


def test_quantiles_are_within_a_bin_of_numpy_s():
    values = np.random.default_rng(0).normal(size=(400, 50)).astype(np.float32)
    levels = (0.01, 0.25, 0.5, 0.9, 0.99)
    ours = stream_of(values).cumulative().quantiles(levels)
    np.testing.assert_allclose(ours, np.quantile(values, levels), rtol=1 / 16, atol=0.01)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int32", "bool"])
def test_any_numeric_type_is_counted(dtype):
    values = tf.cast(tf.constant([[0.0, 1.0], [1.0, 1.0]]), dtype)
    stream = Stream()
    stream.add(arrays_of(values))
    assert stream.mean == 0.75
    assert stream.fine.zeros == 1


def test_what_is_not_finite_is_counted_by_kind():
    stream = stream_of(np.array([[np.nan, np.inf], [-np.inf, 1.0]], np.float32))
    assert (stream.fine.nan, stream.fine.infinite, stream.size) == (1, 2, 4)
    assert stream.mean is stream.std is stream.low is stream.cumulative() is None


def test_masked_positions_are_left_out():
    values = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    mask = np.array([[True, False, False], [True, True, False]])
    stream = stream_of(values, mask=tf.constant(mask))
    np.testing.assert_allclose(stream.units.mean, values[mask].mean(0))
    assert stream.size == 6


def test_channels_may_come_first():
    values = np.random.default_rng(1).normal(size=(3, 4, 5, 6)).astype(np.float32)
    np.testing.assert_allclose(stream_of(values, unit_axis=1).units.mean, values.mean((0, 2, 3)), rtol=1e-5, atol=1e-6)


def test_a_constant_unit_differs_neither_within_nor_between_samples():
    values = np.random.default_rng(1).normal(size=(8, 9, 2)).astype(np.float32)
    values[..., 0] = 3
    values[..., 1] -= values[..., 1].mean(1, keepdims=True)
    stream = stream_of(values)
    np.testing.assert_allclose(stream.units.between_std, [0, 0], atol=1e-3)
    assert stream.units.std[1] > 0.5


@settings(max_examples=40)
@given(arrays(np.float32, array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5), elements=st.floats(width=32)))
def test_what_is_known_of_z_tells_of_its_rectified_values(values):
    z = tf.constant(values)
    a = tf.nn.relu(z)
    ours, expected = arrays_of(a, rectified=reduced(z)[0]), arrays_of(a)
    np.testing.assert_array_equal(ours.sums, expected.sums)
    np.testing.assert_array_equal(without_sign_of_zero(ours.bins), without_sign_of_zero(expected.bins))


def without_sign_of_zero(bins):
    half = len(bins) // 2
    return np.concatenate([[bins[0] + bins[half]], bins[1:half], bins[half + 1 :]])


def test_means_are_those_of_each_sample():
    values = np.random.default_rng(2).normal(size=(5, 4, 3, 2)).astype(np.float32)
    np.testing.assert_allclose(reduced(tf.constant(values))[1], values.mean((1, 2)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-36, 1e-25, 1e-10, 1.0, 1e12, 1e30])
def test_strength_is_numpy_s_over_the_whole_range_of_float32(scale):
    values = (np.random.default_rng(3).normal(size=(7, 3, 2)) * scale).astype(np.float32)
    values[2] = 0
    size, square, zeros, bad = strength(tf.constant(values)).numpy()
    np.testing.assert_allclose(square, np.square(values.astype(np.float64)).sum(), rtol=1e-5)
    assert (size, zeros, bad) == (42, 6, 0)


def test_strength_tells_zeros_and_what_is_not_finite():
    values = np.array([[0, np.nan, 1], [np.inf, -np.inf, 0]], np.float32)
    size, square, zeros, bad = strength(tf.constant(values)).numpy()
    assert (size, zeros, bad) == (6, 2, 3)
    assert not np.isfinite(square)
    assert strength(tf.zeros([0, 3])).numpy().tolist() == [0, 0, 0, 0]
    assert strength(tf.constant(-3.0)).numpy().tolist() == [1, 9, 0, 0]
