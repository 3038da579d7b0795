"""Scores of outputs that are numbers: all of them by exact sums, errors by kept ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.classes import SEED, weighted_mean
from kreport.analyzers._evaluation.stats import Score, TargetScores
from kreport.probes.observers.predictions import Predicted
from kreport.tensors.intervals import Interval, bootstrap, of_mean
from kreport.tensors.regression_scores import TargetScores as Sums
from kreport.tensors.regression_scores import error_shape, scored

POINTS = 1000
"""Answers drawn, at most."""

BINS = 30
"""Of the histogram of errors."""

DRAWN = 5000
"""Answers that the interval of R² is drawn from, at most."""


def value_scores(found: Predicted) -> tuple[Score, ...]:
    """Return R² first where there is one, then the errors; of several targets the mean."""
    return tuple(_value_scores(found))


def _value_scores(found: Predicted) -> Iterator[Score]:
    each, answers = scored(found.scoring.sums), found.answers
    explained = [one.r2 for one in each if one.r2 is not None]
    if len(explained) == len(each):
        yield _score("R²", float(np.mean(explained)), answers, _of_r2(found), direction="higher")
    mean_absolute = float(np.mean([one.mae for one in each]))
    mean_square = float(np.mean([one.rmse**2 for one in each]))
    yield _score("MAE", mean_absolute, answers, _of_mean(found, 3, mean_absolute))
    yield _score("RMSE", float(np.sqrt(mean_square)), answers, _rooted(_of_mean(found, 4, mean_square)))


def _score(name: str, value: float, answers: int, interval: Interval | None, direction: str = "lower") -> Score:
    if interval is None:
        return Score(name=name, value=value, answers=answers, direction=direction)
    return Score(
        name=name, value=value, answers=answers, direction=direction, low=interval.low, high=interval.high,
        method=interval.method,
    )  # fmt: skip


def _of_mean(found: Predicted, column: int, value: float) -> Interval | None:
    """Return the interval of a mean error: samples are drawn where weights or positions tell them apart."""
    weight, values = found.by_sample[:, 1], found.by_sample[:, column]
    if found.weighted or found.task.per_position:
        return bootstrap(np.column_stack([weight, weight * values]), weighted_mean, seed=SEED)
    return of_mean(value, float(np.std(values, ddof=1)), found.samples) if len(values) > 1 else None


def _rooted(interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    low, high = (float(np.sqrt(max(end, 0.0))) for end in (interval.low, interval.high))
    return Interval(low=low, high=high, method=interval.method)


def _of_r2(found: Predicted) -> Interval | None:
    kept = found.scoring.rows.in_order()[:DRAWN]
    if found.task.per_position or found.task.kind == "reconstruction" or len(kept) < 3:
        return None
    width = (kept.shape[1] - 1) // 2

    def statistic(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        weight, truth, said = drawn[..., :1], drawn[..., 1 : 1 + width], drawn[..., 1 + width :]
        mean = (weight * truth).sum(1, keepdims=True) / weight.sum(1, keepdims=True)
        left, whole = (weight * (truth - said) ** 2).sum(1), (weight * (truth - mean) ** 2).sum(1)
        ratio = np.divide(left, whole, out=np.full(left.shape, np.nan), where=whole > 0)
        return np.asarray((1 - ratio).mean(1))

    return bootstrap(kept, statistic, seed=SEED)


def targets(found: Predicted, names: Sequence[str]) -> tuple[TargetScores, ...]:
    """Return what is known of each target."""
    kept = found.scoring.rows.in_order()
    width = (kept.shape[1] - 1) // 2
    return tuple(
        _target(one, names[index] if index < len(names) else "", kept[:, [1 + index, 1 + width + index]])
        if index < width
        else _target(one, names[index] if index < len(names) else "", np.zeros((0, 2)))
        for index, one in enumerate(scored(found.scoring.sums))
    )


def _target(one: Sums, name: str, kept: NDArray[np.float64]) -> TargetScores:
    truth, said = kept.T
    shape = error_shape(truth, said)
    counts, edges = np.histogram(said - truth, BINS) if len(kept) else (np.zeros(0), np.zeros(0))
    return TargetScores(
        name=name, mae=one.mae, rmse=one.rmse, bias=one.bias, most=one.largest, r2=one.r2,
        quantiles=() if shape is None else shape.quantiles, truth=truth[:POINTS], predicted=said[:POINTS],
        edges=edges.astype(np.float64), counts=counts.astype(np.float64),
        trend=None if shape is None else shape.pearson,
    )  # fmt: skip
