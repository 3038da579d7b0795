"""Statistics of columns that come batch by batch, missing values apart: mergeable, in float64, of fixed size."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.cumulative import Binned, FineCounts
from kreport.tensors.streaming import BITS

_MIX, _STEP = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x9E3779B97F4A7C15)


@dataclass(kw_only=True, eq=False)
class Columns:
    """Columns of a table, channels of an image: values are rows × columns.

    Attributes (each of shape ``(columns,)``):
        count, missing, infinite, zeros: values that are numbers, NaN, ±∞, exactly 0; int64.
        mean, centred: of the finite ones, float64; ``centred`` is the sum of squares about the mean.
        low, high: least and greatest.
        digest: hash over all values and their rows, uint64: equal for columns that are equal.
        fine: a histogram of each.
    """

    width: int
    count: NDArray[np.int64] = field(init=False)
    missing: NDArray[np.int64] = field(init=False)
    infinite: NDArray[np.int64] = field(init=False)
    zeros: NDArray[np.int64] = field(init=False)
    mean: NDArray[np.float64] = field(init=False)
    centred: NDArray[np.float64] = field(init=False)
    low: NDArray[np.float64] = field(init=False)
    high: NDArray[np.float64] = field(init=False)
    digest: NDArray[np.uint64] = field(init=False)
    fine: list[FineCounts] = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing seen."""
        for name in ("count", "missing", "infinite", "zeros"):
            setattr(self, name, np.zeros(self.width, np.int64))
        self.mean, self.centred = np.zeros(self.width), np.zeros(self.width)
        self.low, self.high = np.full(self.width, np.inf), np.full(self.width, -np.inf)
        self.digest = np.zeros(self.width, np.uint64)
        self.fine = [FineCounts(BITS) for _ in range(self.width)]

    def add(self, values: NDArray[np.float64], first_row: int) -> None:
        """Take in rows × columns; ``first_row`` is the index of the first."""
        other = Columns(width=self.width)
        nan, infinite = np.isnan(values), np.isinf(values)
        finite = ~(nan | infinite)
        other.missing, other.infinite = nan.sum(0), infinite.sum(0)
        other.count, other.zeros = finite.sum(0), (values == 0).sum(0)
        kept = np.where(finite, values, 0.0)
        known = np.maximum(other.count, 1)
        other.mean = kept.sum(0) / known
        other.centred = (np.where(finite, values - other.mean, 0.0) ** 2).sum(0)
        other.low = np.where(finite, values, np.inf).min(0, initial=np.inf)
        other.high = np.where(finite, values, -np.inf).max(0, initial=-np.inf)
        rows = (np.arange(len(values), dtype=np.uint64) + np.uint64(first_row)) * _STEP
        mixed = (np.ascontiguousarray(values).view(np.uint64) ^ rows[:, None]) * _MIX
        other.digest = (mixed ^ (mixed >> np.uint64(31))).sum(0, dtype=np.uint64)
        for column, fine in enumerate(other.fine):
            fine.add(values[finite[:, column], column])
        self.merge(other)

    def merge(self, other: Columns) -> None:
        """Take in what was seen of other rows."""
        total = self.count + other.count
        known = np.maximum(total, 1)
        delta = np.where(other.count > 0, other.mean - self.mean, 0.0)
        delta = np.where(self.count > 0, delta, 0.0)
        self.centred = self.centred + other.centred + delta**2 * self.count * other.count / known
        start = np.where(self.count > 0, self.mean, other.mean)
        self.mean = start + delta * other.count / known
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        self.count = total
        self.missing, self.infinite = self.missing + other.missing, self.infinite + other.infinite
        self.zeros, self.digest = self.zeros + other.zeros, self.digest + other.digest
        for mine, theirs in zip(self.fine, other.fine, strict=True):
            mine.counts += theirs.counts

    @property
    def std(self) -> NDArray[np.float64]:
        """Population standard deviation of each column's finite values."""
        return np.sqrt(np.maximum(self.centred, 0.0) / np.maximum(self.count, 1))

    def cumulative(self, column: int) -> Binned | None:
        """Return the distribution function of a column; None without a finite value."""
        if not self.count[column]:
            return None
        return self.fine[column].cumulative(float(self.low[column]), float(self.high[column]))


def distance(one: Binned, other: Binned) -> float:
    """Return the Kolmogorov-Smirnov distance between two distribution functions, at the edges of their bins."""
    edges = np.union1d(one.edges, other.edges)
    ours = np.interp(edges, one.edges, one.share, left=0.0, right=1.0)
    theirs = np.interp(edges, other.edges, other.share, left=0.0, right=1.0)
    return float(np.abs(ours - theirs).max())
