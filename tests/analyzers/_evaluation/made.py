"""Evaluations made by hand, as small as what they show."""

from __future__ import annotations

from typing import Any

import numpy as np

from kreport.analyzers._evaluation.stats import (
    ClassScores,
    Confidence,
    ConfidenceBin,
    Confusions,
    OutputEvaluation,
    Score,
    TargetScores,
)
from kreport.tensors.intervals import wilson

NAMES = "abcdefghijklmnopqrstuvwxyz"


def confidence(*, mean: float, accuracy: float, answers: int) -> Confidence:
    """Return the confidence of answers that all lie in one bin."""
    one = ConfidenceBin(low=0.0, high=1.0, weight=float(answers), confidence=mean, right=accuracy)
    of_right = np.zeros(20)
    of_right[15] = accuracy * answers
    of_wrong = np.zeros(20)
    of_wrong[12] = answers - accuracy * answers
    return Confidence(
        bins=(one,), mean=mean, accuracy=accuracy, ece=abs(mean - accuracy), worst=abs(mean - accuracy),
        temperature=None, loss=None, mended=None, fitted=0, of_right=of_right, of_wrong=of_wrong,
    )  # fmt: skip


def classes(matrix: Any, **more: Any) -> OutputEvaluation:
    """Return a classifier with this confusion matrix, rows labels."""
    counts = np.asarray(matrix, dtype=np.float64)
    number, right = len(counts), np.diag(counts)
    label, said = np.nonzero(counts)
    wrong = sorted(((counts[a, b], a, b) for a, b in zip(label, said, strict=True) if a != b), key=lambda c: -c[0])
    support, predicted = counts.sum(1), counts.sum(0)
    recall = right / np.maximum(support, 1)
    intervals = [wilson(float(a), float(b)) for a, b in zip(right, support, strict=True)]
    accuracy = float(right.sum() / counts.sum())
    return OutputEvaluation(
        output="digit", several=False, kind="binary" if number == 2 else "multi-class",
        classes=tuple(NAMES[:number]) if number <= len(NAMES) else tuple(f"c{k}" for k in range(number)),
        samples=int(counts.sum()), answers=int(counts.sum()), kept=int(counts.sum()),
        scores=(Score(name="accuracy", value=accuracy, direction="higher", answers=int(counts.sum()), share=True),),
        confusions=Confusions(
            labels=label, predicted=said, weight=counts[label, said], order=np.arange(number),
            largest=tuple((int(a), int(b), float(n)) for n, a, b in wrong[:12]),
        ),
        by_class=ClassScores(
            support=support, predicted=predicted, precision=right / np.maximum(predicted, 1), recall=recall,
            f1=2 * right / np.maximum(support + predicted, 1),
            low=np.array([np.nan if i is None else i.low for i in intervals]),
            high=np.array([np.nan if i is None else i.high for i in intervals]),
        ),
        confidence=confidence(mean=0.9, accuracy=accuracy, answers=int(counts.sum())), **more,
    )  # fmt: skip


def target(**more: Any) -> TargetScores:
    """Return a target with an error of 3 on average."""
    known: dict[str, Any] = {
        "name": "", "mae": 3.0, "rmse": 4.0, "bias": 0.0, "most": 9.0, "r2": 0.5, "quantiles": (2.0, 6.0, 7.0, 8.0),
        "truth": np.arange(30.0), "predicted": np.arange(30.0) + 1, "edges": np.array([-1.0, 0.0, 1.0]),
        "counts": np.array([10.0, 20.0]), "trend": 0.0,
    }  # fmt: skip
    return TargetScores(**(known | more))
