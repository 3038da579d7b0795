"""What is measured of activations: every call's outputs, every activation function's inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._activations.representing import Representation
from kreport.document.blocks import LayerId
from kreport.document.model import Gap
from kreport.inputs.training_log import TrainingLog
from kreport.probes.layer_times import LayerTimes
from kreport.probes.observers.functions import Shares
from kreport.probes.samples.telling import TellingSamples

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
        main: whether it stands in the table: not what only goes into a normalisation or activation function, or
            what is handed on as it came.
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
    main: bool
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
        least, most: of ``a`` over units, of the same shape; () where all units have the same function.
        flats: (from, to) of its flat stretches, ±1e9 for an open end.
        bounded: whether it is flat at both ends.
        low, high: the range of the picture.
    """

    names: tuple[str, ...]
    z: NDArray[np.float64]
    a: NDArray[np.float64]
    slope: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    flats: tuple[tuple[float, float], ...]
    bounded: bool
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionUse:
    """One activation function in one call.

    Attributes:
        call, layer: where it is evaluated, "" for the model's own call; name: of the function.
        after: call that made its input, where a call of the user's own evaluates it between two layers.
        part: which gate of a recurrent cell; steps: evaluations in a forward pass that the figures join.
        curve: index of its curve; None for functions of several numbers.
        mean, std, low, high: of its inputs z; None where some are not finite.
        quantiles: of z at 1, 5, 25, 50, 75, 95 and 99 %; ().
        histogram: share of the inputs in equal bins over the curve's picture, scaled to 255, uint8; empty without one.
        spark: the same over the middle 99 % of its own inputs.
        outside: share of the inputs beyond the picture.
        flat: share of the inputs in flat parts; None without a curve.
        units: number of units.
        dead: units all of whose inputs lie in the flat part of a function that is flat at one end only.
        saturated: units of a bounded function with more than 80 % of their inputs in its flat parts.
        shares: of a softmax, else None.
        output: what comes out, where that is not the output of any call.
    """

    call: str
    layer: LayerId
    name: str
    after: str
    part: str
    steps: int
    curve: int | None
    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    quantiles: tuple[float, ...]
    histogram: NDArray[np.uint8]
    spark: NDArray[np.uint8]
    outside: float
    flat: float | None
    units: int
    dead: int
    saturated: int
    shares: Shares | None = None
    output: LayerOutput | None = None

    @property
    def place(self) -> str:
        """Id for labels: the call, or the call before it where a user's own call evaluates it bare."""
        return f"{self.call} {self.part}" if self.part else self.after or self.call or self.name


@dataclass(frozen=True, kw_only=True, eq=False)
class NormFit:
    """How well the moving statistics of one BatchNorm layer fit the data, by channel.

    Attributes:
        call, layer: where; channels: how many.
        shift, shift_most: distance of the data's mean from the moving mean in moving standard deviations, median and
            largest.
        shifted: share of channels that differ by more than 3 (RULES A08).
        ratios: of the data's variance to the moving variance (ε added to both), at 5, 50 and 95 % of the channels.
        off: share of channels with a ratio below 1/4 or above 4.
    """

    call: str
    layer: LayerId
    channels: int
    shift: float
    shift_most: float
    shifted: float
    ratios: tuple[float, float, float]
    off: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ActivationStats:
    """The measurement of the section.

    Attributes:
        outputs: in the order in which the calls begin.
        functions: in the same order, then those of recurrent cells; curves: the distinct ones.
        identities: calls whose function hands its input on, and what it is called.
        norms: one entry a call of a BatchNorm layer.
        samples: how many samples; read: how many the data holds; cell_samples: how many for recurrent cells.
        notes: how the pass was made where that matters.
        times: of an eager pass; None without.
        gaps: parts that are missing.
        representation: how samples lie at each depth; None with too few.
        telling: a few samples, and what layers make of them; None without.
        log: outputs over the epochs of a training; with it alone there are no outputs.
    """

    outputs: tuple[LayerOutput, ...]
    functions: tuple[FunctionUse, ...]
    curves: tuple[Curve, ...]
    samples: int
    read: int
    notes: tuple[str, ...]
    identities: tuple[tuple[str, str], ...] = ()
    norms: tuple[NormFit, ...] = ()
    cell_samples: int = 0
    times: LayerTimes | None = None
    gaps: tuple[Gap, ...] = ()
    representation: Representation | None = None
    telling: TellingSamples | None = None
    log: TrainingLog | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row an output, and one for each function between layers or in a recurrent cell."""
        own = {use.call: use for use in self.functions if use.output is None and not use.part}
        none = dict(self.identities)
        rows = [_row(one, own.get(one.call) if one.output == 0 else None, none) for one in self.outputs]
        return rows + [_row(use.output, use, {}) for use in self.functions if use.output is not None or use.part]


def _row(one: LayerOutput | None, use: FunctionUse | None, identities: dict[str, str]) -> dict[str, Any]:
    call = one.call if one else use.call if use else ""
    return {
        "call": call, "layer": one.layer if one else use.layer if use else "", "part": use.part if use else "",
        **{column: getattr(one, name, None) for name, column in _OUTPUT.items()},
        "zeros": one.zeros / one.size if one and one.size else None,
        "function": use.name if use else identities.get(call, ""),
        **{column: getattr(use, name, None) for name, column in _USE.items()},
    }  # fmt: skip


_OUTPUT = {
    "class_name": "class", "output": "output", "inner": "inner", "shape": "shape", "dtype": "dtype", "size": "size",
    "mean": "mean", "std": "std", "low": "min", "high": "max", "nan": "nan", "inf": "inf", "units": "units",
    "silent": "silent_units", "constant": "constant_units",
}  # fmt: skip
_USE = {
    "mean": "input_mean", "std": "input_std", "low": "input_min", "high": "input_max", "flat": "flat",
    "dead": "dead_units", "saturated": "saturated_units",
}  # fmt: skip
