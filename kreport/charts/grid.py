"""Rows by columns in nine steps, names at the left and above; long ones above are turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kreport.charts.bars import drawable
from kreport.charts.theme import DIVERGING, INK, SEQUENTIAL, finished
from kreport.document.blocks import Chart, Ramp
from kreport.document.text import Text

STEPS = 9

STEP = 18
"""Side of a cell, px."""

DIGITS = 2
"""Of the number before a column's name."""

SHORT = 3
"""Characters of names that stand above columns upright; longer ones are turned."""

TURNED = 96
"""Room for a turned name, px."""

SMALL, ABREAST, GAP = 12, 4, 16
"""Side of a cell where grids stand side by side, how many do, and px between them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Values to be drawn.

    Attributes:
        values: float64 of shape ``(rows, columns)``; NaN is left blank.
        rows, columns: names; those of the rows are unique.
        low, high: values at the ends of the ramp.
        palette: ``diverging`` or ``sequential``.
        what: the value's name in the tooltip; row, column: those of the axes.
        heading: above a grid that stands beside others.
    """

    values: NDArray[np.float64]
    rows: Sequence[str]
    columns: Sequence[str]
    low: float
    high: float
    palette: Literal["diverging", "sequential"] = "sequential"
    what: str = "value"
    row: str = "row"
    column: str = "column"
    heading: str = ""


def grid_chart(
    grid: Grid,
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
    ramp: Ramp | None = None,
) -> Chart:
    """Return the picture of all cells."""
    made = finished(_drawn(grid), id=id, title=title, subtitle=subtitle, alt=alt, note=note)
    return replace(made, ramp=ramp)


def grids_chart(
    grids: Sequence[Grid],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
    ramp: Ramp | None = None,
) -> Chart:
    """Return grids of the same rows side by side, four a line, each with its heading."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    drawn = [
        _drawn(grid, step=SMALL, named=place % ABREAST == 0).properties(title=drawable(grid.heading))
        for place, grid in enumerate(grids)
    ]
    lines = [altair.hconcat(*drawn[start : start + ABREAST], spacing=GAP) for start in range(0, len(drawn), ABREAST)]
    whole = altair.vconcat(*lines, spacing=GAP) if len(lines) > 1 else lines[0]
    made = finished(whole, id=id, title=title, subtitle=subtitle, alt=alt, note=note, wide=True)
    return replace(made, ramp=ramp)


def _drawn(grid: Grid, *, step: int = STEP, named: bool = True) -> Any:
    import altair as alt

    colours = DIVERGING if grid.palette == "diverging" else SEQUENTIAL
    order = [_key(place, name) for place, name in enumerate(grid.columns)]
    turned = max(map(len, grid.columns), default=0) > (SHORT if step == STEP else 1)
    written = f"slice(datum.label, {DIGITS})"  # an expression never holds a name
    above = alt.Axis(
        orient="top", labelExpr=written, labelAngle=-90 if turned else 0, labelLimit=TURNED, labelColor=INK,
        domain=False, ticks=False, labelFontSize=11,
    )  # fmt: skip
    left = alt.Axis(labelColor=INK, labelFontSize=11.5 if step == STEP else 11, domain=False, ticks=False,
                       labelLimit=180)  # fmt: skip
    painted = alt.Scale(domain=list(range(STEPS)), range=list(colours))
    return (
        alt.Chart(alt.Data(values=_cells(grid)))
        .mark_rect()
        .encode(
            x=alt.X("x:O", sort=order, axis=above),
            y=alt.Y("y:N", sort=list(grid.rows), axis=left if named else None),
            color=alt.Color("s:O", scale=painted, legend=None),
            tooltip=[
                alt.Tooltip("y:N", title=grid.row),
                alt.Tooltip("c:N", title=grid.column),
                alt.Tooltip("v:Q", title=grid.what),
            ],
        )
        .properties(width=step * len(grid.columns), height=step * len(grid.rows))
    )


def _key(place: int, name: str) -> str:
    """Return a column's key, which keeps equal names apart; the axis leaves its number out."""
    return f"{place:0{DIGITS}}{drawable(name)}"


def _cells(grid: Grid) -> list[dict[str, Any]]:
    span = grid.high - grid.low
    cells = [
        {
            "x": _key(column, grid.columns[column]), "y": grid.rows[row], "c": grid.columns[column],
            "v": float(f"{value:.3g}"),
            "s": int(np.clip((value - grid.low) / span * STEPS if span > 0 else 0, 0, STEPS - 1)),
        }
        for row, line in enumerate(grid.values.tolist())
        for column, value in enumerate(line)
        if np.isfinite(value)
    ]  # fmt: skip
    return sorted(cells, key=lambda cell: cell["s"])  # neighbours of one colour become one path
