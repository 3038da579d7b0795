"""How well scores part a class from the rest: ROC and precision against recall, each curve named in its colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.axes import LINE_HEIGHT
from kreport.charts.curves import LETTER, keyed, of, short, shortened
from kreport.charts.simplify import TOLERANCE, needed_of_path
from kreport.charts.theme import INK3, LINE2, PAPER, SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

SIDE = 300
"""Of the square plot, px."""

CURVES = len(SERIES)
"""At most: as many as there are colours."""

POINTS = 150
"""Of one curve, at most: where more are needed, the line may move further."""

NAME, BESIDE, EDGE = 28, 18, 8.0
"""Letters of a curve's name in the plot and, where that has no room, beside it; px from them to the plot's edge."""

TICKS = (0, 0.25, 0.5, 0.75, 1)

SINGLE, COMPARED = 2.0, 1.5
"""Width of the line of one curve, and of several, px."""

COARSER = 1.5
"""By which factor the line may move further each time it has too many points."""

STRIDE = 3.0
"""Px between the places at which a curve is looked at for names to keep off it."""

WORD = 12.0
"""Px from a level line to the middle of its name."""

HALF = 0.5
"""Base rate above which its name stands below its line."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One curve.

    Attributes:
        name: written into the plot, such as ``cat, 0.98``; "" for none.
        x: float64 of shape ``(n,)``, from 0 to 1, never falling.
        y: float64 of the same shape, from 0 to 1.
    """

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]


def roc_chart(
    curves: Sequence[Curve],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return true positives by false positives, both as shares, with the diagonal that chance would give.

    Points are joined by straight lines: a mixture of two thresholds reaches all of them (Fawcett 2006).
    """
    chance = of([{"x": 0, "y": 0, "to": 1}]).mark_rule(color=LINE2, strokeDash=[3, 3])
    said = of([{"x": 0.2, "y": 0.2, "name": "chance"}]).mark_text(align="left", baseline="top", dx=6, dy=2, color=INK3)
    drawn = [
        chance.encode(x=_axis("x"), y=_axis("y"), x2="to:Q", y2="to:Q"),
        said.encode(x=_axis("x"), y=_axis("y"), text="name:N"),
    ]
    ends = np.array([0.0, 1.0])
    chart = _plane(drawn, curves[:CURVES], ("false positives", "true positives"), [Curve(name="", x=ends, y=ends)])
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def precision_recall_chart(
    curves: Sequence[Curve],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
    base_rate: float | None = None,
) -> Chart:
    """Return precision by recall, with the share of positives, which is chance's precision, where it is given.

    Each precision holds back to the recall before it: precisions between two thresholds are not on a line between
    theirs (Davis and Goadrich 2006).
    """
    drawn, lines = [], []
    if base_rate is not None:
        rows = [{"x": 0, "to": 1, "y": float(f"{base_rate:.4g}"), "name": "base rate"}]
        below = base_rate > HALF
        drawn = [
            of(rows).mark_rule(color=INK3, strokeDash=[3, 3]).encode(x=_axis("x"), y=_axis("y"), x2="to:Q"),
            of(rows).mark_text(
                align="left", baseline="top" if below else "bottom", dx=4, dy=3 if below else -3, color=INK3
            ).encode(x=_axis("x"), y=_axis("y"), text="name:N"),
        ]  # fmt: skip
        lines = [_level(base_rate), _level(base_rate + (-WORD if below else WORD) / SIDE)]
    stepped = [Curve(name=curve.name, x=np.repeat(curve.x, 2)[:-1], y=np.repeat(curve.y, 2)[1:]) for curve in curves]
    chart = _plane(drawn, stepped[:CURVES], ("recall", "precision"), lines)
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _level(height: float) -> Curve:
    return Curve(name="", x=np.array([0.0, 1.0]), y=np.full(2, height))


def _axis(key: str) -> Any:
    import altair as alt

    lines = alt.Axis(values=list(TICKS), format=".0%", grid=key == "y", tickCount=len(TICKS) + 1)
    return getattr(alt, key.upper())(f"{key}:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=lines)


def _plane(drawn: list[Any], curves: Sequence[Curve], titles: tuple[str, str], lines: Sequence[Curve]) -> Any:
    import altair as alt

    layers, thinned = list(drawn), [_thinned(curve) for curve in curves]
    for curve, colour in zip(thinned, SERIES, strict=False):
        rows = [{"x": short(x), "y": short(y)} for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True)]
        tooltip = [
            alt.Tooltip(f"{key}:Q", title=keyed(f"{curve.name} {title}".strip()), format=".1%")
            for key, title in zip("xy", titles, strict=True)
        ]
        base = alt.Chart().encode(x=_axis("x"), y=_axis("y"))
        width = SINGLE if len(curves) == 1 else COMPARED
        marks = (
            base.mark_line(color=colour, strokeWidth=width).encode(order=alt.OrderValue(None)),  # as given, not by x
            base.mark_point(filled=True, size=120, color="transparent").encode(tooltip=tooltip),
        )
        layers.append(alt.layer(*marks, data=alt.Data(values=rows)))
    return alt.layer(*layers, *_names(thinned, lines)).properties(width=SIDE, height=SIDE)


def _thinned(curve: Curve) -> Curve:
    """Return the curve with the points it needs, :data:`POINTS` at most."""
    tolerance = TOLERANCE
    kept = needed_of_path(curve.x * SIDE, curve.y * SIDE, tolerance)
    while kept.sum() > POINTS:
        tolerance *= COARSER
        kept = needed_of_path(curve.x * SIDE, curve.y * SIDE, tolerance)
    return Curve(name=curve.name, x=curve.x[kept], y=curve.y[kept])


def _names(curves: Sequence[Curve], lines: Sequence[Curve]) -> list[Any]:
    """Return the names one below the other, first curve first, where the plot is free: at their ends curves meet."""
    import altair as alt

    named = [(curve, colour) for curve, colour in zip(curves, SERIES, strict=False) if curve.name]
    if not named:
        return []
    wide = LETTER * max(len(shortened(curve.name, NAME)) for curve, _ in named)
    place = _free(wide + EDGE, LINE_HEIGHT * len(named), [*curves, *lines])
    align, x, top, letters = place or ("left", SIDE + EDGE, 0.0, BESIDE)
    layers = []
    for row, (curve, colour) in enumerate(named):
        text = of([{"name": shortened(curve.name, letters)}])
        at = {"x": alt.value(x), "y": alt.value(top + (row + 0.5) * LINE_HEIGHT), "text": "name:N"}
        layers += [
            text.mark_text(align=align, baseline="middle", stroke=PAPER, strokeWidth=3, color=PAPER).encode(**at),
            text.mark_text(align=align, baseline="middle", color=colour).encode(**at),
        ]
    return layers


def _free(wide: float, tall: float, curves: Sequence[Curve]) -> tuple[str, float, float, int] | None:
    """Return how a block of names is aligned, where from the left, its top and its letters; None without free room."""
    along = [_walked(curve) for curve in curves]
    x, y = (np.concatenate([walk[axis] for walk in along]) for axis in (0, 1))
    for top in np.arange(SIDE - EDGE - tall, EDGE - 1, -EDGE).tolist():
        level = (y > top - EDGE) & (y < top + tall + EDGE)
        if not (level & (x > SIDE - wide - EDGE)).any():
            return "right", SIDE - EDGE, top, NAME
        if not (level & (x < wide + EDGE)).any():
            return "left", EDGE, top, NAME
    return None


def _walked(curve: Curve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points of a curve at even distances, px from the left and from the top."""
    x, y = curve.x * SIDE, (1 - curve.y) * SIDE
    way = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    places = np.arange(0.0, way[-1] + 1, STRIDE)
    return np.interp(places, way, x), np.interp(places, way, y)
