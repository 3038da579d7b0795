"""Large arrays as small pictures: averages of blocks, and values as steps of a palette on one scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.pictures import BACKGROUND, STEPS, diverging

LEVELS = 16
"""Of each colour of a sample's picture: finer ones cannot be told apart at this size, and cost bytes."""

EXTREME = 99.5
"""Percentile of the magnitudes at which a scale ends; what is beyond has the last colour."""


def shrunk(values: NDArray[Any], side: int | tuple[int, int]) -> NDArray[np.float64]:
    """Return averages of equal blocks along the first two axes, so that neither is longer than ``side``.

    Blocks at the end may be smaller. float64 of shape ``(height, width, …)``.
    """
    found = np.asarray(values, np.float64)
    for axis, most in enumerate((side, side) if isinstance(side, int) else side):
        size = found.shape[axis]
        block = -(-size // most) if size else 1
        if block > 1:
            starts = np.arange(0, size, block)
            widths = np.diff(np.append(starts, size)).reshape([-1 if a == axis else 1 for a in range(found.ndim)])
            found = np.add.reduceat(found, starts, axis) / widths
    return found


def scale_of(values: NDArray[Any]) -> tuple[float, float]:
    """Return the ends of a scale: from 0 where nothing is negative, else symmetric about 0; (0, 0) for nothing."""
    finite = np.asarray(values, np.float64)[np.isfinite(values)]
    if not finite.size:
        return 0.0, 0.0
    limit = float(np.percentile(np.abs(finite), EXTREME)) or float(np.abs(finite).max())
    return (0.0 if finite.min() >= 0 else -limit), limit


def steps(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return palette steps 0 to 8 on the scale of :func:`scale_of`; NaN is background."""
    if low < 0:
        return diverging(values, high)
    scaled = np.asarray(values, np.float64) * (STEPS / high) if high > 0 else np.zeros(np.shape(values))
    found = np.floor(np.clip(np.nan_to_num(scaled, nan=0.0), 0, STEPS - 1)).astype(np.uint8)
    found[np.isnan(values)] = BACKGROUND
    return found


def levels(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return values from ``low`` to ``high`` as 16 levels of 0 to 255."""
    share = (np.nan_to_num(np.asarray(values, np.float64), nan=low) - low) / (high - low if high > low else 1.0)
    return np.asarray(np.round(np.clip(share, 0, 1) * (LEVELS - 1)) * (255 / (LEVELS - 1)), np.uint8)


def image_range(values: NDArray[Any]) -> tuple[float, float]:
    """Return black and white of pictures: 0 to 1, 0 to 255 or −1 to 1 where all fit, else the middle 99 %."""
    finite = np.asarray(values)[np.isfinite(values)] if np.asarray(values).dtype.kind == "f" else np.asarray(values)
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    for black, white in ((0.0, 1.0), (0.0, 255.0), (-1.0, 1.0)):
        if black <= low and high <= white and not (white > 1 and high <= 1):
            return black, white
    ends = np.percentile(finite, (0.5, 99.5))
    return float(ends[0]), float(ends[1])
