"""Stored drawings as diagram blocks: the whole model, and its folded parts behind lines that open them."""

from __future__ import annotations

from kreport.analyzers._architecture.facts import Architecture
from kreport.analyzers._architecture.sentences import diagram_subtitle
from kreport.diagram.boxes import amount
from kreport.diagram.model import Drawing, DrawnCluster, DrawnEdge, DrawnNode, DrawnPart
from kreport.diagram.text import SMALL, text_width
from kreport.document.blocks import Diagram, DiagramCluster, DiagramEdge, DiagramNode, Disclosure
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Text

LABEL_GAP = 5.0
"""A label is drawn this far right of its place, px."""


def main_diagram(facts: Architecture) -> Diagram | None:
    """Return the drawing of the whole model."""
    if facts.drawings is None:
        return None
    alt = f"Data flow of {facts.name}: {diagram_subtitle(facts)}"
    return _diagram(
        facts.drawings.main, id="architecture-flow", title="Data flow", subtitle=diagram_subtitle(facts), alt=alt
    )


def part_disclosures(facts: Architecture) -> list[Disclosure]:
    """Return what is inside each folded part."""
    parts = facts.drawings.parts if facts.drawings else ()
    return [_disclosure(part, number) for number, part in enumerate(parts)]


def part_anchor(number: int) -> str:
    """Return the anchor of a folded part."""
    return f"part-{number}"


def _disclosure(part: DrawnPart, number: int) -> Disclosure:
    title: Text = ("Inside ", Name(part.label))
    alt = f"Inside {part.label}: {plural(part.layers, 'layer')}"
    diagram = _diagram(part.drawing, id=f"architecture-part-{number}", title="", subtitle="", alt=alt)
    return Disclosure(title=title, summary=part_summary(part), blocks=(diagram,), anchor=part_anchor(number))


def part_summary(part: DrawnPart) -> Text:
    """Return ``5 equal copies of 10 layers, 1.1 M parameters each``."""
    size = f"{plural(part.layers, 'layer')}, {quantity(part.parameters, 'count')} parameters"
    if part.repeats > 1 and part.varies:
        size = f"{part.repeats} copies of one pattern, {part.varies}; the first is drawn: {size}"
    elif part.repeats > 1:
        size = f"{part.repeats} equal copies of {size} each"
    if not part.others:
        return size
    shown = ", ".join(part.others[:3])
    return (f"{size}; equal: ", Name(shown if len(part.others) <= 3 else f"{shown} and {len(part.others) - 3} more"))


def _diagram(drawing: Drawing, *, id: str, title: str, subtitle: str, alt: str) -> Diagram:  # noqa: A002
    return Diagram(
        id=id,
        title=title,
        subtitle=subtitle,
        alt=alt,
        width=drawing.width,
        height=drawing.height,
        nodes=tuple(_node(node) for node in drawing.nodes),
        edges=tuple(_edge(edge) for edge in drawing.edges),
        clusters=tuple(_cluster(cluster) for cluster in drawing.clusters),
    )


def _node(node: DrawnNode) -> DiagramNode:
    return DiagramNode(
        x=node.x,
        y=node.y,
        width=node.width,
        height=node.height,
        layer_kind=node.kind,
        heading=node.heading,
        pills=node.pills,
        name=node.name,
        value=node_value(node),
        layer=node.layer,
        link=part_anchor(node.part) if node.part is not None else "",
        repeats=node.repeats,
        tooltip=_tooltip(node),
    )


def node_value(node: DrawnNode) -> str:
    """Return what stands at the right: a shape, the parameters, or that they are shared."""
    if node.shape:
        return node.shape
    if node.shared:
        return "shared"
    return amount(node.parameters, node.most, node.repeats)


def _tooltip(node: DrawnNode) -> str:
    if not node.layers:
        return f"{node.heading} from or to the rest of the model"
    lines = [node.layer or node.name, " ".join((node.heading, *(text for _, text in node.pills)))]
    if node.parameters:
        lines.append(f"{node.parameters:,} parameters")
    if node.repeats > 1:
        lines.append(f"{node.repeats} copies" + (f", {node.varies}" if node.varies else ", all equal"))
    if node.shared:
        lines.append("weights shared with an earlier call")
    return "\n".join(lines)


def _edge(edge: DrawnEdge) -> DiagramEdge:
    points = tuple(zip(edge.points[::2], edge.points[1::2], strict=True))
    left = round(edge.label_x - text_width(edge.label, SMALL) / 2 - LABEL_GAP, 1)
    return DiagramEdge(points=points, label=edge.label, label_at=(left, edge.label_y) if edge.label else None)


def _cluster(cluster: DrawnCluster) -> DiagramCluster:
    return DiagramCluster(
        x=cluster.x,
        y=cluster.y,
        width=cluster.width,
        height=cluster.height,
        label=cluster.label,
        note=cluster.varies or cluster.note,
        repeats=cluster.repeats,
    )
