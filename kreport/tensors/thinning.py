"""Fewer of many: points of long curves, whose least and greatest values stay, and items picked evenly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
    kept = {0, count - 1}
    for start, end in pairwise(edges.tolist()):
        kept |= {start + int(np.argmin(ranked[start:end])), start + int(np.argmax(ranked[start:end]))}
    return np.array(sorted(kept), np.int64)


def spread(items: Sequence[Any], most: int) -> list[Any]:
    """Return at most ``most`` of the items, evenly, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    places = [len(items) - 1] if most == 1 else np.linspace(0, len(items) - 1, most).round().astype(int).tolist()
    return [items[place] for place in places]
