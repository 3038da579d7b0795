"""Fewer points for the same line: those that a straight stretch does not need are left out."""

from __future__ import annotations

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
    kept = np.zeros(len(x), bool)
    kept[[0, -1]] = True
    waiting = [(0, len(x) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        straight = np.interp(x[inner], [x[first], x[last]], [y[first], y[last]])
        away = np.abs(y[inner] - straight)
        farthest = int(np.argmax(away))
        if away[farthest] > tolerance:
            middle = first + 1 + farthest
            kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return kept
