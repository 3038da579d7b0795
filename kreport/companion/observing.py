"""Observers of one batch that is seen again and again: each look replaces the one before."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.companion.reducing import NUMBERS, flat_share, six_numbers
from kreport.inputs.batches import Batch
from kreport.inputs.training_log import Reading, Row
from kreport.probes.layers import kind_of
from kreport.probes.observers import Observer, Seen, SeenCall
from kreport.probes.observers._base import Mode
from kreport.probes.observers.activations import numeric, unit_axis_of
from kreport.probes.observers.functions import Functions
from kreport.probes.observers.gradients import unique_rows
from kreport.probes.reductions import strength
from kreport.probes.tree import SEPARATOR, LayerTree
from kreport.probes.weights import role_of

SILENT = frozenset({"io", "shape", "reg", "prep"})
"""Kinds of layers that hand values on; their outputs are not followed."""


def reading(rows: Sequence[Row], names: Sequence[str], numbers: Sequence[Sequence[float | None]]) -> Reading:
    """Return rows with their numbers, one sequence of ``names`` a row; None is not measured."""
    table = np.array([[math.nan if n is None else n for n in line] for line in numbers], np.float64)
    return Reading(rows=tuple(rows), values={name: table[:, i].copy() for i, name in enumerate(names)}) if rows else (
        Reading()
    )  # fmt: skip


@dataclass(eq=False)
class FlatNow(Functions):
    """The share of inputs that lay in flat parts of their activation function the last time, by call."""

    shares: dict[str, float] = field(default_factory=dict)
    _calls: list[str] = field(default_factory=list)

    def reduce(self, seen: Seen) -> Any:
        """Return the share of each evaluation of a function that has a curve."""
        import tensorflow as tf

        self._calls, found = [], []
        for one in seen.activations:
            z = numeric(one.z)
            curve = None if z is None or one.call in self._calls else self._curve(one.function)
            if z is None or curve is None:
                continue
            found.append(flat_share(z, self._curves[curve].flats, mask=one.mask))
            self._calls.append(one.call)
        return tf.stack(found) if found else ()

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take the first piece of a look and forget the look before."""
        if not batch.start:
            self.shares = dict(zip(self._calls, np.asarray(reduced, np.float64).tolist(), strict=True))


@dataclass(eq=False)
class _CallsNow(Observer[Reading]):
    """Six numbers of one tensor of every call that is followed, the last time it was looked at."""

    kinds: dict[str, str] = field(default_factory=dict)
    samples: int = 0
    _calls: list[SeenCall] = field(default_factory=list)
    _numbers: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, len(NUMBERS))))

    def start(self, tree: LayerTree, batches: Any) -> None:
        """Note what kind of layer each is."""
        del batches
        self.kinds = {layer_id: kind_of(layer) for layer_id, layer in tree.entries}

    def reduce(self, seen: Seen) -> Any:
        """Return the numbers of each call, one line a call."""
        import tensorflow as tf

        self._calls, found = [], []
        for call, values, mask in self.tensors(seen):
            axis = unit_axis_of(call.target, values)
            self._calls.append(call)
            found.append(seen.reduced(f"six {axis} {id(mask)}", values, _six(mask, axis)))
        return tf.stack(found) if found else ()

    def tensors(self, seen: Seen) -> Iterator[tuple[SeenCall, Any, Any]]:
        """Yield call, tensor and mask."""
        raise NotImplementedError

    def followed(self, seen: Seen) -> Iterator[tuple[int, SeenCall]]:
        """Yield the calls of layers that do more than hand values on, and that hold no other of them."""
        outer = [call for call in seen.calls if not call.inner]
        holders = {holder for call in outer for holder in _above(call.layer)}
        for index, call in enumerate(seen.calls):
            kind = self.kinds.get(call.layer, "other")
            if not call.inner and call.layer not in holders and kind not in SILENT and call.outputs:
                yield index, call

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take the first piece of a look and forget the look before; a later piece says nothing of the whole."""
        if not batch.start:
            self.samples = batch.size
            self._numbers = np.asarray(reduced, np.float64).reshape(-1, len(NUMBERS))

    def rows(self) -> list[Row]:
        """Return what the numbers are about."""
        return [
            Row(layer=c.layer, name=c.id, kind=self.kinds.get(c.layer, "other"), size=int(n))
            for c, n in zip(self._calls, self._numbers[:, -1], strict=True)
        ]


def _six(mask: Any, axis: int) -> Callable[[Any], Any]:
    return lambda tensor: six_numbers(tensor, mask=mask, unit_axis=axis)


def _above(layer: str) -> Iterator[str]:
    while SEPARATOR in layer:
        layer = layer.rpartition(SEPARATOR)[0]
        yield layer


@dataclass(eq=False)
class OutputsNow(_CallsNow):
    """What the calls put out: the first output of each."""

    mode: ClassVar[Mode] = "inference"
    flat: FlatNow = field(default_factory=FlatNow)

    def tensors(self, seen: Seen) -> Iterator[tuple[SeenCall, Any, Any]]:
        """Yield the outputs that are numbers."""
        for _, call in self.followed(seen):
            values = numeric(call.outputs[0])
            if values is not None:
                yield call, values, call.masks[0]

    def result(self) -> Reading:
        """Return mean, standard deviation, and shares, by call; see :class:`kreport.inputs.training_log.Tracked`."""
        flat = [self.flat.shares.get(call.id) for call in self._calls]
        lines = [(*numbers[:5], share) for numbers, share in zip(self._numbers.tolist(), flat, strict=True)]
        return reading(self.rows(), (*NUMBERS[:5], "flat"), lines)


@dataclass(eq=False)
class BackflowNow(_CallsNow):
    """∂L/∂a of the calls: of the first output of each."""

    mode: ClassVar[Mode] = "training"

    def tensors(self, seen: Seen) -> Iterator[tuple[SeenCall, Any, Any]]:
        """Yield the gradients that there are."""
        import tensorflow as tf

        for index, call in self.followed(seen):
            gradient = seen.call_gradients[index]
            if isinstance(gradient, tf.Tensor) and gradient.shape.rank:
                yield call, gradient, None

    def result(self) -> Reading:
        """Return the root mean square per sample (the loss is a mean over them), and shares, by call."""
        lines = [
            (math.hypot(mean, std) * self.samples, zeros, bad) for mean, std, zeros, _, bad, _ in self._numbers.tolist()
        ]
        return reading(self.rows(), ("rms", "zeros", "bad"), lines)


@dataclass(eq=False)
class GradientsNow(Observer[Reading]):
    """∂L/∂w of every trainable variable the last time it was looked at: no gradient leaves the graph, only sums."""

    mode: ClassVar[Mode] = "training"
    square: float = math.nan
    _rows: list[tuple[Row, bool]] = field(default_factory=list)
    _sums: list[tuple[float, float, float]] = field(default_factory=list)

    def reduce(self, seen: Seen) -> Any:
        """Return sum of squares, zeros and values that are not finite of each gradient."""
        import tensorflow as tf

        self._rows = [(_variable_row(g.layer, g.name, g.variable), g.gradient is not None) for g in seen.gradients]
        found, zero = [], tf.zeros([], tf.float64)
        for entry in seen.gradients:
            if entry.gradient is None:
                continue
            if isinstance(entry.gradient, tf.IndexedSlices):
                values = unique_rows(entry.gradient).values
                untouched = tf.cast(math.prod(int(s) for s in entry.variable.shape) - tf.size(values), tf.float64)
                found.append(strength(values) + tf.stack([zero, zero, untouched, zero]))
            else:
                found.append(strength(entry.gradient))
        return tf.stack(found) if found else ()

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take the first piece of a look and forget the look before."""
        if batch.start:
            return
        table = np.asarray(reduced, np.float64).reshape(-1, 4)
        self._sums = [(math.nan if bad else math.sqrt(square), zeros, bad) for _, square, zeros, bad in table.tolist()]
        self.square = math.fsum(norm * norm for norm, _, _ in self._sums)

    def result(self) -> Reading:
        """Return norm, shares of zeros and of what is not finite, by variable; disconnected ones are not measured."""
        return reading([row for row, _ in self._rows], ("norm", "zeros", "bad"), list(self._lines()))

    def _lines(self) -> Iterator[tuple[float | None, ...]]:
        sums = iter(self._sums)
        for row, connected in self._rows:
            if not connected:
                yield (None,) * 3
                continue
            norm, zeros, bad = next(sums)
            yield norm, zeros / max(row.size, 1), bad / max(row.size, 1)


def _variable_row(layer: str, name: str, variable: Any) -> Row:
    shape = tuple(int(size) for size in variable.shape)
    return Row(layer=layer, name=name, kind=role_of(name, shape, str(variable.dtype)), size=math.prod(shape))
