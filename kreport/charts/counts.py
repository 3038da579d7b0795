"""How often each of several things occurs: one bar a row, with its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kreport.charts.axes import axis_of
from kreport.charts.theme import INK, INK2, SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.numbers import quantity
from kreport.document.text import Text

WIDTH = 260

LETTER = 6.2
"""Width of a digit at 11.5 px, about."""

MILLION = 1e6
"""From which ticks are written 2M; below it 20,000."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """One row; ``other`` is the count in the data it is compared with."""

    label: str
    value: int
    other: int | None = None


def counts_chart(  # noqa: PLR0913 - the texts of a chart and its totals
    counts: Sequence[Count],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    total: int,
    other_total: int | None,
    log: bool,
) -> Chart:
    """Return the chart; marks stand where bars would end if the shares were those of the other data."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    rows = [
        {
            "label": c.label, "n": max(c.value, 0.5 if log else 0), "text": f"{c.value:,}", "zero": 0.5 if log else 0,
            "share": quantity(c.value / max(1, total), "share"),
            **({} if c.other is None or not other_total else {"other": c.other / other_total * total}),
        }
        for c in counts
    ]  # fmt: skip
    for row in rows:  # the number stands beside whichever reaches further, bar or mark
        row["end"] = max(row["n"], row.get("other", 0))
    step = 22 if len(rows) <= 20 else 15
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("label:N", sort=None, axis=altair.Axis(labelColor=INK, labelFontSize=12 if step > 20 else 11))
    )
    scale = altair.Scale(type="log", nice=False) if log else altair.Scale(zero=True)
    axis = axis_of([1.0, *(float(row["end"]) for row in rows)], "log" if log else "linear", most=4, zero=not log)
    ticks = [tick for tick in axis.ticks if tick.is_integer()]
    lines = altair.Axis(
        grid=True, domain=False, ticks=False, values=ticks, format=",d" if axis.high < MILLION else "~s"
    )
    x = altair.X("n:Q", scale=scale, axis=lines)
    tooltip = [altair.Tooltip("label:N", title="class"), altair.Tooltip("text:N", title="samples"), "share:N"]
    layers = [
        base.mark_bar(size=step - 8, color=SERIES[0]).encode(x=x, x2="zero:Q", tooltip=tooltip),
        base.mark_text(align="left", dx=5, color=INK2).encode(x="end:Q", text="text:N"),
    ]
    if any("other" in row for row in rows):
        layers.append(base.mark_tick(size=step - 4, thickness=2, color=INK).encode(x="other:Q"))
    chart = altair.layer(*layers).properties(width=WIDTH, height=altair.Step(step))
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt)


def fitting(value: float, room: float) -> str:
    """Return a count, or a sum of weights, as it is written into ``room`` px: 1,135 or 1.1 k."""
    whole = f"{value:,.0f}"
    return whole if value.is_integer() and LETTER * len(whole) <= room else quantity(value, "count")
