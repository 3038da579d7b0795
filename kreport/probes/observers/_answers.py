"""What a model said of some samples beside what is right, in one form whatever the labels look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.tasks import Task

BEYOND = 1e-3
"""How far a probability may lie outside 0 and 1; half precision is off by less."""


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
        weight: of each sample, or of each position; None for 1. What has none does not count, as what is masked.
        mask: True where a position counts; None for all.
        logits: whether the output is to be made probabilities.
    """
    output = np.asarray(output)
    samples, whole = len(output), task.kind == "reconstruction" and not task.per_position
    width = int(output[0].size) if whole else output.shape[-1] if output.ndim > 1 else 1
    said = output.reshape(-1, width)
    said = _probabilities(task, said, logits=logits) if task.of_shares else said.astype(np.float64)
    truth, known = truths(task, labels, len(said))
    row = np.repeat(np.arange(samples), len(said) // samples)
    weights = _weights(weight, samples, len(said))
    counts = _counting(mask, len(said)) & (weights > 0)
    known, told = counts & known, np.isfinite(said).all(1)
    good = known & told
    return Answers(
        said=said[good], truth=truth[good], weight=weights[good], row=row[good],
        bad=int((known & ~told).sum()), unknown=int((counts & ~known).sum()),
    )  # fmt: skip


def truths(task: Task, labels: Any, number: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return labels as in :attr:`Answers.truth`, those of ``number`` answers, and which of them are valid."""
    flat = np.asarray(labels).reshape(number, -1)
    if not task.of_classes:
        numbers = flat.astype(np.float64)
        return numbers, np.asarray(np.isfinite(numbers).all(1))
    classes = _whole(flat[:, 0], task.ignored) if flat.shape[1] == 1 else _columns(flat)
    return classes, np.asarray((classes >= 0) & (classes < task.classes))


def _columns(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return the place of the largest column, −1 where there is none."""
    there = np.isfinite(labels).all(1) & (labels.max(1) > 0)
    return np.where(there, labels.argmax(1), -1)


def _whole(labels: NDArray[Any], ignored: int | None) -> NDArray[np.int64]:
    """Return labels as whole numbers, −1 for what is none, or is left out by the loss."""
    with np.errstate(invalid="ignore"):
        whole = labels.astype(np.int64)
        valid = whole == labels
    return np.where(valid & (whole != ignored) if ignored is not None else valid, whole, -1)


def _probabilities(task: Task, output: NDArray[Any], *, logits: bool) -> NDArray[np.float32]:
    """Return shares of the classes, or of each label; rows of classes sum to 1, as Keras's cross-entropy has it."""
    said: NDArray[np.float32] = output.astype(np.float32, copy=False)
    if logits:
        said = sigmoid(said) if said.shape[1] == 1 or task.kind == "multi-label" else softmax(said)
    if task.kind == "multi-label":
        return said
    if said.shape[1] == 1:
        return np.concatenate((1 - said, said), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(said / said.sum(1, keepdims=True))


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
    return task.of_shares and bool(((finite < -BEYOND) | (finite > 1 + BEYOND)).any())


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
