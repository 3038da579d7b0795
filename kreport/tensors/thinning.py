"""Fewer of many: points of long curves, whose least and greatest values stay, and items picked evenly."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRETCHES = 1000
"""Of the x axis, in each of which only the extremes of a curve are looked at: about a pixel wide."""

FLAT = 1e-4
"""Of the axes' length: points nearer to the line between their neighbours are not seen, nor missed."""


def thinned(values: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    """Return the rows to keep: first, last, and the least and greatest value of each stretch; all if they fit.

    Args:
        values: float64 ``(n,)``; NaN counts as the greatest, so one in each stretch that has any stays.
        points: kept at most, ≥ 4.
    """
    count = len(values)
    if count <= points:
        return np.arange(count)
    ranked = np.where(np.isnan(values), np.inf, values)
    edges = np.linspace(0, count, (points - 2) // 2 + 1).astype(np.int64)
    return _extremes(ranked, edges.tolist())


def outlined(x: NDArray[np.float64], y: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    """Return the points to keep of a curve drawn with straight lines: those that it bends at most in.

    The point farthest from the line between kept ones is kept next (Ramer 1972; Douglas and Peucker 1973), until none
    is farther than :data:`FLAT`. Of a curve of more than :data:`STRETCHES` points only the least and the greatest of
    each stretch of x are looked at.

    Args:
        x: float64 ``(n,)``, n ≥ 1, ascending from 0 to 1 at most: in units of the axis, as drawn.
        y: float64 ``(n,)``, the same.
        points: kept at most, ≥ 2; the first and the last always.
    """
    candidates = np.arange(len(x))
    if len(x) > STRETCHES:
        edges = np.searchsorted(x, np.arange(1, STRETCHES) / STRETCHES)
        candidates = _extremes(y, np.unique([0, *edges, len(x)]).tolist())
    return candidates[_bends(x[candidates], y[candidates], points)]


def _extremes(values: NDArray[np.float64], edges: list[int]) -> NDArray[np.int64]:
    """Return the first row, the last, and those of the least and greatest value between each two edges."""
    kept = {0, len(values) - 1}
    for start, end in pairwise(edges):
        kept |= {start + int(np.argmin(values[start:end])), start + int(np.argmax(values[start:end]))}
    return np.array(sorted(kept), np.int64)


def _bends(x: NDArray[np.float64], y: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    kept = {0, len(x) - 1}
    waiting = [_farthest(x, y, 0, len(x) - 1)]
    while waiting and len(kept) < points:
        distance, at, first, last = heapq.heappop(waiting)
        if -distance <= FLAT:
            break
        kept.add(at)
        for part in ((first, at), (at, last)):
            heapq.heappush(waiting, _farthest(x, y, *part))
    return np.array(sorted(kept), np.int64)


def _farthest(x: NDArray[np.float64], y: NDArray[np.float64], first: int, last: int) -> tuple[float, int, int, int]:
    """Return minus the distance of the point farthest from the line between two, its place, and the two."""
    if last - first < 2:
        return 0.0, first, first, last
    across, up = x[first + 1 : last] - x[first], y[first + 1 : last] - y[first]
    width, height = x[last] - x[first], y[last] - y[first]
    length = float(np.hypot(width, height))
    away = np.abs(across * height - up * width) / length if length > 0 else np.hypot(across, up)
    at = int(away.argmax())
    return -float(away[at]), first + 1 + at, first, last


def spread(items: Sequence[Any], most: int) -> list[Any]:
    """Return at most ``most`` of the items, evenly, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    places = [len(items) - 1] if most == 1 else np.linspace(0, len(items) - 1, most).round().astype(int).tolist()
    return [items[place] for place in places]
