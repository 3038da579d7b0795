"""Quantile bands by layer: how values spread, one row a variable, input at the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kreport.charts.theme import INK, INK2, SEQUENTIAL, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

T = TypeVar("T")

ROWS = 45
"""More rows than this are not drawn: every k-th is, and the subtitle says so."""


@dataclass(frozen=True, kw_only=True)
class Band:
    """One row.

    Attributes:
        label: unique, shown at the left.
        quantiles: at 1, 5, 25, 50, 75, 95 and 99 %.
        low, high: 5 % and 95 % at initialisation; None for no ticks.
    """

    label: str
    quantiles: tuple[float, ...]
    low: float | None = None
    high: float | None = None


def thinned(bands: Sequence[T]) -> tuple[list[T], int]:
    """Return at most :data:`ROWS` rows, every k-th, and k."""
    step = max(1, -(-len(bands) // ROWS))
    return list(bands[::step]), step


def bands_chart(
    bands: Sequence[Band],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the chart of all ``bands``; thin them first."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    rows = [_row(band) for band in bands]
    step = 25 if len(rows) <= 14 else 16
    order = [band.label for band in bands]
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("layer:N", sort=order, axis=altair.Axis(labelColor=INK, labelFontSize=12 if step > 20 else 11))
    )
    axis = altair.Axis(grid=True, domain=False, ticks=False, tickCount=6)

    def bar(low: str, high: str, size: int, colour: str, **more: Any) -> Any:
        marked = base.mark_bar(size=size, color=colour, cornerRadius=0)
        return marked.encode(
            x=altair.X(f"{low}:Q", axis=axis, scale=altair.Scale(zero=False, nice=True)), x2=f"{high}:Q", **more
        )

    tooltip = [altair.Tooltip(f"{key}:{kind}", title=text) for key, kind, text in _TOOLTIP]
    thick = 9 if step > 20 else 7
    layers = [
        bar("q1", "q99", 3, SEQUENTIAL[2], tooltip=tooltip),
        bar("q5", "q95", thick, SEQUENTIAL[3], tooltip=tooltip),
        bar("q25", "q75", thick, SEQUENTIAL[6], tooltip=tooltip),
        base.mark_tick(size=thick, thickness=1.5, color=SEQUENTIAL[0]).encode(x="q50:Q"),
    ]
    if any(band.low is not None for band in bands):
        ticks = base.mark_tick(size=thick + 4, thickness=1.5, color=INK2)
        known = ticks.transform_filter("isValid(datum.low)")
        layers += [known.encode(x="low:Q"), known.encode(x="high:Q")]
    chart = altair.layer(*layers).properties(width=_width(bands), height=altair.Step(step))
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


_TOOLTIP = (
    ("layer", "N", "layer"),
    *((f"q{level}", "Q", f"{level} %") for level in (1, 25, 50, 75, 99)),
)


def _width(bands: Sequence[Band]) -> int:
    """Return the plot's width, px: what the labels leave of half a page."""
    widest = max((len(band.label) for band in bands), default=0)
    return max(240, min(340, round(450 - 6.6 * widest)))


def _row(band: Band) -> dict[str, Any]:
    names = ("q1", "q5", "q25", "q50", "q75", "q95", "q99")
    row: dict[str, Any] = {"layer": band.label}
    row |= {name: _short(value) for name, value in zip(names, band.quantiles, strict=True)}
    if band.low is not None and band.high is not None:
        row |= {"low": _short(band.low), "high": _short(band.high)}
    return row


def _short(value: float) -> float:
    return float(f"{value:.4g}")
