"""Scores of outputs that are numbers: all of them by exact sums, errors by kept ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.explained import r2, squares
from kreport.analyzers._evaluation.spread import SEED, of_all, of_values, score
from kreport.analyzers._evaluation.stats import Score, TargetScores
from kreport.probes.observers.predictions import FIRST, SECOND, Predicted
from kreport.tensors.intervals import Interval, bootstrap
from kreport.tensors.regression_scores import TargetScores as Sums
from kreport.tensors.regression_scores import error_shape, scored

TARGETS = 3
"""Targets that are drawn, at most: those of which least is explained."""

POINTS = 1000
"""Answers drawn, at most."""

BINS = 30
"""Of the histogram of errors."""

NARROWEST = 1e-9
"""Range of the errors, as a share of the largest, below which they are taken as equal."""

FEWEST = 3
"""Answers from which R² has an interval."""


def value_scores(found: Predicted) -> tuple[Score, ...]:
    """Return R² first where there is one, then the errors; of several targets the mean."""
    return tuple(_value_scores(found))


def _value_scores(found: Predicted) -> Iterator[Score]:
    each, answers = scored(found.scoring.sums), found.answers
    explained = [one.r2 for one in each if one.r2 is not None]
    if len(explained) == len(each):
        value = float(np.mean(explained))
        yield score("R²", value, answers, _of_r2(found, value))
    mean_absolute = float(np.mean([one.mae for one in each]))
    mean_square = float(np.mean([one.rmse**2 for one in each]))
    yield score("MAE", mean_absolute, answers, of_values(found, FIRST, mean_absolute), direction="lower")
    root = _rooted(of_values(found, SECOND, mean_square))
    yield score("RMSE", float(np.sqrt(mean_square)), answers, root, direction="lower")


def _rooted(interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    low, high = (float(np.sqrt(max(end, 0.0))) for end in (interval.low, interval.high))
    return Interval(low=low, high=high, method=interval.method)


def _of_r2(found: Predicted, value: float) -> Interval | None:
    kept, number = found.scoring.rows.in_order(), found.task.classes
    if found.task.per_position or len(kept) < FEWEST or kept.shape[1] != 1 + 2 * number:
        return None
    rows = squares(kept[:, 1 : 1 + number], kept[:, 1 + number :], weight=kept[:, 0])
    return of_all(bootstrap(rows, lambda means: r2(means, number), seed=SEED), value, len(kept), found.answers)


def targets(found: Predicted, names: Sequence[str], *, points: bool) -> tuple[TargetScores, ...]:
    """Return what is known of each target; of those that are drawn a histogram, and points where these may stand."""
    kept, each = found.scoring.rows.in_order(), scored(found.scoring.sums)
    width = (kept.shape[1] - 1) // 2
    drawn = sorted(range(min(width, len(each))), key=lambda index: _explained(each[index]))[:TARGETS]
    return tuple(
        _target(
            one, names[index] if index < len(names) else "",
            kept[:, [1 + index, 1 + width + index]] if index < width else np.zeros((0, 2)), drawn=index in drawn,
            points=points,
        )
        for index, one in enumerate(each)
    )  # fmt: skip


def _explained(one: Sums) -> float:
    return np.inf if one.r2 is None else one.r2


def _target(one: Sums, name: str, kept: NDArray[np.float64], *, drawn: bool, points: bool) -> TargetScores:
    truth, said = kept.T
    shape = error_shape(truth, said)
    drawn = drawn and len(kept) > 0
    counts, edges = _histogram(said - truth) if drawn else (np.zeros(0), np.zeros(0))
    most = POINTS if drawn and points else 0
    return TargetScores(
        name=name, mae=one.mae, rmse=one.rmse, bias=one.bias, most=one.largest, r2=one.r2,
        quantiles=() if shape is None else shape.quantiles, truth=truth[:most], predicted=said[:most],
        edges=edges, counts=counts,
        trend=None if shape is None else shape.pearson,
    )  # fmt: skip


def _histogram(errors: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return counts and edges; errors that are equal but for rounding lie in the middle."""
    low, high = float(errors.min()), float(errors.max())
    if high - low < NARROWEST * max(abs(low), abs(high)):
        low, high = low - abs(low) / 2, high + abs(high) / 2
    counts, edges = np.histogram(errors, BINS, (low, high))
    return counts.astype(np.float64), edges.astype(np.float64)
