"""What is computed of a tensor while a pass is traced: few operations, small results, float64 where sums grow."""

from __future__ import annotations

import functools
from typing import Any

from kreport.tensors.streaming import BITS


def reduced(tensor: Any, *, mask: Any = None, unit_axis: int = -1, bins: bool = True) -> dict[str, Any]:
    """Return the sums from which :class:`kreport.tensors.streaming.Stream` makes its statistics.

    Args:
        tensor: of any numeric type, samples along the first axis, rank ≥ 1.
        mask: boolean, of the leading axes; only where it is True counts.
        unit_axis: the axis of the units (channels); a tensor of rank 1 is one unit.
        bins: whether to count values in logarithmic bins.

    Returns:
        ``count`` (values a unit) and ``samples``, float64 scalars; ``sum``, ``square``, ``between`` (squares of the
        units' means over single samples), float64, and ``low``, ``high``, float32, all of shape ``(units,)``;
        ``bins``, int32 of shape ``(8192,)``.
    """
    import tensorflow as tf

    values = tf.cast(tensor, tf.float32)
    if mask is not None and mask.shape.rank is not None and mask.shape.rank < (values.shape.rank or 0):
        values = tf.boolean_mask(values, mask)
        unit_axis = -1
    return dict(_function(values.shape.rank, unit_axis, bins)(values))


@functools.cache
def _function(rank: int, unit_axis: int, bins: bool) -> Any:  # noqa: FBT001 - a key of the cache
    """Return the reduction of tensors of one rank as a function of its own: traced once, called for every tensor."""
    import tensorflow as tf

    def sums(values: Any) -> dict[str, Any]:
        found = _moments(_samples_positions_units(values, unit_axis))
        return found | {"bins": _bins(values)} if bins else found

    return tf.function(
        sums,
        input_signature=[tf.TensorSpec([None] * rank, tf.float32)],
        autograph=False,
        experimental_attributes={"_noinline": True},  # hundreds of copies cost the graph's optimiser seconds
    )


def _samples_positions_units(values: Any, unit_axis: int) -> Any:
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


def _moments(values: Any) -> dict[str, Any]:
    """Return the sums of values of shape ``(samples, positions, units)``."""
    import tensorflow as tf

    shape = tf.cast(tf.shape(values), tf.float64)
    if values.shape[1] == 1:
        wide = tf.cast(values[:, 0], tf.float64)
        squares = tf.square(wide)
        total, square = tf.reduce_sum(wide, 0), tf.reduce_sum(squares, 0)
        between = square
    else:
        # In float32 over the positions of one sample, in float64 over samples: the same whatever the batch size.
        sums = tf.cast(tf.reduce_sum(values, 1), tf.float64)
        total = tf.reduce_sum(sums, 0)
        square = tf.reduce_sum(tf.cast(tf.reduce_sum(tf.square(values), 1), tf.float64), 0)
        between = tf.reduce_sum(tf.square(sums / shape[1]), 0)
    return {
        "count": shape[0] * shape[1], "samples": shape[0], "sum": total, "square": square, "between": between,
        "low": tf.reduce_min(values, [0, 1]), "high": tf.reduce_max(values, [0, 1]),
    }  # fmt: skip


def _bins(values: Any) -> Any:
    """Count by sign, exponent and 4 bits of mantissa: the upper bits of the float32, so nothing is computed."""
    import tensorflow as tf

    upper = tf.bitcast(tf.reshape(values, [-1]), tf.uint16)[:, 1]  # little-endian
    codes = tf.cast(tf.bitwise.right_shift(upper, tf.constant(16 - BITS, tf.uint16)), tf.int32)
    return tf.raw_ops.DenseBincount(input=codes, size=1 << BITS, weights=tf.zeros([0], tf.int32))
