"""Some series side by side as lines, each on its own scale: what the model was told of single samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.bars import drawable
from kreport.charts.curves import of
from kreport.charts.simplify import needed
from kreport.charts.theme import INK, INK3, LINE2, SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

WIDTH, HEIGHT = 276, 64
"""Px of one plot."""

ABREAST, GAP, LINES = 3, 60, 18
"""Plots in a row, px between them, which hold the names of channels, and between rows."""

CHANNELS = 4
"""Lines in a plot, at most: more cannot be told apart."""

LETTERS = 44
"""Of a heading that is as wide as its plot."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """One sample.

    Attributes:
        name: its heading; remark: a line beneath.
        values: float64 of shape ``(steps, channels)``, at most :data:`CHANNELS` of them; what is not finite is a gap.
    """

    name: str
    remark: str
    values: NDArray[np.float64]


def series_chart(
    series: Sequence[Series],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the plots of all ``series``, three in a row; the first one names its channels where there are several."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    plots = [_plot(one, named=not number) for number, one in enumerate(series)]
    rows = [altair.hconcat(*plots[k : k + ABREAST], spacing=GAP, bounds="flush") for k in range(0, len(plots), ABREAST)]
    chart = altair.vconcat(*rows, spacing=LINES)
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note, wide=True)


def _plot(one: Series, *, named: bool) -> Any:
    import altair as alt

    steps, channels = one.values.shape
    low, high = _ends(one.values)
    across = alt.X("x:Q", scale=alt.Scale(domain=[0, max(1, steps - 1)], nice=False), axis=None)
    up = alt.Y("y:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=None)
    shown = alt.Scale(domain=list(range(CHANNELS)), range=list(SERIES[:CHANNELS]))
    colour = alt.Color("c:O", scale=shown, legend=None)
    rows = [row for channel in range(channels) for row in _points(one.values[:, channel], channel, high - low)]
    tooltip = [alt.Tooltip("x:Q", title="step"), alt.Tooltip("y:Q", title="value"), alt.Tooltip("c:O", title="channel")]
    layers = [of(rows).mark_line(strokeWidth=1.5).encode(x=across, y=up, color=colour, tooltip=tooltip)]
    if low < 0 < high:
        zero = of([{"y": 0}]).mark_rule(color=LINE2, strokeDash=[1, 0])
        layers.insert(0, zero.encode(y=up))
    if named and channels > 1:
        ends = [row | {"name": f"channel {row['c']}"} for row in _last(rows)]
        word = of(ends).mark_text(align="left", baseline="middle", dx=4)
        layers.append(word.encode(x=across, y=up, color=colour, text="name:N"))
    heading = {
        "text": _short(one.name), "subtitle": _short(one.remark), "subtitleColor": INK3, "subtitleFontSize": 11.5,
        "subtitlePadding": 2, "color": INK, "offset": 6,
    }  # fmt: skip
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT, title=heading)


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the axis; a series without a range that single precision could tell is in its middle."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    least = max(max(abs(low), abs(high)) * float(np.finfo(np.float32).eps), float(np.finfo(np.float32).tiny))
    room = 0.0 if high - low > least else max(abs(low), 1.0) / 2
    return low - room, high + room


def _points(values: NDArray[np.float64], channel: int, span: float) -> list[dict[str, Any]]:
    """Return the points that the line needs; a gap is a point without a value."""
    x = np.arange(len(values), dtype=np.float64)
    known = np.isfinite(values)
    kept = needed(x * (WIDTH / max(1, len(x) - 1)), values * (HEIGHT / span)) if known.all() else np.ones(len(x), bool)
    return [
        {"x": int(at), "y": _written(float(values[at]), span) if known[at] else None, "c": channel}
        for at in np.flatnonzero(kept).tolist()
    ]


def _written(value: float, span: float) -> float:
    """Return a value to a thousandth of the range: digits that count are few where a series is far from zero."""
    return float(round(value, 3 - math.floor(math.log10(span))))


def _last(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the last known point of each channel."""
    return list({row["c"]: row for row in rows if row["y"] is not None}.values())


def _short(text: str) -> str:
    bare = drawable(text)
    return bare if len(bare) <= LETTERS else f"{bare[: LETTERS - 1]}…"
