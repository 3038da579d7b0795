"""Numbers against their predictions: points, or where these would cover each other cells that count them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import Axis, axis_of
from kreport.charts.curves import left, of, short
from kreport.charts.scatter import POINT
from kreport.charts.theme import INK2, SEQUENTIAL, SERIES, finished
from kreport.document.blocks import Chart, Ramp
from kreport.document.numbers import plural
from kreport.document.text import Text, spans

POINTS = 1_000
"""Samples up to which each is a point."""

WIDTH, HEIGHT, SIDE = 384, 240, 396
"""Px: of the plot of residuals, and of the square one."""

CELL = 6
"""Side of a cell, px."""

SEEN = 2
"""Step of a cell with one sample: paler ones are hardly seen on the page."""


MOST, FAR, ROOM = 0.99, 3.0, 0.5
"""Where values reach farther from the middle :data:`MOST` of them than FAR times its span, the axis ends ROOM times its
span from there: a few samples shall not press all others into one cell."""

ENOUGH = 100
"""Samples from which such a share means something."""


@dataclass(frozen=True, kw_only=True)
class _Plot:
    """Axes of a plot, its size in px, what stands on them, and the line that perfect predictions give."""

    x: Axis
    y: Axis
    width: int
    height: int
    names: tuple[str, str]
    ideal: tuple[float, float, float, float]


def residual_chart(
    predicted: NDArray[np.float64],
    residual: NDArray[np.float64],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return residuals (up) by predictions, of shape ``(samples,)`` each, with a line at zero.

    Samples without two finite numbers are left out. Those far from all others stand at the edge, which the note says.
    """
    predicted, residual = _finite(predicted, residual)
    x, y = axis_of(_span(predicted), "linear"), axis_of(_span(residual), "linear", zero=True)
    plot = _Plot(x=x, y=y, width=WIDTH, height=HEIGHT, names=("predicted", "residual"), ideal=(x.low, 0.0, x.high, 0.0))
    return _finished(plot, predicted, residual, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def truth_chart(
    truth: NDArray[np.float64],
    predicted: NDArray[np.float64],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return predictions (up) by labels, of shape ``(samples,)`` each, on equal axes with their diagonal.

    Samples are left out, or stand at the edge, as in :func:`residual_chart`.
    """
    truth, predicted = _finite(truth, predicted)
    both = axis_of([*_span(truth), *_span(predicted)], "linear")
    plot = _Plot(
        x=both, y=both, width=SIDE, height=SIDE, names=("label", "predicted"),
        ideal=(both.low, both.low, both.high, both.high),
    )  # fmt: skip
    return _finished(plot, truth, predicted, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _finite(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    kept = np.isfinite(x) & np.isfinite(y)
    return x[kept], y[kept]


def _span(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the ends of an axis of ``values``."""
    if not values.size:
        return ()
    low, high = float(values.min()), float(values.max())
    first, last = np.quantile(values, [(1 - MOST) / 2, (1 + MOST) / 2]).tolist()
    span = last - first
    if len(values) < ENOUGH or span <= 0:
        return low, high
    return (
        low if first - low <= FAR * span else first - ROOM * span,
        high if high - last <= FAR * span else last + ROOM * span,
    )


def _finished(plot: _Plot, x: NDArray[np.float64], y: NDArray[np.float64], *, note: Text, **texts: Any) -> Chart:
    import altair as alt

    inside = (np.clip(x, plot.x.low, plot.x.high), np.clip(y, plot.y.low, plot.y.high))
    beyond = int(np.sum((inside[0] != x) | (inside[1] != y)))
    if beyond:
        said = f"{plural(beyond, 'sample')} beyond the axes {'stands' if beyond == 1 else 'stand'} at the edge."
        note = (*spans(note), f" {said}") if note else said
    ramp = None
    if len(x) <= POINTS:
        marks = _points(plot, x, y)
    else:
        counts = _counts(plot, *inside)
        marks = _cells(counts)
        ramp = Ramp(palette="sequential", low="1", high=plural(int(counts.max()), "sample"))
    a, b, c, d = (short(end) for end in plot.ideal)
    ideal = of([{"x": a, "y": b, "x2": c, "y2": d}]).mark_rule(color=INK2, strokeDash=[3, 2])
    line = ideal.encode(x=_across(plot), x2="x2:Q", y=_up(plot), y2="y2:Q")
    chart = alt.layer(marks, line).properties(width=plot.width, height=plot.height)
    return replace(finished(chart, note=note, **texts), ramp=ramp)


def _across(plot: _Plot, name: str = "x") -> Any:
    import altair as alt

    lines = left(plot.x)
    lines["grid"] = False
    return alt.X(f"{name}:Q", scale=_scale(plot.x), axis=lines)


def _up(plot: _Plot, name: str = "y") -> Any:
    import altair as alt

    return alt.Y(f"{name}:Q", scale=_scale(plot.y), axis=left(plot.y))


def _scale(axis: Axis) -> Any:
    import altair as alt

    return alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False)


def _points(plot: _Plot, x: NDArray[np.float64], y: NDArray[np.float64]) -> Any:
    import altair as alt

    dot = (plot.x.high - plot.x.low) * 1e-3  # a stroke needs a length to have round ends
    rows = [{"x": short(a), "y": short(b)} for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    across, up = plot.names
    return (
        of(rows)
        .transform_calculate(
            at=f"clamp(datum.x, {plot.x.low!r}, {plot.x.high - dot!r})",  # the tooltip has the value itself
            to=f"datum.at + {dot!r}",
            up=f"clamp(datum.y, {plot.y.low!r}, {plot.y.high!r})",
        )
        .mark_rule(strokeWidth=POINT, strokeCap="round", strokeDash=[1, 0], color=SERIES[0])
        .encode(
            x=_across(plot, "at"), x2="to:Q", y=_up(plot, "up"),
            tooltip=[alt.Tooltip("x:Q", title=across), alt.Tooltip("y:Q", title=up)],
        )
    )  # fmt: skip


def _counts(plot: _Plot, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many samples lie in each cell, int64 ``(rows, columns)``, the lowest row first."""
    columns, rows = plot.width // CELL, plot.height // CELL
    found, _, _ = np.histogram2d(
        y, x, bins=(rows, columns), range=((plot.y.low, plot.y.high), (plot.x.low, plot.x.high))
    )
    return found.astype(np.int64)


def _cells(counts: NDArray[np.int64]) -> Any:
    import altair as alt

    steps = np.zeros(counts.shape)
    held = counts > 0
    steps[held] = np.log(counts[held]) / max(float(np.log(counts.max())), 1.0)
    levels = np.where(held, SEEN + np.minimum(steps * (len(SEQUENTIAL) - SEEN), len(SEQUENTIAL) - SEEN - 1), -1)
    groups = []
    for level in sorted(set(levels[held].astype(int).tolist())):
        row, column = np.nonzero(levels.astype(int) == level)
        down = (len(counts) - 1 - row) * CELL
        groups.append(
            {"s": level, "px": (column * CELL).tolist(), "py": down.tolist(), "n": counts[row, column].tolist()}
        )
    shown = list(range(SEEN, len(SEQUENTIAL)))
    painted = alt.Color("s:O", scale=alt.Scale(domain=shown, range=[SEQUENTIAL[s] for s in shown]), legend=None)
    return (
        of(groups)
        .transform_flatten(["px", "py", "n"])
        .transform_calculate(px2=f"datum.px + {CELL}", py2=f"datum.py + {CELL}")
        .mark_rect()
        .encode(
            x=alt.X("px:Q", scale=None, axis=None), x2="px2:Q", y=alt.Y("py:Q", scale=None, axis=None), y2="py2:Q",
            color=painted, tooltip=[alt.Tooltip("n:Q", title="samples")],
        )
    )  # fmt: skip
