"""Simple models on the samples that were kept: what costs nothing makes of the same inputs and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches, TrainBatches, rows
from kreport.inputs.data_labels import in_order
from kreport.inputs.expected import OutputSpec
from kreport.inputs.piles import Piles
from kreport.inputs.tasks import Task
from kreport.pipeline import contained
from kreport.probes.observers._answers import answers, truths
from kreport.probes.observers.data_seen import token_inputs
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.observers.predictions import Predictions, weights_in_order
from kreport.probes.tree import LayerTree
from kreport.tensors.baselines import Baseline, Labelled, baselines

TRAINED_ON = 4000
"""Samples of the training data that simple models are fitted on, at most."""

FEATURES = 20_000
"""Values of an input from which it is not flattened."""

WORDS = 2000
"""Tokens counted: those of the lowest numbers, which are the most frequent ones by custom."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rivals:
    """What simple models and the network say of the same samples, those without weight left out; all count the same.

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
class Comparison:
    """The network beside simple models, or why it is not."""

    rivals: Rivals | Gap


def comparison(
    tree: LayerTree, kept: KeptSamples, predictions: Predictions, batches: Batches, train: TrainBatches | None
) -> Comparison:
    """Compare where that can be done; see :func:`rivals`."""
    return Comparison(rivals=contained("baselines", rivals, tree, kept, predictions, batches, train))


def rivals(
    tree: LayerTree, kept: KeptSamples, predictions: Predictions, batches: Batches, train: TrainBatches | None
) -> Rivals:
    """Fit simple models on the training data where it is given and can be read again, else on folds of those kept.

    Raises:
        NotMeasuredError: inputs or labels are none that a linear model takes.
    """
    place, outputs = kept.output, predictions.outputs
    if place >= len(outputs) or not _is_plain(outputs[place].task):
        message = "simple models are compared where a sample has one class, or numbers"
        raise NotMeasuredError(message)
    if kept.outputs is None:
        message = "the outputs are too wide to be kept"
        raise NotMeasuredError(message)
    task, named = outputs[place].task, [OutputSpec(name=one.task.output) for one in outputs]
    read = _Read(task=task, place=place, outputs=named, tokens=token_inputs(tree, batches))
    x, logits = read.inputs(kept.x, batches), outputs[place].logits and not kept.logits
    weight = weights_in_order(kept.sample_weight, read.outputs)[place]
    told = answers(task, kept.outputs, read.labels(kept.y), weight, None, logits=logits)
    fitted_on = None if train is None or not _is_at_hand(train.batches) else read.some_of(train.batches)
    kind: Any = "classification" if task.of_classes else "regression"
    return Rivals(
        task=task, place=place, truth=told.truth, network=told.said.argmax(1) if task.of_classes else told.said,
        baselines=baselines(x[told.row], told.truth, kind, train=fitted_on),
    )  # fmt: skip


def _is_plain(task: Task) -> bool:
    return task.kind in ("binary", "multi-class", "regression") and not task.per_position


def _is_at_hand(train: Batches) -> bool:
    """Tell whether the training data has labels, and can be read once more."""
    return train.labels and train.repeatable


@dataclass(frozen=True, kw_only=True, eq=False)
class _Read:
    """How inputs and labels become what a linear model takes.

    Attributes:
        task: of the output; place: of the output among all the others, outputs.
        tokens: names of the inputs that hold tokens.
    """

    task: Task
    place: int
    outputs: Sequence[OutputSpec]
    tokens: frozenset[str]

    def labels(self, y: Any) -> Any:
        """Return the labels of the output."""
        return in_order(y, self.outputs)[self.place]

    def inputs(self, x: Any, batches: Batches) -> NDArray[np.float64]:
        """Return flattened inputs side by side."""
        import tensorflow as tf

        known = batches.input_names
        return np.concatenate(
            [
                _columns(part, tokens=index < len(known) and known[index] in self.tokens)
                for index, part in enumerate(tf.nest.flatten(x, expand_composites=False))
            ],
            1,
        )

    def some_of(self, train: Batches) -> Labelled:
        """Return some of the training data, spread evenly where its length is known; what has no label is left out."""
        every = 1 if train.samples is None else max(1, -(-train.samples // TRAINED_ON))
        kept = Piles(TRAINED_ON)
        for batch in train:
            chosen = np.flatnonzero(batch.index % every == 0)[: TRAINED_ON - kept.size]
            if len(chosen):
                kept.add(rows((batch.x, self.labels(batch.y)), chosen), len(chosen))
            if kept.size == TRAINED_ON:
                break
        x, label = kept.rows()
        truth, known = truths(self.task, label, len(label))
        return self.inputs(x, train)[known], truth[known]


def _columns(part: Any, *, tokens: bool) -> NDArray[np.float64]:
    """Return one row of numbers a sample: tokens by how often each is there.

    Raises:
        NotMeasuredError: it is no array of numbers, or too wide.
    """
    if not isinstance(part, np.ndarray) or part.dtype.kind not in "biuf" or not part.size:
        message = "simple models take dense numbers only"
        raise NotMeasuredError(message)
    flat = part.reshape(len(part), -1)
    if tokens:
        known = [words[(words > 0) & (words < WORDS)] for words in flat.astype(np.int64)]
        return np.stack([np.bincount(words, minlength=WORDS) for words in known]).astype(np.float64)
    if flat.shape[1] > FEATURES:
        message = f"an input of {flat.shape[1]:,} values is too wide for simple models"
        raise NotMeasuredError(message)
    return flat.astype(np.float64)
