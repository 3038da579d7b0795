"""What a model said of some samples beside what is right, in one form whatever the labels look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.tasks import Task

SUM = 1e-3
"""How far the columns of a row may be from a sum of 1 to be shares; half precision is off by less."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """Answers of one batch: one a sample, or one a position of each sample.

    Attributes:
        said: probabilities of the classes, float32 of shape ``(answers, classes)`` (of two classes for ``binary``,
            each by itself for ``multi-label``), or numbers of shape ``(answers, targets)``, float64.
        truth: class of each, int64 of shape ``(answers,)``; 0 and 1 of shape ``(answers, labels)`` for
            ``multi-label``; numbers of shape ``(answers, targets)``, float64, elsewhere.
        weight: of each, float64 of shape ``(answers,)``.
        row: place in the batch of the sample each belongs to, int64 of shape ``(answers,)``.
        bad: answers that are left out as the model said no number; unknown: as no valid label is there.
    """

    said: NDArray[Any]
    truth: NDArray[Any]
    weight: NDArray[np.float64]
    row: NDArray[np.int64]
    bad: int
    unknown: int


def answers(task: Task, output: Any, labels: Any, weight: Any, mask: Any, *, logits: bool) -> Answers:
    """Return the answers to one batch for an output.

    Args:
        task: of the output.
        output: as the model puts it out, of shape ``(samples, …)``.
        labels: as ``fit`` takes them.
        weight: of each sample, or of each position; None for 1.
        mask: True where a position counts; None for all.
        logits: whether the output is to be made probabilities.
    """
    output = np.asarray(output, np.float32)
    samples = len(output)
    if task.kind == "reconstruction":
        said, truth = output.reshape(samples, -1), np.asarray(labels, np.float64).reshape(samples, -1)
    else:
        width = output.shape[-1] if output.ndim > 1 else 1
        said = output.reshape(-1, width)
        truth = _truth(task, np.asarray(labels), len(said))
    if task.of_classes or task.kind == "multi-label":
        said = _probabilities(task, said, logits=logits)
    else:
        said = said.astype(np.float64)
    row = np.repeat(np.arange(samples), len(said) // samples)
    weights, counts = _weights(weight, samples, len(said)), _counting(mask, len(said))
    known = counts & _is_known(task, truth)
    told = np.isfinite(said).all(1)
    good = known & told
    return Answers(
        said=said[good], truth=truth[good], weight=weights[good], row=row[good],
        bad=int((known & ~told).sum()), unknown=int((counts & ~known).sum()),
    )  # fmt: skip


def _truth(task: Task, labels: NDArray[Any], number: int) -> NDArray[Any]:
    if not task.of_classes:
        return np.asarray(labels, np.float64).reshape(number, -1)
    flat = labels.reshape(number, -1)
    if flat.shape[1] == 1:
        return _whole(flat[:, 0], task.ignored)
    classes: NDArray[Any] = flat.argmax(1).astype(np.int64)
    classes[~(np.isfinite(flat).all(1) & (flat.max(1) > 0))] = -1
    return classes


def _whole(labels: NDArray[Any], ignored: int | None) -> NDArray[np.int64]:
    """Return labels as whole numbers, −1 for what is none, or is left out by the loss."""
    with np.errstate(invalid="ignore"):
        whole = labels.astype(np.int64)
        valid = whole == labels
    return np.where(valid & (whole != ignored) if ignored is not None else valid, whole, -1)


def _probabilities(task: Task, said: NDArray[np.float32], *, logits: bool) -> NDArray[np.float32]:
    if logits:
        said = sigmoid(said) if said.shape[1] == 1 or task.kind == "multi-label" else softmax(said)
    if task.kind == "multi-label":
        return said
    if said.shape[1] == 1:
        return np.concatenate((1 - said, said), 1)
    total = said.sum(1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):  # Keras's cross-entropy divides by the sum as well
        return np.asarray(said / total) if (np.abs(total - 1) > SUM).any() else said


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 / (1 + exp(−z)), without overflow."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return exp(z) over its sum along the last axis, without overflow."""
    with np.errstate(invalid="ignore"):
        raised = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True), np.float32)


def is_no_share(task: Task, said: NDArray[Any]) -> bool:
    """Tell whether an output that should be probabilities cannot be: a value is not within 0 and 1."""
    finite = said[np.isfinite(said)]
    return (task.of_classes or task.kind == "multi-label") and bool(((finite < -SUM) | (finite > 1 + SUM)).any())


def _weights(weight: Any, samples: int, number: int) -> NDArray[np.float64]:
    if weight is None:
        return np.ones(number)
    given = np.asarray(weight, np.float64)
    if given.size == number:
        return given.reshape(-1)
    return np.repeat(given.reshape(samples, -1).mean(1), number // samples)


def _counting(mask: Any, number: int) -> NDArray[np.bool_]:
    flat = None if mask is None else np.asarray(mask, np.bool_).reshape(-1)
    return np.ones(number, np.bool_) if flat is None or flat.size != number else flat


def _is_known(task: Task, truth: NDArray[Any]) -> NDArray[np.bool_]:
    if task.of_classes:
        return np.asarray((truth >= 0) & (truth < task.classes))
    return np.asarray(np.isfinite(truth).all(1))
