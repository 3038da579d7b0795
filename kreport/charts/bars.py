"""Shares of a whole as bars: rows down, one panel a quantity, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kreport.charts.theme import INK, INK2, KINDS, finished
from kreport.document.blocks import Chart
from kreport.document.numbers import quantity
from kreport.document.text import Text

PANEL = 112
"""Width of a panel in px; three of them and the names fit beside a diagram."""
LABEL = 140
ROOM = 1.5
"""The scale reaches this many times the longest bar: its figure stands behind it."""
STEP = 20
DIGITS = 3
"""Of the row's number before its name, which keeps equal names apart; the axis leaves it out."""


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
    most = max((share for bar in bars for share in bar.shares if share), default=1.0)
    drawn = [_panel(bars, panel, index, most * ROOM) for index, panel in enumerate(panels)]
    from altair import hconcat  # not as alt: that is the block's text

    return finished(hconcat(*drawn, spacing=18), id=id, title=title, subtitle=subtitle, alt=alt)


def _panel(bars: Sequence[Bar], panel: str, index: int, reach: float) -> Any:
    import altair as alt

    rows = [_row(number, bar, index) for number, bar in enumerate(bars)]
    names = alt.Axis(labelExpr=f"slice(datum.label, {DIGITS})", labelColor=INK, labelFontSize=12, labelLimit=LABEL)
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("row:N", sort=[row["row"] for row in rows], axis=None if index else names),
        x=alt.X("share:Q", axis=None, scale=alt.Scale(domain=[0, reach])),
        tooltip=[alt.Tooltip("name:N", title="part"), alt.Tooltip("amount:N", title=panel)],
    )
    kinds = sorted({bar.kind for bar in bars})
    colours = [KINDS.get(kind, KINDS["shape"]) for kind in kinds]
    marks = base.mark_bar(size=13).encode(color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=colours)))
    figures = base.mark_text(align="left", dx=5, color=INK2, fontSize=11.5).encode(text="text:N")
    return alt.layer(marks, figures).properties(width=PANEL, height=alt.Step(STEP), title=panel)


def drawable(name: str) -> str:
    """Return ``name`` on one line, without what XML cannot hold; tables have it whole."""
    return "".join(c if c.isprintable() else " " for c in name)


def _row(number: int, bar: Bar, index: int) -> dict[str, object]:
    share = bar.shares[index]
    name = drawable(bar.label)
    return {
        "row": f"{number:0{DIGITS}}{name}",
        "name": name,
        "kind": bar.kind,
        "share": share or 0,
        "text": quantity(share, "share"),
        "amount": bar.amounts[index],
    }
