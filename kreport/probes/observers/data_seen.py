"""What the data itself is like: every input by column, every label, identical samples; nothing of the model runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch, Batches, TrainBatches
from kreport.inputs.data_labels import by_output
from kreport.inputs.expected import OutputSpec, input_spec
from kreport.probes.observers._base import Mode, Observer
from kreport.probes.observers._data_inputs import InputSeen
from kreport.probes.observers._data_labels import LabelSeen
from kreport.probes.observers._data_rows import digests
from kreport.probes.samples.kinds import is_embedding
from kreport.probes.tree import LayerTree
from kreport.tensors.columns import Columns

HASHED = 200_000
"""Samples whose digests are kept to find identical ones; of more, the first."""


@dataclass(kw_only=True, eq=False)
class DataSeen:
    """The data, read once.

    Attributes:
        samples: how many.
        inputs, labels: one each.
        weights: statistics of the sample weights, one column; None without.
        digests: of the inputs of the first samples, uint64; equal for equal samples.
    """

    samples: int = 0
    inputs: list[InputSeen] = field(default_factory=list)
    labels: list[LabelSeen] = field(default_factory=list)
    weights: Columns | None = None
    digests: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainSeen:
    """The training data, read once."""

    seen: DataSeen


@dataclass(eq=False)
class Data(Observer[DataSeen]):
    """Looks at raw batches."""

    mode: ClassVar[Mode] = "data"
    _seen: DataSeen = field(default_factory=DataSeen)
    _digests: list[NDArray[np.uint64]] = field(default_factory=list)
    _hashed: int = 0
    _names: tuple[str, ...] = ()
    _outputs: tuple[OutputSpec, ...] = ()
    _tokens: frozenset[str] = frozenset()

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Remember the names of inputs and outputs, and which inputs take tokens."""
        self._names, self._outputs = batches.input_names, batches.outputs
        self._tokens = token_inputs(tree, batches)

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in one batch."""
        del reduced
        import tensorflow as tf

        seen = self._seen
        parts = [part for part in tf.nest.flatten(batch.x, expand_composites=False) if part is not None]
        for index, part in enumerate(parts):
            if index == len(seen.inputs):
                seen.inputs.append(self._new_input(index, part))
            seen.inputs[index].add(part, batch.start)
        for index, (output, label) in enumerate(by_output(batch.y, self._outputs)):
            array = np.asarray(label.flat_values if hasattr(label, "flat_values") else label)
            if index == len(seen.labels):
                seen.labels.append(LabelSeen.of(output, array))
            seen.labels[index].add(array, batch.start)
        self._add_weights(tf.nest.flatten(batch.sample_weight))
        if self._hashed < HASHED:
            self._digests.append(digests(parts, batch.size))
            self._hashed += batch.size
        seen.samples += batch.size

    def _new_input(self, index: int, part: Any) -> InputSeen:
        known = self._names[index] if index < len(self._names) else ""
        fallback = f"input {index + 1}" if index else "input"
        return InputSeen.of(known or fallback, part, tokens=known in self._tokens)

    def _add_weights(self, weights: Sequence[Any]) -> None:
        for weight in weights:
            if weight is not None:
                self._seen.weights = self._seen.weights or Columns(width=1)
                self._seen.weights.add(np.asarray(weight).reshape(-1, 1))

    def merge(self, other: Data) -> None:
        """Take in what was seen of the samples that come after these."""
        mine, theirs = self._seen, other._seen
        self._digests, self._hashed = self._digests + other._digests, self._hashed + other._hashed
        if not mine.samples or not theirs.samples:
            self._seen = mine if mine.samples else theirs
            return
        for one, two in zip(mine.inputs, theirs.inputs, strict=True):
            one.merge(two)
        for ours, others in zip(mine.labels, theirs.labels, strict=True):
            ours.merge(others)
        if mine.weights is not None and theirs.weights is not None:
            mine.weights.merge(theirs.weights)
        mine.samples += theirs.samples

    def result(self) -> DataSeen:
        """Return what was seen."""
        self._seen.digests = np.concatenate(self._digests) if self._digests else self._seen.digests
        return self._seen


def token_inputs(tree: LayerTree, batches: Batches) -> frozenset[str]:
    """Return the inputs whose whole numbers are tokens: those that go into an embedding, as far as that can be told.

    Else every input of whole numbers, and any input at all of a model with an embedding somewhere.
    """
    embeddings = [layer for _, layer in tree.entries if is_embedding(layer)]
    direct = {input_spec(source).name for layer in embeddings if (source := _source(layer)) is not None}
    if found := direct & set(batches.input_names):
        return frozenset(found)
    whole = {spec.name for spec in batches.inputs if spec.dtype.startswith(("int", "uint"))}
    return frozenset(whole | ({*batches.input_names, ""} if embeddings else set()))  # "": its name is not known


def _source(layer: Any) -> Any:
    """Return the symbolic input of a layer; None where it has none, or several."""
    try:
        return layer.input
    except (AttributeError, ValueError):
        return None


def train_seen(train: TrainBatches, tree: LayerTree) -> TrainSeen:
    """Read the training data once."""
    observer = Data()
    observer.start(tree, train.batches)
    for batch in train.batches:
        observer.add((), batch)
    return TrainSeen(seen=observer.result())
