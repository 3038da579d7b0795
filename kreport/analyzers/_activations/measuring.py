"""From what the sweep observed to the figures of the section."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput
from kreport.probes.graph import Layer, LayerGraph
from kreport.probes.observers.activations import ActivationValues, CallValues
from kreport.probes.observers.functions import FunctionInputs, FunctionValues
from kreport.probes.sweep import Sweep
from kreport.tensors.distribution import LEVELS
from kreport.tensors.streaming import Stream

SPARK_BINS, RIDGE_BINS = 28, 64

CURVE_POINTS = 241
"""Of a curve in the report."""

SATURATED = 0.8
"""A unit of a bounded function is saturated when more than this share of its inputs lie in flat parts (RULES A02)."""

STILL = 1e-6
"""A unit whose means over single samples spread by less than this share of its size says the same of every sample."""

WIDEST = 20.0
"""The picture ends here at the latest."""

OPEN = 1e9


def measured(
    values: ActivationValues, functions: FunctionValues | None, graph: LayerGraph | None, sweep: Sweep
) -> ActivationStats:
    """Return the measurement."""
    layers = {} if graph is None else {layer.id: layer for layer in graph.layers}
    parents = {layer.parent for layer in layers.values()}
    uses = () if functions is None else functions.inputs
    curves = _curves(functions) if functions is not None else ()
    return ActivationStats(
        outputs=tuple(_output(v, layers.get(v.layer), container=_contains(v, layers, parents)) for v in values.values),
        functions=tuple(_use(one, curves) for one in uses),
        curves=curves,
        samples=values.samples,
        read=sweep.samples,
        notes=sweep.notes,
    )


def _contains(values: CallValues, layers: dict[str, Layer], parents: set[str]) -> bool:
    """Tell whether layers within make what this layer puts out: a model, or a layer of the user's own."""
    layer = layers.get(values.layer)
    return layer is not None and values.layer in parents and layer.kind in ("model", "other")


def _output(values: CallValues, layer: Layer | None, *, container: bool) -> LayerOutput:
    stream = values.stream or Stream()
    units = stream.units
    silent = (units.low == 0) & (units.high == 0)
    scale = np.maximum(np.abs(units.mean), units.std)
    constant = int((units.between_std <= STILL * scale).sum()) if units.samples > 1 else None
    cumulative = stream.cumulative()
    return LayerOutput(
        call=values.call, layer=values.layer, class_name=layer.class_name if layer else "",
        kind=layer.kind if layer else "other", output=values.output, inner=values.inner, container=container,
        calls=values.calls, shape=values.shape, dtype=values.dtype, masked=values.masked, size=stream.size,
        nan=stream.fine.nan, inf=stream.fine.infinite, zeros=stream.fine.zeros, mean=stream.mean, std=stream.std,
        low=stream.low, high=stream.high,
        quantiles=() if cumulative is None else cumulative.quantiles(LEVELS),
        histogram=_histogram(stream, stream.low, stream.high, SPARK_BINS),
        units=units.mean.size, silent=int(silent.sum()), constant=constant if stream.finite else None,
    )  # fmt: skip


def _histogram(stream: Stream, low: float | None, high: float | None, bins: int) -> NDArray[np.uint8]:
    cumulative = stream.cumulative()
    if cumulative is None or low is None or high is None or not high > low:
        return np.zeros(0, np.uint8)
    shares = cumulative.histogram(low, high, bins)
    return np.round(255 * shares / max(float(shares.max()), 1e-12)).astype(np.uint8)


def _curves(functions: FunctionValues) -> tuple[Curve, ...]:
    found = []
    for index, curve in enumerate(functions.curves):
        users = [one for one in functions.inputs if one.curve == index]
        low, high = _range(users)
        z = np.union1d(
            np.linspace(low, high, CURVE_POINTS), [e for flat in curve.flats for e in flat if low < e < high]
        )
        found.append(
            Curve(
                names=tuple(dict.fromkeys(one.name for one in users)), z=z, a=np.interp(z, curve.z, curve.a),
                slope=np.interp(z, curve.z, curve.slope),
                flats=tuple((max(a, -OPEN), min(b, OPEN)) for a, b in curve.flats), bounded=curve.bounded, low=low,
                high=high,
            )
        )  # fmt: skip
    return tuple(found)


def _range(users: Sequence[FunctionInputs]) -> tuple[float, float]:
    """Return where most inputs of all layers lie, 0 among it, at most ±20."""
    ends = [c.quantiles((0.005, 0.995)) for one in users if (c := one.z.cumulative()) is not None] or [(-1.0, 1.0)]
    low, high = min(-1.0, *(a for a, _ in ends)), max(1.0, *(b for _, b in ends))
    room = 0.05 * (high - low)
    return max(-WIDEST, low - room), min(WIDEST, high + room)


def _use(one: FunctionInputs, curves: Sequence[Curve]) -> FunctionUse:
    curve = None if one.curve is None else curves[one.curve]
    cumulative = one.z.cumulative()
    outside = 0.0
    if curve is not None and cumulative is not None:
        outside = 1.0 - float(cumulative.histogram(curve.low, curve.high, RIDGE_BINS).sum())
    one_sided = curve is not None and len(curve.flats) == 1 and not curve.bounded
    bounded = curve is not None and curve.bounded
    return FunctionUse(
        call=one.call, layer=one.layer, name=one.name, curve=one.curve, mean=one.z.mean, std=one.z.std, low=one.z.low,
        high=one.z.high,
        histogram=np.zeros(0, np.uint8) if curve is None else _histogram(one.z, curve.low, curve.high, RIDGE_BINS),
        outside=max(0.0, outside), flat=float(one.flat.mean()) if one.flat.size else None, units=one.z.units.mean.size,
        dead=int((one.flat >= 1).sum()) if one_sided else 0,
        saturated=int((one.flat > SATURATED).sum()) if bounded else 0,
    )  # fmt: skip
