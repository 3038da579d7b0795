"""A histogram in equal bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kreport.charts.theme import SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

WIDTH, HEIGHT = 400, 130


def histogram_chart(
    counts: NDArray[np.int64],
    ends: tuple[float, float],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the chart of ``counts`` in equal bins between the two ``ends``."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    edges = np.linspace(*ends, len(counts) + 1)
    rows = [
        {"from": float(f"{a:.4g}"), "to": float(f"{b:.4g}"), "n": int(n)}
        for a, b, n in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
    ]
    chart = (
        altair.Chart(altair.Data(values=rows))
        .mark_bar(color=SERIES[0], binSpacing=1)
        .encode(
            x=altair.X("from:Q", bin="binned", axis=altair.Axis(tickCount=6, grid=False)),
            x2="to:Q",
            y=altair.Y("n:Q", axis=altair.Axis(tickCount=4, format="~s")),
            tooltip=[altair.Tooltip("from:Q"), altair.Tooltip("to:Q"), altair.Tooltip("n:Q", title="samples")],
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)
