"""Signed contributions: bars of features, one panel a sample; or of steps, beneath the curve of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.bars import drawable
from kreport.charts.theme import DIVERGING, INK, INK2, LINE2, SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.numbers import quantity
from kreport.document.text import Text

FOR, AGAINST = DIVERGING[7], DIVERGING[1]
"""Colours of what speaks for the score and against it."""

PANEL, STEP = 230, 20
CURVE, BARS = 84, 56
"""Heights of a curve and of the bars beneath it, px."""

ROOM = 0.1
"""Of a curve's range above and below it: no figure of the axis stands out then and moves a title."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """One sample: why it was chosen, what is said of it in lines, ``values`` of what goes in, ``shares`` of the score.

    ``values`` may have a second axis: several curves.
    """

    title: str
    subtitle: Sequence[str] = ()
    values: NDArray[np.float64]
    shares: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What stands around a chart; see :class:`Chart`."""

    id: str
    title: Text
    subtitle: Text
    alt: str
    note: Text = ""


def feature_bars(panels: Sequence[Panel], names: Sequence[str], texts: Texts) -> Chart:
    """Return one bar a feature and sample, all on one scale."""
    import altair as alt

    most = max((float(np.abs(p.shares).max(initial=0)) for p in panels), default=0) or 1.0
    rows = [f"{place:02}{drawable(name)}" for place, name in enumerate(names)]
    drawn = [_features(panel, rows, most, first=not index) for index, panel in enumerate(panels)]
    return _finished(alt.hconcat(*drawn, spacing=22), texts)


def _features(panel: Panel, rows: Sequence[str], most: float, *, first: bool) -> Any:
    import altair as alt

    data = [
        {
            "row": row, "name": row[2:], "v": _short(share), "sign": "for" if share >= 0 else "against",
            "text": quantity(value), "zero": 0,
        }
        for row, value, share in zip(rows, panel.values.tolist(), panel.shares.tolist(), strict=True)
    ]  # fmt: skip
    names = alt.Axis(labelExpr="slice(datum.label, 2)", labelColor=INK, labelFontSize=12, labelLimit=150)
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("row:N", sort=list(rows), axis=names if first else None),
        tooltip=[
            alt.Tooltip("name:N", title="feature"),
            alt.Tooltip("text:N", title="value"),
            alt.Tooltip("v:Q", title="share of the score", format="+.3g"),
        ],
    )
    reach = most * 1.02
    x = alt.X("v:Q", axis=None, scale=alt.Scale(domain=[-reach, reach * 1.5], nice=False))
    bars = base.mark_bar(size=12).encode(x=x, x2="zero:Q", color=_signs())
    figures = base.mark_text(align="right", color=INK2, fontSize=11.5).encode(x=alt.value(PANEL), text="text:N")
    rule = alt.Chart(alt.Data(values=[{"v": 0}])).mark_rule(color=LINE2, strokeDash=[1, 0]).encode(x=x)
    layers = alt.layer(bars, rule, figures)
    return layers.properties(width=PANEL, height=alt.Step(STEP), title=_title(panel))


def series_bars(panels: Sequence[Panel], texts: Texts) -> Chart:
    """Return each series with its steps' shares of the score beneath it; shares are on one scale."""
    import altair as alt

    most = max((float(np.abs(p.shares).max(initial=0)) for p in panels), default=0) or 1.0
    low = min((float(np.nanmin(p.values)) for p in panels), default=0.0)
    high = max((float(np.nanmax(p.values)) for p in panels), default=1.0)
    room = ROOM * (high - low)
    drawn = [_series(panel, (low - room, high + room), most, first=not index) for index, panel in enumerate(panels)]
    # flush: plots stand on one line, whatever their axes need
    curves, bars = (alt.hconcat(*line, spacing=22, bounds="flush") for line in zip(*drawn, strict=True))
    return _finished(alt.vconcat(curves, bars, spacing=8).resolve_scale(color="independent"), texts)


def _series(panel: Panel, span: tuple[float, float], most: float, *, first: bool) -> tuple[Any, Any]:
    import altair as alt

    wide = panel.values.reshape(len(panel.values), -1)
    points = [
        {"t": step, "v": _short(value), "c": str(channel)}
        for channel in range(wide.shape[1])
        for step, value in enumerate(wide[:, channel].tolist())
    ]
    x = alt.X("t:Q", axis=None, scale=alt.Scale(domain=[-0.5, len(wide) - 0.5], nice=False))
    axis = alt.Axis(tickCount=3) if first else None
    colours = alt.Color(
        "c:N", scale=alt.Scale(domain=["0", "1", "2"], range=[INK, SERIES[0], SERIES[3]]), legend=None
    )  # fmt: skip
    curve = (
        alt.Chart(alt.Data(values=points), title=_title(panel))
        .mark_line(strokeWidth=1.5)
        .encode(x=x, y=alt.Y("v:Q", axis=axis, scale=alt.Scale(domain=list(span), nice=False)), color=colours)
        .properties(width=PANEL, height=CURVE)
    )
    shares = sorted(
        (
            {"t": step, "v": _short(share), "sign": "for" if share >= 0 else "against", "zero": 0}
            for step, share in enumerate(panel.shares.tolist())
        ),
        key=lambda row: row["sign"],
    )
    scale = alt.Scale(domain=[-most, most], nice=False)
    bars = (
        alt.Chart(alt.Data(values=shares))
        .mark_bar(size=round(max(1.0, min(8.0, 0.85 * PANEL / len(wide))), 1))
        .encode(
            x=x.axis(alt.Axis(tickCount=4, tickMinStep=1)), y2="zero:Q",
            y=alt.Y("v:Q", axis=alt.Axis(tickCount=3) if first else None, scale=scale),
            color=_signs(), tooltip=[alt.Tooltip("t:Q", title="step"), alt.Tooltip("v:Q", format="+.3g")],
        )
        .properties(width=PANEL, height=BARS)
    )  # fmt: skip
    return curve, bars


def _title(panel: Panel) -> Any:
    import altair as alt

    if not panel.subtitle:
        return alt.TitleParams(text=drawable(panel.title), frame="group")
    return alt.TitleParams(  # above the plot, not above its names: all titles stand on one line then
        text=drawable(panel.title), subtitle=[drawable(line) for line in panel.subtitle], subtitleColor=INK2,
        subtitleFontSize=11.5, frame="group",
    )  # fmt: skip


def _signs() -> Any:
    import altair as alt

    return alt.Color("sign:N", scale=alt.Scale(domain=["for", "against"], range=[FOR, AGAINST]), legend=None)


def _finished(chart: Any, texts: Texts) -> Chart:
    return finished(
        chart, id=texts.id, title=texts.title, subtitle=texts.subtitle, alt=texts.alt, note=texts.note, wide=True
    )  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.4g}")
