"""What is measured of predictions beside labels: scores with their intervals, and where the mistakes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.class_stats import ClassScores, Confidence, Confusions, RankingCurve
from kreport.document.model import Gap
from kreport.probes.samples.inputs import InputView


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
class TargetScores:
    """One target of a regression.

    Attributes:
        name: of the target, "" where there is one.
        mae, rmse, bias, most: mean absolute error, root mean square error, mean of predicted minus true, largest.
        r2: share of the variance that is explained; None where the target does not vary.
        quantiles: 50, 90, 95 and 99 % of the absolute errors kept; () where none are.
        truth, predicted: some of them, to be drawn, float64.
        edges, counts: histogram of predicted minus true; edges float64 of shape ``(bins + 1,)``.
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
class WorstSample:
    """A sample that the model is far off with.

    Attributes:
        index: in the data.
        label, said: in words; "" where they are no single class or number.
        share: probability of the class said; None for numbers.
        label_share: probability of the label.
        error: mean absolute error, or share of answers that are wrong; None for classes.
        suspect: whether the label itself may be wrong.
        input: as it is shown; None where it is not.
    """

    index: int
    label: str
    said: str
    share: float | None
    error: float | None
    suspect: bool = False
    input: InputView | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """Samples that have something in common.

    Attributes:
        column: what they are told apart by: ``brightness``, the name of a column …
        range: what they have in common, in words.
        samples: how many.
        value: of the score; low, high: its 95 % interval.
    """

    column: str
    range: str
    samples: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Slices:
    """The worst slices with enough samples.

    Attributes:
        score: what is looked at: ``accuracy`` or ``mean absolute error``; share: whether it is written in percent.
        overall: of all samples looked at; samples: how many these are.
        columns: what was looked at; tested: how many slices.
        worst: those that stand out most first.
    """

    score: str
    share: bool
    overall: float
    samples: int
    columns: tuple[str, ...]
    tested: int
    worst: tuple[Slice, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rival:
    """The network or a baseline on the same samples.

    Attributes:
        name: ``this network``, ``logistic regression`` …
        how: how it was made, in words; "" for the network.
        value: of the score; None where there is none, for the reason that ``how`` tells.
        low, high: 95 % interval.
    """

    name: str
    how: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Baselines:
    """Does the network earn its keep?

    Attributes:
        score: that is compared; share: whether it is written in percent; direction: ``higher`` or ``lower`` is better.
        samples: that all are compared on.
        rivals: the network first.
        ahead: interval of the network's lead over the best of the others, positive where the network is better.
    """

    score: str
    share: bool
    direction: str
    samples: int
    rivals: tuple[Rival, ...]
    ahead: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Generalisation:
    """One score on the training data and on the data of the report.

    Attributes:
        name: of the score; share, direction: as of :class:`Score`.
        train, value: on each; gap: how much better it is on the training data; low, high: 95 % interval of the gap.
        train_answers: how many ``train`` is over.
    """

    name: str
    share: bool
    direction: str
    train: float
    value: float
    gap: float
    low: float | None
    high: float | None
    train_answers: int


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
