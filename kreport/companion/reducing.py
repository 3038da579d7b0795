"""A tensor in six numbers, computed in the graph: cheap enough to be looked at after every epoch."""

from __future__ import annotations

import functools
from typing import Any

from kreport.probes.reductions import extremes, hides, moments, noinline, samples_positions_units

NUMBERS = ("mean", "std", "zeros", "dead", "bad", "units")
"""Mean and standard deviation of all values, share of zeros, share of units that are 0 throughout, share of units with
a value that is not finite, number of units."""


Spans = tuple[tuple[float, float], ...]


def six_numbers(tensor: Any, *, mask: Any = None, unit_axis: int = -1) -> Any:
    """Return :data:`NUMBERS` of a tensor, float64 of shape ``(6,)``.

    Args:
        tensor: of any numeric type, samples along the first axis, rank ≥ 1.
        mask: boolean, of the leading axes; only where it is True counts.
        unit_axis: the axis of the units (channels).
    """
    import tensorflow as tf

    values = tf.cast(tensor, tf.float32)
    if hides(mask, values):
        values, unit_axis = tf.boolean_mask(values, mask), -1
    return _function(values.shape.rank, unit_axis)(values)


def flat_share(tensor: Any, spans: Spans, *, mask: Any = None) -> Any:
    """Return the share of values within any of the spans, a float32 scalar; masked ones do not count."""
    import tensorflow as tf

    values = tf.cast(tensor, tf.float32)
    values = tf.boolean_mask(values, mask) if hides(mask, values) else values
    return _share_function(spans)(tf.reshape(values, [-1]))


@functools.cache
def _share_function(spans: Spans) -> Any:
    """Return the reduction for some spans: traced once, called for every tensor of a pass."""
    import tensorflow as tf

    def share(values: Any) -> Any:
        inside = tf.zeros_like(values, tf.bool)
        for low, high in spans:
            inside = tf.logical_or(inside, tf.logical_and(values >= low, values <= high))
        return tf.reduce_mean(tf.cast(inside, tf.float32))

    return noinline(share, tf.TensorSpec([None], tf.float32))


@functools.cache
def _function(rank: int, unit_axis: int) -> Any:
    """Return the reduction of tensors of one rank: traced once, called for every tensor of a pass."""
    import tensorflow as tf

    return noinline(functools.partial(_numbers, unit_axis=unit_axis), tf.TensorSpec([None] * rank, tf.float32))


def _numbers(values: Any, unit_axis: int) -> Any:
    import tensorflow as tf

    spread = samples_positions_units(values, unit_axis)
    (count, _, total, square, _), _ = moments(spread)
    low, high = extremes(spread)
    by_unit = tf.math.divide_no_nan(total, count)
    mean = tf.reduce_mean(by_unit)
    # Within units and between them, so that a large mean does not swallow the rest.
    within = tf.reduce_mean(tf.maximum(tf.math.divide_no_nan(square, count) - tf.square(by_unit), 0.0))
    std = tf.sqrt(within + tf.reduce_mean(tf.square(by_unit - mean)))
    zeros = tf.reduce_mean(tf.cast(tf.equal(values, 0.0), tf.float32))
    silent = tf.logical_and(tf.equal(low, 0.0), tf.equal(high, 0.0))
    bad = tf.logical_not(tf.math.is_finite(total))
    shares = [tf.reduce_mean(tf.cast(one, tf.float64)) for one in (silent, bad)]
    units = tf.cast(tf.size(total), tf.float64)
    return tf.stack([mean, std, tf.cast(zeros, tf.float64), *shares, units])
