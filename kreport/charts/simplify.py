"""Fewer points for the same line: those that a straight stretch does not need are left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 0.2
"""Px that the line may move."""


def needed(x: NDArray[np.float64], y: NDArray[np.float64], tolerance: float = TOLERANCE) -> NDArray[np.bool_]:
    """Tell which points a line through all of them needs (Douglas and Peucker 1973).

    Args:
        x: where the points are, ascending, in px, of shape ``(n,)``.
        y: how high, in px, of the same shape; distances are measured along this axis.
        tolerance: how far the line may be from a point that is left out.
    """

    def away(first: int, last: int) -> NDArray[np.float64]:
        inner = slice(first + 1, last)
        return np.asarray(np.abs(y[inner] - np.interp(x[inner], [x[first], x[last]], [y[first], y[last]])))

    return _kept(len(x), away, tolerance)


def needed_of_path(x: NDArray[np.float64], y: NDArray[np.float64], tolerance: float = TOLERANCE) -> NDArray[np.bool_]:
    """Tell the same of a path that may go anywhere, such as straight up: distances are from the stretch itself."""

    def away(first: int, last: int) -> NDArray[np.float64]:
        inner = slice(first + 1, last)
        along, across = x[last] - x[first], y[last] - y[first]
        right, up = x[inner] - x[first], y[inner] - y[first]
        length = np.hypot(along, across)
        if length == 0:
            return np.asarray(np.hypot(right, up))
        share = np.clip((right * along + up * across) / length**2, 0.0, 1.0)
        return np.asarray(np.hypot(right - share * along, up - share * across))

    return _kept(len(x), away, tolerance)


def _kept(count: int, away: Callable[[int, int], NDArray[np.float64]], tolerance: float) -> NDArray[np.bool_]:
    """Return what stays of ``count`` points, where ``away`` is the distance of those between two from their stretch."""
    kept = np.zeros(count, bool)
    kept[[0, -1]] = True
    waiting = [(0, count - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        distances = away(first, last)
        farthest = int(np.argmax(distances))
        if distances[farthest] > tolerance:
            middle = first + 1 + farthest
            kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return kept
