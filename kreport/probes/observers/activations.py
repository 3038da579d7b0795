"""What every call puts out: moments, extremes, shares and a histogram, per tensor and per unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from kreport.inputs.batches import Batch
from kreport.probes.observers._base import Mode, Observer, Seen, SeenCall
from kreport.probes.reductions import Sums, reduced
from kreport.tensors.streaming import Stream

Shape = tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class CallValues:
    """One output tensor of one call, over all chosen samples, in inference mode.

    Attributes:
        call: id of the call; layer: id of its layer.
        output: which output of the call, from 0.
        inner: whether a built-in layer makes the call on its own behalf; then all such calls of the layer are one.
        calls: how many calls in a forward pass it stands for.
        shape: with the open batch axis in front; dtype: as the layer puts it out.
        masked: whether padded positions were left out.
        stream: the statistics; None for values that are no numbers (strings, complex numbers).
    """

    call: str
    layer: str
    output: int
    inner: bool
    calls: int
    shape: Shape
    dtype: str
    masked: bool
    stream: Stream | None


@dataclass(frozen=True, kw_only=True, eq=False)
class ActivationValues:
    """Every call's outputs in the order in which the calls began, over ``samples`` samples."""

    values: tuple[CallValues, ...]
    samples: int


@dataclass(kw_only=True, eq=False)
class _Entry:
    call: SeenCall
    output: int
    shape: Shape
    dtype: str
    masked: bool
    calls: int = 1
    stream: Stream | None = None


@dataclass(eq=False)
class Activations(Observer[ActivationValues]):
    """Reduces the outputs of every call."""

    mode: ClassVar[Mode] = "inference"
    _entries: dict[tuple[str, int], _Entry] = field(default_factory=dict)
    _samples: int = 0

    def reduce(self, seen: Seen) -> Any:
        """Return the sums of every numeric output; equal tensors are summed once."""
        self._entries_of(seen)
        found: list[tuple[str, int]] = []
        sums = []
        for call in seen.calls:
            for output, (tensor, mask) in enumerate(zip(call.outputs, call.masks, strict=True)):
                values = numeric(tensor)
                if values is not None:
                    found.append((call.id, output))
                    sums.append(seen_sums(seen, values, mask, unit_axis_of(call.target, values)))
        self._keys = found
        return sums

    def _entries_of(self, seen: Seen) -> None:
        counted: dict[tuple[str, int], int] = {}
        for call in seen.calls:
            for output, (tensor, mask) in enumerate(zip(call.outputs, call.masks, strict=True)):
                key = call.id, output
                counted[key] = counted.get(key, 0) + 1
                entry = self._entries.setdefault(
                    key,
                    _Entry(
                        call=call, output=output, shape=shape_of(tensor), dtype=tensor.dtype.name,
                        masked=mask is not None,
                    ),
                )  # fmt: skip
                entry.shape, entry.calls = _wider(entry.shape, shape_of(tensor)), counted[key]

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the sums of one batch."""
        self._samples += batch.size
        for key, sums in zip(self._keys, reduced, strict=True):
            entry = self._entries[key]
            entry.stream = entry.stream or Stream()
            entry.stream.add(sums)

    def merge(self, other: Activations) -> None:
        """Take in what was seen of other samples."""
        self._samples += other._samples
        for key, entry in other._entries.items():
            mine = self._entries.setdefault(key, entry)
            if mine is not entry and entry.stream is not None:
                mine.stream = mine.stream or Stream()
                mine.stream.merge(entry.stream)

    def result(self) -> ActivationValues:
        """Return the statistics of every output."""
        return ActivationValues(
            values=tuple(
                CallValues(
                    call=entry.call.id, layer=entry.call.layer, output=entry.output, inner=entry.call.inner,
                    calls=entry.calls, shape=entry.shape, dtype=entry.dtype, masked=entry.masked, stream=entry.stream,
                )
                for entry in self._entries.values()
            ),
            samples=self._samples,
        )  # fmt: skip


def numeric(tensor: Any) -> Any | None:
    """Return the numbers of a tensor with samples along the first axis; None where it has none."""
    import tensorflow as tf

    values = tensor.flat_values if isinstance(tensor, tf.RaggedTensor) else tensor
    values = values.values if isinstance(values, tf.SparseTensor) else values
    if not isinstance(values, tf.Tensor) or values.shape.rank is None:
        return None
    if not (values.dtype.is_floating or values.dtype.is_integer or values.dtype.is_bool):
        return None
    return values if values.shape.rank else values[None]


def unit_axis_of(layer: Any, values: Any) -> int:
    """Return the axis of the channels: the last one but for layers that put them first."""
    first = getattr(layer, "data_format", None) == "channels_first" and (values.shape.rank or 0) > 2
    return 1 if first else -1


def seen_sums(seen: Seen, values: Any, mask: Any, unit_axis: int) -> Sums:
    """Return the sums of a tensor, made once a pass for all observers."""
    return _seen(seen, values, mask, unit_axis)[0]


def seen_means(seen: Seen, values: Any, unit_axis: int) -> Any:
    """Return the mean of each sample and unit over positions, float32; it comes with the sums."""
    return _seen(seen, values, None, unit_axis)[1]


def _seen(seen: Seen, values: Any, mask: Any, unit_axis: int) -> tuple[Sums, Any]:
    def make(tensor: Any) -> tuple[Sums, Any]:
        z = rectified_by(tensor) if mask is None else None
        of_z = None if z is None else seen_sums(seen, z, None, unit_axis)
        return reduced(tensor, mask=mask, unit_axis=unit_axis, rectified=of_z)

    return seen.reduced(f"sums {unit_axis} {id(mask)}", values, make)  # type: ignore[no-any-return]


def rectified_by(tensor: Any) -> Any | None:
    """Return the z of a traced tensor that is made as max(z, 0); None of any other."""
    import tensorflow as tf

    if tf.executing_eagerly():
        return None
    origin = origin_of(tensor)
    return origin.op.inputs[0] if origin.op.type == "Relu" else None


def origin_of(value: Any) -> Any:
    """Return the tensor that an identity hands through, so that a dropout costs no second look."""
    import tensorflow as tf

    while isinstance(value, tf.Tensor) and not tf.executing_eagerly() and value.op.type == "Identity":
        value = value.op.inputs[0]
    return value


def shape_of(tensor: Any) -> Shape:
    """Return the shape of a traced tensor with an open batch axis."""
    shape = getattr(tensor, "shape", None)
    if shape is None or shape.rank is None:
        return ()
    return (None, *(None if size is None else int(size) for size in shape[1:])) if shape.rank else ()


def _wider(one: Shape, other: Shape) -> Shape:
    """Return a shape that covers both: open where they differ."""
    if len(one) != len(other):
        return one
    return tuple(a if a == b else None for a, b in zip(one, other, strict=True))
