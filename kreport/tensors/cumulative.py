"""The empirical distribution function: exact for small arrays, from logarithmic bins for large ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXACT_LIMIT = 1 << 16
"""Up to this size an array is sorted; above it quantiles come from the fine bins."""

POINTS = 4096
"""Points at which distribution functions are compared; a distance is then known to 1/4096."""

_CODES = 1 << 16  # the upper 16 bits of a float32: sign, exponent, 7 bits of mantissa
_FIRST_INFINITE = 0x7F80


Theory = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""A continuous distribution function."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ordered:
    """All values of a small array, sorted."""

    values: NDArray[Any]

    def quantiles(self, levels: Sequence[float]) -> tuple[float, ...]:
        """Return NumPy's ``linear`` quantiles."""
        return tuple(self._quantile(level) for level in levels)

    def _quantile(self, level: float) -> float:
        rank, rest = divmod(level * (self.values.size - 1), 1)
        low, high = self.values[int(rank)].item(), self.values[min(int(rank) + 1, self.values.size - 1)].item()
        return float(low if low == high else low + rest * (high - low))

    def distance(self, theory: Theory) -> float:
        """Return the Kolmogorov-Smirnov distance, the largest gap to a continuous distribution function."""
        size = self.values.size
        points = self.values[np.linspace(0, size - 1, min(POINTS, size)).astype(np.intp)]
        expected = theory(points.astype(np.float64))
        below = np.searchsorted(self.values, points, "left") / size
        upto = np.searchsorted(self.values, points, "right") / size
        return float(max((upto - expected).max(), (expected - below).max(), 0.0))

    def distance_to_constant(self, value: float) -> float:
        """Return the distance to the distribution that is ``value`` always: the larger share on one side of it."""
        below, upto = (np.searchsorted(self.values, value, side) / self.values.size for side in ("left", "right"))
        return float(max(below, 1 - upto))


@dataclass(frozen=True, kw_only=True, eq=False)
class Binned:
    """The edges of the occupied fine bins, ascending, and the share of values up to each; float64, one axis."""

    edges: NDArray[np.float64]
    share: NDArray[np.float64]

    def quantiles(self, levels: Sequence[float]) -> tuple[float, ...]:
        """Return the quantiles; between two edges the values are taken as evenly spread."""
        return tuple(float(q) for q in np.interp(levels, self.share, self.edges))

    def distance(self, theory: Theory) -> float:
        """Return the Kolmogorov-Smirnov distance at the edges."""
        return float(np.abs(self.share - theory(self.edges)).max())

    def distance_to_constant(self, value: float) -> float:
        """Return the larger share of values on one side of the bin that holds ``value``."""
        if not self.edges[0] <= value <= self.edges[-1]:
            return 1.0
        at = min(int(np.searchsorted(self.edges, value, "right")) - 1, self.edges.size - 2)
        return float(max(self.share[at], 1 - self.share[at + 1]))


Cumulative = Ordered | Binned


class FineCounts:
    """Counts by the upper 16 bits of the float32: signed bins whose width is at most 1/128 of their value."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.counts = np.zeros(_CODES, np.int64)

    def add(self, values: NDArray[Any]) -> None:
        """Count finite values; what lies beyond float32 counts as its largest value."""
        if values.dtype != np.float32:
            largest = np.finfo(np.float32).max
            values = np.clip(values, -largest, largest).astype(np.float32)
        codes = np.ascontiguousarray(values).view(np.uint32) >> np.uint32(16)
        self.counts += np.bincount(codes.astype(np.intp), minlength=_CODES)

    def cumulative(self, low: float, high: float) -> Binned:
        """Return the distribution function at the edges of the occupied bins, from ``low`` to ``high``."""
        positive = np.arange(_FIRST_INFINITE)
        order = np.concatenate((positive[::-1] + (_CODES >> 1), positive))
        edges = _edges()
        occupied = np.flatnonzero(self.counts[order])
        first, last = occupied[0], occupied[-1] + 1
        counts = self.counts[order[first:last]]
        share = np.concatenate(([0.0], np.cumsum(counts) / counts.sum()))
        values = np.clip(edges[first : last + 1], low, high)
        return Binned(edges=values, share=share)


def _edges() -> NDArray[np.float64]:
    """Return the edges of all bins from the lowest to the highest value, float64 of shape ``(65281,)``."""
    codes = np.arange(_FIRST_INFINITE, dtype=np.uint32) << np.uint32(16)
    magnitudes = codes.view(np.float32).astype(np.float64)
    end = math.ldexp(1.0, 128)
    return np.concatenate(([-end], -magnitudes[:0:-1], magnitudes, [end]))
