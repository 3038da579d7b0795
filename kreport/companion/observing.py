"""Observers of one batch that is seen again and again: each look replaces the one before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from kreport.inputs.batches import Batch
from kreport.inputs.training_log import Reading, Row
from kreport.probes.layers import kind_of
from kreport.probes.observers import Observer, Seen
from kreport.probes.observers._base import Mode
from kreport.probes.observers.activations import Activations, CallValues, numeric
from kreport.probes.observers.backflow import Backflows, CallGradient
from kreport.probes.observers.functions import Functions, _flat_by_unit
from kreport.probes.observers.gradients import unique_rows
from kreport.probes.tree import LayerTree
from kreport.probes.weights import role_of
from kreport.tensors.streaming import Stream

EVERYWHERE = ((-math.inf, math.inf),)


def reading(rows: Sequence[Row], names: Sequence[str], numbers: Sequence[Sequence[float | None]]) -> Reading:
    """Return rows with their numbers, one sequence of ``names`` a row; None is not measured."""
    table = np.array([[math.nan if n is None else n for n in line] for line in numbers], np.float64)
    return Reading(rows=tuple(rows), values={name: table[:, i].copy() for i, name in enumerate(names)}) if rows else (
        Reading()
    )  # fmt: skip


def _share(count: int, stream: Stream) -> float:
    return count / stream.size if stream.size else math.nan


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
            inside, every = (_flat_by_unit(z, one.mask, spans) for spans in (self._curves[curve].flats, EVERYWHERE))
            found.append(tf.math.divide_no_nan(tf.reduce_sum(inside), tf.reduce_sum(every)))
            self._calls.append(one.call)
        return tf.stack(found) if found else ()

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take the first piece of a look and forget the look before."""
        if not batch.start:
            self.shares = dict(zip(self._calls, np.asarray(reduced, np.float64).tolist(), strict=True))


@dataclass(eq=False)
class OutputsNow(Activations):
    """What the calls put out the last time they were looked at."""

    kinds: dict[str, str] = field(default_factory=dict)
    flat: FlatNow = field(default_factory=FlatNow)

    def start(self, tree: LayerTree, batches: Any) -> None:
        """Note what kind of layer each is."""
        super().start(tree, batches)
        self.kinds = {layer_id: kind_of(layer) for layer_id, layer in tree.entries}

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take the first piece of a look and forget the look before; a later piece says nothing of the whole."""
        if batch.start:
            return
        self._samples = 0
        for entry in self._entries.values():
            entry.stream = None
        super().add(reduced, batch)

    def now(self) -> Reading:
        """Return mean, standard deviation, and shares, by call; see :class:`kreport.inputs.training_log.Tracked`."""
        found = [value for value in self.result().values if not value.inner and not value.output and value.stream]
        names, flat = ("mean", "std", "zeros", "dead", "bad", "flat"), self.flat.shares
        lines = [(*_output(value.stream), flat.get(value.call)) for value in found]
        return reading([self._row(value) for value in found], names, lines)

    def _row(self, value: CallValues) -> Row:
        units = 0 if value.stream is None else int(value.stream.units.mean.size)
        return Row(layer=value.layer, name=value.call, kind=self.kinds.get(value.layer, "other"), size=units)


def _output(stream: Stream | None) -> tuple[float | None, ...]:
    if stream is None:
        return (None,) * 5
    units = stream.units
    dead = float(np.mean((units.low == 0) & (units.high == 0))) if units.low.size else None
    bad = _share(stream.fine.nan + stream.fine.infinite, stream)
    return stream.mean, stream.std, _share(stream.fine.zeros, stream), dead, bad


@dataclass(eq=False)
class BackflowNow(Backflows):
    """∂L/∂a of the calls the last time they were looked at."""

    kinds: dict[str, str] = field(default_factory=dict)

    def start(self, tree: LayerTree, batches: Any) -> None:
        """Note what kind of layer each is."""
        super().start(tree, batches)
        self.kinds = {layer_id: kind_of(layer) for layer_id, layer in tree.entries}

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take the first piece of a look and forget the look before."""
        if batch.start:
            return
        self._samples, self._streams = 0, {}
        super().add(reduced, batch)

    def now(self) -> Reading:
        """Return root mean square (per sample), shares of zeros and of what is not finite, by call."""
        found = [call for call in self.result().calls if not call.inner and call.stream is not None]
        return reading([self._row(c) for c in found], ("rms", "zeros", "bad"), [_flow(c.stream) for c in found])

    def _row(self, call: CallGradient) -> Row:
        units = 0 if call.stream is None else int(call.stream.units.mean.size)
        return Row(layer=call.layer, name=call.call, kind=self.kinds.get(call.layer, "other"), size=units)


def _flow(stream: Stream | None) -> tuple[float | None, ...]:
    if stream is None:
        return (None,) * 3
    mean, std = stream.mean, stream.std
    rms = None if mean is None or std is None else math.hypot(mean, std)
    return rms, _share(stream.fine.zeros, stream), _share(stream.fine.nan + stream.fine.infinite, stream)


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
        found = []
        for entry in seen.gradients:
            if entry.gradient is None:
                continue
            sparse = isinstance(entry.gradient, tf.IndexedSlices)
            values = unique_rows(entry.gradient).values if sparse else tf.cast(entry.gradient, tf.float32)
            size = math.prod(int(s) for s in entry.variable.shape)
            untouched = tf.cast(size - tf.size(values), tf.float32) if sparse else 0.0
            zeros = tf.math.count_nonzero(tf.equal(values, 0), dtype=tf.int32)
            bad = tf.math.count_nonzero(tf.logical_not(tf.math.is_finite(values)), dtype=tf.int32)
            # Scaled, as squares of small gradients leave the range of float32.
            peak = tf.reduce_max(tf.abs(values))
            squares = tf.reduce_sum(tf.square(tf.math.divide_no_nan(values, peak)))
            found.append(
                tf.stack([peak, squares, tf.cast(zeros, tf.float32) + untouched, tf.cast(bad, tf.float32)])
            )  # fmt: skip
        return tf.stack(found) if found else ()

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take the first piece of a look and forget the look before."""
        if batch.start:
            return
        table = np.asarray(reduced, np.float64).reshape(-1, 4)
        self._sums = [(peak * math.sqrt(max(squares, 0.0)), zeros, bad) if not bad else (math.nan, zeros, bad)
                      for peak, squares, zeros, bad in table.tolist()]  # fmt: skip
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
