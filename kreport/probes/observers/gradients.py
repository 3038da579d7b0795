"""∂L/∂w of every trainable variable: the mean over all batches, and how much single batches differ from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch, Batches
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.tree import LayerTree


@dataclass(frozen=True, kw_only=True, eq=False)
class VariableGradient:
    """∂L/∂w of one trainable variable in training mode.

    Attributes:
        layer, name: whose it is.
        variable: the live variable.
        mean: gradient of the mean loss over all chosen samples, float32 in the variable's shape: batch gradients
            weighted by batch size. None where disconnected.
        squares: ‖g_b‖² of each batch gradient, float64 of shape ``(batches,)``.
    """

    layer: str
    name: str
    variable: Any = field(repr=False)
    mean: NDArray[np.float32] | None = field(repr=False)
    squares: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightGradients:
    """Gradients of all trainable variables.

    Attributes:
        gradients: one a variable, in the model's order.
        sizes: samples in each batch, int64 of shape ``(batches,)``.
        losses: training-mode loss of each batch, float64 of shape ``(batches,)``.
        samples: how many samples they are made from.
    """

    gradients: tuple[VariableGradient, ...]
    sizes: NDArray[np.int64]
    losses: NDArray[np.float64]
    samples: int


@dataclass(eq=False)
class Gradients(Observer[WeightGradients]):
    """Sums gradients in variables of its own, as large as the model's weights; only norms leave the graph."""

    mode: ClassVar[Mode] = "training"
    _sums: dict[int, Any] = field(default_factory=dict)
    _known: list[tuple[str, str, Any]] = field(default_factory=list)
    _connected: list[bool] = field(default_factory=list)
    _squares: list[list[float]] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=list)
    _losses: list[float] = field(default_factory=list)

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Make room for the sums."""
        import tensorflow as tf

        del batches
        trainable = {id(v) for v in tree.model.trainable_variables}
        for _, _, variable in tree.variables():
            if id(variable) in trainable:
                self._sums[id(variable)] = tf.Variable(tf.zeros(variable.shape), trainable=False)

    def reduce(self, seen: Seen) -> Any:
        """Add each gradient to its sum, and return the squared norms."""
        import tensorflow as tf

        self._known = [(g.layer, g.name, g.variable) for g in seen.gradients]
        self._connected = [g.gradient is not None for g in seen.gradients]
        self._squares = self._squares or [[] for _ in seen.gradients]
        norms = []
        weight = tf.cast(seen.size, tf.float32)
        for entry in seen.gradients:
            if entry.gradient is None:
                continue
            total = self._sums[id(entry.variable)]
            if isinstance(entry.gradient, tf.IndexedSlices):
                slices = unique_rows(entry.gradient)
                total.scatter_add(tf.IndexedSlices(slices.values * weight, slices.indices))
                gradient = slices.values
            else:
                gradient = tf.cast(entry.gradient, tf.float32)
                total.assign_add(gradient * weight)
            norms.append(tf.reduce_sum(tf.square(gradient)))
        return {"squares": norms, "loss": tf.cast(seen.loss, tf.float32)}

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the norms of one batch."""
        self._sizes.append(batch.size)
        self._losses.append(float(reduced["loss"]))
        norms = iter(reduced["squares"])
        for connected, squares in zip(self._connected, self._squares, strict=True):
            if connected:
                squares.append(float(next(norms)))

    def merge(self, other: Gradients) -> None:
        """Take in what was seen of other samples."""
        self._known, self._connected = self._known or other._known, self._connected or other._connected
        for key, total in other._sums.items():
            self._sums[key].assign_add(total)
        self._sizes += other._sizes
        self._losses += other._losses
        self._squares = [
            a + b for a, b in zip(self._squares or [[] for _ in other._squares], other._squares, strict=True)
        ]

    def result(self) -> WeightGradients:
        """Return the mean gradients."""
        samples = sum(self._sizes)
        return WeightGradients(
            gradients=tuple(
                VariableGradient(
                    layer=layer, name=name, variable=variable,
                    mean=self._sums[id(variable)].numpy() / np.float32(max(samples, 1)) if connected else None,
                    squares=np.array(squares, np.float64),
                )
                for (layer, name, variable), connected, squares in zip(
                    self._known, self._connected, self._squares, strict=True
                )
            ),
            sizes=np.array(self._sizes, np.int64), losses=np.array(self._losses, np.float64), samples=samples,
        )  # fmt: skip


def unique_rows(slices: Any) -> Any:
    """Return the gradient of an embedding with each row once, repeated tokens summed, as float32."""
    import tensorflow as tf

    rows, where = tf.unique(slices.indices)
    values = tf.math.unsorted_segment_sum(tf.cast(slices.values, tf.float32), where, tf.size(rows))
    return tf.IndexedSlices(values, rows, slices.dense_shape)
