"""Statistics of columns that come batch by batch, missing values apart: mergeable, in float64, of fixed size."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.cumulative import Binned, FineCounts
from kreport.tensors.streaming import BITS

VALUES = 1 << 19
"""Values looked at in one go, so that what is needed beside the batch stays at a few megabytes."""

_MIX, _STEP = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x9E3779B97F4A7C15)
_BINS = 1 << BITS


@dataclass(kw_only=True, eq=False)
class Columns:
    """Columns of a table, channels of an image: values are rows × columns.

    Attributes:
        width: number of columns; the arrays below have the shape ``(width,)``.
        drawn: which columns have a histogram, ascending.
        count, missing, infinite, zeros: values that are numbers, NaN, ±∞, exactly 0; int64.
        mean, centred: of the finite ones, float64; ``centred`` is the sum of squares about the mean.
        low, high: least and greatest.
        digest: hash over all values and their rows, uint64: equal for columns that are equal.
        bins: counts of the drawn columns by the upper bits of the float32, int64 of shape ``(len(drawn), 2 ** 13)``.
    """

    width: int
    most_drawn: int = 256
    drawn: NDArray[np.intp] = field(init=False)
    count: NDArray[np.int64] = field(init=False)
    missing: NDArray[np.int64] = field(init=False)
    infinite: NDArray[np.int64] = field(init=False)
    zeros: NDArray[np.int64] = field(init=False)
    mean: NDArray[np.float64] = field(init=False)
    centred: NDArray[np.float64] = field(init=False)
    low: NDArray[np.float64] = field(init=False)
    high: NDArray[np.float64] = field(init=False)
    digest: NDArray[np.uint64] = field(init=False)
    bins: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing seen."""
        number = min(self.width, self.most_drawn)
        self.drawn = np.unique(np.linspace(0, max(self.width - 1, 0), number).round().astype(np.intp))
        for name in ("count", "missing", "infinite", "zeros"):
            setattr(self, name, np.zeros(self.width, np.int64))
        self.mean, self.centred = np.zeros(self.width), np.zeros(self.width)
        self.low, self.high = np.full(self.width, np.inf), np.full(self.width, -np.inf)
        self.digest = np.zeros(self.width, np.uint64)
        self.bins = np.zeros((len(self.drawn), _BINS), np.int64)

    def add(self, values: NDArray[Any], first_row: int = 0) -> None:
        """Take in rows × columns of numbers; ``first_row`` is the index of the first."""
        step = max(1, VALUES // max(self.width, 1))
        for start in range(0, len(values), step):
            self._add(np.ascontiguousarray(values[start : start + step]), first_row + start)

    def _add(self, values: NDArray[Any], first_row: int) -> None:
        finite = None if values.dtype.kind in "iub" else np.isfinite(values)
        kept = values.astype(np.float64)
        if finite is None or finite.all():
            count = np.full(self.width, len(values), np.int64)
            low, high = kept.min(0, initial=np.inf), kept.max(0, initial=-np.inf)
            mean = kept.mean(0) if len(kept) else np.zeros(self.width)
            centred = ((kept - mean) ** 2).sum(0)
            finite = None
        else:
            self.missing += np.isnan(values).sum(0)
            self.infinite += np.isinf(values).sum(0)
            count = finite.sum(0, dtype=np.int64)
            low = np.where(finite, kept, np.inf).min(0, initial=np.inf)
            high = np.where(finite, kept, -np.inf).max(0, initial=-np.inf)
            mean = np.where(finite, kept, 0.0).sum(0) / np.maximum(count, 1)
            centred = (np.where(finite, kept - mean, 0.0) ** 2).sum(0)
        self.zeros += (values == 0).sum(0)
        self._take_in(count, mean, centred, low, high)
        if self.width > 1:
            self.digest += _hashed(kept, first_row)
        self._count(kept, finite)

    def _take_in(
        self, count: NDArray[np.int64], mean: Any, centred: Any, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> None:
        """Merge moments as Chan et al. (1983) do."""
        total = self.count + count
        delta = np.where((count > 0) & (self.count > 0), mean - self.mean, 0.0)
        share = count / np.maximum(total, 1)
        self.centred = self.centred + centred + delta**2 * self.count * share
        self.mean = np.where(self.count > 0, self.mean, mean) + delta * share
        self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)
        self.count = total

    def _count(self, kept: NDArray[np.float64], finite: NDArray[np.bool_] | None) -> None:
        drawn = kept if len(self.drawn) == self.width else kept[:, self.drawn]
        if finite is None and drawn.size < self.bins.size // 8:  # few rows of many columns
            np.add.at(self.bins, (np.broadcast_to(np.arange(len(self.drawn)), drawn.shape), _codes(drawn)), 1)
            return
        for place, column in enumerate(self.drawn):
            known = kept[:, column] if finite is None else kept[finite[:, column], column]
            self.bins[place] += np.bincount(_codes(known), minlength=_BINS)

    def merge(self, other: Columns) -> None:
        """Take in what was seen of other rows."""
        self._take_in(other.count, other.mean, other.centred, other.low, other.high)
        self.missing, self.infinite = self.missing + other.missing, self.infinite + other.infinite
        self.zeros, self.digest = self.zeros + other.zeros, self.digest + other.digest
        self.bins = self.bins + other.bins

    @property
    def std(self) -> NDArray[np.float64]:
        """Population standard deviation of each column's finite values."""
        return np.sqrt(np.maximum(self.centred, 0.0) / np.maximum(self.count, 1))

    def place(self, column: int) -> int | None:
        """Return where the histogram of a column is; None without one."""
        at = int(np.searchsorted(self.drawn, column))
        return at if at < len(self.drawn) and self.drawn[at] == column else None

    def cumulative(self, column: int) -> Binned | None:
        """Return the distribution function of a column; None without a histogram or a finite value."""
        at = self.place(column)
        if at is None or not self.count[column]:
            return None
        fine = FineCounts(BITS)
        fine.counts = self.bins[at]
        return fine.cumulative(float(self.low[column]), float(self.high[column]))

    def distance(self, column: int, other: Columns) -> float | None:
        """Return the Kolmogorov-Smirnov distance of a column to the same one of other data, in [0, 1].

        It is taken at the edges of the bins, which are 1/16 of their value wide: never more than the exact one, and
        less by at most the share of values in one bin. None where either has no histogram or no finite value.
        """
        ours, theirs = self.place(column), other.place(column)
        if ours is None or theirs is None or not self.count[column] or not other.count[column]:
            return None
        shares = [np.cumsum(bins[_ASCENDING]) / bins.sum() for bins in (self.bins[ours], other.bins[theirs])]
        return float(np.abs(shares[0] - shares[1]).max())


def _hashed(kept: NDArray[np.float64], first_row: int) -> NDArray[np.uint64]:
    rows = (np.arange(len(kept), dtype=np.uint64) + np.uint64(first_row)) * _STEP
    mixed = ((kept + 0.0).view(np.uint64) ^ rows[:, None]) * _MIX  # -0.0 becomes 0.0
    return np.asarray((mixed ^ (mixed >> np.uint64(31))).sum(0, dtype=np.uint64))


def _codes(values: NDArray[np.float64]) -> NDArray[np.intp]:
    largest = np.finfo(np.float32).max
    narrow = np.clip(values, -largest, largest).astype(np.float32)
    return (np.ascontiguousarray(narrow).view(np.uint32) >> np.uint32(32 - BITS)).astype(np.intp)


def _ascending() -> NDArray[np.intp]:
    """Return the codes of all finite bins, from the lowest value to the highest."""
    positive = np.arange(0x7F80 >> (16 - BITS))
    return np.concatenate((positive[::-1] + (_BINS >> 1), positive))


_ASCENDING = _ascending()
