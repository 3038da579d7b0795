"""A histogram between given edges, even ones or even in the logarithm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import axis_of
from kreport.charts.theme import SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

WIDTH, HEIGHT = 380, 150


def histogram_chart(  # noqa: PLR0913 - the texts of a chart and how its bins lie
    counts: NDArray[np.float64],
    edges: NDArray[np.float64],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
    logarithmic: bool = False,
    whole: bool = False,
    counted: str = "samples",
) -> Chart:
    """Return the chart of ``counts`` in the bins between ``edges``, one more than there are counts.

    With ``whole``, the edges lie halfway between whole numbers: only these are written. ``counted`` is said of the
    counts by the tooltip.
    """
    import altair  # noqa: ICN001 - alt is the alternative text here

    inside = 0.5 if whole else 0.0  # of an edge, the nearest value in the bin
    rows = [
        {"from": _written(a), "to": _written(b), "n": _written(n), "least": _written(a + inside),
         "most": _written(b - inside)}
        for a, b, n in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
    ]  # fmt: skip
    ends = [rows[0]["from"], rows[-1]["to"]]
    axis = axis_of(ends, "log" if logarithmic else "linear")
    scale = altair.Scale(type=axis.kind, domain=ends, nice=False, zero=False)
    ticks = [tick for tick in axis.ticks if ends[0] <= tick <= ends[1] and (not whole or tick.is_integer())]
    lines = altair.Axis(values=ticks, grid=False, format=axis.written, labelOverlap=True)
    heights = axis_of([row["n"] for row in rows], "linear", most=4, zero=True)
    chart = (
        altair.Chart(altair.Data(values=rows))
        .mark_bar(color=SERIES[0])
        .encode(
            x=altair.X("from:Q", scale=scale, axis=lines),
            x2="to:Q",
            y=altair.Y("n:Q", axis=altair.Axis(values=list(heights.ticks), format=heights.written)),
            y2=altair.datum(0),
            tooltip=[
                altair.Tooltip("least:Q", title="from"),
                altair.Tooltip("most:Q", title="to"),
                altair.Tooltip("n:Q", title=counted),
            ],
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _written(value: float) -> float:
    return float(f"{value:.7g}")
