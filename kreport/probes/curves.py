"""The curve of an activation function, measured by evaluating it: values, slope, where it is flat."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.model import Gap
from kreport.pipeline import contained

REACH, POINTS = 20.0, 2001
"""The curve is evaluated at so many points from −REACH to REACH."""

FLAT_SLOPE = 0.02
"""Below this share of its steepest slope (of 1 where that is steeper) a function is flat: its units hardly learn there.
A rule of thumb; for tanh it is |a| > 0.99."""

REMAINING = 0.05
"""A flat end counts only if the function changes by less than this from there on: a leaky ReLU goes on falling."""

NARROW = 0.25
"""Flat stretches narrower than this are turning points."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionCurve:
    """An activation function of one number.

    Attributes:
        z: where it was evaluated, float64 of shape ``(2001,)``.
        a, slope: its values and derivatives there.
        flats: (from, to) of each stretch where it is flat; ±inf where it stays flat to the end.
        bounded: whether it is flat at both ends, so that units can saturate.
    """

    z: NDArray[np.float64]
    a: NDArray[np.float64]
    slope: NDArray[np.float64]
    flats: tuple[tuple[float, float], ...]
    bounded: bool

    def same(self, other: FunctionCurve) -> bool:
        """Tell whether two functions are one."""
        return bool(np.allclose(self.a, other.a, rtol=1e-5, atol=1e-6, equal_nan=True))


def curve_of(function: Any) -> FunctionCurve | None:
    """Return the curve of a function or of a layer that is one; None if it does not act on each number by itself."""
    # In a thread of its own: whatever graph, scope or tape is open in this one stays out of it.
    with ThreadPoolExecutor(1) as elsewhere:
        found = elsewhere.submit(contained, "curve", _measured, function).result()
    return None if isinstance(found, Gap) else found


def _measured(function: Any) -> FunctionCurve | None:
    import tensorflow as tf

    z = np.linspace(-REACH, REACH, POINTS)
    points = tf.constant(z[None, :], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(points)
        a = _call(function, points)
    slope = tape.gradient(a, points)
    beside = _call(function, tf.concat([points, points[:, ::2] + 3.0], 1))
    if a.shape != points.shape or not np.allclose(beside[:, :POINTS], a, rtol=1e-4, atol=1e-5, equal_nan=True):
        return None  # softmax and the like: a value depends on its neighbours
    values = a.numpy()[0].astype(np.float64)
    slopes = np.zeros(POINTS) if slope is None else slope.numpy()[0].astype(np.float64)
    flats = _flats(z, values, slopes)
    ends = [f for f in flats if not (np.isfinite(f[0]) and np.isfinite(f[1]))]
    return FunctionCurve(z=z, a=values, slope=slopes, flats=flats, bounded=len(ends) == 2)


def _call(function: Any, values: Any) -> Any:
    import keras
    import tensorflow as tf

    if isinstance(function, keras.Operation):
        dtype = getattr(function, "compute_dtype", None) or "float32"
        return tf.cast(function.call(tf.cast(values, dtype)), tf.float32)
    return tf.cast(function(values), tf.float32)


def _flats(
    z: NDArray[np.float64], a: NDArray[np.float64], slope: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    steepest = min(float(np.nanmax(np.abs(slope))), 1.0)
    if steepest == 0:
        return ((-np.inf, np.inf),)
    flat = np.abs(slope) < FLAT_SLOPE * steepest
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False])).astype(int)))
    found = []
    for first, end in edges.reshape(-1, 2):
        last = end - 1
        at_end = first == 0 or end == flat.size
        if at_end and abs(a[last] - a[first]) > REMAINING:
            continue
        if not at_end and z[last] - z[first] < NARROW:
            continue
        found.append(
            (
                -np.inf if first == 0 else round(float(z[first]), 2),
                np.inf if end == flat.size else round(float(z[last]), 2),
            )
        )
    return tuple(found)
