"""A square matrix in nine steps, names at the left, input at the top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.theme import INK, SEQUENTIAL, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

STEP = 14


def matrix_chart(
    values: NDArray[np.float64],
    names: Sequence[str],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the picture of shares from 0 to 1; NaN is left blank.

    Args:
        values: float64 of shape ``(n, n)``.
        names: unique, of rows and columns.
        id: of the chart.
        title: see :class:`Chart`.
        subtitle: see :class:`Chart`.
        alt: see :class:`Chart`.
        note: see :class:`Chart`.
    """
    import altair  # noqa: ICN001 - alt is the alternative text here

    steps = len(SEQUENTIAL)
    rows: list[dict[str, Any]] = [
        {
            "row": names[i],
            "column": f"{j:02}",
            "to": names[j],
            "v": round(float(v), 3),
            "s": min(steps - 1, int(v * steps)),
        }
        for i, line in enumerate(values)
        for j, v in enumerate(line)
        if np.isfinite(v)
    ]
    rows.sort(key=lambda row: row["s"])
    painted = altair.Color(
        "s:O", scale=altair.Scale(domain=list(range(steps)), range=list(SEQUENTIAL)), legend=None
    )  # fmt: skip
    chart = (
        altair.Chart(altair.Data(values=rows))
        .mark_rect()
        .encode(
            x=altair.X("column:O", sort=[f"{j:02}" for j in range(len(names))], axis=None),
            y=altair.Y(
                "row:N", sort=list(names), axis=altair.Axis(labelColor=INK, labelFontSize=11, domain=False, ticks=False)
            ),
            color=painted,
            tooltip=[
                altair.Tooltip("row:N", title="layer"),
                altair.Tooltip("to:N", title="with"),
                altair.Tooltip("v:Q", title="CKA"),
            ],
        )
        .properties(width=STEP * len(names), height=STEP * len(names))
    )
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)
