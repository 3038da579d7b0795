"""What goes into BatchNorm layers, beside the moving statistics they normalise with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch
from kreport.probes.observers._base import Mode, Observer, Seen, SeenCall
from kreport.probes.observers.activations import numeric, seen_sums
from kreport.tensors.streaming import UnitMoments


@dataclass(frozen=True, kw_only=True, eq=False)
class NormInput:
    """The input of one BatchNorm layer over all chosen samples, in inference mode, by channel.

    Attributes:
        call, layer: where.
        mean, variance: of the data (population), float64 of shape ``(channels,)``.
        moving_mean, moving_variance: what the layer normalises with, of the same shape.
        epsilon: that it adds to the variance.
    """

    call: str
    layer: str
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    moving_mean: NDArray[np.float64]
    moving_variance: NDArray[np.float64]
    epsilon: float


@dataclass(frozen=True, kw_only=True, eq=False)
class NormInputs:
    """One entry a call of a BatchNorm layer, over ``samples`` samples."""

    norms: tuple[NormInput, ...]
    samples: int


@dataclass(eq=False)
class Norms(Observer[NormInputs]):
    """Sums what goes into each BatchNorm layer; it is mostly another layer's output, which is summed anyway."""

    mode: ClassVar[Mode] = "inference"
    _calls: list[tuple[SeenCall, int]] = field(default_factory=list)
    _moments: dict[str, UnitMoments] = field(default_factory=dict)
    _samples: int = 0

    def reduce(self, seen: Seen) -> Any:
        """Return the sums of the inputs."""
        self._calls, sums = [], []
        for call in seen.calls:
            values = numeric(call.inputs[0]) if _normalises(call.target) and len(call.inputs) == 1 else None
            if values is not None and values.shape.rank >= 2:
                axis = call.target.axis % values.shape.rank
                self._calls.append((_lasting(call), axis))
                sums.append(seen_sums(seen, values, call.masks[0], -1 if axis == values.shape.rank - 1 else axis))
        return sums

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the sums of one batch."""
        self._samples += batch.size
        for (call, _), sums in zip(self._calls, reduced, strict=True):
            self._moments.setdefault(call.id, UnitMoments()).merge(UnitMoments.of(sums))

    def merge(self, other: Norms) -> None:
        """Take in what was seen of other samples."""
        self._samples += other._samples
        self._calls = self._calls or other._calls
        for key, moments in other._moments.items():
            self._moments.setdefault(key, UnitMoments()).merge(moments)

    def result(self) -> NormInputs:
        """Return means and variances beside the moving ones."""
        return NormInputs(norms=tuple(self._norms()), samples=self._samples)

    def _norms(self) -> list[NormInput]:
        found = []
        for call, _ in self._calls:
            layer, moments = call.target, self._moments[call.id]
            mean, variance = (np.asarray(v.value, np.float64) for v in (layer.moving_mean, layer.moving_variance))
            if mean.shape == moments.mean.shape:
                found.append(
                    NormInput(
                        call=call.id, layer=call.layer, mean=moments.mean, variance=moments.std**2, moving_mean=mean,
                        moving_variance=variance, epsilon=float(layer.epsilon),
                    )
                )  # fmt: skip
        return found


def _normalises(layer: Any) -> bool:
    import keras

    return isinstance(layer, keras.layers.BatchNormalization) and isinstance(layer.axis, int)


def _lasting(call: SeenCall) -> SeenCall:
    """Return the words of a call without its tensors, which hold on to a graph."""
    return SeenCall(
        id=call.id, layer=call.layer, target=call.target, inner=call.inner, inputs=(), outputs=(), masks=()
    )  # fmt: skip
