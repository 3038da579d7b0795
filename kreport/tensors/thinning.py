"""Long curves with fewer points: the least and the greatest value of every stretch stay, so the picture does too."""

from __future__ import annotations

from itertools import pairwise

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
