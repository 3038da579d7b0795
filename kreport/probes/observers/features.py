"""Every sample's place in the features of some layers, with what the model says of it and what is right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batch, Batches
from kreport.inputs.piles import Piles
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
"""Features wider than this are averaged over neighbouring columns before they leave the graph; such labels stay out."""


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
        several: whether the model's first output has several values a sample.
        labels: what belongs to it; None without, and where they are wider than 4,096 values a sample.
    """

    layers: tuple[LayerFeatures, ...]
    index: NDArray[np.int64]
    several: bool
    labels: NDArray[Any] | None


@dataclass(eq=False)
class Representations(Observer[Features]):
    """Keeps features and labels of the first 1,000 chosen samples."""

    mode: ClassVar[Mode] = "inference"
    _calls: list[tuple[str, str]] = field(default_factory=list)
    _which: list[int] = field(default_factory=list)
    _kept: Piles = field(default_factory=lambda: Piles(SAMPLES))
    _several: bool = False
    _widths: list[int] = field(default_factory=list)
    _every: int = 1
    _met: int = 0

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Find out how many samples will come, to keep them evenly."""
        del tree
        known = [n for n in (batches.samples, batches.max_samples) if n is not None]
        self._every = max(1, -(-min(known, default=SAMPLES) // SAMPLES))

    def reduce(self, seen: Seen) -> Any:
        """Return each layer's features; equal ones once."""
        import tensorflow as tf

        if seen.outputs is None:
            message = "samples are compared by what the model itself puts out, and it is built inside only"
            raise NotMeasuredError(message)
        calls = spread([c for c in seen.calls if _has_features(c)], LAYERS)
        self._calls = [(call.id, call.layer) for call in calls]
        first = tf.nest.flatten(seen.outputs)[0]
        self._several = first.shape.rank is not None and first.shape[1:].num_elements() != 1
        origins = [id(origin_of(call.outputs[0])) for call in calls]  # a dropout hands on what another layer made
        different = dict(zip(origins, calls, strict=True))
        self._which = [list(different).index(origin) for origin in origins]
        return [_pooled(seen, call) for call in different.values()]

    def add(self, reduced: Any, batch: Batch) -> None:
        """Keep one batch, or every k-th sample of it."""
        import tensorflow as tf

        here = np.arange(self._met, self._met + batch.size)
        self._met += batch.size
        rows = np.flatnonzero(here % self._every == 0)[: SAMPLES - self._kept.size]
        if not len(rows):
            return
        self._widths = [part.shape[1] for part in reduced]
        labels = [] if batch.y is None else tf.nest.flatten(batch.y, expand_composites=False)
        of_rows = np.asarray(labels[0])[rows] if labels and _is_narrow(labels[0], batch.size) else None
        narrow = narrowed([part[rows] for part in reduced], WIDTH)
        self._kept.add((narrow, batch.index[rows].astype(np.int64), of_rows), len(rows))

    def merge(self, other: Representations) -> None:
        """Take in other samples."""
        self._calls, self._widths = self._calls or other._calls, self._widths or other._widths
        self._which, self._several = self._which or other._which, self._several or other._several
        self._kept = self._kept.and_then(other._kept)

    def result(self) -> Features:
        """Return what was kept."""
        values, index, labels = self._kept.rows() or ([], np.zeros(0, np.int64), None)
        layers = tuple(
            LayerFeatures(call=call, layer=layer, values=values[place], width=self._widths[place])
            for (call, layer), place in zip(self._calls, self._which if values else (), strict=bool(values))
        )
        return Features(layers=layers, index=index, several=self._several, labels=labels)


def _is_narrow(labels: Any, samples: int) -> bool:
    import tensorflow as tf

    return not isinstance(labels, tf.RaggedTensor | tf.SparseTensor) and np.size(labels) <= WIDEST * max(samples, 1)


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
