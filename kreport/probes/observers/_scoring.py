"""What the answers of one output add up to, batch after batch: counts and sums of all, rows of some."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.tasks import Task
from kreport.probes.observers._answers import Answers
from kreport.tensors.calibration import FINE, brier_scores, counted, log_losses
from kreport.tensors.regression_scores import ErrorSums
from kreport.tensors.row_sample import RowSample

ROWS = 10_000
"""Answers and samples kept, at most."""

VALUES = 1 << 21
"""Values kept of each, at most: 16 MB."""

WIDEST = 64
"""Classes, labels or targets up to which all columns of an answer are kept."""

LIKELY = 0.5
"""Probability above which a label is predicted: it is more likely there than not."""

TOP = 5
"""A label is among the first so many."""


class Scoring(Protocol):
    """What takes in the answers of an output."""

    def add(self, answers: Answers, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Take in a batch; ``places`` numbers its answers. Returns two figures of each."""

    def merge(self, other: Self) -> None:
        """Take in what another has seen of other samples."""


def rows_of(width: int) -> RowSample:
    """Return room for rows of so many columns."""
    return RowSample(width=width, most=max(1, min(ROWS, VALUES // max(width, 1))))


@dataclass(eq=False)
class ClassScoring:
    """Answers that are one class of several.

    Attributes:
        task: of the output.
        matrix: weight by label (rows) and predicted class; mistakes: number of answers off its diagonal.
        calibration: of the probability of the predicted class, see :func:`kreport.tensors.calibration.counted`.
        loss: weighted sum of the log loss; brier: of squared differences of all probabilities; top: weight of the
            labels among the five likeliest, of more classes than that.
        rows: weight, label, and the probabilities: of all classes up to 64, else of the predicted class and the label.
    """

    task: Task
    matrix: NDArray[np.float64] = field(init=False)
    mistakes: int = 0
    calibration: NDArray[np.float64] = field(default_factory=lambda: np.zeros((3, FINE)))
    loss: float = 0.0
    brier: float = 0.0
    top: float = 0.0
    rows: RowSample = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing."""
        number = self.task.classes
        self.matrix = np.zeros((number, number))
        self.rows = rows_of(2 + (number if number <= WIDEST else 2))

    def add(self, answers: Answers, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return for each answer: whether it is right, and its log loss; of shape ``(2, answers)``."""
        shares, truth, weight = answers.said, answers.truth, answers.weight
        at = np.arange(len(truth))
        said = shares.argmax(1)
        np.add.at(self.matrix, (truth, said), weight)
        sure, true_share = shares[at, said].astype(np.float64), shares[at, truth].astype(np.float64)
        right = said == truth
        self.mistakes += int((~right).sum())
        self.calibration += counted(sure, right, weight)
        loss = log_losses(shares, truth)
        self.loss += _total(weight, loss)
        two = self.task.kind == "binary"
        brier = brier_scores(shares[:, 1], truth == 1) if two else brier_scores(shares, truth)
        self.brier += _total(weight, brier)
        if self.task.classes > TOP:
            self.top += _total(weight, (shares > true_share[:, None]).sum(1) < TOP)
        told = shares if self.task.classes <= WIDEST else np.stack([sure, true_share], 1)
        self.rows.add(np.column_stack([weight, truth, told]), places)
        return np.stack([right, loss])

    def merge(self, other: ClassScoring) -> None:
        """Take in what another has seen."""
        self.matrix, self.mistakes = self.matrix + other.matrix, self.mistakes + other.mistakes
        self.calibration += other.calibration
        self.loss, self.brier, self.top = self.loss + other.loss, self.brier + other.brier, self.top + other.top
        self.rows.merge(other.rows)


@dataclass(eq=False)
class LabelScoring:
    """Answers with several labels, each there or not.

    Attributes:
        task: of the output.
        right, labels, predicted: weight of each label where it is there and predicted, is there, is predicted;
            float64 of shape ``(labels,)``.
        weight: of all answers; exact: of those with every label right; wrong: of wrong labels.
        calibration: of the probability of each label.
        loss: weighted sum of the binary cross-entropy, the mean over the labels.
        rows: weight, labels, probabilities, of at most 64 labels.
    """

    task: Task
    right: NDArray[np.float64] = field(init=False)
    labels: NDArray[np.float64] = field(init=False)
    predicted: NDArray[np.float64] = field(init=False)
    calibration: NDArray[np.float64] = field(default_factory=lambda: np.zeros((3, FINE)))
    weight: float = 0.0
    exact: float = 0.0
    wrong: float = 0.0
    loss: float = 0.0
    rows: RowSample = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing."""
        self.right, self.labels, self.predicted = (np.zeros(self.task.classes) for _ in range(3))
        self.rows = rows_of(1 + 2 * min(self.task.classes, WIDEST))

    def add(self, answers: Answers, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return for each answer: the share of labels that are right, and its loss; of shape ``(2, answers)``."""
        shares, weight = answers.said.astype(np.float64), answers.weight
        there, said = answers.truth > LIKELY, shares > LIKELY
        self.right += weight @ (there & said)
        self.labels += weight @ there
        self.predicted += weight @ said
        hits = there == said
        self.weight += float(weight.sum())
        self.exact += _total(weight, hits.all(1))
        self.wrong += _total(weight, (~hits).sum(1))
        self.calibration += counted(shares.ravel(), there.ravel(), np.repeat(weight, self.task.classes))
        loss = log_losses(answers.said.ravel(), there.ravel()).reshape(there.shape).mean(1)
        self.loss += _total(weight, loss)
        most = min(self.task.classes, WIDEST)
        self.rows.add(np.column_stack([weight, there[:, :most], shares[:, :most]]), places)
        return np.stack([hits.mean(1), loss])

    def merge(self, other: LabelScoring) -> None:
        """Take in what another has seen."""
        for name in ("right", "labels", "predicted", "calibration", "weight", "exact", "wrong", "loss"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rows.merge(other.rows)


@dataclass(eq=False)
class ValueScoring:
    """Answers that are numbers.

    Attributes:
        task: of the output.
        sums: of each target, of all values together for ``reconstruction``; None where nothing was counted.
        rows: weight, true and predicted targets, of at most 64.
    """

    task: Task
    sums: ErrorSums | None = None
    rows: RowSample = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing."""
        self.rows = rows_of(1 + 2 * (0 if self._whole else min(self.task.classes, WIDEST)))

    @property
    def _whole(self) -> bool:
        return self.task.kind == "reconstruction"

    def add(self, answers: Answers, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return for each answer: its mean absolute and its mean squared error; of shape ``(2, answers)``."""
        truth, said, weight = answers.truth, answers.said, answers.weight
        if self._whole:
            found = ErrorSums.of(truth.reshape(-1, 1), said.reshape(-1, 1), np.repeat(weight, truth.shape[1]))
        else:
            found = ErrorSums.of(truth, said, weight)
            most = min(self.task.classes, WIDEST)
            self.rows.add(np.column_stack([weight, truth[:, :most], said[:, :most]]), places)
        self.sums = found if self.sums is None else self.sums.merged(found)
        errors = said - truth
        return np.stack([np.abs(errors).mean(1), np.square(errors).mean(1)])

    def merge(self, other: ValueScoring) -> None:
        """Take in what another has seen."""
        if other.sums is not None:
            self.sums = other.sums if self.sums is None else self.sums.merged(other.sums)
        self.rows.merge(other.rows)


def _total(weight: NDArray[np.float64], values: NDArray[Any]) -> float:
    """Return the weighted sum: not by BLAS, whose threads wait for one another beside those of TensorFlow."""
    return float((weight * values).sum())


def scoring_for(task: Task) -> Any:
    """Return what takes in the answers of an output."""
    if task.of_classes:
        return ClassScoring(task)
    return LabelScoring(task) if task.kind == "multi-label" else ValueScoring(task)
