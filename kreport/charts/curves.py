"""Curves over epochs: lines labelled at their end, the best epoch ringed, what is not a number marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import Axis, epoch_ticks, spread
from kreport.charts.theme import INK, INK2, LINE2, WARN
from kreport.document.colours import token

HALF, THIRD = 440, 298
"""Widths of a whole drawing, px, in rows of two and three."""

LETTER = 6.2
"""Width of a letter at 11.5 px, about."""

LABEL = 16
"""Letters of a label at the end of a line; longer names are cut in the middle."""

DRAWN = 600
"""Points of one line in a drawing: more than its pixels."""

DENSE, WAYS = 300, 8
"""Lines of so many points that go up and down so many times are thin and let through what lies behind them."""

TOUCHED = 120
"""Lines of so many points get a place for the pointer at each."""

MARKS = 60
"""Points are drawn on lines with gaps up to this many."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """One curve.

    Attributes:
        label: written at its end, in its colour; "" for none.
        colour: of the theme.
        epochs: int64 ``(n,)``, rising.
        values: float64 ``(n,)``; what is not finite breaks the line and is marked.
        name: for the tooltip.
        step: drawn as steps.
        width: px.
    """

    label: str
    colour: str
    epochs: NDArray[np.int64]
    values: NDArray[np.float64]
    name: str = ""
    step: bool = False
    width: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The point that is ringed, with its words: ``best: epoch 15``."""

    epoch: int
    value: float
    colour: str
    text: str


def plot(  # noqa: PLR0913 - what a chart of curves has
    lines: Sequence[Line],
    axis: Axis,
    *,
    width: int,
    height: int,
    ticks: int = 5,
    best: Mark | None = None,
    breaks: Sequence[int] = (),
    heading: str = "",
    bare: bool = False,
) -> Any:
    """Return the Altair chart of ``lines`` over one axis of epochs.

    Args:
        lines: at least one.
        axis: holds all their finite values.
        width: px of the whole drawing; the plot gets what labels leave.
        height: px of the plot.
        ticks: about, below.
        best: the ringed point.
        breaks: epochs after which another fit began; a thin rule stands there.
        heading: above the plot, for small multiples.
        bare: without axes.
    """
    import altair as alt

    first, last = _span(lines)
    inner = plot_width(lines, axis, width, bare=bare)
    low, high = (first - 0.5, last + 0.5) if first == last else (first, last)
    x = alt.X(
        "epoch:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=None if bare else below(first, last, ticks)
    )
    y = alt.Y("value:Q", scale=_scale(axis), axis=None if bare else left(axis))
    layers: list[Any] = []
    if breaks:
        rows = [{"epoch": epoch + 0.5} for epoch in breaks]
        layers.append(of(rows).mark_rule(strokeDash=[1, 3]).encode(x=x))
    if best is not None:
        layers += _best(best, x, low, high, inner)
    for line in lines:
        layers += _drawn(line, x, y)
    layers += _labels(lines, axis, inner, height)
    if best is not None:
        ring = of([{"epoch": best.epoch, "value": best.value}])
        layers.append(ring.mark_point(filled=True, size=46, color=best.colour, stroke=token("bg"), opacity=1,
                                      strokeWidth=1.5).encode(x=x, y=y))  # fmt: skip
    layers += _bad(lines, x, height)
    if heading:  # a text, not a title: titles of neighbours stand at unequal heights
        words = of([{"text": heading}]).mark_text(
            align="left", baseline="bottom", color=INK, fontSize=12, fontWeight=600
        )
        layers.append(words.encode(x=alt.value(0), y=alt.value(-10), text="text:N"))
    return alt.layer(*layers).properties(width=inner, height=height)


def plot_width(lines: Sequence[Line], axis: Axis, width: int, *, bare: bool = False) -> int:
    """Return what the tick labels at the left and the labels at the right leave of a width, px."""
    longest = max((len(shortened(line.label)) for line in lines), default=0)
    right = 8 + LETTER * longest if longest else 10
    return round(width - (4 if bare else tick_room(axis)) - right)


def tick_room(axis: Axis) -> float:
    """Return the px that the tick labels need."""
    return 10 + LETTER * max((len(_about(tick, axis)) for tick in axis.ticks), default=1)


def shortened(text: str, letters: int = LABEL) -> str:
    """Return a name that fits, such as at the end of a line: on one line, cut in the middle to so many letters."""
    bare = "".join(c if c.isprintable() else " " for c in text)
    return bare if len(bare) <= letters else f"{bare[: letters // 2]}…{bare[-(letters // 2 - 1) :]}"


def keyed(text: str) -> str:
    """Return a name for a tooltip: Vega-Lite writes it into an expression without escaping quotes and line ends."""
    return "".join(c if c.isprintable() and c not in "\"'\\" else " " for c in text)[:60]


def _about(tick: float, axis: Axis) -> str:
    if axis.kind == "percent":
        return f"{100 * tick:g}%"
    return f"{tick:.3g}"[:5] if axis.written.endswith("s") else f"{tick:,.6g}"


def _span(lines: Sequence[Line]) -> tuple[int, int]:
    held = [line.epochs for line in lines if len(line.epochs)]
    return (int(min(e[0] for e in held)), int(max(e[-1] for e in held))) if held else (1, 1)


def of(rows: list[dict[str, Any]]) -> Any:
    """Return an Altair chart of rows."""
    import altair as alt

    return alt.Chart(alt.Data(values=rows))


def _scale(axis: Axis) -> Any:
    import altair as alt

    kind = "log" if axis.kind == "log" else "linear"
    return alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False, clamp=True, type=kind)


def left(axis: Axis) -> Any:
    """Return the vertical axis with the ticks that were chosen."""
    import altair as alt

    # tickCount: Vega drops every second of the values where there are more than it says.
    # labelExpr: d3 would take the precision from its own step, not from these values.
    text = f"replace(format(datum.value, '{axis.written}'), 'e+', 'e')"
    return alt.Axis(values=list(axis.ticks), labelExpr=text, grid=True, tickCount=len(axis.ticks) + 1)


def below(first: int, last: int, ticks: int) -> Any:
    """Return the axis of epochs."""
    import altair as alt

    values = epoch_ticks(first, last, ticks)
    text = "datum.value < 10000 ? format(datum.value, 'd') : format(datum.value, '~s')"
    return alt.Axis(
        values=values, tickCount=len(values) + 1, labelExpr=text, labelBound=False, labelFlush=False,
        labelOverlap=False, grid=False,
    )  # fmt: skip


def _drawn(line: Line, x: Any, y: Any) -> list[Any]:
    import altair as alt

    finite = np.isfinite(line.values)
    rows = [
        {"epoch": int(epoch), "value": short(float(value)) if ok else None}
        for epoch, value, ok in zip(line.epochs, line.values, finite, strict=True)
    ]
    if not finite.any():
        return []
    tooltip = [
        alt.Tooltip("epoch:Q", title="epoch", format="d"),
        alt.Tooltip("value:Q", title=keyed(line.name or line.label)),
    ]
    width, opacity = (1.0, 0.5) if restless(line) else (line.width, 1.0)
    shape = "step-after" if line.step else "linear"
    base = alt.Chart().encode(x=x, y=y)
    layers = [
        base.mark_line(color=line.colour, strokeWidth=width, opacity=opacity, interpolate=shape).encode(tooltip=tooltip)
    ]
    if lonely(line):
        layers.append(base.mark_point(filled=True, size=26, color=line.colour, opacity=1))
    if len(rows) <= TOUCHED:  # a line is too thin for a pointer; these are not in the drawing
        layers.append(base.mark_point(filled=True, size=200, color="transparent").encode(tooltip=tooltip))
    return [alt.layer(*layers, data=alt.Data(values=rows))]


def restless(line: Line) -> bool:
    """Tell whether a line of many points goes up and down over its whole height many times."""
    values = line.values[np.isfinite(line.values)]
    if len(values) < DENSE:
        return False
    with np.errstate(over="ignore"):
        return bool(np.abs(np.diff(values)).sum() > WAYS * np.ptp(values))


def lonely(line: Line) -> bool:
    """Tell whether a line needs its points: it has gaps, or values without a neighbour."""
    finite = np.isfinite(line.values)
    if finite.sum() > MARKS or line.step:
        return False
    gaps = bool(np.any(np.diff(line.epochs) > 1))
    beside = np.concatenate([[False], finite, [False]])
    return gaps or bool(np.any(finite & ~beside[:-2] & ~beside[2:]))


def _labels(lines: Sequence[Line], axis: Axis, width: int, height: int) -> list[Any]:
    import altair as alt

    ends = [(line, value) for line in lines if line.label and (value := last_finite(line.values)) is not None]
    places = spread([axis.position(value, height) for _, value in ends], top=4, bottom=height)
    return [
        of([{"text": shortened(line.label)}])
        .mark_text(align="left", baseline="middle", color=line.colour)
        .encode(x=alt.value(width + 6), y=alt.value(round(place, 1)), text="text:N")
        for (line, _), place in zip(ends, places, strict=True)
    ]


def last_finite(values: NDArray[np.float64]) -> float | None:
    """Return the last value that is a number; None without one."""
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if len(finite) else None


def _best(best: Mark, x: Any, low: float, high: float, width: int) -> list[Any]:
    import altair as alt

    place = (best.epoch - low) / (high - low) * width
    half = LETTER * len(best.text) / 2
    align = "left" if place < half else "right" if place > width - half + 20 else "center"
    rule = of([{"epoch": best.epoch}]).mark_rule(color=LINE2, strokeDash=[2, 3]).encode(x=x)
    text = of([{"epoch": best.epoch, "text": best.text}]).mark_text(align=align, baseline="bottom", color=INK2)
    return [rule, text.encode(x=x, y=alt.value(-3), text="text:N")]


def _bad(lines: Sequence[Line], x: Any, height: int) -> list[Any]:
    import altair as alt

    epochs = sorted({int(e) for line in lines for e in line.epochs[~np.isfinite(line.values)]})
    if not epochs:
        return []
    crosses = of([{"epoch": epoch} for epoch in _every(epochs, 40)])
    marked = crosses.mark_point(shape="M-1,-1L1,1M1,-1L-1,1", size=40, stroke=WARN, strokeWidth=1.5, opacity=1)
    return [marked.encode(x=x, y=alt.value(height - 7))]


def _every(items: list[int], most: int) -> list[int]:
    return items[:: max(1, math.ceil(len(items) / most))]


def short(value: float) -> float:
    """Return a value with the digits a drawing needs."""
    return float(f"{value:.4g}")
