"""One value a layer, input at the top: a dot on a line from zero, with a rule to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kreport.charts.axes import axis_of
from kreport.charts.theme import INK, INK3, SEQUENTIAL, SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text


@dataclass(frozen=True, kw_only=True)
class Level:
    """One row; ``label`` is unique."""

    label: str
    value: float


def levels_chart(  # noqa: PLR0913 - the texts of a chart and how its values are written
    levels: Sequence[Level],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
    reference: float | None = None,
    percent: bool = False,
    log_from: float | None = None,
) -> Chart:
    """Return the chart of all ``levels``; from ``log_from`` on a log scale if that is given."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    rows = [{"label": level.label, "v": float(f"{level.value:.4g}"), "zero": log_from or 0} for level in levels]
    step = 22 if len(rows) <= 14 else 16
    widest = max((len(level.label) for level in levels), default=0)
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("label:N", sort=None, axis=altair.Axis(labelColor=INK, labelFontSize=12 if step > 20 else 11))
    )
    written = ".0%" if percent else "~g"
    scale = altair.Scale(domain=[0, 1], nice=False) if percent else altair.Scale(zero=True)
    axis = altair.Axis(grid=True, domain=False, ticks=False, tickCount=5, format=written)
    if log_from is not None:
        ticks = axis_of([log_from, *(level.value for level in levels)], "log", most=4)
        scale = altair.Scale(type="log", domain=[log_from, ticks.high], nice=False)
        axis = altair.Axis(grid=True, domain=False, ticks=False, values=list(ticks.ticks), format=ticks.written)
    x = altair.X("v:Q", scale=scale, axis=axis)
    tooltip = [altair.Tooltip("label:N", title="layer"), altair.Tooltip("v:Q", format=".1%" if percent else ".3g")]
    layers = [
        base.mark_bar(size=3, color=SEQUENTIAL[2]).encode(x=x, x2="zero:Q"),
        base.mark_tick(size=9, thickness=9, cornerRadius=5, color=SERIES[0]).encode(x="v:Q", tooltip=tooltip),
    ]
    if reference is not None:
        ruled = altair.Chart(altair.Data(values=[{"v": reference}]))
        layers.append(ruled.mark_rule(color=INK3, strokeDash=[3, 2]).encode(x="v:Q"))
    chart = altair.layer(*layers).properties(
        width=max(220, min(330, round(440 - 6.6 * widest))), height=altair.Step(step)
    )
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)
