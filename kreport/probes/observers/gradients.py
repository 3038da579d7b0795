"""∂L/∂w of every trainable variable: the mean over all batches, and how much single batches differ from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.document.model import Gap
from kreport.inputs.batches import Batch, Batches
from kreport.pipeline import contained
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.tree import LayerTree
from kreport.probes.updates import Update, rehearsed


@dataclass(frozen=True, kw_only=True, eq=False)
class VariableGradient:
    """∂L/∂w of one trainable variable in training mode.

    Attributes:
        layer, name: whose it is.
        variable: the live variable.
        connected: whether the loss depends on it.
        squares: ‖g_b‖² of each batch gradient, float64 of shape ``(batches,)``.
        update: of the step that the first batch would bring; None without an optimizer.
        read: returns the gradient of the mean loss over all chosen samples, float32 in the variable's shape: batch
            gradients weighted by batch size. Read it once: nothing holds on to it.
    """

    layer: str
    name: str
    variable: Any = field(repr=False)
    connected: bool
    squares: NDArray[np.float64]
    update: Update | None
    read: Callable[[], NDArray[np.float32]] = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightGradients:
    """Gradients of all trainable variables.

    Attributes:
        gradients: one a variable, in the model's order.
        sizes: samples in each batch, int64 of shape ``(batches,)``.
        losses: training-mode loss of each batch, float64 of shape ``(batches,)``.
        samples: how many samples they are made from.
        no_update: why there are no updates; "" if there are.
    """

    gradients: tuple[VariableGradient, ...]
    sizes: NDArray[np.int64]
    losses: NDArray[np.float64]
    samples: int
    no_update: str = ""


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
    _updates: list[Update | None] = field(default_factory=list)
    _no_update: str = ""
    _model: Any = None

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Make room for the sums."""
        import tensorflow as tf

        del batches
        self._model = tree.model
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
        if len(self._sizes) == 1:
            self._rehearse(batch.size)
        norms = iter(reduced["squares"])
        for connected, squares in zip(self._connected, self._squares, strict=True):
            if connected:
                squares.append(float(next(norms)))

    def _rehearse(self, size: int) -> None:
        """Ask the optimizer what it would do with the gradient of the first batch, which is all there is so far."""
        optimizer = getattr(self._model, "optimizer", None)
        if optimizer is None:
            self._no_update = "the model has no optimizer: compile it"
            return
        gradients = [
            self._sums[id(variable)].numpy() / np.float32(size) if connected else None
            for (_, _, variable), connected in zip(self._known, self._connected, strict=True)
        ]
        done = contained("updates", rehearsed, optimizer, [v for _, _, v in self._known], gradients)
        if isinstance(done, Gap):
            self._no_update = f"the optimizer's step could not be rehearsed ({done.reason})"
        else:
            self._updates = done

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
        updates = self._updates or [None] * len(self._known)
        return WeightGradients(
            gradients=tuple(
                VariableGradient(
                    layer=layer, name=name, variable=variable, connected=connected, update=update,
                    squares=np.array(squares, np.float64), read=_reader(self._sums[id(variable)], samples),
                )
                for (layer, name, variable), connected, squares, update in zip(
                    self._known, self._connected, self._squares, updates, strict=True
                )
            ),
            sizes=np.array(self._sizes, np.int64), losses=np.array(self._losses, np.float64), samples=samples,
            no_update=self._no_update,
        )  # fmt: skip


def _reader(total: Any, samples: int) -> Callable[[], NDArray[np.float32]]:
    return lambda: total.numpy() / np.float32(max(samples, 1))


def unique_rows(slices: Any) -> Any:
    """Return the gradient of an embedding with each row once, repeated tokens summed, as float32."""
    import tensorflow as tf

    rows, where = tf.unique(slices.indices)
    values = tf.math.unsorted_segment_sum(tf.cast(slices.values, tf.float32), where, tf.size(rows))
    return tf.IndexedSlices(values, rows, slices.dense_shape)
