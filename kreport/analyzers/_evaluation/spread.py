"""One figure with its interval, of classes or of numbers: by all answers, its spread by the samples kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.stats import Score
from kreport.probes.observers.predictions import WEIGHT, Predicted
from kreport.tensors.intervals import Interval, bootstrap, of_mean

SEED = 0
"""Of every bootstrap."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many answers there are, and how many equally heavy ones would tell as much."""

    answers: int
    effective: float


def counted(found: Predicted) -> Counted:
    """Return the numbers; the effective one is (Σw)² / Σw² (Kish 1965) of the samples kept."""
    if not found.weighted:
        return Counted(answers=found.answers, effective=float(found.answers))
    weight = found.by_sample[:, WEIGHT]
    share = float(weight.sum()) ** 2 / float(weight @ weight) / len(weight)
    return Counted(answers=found.answers, effective=found.answers * share)


def score(
    name: str, value: float, answers: int, interval: Interval | None, *, share: bool = False, direction: str = "higher"
) -> Score:  # fmt: skip
    """Return a figure over so many answers; draws that are all the same are no interval."""
    told = Score(name=name, value=value, answers=answers, share=share, direction=direction)
    if interval is None or interval.low == interval.high:
        return told
    return replace(told, low=interval.low, high=interval.high, method=interval.method)


def of_values(found: Predicted, column: int, value: float) -> Interval | None:
    """Return the interval of a mean over all answers: these vary as the kept samples do.

    Samples are drawn where weights or positions tell them apart.

    Args:
        found: of an output.
        column: of ``found.by_sample``: what the mean is of.
        value: the mean.
    """
    values = found.by_sample[:, column]
    if found.weighted or found.task.per_position:
        return of_weighted(found, values, value)
    return of_mean(value, float(np.std(values, ddof=1)), found.answers) if len(values) > 1 else None


def of_weighted(found: Predicted, values: NDArray[np.float64], value: float) -> Interval | None:
    """Return the interval of a mean over all samples by drawing from those kept, which have ``values``, by weight."""
    weight = found.by_sample[:, WEIGHT]
    drawn = bootstrap(np.column_stack([weight, weight * values]), lambda means: means[:, 1] / means[:, 0], seed=SEED)
    return of_all(drawn, value, len(values), found.samples)


def of_all(interval: Interval | None, value: float, kept: int, number: int) -> Interval | None:
    """Return the interval of a figure of so many samples from that of those kept: its length goes with 1 / √n."""
    if interval is None or kept >= number:
        return interval
    reach = (interval.high - interval.low) / 2 * math.sqrt(kept / number)
    return replace(interval, low=value - reach, high=value + reach)
