"""Statistics of columns that come batch by batch, missing values apart: mergeable, in float64, of fixed size."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.row_sample import RowSample, distance, row_hashes

VALUES = 1 << 17
"""Values looked at in one go, so that what is needed beside the batch stays in the caches."""

_MIX = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(kw_only=True, eq=False)
class Columns:
    """Columns of a table, channels of an image: values are rows × columns.

    Attributes:
        width: number of columns; the arrays below have the shape ``(width,)``.
        count, missing, infinite, zeros: values that are numbers, NaN, ±∞, exactly 0; int64.
        mean, centred: of the finite ones, float64; ``centred`` is the sum of squares about the mean.
        low, high: least and greatest.
        digest: hash over all values and their rows, uint64: equal for columns that are equal.
        sample: a random choice of the rows, for distributions.
    """

    width: int
    most_sampled: int = 0
    count: NDArray[np.int64] = field(init=False)
    missing: NDArray[np.int64] = field(init=False)
    infinite: NDArray[np.int64] = field(init=False)
    zeros: NDArray[np.int64] = field(init=False)
    mean: NDArray[np.float64] = field(init=False)
    centred: NDArray[np.float64] = field(init=False)
    low: NDArray[np.float64] = field(init=False)
    high: NDArray[np.float64] = field(init=False)
    digest: NDArray[np.uint64] = field(init=False)
    sample: RowSample = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing seen."""
        for name in ("count", "missing", "infinite", "zeros"):
            setattr(self, name, np.zeros(self.width, np.int64))
        self.mean, self.centred = np.zeros(self.width), np.zeros(self.width)
        self.low, self.high = np.full(self.width, np.inf), np.full(self.width, -np.inf)
        self.digest = np.zeros(self.width, np.uint64)
        self.sample = RowSample(width=self.width, most=self.most_sampled)

    def add(self, values: NDArray[Any], first_row: int = 0) -> None:
        """Take in rows × columns of numbers; ``first_row`` is the index of the first."""
        step = max(1, VALUES // max(self.width, 1))
        for start in range(0, len(values), step):
            self._add(np.ascontiguousarray(values[start : start + step]), first_row + start)

    def _add(self, values: NDArray[Any], first_row: int) -> None:
        kept = values.T.astype(np.float64, order="C")  # one column behind the other: sums along it are fast
        with np.errstate(invalid="ignore", over="ignore"):
            mean = kept.mean(1)
        if np.isfinite(mean).all():  # then all values are; infinities of both signs sum up to NaN
            count = np.full(self.width, len(values), np.int64)
            centre = kept - mean[:, None]
            self._take_in(count, mean, np.einsum("ij,ij->i", centre, centre), kept.min(1), kept.max(1))
        else:
            self._add_broken(kept)
        self.zeros += len(values) - np.count_nonzero(kept, 1)
        if self.width > 1:
            self.digest += _hashed(kept, first_row)
        self.sample.add(values, first_row)

    def _add_broken(self, kept: NDArray[np.float64]) -> None:
        """Take in the moments of columns among whose values are some that are no numbers."""
        finite = np.isfinite(kept)
        self.missing += np.isnan(kept).sum(1)
        self.infinite += np.isinf(kept).sum(1)
        count = finite.sum(1, dtype=np.int64)
        mean = np.where(finite, kept, 0.0).sum(1) / np.maximum(count, 1)
        centre = np.where(finite, kept, mean[:, None]) - mean[:, None]
        low, high = np.where(finite, kept, np.inf).min(1), np.where(finite, kept, -np.inf).max(1)
        self._take_in(count, mean, (centre**2).sum(1), low, high)

    def _take_in(
        self, count: NDArray[np.int64], mean: Any, centred: Any, low: NDArray[Any], high: NDArray[Any]
    ) -> None:
        """Merge moments as Chan et al. (1983) do."""
        total = self.count + count
        delta = np.where((count > 0) & (self.count > 0), mean - self.mean, 0.0)
        share = count / np.maximum(total, 1)
        self.centred = self.centred + centred + delta**2 * self.count * share
        self.mean = np.where(self.count > 0, self.mean, mean) + delta * share
        self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)
        self.count = total

    def merge(self, other: Columns) -> None:
        """Take in what was seen of other rows."""
        self._take_in(other.count, other.mean, other.centred, other.low, other.high)
        self.missing, self.infinite = self.missing + other.missing, self.infinite + other.infinite
        self.zeros, self.digest = self.zeros + other.zeros, self.digest + other.digest
        self.sample.merge(other.sample)

    @property
    def std(self) -> NDArray[np.float64]:
        """Population standard deviation of each column's finite values."""
        return np.sqrt(np.maximum(self.centred, 0.0) / np.maximum(self.count, 1))

    def same_as(self, other: Columns) -> bool:
        """Tell whether the values of both are the same, as far as digests, moments and what was sampled tell."""
        names = ("width", "count", "missing", "infinite", "zeros", "mean", "centred", "low", "high", "digest")
        if any(not np.array_equal(getattr(self, name), getattr(other, name)) for name in names):
            return False
        self.sample.settle()
        other.sample.settle()
        return np.array_equal(self.sample.rows, other.sample.rows, equal_nan=True)

    def distance(self, column: int, other: Columns) -> float | None:
        """Return the Kolmogorov-Smirnov distance of a column to the same one of other data, in [0, 1].

        It is that of the rows in the samples: the exact one where these hold all rows. None where either has no
        finite value.
        """
        return distance(self.sample.column(column), other.sample.column(column))


def _hashed(kept: NDArray[np.float64], first_row: int) -> NDArray[np.uint64]:
    mixed = (kept + 0.0).view(np.uint64)  # -0.0 becomes 0.0
    mixed ^= row_hashes(first_row, kept.shape[1])
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed.sum(1, dtype=np.uint64))
