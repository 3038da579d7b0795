"""Statistics of values that come batch by batch: mergeable, in float64, of a size that does not grow."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.cumulative import Binned, FineCounts

BITS = 13
"""Of the histogram's codes: sign, exponent, 4 bits of mantissa, so that a bin is at most 1/16 of its value wide."""


@dataclass(kw_only=True, eq=False)
class UnitMoments:
    """Count, mean, centred squares, least and greatest value of each unit, merged as Chan et al. (1983) do.

    All arrays are float64 of shape ``(units,)``; ``between`` is the same sum of centred squares for the units' means
    over single samples, so that what varies within a sample (over positions) can be told from what differs between
    samples.
    """

    count: float = 0.0
    samples: float = 0.0
    mean: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    centred: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    between: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    low: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    high: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, reduced: Any) -> UnitMoments:
        """Return the moments of one batch from its sums, see :class:`kreport.probes.reductions.Sums`."""
        counts, seen, total, square, means, low, high = np.asarray(reduced.sums, np.float64)
        count, samples = (float(one[0]) if len(one) else 0.0 for one in (counts, seen))
        with np.errstate(invalid="ignore", over="ignore"):  # values that are not finite have no moments
            mean = total / count if count else np.zeros_like(total)
            centred = square - count * mean * mean
            between = means - samples * mean * mean
        return cls(count=count, samples=samples, mean=mean, centred=centred, between=between, low=low, high=high)

    def merge(self, other: UnitMoments) -> None:
        """Take in the moments of other samples."""
        if not other.count:
            return
        if not self.count:
            self.__dict__.update(other.__dict__)
            return
        total, samples = self.count + other.count, self.samples + other.samples
        with np.errstate(invalid="ignore", over="ignore"):
            delta = other.mean - self.mean
            self.centred = self.centred + other.centred + delta * delta * self.count * other.count / total
            self.between = self.between + other.between + delta * delta * self.samples * other.samples / samples
            self.mean = self.mean + delta * other.count / total
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        self.count, self.samples = total, samples

    @property
    def std(self) -> NDArray[np.float64]:
        """Population standard deviation of each unit."""
        return np.sqrt(np.maximum(self.centred, 0.0) / max(self.count, 1.0))

    @property
    def between_std(self) -> NDArray[np.float64]:
        """Standard deviation of each unit's mean over single samples: 0 when every sample looks the same to it."""
        return np.sqrt(np.maximum(self.between, 0.0) / max(self.samples, 1.0))


@dataclass(kw_only=True, eq=False)
class Stream:
    """One tensor, batch after batch.

    Attributes:
        units: moments of each unit.
        fine: counts in signed logarithmic bins, which also count zeros, NaN and ±∞.
    """

    units: UnitMoments = field(default_factory=UnitMoments)
    fine: FineCounts = field(default_factory=lambda: FineCounts(BITS))

    def add(self, reduced: Any) -> None:
        """Take in one batch, see :class:`kreport.probes.reductions.Sums`."""
        self.units.merge(UnitMoments.of(reduced))
        self.fine.counts += reduced.bins

    def merge(self, other: Stream) -> None:
        """Take in what was seen of other samples."""
        self.units.merge(other.units)
        self.fine.counts += other.fine.counts

    @property
    def size(self) -> int:
        """Number of values."""
        return int(self.fine.counts.sum())

    @property
    def finite(self) -> bool:
        """Whether every value is a number."""
        return not (self.fine.nan or self.fine.infinite)

    @property
    def mean(self) -> float | None:
        """Mean of all values; None where some are not finite or there are none."""
        return float(self.units.mean.mean()) if self.finite and self.units.mean.size else None

    @property
    def std(self) -> float | None:
        """Population standard deviation of all values; None as for ``mean``."""
        if not self.finite or not self.units.mean.size:
            return None
        within = max(float(self.units.centred.mean()), 0.0) / max(self.units.count, 1.0)
        return math.sqrt(within + float(np.var(self.units.mean)))

    @property
    def low(self) -> float | None:
        """Least value; None as for ``mean``."""
        return float(self.units.low.min()) if self.finite and self.units.low.size else None

    @property
    def high(self) -> float | None:
        """Greatest value; None as for ``mean``."""
        return float(self.units.high.max()) if self.finite and self.units.high.size else None

    def cumulative(self) -> Binned | None:
        """Return the distribution function; None where some value is not finite or there are none."""
        if self.low is None or self.high is None:
            return None
        return self.fine.cumulative(self.low, self.high)
