"""The activation picture: a function with its slope, and below on the same axis where its measured inputs lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import axis_of
from kreport.charts.simplify import needed
from kreport.charts.theme import INK, INK2, INK3, LINE, LINE2, MUTED, SERIES, WARN, finished
from kreport.document.blocks import Chart
from kreport.document.colours import token
from kreport.document.numbers import MINUS
from kreport.document.text import Text

WIDTH, CURVE, LABEL = 392, 116, 20
"""Px: width of the plot, height of the function, and of the line that names a ridge."""

RIDGES = {1: 100, 2: 72}
RIDGE = 44
"""Height of a ridge: where there are few, and else."""

TOP = 8.0
"""Room above and below the function, px."""

LETTER = 7.0
"""About the width of a bold letter, px."""

WORD = 44.0
"""Room that a word within the picture needs, px."""

PLACES = np.linspace(0.86, 0.2, 23)
"""How far to the right a function's slope may be named; the first place with enough room is taken."""

FREE = 16.0
"""Px that a word needs above its line."""

POINTS = 241
"""Points of the curve before those are left out that nobody sees."""

ALIVE = SERIES[2]

KERNEL = np.array([0.25, 0.5, 0.25])
"""Each bin of a ridge is averaged with its neighbours: logarithmic bins leave steps."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ridge:
    """The distribution of one layer's inputs.

    Attributes:
        name: of the layer.
        shares: of the values in equal bins over the picture's range, float64 of shape ``(bins,)``.
        told: what is written beside the name.
        flat: whether some of the function is flat; warn: whether too much of the layer is there.
    """

    name: str
    shares: NDArray[np.float64]
    told: str
    flat: bool
    warn: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Function:
    """The curve: z, a and slope, float64 of one shape, and (from, to) of its flat stretches; ±1e9 for open ends.

    ``least`` and ``most`` bound ``a`` where units have functions of their own; else empty.
    """

    z: NDArray[np.float64]
    a: NDArray[np.float64]
    slope: NDArray[np.float64]
    flats: tuple[tuple[float, float], ...]
    least: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    most: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


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

    ridge = RIDGES.get(len(ridges), RIDGE)
    height = CURVE + len(ridges) * (ridge + LABEL) + 4
    plane = _Plane(low=low, high=high, height=height, ridge=ridge)
    layers = [
        plane.data(_zones(function, low, high, height))
        .mark_rect(color=token("fill"))
        .encode(x=plane.x, x2="to:Q", y=plane.down(), y2="y2:Q"),
        *_curve_layers(plane, function),
        *_ridge_layers(plane, function, ridges),
    ]
    chart = altair.layer(*layers).properties(width=WIDTH, height=height)
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Plane:
    """The axes: z across, px down; ``ridge`` is the height of one."""

    low: float
    high: float
    height: float
    ridge: float

    @property
    def x(self) -> Any:
        """The inputs of the function."""
        import altair as alt

        domain = [_short(self.low), _short(self.high)]
        return alt.X("z:Q", scale=alt.Scale(domain=domain, nice=False), axis=alt.Axis(tickCount=6))

    def down(self, name: str = "y") -> Any:
        """Px from the top, under this name."""
        import altair as alt

        return alt.Y(f"{name}:Q", scale=alt.Scale(domain=[self.height, 0], nice=False), axis=None)

    @staticmethod
    def data(rows: Any) -> Any:
        """A chart of some rows."""
        import altair as alt

        return alt.Chart(alt.Data(values=list(rows)))

    def px(self, value: Any) -> Any:
        """Return how far right ``value`` is, px."""
        return (value - self.low) / (self.high - self.low) * WIDTH

    def z(self, px: float) -> float:
        """Return the value ``px`` from the left."""
        return self.low + px / WIDTH * (self.high - self.low)


def _zones(function: Function, low: float, high: float, height: float) -> Iterator[dict[str, float]]:
    for first, last in function.flats:
        start, end = max(first, low), min(last, high)
        if end > start:
            yield {"z": _short(start), "to": _short(end), "y": 0, "y2": height}


def _curve_layers(plane: _Plane, function: Function) -> list[Any]:
    low, high = plane.low, plane.high
    z = np.union1d(np.linspace(low, high, POINTS), function.z[(function.z >= low) & (function.z <= high)])
    bounds = [np.interp(z, function.z, part) for part in (function.least, function.most) if part.size]
    a, slope = np.interp(z, function.z, function.a), np.interp(z, function.z, function.slope)
    axis = axis_of(np.concatenate([a, slope, *bounds]).tolist(), "linear", most=4)

    def at(value: float) -> float:
        return round(TOP + axis.position(float(value), CURVE - 2 * TOP), 1)

    def rows(values: NDArray[np.float64]) -> list[dict[str, float]]:
        heights = np.array([at(value) for value in values])
        kept = needed(plane.px(z), heights)
        return [{"z": _short(p), "y": h} for p, h in zip(z[kept], heights[kept].tolist(), strict=True)]

    ticks = plane.data([{"z": low, "to": high, "y": at(t), "label": f"{t:g}".replace("-", MINUS)} for t in axis.ticks])
    band = [{"z": _short(p), "y": at(one), "y2": at(other)} for p, one, other in zip(z, *bounds, strict=True)] if (
        bounds
    ) else []  # fmt: skip
    x, y = plane.x, plane.down()
    return [
        ticks.mark_rule(color=LINE, strokeDash=[1, 0]).encode(x=x, x2="to:Q", y=y),
        ticks.mark_text(align="right", dx=-6, color=INK3).encode(x=x, y=y, text="label:N"),
        *([plane.data(band).mark_area(color=INK, opacity=0.14).encode(x=x, y=y, y2="y2:Q")] if band else []),
        plane.data(rows(slope)).mark_line(strokeWidth=1, strokeDash=[3, 2], color=INK2).encode(x=x, y=y),
        plane.data(rows(a)).mark_line(strokeWidth=2.5, color=INK).encode(x=x, y=y),
        plane.data(_words(plane, function, at)).mark_text(align="left", baseline="bottom", dy=-3, color=INK3).encode(
            x=x, y=y, text="label:N"
        ),
    ]  # fmt: skip


def _words(plane: _Plane, function: Function, at: Any) -> Iterator[dict[str, Any]]:
    """Yield what is written into the picture: which line is the slope, and that the shaded part is flat."""
    where = _free(plane, function, at)
    yield {"z": _short(where), "y": at(np.interp(where, function.z, function.slope)), "label": "slope"}
    for first, last in function.flats:
        start, end = max(first, plane.low), min(last, plane.high)
        if plane.px(end) - plane.px(start) > WORD:
            value = float(np.interp(plane.z(plane.px(start) + WORD / 2), function.z, function.a))
            yield {"z": _short(plane.z(plane.px(start) + 5)), "y": at(value), "label": "flat"}
            return


def _free(plane: _Plane, function: Function, at: Any) -> float:
    """Return where a word above the slope does not stand on the function or on a steep slope."""

    def room(share: float) -> float:
        across = np.linspace(plane.z(share * WIDTH), plane.z(share * WIDTH + WORD * 0.8), 5)
        slopes, values = ([at(v) for v in np.interp(across, function.z, part)] for part in (function.slope, function.a))
        top, line = min(slopes) - FREE, max(slopes)
        clear = min((top - v if v < top else v - line) if not top <= v <= line else 0.0 for v in values)
        return float(min(clear, FREE) - (max(slopes) - min(slopes)))

    best = max(PLACES.tolist(), key=lambda share: (round(room(share)), share))
    return plane.z(WIDTH * best)


def _ridge_layers(plane: _Plane, function: Function, ridges: Sequence[Ridge]) -> list[Any]:
    import altair as alt

    areas: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for index, ridge in enumerate(ridges):
        base = CURVE + (index + 1) * (plane.ridge + LABEL)
        names.append(_name(plane, ridge, base))
        flat = ALIVE if not ridge.flat else WARN if ridge.warn else MUTED
        areas += [row | {"s": f"{index}.{row['s']}"} for row in _pieces(plane, function, ridge, base, flat)]
    order = list(dict.fromkeys(row["s"] for row in areas))
    colours = {row["s"]: row.pop("c") for row in areas}
    painted = alt.Color("s:N", scale=alt.Scale(domain=order, range=[colours[s] for s in order]), legend=None)
    written = plane.data(names)
    x, y = plane.x, plane.down()
    text = {"y": plane.down("t")}
    return [
        plane.data(areas).mark_area(opacity=0.75, line=False).encode(x=x, y=y, y2="b:Q", color=painted),
        written.mark_rule(color=LINE2, strokeDash=[1, 0]).encode(x=x, x2="to:Q", y=y),
        written.mark_text(align="left", dx=5, fontSize=12, fontWeight=600, color=INK).encode(
            x=x, text="name:N", **text
        ),
        written.mark_text(align="left", fontSize=12).encode(
            x=alt.X("at:Q"), text="told:N", **text,
            color=alt.condition("datum.warn", alt.value(WARN), alt.value(INK2)),
        ),
    ]  # fmt: skip


def _name(plane: _Plane, ridge: Ridge, base: float) -> dict[str, Any]:
    beside = plane.z(LETTER * len(ridge.name) + 18)
    return {
        "z": _short(plane.low), "to": _short(plane.high), "at": _short(beside), "y": base,
        "t": base - plane.ridge - 4, "name": ridge.name, "told": ridge.told, "warn": ridge.warn,
    }  # fmt: skip


def _pieces(plane: _Plane, function: Function, ridge: Ridge, base: float, flat_colour: str) -> Iterator[dict[str, Any]]:
    """Yield the outline of one ridge, cut where the function becomes flat."""
    low, high, bins = plane.low, plane.high, len(ridge.shares)
    centres = low + (np.arange(bins) + 0.5) * (high - low) / bins
    shares = np.convolve(ridge.shares, KERNEL, "same")
    heights = shares / max(float(shares.max()), 1e-12) * (plane.ridge - 2)
    edges = sorted({low, high, *(edge for flat in function.flats for edge in flat if low < edge < high)})
    for number, (start, end) in enumerate(pairwise(edges)):
        points = np.concatenate(([start], centres[(centres > start) & (centres < end)], [end]))
        middle = (start + end) / 2
        flat = any(first <= middle <= last for first, last in function.flats)
        tops = np.round(base - np.interp(points, centres, heights), 1)
        kept = needed(plane.px(points), tops)
        for point, top in zip(points[kept], tops[kept].tolist(), strict=True):
            yield {
                "z": _short(float(point)), "y": top, "b": base, "s": number, "c": flat_colour if flat else ALIVE,
            }  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.4g}")
