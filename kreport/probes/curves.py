"""The curve of an activation function, measured by evaluating it: values, slope, where it is flat."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

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

WORK = 4_000_000
"""Values that a layer with a parameter for each unit is evaluated at, at most: fewer points where units are many."""

SMALLEST = 9
"""Points such a layer is evaluated at, at least."""

OPEN_SIZE = 4
"""Stands for a size that is not known."""

Kind = Literal["curve", "shares", "other"]
"""What a function does: to each number by itself (``curve``), turn a row into shares of 1 (softmax), or else."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionCurve:
    """An activation function of one number.

    Attributes:
        z: where it was evaluated, float64 of shape ``(2001,)``.
        a, slope: its values and derivatives there; means over units where each has a parameter of its own (PReLU).
        least, most: of ``a`` over the units; None where all are alike.
        flats: (from, to) of each stretch where it is flat; ±inf where it stays flat to the end.
        bounded: whether it is flat at both ends, so that units can saturate.
    """

    z: NDArray[np.float64]
    a: NDArray[np.float64]
    slope: NDArray[np.float64]
    flats: tuple[tuple[float, float], ...]
    bounded: bool
    least: NDArray[np.float64] | None = None
    most: NDArray[np.float64] | None = None

    def same(self, other: FunctionCurve) -> bool:
        """Tell whether two functions are one."""
        if (self.least is None) != (other.least is None):
            return False
        return bool(np.allclose(self.a, other.a, rtol=1e-5, atol=1e-6, equal_nan=True))

    @property
    def identity(self) -> bool:
        """Whether it hands its input on."""
        return self.least is None and bool(np.allclose(self.a, self.z, rtol=1e-5, atol=1e-6))


def curve_of(function: Any, shape: tuple[int | None, ...] = (None, None)) -> FunctionCurve | None:
    """Return the curve of a function or of a layer that is one; None if it does not act on each number by itself.

    Args:
        function: a callable, or a layer or operation.
        shape: of the tensors it takes, with the batch axis; matters to layers with weights only.
    """
    found = _elsewhere(_per_unit if getattr(function, "variables", ()) else _measured, function, shape)
    return found if isinstance(found, FunctionCurve) else None


def kind_of_function(function: Any, shape: tuple[int | None, ...] = (None, None)) -> Kind:
    """Tell what a function that has no curve does to the last axis."""
    return "shares" if _elsewhere(_makes_shares, function, shape) is True else "other"


def _elsewhere(call: Any, *arguments: Any) -> Any:
    """Call in a thread of its own: whatever graph, scope or tape is open in this one stays out of it."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(contained, "curve", call, *arguments).result()


def _measured(function: Any, _: tuple[int | None, ...]) -> FunctionCurve | None:
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
    return _curve(z, values, slopes)


def _per_unit(function: Any, shape: tuple[int | None, ...]) -> FunctionCurve | None:
    """Measure a layer whose units have parameters of their own: each point is put into all of them."""
    import tensorflow as tf

    sizes = [size or OPEN_SIZE for size in shape[1:]]
    number = min(POINTS, max(SMALLEST, WORK // math.prod(sizes)))
    few = np.linspace(-REACH, REACH, number - (number + 1) % 2)  # an odd number: 0 is among them
    points = tf.reshape(tf.constant(few, tf.float32), [-1] + [1] * len(sizes)) + tf.zeros([1, *sizes])
    with tf.GradientTape() as tape:
        tape.watch(points)
        a = _call(function, points)
    slope = tape.gradient(a, points)
    turned = _call(function, tf.reverse(points, [0]))
    if a.shape != points.shape or slope is None or not np.allclose(turned[::-1], a, rtol=1e-4, atol=1e-5):
        return None
    by_unit, slopes = (v.numpy().reshape(len(few), -1).astype(np.float64) for v in (a, slope))
    z = np.linspace(-REACH, REACH, POINTS)
    least, mean, most = (np.interp(z, few, part(by_unit, 1)) for part in (np.min, np.mean, np.max))
    return _curve(z, mean, np.interp(z, few, slopes.mean(1)), least, most)


def _curve(
    z: NDArray[np.float64], a: NDArray[np.float64], slope: NDArray[np.float64],
    least: NDArray[np.float64] | None = None, most: NDArray[np.float64] | None = None,
) -> FunctionCurve:  # fmt: skip
    flats = _flats(z, a, slope)
    ends = [f for f in flats if not (np.isfinite(f[0]) and np.isfinite(f[1]))]
    return FunctionCurve(z=z, a=a, slope=slope, flats=flats, bounded=len(ends) == 2, least=least, most=most)


def _call(function: Any, values: Any) -> Any:
    import keras
    import tensorflow as tf

    if isinstance(function, keras.Operation):
        dtype = getattr(function, "compute_dtype", None) or "float32"
        return tf.cast(function.call(tf.cast(values, dtype)), tf.float32)
    return tf.cast(function(values), tf.float32)


def _makes_shares(function: Any, shape: tuple[int | None, ...]) -> bool:
    """Tell whether what comes out is positive and adds up to 1 along the last axis."""
    sizes = [min(size or OPEN_SIZE, OPEN_SIZE) for size in shape[:-1]]
    z = np.random.default_rng(0).normal(size=[*sizes, shape[-1] or OPEN_SIZE]).astype(np.float32)
    a = _call(function, z).numpy()
    return bool(a.shape == z.shape and (a >= 0).all() and np.allclose(a.sum(-1), 1.0, atol=1e-2))


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
