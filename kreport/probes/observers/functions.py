"""Where the inputs of every activation function lie: their distribution, and how many sit where the curve is flat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch
from kreport.probes.curves import FunctionCurve, curve_of
from kreport.probes.observers._base import Mode, Observer, Seen, SeenActivation
from kreport.probes.observers.activations import numeric, seen_sums, unit_axis_of
from kreport.tensors.streaming import Stream


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionInputs:
    """The inputs z of one activation function in one call, over all chosen samples, in inference mode.

    Attributes:
        call, layer: where it is evaluated.
        name: of the function, as users write it.
        curve: index into ``FunctionValues.curves``; None for a function of several numbers, such as softmax.
        z: statistics of the inputs.
        outputs: statistics of what comes out.
        flat: share of each unit's inputs where the curve is flat, float64 of shape ``(units,)``; () without a curve.
    """

    call: str
    layer: str
    name: str
    curve: int | None
    z: Stream
    outputs: Stream
    flat: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionValues:
    """Every evaluation of an activation function in order, and the distinct curves among them."""

    inputs: tuple[FunctionInputs, ...]
    curves: tuple[FunctionCurve, ...]
    samples: int


@dataclass(kw_only=True, eq=False)
class _Entry:
    seen: SeenActivation
    curve: int | None
    z: Stream = field(default_factory=Stream)
    outputs: Stream = field(default_factory=Stream)
    flat: Any = 0.0
    count: float = 0.0


@dataclass(eq=False)
class Functions(Observer[FunctionValues]):
    """Reduces what goes into activation functions, and what comes out."""

    mode: ClassVar[Mode] = "inference"
    _entries: dict[tuple[str, int], _Entry] = field(default_factory=dict)
    _curves: list[FunctionCurve] = field(default_factory=list)
    _of_function: dict[int, int | None] = field(default_factory=dict)
    _keys: list[tuple[str, int]] = field(default_factory=list)
    _samples: int = 0

    def reduce(self, seen: Seen) -> Any:
        """Return the sums of z and a, and how many inputs of each unit are in flat parts."""
        self._keys, sums, met = [], [], dict[str, int]()
        for one in seen.activations:
            z, a = numeric(one.z), numeric(one.a)
            if z is None or a is None:
                continue
            key = one.call, met.get(one.call, 0)
            met[one.call] = key[1] + 1
            entry = self._entries.setdefault(key, _Entry(seen=one, curve=self._curve(one.function)))
            axis = unit_axis_of(one.function, z)
            found = {"z": seen_sums(seen, z, one.mask, axis), "a": seen_sums(seen, a, one.mask, axis)}
            if entry.curve is not None:
                found["flat"] = _flat_by_unit(z, one.mask, self._curves[entry.curve].flats)
            self._keys.append(key)
            sums.append(found)
        return sums

    def _curve(self, function: Any) -> int | None:
        if id(function) not in self._of_function:
            curve = curve_of(function)
            self._of_function[id(function)] = None if curve is None else self._index(curve)
        return self._of_function[id(function)]

    def _index(self, curve: FunctionCurve) -> int:
        for index, known in enumerate(self._curves):
            if known.same(curve):
                return index
        self._curves.append(curve)
        return len(self._curves) - 1

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the sums of one batch."""
        self._samples += batch.size
        for key, sums in zip(self._keys, reduced, strict=True):
            entry = self._entries[key]
            entry.z.add(sums["z"])
            entry.outputs.add(sums["a"])
            if "flat" in sums:
                entry.flat = entry.flat + np.asarray(sums["flat"], np.float64)
                entry.count += float(sums["z"]["count"])

    def merge(self, other: Functions) -> None:
        """Take in what was seen of other samples."""
        self._samples += other._samples
        for key, entry in other._entries.items():
            mine = self._entries.setdefault(key, entry)
            if mine is not entry:
                mine.z.merge(entry.z)
                mine.outputs.merge(entry.outputs)
                mine.flat, mine.count = mine.flat + entry.flat, mine.count + entry.count

    def result(self) -> FunctionValues:
        """Return what was seen."""
        return FunctionValues(
            inputs=tuple(
                FunctionInputs(
                    call=entry.seen.call, layer=entry.seen.layer, name=entry.seen.name, curve=entry.curve, z=entry.z,
                    outputs=entry.outputs,
                    flat=np.atleast_1d(entry.flat / entry.count) if entry.count else np.zeros(0),
                )
                for entry in self._entries.values()
            ),
            curves=tuple(self._curves),
            samples=self._samples,
        )  # fmt: skip


def _flat_by_unit(z: Any, mask: Any, flats: tuple[tuple[float, float], ...]) -> Any:
    """Return how many inputs of each unit (last axis) lie in the flat stretches, float64."""
    import tensorflow as tf

    values = tf.cast(z, tf.float32)
    if mask is not None and mask.shape.rank is not None and mask.shape.rank < values.shape.rank:
        values = tf.boolean_mask(values, mask)
    inside = tf.zeros_like(values, tf.bool)
    for low, high in flats:
        below, above = values >= low, values <= high
        inside |= above if low == -np.inf else below if high == np.inf else below & above
    axes = list(range(values.shape.rank - 1)) if values.shape.rank > 1 else None
    return tf.reduce_sum(tf.cast(inside, tf.float32), axes) if flats else tf.zeros(tf.shape(values)[-1:])
