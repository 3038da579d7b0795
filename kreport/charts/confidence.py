"""How sure a classifier is where it is right, and, mirrored below, where it is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import axis_of
from kreport.charts.curves import left, of, short
from kreport.charts.theme import LINE2, PAPER, RIGHT, WRONG, finished
from kreport.document.blocks import Chart
from kreport.document.numbers import quantity
from kreport.document.text import Text

WIDTH, HEIGHT = 380, 84
"""Px: width of both plots, which meet at zero, and height of each."""

TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)
"""Confidences that are written, besides the least."""

HALO = 4
"""Px of the page's colour around a word, which keeps lines out of it."""

CLOSE = 0.09
"""Of the least confidence: those so near to it are not written."""


def confidence_chart(  # noqa: PLR0913 - the texts of a chart, two histograms and their edges
    right: NDArray[np.float64],
    wrong: NDArray[np.float64],
    edges: NDArray[np.float64],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return two histograms on one axis of confidence, each on a scale of its own: mistakes are few.

    Args:
        right: samples that are right, or their weights, by bin, float64 of shape ``(bins,)``.
        wrong: the same of those that are wrong.
        edges: of the bins, from 0 or from chance to 1, float64 of shape ``(bins + 1,)``.
        id: of the chart.
        title: see :class:`Chart`.
        subtitle: see :class:`Chart`.
        alt: see :class:`Chart`.
        note: see :class:`Chart`.
    """
    import altair  # noqa: ICN001 - alt is the alternative text here

    halves = [
        _half(right, edges, name="right", colour=RIGHT, down=False),
        _half(wrong, edges, name="wrong", colour=WRONG, down=True),
    ]
    chart = altair.vconcat(*halves, spacing=0, bounds="flush")
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _half(counts: NDArray[np.float64], edges: NDArray[np.float64], *, name: str, colour: str, down: bool) -> Any:
    import altair as alt

    rows = [
        {"from": short(start), "to": short(end), "n": short(count)}
        for start, end, count in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
        if count > 0
    ]
    ends = [short(float(edges[0])), short(float(edges[-1]))]
    heights = axis_of([1.0, *(row["n"] for row in rows)], "linear", most=3, zero=True)
    whole = all(row["n"].is_integer() for row in rows)
    heights = replace(heights, ticks=tuple(t for t in heights.ticks if t > 0 and (t.is_integer() or not whole)))
    domain = [heights.high, 0] if down else [0, heights.high]
    ticks = [ends[0], *(tick for tick in TICKS if ends[0] + CLOSE <= tick <= ends[1])]
    below = (
        alt.Axis(values=ticks, tickCount=len(ticks) + 1, format=".0%", domain=False, ticks=False, grid=False)
        if down
        else None
    )
    x = alt.X("from:Q", scale=alt.Scale(domain=ends, nice=False), axis=below)
    y = alt.Y("n:Q", scale=alt.Scale(domain=domain, nice=False), axis=left(heights))
    tooltip = [
        alt.Tooltip("from:Q", title="confidence from", format=".0%"),
        alt.Tooltip("to:Q", format=".0%"),
        alt.Tooltip("n:Q", title=name),
    ]
    bars = of(rows).mark_bar(color=colour, cornerRadius=0).encode(x=x, x2="to:Q", y=y, y2=alt.datum(0), tooltip=tooltip)
    zero = of([{"from": ends[0], "to": ends[1], "n": 0}]).mark_rule(color=LINE2, strokeDash=[1, 0])
    said = of([{"name": f"{name}: {quantity(float(counts.sum()), 'count')}"}])
    third = max(1, len(counts) // 3)
    at_left = bool(counts[:third].max() <= counts[-third:].max())  # where the bars are lower
    side: Any = "left" if at_left else "right"
    look: Any = {"align": side, "baseline": "bottom" if down else "top", "fontSize": 12}
    halo = said.mark_text(stroke=PAPER, strokeWidth=HALO, strokeJoin="round", color=PAPER, **look)
    words = said.mark_text(color=colour, **look)
    corner = {"x": alt.value(4 if at_left else WIDTH - 4), "y": alt.value(HEIGHT - 4 if down else 4)}
    return alt.layer(
        bars,
        zero.encode(x=x, x2="to:Q", y=y),
        halo.encode(**corner, text="name:N"),
        words.encode(**corner, text="name:N"),
    ).properties(width=WIDTH, height=HEIGHT)
