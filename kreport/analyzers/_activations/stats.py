"""What is measured of activations: every call's outputs, every activation function's inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._activations.representing import Representation
from kreport.document.blocks import LayerId
from kreport.inputs.training_log import TrainingLog

Shape = tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerOutput:
    """One output tensor of one call, over all samples and positions, in inference mode.

    Attributes:
        call: id of the call; layer: id of its layer.
        class_name, kind: of the layer.
        output: which output of the call, from 0.
        inner: whether a built-in layer makes the call on its own behalf.
        container: whether the layer only passes on what layers within it make.
        calls: calls in a forward pass that these figures join.
        shape: with the open batch axis in front; dtype as put out.
        masked: whether padded positions are left out.
        size: number of values; nan, inf, zeros: how many are such.
        mean, std, low, high: of all values; None where some are not finite.
        quantiles: at 1, 5, 25, 50, 75, 95 and 99 %, from bins at most 1/16 of their value wide; ().
        histogram: share of the values in equal bins from low to high, scaled to 255, uint8.
        units: number of units (channels, features).
        silent: units that are 0 for every sample and position.
        constant: units whose mean over positions is the same for every sample; None with a single sample.
    """

    call: str
    layer: LayerId
    class_name: str
    kind: str
    output: int
    inner: bool
    container: bool
    calls: int
    shape: Shape
    dtype: str
    masked: bool
    size: int
    nan: int
    inf: int
    zeros: int
    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    quantiles: tuple[float, ...]
    histogram: NDArray[np.uint8]
    units: int
    silent: int
    constant: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A distinct activation function.

    Attributes:
        names: what its users call it.
        z, a, slope: where it was evaluated, its values and slopes, float64 of one shape.
        flats: (from, to) of its flat stretches, ±1e9 for an open end.
        bounded: whether it is flat at both ends.
        low, high: the range of the picture.
    """

    names: tuple[str, ...]
    z: NDArray[np.float64]
    a: NDArray[np.float64]
    slope: NDArray[np.float64]
    flats: tuple[tuple[float, float], ...]
    bounded: bool
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionUse:
    """One activation function in one call.

    Attributes:
        call, layer: where it is evaluated; name: of the function.
        curve: index of its curve; None for functions of several numbers.
        mean, std, low, high: of its inputs z; None where some are not finite.
        histogram: share of the inputs in equal bins over the curve's picture, scaled to 255, uint8; empty without one.
        outside: share of the inputs beyond the picture.
        flat: share of the inputs in flat parts; None without a curve.
        units: number of units.
        dead: units all of whose inputs lie in the flat part of a function that is flat at one end only.
        saturated: units of a bounded function with more than 80 % of their inputs in its flat parts.
        peak: mean of the largest output over the last axis, for softmax; None elsewhere.
    """

    call: str
    layer: LayerId
    name: str
    curve: int | None
    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    histogram: NDArray[np.uint8]
    outside: float
    flat: float | None
    units: int
    dead: int
    saturated: int
    peak: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ActivationStats:
    """The measurement of the section.

    Attributes:
        outputs: in the order in which the calls begin.
        functions: in the same order; curves: the distinct ones.
        samples: how many samples; read: how many the data holds.
        notes: how the pass was made where that matters.
        representation: how samples lie at each depth; None with too few.
        log: outputs over the epochs of a training; with it alone there are no outputs.
    """

    outputs: tuple[LayerOutput, ...]
    functions: tuple[FunctionUse, ...]
    curves: tuple[Curve, ...]
    samples: int
    read: int
    notes: tuple[str, ...]
    representation: Representation | None = None
    log: TrainingLog | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row an output for a table."""
        uses = {use.call: use for use in self.functions}
        rows = []
        for one in self.outputs:
            use = uses.get(one.call) if one.output == 0 else None
            rows.append({
                "call": one.call, "layer": one.layer, "class": one.class_name, "output": one.output, "inner": one.inner,
                "shape": one.shape, "dtype": one.dtype, "size": one.size, "mean": one.mean, "std": one.std,
                "min": one.low, "max": one.high, "zeros": one.zeros / one.size if one.size else None,
                "nan": one.nan, "inf": one.inf, "units": one.units, "silent_units": one.silent,
                "constant_units": one.constant, "function": use.name if use else "",
                "flat": use.flat if use else None, "dead_units": use.dead if use else None,
                "saturated_units": use.saturated if use else None,
            })  # fmt: skip
        return rows
