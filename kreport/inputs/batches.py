"""Data as the stages read it: batches in the structure the model takes, from any source, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.expected import InputSpec, OutputSpec

MAX_SAMPLES = 512
"""Samples that activations and gradients are measured on unless the user says otherwise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Some consecutive samples.

    Attributes:
        x: inputs in the structure the model's call takes: NumPy arrays; strings, sparse and ragged inputs as
            TensorFlow tensors.
        y: labels in the structure ``fit`` takes, None without labels.
        sample_weight: as ``fit`` takes it, None without.
        start: index of the first sample in the whole data.
        size: number of samples.
        places: index of each sample in the whole data where they are not consecutive, shape ``(size,)``.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    start: int
    size: int
    places: NDArray[np.intp] | None = None

    @property
    def index(self) -> NDArray[np.intp]:
        """Index of each sample in the whole data, shape ``(size,)``."""
        return np.arange(self.start, self.start + self.size) if self.places is None else self.places


@dataclass(frozen=True, kw_only=True, eq=False)
class Batches:
    """The user's data; iterate to read it from the start.

    Attributes:
        argument: which argument brought it: ``data`` or ``train_data``.
        source: what it was, in words: "NumPy arrays", "tf.data.Dataset", "DataFrame", "folder of images" …
        samples: how many there are; None where only reading to the end tells.
        exact: whether that is their number; else it is the most there can be, the last batch being full.
        max_samples: activations and gradients are measured on at most so many, chosen by index; None for all.
        batch_size: of every batch but the last.
        labels, weights: whether there are labels and sample weights.
        outputs: of the model, flattened, with the losses that the labels are for; () where they are not known.
        otherwise: what is known of the outputs of a model that does not know them itself.
        inputs: of the model, in the order of the flattened ``x``; () where they are not known; input_names: theirs.
        feature_names: of the columns of a table, one per feature of the only input; () elsewhere.
        class_names: by class index, () if unknown.
        class_weight: class index → factor of its samples in the training loss, as ``fit`` takes it.
        embed: whether samples, pictures made from them and label texts may stand in the report.
        repeatable: whether it can be read again; a generator cannot.
        same_order: whether reading again brings the same samples in the same order, as far as is known.
        lasting: whether the arrays of a batch stay as they are when the next one is read.
        notes: what was left out or worked around, one sentence each.
        first: the first batch, read to check it; None where nobody did.
    """

    argument: str = "data"
    source: str
    samples: int | None
    exact: bool = True
    max_samples: int | None = MAX_SAMPLES
    batch_size: int
    labels: bool
    weights: bool
    outputs: tuple[OutputSpec, ...] = ()
    otherwise: OutputSpec = field(default_factory=lambda: OutputSpec(name="labels"))
    inputs: tuple[InputSpec, ...] = ()
    input_names: tuple[str, ...]
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    class_weight: Mapping[int, float] = field(default_factory=dict)
    embed: bool = True
    repeatable: bool = True
    same_order: bool = True
    lasting: bool = False
    notes: tuple[str, ...] = ()
    first: Batch | None = field(default=None, repr=False)
    read: Callable[[], Iterator[Batch]] = field(repr=False)

    def __iter__(self) -> Iterator[Batch]:
        """Iterate over all of the data."""
        return self.read()

    def training_weight(self, batch: Batch) -> Any:
        """Return the sample weights of a batch times the class weights of its labels, as ``fit`` weighs the loss.

        A label's class is the place of the largest column, or the label itself, rounded.
        """
        if not self.class_weight or not isinstance(batch.y, np.ndarray) or batch.y.dtype.kind not in "biuf":
            return batch.sample_weight
        y = batch.y
        if y.ndim > 1:
            y = y.argmax(-1) if y.shape[-1] != 1 else y[..., 0]
        classes, place = np.unique(np.round(y), return_inverse=True)
        factors = np.array([self.class_weight.get(int(c), 1.0) if np.isfinite(c) else 1.0 for c in classes], np.float32)
        weight = factors[place].reshape(y.shape)
        if batch.sample_weight is None:
            return weight
        given = np.asarray(batch.sample_weight)
        return weight * (given if given.ndim <= weight.ndim else given.reshape(weight.shape)).astype(np.float32)

    def chosen(self, batch: Batch) -> NDArray[np.intp]:
        """Return the rows of a batch that belong to the ``max_samples``, shape ``(n,)``.

        Of known length they are spread evenly over the whole data: sample ``i`` is chosen when
        ``floor(i · m / n)`` moves on; of unknown length they are the first ones.
        """
        index = np.arange(batch.start, batch.start + batch.size)
        if self.max_samples is None or (self.samples is not None and self.samples <= self.max_samples):
            return np.arange(batch.size)
        if self.samples is None:
            return np.flatnonzero(index < self.max_samples)
        step = index * self.max_samples // self.samples
        before = (index - 1) * self.max_samples // self.samples
        return np.flatnonzero(step != before)


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainBatches:
    """The training data, when it was handed over beside the data the report is about."""

    batches: Batches


def rows(structure: Any, chosen: NDArray[np.intp]) -> Any:
    """Return the given rows of every array or tensor of a structure; None stays None."""
    import tensorflow as tf

    def taken(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, np.ndarray):
            return value[chosen]
        if isinstance(value, tf.SparseTensor):
            return tf.sparse.from_dense(tf.gather(tf.sparse.to_dense(value), chosen))
        return tf.gather(value, chosen)

    return tf.nest.map_structure(taken, structure, expand_composites=False)


def joined(structures: list[Any]) -> Any:
    """Return structures of one kind one behind the other along their first axis."""
    import tensorflow as tf

    def put(*values: Any) -> Any:
        if values[0] is None:
            return None
        if isinstance(values[0], np.ndarray):
            return np.concatenate(values)
        if isinstance(values[0], tf.SparseTensor):
            return tf.sparse.concat(0, list(values))
        return tf.concat(list(values), 0)

    return tf.nest.map_structure(put, *structures, expand_composites=False)


def size_of(structure: Any) -> int:
    """Return the number of samples: the first axis of the first array that has one."""
    import tensorflow as tf

    for value in tf.nest.flatten(structure, expand_composites=False):
        if value is None:
            continue
        if isinstance(value, tf.RaggedTensor):
            return int(value.nrows())
        shape = tuple(value.shape)
        if shape:
            return int(shape[0])
    return 1
