"""The one look of all charts: colours that follow the page's theme, hairlines, no furniture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kreport.document.blocks import Chart
from kreport.document.colours import kind_colour, ramp, token
from kreport.document.text import Text

if TYPE_CHECKING:
    import altair as alt


INK, INK2, INK3 = token("ink"), token("ink2"), token("ink3")
LINE, LINE2, MUTED, PAPER = token("line"), token("line2"), token("muted"), token("bg")
FILL, ON_HIGH = token("fill"), token("on-hi")
"""Flat zones and empty cells; text on the dark steps of a palette (``INK`` on the others)."""
WARN, ERROR = token("warn"), token("error")
SERIES = tuple(token(f"c{index}") for index in range(6))
TRAIN, VALIDATION = SERIES[0], SERIES[1]
SEQUENTIAL, DIVERGING = ramp("q"), ramp("d")
RIGHT, WRONG = SERIES[2], DIVERGING[7]
"""Samples that a classifier has right, and its mistakes."""
KINDS = {
    kind: kind_colour(kind)
    for kind in ("conv", "dense", "norm", "act", "shape", "reg", "merge", "rnn", "attn", "embed")
}
"""Colour by kind of layer; every other kind takes ``shape``'s."""

FONT = "-apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, Liberation Sans, sans-serif"

CONFIG: dict[str, Any] = {
    "background": "transparent",
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


def height_of(spec: Mapping[str, Any]) -> float:
    """Return about how tall the plot of a single or layered chart is, px."""
    height = spec.get("height", 0.0)
    if isinstance(height, Mapping):  # a step for each row
        rows = next((data["values"] for data in _datas(spec) if data.get("values")), ())
        return float(height.get("step", 0.0)) * len(rows)
    return float(height)


def _datas(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("data"), Mapping):
            yield value["data"]
        for part in value.get("layer", ()):
            yield from _datas(part)
