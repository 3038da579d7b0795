"""Shares of a whole as bars: rows down, one panel a quantity, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kreport.charts.theme import INK, INK2, KINDS, finished
from kreport.document.model import Chart
from kreport.document.numbers import quantity
from kreport.document.text import Text

PANEL = 112
"""Width of a panel in px; three of them and the names fit beside a diagram."""
LABEL = 140
STEP = 20


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row: its name, the kind that colours it, a share of each panel's whole (None: no bar), and its amount."""

    label: str
    kind: str
    shares: tuple[float | None, ...]
    amounts: tuple[str, ...]


def share_bars(
    bars: Sequence[Bar],
    panels: Sequence[str],
    *,
    id: str,  # noqa: A002 - the block's name
    title: Text,
    subtitle: Text,
    alt: str,
) -> Chart:
    """Return one panel for each of ``panels``; rows keep their order, equal names stay apart."""
    import altair

    most = max((share for bar in bars for share in bar.shares if share), default=1.0)
    domain = [0, most * 1.5]  # the figure stands behind its bar
    drawn = []
    for index, panel in enumerate(panels):
        rows = [_row(number, bar, index) for number, bar in enumerate(bars)]
        names = altair.Axis(labelExpr="split(datum.label, '\\u0001')[1]", labelColor=INK, labelFontSize=12, labelLimit=LABEL)
        base = altair.Chart(altair.Data(values=rows)).encode(
            y=altair.Y("row:N", sort=[row["row"] for row in rows], axis=None if index else names),
            x=altair.X("share:Q", axis=None, scale=altair.Scale(domain=domain)),
            tooltip=[altair.Tooltip("name:N", title="part"), altair.Tooltip("amount:N", title=panel)],
        )
        kinds = sorted({bar.kind for bar in bars})
        colour = altair.Color("kind:N", scale=altair.Scale(domain=kinds, range=[KINDS.get(k, KINDS["shape"]) for k in kinds]))
        marks = base.mark_bar(size=13).encode(color=colour)
        figures = base.mark_text(align="left", dx=5, color=INK2, fontSize=11.5).encode(text="text:N")
        layered = altair.layer(marks, figures).properties(width=PANEL, height=altair.Step(STEP), title=panel)
        drawn.append(layered)
    chart = altair.hconcat(*drawn, spacing=18)
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt)


def _row(number: int, bar: Bar, index: int) -> dict[str, object]:
    share = bar.shares[index]
    return {
        "row": f"{number}\u0001{bar.label}",
        "name": bar.label,
        "kind": bar.kind,
        "share": share or 0,
        "text": quantity(share, "share"),
        "amount": bar.amounts[index],
    }
