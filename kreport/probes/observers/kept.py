"""A few samples as they came, with what the model says of each: for what can only be looked at once that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch, Batches, rows
from kreport.inputs.expected import OutputSpec
from kreport.inputs.piles import Piles
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.outputs import is_probabilities, outputs_of
from kreport.probes.tree import LayerTree

SAMPLES = 1000
"""Samples kept, at most."""

BYTES = 64 << 20
"""Of inputs, labels and weights together; larger samples are fewer."""

FEWEST = 8
"""Samples kept however large they are."""

WIDEST = 4096
"""Values of a sample's output up to which outputs are kept."""


@dataclass(frozen=True, kw_only=True, eq=False)
class KeptSamples:
    """At most 1,000 of the chosen samples, in their order.

    Attributes:
        x, y, sample_weight: of the samples, in the structure of a :class:`Batch`.
        index: of each sample in the data, int64 of shape ``(samples,)``.
        outputs: what the model says in inference mode: its first output that looks like a classifier's, else its first;
            float32 of shape ``(samples, …)``, None where it is wider than 4,096 values a sample. Logits of classes
            are made probabilities.
        output: which of the flattened outputs that is; several: how many there are; logits: whether it is logits.
        losses: compiled loss of each sample, float64 of shape ``(samples,)``; None where they cannot be told.
        of: how many samples there were to choose from.
        limited: whether the size of the samples kept them fewer.
    """

    x: Any
    y: Any
    sample_weight: Any
    index: NDArray[np.int64]
    outputs: NDArray[np.float32] | None
    output: int
    several: int
    logits: bool
    losses: NDArray[np.float64] | None
    of: int
    limited: bool


@dataclass(eq=False)
class Keeper(Observer[KeptSamples]):
    """Keeps every k-th of the chosen samples where their number is known, else the first ones."""

    mode: ClassVar[Mode] = "inference"
    _kept: Piles = field(default_factory=lambda: Piles(0))
    _known: int | None = None
    _room: int = 0
    _every: int = 1
    _output: int = 0
    _several: int = 1
    _logits: bool = False
    _specs: Sequence[OutputSpec] = ()
    _met: int = 0
    _lasting: bool = False

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Find out how many samples will come."""
        del tree
        self._specs = batches.outputs
        limit, number = batches.max_samples, batches.samples
        self._lasting = batches.lasting
        self._known = number if limit is None or number is None else min(number, limit)

    def reduce(self, seen: Seen) -> Any:
        """Return one output and the losses."""
        import tensorflow as tf

        given = [t for t in tf.nest.flatten(seen.outputs) if tf.is_tensor(t)]
        outputs = outputs_of(seen.outputs, self._specs)
        found: dict[str, Any] = {} if seen.sample_losses is None else {"losses": seen.sample_losses}
        if not outputs:
            return found
        self._output, self._several = telling_output(outputs), len(outputs)
        first = outputs[self._output]
        self._logits = first is not given[self._output]
        if _kept_whole(first):
            found["outputs"] = tf.cast(first, tf.float32)
        return found

    def add(self, reduced: Any, batch: Batch) -> None:
        """Keep some rows of a batch."""
        if not self._room:
            each = max(1, bytes_of((batch.x, batch.y, batch.sample_weight)) // max(batch.size, 1))
            self._room = max(FEWEST, min(SAMPLES, BYTES // each))
            self._every = 1 if self._known is None else max(1, -(-self._known // self._room))
            self._lasting = self._lasting and self._every == 1  # single rows are copied as they are taken
            self._kept = Piles(self._room, lasting=self._lasting)
        ordinal = np.arange(self._met, self._met + batch.size, dtype=np.int64)
        self._met += batch.size
        chosen = np.flatnonzero(ordinal % self._every == 0)[: self._room - self._kept.size]
        if len(chosen):
            outputs = _of_rows(reduced.get("outputs"), chosen, batch.size, np.float32)
            losses = _of_rows(reduced.get("losses"), chosen, batch.size, np.float64)
            index = batch.index[chosen].astype(np.int64)
            given: Any = (batch.x, batch.y, batch.sample_weight)
            if not self._lasting or len(chosen) < batch.size:
                given = rows(given, chosen)
            self._kept.add((given, index, outputs, losses), len(chosen))

    def merge(self, other: Keeper) -> None:
        """Take in other samples."""
        self._kept, self._room = self._kept.and_then(other._kept), max(self._room, other._room)
        self._met += other._met
        self._output, self._several, self._logits = other._output, other._several, other._logits

    def result(self) -> KeptSamples:
        """Return what was kept, in the order of the data."""
        kept = self._kept.rows()
        (x, y, weight), index, outputs, losses = kept or ((None,) * 3, np.zeros(0, np.int64), None, None)
        if (np.diff(index) < 0).any():
            (x, y, weight), index, outputs, losses = rows(kept, np.argsort(index))
        return KeptSamples(
            x=x, y=y, sample_weight=weight, index=index, outputs=outputs, output=self._output,
            several=self._several, logits=self._logits, losses=losses, of=self._met,
            limited=len(index) < min(self._met, SAMPLES) and self._room < SAMPLES,
        )  # fmt: skip


def telling_output(outputs: list[Any]) -> int:
    """Return the place of the first output that looks like a classifier's: made by softmax or sigmoid; else flat."""
    flat = [index for index, t in enumerate(outputs) if t.shape.rank == 2 and t.dtype.is_floating]
    made = [index for index in flat if is_probabilities(outputs[index])]
    return (made or flat or [0])[0]


def bytes_of(structure: Any) -> int:
    """Return the size of arrays and tensors; a string counts as 64 bytes."""
    import tensorflow as tf

    total = 0
    for value in tf.nest.flatten(structure, expand_composites=True):
        if isinstance(value, np.ndarray):
            total += value.nbytes
        elif tf.is_tensor(value):
            total += int(tf.size(value)) * (value.dtype.size or 64)
    return total


def _kept_whole(tensor: Any) -> bool:
    shape = tensor.shape
    if not shape.rank or None in shape[1:] or not tensor.dtype.is_floating:
        return False
    return int(np.prod(shape[1:], dtype=np.int64)) <= WIDEST


def _of_rows(values: Any, chosen: NDArray[np.intp], size: int, kind: type) -> Any:
    if values is None or np.ndim(values) < 1 or len(values) != size:
        return None
    return np.asarray(values, kind)[chosen]
