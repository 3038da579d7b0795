"""From what the sweep observed to the figures of the section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._activations.curves import drawn_curves
from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput, NormFit
from kreport.document.model import Gap
from kreport.probes.cells import CellValues
from kreport.probes.curves import FunctionCurve
from kreport.probes.graph import Layer, LayerGraph
from kreport.probes.layer_times import LayerTimes
from kreport.probes.observers.activations import ActivationValues, CallValues
from kreport.probes.observers.functions import FunctionInputs, FunctionValues
from kreport.probes.observers.norms import NormInput, NormInputs
from kreport.probes.sweep import Sweep
from kreport.tensors.distribution import LEVELS
from kreport.tensors.streaming import Stream

SPARK_BINS, RIDGE_BINS = 28, 64

SATURATED = 0.8
"""A unit of a bounded function is saturated when more than this share of its inputs lie in flat parts (RULES A02)."""

STILL = 1e-6
"""A unit whose means over single samples spread by less than this share of its size says the same of every sample."""

SHIFTED = 3.0
"""Moving standard deviations between the data's mean and the moving mean from which a channel is off (RULES A08)."""

TIMES_OFF = 4.0
"""Ratio of variances, either way, from which a channel is off; a rule of thumb."""

MASKED = -1e30
"""An input below stands for a masked place of an attention layer, not for a number."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """What the probes brought; a gap or None for what they did not."""

    values: ActivationValues
    functions: FunctionValues | None
    norms: NormInputs | None
    cells: CellValues | None
    times: LayerTimes | None
    graph: LayerGraph | None
    sweep: Sweep


def measured(seen: Observed) -> ActivationStats:
    """Return the measurement."""
    uses, known = _joined(seen.functions, seen.cells)
    curves = drawn_curves(uses, known)
    places = _Places(seen.graph, seen.values, {one.call for one in uses if not one.after and not one.part})
    timed = seen.times is not None and seen.times.gap is None
    return ActivationStats(
        outputs=tuple(_output(values, places) for values in seen.values.values),
        functions=tuple(_use(one, curves) for one in uses),
        curves=curves,
        identities=tuple((call, name) for call, _, name in seen.functions.identities) if seen.functions else (),
        norms=tuple(_fit(norm) for norm in seen.norms.norms) if seen.norms else (),
        samples=seen.values.samples,
        read=seen.sweep.samples,
        cell_samples=seen.cells.samples if seen.cells else 0,
        notes=seen.sweep.notes,
        times=seen.times if timed else None,
        gaps=tuple(_gaps(seen)),
    )


def _gaps(seen: Observed) -> Iterator[Gap]:
    for kind in (FunctionValues, NormInputs):
        gap = seen.sweep.results.get(kind)
        if isinstance(gap, Gap):
            yield gap
    if seen.cells is not None and seen.cells.gap is not None:
        yield seen.cells.gap
    if seen.times is not None and seen.times.gap is not None and seen.times.gap.failed:
        yield seen.times.gap


def _joined(
    functions: FunctionValues | None, cells: CellValues | None
) -> tuple[list[FunctionInputs], list[FunctionCurve]]:
    """Return the uses of both, with one list of distinct curves."""
    uses = list(functions.inputs) if functions else []
    curves = list(functions.curves) if functions else []
    for one in cells.inputs if cells else ():
        index = None
        if one.curve is not None and cells is not None:
            curve = cells.curves[one.curve]
            index = next((i for i, known in enumerate(curves) if known.same(curve)), len(curves))
            curves += [curve] if index == len(curves) else []
        uses.append(replace(one, curve=index))
    return uses, curves


class _Places:
    """Which outputs stand in the table, told from who takes them."""

    def __init__(self, graph: LayerGraph | None, values: ActivationValues, active: set[str]) -> None:
        self.layers: dict[str, Layer] = {} if graph is None else {layer.id: layer for layer in graph.layers}
        self._parents = {layer.parent for layer in self.layers.values()}
        self._active, self._last = active, set(graph.outputs) if graph else set()
        self._takers: dict[str, list[Layer]] = {}
        self._sources: dict[str, list[str]] = {}
        for call in graph.calls if graph else ():
            self._sources[call.id] = [edge.source for edge in call.inputs]
            for edge in call.inputs:
                self._takers.setdefault(edge.source, []).append(self.layers[call.layer])
        self._streams = {one.call: one.stream for one in values.values if one.output == 0}

    def contains(self, values: CallValues) -> bool:
        """Tell whether layers within make what this layer puts out: a model, or a layer of the user's own."""
        layer = self.layers.get(values.layer)
        return layer is not None and values.layer in self._parents and layer.kind in ("model", "other")

    def main(self, values: CallValues) -> bool:
        """Tell whether an output stands in the table."""
        if values.inner or values.output or values.dtype == "bool" or self.contains(values):
            return False
        if values.call in self._active or values.call in self._last:
            return True
        takers = self._takers.get(values.call, [])
        if takers and all(taker.kind in ("norm", "act") for taker in takers):
            return False
        return not self._handed_on(values)

    def _handed_on(self, values: CallValues) -> bool:
        """Tell whether the values are those of the only input, as a flattening or a dropout hands them on."""
        sources = self._sources.get(values.call, [])
        before = self._streams.get(sources[0]) if len(sources) == 1 else None
        now = values.stream
        if before is None or now is None or before.size != now.size:
            return False
        return bool((before.fine.counts == now.fine.counts).all()) and before.low == now.low


def _output(values: CallValues, places: _Places) -> LayerOutput:
    layer = places.layers.get(values.layer)
    return _figures(
        values.stream or Stream(), call=values.call, layer=values.layer, class_name=layer.class_name if layer else "",
        kind=layer.kind if layer else "other", output=values.output, inner=values.inner,
        container=places.contains(values), main=places.main(values), calls=values.calls, shape=values.shape,
        dtype=values.dtype, masked=values.masked,
    )  # fmt: skip


def _figures(stream: Stream, **told: Any) -> LayerOutput:
    units = stream.units
    silent = (units.low == 0) & (units.high == 0)
    scale = np.maximum(np.abs(units.mean), units.std)
    constant = int((units.between_std <= STILL * scale).sum()) if units.samples > 1 else None
    cumulative = stream.cumulative()
    return LayerOutput(
        **told, size=stream.size, nan=stream.fine.nan, inf=stream.fine.infinite, zeros=stream.fine.zeros,
        mean=stream.mean, std=stream.std, low=stream.low, high=stream.high,
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


def _use(one: FunctionInputs, curves: tuple[Curve, ...]) -> FunctionUse:
    curve = None if one.curve is None else curves[one.curve]
    known = one.z.low is not None and one.z.low > MASKED
    cumulative = one.z.cumulative() if known else None
    outside = 0.0
    if curve is not None and cumulative is not None:
        outside = 1.0 - float(cumulative.histogram(curve.low, curve.high, RIDGE_BINS).sum())
    least, most = (None, None) if cumulative is None else cumulative.quantiles((0.005, 0.995))
    one_sided = curve is not None and len(curve.flats) == 1 and not curve.bounded
    bounded = curve is not None and curve.bounded
    drawn, any_number = curve is not None and known, one.z.fine.nan < one.z.size
    return FunctionUse(
        call=one.call, layer=one.layer, name=one.name, after=one.after, part=one.part, steps=one.steps,
        curve=one.curve, mean=one.z.mean if known else None, std=one.z.std if known else None,
        low=one.z.low if known else None, high=one.z.high if known else None,
        quantiles=() if cumulative is None else cumulative.quantiles(LEVELS),
        histogram=_histogram(one.z, curve.low, curve.high, RIDGE_BINS) if drawn and curve else np.zeros(0, np.uint8),
        spark=_histogram(one.z, least, most, SPARK_BINS) if known else np.zeros(0, np.uint8),
        outside=max(0.0, outside), flat=float(one.flat.mean()) if one.flat.size and any_number else None,
        units=one.z.units.mean.size, dead=int((one.flat >= 1).sum()) if one_sided else 0,
        saturated=int((one.flat > SATURATED).sum()) if bounded else 0,
        shares=one.shares, output=_bare(one),
    )  # fmt: skip


def _bare(one: FunctionInputs) -> LayerOutput | None:
    if one.outputs is None:
        return None
    return _figures(
        one.outputs, call=one.call, layer=one.layer, class_name=one.name, kind="act", output=0, inner=False,
        container=False, main=True, calls=1, shape=one.shape, dtype="", masked=False,
    )  # fmt: skip


def _fit(norm: NormInput) -> NormFit:
    deviation = np.sqrt(norm.moving_variance + norm.epsilon)
    shift = np.abs(norm.mean - norm.moving_mean) / deviation
    ratio = (norm.variance + norm.epsilon) / (norm.moving_variance + norm.epsilon)
    low, middle, high = np.quantile(ratio, (0.05, 0.5, 0.95)).tolist()
    return NormFit(
        call=norm.call, layer=norm.layer, channels=shift.size, shift=float(np.median(shift)),
        shift_most=float(shift.max()), shifted=float((shift > SHIFTED).mean()), ratios=(low, middle, high),
        off=float(((ratio < 1 / TIMES_OFF) | (ratio > TIMES_OFF)).mean()),
    )  # fmt: skip
