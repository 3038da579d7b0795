"""What is measured of answers that are classes: which are mixed up, how sure they are, how well they are ranked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Confusions:
    """Labels by predicted classes; with sample weights their sums.

    Attributes:
        labels, predicted: classes of each occupied cell, int64 of shape ``(cells,)``; weight: what is in it, float64.
        order: classes such that those confused with one another stand together, int64 of shape ``(classes,)``.
        largest: (label, predicted, weight) of the most frequent confusions, largest first.
        left_out: cells that are not told, of the smallest weight; of matrices with very many.
    """

    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    weight: NDArray[np.float64]
    order: NDArray[np.int64]
    largest: tuple[tuple[int, int, float], ...]
    left_out: int = 0

    def matrix(self, classes: int) -> NDArray[np.float64]:
        """Return the matrix, float64 of shape ``(classes, classes)``, rows labels."""
        found = np.zeros((classes, classes))
        found[self.labels, self.predicted] = self.weight
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassScores:
    """Scores of each class or label, float64 of shape ``(classes,)``; recall with its 95 % interval.

    Attributes:
        support: weight of the answers with this label; predicted: of those predicted as such.
        precision, recall, f1: scikit-learn's, 0 for 0 / 0.
        low, high: interval of the recall, NaN where there are no labels.
    """

    support: NDArray[np.float64]
    predicted: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ConfidenceBin:
    """Answers whose confidence lies in one of 15 equal bins."""

    low: float
    high: float
    weight: float
    confidence: float
    right: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Confidence:
    """How sure the model is, and how often it is right then.

    Attributes:
        bins: those with answers.
        mean: confidence; accuracy: share right.
        ece: expected calibration error over the bins (Guo et al. 2017); worst: the largest difference in a bin.
        temperature: that divides the logits for the least log loss; None where there is none.
        loss, mended: log loss of the answers that it was found on, before and after.
        fitted: how many these are.
        of_right, of_wrong: weight of right and wrong answers by confidence, in equal bins from 0 to 1, float64.
    """

    bins: tuple[ConfidenceBin, ...]
    mean: float
    accuracy: float
    ece: float
    worst: float
    temperature: float | None
    loss: float | None
    mended: float | None
    fitted: int
    of_right: NDArray[np.float64]
    of_wrong: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RankingCurve:
    """ROC and precision-recall curve of one class or label against the rest.

    Attributes:
        name: of the class.
        false, true: rates of the ROC curve; recall, precision: of the other; float64, thinned to be drawn.
        auc: area under the ROC curve; average_precision: as scikit-learn has it; positive: share of the class.
    """

    name: str
    false: NDArray[np.float64]
    true: NDArray[np.float64]
    recall: NDArray[np.float64]
    precision: NDArray[np.float64]
    auc: float
    average_precision: float
    positive: float
