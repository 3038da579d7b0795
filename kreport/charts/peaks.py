"""The picture of a softmax: how large the largest share of each row is, one ridge of bars a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kreport.charts.theme import INK, INK2, INK3, LINE2, SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

WIDTH, RIDGE, LABEL = 392, 44, 22
"""Px: of the plot, the height of one layer's bars, and of the line that names it."""

LETTER = 7.0
"""About the width of a bold letter, px."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Peaks:
    """One layer.

    Attributes:
        name: of the layer.
        counts: rows by their largest share, in equal bins from 0 to 1, of shape ``(bins,)``.
        line: what is written beside the name.
        even: share of each where all are equal, 1 over the number of choices; None where that varies.
    """

    name: str
    counts: NDArray[np.int64]
    line: str
    even: float | None


def peaks_chart(
    layers: Sequence[Peaks],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the picture: largest share across, a ridge of bars for each layer down."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    height = len(layers) * (RIDGE + LABEL) + 4
    axis = altair.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    x = altair.X("s:Q", scale=altair.Scale(domain=[0, 1], nice=False), axis=axis)
    down = altair.Scale(domain=[height, 0], nice=False)
    y, top = (altair.Y(f"{name}:Q", scale=down, axis=None) for name in ("y", "t"))
    bars, names = [], []
    for index, layer in enumerate(layers):
        base = (index + 1) * (RIDGE + LABEL)
        most, width = max(int(layer.counts.max()), 1), 1 / len(layer.counts)
        for place in np.flatnonzero(layer.counts).tolist():
            share = round(base - layer.counts[place] / most * (RIDGE - 2), 1)
            bars.append({"s": round(place * width, 4), "to": round((place + 1) * width, 4), "y": share, "y2": base})
        beside = round((LETTER * len(layer.name) + 18) / WIDTH, 4)
        name = {"s": 0, "to": 1, "at": beside, "y": base, "t": base - RIDGE - 5, "name": layer.name}
        names.append({**name, "line": layer.line, "even": layer.even, "y2": base - RIDGE})

    drawn, written = (altair.Chart(altair.Data(values=rows)) for rows in (bars, names))
    known = written.transform_filter("isValid(datum.even)")
    chart = altair.layer(
        drawn.mark_bar(color=SERIES[2], opacity=0.75, cornerRadius=0).encode(x=x, x2="to:Q", y=y, y2="y2:Q"),
        written.mark_rule(color=LINE2, strokeDash=[1, 0]).encode(x=x, x2="to:Q", y=y),
        known.mark_rule(color=INK3, strokeDash=[3, 2]).encode(x=altair.X("even:Q"), y=y, y2="y2:Q"),
        written.mark_text(align="left", dx=5, fontSize=12, fontWeight=600, color=INK).encode(x=x, y=top, text="name:N"),
        written.mark_text(align="left", fontSize=12, color=INK2).encode(x=altair.X("at:Q"), y=top, text="line:N"),
    ).properties(width=WIDTH, height=height)
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)
