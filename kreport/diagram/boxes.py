"""What stands in each box and on each arrow of a drawing."""

from __future__ import annotations

from collections.abc import Sequence

from kreport.diagram.model import DrawnNode
from kreport.diagram.scene import Cluster, Scene, changed, result_shape
from kreport.diagram.text import box_width, contents, heading, pills
from kreport.diagram.tree import Line, Part
from kreport.document.numbers import quantity

HEIGHT, END_HEIGHT = 42.0, 28.0
NARROWEST, WIDEST = 88.0, 310.0


def cuts_of(ordered: Line, clusters: Sequence[Cluster], outer: str) -> dict[int, str]:
    """Return what the names in open groups begin with, by box; ``outer`` is what they begin with around them."""
    found: dict[int, str] = {}
    for cluster in clusters:
        cut = first_name(ordered, cluster.part)[: cluster.part.cut] or outer
        found |= dict.fromkeys(cluster.boxes, cut) | cuts_of(ordered, cluster.clusters, cut)
    return found


def first_name(ordered: Line, part: Part) -> str:
    """Return the name of the first thing in a part."""
    while part.children and not part.container:
        part = part.children[0]
    return part.label if part.container else ordered.nodes[part.start].name


def _without(name: str, cut: str) -> str:
    rest = name.removeprefix(cut).lstrip("_-/.: ") if cut else name
    return rest or name


def layer_box(ordered: Line, part: Part, number: int | None, cut: str) -> DrawnNode:
    """Return the box of a part, without a place; ``number`` is its own drawing's, ``cut`` what its name repeats."""
    nodes = ordered.nodes[part.start : part.copy_stop]
    every = {layer.id for node in ordered.nodes[part.start : part.stop] for layer in node.layers}
    shared = any(node.shared for node in nodes) and not any(node.parameters for node in nodes)
    if part.children:
        kind, title, marks = contents(nodes)
        title = f"{part.container.class_name}, {title}" if part.container else title
        layer, name, shape = (part.container.id if part.container else ""), _without(part.label, cut), ""
    else:
        node = nodes[0]
        kind, title, marks = node.kind, heading(node), pills(node)
        layer, name = node.layer.id if node.layer else "", _without(part.label or node.name, cut)
        shape = result_shape(ordered, part.start) if kind == "io" else ""
    sums = _sums(ordered, part)
    most = max(sums) if len(set(sums)) > 1 else None
    value = shape or ("shared" if shared else amount(min(sums), most, part.repeats))
    return DrawnNode(
        x=0.0,
        y=0.0,
        width=min(WIDEST, max(NARROWEST, round(box_width(title, marks, name, value)))),
        height=HEIGHT,
        kind=kind,
        heading=title,
        pills=marks,
        name=name,
        layer=layer,
        part=number,
        parameters=None if shared else min(sums),
        most=most,
        shape=shape,
        layers=len(every),
        repeats=part.repeats,
        varies=part.varies,
        shared=shared,
    )


def _sums(ordered: Line, part: Part) -> list[int]:
    """Return the parameters of each copy; those of calls with shared weights are with the first."""
    length = part.copy_stop - part.start
    starts = range(part.start, part.stop, length)
    sums = [sum(node.parameters for node in ordered.nodes[start : start + length]) for start in starts]
    return sums[:1] if any(node.shared for node in ordered.nodes[part.start : part.stop]) else sums


def amount(parameters: int | None, most: int | None, repeats: int) -> str:
    """Return parameters as they stand in a box: ``71.6 k each``, ``45.8 k…85.4 k``, nothing for none."""
    if not parameters and not most:
        return ""
    if most is not None:
        return f"{quantity(parameters, 'count')}…{quantity(most, 'count')}"
    return quantity(parameters, "count") + (" each" if repeats > 1 else "")


def end_box(ordered: Line, position: int | None) -> DrawnNode:
    """Return the box of what enters or leaves a part."""
    text = "several" if position is None else result_shape(ordered, position) or "?"
    width = float(round(box_width(text, (), "", "")))
    return DrawnNode(x=0.0, y=0.0, width=width, height=END_HEIGHT, kind="io", heading=text, layers=0)


def arrow_labels(ordered: Line, made: Scene) -> list[str]:
    """Return for each arrow the shape of its tensor, if it is the first after a change; ends say it themselves."""
    told: set[tuple[int, str]] = set()
    labels = []
    for source, target, position in made.arrows:
        text = ""
        if source < len(made.parts) and target < len(made.parts):
            part = made.parts[source]
            text = result_shape(ordered, position) if changed(ordered, part, position) else ""
            text = "" if (source, text) in told else text
            told.add((source, text))
        labels.append(text)
    return labels
