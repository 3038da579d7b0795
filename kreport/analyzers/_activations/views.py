"""Charts of the Activations section as blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kreport.analyzers._activations.sentences import depth_title, function_title, troubled
from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse
from kreport.analyzers._activations.tables import main_outputs, samples
from kreport.analyzers._labels import leaf, short_labels
from kreport.charts.bands import Band, bands_chart, thinned
from kreport.charts.functions import Function, Ridge, function_chart
from kreport.document.blocks import Chart
from kreport.document.numbers import plural, quantity

RIDGES = 6
"""Layers in one picture; of more, the most and least flat, the first and the last, and others evenly between."""

PICTURES = 6
"""Functions that get a picture."""

NAME = 26

TOLD = 0.01
"""Share of inputs beyond the picture from which it is told."""


def function_charts(stats: ActivationStats) -> list[Chart]:
    """Return the picture of every distinct activation function, the most used first."""
    used = [(index, [use for use in stats.functions if use.curve == index]) for index in range(len(stats.curves))]
    used = sorted((pair for pair in used if pair[1]), key=lambda pair: -len(pair[1]))
    return [_picture(stats, index, uses) for index, uses in used[:PICTURES]]


def _picture(stats: ActivationStats, index: int, uses: Sequence[FunctionUse]) -> Chart:
    curve = stats.curves[index]
    drawn = _telling([use for use in uses if use.histogram.size])
    names = short_labels([use.call for use in drawn], NAME)
    ridges = [
        Ridge(
            name=name,
            shares=use.histogram.astype(np.float64),
            flat=use.flat if curve.flats else None,
            warn=troubled(use),
        )
        for name, use in zip(names, drawn, strict=True)
    ]
    title = function_title(curve, uses)
    part = f"{len(drawn)} of {plural(len(uses), 'layer')}" if len(drawn) < len(uses) else plural(len(uses), "layer")
    return function_chart(
        Function(z=curve.z, a=curve.a, slope=curve.slope, flats=curve.flats), ridges, low=curve.low, high=curve.high,
        id=f"activations-function-{index}", title=title,
        subtitle="Top: the function, its slope dashed. Below, on the same axis: the measured inputs z of "
        f"{part}, {samples(stats)}" + ("; shaded where the curve is flat" if curve.flats else ""),
        alt=f"{title}. {'; '.join(_told(use) for use in drawn)}.",
        note=_note(curve, drawn),
    )  # fmt: skip


def _told(use: FunctionUse) -> str:
    flat = "" if use.flat is None else f", {quantity(use.flat, 'share')} flat"
    return f"{leaf(use.call)}: mean input {quantity(use.mean)}{flat}"


def _telling(uses: Sequence[FunctionUse]) -> list[FunctionUse]:
    if len(uses) <= RIDGES:
        return list(uses)
    order = sorted(range(len(uses)), key=lambda i: uses[i].flat or 0)
    kept = {0, len(uses) - 1, order[0], order[-1]}
    for index in np.linspace(0, len(uses) - 1, RIDGES).round().astype(int).tolist():
        if len(kept) < RIDGES:
            kept.add(index)
    return [uses[index] for index in sorted(kept)]


def _note(curve: Curve, drawn: Sequence[FunctionUse]) -> str:
    parts = ["Each density is scaled to its own peak."]
    beyond = max(drawn, key=lambda use: use.outside, default=None)
    if beyond is not None and beyond.outside >= TOLD:
        parts.append(
            f"Beyond {quantity(curve.low)} to {quantity(curve.high)} lie {quantity(beyond.outside, 'share')} of the"
            f" inputs of {leaf(beyond.call)}."
        )
    return " ".join(parts)


def depth_chart(stats: ActivationStats) -> Chart | None:
    """Return the quantile bands of all outputs over depth, or of every k-th; None without one."""
    shown = [one for one in main_outputs(stats) if one.quantiles and one.std]
    if not shown:
        return None
    names = short_labels([one.call for one in shown])
    bands, step = thinned([Band(label=n, quantiles=one.quantiles) for n, one in zip(names, shown, strict=True)])
    title = depth_title(shown)
    part = "every layer" if step == 1 else f"one layer in {step}"
    return bands_chart(
        bands, id="activations-depth", title=title,
        subtitle=f"Outputs of {part}, input at the top: 1–99 %, 5–95 %, 25–75 % bands, {samples(stats)}",
        alt=f"{title}: outputs of {plural(len(shown), 'layer')}.",
    )  # fmt: skip
