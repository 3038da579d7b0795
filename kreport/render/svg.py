"""Charts as still SVG: drawn by Vega-Lite, cleaned, made safe to stand together on one page."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from kreport.document.blocks import Chart
from kreport.document.text import visible
from kreport.render.compact import compact

VEGALITE = "6.4"
_SVG = "{http://www.w3.org/2000/svg}"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_GEOMETRY = {"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r", "points"}
_NOISE = {
    *("class", "role", "font-family", "stroke-miterlimit", "version", "pointer-events", "cursor"),
    "{http://www.w3.org/1999/xlink}href",  # our charts link nowhere
}
_DEFAULTS = {"opacity": "1", "fill-opacity": "1", "stroke-opacity": "1", "transform": "translate(0,0)"}
_INVISIBLE = ("none", "transparent")


def drawn(chart: Chart) -> Markup:
    """Return the chart as an SVG element whose ids begin with the chart's."""
    import vl_convert

    source = vl_convert.vegalite_to_svg(_text(chart), vl_version=VEGALITE, allowed_base_urls=[])
    return _clean(source, chart)


def compiled(chart: Chart) -> dict[str, Any]:
    """Return the chart as a Vega specification, for the live view."""
    import vl_convert

    spec = vl_convert.vegalite_to_vega(_text(chart), vl_version=VEGALITE)
    spec.pop("$schema", None)
    return dict(spec)


def _text(chart: Chart) -> str:
    return json.dumps(_visible(chart.spec), ensure_ascii=False, sort_keys=True)


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(key): _visible(item) for key, item in value.items()}
    return [_visible(item) for item in value] if isinstance(value, list | tuple) else value


def _clean(source: str, chart: Chart) -> Markup:
    root = ET.fromstring(source)  # noqa: S314 - see the import
    names: dict[str, str] = {}
    for node in root.iter():
        node.tag = node.tag.removeprefix(_SVG)
        _tidy(node, names, chart.id)
    _prune(root)
    compact(root)
    root.attrib.pop("style", None)
    root.set("role", "img")  # the parts are presentation: the alt text speaks for the whole
    root.set("aria-label", visible(chart.alt))
    root.set("class", "vg wide" if chart.wide else "vg")
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - cleaned above, names escaped by ElementTree


def _tidy(node: ET.Element, names: dict[str, str], prefix: str) -> None:
    def unique(name: str) -> str:
        return names.setdefault(name, f"{prefix}-{len(names)}")

    for key, value in list(node.attrib.items()):
        if key in _NOISE or key.startswith("aria-") or _DEFAULTS.get(key) == value:
            del node.attrib[key]
        elif key == "id":
            node.set(key, unique(value))
        elif key in _GEOMETRY:
            node.set(key, _short(value))
        elif "url(#" in value:
            node.set(key, _REFERENCE.sub(lambda match: f"url(#{unique(match[1])})", value))


def _short(value: str) -> str:
    return re.sub(r"-?\d+\.\d{2,}", lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), value)


def _prune(node: ET.Element) -> None:
    """Drop groups that hold nothing, groups that say nothing and paths that draw nothing."""
    kept: list[ET.Element] = []
    for child in node:
        _prune(child)
        if child.tag == "g" and not child.attrib:
            kept.extend(child)
        elif child.tag in ("g", "text") and len(child) == 0 and not child.text:
            continue
        elif child.tag != "path" or _draws(child):
            kept.append(child)
    node[:] = kept


def _draws(path: ET.Element) -> bool:
    painted = path.get("fill", "none") not in _INVISIBLE or path.get("stroke", "none") not in _INVISIBLE
    return painted and path.get("display") != "none" and path.get("d") != "M0,0h0v0h0Z"


def spark_path(counts: Sequence[float], width: int = 84, height: int = 18) -> str:
    """Return the ``d`` of a histogram sparkline on whole pixels; "" when there is nothing to draw."""
    top = max(counts, default=0)
    if top <= 0:
        return ""
    path, level, bins, at = [f"M0 {height}"], 0, 0, 0
    for tall, run in groupby(round(count / top * height) for count in counts):
        bins += len(list(run))
        start, at = at, round(bins * width / len(counts))
        path.append((f"v{level - tall}" if tall != level else "") + f"h{at - start}")
        level = tall
    return "".join([*path, f"V{height}z"])


def ribbon_path(bars: Sequence[tuple[int, float]], step: float, height: float = 50) -> str:
    """Return the ``d`` of the bars (index, share of ``height``) of one colour."""
    width = max(step - (1.5 if step > 4 else 0), 0.5)
    return "".join(
        f"M{index * step:.1f} {height - tall:.1f}h{width:.1f}v{tall:.1f}h-{width:.1f}z"
        for index, tall in ((index, max(share * height, 2.0)) for index, share in bars)
    )
