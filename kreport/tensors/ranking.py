"""How well scores put one class before the other: ROC and precision-recall curves and the areas under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.thinning import outlined

POINTS = 200
"""Of a curve as it is drawn."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A curve to be drawn with straight lines.

    Attributes:
        x, y: shares in [0, 1], float64 of shape ``(points,)``; x ascends.
        area: under the whole of it, before points were left out.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranking:
    """What scores tell about a class against all else.

    Attributes:
        roc: x false positive rate, y true positive rate; the area is the chance that a sample of the class has a
            higher score than one that is not of it, ties counted half (Hanley and McNeil 1982).
        precision_recall: x recall, y precision. Its area is the average precision Σ (Rₙ − Rₙ₋₁) Pₙ of scikit-learn:
            it is drawn in steps, not along lines between thresholds, which would be too good (Davis and Goadrich 2006),
            and ends at the precision of all samples.
        positive: share of the samples' weight that is of the class: the precision of scores that tell nothing.
    """

    roc: Curve
    precision_recall: Curve
    positive: float


def ranking(
    scores: NDArray[np.floating], labels: NDArray[np.bool_], weights: NDArray[np.floating] | None = None
) -> Ranking | None:
    """Return both curves; None where the samples, those without weight apart, are all of the class or all not.

    Args:
        scores: higher for the class, ``(n,)``; logits or probabilities, ±∞ too. NaN is to be left out before.
        labels: bool ``(n,)``: whether a sample is of the class.
        weights: ``(n,)``, ≥ 0; each sample counts 1 by default.
    """
    if weights is not None and not weights.all():
        counts = weights > 0
        scores, labels, weights = scores[counts], labels[counts], weights[counts]
    if labels.all() or not labels.any():
        return None
    right, wrong = _cumulative(scores, labels, weights)
    true, false = right / right[-1], wrong / wrong[-1]
    precision, rises = right / (right + wrong), np.flatnonzero(np.diff(right, prepend=0.0) > 0)
    steps = np.append(0.0, np.repeat(true[rises], 2)), np.append(np.repeat(precision[rises], 2), precision[-1])
    return Ranking(
        roc=_drawn(np.append(0.0, false), np.append(0.0, true)),
        precision_recall=_drawn(*steps),
        positive=float(precision[-1]),
    )


def _cumulative(
    scores: NDArray[np.floating], labels: NDArray[np.bool_], weights: NDArray[Any] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weight of samples of the class, and of the others, from each distinct score up, highest first."""
    order = np.argsort(scores)[::-1]
    ordered, of_class = scores[order], labels[order]
    last = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    if weights is None:
        right = np.cumsum(of_class)[last].astype(np.float64)
        return right, last + 1 - right
    heavy = weights[order].astype(np.float64)
    return np.cumsum(heavy * of_class)[last], np.cumsum(heavy * ~of_class)[last]


def _drawn(x: NDArray[np.float64], y: NDArray[np.float64]) -> Curve:
    kept = outlined(x, y, POINTS)
    return Curve(x=x[kept], y=y[kept], area=float(np.trapezoid(y, x)))
