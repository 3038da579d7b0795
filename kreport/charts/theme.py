"""The one look of all charts: colours that follow the page's theme, hairlines, no furniture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kreport.document.model import Chart
from kreport.document.text import Text

if TYPE_CHECKING:
    import altair as alt


def token(name: str, fallback: str) -> str:
    """Return a colour that follows the theme and still stands where styles are forbidden."""
    return f"var(--{name},{fallback})"


INK = token("ink", "#16181b")
INK2 = token("ink2", "#474d55")
INK3 = token("ink3", "#666d76")
LINE = token("line", "#e5e5e0")
LINE2 = token("line2", "#c9cac4")
MUTED = token("muted", "#b9bcb8")
WARN = token("warn", "#835500")
ERROR = token("error", "#b3241a")
SERIES = tuple(
    token(f"c{i}", fallback)
    for i, fallback in enumerate(("#1f6fd0", "#b04000", "#1c7558", "#8e1f7c", "#a68000", "#3b4754"))
)
TRAIN, VALIDATION = SERIES[0], SERIES[1]
SEQUENTIAL_HEX = (
    *("#f2f5f9", "#dee8f3", "#c4d7eb", "#a3c2e1", "#7ca8d4", "#3f78b4", "#2d66a5", "#1a4e89", "#0d3666"),
)
DIVERGING_HEX = (
    *("#0e4a86", "#3b78b6", "#82aed8", "#c6dbee", "#f0f0ec", "#f7d8bc", "#eba566", "#b85c10", "#853d02"),
)
SEQUENTIAL = tuple(token(f"q{i}", colour) for i, colour in enumerate(SEQUENTIAL_HEX))
DIVERGING = tuple(token(f"d{i}", colour) for i, colour in enumerate(DIVERGING_HEX))
KINDS = {
    "conv": token("k-conv", "#1d559f"),
    "dense": token("k-dense", "#7c62da"),
    "norm": token("k-norm", "#2d876a"),
    "act": token("k-act", "#a13600"),
    "shape": token("k-shape", "#5c6570"),
    "reg": token("k-reg", "#ad8000"),
    "merge": token("k-merge", "#1f2429"),
    "rnn": token("k-rnn", "#a8337e"),
    "attn": token("k-attn", "#0c7489"),
    "embed": token("k-embed", "#5b7315"),
}
"""Colour by kind of layer; every other kind takes ``shape``'s."""

FONT = "-apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, Liberation Sans, sans-serif"

CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "padding": 0,
    "view": {"stroke": None},
    "title": {"fontSize": 12, "fontWeight": 600, "color": INK, "anchor": "start", "offset": 4},
    "axis": {
        "title": None,
        "labelColor": INK3,
        "labelFontSize": 11.5,
        "labelPadding": 6,
        "gridColor": LINE,
        "gridWidth": 1,
        "domainColor": LINE2,
        "tickColor": LINE2,
        "tickSize": 4,
        "labelLimit": 220,
    },
    "axisY": {"domain": False, "ticks": False, "tickCount": 4},
    "axisX": {"grid": False, "tickCount": 5},
    "legend": {"disable": True},
    "line": {"strokeWidth": 2, "strokeJoin": "round", "color": SERIES[0]},
    "bar": {"color": SERIES[0]},
    "rule": {"color": LINE2, "strokeDash": [2, 3]},
    "text": {"fontSize": 11.5, "color": INK3},
    "header": {"title": None, "labelColor": INK, "labelFontSize": 12, "labelFontWeight": 600},
}
# Vega paints currentColor-free SVG: every colour above is a token with a fallback.


def finished(
    chart: alt.TopLevelMixin,
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    alt: str,
    subtitle: Text = "",
    note: Text = "",
    wide: bool = False,
) -> Chart:
    """Return the block for an Altair chart, in our theme; see :class:`Chart` for the texts.

    The chart itself carries no title, axis title or legend: captions are HTML.
    """
    spec = chart.to_dict(validate=False)
    spec["config"] = CONFIG
    return Chart(id=id, title=title, subtitle=subtitle, alt=alt, note=note, spec=_steady(spec), wide=wide)


def _steady(value: Any, names: dict[str, str] | None = None) -> Any:
    # Altair numbers views and parameters per process; the same chart must give the same bytes.
    names = {} if names is None else names
    if isinstance(value, dict):
        return {key: _steady(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_steady(item, names) for item in value]
    if isinstance(value, str) and re.fullmatch(r"(view|param|concat)_\d+", value):
        return names.setdefault(value, f"{value.split('_')[0]}_{len(names)}")
    return value
