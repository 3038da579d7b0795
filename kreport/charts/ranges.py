"""One value a row, all on one scale: a dot, and a bar from the least to the largest where there is a range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kreport.charts.axes import Axis, Kind, axis_of
from kreport.charts.counts import LETTER
from kreport.charts.theme import INK, INK2, INK3, SEQUENTIAL, SERIES, WARN, finished
from kreport.document.blocks import Chart
from kreport.document.numbers import quantity
from kreport.document.text import Text

ROWS = 45
"""More rows than this are not drawn: every k-th is, and the subtitle says so."""

LEAST = 1e-30
"""What is smaller is drawn at the edge."""


WIDEST = 330
"""Of the plot, px; names, and samples beside them, may leave less, but not less than :data:`NARROWEST`."""

NARROWEST, NAME = 220, 150
"""Px: of the plot, and of names that stand beside numbers of samples, which are cut there."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """One row.

    Attributes:
        label: unique.
        value: where the dot is.
        low, high: ends of the bar, such as those of an interval; None for no bar.
        remark: stands behind it, in warn.
        samples: how many the value is of, in words, between the name and the plot.
    """

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    remark: str = ""
    samples: str = ""


def thinned(ranges: Sequence[Range]) -> tuple[list[Range], int]:
    """Return at most :data:`ROWS` rows, every k-th, and k."""
    step = max(1, -(-len(ranges) // ROWS))
    return list(ranges[::step]), step


def ranges_chart(  # noqa: PLR0913 - the texts of a chart, its scale and its line
    ranges: Sequence[Range],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
    kind: Kind = "log",
    overall: float | None = None,
    row: str = "layer",
) -> Chart:
    """Return the chart of all ``ranges``, finite and in order; thin them first.

    Args:
        ranges: the rows.
        id: of the chart.
        title: see :class:`Chart`.
        subtitle: see :class:`Chart`.
        alt: see :class:`Chart`.
        note: see :class:`Chart`.
        kind: of the scale.
        overall: the value over all rows; a line with this word stands there.
        row: what a row is, for the tooltip.
    """
    import altair  # noqa: ICN001 - alt is the alternative text here

    axis = _axis(ranges, kind, overall)
    step = 25 if len(ranges) <= 14 else 16
    rows = [_row(r, axis) for r in ranges]
    beside = round(LETTER * max((len(r.samples) for r in ranges), default=0))
    names = altair.Axis(labelColor=INK, labelFontSize=12 if step > 20 else 11)
    if beside:
        names["offset"], names["labelLimit"] = beside + 10, NAME
    base = altair.Chart(altair.Data(values=rows)).encode(y=altair.Y("label:N", sort=None, axis=names))
    scale = altair.Scale(
        type="log" if kind == "log" else "linear", domain=[axis.low, axis.high], nice=False, clamp=True,
        **({} if kind == "log" else {"zero": False}),
    )  # fmt: skip
    lines = altair.Axis(
        grid=True, domain=False, ticks=False, values=list(axis.ticks), format=axis.written, labelOverlap=True
    )
    thick = 7 if step > 20 else 6
    tooltip = [altair.Tooltip("label:N", title=row), altair.Tooltip("said:N", title="value")]
    if kind != "log":
        tooltip += [altair.Tooltip("least:N", title="from"), altair.Tooltip("most:N", title="to")]
    layers = [
        base.mark_bar(size=thick, cornerRadius=thick / 2, color=SEQUENTIAL[2]).encode(
            x=altair.X("low:Q", scale=scale, axis=lines), x2="high:Q"
        ),
        *_overall(overall),
        base.mark_tick(size=8, thickness=8, cornerRadius=4, color=SERIES[0]).encode(x="v:Q", tooltip=tooltip),
    ]
    if any(r.remark for r in ranges):
        layers.append(base.mark_text(align="left", dx=8, color=WARN, fontSize=11.5).encode(x="high:Q", text="remark:N"))
    if beside:
        layers += _samples(base)
    widest = max((len(r.label) for r in ranges), default=0)
    room = min(6.6 * widest, NAME) + beside + 10 if beside else 6.6 * widest
    chart = altair.layer(*layers).properties(
        width=max(NARROWEST, min(WIDEST, round(440 - room))), height=altair.Step(step)
    )
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _axis(ranges: Sequence[Range], kind: Kind, overall: float | None) -> Axis:
    values = [v for r in ranges for v in (r.low, r.value, r.high) if v is not None]
    if kind != "log":
        return axis_of([*values, *([] if overall is None else [overall])], kind)
    return axis_of([max(v, LEAST) for v in values if v > 0] or [0.1, 1.0], kind, most=4)


def _row(one: Range, axis: Axis) -> dict[str, Any]:
    low, high = (one.value if end is None else end for end in (one.low, one.high))
    row = {
        "label": one.label, "v": _short(max(one.value, axis.low)), "remark": one.remark,
        "said": quantity(one.value, "share") if axis.kind == "percent" else f"{one.value:.3g}",
        "low": _short(max(low, axis.low)), "high": _short(max(high, axis.low)),
    }  # fmt: skip
    if axis.kind != "log":
        unit = "share" if axis.kind == "percent" else "number"
        row |= {"least": quantity(low, unit), "most": quantity(high, unit)}
    return row | {"samples": one.samples} if one.samples else row


def _overall(value: float | None) -> list[Any]:
    import altair as alt

    if value is None:
        return []
    line = alt.Chart(alt.Data(values=[{"v": _short(value), "word": "overall"}]))
    word = line.mark_text(align="center", baseline="bottom", color=INK3)
    return [
        line.mark_rule(color=INK3, strokeDash=[3, 2]).encode(x="v:Q"),
        word.encode(x="v:Q", y=alt.value(-4), text="word:N"),
    ]


def _samples(base: Any) -> list[Any]:
    import altair as alt

    head = alt.Chart(alt.Data(values=[{"word": "samples"}])).mark_text(align="right", baseline="bottom", color=INK3)
    return [
        base.mark_text(align="right", color=INK2).encode(x=alt.value(-8), text="samples:N"),
        head.encode(x=alt.value(-8), y=alt.value(-4), text="word:N"),
    ]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
