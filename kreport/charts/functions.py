"""The activation picture: a function with its slope, and below on the same axis where its measured inputs lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import axis_of
from kreport.charts.theme import INK, INK2, INK3, LINE, MUTED, SERIES, WARN, finished
from kreport.document.blocks import Chart
from kreport.document.colours import token
from kreport.document.numbers import quantity
from kreport.document.text import Text

WIDTH, CURVE, RIDGE, LABEL = 384, 112, 46, 20
"""Widths and heights in px: of the plot, of the function, of one ridge, of the line that names it."""

LETTER = 7.0
"""About the width of a bold letter, px."""

POINTS = 121
"""Points of the curve."""

ALIVE = SERIES[2]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ridge:
    """The distribution of one layer's inputs.

    Attributes:
        name: of the layer.
        shares: of the values in equal bins over the picture's range, float64 of shape ``(bins,)``.
        flat: share of the values in the flat parts; None where the function has none.
        warn: whether that is a problem.
    """

    name: str
    shares: NDArray[np.float64]
    flat: float | None
    warn: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Function:
    """The curve: z, a and slope, float64 of one shape, and (from, to) of its flat stretches; ±inf for open ends."""

    z: NDArray[np.float64]
    a: NDArray[np.float64]
    slope: NDArray[np.float64]
    flats: tuple[tuple[float, float], ...]


def function_chart(  # noqa: PLR0913 - the texts of a chart and its range
    function: Function,
    ridges: Sequence[Ridge],
    *,
    low: float,
    high: float,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the picture of a function from ``low`` to ``high`` with a ridge a layer."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    height = CURVE + len(ridges) * (RIDGE + LABEL) + 4
    x = altair.X("z:Q", scale=altair.Scale(domain=[low, high], nice=False), axis=altair.Axis(tickCount=6))
    y = altair.Y("y:Q", scale=altair.Scale(domain=[height, 0], nice=False), axis=None)

    def data(rows: Any) -> Any:
        return altair.Chart(altair.Data(values=list(rows)))

    layers = [
        data(_zones(function, low, high, height)).mark_rect(color=token("fill")).encode(x=x, x2="to:Q", y=y, y2="y2:Q"),
        *_curve_layers(data, function, low, high, x, y),
        *_ridge_layers(data, function, ridges, low, high, x, y),
    ]
    chart = altair.layer(*layers).properties(width=WIDTH, height=height)
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _zones(function: Function, low: float, high: float, height: float) -> Iterator[dict[str, float]]:
    for first, last in function.flats:
        start, end = max(first, low), min(last, high)
        if end > start:
            yield {"z": _short(start), "to": _short(end), "y": 0, "y2": height}


def _curve_layers(data: Any, function: Function, low: float, high: float, x: Any, y: Any) -> list[Any]:
    kinks = [edge for flat in function.flats for edge in flat if low < edge < high]
    z = np.union1d(np.linspace(low, high, POINTS), kinks)
    a, slope = np.interp(z, function.z, function.a), np.interp(z, function.z, function.slope)
    axis = axis_of([*a.tolist(), *slope.tolist()], "linear", most=4)
    top = 8.0

    def rows(values: NDArray[np.float64]) -> list[dict[str, float]]:
        heights = [top + axis.position(float(v), CURVE - 2 * top) for v in values]
        return [{"z": _short(p), "y": round(h, 1)} for p, h in zip(z, heights, strict=True)]

    ticks = [
        {"z": low, "to": high, "y": round(top + axis.position(t, CURVE - 2 * top), 1), "label": quantity(t, "number")}
        for t in axis.ticks
    ]
    grid = data(ticks)
    return [
        grid.mark_rule(color=LINE, strokeDash=[1, 0]).encode(x=x, x2="to:Q", y=y),
        grid.mark_text(align="right", dx=-6, color=INK3).encode(x=x, y=y, text="label:N"),
        data(rows(slope)).mark_line(strokeWidth=1, strokeDash=[3, 2], color=INK2).encode(x=x, y=y),
        data(rows(a)).mark_line(strokeWidth=2.5, color=INK).encode(x=x, y=y),
    ]


def _ridge_layers(
    data: Any, function: Function, ridges: Sequence[Ridge], low: float, high: float, x: Any, y: Any
) -> list[Any]:
    import altair  # noqa: ICN001

    areas: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for index, ridge in enumerate(ridges):
        base = CURVE + (index + 1) * (RIDGE + LABEL)
        names.append(_name(ridge, low, high, base - RIDGE - 4))
        colour = ALIVE if ridge.flat is None else WARN if ridge.warn else MUTED
        areas += _pieces(function, ridge, low, high, base, colour)
    order = list(dict.fromkeys(row["s"] for row in areas))
    colours = {row["s"]: row["c"] for row in areas}
    painted = altair.Color("s:N", scale=altair.Scale(domain=order, range=[colours[s] for s in order]), legend=None)
    written = data(names)
    return [
        data(areas).mark_area(opacity=0.75, line=False).encode(x=x, y=y, y2="y2:Q", color=painted),
        written.mark_text(align="left", dx=5, fontSize=12, fontWeight=600, color=INK).encode(x=x, y=y, text="name:N"),
        written.mark_text(align="left", fontSize=12).encode(
            x=altair.X("at:Q"), y=y, text="flat:N",
            color=altair.condition("datum.warn", altair.value(WARN), altair.value(INK2)),
        ),
    ]  # fmt: skip


def _name(ridge: Ridge, low: float, high: float, y: float) -> dict[str, Any]:
    flat = "" if ridge.flat is None else f"{quantity(ridge.flat, 'share')} in the flat part"
    beside = low + (LETTER * len(ridge.name) + 18) * (high - low) / WIDTH
    return {"z": low, "at": _short(beside), "y": y, "name": ridge.name, "flat": flat, "warn": ridge.warn}


def _pieces(
    function: Function, ridge: Ridge, low: float, high: float, base: float, flat_colour: str
) -> Iterator[dict[str, Any]]:
    """Yield the outline of one ridge, cut where the function becomes flat."""
    bins = len(ridge.shares)
    centres = low + (np.arange(bins) + 0.5) * (high - low) / bins
    heights = ridge.shares / max(float(ridge.shares.max()), 1e-12) * (RIDGE - 2)
    edges = sorted({low, high, *(edge for flat in function.flats for edge in flat if low < edge < high)})
    for number, (start, end) in enumerate(pairwise(edges)):
        points = np.concatenate(([start], centres[(centres > start) & (centres < end)], [end]))
        middle = (start + end) / 2
        flat = any(first <= middle <= last for first, last in function.flats)
        for point, height in zip(points, np.interp(points, centres, heights), strict=True):
            yield {
                "z": _short(float(point)), "y": round(base - float(height), 1), "y2": base,
                "s": f"{ridge.name} {number}", "c": flat_colour if flat else ALIVE,
            }  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.4g}")
