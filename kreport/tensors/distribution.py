"""How the values of an array are distributed: exact moments and counts, quantiles, a histogram."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.cumulative import EXACT_LIMIT, Cumulative, FineCounts, Ordered
from kreport.tensors.pieces import pieces

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""The quantiles of every distribution."""

CANCELLATION = 1e-6
"""Below this share of variance in the mean square, squares are summed about the piece's own mean."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Distribution:
    """The values of one array. Moments, extremes, quantiles and histogram are over the finite ones.

    Attributes:
        size: number of values.
        nan, inf: how many are NaN, how many infinite.
        zeros: how many are exactly 0.
        mean, std: population moments, accumulated in float64; None without a finite value.
        low, high: smallest and largest.
        norm: L2 norm.
        quantiles: at :data:`LEVELS`.
        exact: whether the quantiles are NumPy's own (``linear``); else they are read from 65,536
            bins as wide as 1/128 of their value, and are within 0.8 % of it.
        histogram: counts in equal bins from ``low`` to ``high``, int64; the middle bin when all are equal.
    """

    size: int
    nan: int
    inf: int
    zeros: int
    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    norm: float | None
    quantiles: tuple[float, ...]
    exact: bool
    histogram: NDArray[np.int64]

    @property
    def finite(self) -> int:
        """How many values are finite."""
        return self.size - self.nan - self.inf


@dataclass
class _Moments:
    """Running count, mean and centred squares, merged as Chan, Golub and LeVeque (1983) do."""

    count: int = 0
    mean: float = 0.0
    centred: float = 0.0
    square: float = 0.0

    def add(self, values: NDArray[Any]) -> None:
        wide = values.astype(np.float64)
        count, mean = wide.size, float(wide.sum()) / wide.size
        square = _squares(wide)
        centred = square - count * mean * mean
        if not centred > CANCELLATION * square:
            wide -= mean
            centred = _squares(wide)
        total = self.count + count
        delta = mean - self.mean
        self.centred += centred + delta * delta * self.count * count / total
        self.mean += delta * count / total
        self.square += square
        self.count = total


def _squares(values: NDArray[np.float64]) -> float:
    # Not np.dot: on a busy machine BLAS threads wait for one another longer than the sum takes.
    return float(np.einsum("i,i->", values, values))


def distribution(array: NDArray[Any], *, bins: int = 42) -> tuple[Distribution, Cumulative | None]:
    """Return the distribution of a numeric array of any shape, and its cumulative form (None if nothing is finite).

    Two passes over pieces of 1 MiB: moments, extremes and counts first, the histogram second.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # float64 beyond 1e150: the norm is infinite then
        return _distribution(array, bins)


def _distribution(array: NDArray[Any], bins: int) -> tuple[Distribution, Cumulative | None]:
    exact = array.size <= EXACT_LIMIT
    tally = _Tally(exact=exact)
    for piece in pieces(array):
        tally.add(piece)
    moments, low, high = tally.moments, tally.low, tally.high
    if not moments.count:
        return _empty(array.size, tally.nan, tally.inf), None
    cumulative = tally.cumulative()
    return Distribution(
        size=array.size, nan=tally.nan, inf=tally.inf, zeros=tally.zeros, mean=moments.mean,
        std=math.sqrt(max(0.0, moments.centred) / moments.count), low=low, high=high, norm=math.sqrt(moments.square),
        quantiles=cumulative.quantiles(LEVELS), exact=exact, histogram=_histogram(array, low, high, bins),
    ), cumulative  # fmt: skip


class _Tally:
    """Everything but the histogram, which needs the extremes first."""

    def __init__(self, *, exact: bool) -> None:
        self.moments = _Moments()
        self.nan = self.inf = self.zeros = 0
        self.low, self.high = math.inf, -math.inf
        self._all: list[NDArray[Any]] = []
        self._fine = None if exact else FineCounts()

    def add(self, values: NDArray[Any]) -> None:
        low, high = float(values.min()), float(values.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            nan, finite = int(np.isnan(values).sum()), np.isfinite(values)
            self.nan += nan
            self.inf += values.size - int(finite.sum()) - nan
            values = values[finite]
            if not values.size:
                return
            low, high = float(values.min()), float(values.max())
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.zeros += values.size - int(np.count_nonzero(values))
        self.moments.add(values)
        if self._fine is None:
            self._all.append(values)
        else:
            self._fine.add(values)

    def cumulative(self) -> Cumulative:
        if self._fine is None:
            return Ordered(values=np.sort(np.concatenate(self._all)))
        return self._fine.cumulative(self.low, self.high)


def _empty(size: int, nan: int, inf: int) -> Distribution:
    nothing = np.zeros(0, np.int64)
    return Distribution(
        size=size, nan=nan, inf=inf, zeros=0, mean=None, std=None, low=None, high=None, norm=None,
        quantiles=(), exact=True, histogram=nothing,
    )  # fmt: skip


def _histogram(array: NDArray[Any], low: float, high: float, bins: int) -> NDArray[np.int64]:
    """Count finite values in equal bins by ``bincount``; a value on an inner edge may fall to either side."""
    counts = np.zeros(bins, np.int64)
    scale = bins / (high - low) if high > low else math.inf
    if not 0 < scale < math.inf:  # all equal, or a range beyond float64
        counts[bins // 2] = sum(int(np.isfinite(piece).sum()) for piece in pieces(array))
        return counts
    for piece in pieces(array):
        finite = piece if math.isfinite(piece.min()) and math.isfinite(piece.max()) else piece[np.isfinite(piece)]
        position = finite.astype(np.float64)
        position -= low
        position *= scale
        index = position.astype(np.intp)
        counts += np.bincount(np.minimum(index, bins - 1, out=index), minlength=bins)
    return counts
