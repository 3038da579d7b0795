"""Fewer bytes for the same picture: equal marks become one path, equal attributes move to their group."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import groupby

_INHERITED = (
    *("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap"),
    *("font-size", "font-weight", "text-anchor"),
)
_MOVE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_ENOUGH = 3
"""Children that must share an attribute before it moves up."""

_MANY = 8
"""Texts in a row that look alike before they get a group of their own."""


def compact(node: ET.Element) -> None:
    """Rewrite the children of ``node``, deepest first; what is seen stays the same."""
    for child in node:
        compact(child)
    for child in node:
        _as_path(child)
        _placed_text(child)
    _merge(node)
    _hoist(node)
    _gather(node)


def _as_path(line: ET.Element) -> None:
    """Turn a rule at a place (``<line transform=… x2=… y2=…>``) into a path."""
    moved = _MOVE.fullmatch(line.get("transform", "translate(0,0)"))
    if line.tag != "line" or moved is None:
        return
    end = f"{line.get('x2', '0')},{line.get('y2', '0')}"
    line.tag = "path"
    for key in ("transform", "x2", "y2"):
        line.attrib.pop(key, None)
    line.set("d", f"M{moved[1]},{moved[2]}l{end}")


def _placed_text(text: ET.Element) -> None:
    moved = _MOVE.fullmatch(text.get("transform", ""))
    if text.tag == "text" and moved is not None and not {"x", "y"} & set(text.attrib):
        del text.attrib["transform"]
        text.set("x", moved[1])
        text.set("y", moved[2])


def _merge(node: ET.Element) -> None:
    """Join neighbouring paths that look alike; overlap must not show, so none that are see-through or outlined."""
    kept: list[ET.Element] = []
    for child in node:
        last = kept[-1] if kept else None
        if last is not None and _alike(last, child):
            last.set("d", last.get("d", "") + child.get("d", ""))
        else:
            kept.append(child)
    node[:] = kept


def _alike(first: ET.Element, second: ET.Element) -> bool:
    if not (first.tag == second.tag == "path") or len(first) or len(second):
        return False
    one, other = dict(first.attrib), dict(second.attrib)
    one.pop("d", None), other.pop("d", None)
    outlined = "fill" in one and "stroke" in one
    return one == other and not outlined and not any("opacity" in key or key in ("id", "transform") for key in one)


def _hoist(node: ET.Element) -> None:
    if node.tag != "g" or len(node) < _ENOUGH:
        return
    for key in _INHERITED:
        values = {child.get(key) for child in node}
        if len(values) == 1 and None not in values and key not in node.attrib:
            node.set(key, values.pop() or "")
            for child in node:
                del child.attrib[key]


def _gather(node: ET.Element) -> None:
    """Put runs of many texts that look alike, such as the numbers of a matrix, into a group that says how they look."""
    kept: list[ET.Element] = []
    for look, run in groupby(node, key=_look):
        texts = list(run)
        if not look or len(texts) < _MANY:
            kept.extend(texts)
            continue
        group = ET.Element("g", dict(look))
        for text in texts:
            for key, _ in look:
                del text.attrib[key]
        group.extend(texts)
        kept.append(group)
    node[:] = kept


def _look(child: ET.Element) -> tuple[tuple[str, str], ...]:
    return tuple((key, child.attrib[key]) for key in _INHERITED if key in child.attrib) if child.tag == "text" else ()
