"""∂L/∂a of every call: how strong the signal still is that comes back to each depth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from kreport.inputs.batches import Batch
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.reductions import reduced
from kreport.tensors.streaming import Stream


@dataclass(frozen=True, kw_only=True, eq=False)
class CallGradient:
    """∂L/∂a of the first output of one call, per sample: batch gradients times batch size, as the loss is a mean.

    Attributes:
        call, layer, inner: as for the activations.
        stream: moments and zeros; None where the loss does not depend on it.
    """

    call: str
    layer: str
    inner: bool
    stream: Stream | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Backflow:
    """∂L/∂a of every call in training mode, in the order of the calls, and ∂L/∂x of every float input.

    Attributes:
        calls: the calls; inputs: (index of the flattened input, statistics).
        samples: how many samples.
    """

    calls: tuple[CallGradient, ...]
    inputs: tuple[tuple[int, Stream], ...]
    samples: int


@dataclass(eq=False)
class Backflows(Observer[Backflow]):
    """Reduces the gradients that reach the outputs of every call."""

    mode: ClassVar[Mode] = "training"
    _calls: dict[str, tuple[str, bool]] = field(default_factory=dict)
    _streams: dict[str | int, Stream] = field(default_factory=dict)
    _keys: list[str | int] = field(default_factory=list)
    _samples: int = 0

    def reduce(self, seen: Seen) -> Any:
        """Return the sums of every gradient that there is."""
        import tensorflow as tf

        size = tf.cast(seen.size, tf.float32)
        keys: list[str | int] = []
        sums = []
        for call, gradient in zip(seen.calls, seen.call_gradients, strict=True):
            self._calls.setdefault(call.id, (call.layer, call.inner))
            if gradient is not None and gradient.shape.rank:
                keys.append(call.id)
                sums.append(seen.reduced("backflow", gradient, lambda g: reduced(tf.cast(g, tf.float32) * size)))
        for index, gradient in enumerate(seen.input_gradients):
            if gradient is not None and not isinstance(gradient, tf.IndexedSlices) and gradient.shape.rank:
                keys.append(index)
                sums.append(reduced(tf.cast(gradient, tf.float32) * size))
        self._keys = keys
        return sums

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the sums of one batch."""
        self._samples += batch.size
        for key, sums in zip(self._keys, reduced, strict=True):
            self._streams.setdefault(key, Stream()).add(sums)

    def merge(self, other: Backflows) -> None:
        """Take in what was seen of other samples."""
        self._samples += other._samples
        self._calls |= other._calls
        for key, stream in other._streams.items():
            self._streams.setdefault(key, Stream()).merge(stream)

    def result(self) -> Backflow:
        """Return the statistics."""
        return Backflow(
            calls=tuple(
                CallGradient(call=call, layer=layer, inner=inner, stream=self._streams.get(call))
                for call, (layer, inner) in self._calls.items()
            ),
            inputs=tuple((key, stream) for key, stream in self._streams.items() if isinstance(key, int)),
            samples=self._samples,
        )
