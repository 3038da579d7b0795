"""∂L/∂a of every call: how strong the signal still is that comes back to each depth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from kreport.inputs.batches import Batch
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.reductions import strength


@dataclass(kw_only=True, eq=False)
class Strength:
    """How large some values are.

    Attributes:
        size: how many; zeros: of them 0; bad: of them not finite.
        square: sum of their squares.
    """

    size: int = 0
    square: float = 0.0
    zeros: int = 0
    bad: int = 0

    def add(self, size: float, square: float, zeros: float, bad: float) -> None:
        """Take in other values."""
        self.size, self.square = self.size + int(size), self.square + square
        self.zeros, self.bad = self.zeros + int(zeros), self.bad + int(bad)

    @property
    def rms(self) -> float | None:
        """Root mean square; None where some value is not finite or there are none."""
        return math.sqrt(self.square / self.size) if self.size and math.isfinite(self.square) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class CallGradient:
    """∂L/∂a of the first output of one call, per sample: batch gradients times batch size, as the loss is a mean.

    Attributes:
        call, layer, inner: as for the activations.
        strength: how large it is; None where the loss does not depend on it.
    """

    call: str
    layer: str
    inner: bool
    strength: Strength | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Backflow:
    """∂L/∂a of every call in training mode, in the order of the calls, and ∂L/∂x of every float input.

    Attributes:
        calls: the calls; inputs: (index of the flattened input, how large it is).
        samples: how many samples.
    """

    calls: tuple[CallGradient, ...]
    inputs: tuple[tuple[int, Strength], ...]
    samples: int


@dataclass(eq=False)
class Backflows(Observer[Backflow]):
    """Reduces the gradients that reach the outputs of every call."""

    mode: ClassVar[Mode] = "training"
    _calls: dict[str, tuple[str, bool]] = field(default_factory=dict)
    _found: dict[str | int, Strength] = field(default_factory=dict)
    _keys: list[str | int] = field(default_factory=list)
    _samples: int = 0

    def reduce(self, seen: Seen) -> Any:
        """Return how large every gradient is that there is."""
        import tensorflow as tf

        keys: list[str | int] = []
        found = []
        for call, gradient in zip(seen.calls, seen.call_gradients, strict=True):
            self._calls.setdefault(call.id, (call.layer, call.inner))
            if gradient is not None and gradient.shape.rank:
                keys.append(call.id)
                found.append(seen.reduced("strength", gradient, strength))
        for index, gradient in enumerate(seen.input_gradients):
            if gradient is not None and not isinstance(gradient, tf.IndexedSlices) and gradient.shape.rank:
                keys.append(index)
                found.append(strength(gradient))
        self._keys = keys
        return tf.stack(found) if found else ()

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the sums of one batch."""
        self._samples += batch.size
        table = np.asarray(reduced, np.float64).reshape(-1, 4).tolist()
        for key, (size, square, zeros, bad) in zip(self._keys, table, strict=True):
            self._found.setdefault(key, Strength()).add(size, square * batch.size**2, zeros, bad)

    def merge(self, other: Backflows) -> None:
        """Take in what was seen of other samples."""
        self._samples += other._samples
        self._calls |= other._calls
        for key, one in other._found.items():
            self._found.setdefault(key, Strength()).add(one.size, one.square, one.zeros, one.bad)

    def result(self) -> Backflow:
        """Return what was seen."""
        return Backflow(
            calls=tuple(
                CallGradient(call=call, layer=layer, inner=inner, strength=self._found.get(call))
                for call, (layer, inner) in self._calls.items()
            ),
            inputs=tuple((key, one) for key, one in self._found.items() if isinstance(key, int)),
            samples=self._samples,
        )
