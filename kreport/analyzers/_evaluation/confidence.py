"""How well probabilities tell classes apart, and whether they mean what they say: by kept answers and fine counts."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.spread import counted, score
from kreport.analyzers._evaluation.stats import Confidence, ConfidenceBin, RankingCurve, Score
from kreport.probes.observers._scoring import WIDEST
from kreport.probes.observers.predictions import Predicted
from kreport.tensors.calibration import reliability, temperature
from kreport.tensors.intervals import LEVEL, Interval
from kreport.tensors.ranking import ranking

FEWEST_RANKED = 2
"""Answers with a label, and without it, from which the area under its ROC curve has an interval."""

CONFIDENCES = 20
"""Bins of the distribution of confidence."""


def ranking_curves(found: Predicted, names: Sequence[str]) -> tuple[RankingCurve, ...]:
    """Return the curve of the second of two classes, or of every class or label; () where columns were not kept."""
    kept = found.scoring.rows.in_order()
    classes = found.task.classes
    if classes > WIDEST or not len(kept):
        return ()
    weight = kept[:, 0] if found.weighted else None
    curves = []
    for index in [1] if found.task.kind == "binary" else range(classes):
        if found.task.of_classes:
            there, scores = kept[:, 1] == index, kept[:, 2 + index]
        else:
            there, scores = kept[:, 1 + index] > 0, kept[:, 1 + classes + index]
        told = ranking(scores, there, weight)
        if told is not None:
            curves.append(
                RankingCurve(
                    name=names[index], false=told.roc.x, true=told.roc.y, recall=told.precision_recall.x,
                    precision=told.precision_recall.y, auc=told.roc.area,
                    average_precision=told.precision_recall.area, positive=told.positive,
                )
            )  # fmt: skip
    return tuple(curves)


def curve_scores(found: Predicted, curves: Sequence[RankingCurve]) -> tuple[Score, ...]:
    """Return the areas, their means over classes or labels; the interval of one area by Hanley and McNeil 1982."""
    if not curves:
        return ()
    kept = len(found.scoring.rows.in_order())
    auc, precision = (float(np.mean([getattr(c, name) for c in curves])) for name in ("auc", "average_precision"))
    if found.task.kind != "binary":
        return score("macro ROC AUC", auc, kept, None), score("macro average precision", precision, kept, None)
    number = counted(found)
    effective = 0.0 if found.task.per_position else kept * number.effective / number.answers
    positive = curves[0].positive * effective
    return (
        score("ROC AUC", auc, kept, _of_area(auc, positive, effective - positive)),
        score("average precision", precision, kept, None),
    )


def _of_area(area: float, positive: float, negative: float) -> Interval | None:
    if min(positive, negative) < FEWEST_RANKED:
        return None
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    spread = (
        area * (1 - area) + (positive - 1) * (first - area * area) + (negative - 1) * (second - area * area)
    ) / (positive * negative)  # fmt: skip
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * np.sqrt(max(spread, 0.0))
    return Interval(low=max(0.0, area - reach), high=min(1.0, area + reach), method="Hanley and McNeil")


def confidence(found: Predicted) -> Confidence | None:
    """Return how sure the answers are; None where there are none."""
    counts = found.scoring.calibration
    told = reliability(counts)
    if told is None:
        return None
    weight, total = told.weight, float(told.weight.sum())
    bins = len(weight)
    filled = np.flatnonzero(weight)
    of_all, of_right = (part.reshape(CONFIDENCES, -1).sum(1) for part in (counts[0], counts[2]))
    cooled, fitted = _temperature(found)
    return Confidence(
        bins=tuple(
            ConfidenceBin(
                low=index / bins, high=(index + 1) / bins, weight=float(weight[index]),
                confidence=float(told.confidence[index]), right=float(told.right[index]),
            )
            for index in filled.tolist()
        ),
        mean=float(counts[1].sum()) / total, accuracy=float(counts[2].sum()) / total, ece=told.expected_error,
        worst=told.largest_error, temperature=None if cooled is None else cooled.value,
        loss=None if cooled is None else cooled.before, mended=None if cooled is None else cooled.after, fitted=fitted,
        of_right=of_right, of_wrong=of_all - of_right,
    )  # fmt: skip


def _temperature(found: Predicted) -> tuple[Any, int]:
    """Return the temperature of the kept answers without regard to weights, and how many they are."""
    kept, classes = found.scoring.rows.in_order(), found.task.classes
    if not found.task.of_classes or classes > WIDEST:
        return None, 0
    shares, labels = kept[:, 2:].astype(np.float32), kept[:, 1].astype(np.int64)
    return temperature(np.log(np.maximum(shares, np.finfo(np.float32).tiny)), labels), len(kept)


def suspects(found: Predicted) -> tuple[int | None, NDArray[np.float64]]:
    """Return how many kept answers have a label that is likely wrong, and the confidence from which that is so.

    An answer is one where another class than its label is predicted with more confidence than is usual for that class:
    its mean probability over the answers of this label (confident learning: Northcutt, Jiang and Chuang 2021).

    Returns:
        number, None where it is not looked for; threshold of each class, float64, NaN for those without labels.
    """
    kept, classes = found.scoring.rows.in_order(), found.task.classes
    if not found.task.of_classes or classes > WIDEST or found.task.per_position or not len(kept):
        return None, np.full(classes, np.nan)
    labels, shares = kept[:, 1].astype(np.int64), kept[:, 2:]
    own = shares[np.arange(len(kept)), labels]
    with np.errstate(invalid="ignore"):
        usual = np.bincount(labels, own, classes) / np.bincount(labels, minlength=classes)
    said = shares.argmax(1)
    over = shares[np.arange(len(kept)), said] >= usual[said]  # NaN is never below
    return int(((said != labels) & over).sum()), usual
