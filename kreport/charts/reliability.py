"""What a classifier says of itself against how often it is right, and below how many samples say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kreport.charts.counts import LETTER, fitting
from kreport.charts.curves import of, short
from kreport.charts.theme import INK3, LINE2, MUTED, SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

WIDTH, HEIGHT, COUNTS, GAP = 320, 240, 50, 20
"""Px: width of both plots, their heights, and the room between them."""

POINT = 46
"""Area of a dot, px²."""

FAINT = 0.45
"""Opacity of an interval."""

PLACES = (0.12, 0.25, 0.4, 0.55, 0.7, 0.85)
"""Confidences at which the diagonal may be named; the farthest from all bins is taken, the first of equals."""


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """One bin that holds samples.

    Attributes:
        start: the least confidence that belongs to it, from 0 to 1; end: the largest.
        confidence: mean over its samples.
        right: share of them that is right.
        low: of the interval of that share, such as Wilson's (1927); high: its other end.
        samples: their number, or the sum of their weights.
    """

    start: float
    end: float
    confidence: float
    right: float
    low: float
    high: float
    samples: float


def reliability_chart(
    bins: Sequence[Reliability],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the reliability diagram (DeGroot and Fienberg 1983) of all ``bins`` with their sizes below."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    rows = [
        {
            "from": short(b.start), "to": short(b.end), "c": short(b.confidence), "r": short(b.right),
            "low": short(b.low), "high": short(b.high), "n": short(b.samples),
            "text": fitting(b.samples, (b.end - b.start) * WIDTH + LETTER),
        }
        for b in bins
    ]  # fmt: skip
    chart = altair.vconcat(_shares(rows), _counts(rows), spacing=GAP, bounds="flush")
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _unit(name: str, key: str, **axis: Any) -> Any:
    import altair as alt

    lines = alt.Axis(values=[0, 0.5, 1], format=".0%", **axis) if axis else None
    return getattr(alt, key.upper())(f"{name}:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=lines)


def _shares(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    x, y = _unit("c", "x"), _unit("r", "y", grid=True)
    ideal = of([{"c": 0, "r": 0, "to": 1}]).mark_rule(color=LINE2, strokeDash=[3, 3])
    away = max(PLACES, key=lambda place: min((abs(place - row["c"]) for row in rows), default=1.0))
    named = of([{"c": away, "r": away, "name": "perfect"}]).mark_text(align="right", baseline="bottom", dx=-4, dy=-2)
    spans, dots = of(rows), of(rows)
    tooltip = [
        alt.Tooltip(f"{key}:Q", title=title, format=".1%")
        for key, title in (("c", "confidence"), ("r", "right"), ("low", "interval from"), ("high", "to"))
    ]
    tooltip.append(alt.Tooltip("n:Q", title="samples"))
    return alt.layer(
        ideal.encode(x=x, y=y, x2="to:Q", y2="to:Q"),
        named.encode(x=x, y=y, text="name:N"),
        spans.mark_rule(color=SERIES[0], strokeWidth=1.5, strokeDash=[1, 0], opacity=FAINT).encode(
            x=x, y=_unit("low", "y", grid=True), y2="high:Q"
        ),
        dots.mark_point(filled=True, size=POINT, color=SERIES[0], opacity=1).encode(x=x, y=y, tooltip=tooltip),
    ).properties(width=WIDTH, height=HEIGHT)


def _counts(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    base = of(rows).encode(y=alt.Y("n:Q", axis=None, scale=alt.Scale(zero=True, nice=False)))
    x = _unit("from", "x", grid=False, domain=True)
    tooltip = [
        alt.Tooltip("from:Q", title="confidence from", format=".0%"),
        alt.Tooltip("to:Q", format=".0%"),
        alt.Tooltip("n:Q", title="samples"),
    ]
    written = of(_written(rows)).mark_text(baseline="bottom", dy=-3, color=INK3)
    return alt.layer(
        base.mark_bar(color=MUTED, cornerRadius=0).encode(x=x, x2="to:Q", y2=alt.datum(0), tooltip=tooltip),
        written.encode(x=_unit("at", "x", grid=False, domain=True), y="n:Q", text="text:N"),
    ).properties(width=WIDTH, height=COUNTS)


def _written(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows whose numbers stand over their bars: the largest, and others that are as narrow as theirs."""
    found: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: -row["n"]):
        at, wide = (row["from"] + row["to"]) / 2, LETTER * len(row["text"]) / WIDTH
        clear = all(abs(at - other["at"]) >= (wide + other["wide"]) / 2 for other in found)
        if clear and (not found or wide <= row["to"] - row["from"] + LETTER / 2 / WIDTH):
            found.append({"at": short(at), "n": row["n"], "text": row["text"], "wide": wide})
    return [{key: row[key] for key in ("at", "n", "text")} for row in found]
