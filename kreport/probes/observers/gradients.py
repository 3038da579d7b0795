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
from kreport.probes import _keras_fit
from kreport.probes.observers._base import Mode, Observer, Seen, SeenGradient
from kreport.probes.train_step import RecordedGradient
from kreport.probes.tree import LayerTree
from kreport.probes.updates import Update, rehearsal_notes, rehearsed


@dataclass(frozen=True, kw_only=True, eq=False)
class VariableGradient:
    """∂L/∂w of one trainable variable in training mode.

    Attributes:
        layer, name: whose it is.
        variable: the live variable.
        connected: whether the loss depends on it; in a train step of the class's own, whether an optimizer was given
            a gradient for it.
        optimizer: name of the one that takes it, where the class's own train step was recorded; else "".
        squares: ‖g_b‖² of each batch gradient, float64 of shape ``(batches,)``.
        crosses: ``n_b g_b · Σ n_c g_c`` over the batches c before b, of sizes n, float64 of the same shape: what they
            have in common is the signal.
        sizes: samples of these batches, int64: all of them, but where a train step of the class's own has not always a
            gradient for it.
        update: of the step that the first batch would bring; None without an optimizer.
        read: returns the gradient of the mean loss over all chosen samples, float32 in the variable's shape: batch
            gradients weighted by batch size. Read it once: nothing holds on to it.
    """

    layer: str
    name: str
    variable: Any = field(repr=False)
    connected: bool
    optimizer: str
    squares: NDArray[np.float64]
    crosses: NDArray[np.float64]
    sizes: NDArray[np.int64]
    update: Update | None
    read: Callable[[], NDArray[np.float32]] = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightGradients:
    """Gradients of all trainable variables.

    Attributes:
        gradients: one a variable, in the model's order.
        sizes: samples in each batch, int64 of shape ``(batches,)``.
        losses: training-mode loss of each batch, float64 of shape ``(batches,)``; NaN where a train step of the
            class's own was recorded.
        samples: how many samples they are made from.
        no_update: why there are no updates; "" if there are. update_notes: in what they differ from those of ``fit``.
        frozen: (layer, name) of the variables that were added to be trained, and are not.
        recorded: whether a train step of the class's own was recorded.
    """

    gradients: tuple[VariableGradient, ...]
    sizes: NDArray[np.int64]
    losses: NDArray[np.float64]
    samples: int
    no_update: str = ""
    update_notes: tuple[str, ...] = ()
    frozen: tuple[tuple[str, str], ...] = ()
    recorded: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class _Known:
    """A variable that has come by: whose it is, whether it gets a gradient, and who takes it."""

    layer: str
    name: str
    variable: Any
    connected: bool
    optimizer: Any
    optimizer_name: str


@dataclass(eq=False)
class Gradients(Observer[WeightGradients]):
    """Sums gradients in variables of its own, as large as the model's weights; only norms leave the graph."""

    mode: ClassVar[Mode] = "training"
    _sums: dict[int, Any] = field(default_factory=dict)
    _known: list[_Known] = field(default_factory=list)
    _products: dict[int, list[tuple[float, float, int]]] = field(default_factory=dict)
    _sizes: list[int] = field(default_factory=list)
    _losses: list[float] = field(default_factory=list)
    _updates: dict[int, Update | None] = field(default_factory=dict)
    _no_update: str = ""
    _update_notes: tuple[str, ...] = ()
    _frozen: tuple[tuple[str, str], ...] = ()
    _recorded: bool = False
    _model: Any = None

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Make room for the sums."""
        import tensorflow as tf

        del batches
        self._model = tree.model
        trainable = {id(v) for v in tree.model.trainable_variables}
        frozen = {id(v) for _, layer in tree.entries for v in _keras_fit.frozen_variables(layer)}
        self._frozen = tuple((layer, name) for layer, name, v in tree.variables() if id(v) in frozen - trainable)
        for _, _, variable in tree.variables():
            if id(variable) in trainable:
                self._sums[id(variable)] = tf.Variable(tf.zeros(variable.shape), trainable=False)

    def reduce(self, seen: Seen) -> Any:
        """Add each gradient to its sum, and return its product with itself and with the sum before."""
        import tensorflow as tf

        self._known = [self._met(entry) for entry in seen.gradients]
        weight = tf.cast(seen.size, tf.float32)
        products = [
            _added(self._sums[id(entry.variable)], entry.gradient, weight)
            for entry in seen.gradients
            if entry.gradient is not None
        ]
        loss = tf.constant(np.nan) if seen.loss is None else tf.cast(seen.loss, tf.float32)
        return {"products": tf.stack(products) if products else (), "loss": loss}

    def _met(self, entry: SeenGradient) -> _Known:
        optimizer, name = getattr(self._model, "optimizer", None), ""
        if isinstance(entry, RecordedGradient):
            self._recorded = True
            optimizer, name = entry.optimizer, entry.optimizer_name
        return _Known(
            layer=entry.layer, name=entry.name, variable=entry.variable, connected=entry.gradient is not None,
            optimizer=optimizer, optimizer_name=name,
        )  # fmt: skip

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the norms of one batch."""
        self._sizes.append(batch.size)
        self._losses.append(float(reduced["loss"]))
        if len(self._sizes) == 1:
            self._rehearse(batch.size)
        products = iter(reduced["products"])
        for known in self._known:
            if known.connected:
                square, cross = next(products)
                self._products.setdefault(id(known.variable), []).append((float(square), float(cross), batch.size))

    def _rehearse(self, size: int) -> None:
        """Ask the optimizers what they would do with the gradient of the first batch, which is all there is so far."""
        optimizers = {id(k.optimizer): k.optimizer for k in self._known if k.optimizer is not None}
        if not optimizers:
            self._no_update = "the model has no optimizer: compile it"
        for optimizer in optimizers.values():
            taken = [k for k in self._known if k.optimizer is optimizer]
            gradients = [_reader(self._sums[id(k.variable)], size) if k.connected else None for k in taken]
            done = contained("updates", rehearsed, optimizer, [k.variable for k in taken], gradients, strict=False)
            if isinstance(done, Gap):
                self._no_update = f"the optimizer's step could not be rehearsed ({done.reason})"
            else:
                self._update_notes = tuple(dict.fromkeys((*self._update_notes, *rehearsal_notes(optimizer))))
                self._updates |= {id(k.variable): update for k, update in zip(taken, done, strict=True)}

    def merge(self, other: Gradients) -> None:
        """Take in what was seen of other samples; what both have in common is shared among the batches of the other."""
        self._known, self._updates = self._known or other._known, self._updates or other._updates
        self._no_update, self._update_notes = (
            self._no_update or other._no_update,
            self._update_notes or other._update_notes,
        )
        for key, products in other._products.items():
            samples = sum(size for _, _, size in products)
            sums = [sums[key].numpy() for sums in (self._sums, other._sums) if key in sums]
            between = float(np.vdot(*sums)) / samples if len(sums) == 2 else 0.0
            self._products.setdefault(key, []).extend((a, b + between * size, size) for a, b, size in products)
        for key, total in other._sums.items():
            if self._sums.setdefault(key, total) is not total:
                self._sums[key].assign_add(total)
        self._sizes += other._sizes
        self._losses += other._losses

    def result(self) -> WeightGradients:
        """Return the mean gradients."""
        return WeightGradients(
            gradients=tuple(self._gradient(known) for known in self._known),
            sizes=np.array(self._sizes, np.int64), losses=np.array(self._losses, np.float64),
            samples=sum(self._sizes), no_update=self._no_update, update_notes=self._update_notes,
            frozen=self._frozen, recorded=self._recorded,
        )  # fmt: skip

    def _gradient(self, known: _Known) -> VariableGradient:
        key = id(known.variable)
        squares, crosses, sizes = zip(*self._products.get(key, ()), strict=True) if key in self._products else ((),) * 3
        return VariableGradient(
            layer=known.layer, name=known.name, variable=known.variable, connected=bool(sizes),
            optimizer=known.optimizer_name, squares=np.array(squares, np.float64),
            crosses=np.array(crosses, np.float64), sizes=np.array(sizes, np.int64), update=self._updates.get(key),
            read=_reader(self._sums[key], sum(sizes)),
        )  # fmt: skip


def _added(total: Any, gradient: Any, weight: Any) -> Any:
    """Add a gradient times ``weight`` to a sum; return ‖g‖² and its product with the sum as it was, of shape (2,)."""
    import tensorflow as tf

    if isinstance(gradient, tf.IndexedSlices):
        slices = unique_rows(gradient)
        values, before = slices.values, tf.gather(total, slices.indices)
        weighted = values * weight
        cross = tf.reduce_sum(weighted * before)
        with tf.control_dependencies([cross]):
            total.scatter_add(tf.IndexedSlices(weighted, slices.indices))
    else:
        values = tf.cast(gradient, tf.float32)
        cross = weight * tf.reduce_sum(values * total)
        with tf.control_dependencies([cross]):  # whoever still reads the sum would have it copied
            # total += weight * values, in place: a product of its own would be as large as the weights
            tf.raw_ops.ResourceApplyGradientDescent(var=total.handle, alpha=-weight, delta=values)
    return tf.stack([2 * tf.nn.l2_loss(values), cross])


def _reader(total: Any, samples: int) -> Callable[[], NDArray[np.float32]]:
    """Return what divides a sum of gradients by the samples it is made of; at once, when it is called."""

    def read() -> NDArray[np.float32]:
        values: NDArray[np.float32] = np.asarray(total.numpy())
        return np.divide(values, np.float32(max(samples, 1)), out=values)

    return read


def unique_rows(slices: Any) -> Any:
    """Return the gradient of an embedding with each row once, repeated tokens summed, as float32."""
    import tensorflow as tf

    rows, where = tf.unique(slices.indices)
    values = tf.math.unsorted_segment_sum(tf.cast(slices.values, tf.float32), where, tf.size(rows))
    return tf.IndexedSlices(values, rows, slices.dense_shape)
