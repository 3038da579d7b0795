"""Simple models on the samples that were kept: what costs nothing makes of the same inputs and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches, TrainBatches, rows
from kreport.inputs.data_labels import in_order
from kreport.inputs.piles import Piles
from kreport.inputs.tasks import Task
from kreport.pipeline import contained
from kreport.probes.observers._answers import answers
from kreport.probes.observers.data_seen import token_inputs
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.observers.predictions import Predictions
from kreport.probes.tree import LayerTree
from kreport.tensors.baselines import Baseline, Labelled, baselines

TRAINED_ON = 4000
"""Samples of the training data that simple models are fitted on, at most."""

FEATURES = 20_000
"""Values of an input from which it is not flattened."""

WORDS = 2000
"""Tokens counted: those of the lowest numbers, which are the most frequent ones by custom."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """What simple models and the network say of the same samples.

    Attributes:
        task: of the output; place: of the output among the others.
        truth: class index, int64 of shape ``(samples,)``, or targets, float64 of shape ``(samples, targets)``.
        network: its predictions in the same form.
        baselines: theirs.
    """

    task: Task
    place: int
    truth: NDArray[Any]
    network: NDArray[Any]
    baselines: tuple[Baseline, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rivals:
    """Simple models beside the network, or why there are none."""

    compared: Compared | Gap


def rivals(
    tree: LayerTree, kept: KeptSamples, predictions: Predictions, batches: Batches, train: TrainBatches | None
) -> Rivals:
    """Fit simple models on the training data where it is given, else on folds of the samples kept."""
    return Rivals(compared=contained("simple models", _compared, tree, kept, predictions, batches, train))


def _compared(
    tree: LayerTree, kept: KeptSamples, predictions: Predictions, batches: Batches, train: TrainBatches | None
) -> Compared:
    """Return what both say.

    Raises:
        NotMeasuredError: inputs or labels are none that a linear model takes.
    """
    task = predictions.outputs[kept.output].task if kept.output < len(predictions.outputs) else None
    if task is None or task.per_position or task.kind not in ("binary", "multi-class", "regression"):
        message = "they are compared where a sample has one class, or numbers"
        raise NotMeasuredError(message)
    if kept.outputs is None:
        message = "the outputs of the network are too wide to be kept"
        raise NotMeasuredError(message)
    tokens = token_inputs(tree, batches)
    x, y = _labelled(task, kept.x, _label_of(kept, batches), batches, tokens)
    told = answers(task, kept.outputs, _label_of(kept, batches), None, None, logits=False)
    fitted_on = None if train is None else _of_train(task, train, kept, tokens)
    kind: Any = "classification" if task.of_classes else "regression"
    return Compared(
        task=task, place=kept.output, truth=told.truth, network=told.said.argmax(1) if task.of_classes else told.said,
        baselines=baselines(x[told.row], y[told.row], kind, train=fitted_on),
    )  # fmt: skip


def _label_of(kept: KeptSamples, batches: Batches, y: Any = None) -> Any:
    """Return the labels of the output whose outputs were kept."""
    return in_order(kept.y if y is None else y, batches.specs(kept.several))[kept.output]


def _of_train(task: Task, train: TrainBatches, like: KeptSamples, tokens: frozenset[str]) -> Labelled:
    """Return some of the training data, spread evenly where its length is known."""
    batches, most = train.batches, TRAINED_ON
    every = 1 if batches.samples is None else max(1, -(-batches.samples // most))
    kept = Piles(most)
    for batch in batches:
        chosen = np.flatnonzero(batch.index % every == 0)[: most - kept.size]
        if len(chosen):
            kept.add(rows((batch.x, batch.y), chosen), len(chosen))
        if kept.size == most:
            break
    x, y = kept.rows()
    return _labelled(task, x, _label_of(like, batches, y), batches, tokens, known_only=True)


def _labelled(
    task: Task, x: Any, y: Any, batches: Batches, tokens: frozenset[str], *, known_only: bool = False
) -> Labelled:
    """Return flattened inputs side by side, and labels; those without a valid one are left out where wanted."""
    import tensorflow as tf

    parts = tf.nest.flatten(x, expand_composites=False)
    columns = [
        _columns(part, tokens=index < len(batches.input_names) and batches.input_names[index] in tokens)
        for index, part in enumerate(parts)
    ]
    flat = np.concatenate(columns, 1)
    label = np.asarray(y)
    form = np.zeros((len(label), task.classes if not task.of_classes or task.classes > 2 else 1), np.float32)
    told = answers(task, form, label, None, None, logits=task.of_classes)
    if known_only:
        return flat[told.row], told.truth
    truth = np.zeros((len(label), *told.truth.shape[1:]), told.truth.dtype)
    truth[told.row] = told.truth
    return flat, truth


def _columns(part: Any, *, tokens: bool) -> NDArray[np.float64]:
    """Return one row of numbers a sample: tokens by how often each is there.

    Raises:
        NotMeasuredError: it is no array of numbers, or too wide.
    """
    if not isinstance(part, np.ndarray) or part.dtype.kind not in "biuf" or not part.size:
        message = "they take dense numbers only"
        raise NotMeasuredError(message)
    flat = part.reshape(len(part), -1)
    if tokens:
        found = np.zeros((len(part), WORDS))
        ids = flat.astype(np.int64)
        for row, words in enumerate(ids):
            inside = words[(words > 0) & (words < WORDS)]
            np.add.at(found[row], inside, 1.0)
        return found
    if flat.shape[1] > FEATURES:
        message = f"an input of {flat.shape[1]:,} values is too wide for them"
        raise NotMeasuredError(message)
    return flat.astype(np.float64)
