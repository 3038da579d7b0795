"""One magnitude a row on a log scale: a dot, and a bar from the least to the largest where there is a range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kreport.charts.axes import axis_of
from kreport.charts.theme import INK, SEQUENTIAL, SERIES, WARN, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

ROWS = 45
"""More rows than this are not drawn: every k-th is, and the subtitle says so."""

LEAST = 1e-30
"""What is smaller is drawn at the edge."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """One row; ``label`` is unique, ``remark`` stands behind it, in warn."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    remark: str = ""


def thinned(ranges: Sequence[Range]) -> tuple[list[Range], int]:
    """Return at most :data:`ROWS` rows, every k-th, and k."""
    step = max(1, -(-len(ranges) // ROWS))
    return list(ranges[::step]), step


def ranges_chart(
    ranges: Sequence[Range],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the chart of all ``ranges``; thin them first."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    ends = [max(v, LEAST) for r in ranges for v in (r.low, r.value, r.high) if v is not None and v > 0]
    axis = axis_of(ends or [0.1, 1.0], "log", most=4)
    step = 25 if len(ranges) <= 14 else 16
    rows = [
        {
            "label": r.label, "v": _short(max(r.value, axis.low)), "said": f"{r.value:.3g}", "remark": r.remark,
            "low": _short(max(r.value if r.low is None else r.low, axis.low)),
            "high": _short(max(r.value if r.high is None else r.high, axis.low)),
        }
        for r in ranges
    ]  # fmt: skip
    widest = max((len(r.label) for r in ranges), default=0)
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("label:N", sort=None, axis=altair.Axis(labelColor=INK, labelFontSize=12 if step > 20 else 11))
    )
    scale = altair.Scale(type="log", domain=[axis.low, axis.high], nice=False, clamp=True)
    lines = altair.Axis(
        grid=True, domain=False, ticks=False, values=list(axis.ticks), format=axis.written, labelOverlap=True
    )
    thick = 7 if step > 20 else 6
    tooltip = [altair.Tooltip("label:N", title="layer"), altair.Tooltip("said:N", title="value")]
    layers = [
        base.mark_bar(size=thick, cornerRadius=thick / 2, color=SEQUENTIAL[2]).encode(
            x=altair.X("low:Q", scale=scale, axis=lines), x2="high:Q"
        ),
        base.mark_tick(size=8, thickness=8, cornerRadius=4, color=SERIES[0]).encode(x="v:Q", tooltip=tooltip),
    ]
    if any(r.remark for r in ranges):
        layers.append(base.mark_text(align="left", dx=8, color=WARN, fontSize=11.5).encode(x="high:Q", text="remark:N"))
    chart = altair.layer(*layers).properties(
        width=max(220, min(330, round(440 - 6.6 * widest))), height=altair.Step(step)
    )
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _short(value: float) -> float:
    return float(f"{value:.4g}")
