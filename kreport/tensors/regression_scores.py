"""How far predicted numbers are from their labels: sums that merge, and what single rows tell about the errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = (0.5, 0.9, 0.95, 0.99)
"""The quantiles of absolute errors."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorSums:
    """Exact sums over rows, in float64, of each target; an error is the prediction minus the label.

    All arrays have the shape ``(targets,)``.

    Attributes:
        count: number of rows, or the sum of their weights.
        mean, centred: of the labels: their mean, and the sum of squares about it.
        error, absolute, square: sums of the errors, of their absolute values and of their squares.
        largest: the largest absolute error.
    """

    count: float
    mean: NDArray[np.float64]
    centred: NDArray[np.float64]
    error: NDArray[np.float64]
    absolute: NDArray[np.float64]
    square: NDArray[np.float64]
    largest: NDArray[np.float64]

    @classmethod
    def of(cls, labels: NDArray[Any], predictions: NDArray[Any], weights: NDArray[Any] | None = None) -> ErrorSums:
        """Return the sums of some rows, at least one, both of shape ``(n, targets)`` and finite.

        ``weights`` of shape ``(n,)`` are ≥ 0 and not all 0; each row counts 1 by default.
        """
        y, error = labels.astype(np.float64), predictions.astype(np.float64) - labels
        heavy = np.ones(len(y)) if weights is None else weights.astype(np.float64)
        count = float(heavy.sum())
        # About the first row: where all labels are equal, so is their mean, to the bit.
        shift = y - y[0]
        mean = heavy @ shift / count
        size = np.abs(error)
        return cls(
            count=count, mean=y[0] + mean, centred=heavy @ np.square(shift - mean), error=heavy @ error,
            absolute=heavy @ size, square=heavy @ np.square(error), largest=size.max(0),
        )  # fmt: skip

    def merged(self, other: ErrorSums) -> ErrorSums:
        """Return the sums of the rows of both; moments merge as Chan et al. (1983) do."""
        count, delta = self.count + other.count, other.mean - self.mean
        share = other.count / count
        return ErrorSums(
            count=count, mean=self.mean + delta * share,
            centred=self.centred + other.centred + delta**2 * self.count * share,
            error=self.error + other.error, absolute=self.absolute + other.absolute,
            square=self.square + other.square, largest=np.maximum(self.largest, other.largest),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TargetScores:
    """The scores of one target, in its unit.

    Attributes:
        count: number of rows, or the sum of their weights.
        mae, rmse: mean absolute error, root of the mean squared error.
        bias: mean error: above 0 where predictions are too high.
        r2: share of the labels' variance that is explained, as scikit-learn has it; None where they are constant.
        largest: the largest absolute error.
    """

    count: float
    mae: float
    rmse: float
    bias: float
    r2: float | None
    largest: float


@dataclass(frozen=True, kw_only=True)
class ErrorShape:
    """How the errors of one target are distributed.

    Attributes:
        quantiles: of the absolute error at :data:`LEVELS`, in its unit.
        pearson, spearman: correlation of the error with the prediction, of values and of ranks: away from 0 where
            large values are predicted too high (above) or too low (below). None where either is constant.
    """

    quantiles: tuple[float, ...]
    pearson: float | None
    spearman: float | None


def scored(sums: ErrorSums) -> tuple[TargetScores, ...]:
    """Return the scores of each target."""
    columns = zip(
        sums.centred.tolist(), sums.error.tolist(), sums.absolute.tolist(), sums.square.tolist(), sums.largest.tolist(),
        strict=True,
    )  # fmt: skip
    return tuple(
        TargetScores(
            count=sums.count, mae=absolute / sums.count, rmse=math.sqrt(square / sums.count), bias=error / sums.count,
            r2=1 - square / centred if centred > 0 else None, largest=largest,
        )
        for centred, error, absolute, square, largest in columns
    )  # fmt: skip


def error_shape(labels: NDArray[Any], predictions: NDArray[Any]) -> ErrorShape | None:
    """Return quantiles (NumPy's ``linear`` ones) and correlations of one target's errors; None without rows.

    Args:
        labels: finite numbers, ``(n,)``.
        predictions: the same.
    """
    if not len(labels):
        return None
    predicted = predictions.astype(np.float64)
    error = predicted - labels
    return ErrorShape(
        quantiles=tuple(np.quantile(np.abs(error), LEVELS).tolist()),
        pearson=_correlation(error, predicted), spearman=_correlation(_ranks(error), _ranks(predicted)),
    )  # fmt: skip


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return Pearson's correlation; None where one of both is constant."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    x, y = one - one.mean(), other - other.mean()
    x, y = x / np.abs(x).max(), y / np.abs(y).max()  # squares of any size
    return min(max(float(x @ y) / math.sqrt(float(x @ x) * float(y @ y)), -1.0), 1.0)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each value from 1 up; equal ones have the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
