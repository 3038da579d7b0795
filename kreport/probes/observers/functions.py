"""Where the inputs of every activation function lie: their distribution, and how many sit where the curve is flat."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch
from kreport.probes import _keras_fit
from kreport.probes.curves import FunctionCurve, curve_of, kind_of_function
from kreport.probes.observers._base import Mode, Observer, Seen, SeenActivation
from kreport.probes.observers.activations import Shape, numeric, seen_sums, shape_of, unit_axis_of
from kreport.probes.reductions import noinline
from kreport.tensors.streaming import Stream

PEAK_BINS = 20
"""Equal bins from 0 to 1 in which the largest share of each row of a softmax is counted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """Rows that add up to 1: what a softmax makes of its last axis.

    Attributes:
        choices: length of a row; None where it varies.
        peaks: rows by their largest share, in equal bins from 0 to 1, int64 of shape ``(20,)``.
        sure: mean of the largest share; entropy: mean over rows, as a share of that of equal shares.
    """

    choices: int | None
    peaks: NDArray[np.int64]
    sure: float
    entropy: float


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionInputs:
    """The inputs z of one activation function in one call, over all chosen samples, in inference mode.

    Attributes:
        call, layer: where it is evaluated; "" for the model's own call.
        name: of the function, as users write it.
        curve: index into ``FunctionValues.curves``; None for a function of several numbers, such as softmax.
        shape: of z, with the open batch axis.
        z: statistics of the inputs.
        outputs: statistics of what comes out, where it is not the output of a call anyway; else None.
        flat: share of each unit's inputs where the curve is flat, float64 of shape ``(units,)``; () without a curve.
        shares: of a softmax, else None.
        after: call that made z, where a call of the user's own evaluates the function between two layers.
        part: of a recurrent cell: ``forget gate`` …; steps: evaluations in one forward pass that the figures join.
    """

    call: str
    layer: str
    name: str
    curve: int | None
    shape: Shape
    z: Stream
    outputs: Stream | None
    flat: NDArray[np.float64]
    shares: Shares | None = None
    after: str = ""
    part: str = ""
    steps: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionValues:
    """Every evaluation of an activation function in order, and the distinct curves among them.

    Attributes:
        inputs: but for the identity; identities: (call, layer, name) of layers whose function hands its input on.
        curves: distinct by their values, not by their names.
        samples: how many.
    """

    inputs: tuple[FunctionInputs, ...]
    identities: tuple[tuple[str, str, str], ...]
    curves: tuple[FunctionCurve, ...]
    samples: int


@dataclass(kw_only=True, eq=False)
class _Entry:
    seen: SeenActivation
    curve: int | None
    shape: Shape
    z: Stream = field(default_factory=Stream)
    outputs: Stream | None = None
    flat: Any = 0.0
    count: float = 0.0
    rows: float = 0.0
    peaks: Any = 0
    sure: float = 0.0
    entropy: float = 0.0
    choices: int | None = None


@dataclass(eq=False)
class Functions(Observer[FunctionValues]):
    """Reduces what goes into activation functions, and what comes out."""

    mode: ClassVar[Mode] = "inference"
    _entries: dict[tuple[str, int], _Entry] = field(default_factory=dict)
    _identities: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    _curves: list[FunctionCurve] = field(default_factory=list)
    _of_function: dict[int, tuple[Any, int | None]] = field(default_factory=dict)
    _keys: list[tuple[str, int]] = field(default_factory=list)
    _samples: int = 0

    def reduce(self, seen: Seen) -> Any:
        """Return the sums of z, and how many inputs of each unit are in flat parts or how large the peaks are."""
        self._keys, sums, met = [], [], dict[str, int]()
        for one in seen.activations:
            z, a = numeric(one.z), numeric(one.a)
            if z is None or a is None:
                continue
            curve = None if one.z is one.a else self._curve(one.function, shape_of(z))
            if one.z is one.a or (curve is not None and self._curves[curve].identity):
                self._identities.setdefault(one.call, (one.call, one.layer, one.name))
                continue
            place = 0 if _keras_fit.wrapped_without_a_call(one.target) is not None else met.get(one.call, 0)
            key, met[one.call] = (one.call, place), place + 1  # steps of a TimeDistributed are one
            self._entries.setdefault(key, _Entry(seen=_lasting(one), curve=curve, shape=shape_of(z)))
            self._keys.append(key)
            sums.append(self._sums(seen, one, z, a, curve))
        return sums

    def _sums(self, seen: Seen, one: SeenActivation, z: Any, a: Any, curve: int | None) -> dict[str, Any]:
        axis = unit_axis_of(one.target, z)
        found: dict[str, Any] = {"z": seen_sums(seen, z, one.mask, axis)}
        if one.bare:
            found["a"] = seen_sums(seen, a, one.mask, axis)
        if curve is not None:
            found["flat"] = flat_by_unit(z, one.mask, self._curves[curve].flats, axis)
        elif kind_of_function(one.function, shape_of(z)) == "shares":
            found["peaks"] = _peaks(a, one.mask)
        return found

    def _curve(self, function: Any, shape: Shape = (None, None)) -> int | None:
        if id(function) not in self._of_function:
            curve = curve_of(function, shape)
            index = None if curve is None else self._index(curve)
            self._of_function[id(function)] = function, index  # kept, so that no other gets its id
        return self._of_function[id(function)][1]

    def _index(self, curve: FunctionCurve) -> int:
        for index, known in enumerate(self._curves):
            if known.same(curve):
                return index
            if known.least is not None and curve.least is not None and known.flats == curve.flats:
                self._curves[index] = joined(known, curve)
                return index
        self._curves.append(curve)
        return len(self._curves) - 1

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the sums of one batch."""
        self._samples += batch.size
        for key, sums in zip(self._keys, reduced, strict=True):
            entry = self._entries[key]
            entry.z.add(sums["z"])
            if "a" in sums:
                entry.outputs = entry.outputs or Stream()
                entry.outputs.add(sums["a"])
            if "flat" in sums:
                entry.flat = entry.flat + np.asarray(sums["flat"], np.float64)
                entry.count += float(sums["z"].sums[0, 0])
            if "peaks" in sums:
                _add_peaks(entry, sums["peaks"])

    def merge(self, other: Functions) -> None:
        """Take in what was seen of other samples."""
        self._samples += other._samples
        self._identities = other._identities | self._identities
        for key, entry in other._entries.items():
            if key not in self._entries:
                entry.curve = None if entry.curve is None else self._index(other._curves[entry.curve])
                self._entries[key] = entry
                continue
            mine = self._entries[key]
            mine.z.merge(entry.z)
            if entry.outputs is not None:
                mine.outputs = mine.outputs or Stream()
                mine.outputs.merge(entry.outputs)
            mine.flat, mine.count = mine.flat + entry.flat, mine.count + entry.count
            mine.peaks, mine.rows = mine.peaks + entry.peaks, mine.rows + entry.rows
            mine.sure, mine.entropy = mine.sure + entry.sure, mine.entropy + entry.entropy

    def result(self) -> FunctionValues:
        """Return what was seen."""
        return FunctionValues(
            inputs=tuple(
                FunctionInputs(
                    call=entry.seen.call, layer=entry.seen.layer, name=entry.seen.name, curve=entry.curve,
                    shape=entry.shape, z=entry.z, outputs=entry.outputs,
                    flat=np.atleast_1d(entry.flat / entry.count) if entry.count else np.zeros(0),
                    shares=_shares(entry), after=entry.seen.after,
                )
                for entry in self._entries.values()
            ),
            identities=tuple(self._identities.values()),
            curves=tuple(self._curves),
            samples=self._samples,
        )  # fmt: skip


def joined(one: FunctionCurve, other: FunctionCurve) -> FunctionCurve:
    """Return the curve that stands for several layers with parameters for each unit."""
    if one.least is None or one.most is None or other.least is None or other.most is None:
        return one
    return replace(one, least=np.minimum(one.least, other.least), most=np.maximum(one.most, other.most))


def _lasting(one: SeenActivation) -> SeenActivation:
    """Return the words of an evaluation without its tensors, which hold on to a graph."""
    return replace(one, z=None, a=None, mask=None)


def _add_peaks(entry: _Entry, sums: Any) -> None:
    choices, rows, sure, entropy = np.asarray(sums["sums"]).tolist()
    entry.peaks = entry.peaks + np.asarray(sums["counts"], np.int64)
    entry.choices = int(choices)
    entry.rows, entry.sure, entry.entropy = entry.rows + rows, entry.sure + sure, entry.entropy + entropy


def _shares(entry: _Entry) -> Shares | None:
    if not entry.rows:
        return None
    known = entry.shape[-1] if entry.shape else None
    return Shares(
        choices=entry.choices if known is not None else None, peaks=entry.peaks, sure=entry.sure / entry.rows,
        entropy=entry.entropy / entry.rows,
    )  # fmt: skip


def _peaks(a: Any, mask: Any) -> dict[str, Any]:
    """Return rows by their largest share, and sums of that share and of the rows' entropies; NaN counts nowhere."""
    import tensorflow as tf

    values = tf.cast(a, tf.float32)
    if mask is not None and mask.shape.rank < values.shape.rank:
        values = tf.boolean_mask(values, mask)
    counts, sums = _peaks_function()(tf.reshape(values, [-1, tf.shape(values)[-1]]))
    return {"counts": counts, "sums": sums}


@functools.cache
def _peaks_function() -> Any:
    """Return what makes of rows the counts of :data:`PEAK_BINS`, and choices, rows, sum of peaks, of entropies."""
    import tensorflow as tf

    def peaks(rows: Any) -> Any:
        choices = tf.cast(tf.shape(rows)[1], tf.float32)
        largest = tf.reduce_max(rows, 1)
        told = tf.math.is_finite(largest)
        bins = tf.where(told, tf.minimum(tf.cast(largest * PEAK_BINS, tf.int32), PEAK_BINS - 1), PEAK_BINS)
        counts = tf.raw_ops.DenseBincount(
            input=tf.maximum(bins, 0), size=PEAK_BINS + 1, weights=tf.zeros([0], tf.int32)
        )
        even = tf.math.log(tf.maximum(choices, 2.0))
        entropy = -tf.reduce_sum(tf.math.xlogy(rows, tf.maximum(rows, 1e-30)), 1) / even
        sums = [choices, told, tf.where(told, largest, 0.0), tf.where(tf.math.is_finite(entropy), entropy, 0.0)]
        return counts[:PEAK_BINS], tf.stack([tf.reduce_sum(tf.cast(one, tf.float64)) for one in sums])

    return noinline(peaks, tf.TensorSpec([None, None], tf.float32))


def flat_by_unit(z: Any, mask: Any, flats: tuple[tuple[float, float], ...], unit_axis: int = -1) -> Any:
    """Return how many inputs of each unit lie in the flat stretches, float64."""
    import tensorflow as tf

    values = tf.cast(z, tf.float32)
    if mask is not None and mask.shape.rank is not None and mask.shape.rank < values.shape.rank:
        values, unit_axis = tf.boolean_mask(values, mask), -1
    rank = values.shape.rank
    unit = unit_axis % rank
    if not flats:
        return tf.zeros(tf.shape(values)[unit : unit + 1] if rank > 1 else [], tf.float64)
    counted = tf.cast(functools.reduce(operator.or_, [_within(values, *ends) for ends in flats]), tf.float32)
    positions = [axis for axis in range(1, rank) if axis != unit]
    if positions:  # in float32 over the positions of one sample, in float64 over samples
        counted = tf.reduce_sum(counted, positions)
    return tf.reduce_sum(tf.cast(counted, tf.float64), 0)


def _within(values: Any, low: float, high: float) -> Any:
    if low == -np.inf or high == np.inf:
        return values <= high if low == -np.inf else values >= low
    return (values >= low) & (values <= high)
