"""Heat maps of layers by epochs in nine steps, under the curve of the loss on the same axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import Axis
from kreport.charts.curves import Line, below, keyed, last_finite, of, short, shortened
from kreport.charts.theme import DIVERGING, ERROR, INK, SEQUENTIAL
from kreport.document.blocks import Ramp
from kreport.document.numbers import NARROW, quantity

STEPS = 9
BAD = STEPS
"""The level of what is NaN or infinite, after the nine steps."""

WIDTH = 440
"""Of the whole drawing, px: half a page."""

TALL, LOW = 25, 13
"""Height of a row, px, and of one among many."""

FEW = 16
"""Rows up to which they are tall."""

SINGLE, WIDE = 200, 30
"""Up to so many cells in so many columns each is drawn by itself; above, neighbours of one colour are one."""

PLAIN = (0.001, 1000.0)
"""Edges within are written without an exponent."""

MOST = 640
"""Marks of one heat map: with more of them, fewer rows and epochs are drawn (some 20 kB of SVG)."""

CURVE, GAP = 44, 14
"""Height of the curve above and the room below it, px."""

LETTER = 6.4
"""Width of a letter of a row's name, px, about."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Heat:
    """Values of rows over epochs.

    Attributes:
        labels: of the rows, unique, first at the top.
        epochs: int64 ``(epochs,)``, rising.
        values: float64 ``(rows, epochs)``; NaN is not measured.
        bad: bool ``(rows, epochs)``: where what was measured is NaN or infinite.
        edges: the eight values between the nine steps, rising.
        palette: ``diverging`` or ``sequential``.
        unit: of the values, see :func:`kreport.document.numbers.quantity`.
        ends: words for what is beyond the first and the last edge, such as ``too small, below``.
    """

    labels: Sequence[str]
    epochs: NDArray[np.int64]
    values: NDArray[np.float64]
    bad: NDArray[np.bool_]
    edges: Sequence[float]
    palette: Literal["diverging", "sequential"] = "sequential"
    unit: str = "number"
    ends: tuple[str, str] = ("below", "above")

    @property
    def ramp(self) -> Ramp:
        """The key of the colours."""
        low, high = (self._said(edge) for edge in (self.edges[0], self.edges[-1]))
        return Ramp(palette=self.palette, low=f"{self.ends[0]} {low}", high=f"{self.ends[1]} {high}")

    def _said(self, edge: float) -> str:
        if self.unit == "share":
            return f"{100 * edge:g}{NARROW}%"  # edges are chosen: no digits to spare
        plain = self.unit == "number" and PLAIN[0] <= edge < PLAIN[1]
        return f"{edge:g}" if plain else quantity(edge, self.unit)

    def levels(self) -> NDArray[np.int64]:
        """Return the step of each cell, :data:`BAD`, or −1 where nothing was measured; int64 ``(rows, epochs)``."""
        found = np.searchsorted(np.asarray(self.edges), self.values, "right")
        found = np.where(np.isnan(self.values), -1, found)
        return np.where(self.bad, BAD, found)

    def thinned(self, rows: int, epochs: int) -> Heat:
        """Return at most so many rows and epochs, evenly, first and last included."""
        r, e = _places(len(self.labels), rows), _places(len(self.epochs), epochs)
        return Heat(
            labels=[self.labels[i] for i in r], epochs=self.epochs[e], values=self.values[np.ix_(r, e)],
            bad=self.bad[np.ix_(r, e)], edges=self.edges, palette=self.palette, unit=self.unit, ends=self.ends,
        )  # fmt: skip


def log_edges(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Return eight edges, evenly on a log scale, between the 2 % and 98 % quantiles of the positive values."""
    positive = values[np.isfinite(values) & (values > 0)]
    if not positive.size:
        return tuple(10.0**power for power in range(-8, 0))
    low, high = np.quantile(positive, [0.02, 0.98])
    if high < low * 1.5:  # nearly one value: no picture of noise
        low, high = low / 2, high * 2
    return tuple(float(f"{edge:.2g}") for edge in np.geomspace(low, high, STEPS - 1))


def heatmap(heat: Heat, above: Sequence[Line] = (), axis: Axis | None = None) -> Any:
    """Return the Altair chart of a heat map.

    Args:
        heat: at least one row and epoch; see :func:`fitted`.
        above: curves over the same epochs, such as the loss.
        axis: that holds their values.
    """
    import altair as alt

    runs = sorted(_runs(heat), key=lambda run: (run.level, run.row, run.start))
    domain = _span(heat.epochs)
    room = 8 + round(LETTER * max(len(label) for label in heat.labels))
    width = WIDTH - min(room, WIDTH // 2)
    cells = _cells(heat, runs, domain, width)
    return alt.vconcat(_curve(above, axis, domain, width), cells, spacing=GAP) if axis and above else cells


@dataclass(frozen=True, kw_only=True)
class _Run:
    """Neighbouring cells of one row and level: columns ``start`` to ``stop`` (not included)."""

    row: int
    start: int
    stop: int
    level: int


def fitted(heat: Heat) -> Heat:
    """Return the heat map with as many rows and epochs as :data:`MOST` marks allow."""
    rows, epochs = len(heat.labels), len(heat.epochs)
    shown = heat
    while len(_runs(shown)) > MOST and (rows > 8 or epochs > 8):
        rows, epochs = max(8, math.ceil(rows * 0.85)), max(8, math.ceil(epochs * 0.85))
        shown = heat.thinned(rows, epochs)
    return shown


def _runs(heat: Heat) -> list[_Run]:
    levels = heat.levels()
    single = _are_single(levels)
    found = []
    for row, line in enumerate(levels.tolist()):
        start = 0
        for level, group in groupby(line):
            size = len(list(group))
            if level >= 0:
                spans = [(at, at + 1) for at in range(start, start + size)] if single else [(start, start + size)]
                found += [_Run(row=row, start=a, stop=b, level=level) for a, b in spans]
            start += size
    return found


def _are_single(cells: NDArray[Any]) -> bool:
    return cells.size <= SINGLE and cells.shape[1] <= WIDE


def _places(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return [int(place) for place in np.unique(np.linspace(0, count - 1, most).round())]


def _edges_of(epochs: NDArray[np.int64]) -> list[float]:
    """Return where columns begin and end: half way between epochs."""
    if len(epochs) == 1:
        return [float(epochs[0]) - 0.5, float(epochs[0]) + 0.5]
    middle = [(a + b) / 2 for a, b in zip(epochs[:-1].tolist(), epochs[1:].tolist(), strict=True)]
    return [epochs[0] - (middle[0] - epochs[0]), *middle, epochs[-1] + (epochs[-1] - middle[-1])]


def _span(epochs: NDArray[np.int64]) -> tuple[float, float]:
    edges = _edges_of(epochs)
    return float(edges[0]), float(edges[-1])


def _cells(heat: Heat, runs: Sequence[_Run], domain: tuple[float, float], width: int) -> Any:
    import altair as alt

    edges, single = _edges_of(heat.epochs), _are_single(heat.values)
    height = TALL if len(heat.labels) <= FEW else LOW
    line = (edges[-1] - edges[0]) / width if single else 0.0  # one px between cells
    rows = [
        {
            "row": heat.labels[run.row], "epoch": round(edges[run.start], 2), "end": round(edges[run.stop] - line, 2),
            "level": run.level, "at": _when(heat, run), "value": _what(heat, run),
        }
        for run in runs
    ]  # fmt: skip
    colours = [*(DIVERGING if heat.palette == "diverging" else SEQUENTIAL), ERROR]
    axis = below(int(heat.epochs[0]), int(heat.epochs[-1]), 5)
    names = alt.Axis(labelColor=INK, labelFontSize=12 if height == TALL else 11, labelPadding=8)
    scale = alt.Scale(domain=list(heat.labels), paddingInner=0.04 if height == TALL else 0.08, paddingOuter=0)
    return (
        of(rows)
        .mark_rect()
        .encode(
            x=alt.X("epoch:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis),
            x2="end:Q",
            y=alt.Y("row:N", scale=scale, axis=names),
            color=alt.Color("level:O", scale=alt.Scale(domain=list(range(STEPS + 1)), range=colours)),
            tooltip=[
                alt.Tooltip("row:N", title="layer"),
                alt.Tooltip("at:N", title="epoch"),
                alt.Tooltip("value:N", title="value"),
            ],
        )
        .properties(width=width, height=alt.Step(height))
    )


def _when(heat: Heat, run: _Run) -> str:
    first, last = int(heat.epochs[run.start]), int(heat.epochs[run.stop - 1])
    return f"{first}" if first == last else f"{first} to {last}"


def _what(heat: Heat, run: _Run) -> str:
    if run.level == BAD:
        return "NaN or infinite"
    values = heat.values[run.row, run.start : run.stop]
    low, high = quantity(float(values.min()), heat.unit), quantity(float(values.max()), heat.unit)
    return low if low == high else f"{low} to {high}"


def _curve(lines: Sequence[Line], axis: Axis, domain: tuple[float, float], width: int) -> Any:
    """Return the curves above, named at the right end of their own line of text."""
    import altair as alt

    kind: Literal["log", "linear"] = "log" if axis.kind == "log" else "linear"
    scale = alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False, clamp=True, type=kind)
    text = f"replace(format(datum.value, '{axis.written}'), 'e+', 'e')"
    y = alt.Y(
        "value:Q", scale=scale,
        axis=alt.Axis(values=list(axis.ticks), labelExpr=text, tickCount=len(axis.ticks) + 1, labelPadding=8),
    )  # fmt: skip
    x = alt.X("epoch:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=None)
    layers: list[Any] = []
    place = float(width)
    for line in reversed(lines):
        finite = np.isfinite(line.values)
        rows = [
            {"epoch": int(epoch), "value": short(float(value)) if ok else None}
            for epoch, value, ok in zip(line.epochs, line.values, finite, strict=True)
        ]
        tooltip = [
            alt.Tooltip("epoch:Q", title="epoch", format="d"),
            alt.Tooltip("value:Q", title=keyed(line.name or line.label)),
        ]
        drawn = of(rows).mark_line(color=line.colour, strokeWidth=line.width, point=False)
        layers.insert(0, drawn.encode(x=x, y=y, tooltip=tooltip))
        if last_finite(line.values) is None:
            continue
        words = of([{"text": shortened(line.label)}]).mark_text(align="right", baseline="bottom", color=line.colour)
        layers.append(words.encode(x=alt.value(round(place)), y=alt.value(-4), text="text:N"))
        place -= LETTER * (len(shortened(line.label)) + 2)
    return alt.layer(*layers).properties(width=width, height=CURVE)
