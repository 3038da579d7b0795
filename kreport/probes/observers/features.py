"""Every sample's place in the features of some layers, with what the model says of it and what is right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batch, Batches
from kreport.probes.observers._base import Mode, Observer, Seen, SeenCall
from kreport.probes.observers.activations import numeric, origin_of, seen_means, unit_axis_of
from kreport.probes.tree import LayerTree
from kreport.tensors.representation import narrowed
from kreport.tensors.thinning import spread

SAMPLES = 1000
"""Samples whose features are kept, at most."""

LAYERS = 24
"""Layers whose features are kept: evenly spread over depth, the first and the last among them."""

WIDTH = 256
"""Columns of a layer's features; wider ones are projected."""

WIDEST = 4096
"""Features wider than this are averaged over neighbouring columns before they leave the graph."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerFeatures:
    """One call's outputs, averaged over positions.

    Attributes:
        call, layer: where.
        values: float32 of shape ``(samples, width)``, width ≤ 256.
        width: of the output before it was projected.
    """

    call: str
    layer: str
    values: NDArray[np.float32]
    width: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """At most 1,000 samples, in the order of the data.

    Attributes:
        layers: some calls, in order.
        index: of each sample in the data, int64 of shape ``(samples,)``.
        outputs: the model's first output, float32 of shape ``(samples, …)``; labels: what belongs to it, or None.
        losses: compiled loss of each sample, or None.
    """

    layers: tuple[LayerFeatures, ...]
    index: NDArray[np.int64]
    outputs: NDArray[np.float32]
    labels: NDArray[Any] | None
    losses: NDArray[np.float64] | None


@dataclass(eq=False)
class Representations(Observer[Features]):
    """Keeps features, outputs and labels of the first 1,000 chosen samples."""

    mode: ClassVar[Mode] = "inference"
    _calls: list[tuple[str, str]] = field(default_factory=list)
    _which: list[int] = field(default_factory=list)
    _values: list[list[NDArray[np.float32]]] = field(default_factory=list)
    _outputs: list[NDArray[np.float32]] = field(default_factory=list)
    _labels: list[NDArray[Any]] = field(default_factory=list)
    _losses: list[NDArray[np.float64]] = field(default_factory=list)
    _index: list[NDArray[np.int64]] = field(default_factory=list)
    _widths: list[int] = field(default_factory=list)
    _every: int = 1
    _met: int = 0

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Find out how many samples will come, to keep them evenly."""
        del tree
        known = [n for n in (batches.samples, batches.max_samples) if n is not None]
        self._every = max(1, -(-min(known, default=SAMPLES) // SAMPLES))

    def reduce(self, seen: Seen) -> Any:
        """Return each layer's features, the first output, the losses."""
        import tensorflow as tf

        if seen.outputs is None:
            message = "samples are compared by what the model itself puts out, and it is built inside only"
            raise NotMeasuredError(message)
        calls = spread([c for c in seen.calls if _has_features(c)], LAYERS)
        self._calls = [(call.id, call.layer) for call in calls]
        first = tf.nest.flatten(seen.outputs)[0]
        origins = [id(origin_of(call.outputs[0])) for call in calls]  # a dropout hands on what another layer made
        different = dict(zip(origins, calls, strict=True))
        self._which = [list(different).index(origin) for origin in origins]
        found = {"features": [_pooled(seen, c) for c in different.values()], "output": tf.cast(first, tf.float32)}
        if seen.sample_losses is not None:
            found["losses"] = seen.sample_losses
        return found

    def add(self, reduced: Any, batch: Batch) -> None:
        """Keep one batch, or every k-th sample of it."""
        import tensorflow as tf

        here = np.arange(self._met, self._met + batch.size)
        self._met += batch.size
        rows = np.flatnonzero(here % self._every == 0)
        if sum(map(len, self._index)) >= SAMPLES or not len(rows):
            return
        narrow = narrowed([part[rows] for part in reduced["features"]], WIDTH)
        self._values.append([narrow[index] for index in self._which])
        self._widths = [reduced["features"][index].shape[1] for index in self._which]
        self._outputs.append(np.asarray(reduced["output"])[rows])
        self._index.append(batch.index[rows].astype(np.int64))
        if "losses" in reduced:
            self._losses.append(np.asarray(reduced["losses"], np.float64)[rows])
        labels = [] if batch.y is None else tf.nest.flatten(batch.y, expand_composites=False)
        if labels and not isinstance(labels[0], tf.RaggedTensor | tf.SparseTensor):
            self._labels.append(np.asarray(labels[0])[rows])

    def merge(self, other: Representations) -> None:
        """Take in other samples, as far as there is room."""
        self._calls = self._calls or other._calls
        for name in ("_values", "_outputs", "_labels", "_losses", "_index"):
            getattr(self, name).extend(getattr(other, name))

    def result(self) -> Features:
        """Return what was kept."""
        columns = zip(*self._values, strict=True) if self._values else ()
        layers = tuple(
            LayerFeatures(call=call, layer=layer, values=np.concatenate(values), width=width)
            for (call, layer), values, width in zip(self._calls, columns, self._widths, strict=True)
        )
        samples = sum(map(len, self._index))
        losses = np.concatenate(self._losses) if self._losses else None
        return Features(
            layers=layers,
            index=np.concatenate(self._index) if self._index else np.zeros(0, np.int64),
            outputs=np.concatenate(self._outputs) if self._outputs else np.zeros((0, 1), np.float32),
            labels=np.concatenate(self._labels) if self._labels else None,
            losses=losses if losses is not None and len(losses) == samples else None,
        )


def _has_features(call: SeenCall) -> bool:
    values = numeric(call.outputs[0])
    return not call.inner and values is not None and values.shape.rank >= 2 and values.dtype.is_floating


def _pooled(seen: Seen, call: SeenCall) -> Any:
    """Return the output averaged over positions, float32 of shape ``(samples, units)``; padded ones do not count."""
    import tensorflow as tf

    outputs: Any = numeric(call.outputs[0])
    mask = call.masks[0]
    values, rank = tf.cast(outputs, tf.float32), outputs.shape.rank
    axis = unit_axis_of(call.target, outputs)
    if rank > 2 and mask is not None and mask.shape.rank == rank - 1 and axis % rank == rank - 1:
        inside, axes = tf.cast(mask, tf.float32)[..., None], list(range(1, rank - 1))
        values = tf.math.divide_no_nan(tf.reduce_sum(values * inside, axes), tf.reduce_sum(inside, axes))
    elif rank > 2:
        values = seen_means(seen, outputs, axis)
    width = outputs.shape[axis]
    if width is not None and width > WIDEST:
        parts = -(-width // WIDEST)
        padded = tf.pad(values, [[0, 0], [0, -width % parts]])
        values = tf.reduce_mean(tf.reshape(padded, [-1, (width + (-width % parts)) // parts, parts]), 2)
    return values
