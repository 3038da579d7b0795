"""What is measured of predictions beside labels: scores with their intervals, and where the mistakes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.comparisons import Baselines, Generalisation, Slices, WorstSample
from kreport.document.model import Gap


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """One compiled metric.

    Attributes:
        name: as Keras has it.
        value: over all samples.
        direction: ``higher`` or ``lower`` is better, or ``unknown``.
        share: whether it is written in percent.
    """

    name: str
    value: float
    direction: str
    share: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Score:
    """One figure of how good an output is.

    Attributes:
        name: the field's term: ``accuracy``, ``log loss``, ``RMSE`` …
        value: of the figure; low, high: 95 % interval, None where none can be given; method: how it was found.
        direction: ``higher`` or ``lower`` is better.
        share: whether it is written in percent.
        answers: how many it is over.
    """

    name: str
    value: float
    direction: str
    answers: int
    share: bool = False
    low: float | None = None
    high: float | None = None
    method: str = ""


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


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetScores:
    """One target of a regression.

    Attributes:
        name: of the target, "" where there is one.
        mae, rmse, bias, most: mean absolute error, root mean square error, mean of predicted minus true, largest.
        r2: share of the variance that is explained; None where the target does not vary.
        quantiles: 50, 90, 95 and 99 % of the absolute errors kept; () where none are.
        truth, predicted: some of them, float64; empty where the target is not drawn.
        edges, counts: histogram of predicted minus true, float64, the edges of shape ``(bins + 1,)``; empty likewise.
        trend: Pearson correlation of the error with the prediction; None where it is not defined.
    """

    name: str
    mae: float
    rmse: float
    bias: float
    most: float
    r2: float | None
    quantiles: tuple[float, ...]
    truth: NDArray[np.float64]
    predicted: NDArray[np.float64]
    edges: NDArray[np.float64]
    counts: NDArray[np.float64]
    trend: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class OutputEvaluation:
    """How good one output is.

    Attributes:
        output: its name; several: whether the model has others.
        kind: its task; "" where ``reason`` says why it cannot be told.
        classes: names of classes, labels or targets.
        per_position: whether a sample has many answers.
        samples, answers: how many; bad: left out as they are no numbers; unknown: as they have no valid label.
        kept: samples that curves and slices are over, where these are not all.
        weighted: whether sample weights count.
        logits: whether logits were made probabilities; odd: though the loss took them for probabilities.
        scores: the one a reader looks for first is the first.
        mistakes: answers that are wrong, where each is one class.
        suspects: kept answers whose label is likely wrong (Northcutt, Jiang and Chuang 2021); None if not looked for.
    """

    output: str
    several: bool
    kind: str
    reason: str = ""
    classes: tuple[str, ...] = ()
    per_position: bool = False
    samples: int = 0
    answers: int = 0
    bad: int = 0
    unknown: int = 0
    kept: int = 0
    weighted: bool = False
    logits: bool = False
    odd: bool = False
    scores: tuple[Score, ...] = ()
    confusions: Confusions | None = None
    by_class: ClassScores | None = None
    confidence: Confidence | None = None
    curves: tuple[RankingCurve, ...] = ()
    targets: tuple[TargetScores, ...] = ()
    worst: tuple[WorstSample, ...] = ()
    mistakes: int = 0
    suspects: int | None = None
    slices: Slices | None = None
    baselines: Baselines | None = None
    generalisation: tuple[Generalisation, ...] = ()

    @property
    def headline(self) -> Score | None:
        """The score a reader looks for first."""
        return self.scores[0] if self.scores else None


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationStats:
    """The measurement of the section.

    Attributes:
        metrics: loss and metrics as ``model.evaluate`` has them, the loss first; () where nothing is compiled.
        samples: how many they are over: all of the data.
        notes: how the pass was made where that matters.
        outputs: one each, in the order of the outputs.
        gaps: parts that failed.
        not_compared: why there are no simple models beside the network; "" where there are.
    """

    metrics: tuple[Metric, ...]
    samples: int
    notes: tuple[str, ...]
    outputs: tuple[OutputEvaluation, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_compared: str = ""

    @property
    def score(self) -> Score | None:
        """The score a reader looks for first, where one output is judged."""
        return None if self._judged is None else self._judged.headline

    @property
    def per_position(self) -> bool:
        """Whether that one is over positions."""
        return self._judged is not None and self._judged.per_position

    @property
    def _judged(self) -> OutputEvaluation | None:
        judged = [one for one in self.outputs if one.headline is not None]
        return judged[0] if len(judged) == 1 else None

    @property
    def headline(self) -> Metric | None:
        """The metric a reader looks for first: one in percent, else the first that is not the loss, else the loss."""
        others = [metric for metric in self.metrics if metric.name != "loss"]
        return next(
            (metric for metric in others if metric.share), others[0] if others else next(iter(self.metrics), None)
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a metric or score for a table: what a gate or a comparison reads."""
        compiled: list[dict[str, Any]] = [
            {"output": "", "metric": m.name, "value": m.value, "low": None, "high": None, "direction": m.direction,
             "samples": self.samples}
            for m in self.metrics
        ]  # fmt: skip
        return compiled + [
            {"output": one.output, "metric": s.name, "value": s.value, "low": s.low, "high": s.high,
             "direction": s.direction, "samples": s.answers}
            for one in self.outputs for s in one.scores
        ]  # fmt: skip
