"""Bars over epochs: one quantity, such as the gap or the time an epoch took, from zero up or down."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import axis_of
from kreport.charts.curves import Line, below, keyed, left, of, plot, short, tick_room
from kreport.charts.theme import MUTED

MOST = 80
"""Epochs above which bars become a line."""


def epoch_bars(
    epochs: NDArray[np.int64],
    values: NDArray[np.float64],
    *,
    name: str,
    width: int,
    height: int,
    colour: str = MUTED,
    above: str = "",
) -> Any:
    """Return the Altair chart of values by epoch.

    Args:
        epochs: int64 ``(n,)``, rising.
        values: float64 ``(n,)``, finite.
        name: for the tooltip.
        width: px of the whole drawing.
        height: px of the plot.
        colour: of the bars.
        above: colour of those above zero, where it differs.
    """
    import altair as alt

    axis = axis_of(values.tolist(), "linear", most=3, zero=True)
    first, last = int(epochs[0]), int(epochs[-1])
    if last - first >= MOST:
        line = Line(label="", colour=above or colour, epochs=epochs, values=values, name=name)
        return plot([line], axis, width=width, height=height, ticks=4)
    inner = round(width - tick_room(axis) - 10)
    x = alt.X("epoch:Q", scale=alt.Scale(domain=[first - 0.6, last + 0.6], nice=False), axis=below(first, last, 4))
    scale = alt.Scale(domain=[axis.low, axis.high], nice=False)
    tooltip = [alt.Tooltip("epoch:Q", title="epoch", format="d"), alt.Tooltip("value:Q", title=keyed(name))]
    size = max(1.0, min(24.0, 0.72 * inner / (last - first + 1.2)))
    layers = []
    for chosen, fill in ((values <= 0, colour), (values > 0, above or colour)):
        rows = [
            {"epoch": int(e), "value": short(float(v))} for e, v in zip(epochs[chosen], values[chosen], strict=True)
        ]
        if rows:
            bars = of(rows).mark_bar(size=size, color=fill, orient="vertical")
            y = alt.Y("value:Q", scale=scale, axis=left(axis))
            layers.append(bars.encode(x=x, y=y, y2=alt.datum(0), tooltip=tooltip))
    return alt.layer(*layers).properties(width=inner, height=height)
