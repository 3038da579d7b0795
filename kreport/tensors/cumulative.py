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

TINY = float(np.finfo(np.float32).tiny)
"""The smallest normal float32: what is smaller falls into the bins around 0."""

POINTS = 4096
"""Points at which distribution functions are compared; a distance is then known to 1/4096."""


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
        """Return the quantiles; between two edges the values are taken as evenly spread, those around 0 are 0."""
        found = np.interp(levels, self.share, self.edges)
        return tuple(np.where(np.abs(found) < TINY, 0.0, found).tolist())

    def histogram(self, low: float, high: float, bins: int) -> NDArray[np.float64]:
        """Return the share of values in equal bins from ``low`` to ``high``, float64 of shape ``(bins,)``."""
        upto = np.interp(np.linspace(low, high, bins + 1), self.edges, self.share, left=0.0, right=1.0)
        return np.diff(upto)

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
    """Counts by the upper bits of the float32: signed bins whose width is a fixed share of their value.

    Attributes:
        bits: sign, 8 bits of exponent, the rest mantissa: 16 makes bins of 1/128 of their value, 13 of 1/16.
        counts: by the upper ``bits`` bits, int64 of shape ``(2 ** bits,)``.
    """

    def __init__(self, bits: int = 16) -> None:
        """Start with nothing counted."""
        self.bits = bits
        self.counts = np.zeros(1 << bits, np.int64)

    def add(self, values: NDArray[Any]) -> None:
        """Count finite values; what lies beyond float32 counts as its largest value."""
        if values.dtype != np.float32:
            largest = np.finfo(np.float32).max
            values = np.clip(values, -largest, largest).astype(np.float32)
        codes = np.ascontiguousarray(values).view(np.uint32) >> np.uint32(32 - self.bits)
        self.counts += np.bincount(codes.astype(np.intp), minlength=self.counts.size)

    @property
    def zeros(self) -> int:
        """Values in the bins around 0: 0 itself, and what is smaller than any normal float32."""
        return int(self.counts[0] + self.counts[self.counts.size >> 1])

    @property
    def infinite(self) -> int:
        """Values that are ±∞."""
        return int(self.counts[self._first_infinite] + self.counts[self._first_infinite + (self.counts.size >> 1)])

    @property
    def nan(self) -> int:
        """Values that are NaN."""
        half = self.counts.size >> 1
        return int(
            self.counts[self._first_infinite + 1 : half].sum() + self.counts[self._first_infinite + 1 + half :].sum()
        )

    @property
    def _first_infinite(self) -> int:
        return first_infinite(self.bits)

    def cumulative(self, low: float, high: float) -> Binned:
        """Return the distribution function at the edges of the occupied bins, from ``low`` to ``high``."""
        positive = np.arange(self._first_infinite)
        order = np.concatenate((positive[::-1] + (self.counts.size >> 1), positive))
        edges = _edges(self.bits)
        occupied = np.flatnonzero(self.counts[order])
        first, last = occupied[0], occupied[-1] + 1
        counts = self.counts[order[first:last]]
        share = np.concatenate(([0.0], np.cumsum(counts) / counts.sum()))
        values = np.clip(edges[first : last + 1], low, high)
        return Binned(edges=values, share=share)


def first_infinite(bits: int) -> int:
    """Return the code of +∞ among the upper ``bits`` bits of the float32; those after it, up to the sign, are NaN."""
    return 0x7F80 >> (16 - bits)


def _edges(bits: int) -> NDArray[np.float64]:
    """Return the edges of all bins from the lowest to the highest value, float64."""
    codes = np.arange(first_infinite(bits), dtype=np.uint32) << np.uint32(32 - bits)
    magnitudes = codes.view(np.float32).astype(np.float64)
    end = math.ldexp(1.0, 128)
    return np.concatenate(([-end], -magnitudes[:0:-1], magnitudes, [end]))
