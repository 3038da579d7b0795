"""What is computed of a tensor while a pass is traced: few operations, small results, float64 where sums grow."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

from kreport.tensors.cumulative import first_infinite
from kreport.tensors.streaming import BITS

TINY_SQUARE = 1e-30
"""Mean square below which the squares of single values leave the range of float32."""


class Sums(NamedTuple):
    """What :class:`kreport.tensors.streaming.Stream` makes its statistics from: two tensors, as each costs tracing.

    Attributes:
        sums: by unit: number of values, of samples, sum, sum of squares, sum of the squares of the means over single
            samples, least and greatest value; float64 of shape ``(7, units)``.
        bins: values in each logarithmic bin, int32 of shape ``(8192,)``.
    """

    sums: Any
    bins: Any


def reduced(tensor: Any, *, mask: Any = None, unit_axis: int = -1, rectified: Sums | None = None) -> tuple[Sums, Any]:
    """Return the sums of a tensor, and the mean of each sample and unit, float32 of shape ``(samples, units)``.

    Args:
        tensor: of any numeric type, samples along the first axis, rank ≥ 1.
        mask: boolean, of the leading axes; only where it is True counts, and then each position is a sample.
        unit_axis: the axis of the units (channels); a tensor of rank 1 is one unit.
        rectified: the sums of z where the tensor is max(z, 0): extremes and bins then follow from those of z.
    """
    import tensorflow as tf

    values = tf.cast(tensor, tf.float32)
    if hides(mask, values):
        values, unit_axis = tf.boolean_mask(values, mask), -1
    make = _sums_function if rectified is None else _rectified_function
    sums, bins, means = make(values.shape.rank, unit_axis)(values, *(rectified or ()))
    return Sums(sums, bins), means


def hides(mask: Any, values: Any) -> bool:
    """Tell whether a mask leaves out positions of some values, rather than single values of positions."""
    return mask is not None and mask.shape.rank is not None and mask.shape.rank < (values.shape.rank or 0)


def strength(tensor: Any) -> Any:
    """Return number of values, sum of squares, zeros and values that are not finite, float64 of shape ``(4,)``.

    The squares are of all values, whatever their range in float32; NaN where some are not finite.
    """
    import tensorflow as tf

    values = tf.cast(tensor, tf.float32)
    width = math.prod(values.shape[1:]) if values.shape.rank and None not in values.shape[1:] else 0
    rows = [-1, width] if width else [tf.shape(values)[0], -1] if values.shape.rank else [1, 1]
    return _strength_function()(tf.reshape(values, rows))


@functools.cache
def _sums_function(rank: int, unit_axis: int) -> Any:
    """Return the reduction of tensors of one rank as a function of its own: traced once, called for every tensor."""
    import tensorflow as tf

    def sums(values: Any) -> Any:
        spread = samples_positions_units(values, unit_axis)
        found, means = moments(spread)
        ends = [tf.cast(end, tf.float64) for end in extremes(spread)]
        return tf.stack([*found, *ends]), _bins(values), means

    return noinline(sums, tf.TensorSpec([None] * rank, tf.float32))


@functools.cache
def _rectified_function(rank: int, unit_axis: int) -> Any:
    """Return the reduction of max(z, 0): all of z that is below 0 becomes 0, NaN stays NaN."""
    import tensorflow as tf

    half = 1 << (BITS - 1)
    numbers = first_infinite(BITS) + 1

    def sums(values: Any, of_z: Any, bins: Any) -> Any:
        found, means = moments(samples_positions_units(values, unit_axis))
        below = tf.reduce_sum(bins[half : half + numbers])
        kept = [bins[:1] + below, bins[1:half], tf.zeros([numbers], tf.int32), bins[half + numbers :]]
        return tf.concat([tf.stack(found), tf.maximum(of_z[-2:], 0.0)], 0), tf.concat(kept, 0), means

    return noinline(
        sums, tf.TensorSpec([None] * rank, tf.float32), tf.TensorSpec([7, None], tf.float64),
        tf.TensorSpec([1 << BITS], tf.int32),
    )  # fmt: skip


def noinline(function: Any, *specs: Any) -> Any:
    """Return a traced function that stays one: hundreds of copies would cost the graph's optimiser seconds."""
    import tensorflow as tf

    return tf.function(
        function, input_signature=specs, autograph=False, experimental_attributes={"_noinline": True}
    )  # fmt: skip


def samples_positions_units(values: Any, unit_axis: int) -> Any:
    """Return values of any rank in the shape ``(samples, positions, units)``."""
    import tensorflow as tf

    rank = values.shape.rank
    if rank == 1:
        return values[:, None, None]
    if rank == 2:
        return values[:, None, :]
    if unit_axis not in (-1, rank - 1):
        values = tf.transpose(values, [*(axis for axis in range(rank) if axis != unit_axis), unit_axis])
    shape = tf.shape(values)
    return tf.reshape(values, tf.stack([shape[0], tf.reduce_prod(shape[1:-1]), shape[-1]]))


def moments(values: Any) -> tuple[list[Any], Any]:
    """Return the first five rows of :class:`Sums` and means by sample of values ``(samples, positions, units)``."""
    import tensorflow as tf

    shape = tf.cast(tf.shape(values), tf.float64)
    if values.shape[1] == 1:
        wide = tf.cast(values[:, 0], tf.float64)
        square = tf.reduce_sum(tf.square(wide), 0)
        total, between, means = tf.reduce_sum(wide, 0), square, values[:, 0]
    else:
        # In float32 over the positions of one sample, in float64 over samples: the same whatever the batch size.
        sums = tf.reduce_sum(values, 1)
        wide = tf.cast(sums, tf.float64)
        total = tf.reduce_sum(wide, 0)
        square = tf.reduce_sum(tf.square(tf.cast(norms(values), tf.float64)), 0)
        between = tf.reduce_sum(tf.square(wide / shape[1]), 0)
        means = sums / tf.cast(shape[1], tf.float32)
    each = tf.ones_like(total)
    return [each * shape[0] * shape[1], each * shape[0], total, square, between], means


def norms(values: Any) -> Any:
    """Return the Euclidean norm over the second axis: in one operation, so that no squares are held in memory."""
    import tensorflow as tf

    return tf.raw_ops.EuclideanNorm(input=values, axis=1)


def extremes(values: Any) -> tuple[Any, Any]:
    """Return least and greatest value of each unit of values of shape ``(samples, positions, units)``."""
    import tensorflow as tf

    return tf.reduce_min(tf.reduce_min(values, 1), 0), tf.reduce_max(tf.reduce_max(values, 1), 0)


def _bins(values: Any) -> Any:
    """Count by sign, exponent and 4 bits of mantissa: the upper bits of the float32, so nothing is computed."""
    import tensorflow as tf

    bits = tf.bitcast(tf.reshape(values, [-1]), tf.uint32)
    codes = tf.bitcast(tf.bitwise.right_shift(bits, tf.constant(32 - BITS, tf.uint32)), tf.int32)
    return tf.raw_ops.DenseBincount(input=codes, size=1 << BITS, weights=tf.zeros([0], tf.int32))


@functools.cache
def _strength_function() -> Any:
    import tensorflow as tf

    def strengths(values: Any) -> Any:
        size = tf.size(values, tf.int64)
        zeros = _total(tf.cast(tf.equal(values, 0.0), tf.float32))
        square = tf.reduce_sum(tf.square(tf.cast(norms(values), tf.float64)))
        mean = tf.math.divide_no_nan(square, tf.cast(size, tf.float64))
        usual = tf.math.is_finite(mean) & (mean >= TINY_SQUARE)
        square, bad = tf.cond(usual, lambda: (square, tf.constant(0.0, tf.float64)), lambda: _far(values))
        return tf.stack([tf.cast(size, tf.float64), square, zeros, bad])

    return noinline(strengths, tf.TensorSpec([None, None], tf.float32))


def _far(values: Any) -> tuple[Any, Any]:
    """Return the sum of squares of values whose squares float32 cannot hold, and how many are not finite."""
    import tensorflow as tf

    bad = _total(tf.cast(tf.logical_not(tf.math.is_finite(values)), tf.float32))
    return tf.reduce_sum(tf.square(tf.cast(values, tf.float64))), bad


def _total(values: Any) -> Any:
    """Return the sum of values ``(samples, …)``: in float32 within a sample, in float64 over samples."""
    import tensorflow as tf

    return tf.reduce_sum(tf.cast(tf.reduce_sum(values, 1), tf.float64))
