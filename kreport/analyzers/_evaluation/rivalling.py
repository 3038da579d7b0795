"""Does the network earn its keep? The same score of it and of simple models on the same samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.comparisons import Baselines, Rival
from kreport.analyzers._evaluation.explained import r2, squares
from kreport.analyzers._evaluation.spread import SEED
from kreport.analyzers._evaluation.stats import OutputEvaluation
from kreport.probes.rivals import Rivals
from kreport.tensors.baselines import Baseline
from kreport.tensors.intervals import Interval, bootstrap, of_mean, wilson

NETWORK = "this network"

FEWEST = 3
"""Samples from which R² is compared."""


def with_baselines(outputs: tuple[OutputEvaluation, ...], found: Rivals) -> tuple[OutputEvaluation, ...]:
    """Return the outputs, the one that was compared with its rivals."""
    compared = _of_classes(found) if found.task.of_classes else _of_values(found)
    return tuple(
        replace(one, baselines=compared) if place == found.place and compared is not None else one
        for place, one in enumerate(outputs)
    )


def _of_classes(found: Rivals) -> Baselines | None:
    right = found.network == found.truth

    def score(predictions: NDArray[Any]) -> tuple[float, Interval | None]:
        hits = predictions == found.truth
        return float(hits.mean()), wilson(float(hits.sum()), len(hits))

    def lead(predictions: NDArray[Any]) -> Interval | None:
        apart = right.astype(float) - (predictions == found.truth)
        return of_mean(float(apart.mean()), float(apart.std(ddof=1)), len(apart)) if len(apart) > 1 else None

    return _compared(found, "accuracy", score, lead, share=True)


def _of_values(found: Rivals) -> Baselines | None:
    truth, targets = found.truth, found.truth.shape[1]
    if len(truth) < FEWEST or not np.ptp(truth, 0).all():
        return None

    def score(predictions: NDArray[np.float64]) -> tuple[float, Interval | None]:
        rows = squares(truth, predictions)
        return float(r2(rows.mean(0)[None], targets)[0]), bootstrap(rows, lambda means: r2(means, targets), seed=SEED)

    def lead(predictions: NDArray[np.float64]) -> Interval | None:
        rows = squares(truth, found.network, predictions)
        return bootstrap(rows, lambda means: r2(means, targets) - r2(means, targets, 1), seed=SEED)

    return _compared(found, "R²", score, lead, share=False)


def _compared(
    found: Rivals, name: str, score: Callable[[NDArray[Any]], tuple[float, Interval | None]],
    lead: Callable[[NDArray[Any]], Interval | None], *, share: bool,
) -> Baselines | None:  # fmt: skip
    if not len(found.truth):
        return None
    rivals = [_rival(NETWORK, "", *score(found.network))]
    best: tuple[float, Baseline] | None = None
    for one in found.baselines:
        how = one.how + (f", {one.inputs}" if one.inputs else "")
        if one.predictions is None:
            rivals.append(Rival(name=one.name, how=f"not fitted: {one.missing}", value=None))
            continue
        value, interval = score(one.predictions)
        rivals.append(_rival(one.name, how, value, interval))
        best = (value, one) if best is None or value > best[0] else best
    ahead = None if best is None or best[1].predictions is None else lead(best[1].predictions)
    return Baselines(
        score=name, share=share, samples=len(found.truth), rivals=tuple(rivals),
        ahead=None if ahead is None else (ahead.low, ahead.high),
    )  # fmt: skip


def _rival(name: str, how: str, value: float, interval: Interval | None) -> Rival:
    if interval is None:
        return Rival(name=name, how=how, value=value)
    return Rival(name=name, how=how, value=value, low=interval.low, high=interval.high)
