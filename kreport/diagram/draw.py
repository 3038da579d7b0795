"""From the graph of a model to its drawings: the whole, and each closed part on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kreport.diagram.boxes import arrow_labels, cuts_of, end_box, first_name, layer_box
from kreport.diagram.flow import Flow, flow
from kreport.diagram.joins import with_joins
from kreport.diagram.layout import Arrow, Box, Layout, laid_out
from kreport.diagram.model import Drawing, Drawings, DrawnCluster, DrawnEdge, DrawnNode, DrawnPart
from kreport.diagram.plan import opened, planned
from kreport.diagram.scene import Cluster, Scene, scene
from kreport.diagram.signature import Signatures
from kreport.diagram.text import SMALL, text_width
from kreport.diagram.tree import Line, Part, line
from kreport.document.blocks import LayerId
from kreport.probes.graph import LayerGraph

WIDTH = 214.0
"""Of a box in a top-down drawing, px; the next ones stand straight below."""
PAGE = 960.0
"""Width of the page's column in px; what is wider scrolls."""
INSIDE = 930.0
"""What a disclosure leaves of it."""
MOST_PARTS = 60
"""Closed parts that get a drawing of their own, in the order in which they are met."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Folded:
    """A model ready to draw.

    Attributes:
        line: its nodes in order. parts: folded, cut into sections where it is long.
        ways: for each layer id the names of the groups around it, outermost first.
    """

    line: Line
    parts: tuple[Part, ...]
    ways: dict[LayerId, tuple[str, ...]]


def fold_model(graph: LayerGraph) -> Folded:
    """Return the calls of a model in one line, folded; no nodes when its calls are not known."""
    flowing = flow(graph)
    joined = Flow(nodes=tuple(with_joins(flowing.nodes)), containers=flowing.containers)
    ordered = line(joined)
    ways: dict[LayerId, tuple[str, ...]] = {}
    _note_ways(ordered, ordered.parts, (), ways)
    return Folded(line=ordered, parts=planned(ordered), ways=ways)


def _note_ways(
    ordered: Line, row: Sequence[Part], around: tuple[str, ...], ways: dict[LayerId, tuple[str, ...]]
) -> None:
    for part in row:
        if part.container:
            ways.setdefault(part.container.id, around)
            _note_ways(ordered, part.children, (), ways)
        elif part.children:
            _note_ways(ordered, part.children, (*around, part.label), ways)
        else:
            for layer in ordered.nodes[part.start].layers:
                ways.setdefault(layer.id, around)


def drawings(folded: Folded) -> Drawings | None:
    """Return the drawings of a model, None when there is nothing to draw.

    Raises:
        ImportError, OSError, ValueError: the layout engine cannot be loaded or fails.
    """
    return _Album(folded.line).filled(folded.parts) if folded.parts else None


class _Album:
    """Draws the whole, then what is closed in it, then what is closed in that; equal parts once."""

    def __init__(self, ordered: Line) -> None:
        self._line = ordered
        self._signatures = Signatures(ordered, exact=True)
        self._known: dict[int, int] = {}
        self._queue: list[Part] = []
        self._labels: list[list[str]] = []

    def filled(self, row: Sequence[Part]) -> Drawings:
        main = self._drawn(row, None)
        parts: list[DrawnPart] = []
        while len(parts) < len(self._queue):
            parts.append(self._part(self._queue[len(parts)]))
        finished = [_with_others(part, labels) for part, labels in zip(parts, self._labels, strict=True)]
        layers = {layer.id for node in self._line.nodes for layer in node.layers}
        return Drawings(main=main, parts=tuple(finished), layers=len(layers))

    def _part(self, part: Part) -> DrawnPart:
        nodes = self._line.nodes[part.start : part.copy_stop]
        return DrawnPart(
            label=part.label,
            layers=len({layer.id for node in nodes for layer in node.layers}),
            parameters=sum(node.parameters for node in nodes),
            repeats=part.repeats,
            varies=part.varies,
            drawing=self._drawn(part.children, part),
        )

    def _number(self, part: Part) -> int | None:
        key = self._signatures.of(part.start, part.copy_stop)
        if key not in self._known:
            if len(self._queue) >= MOST_PARTS:
                return None
            self._known[key] = len(self._queue)
            self._queue.append(part)
            self._labels.append([])
        number = self._known[key]
        self._labels[number].append(part.label)
        return number

    def _drawn(self, row: Sequence[Part], around: Part | None) -> Drawing:
        made = scene(self._line, row, opened(row), inside=around is not None)
        numbers = [self._number(part) if part.children else None for part in made.parts]
        return _placed(self._line, made, numbers, around)


def _with_others(part: DrawnPart, labels: list[str]) -> DrawnPart:
    return replace(part, others=tuple(dict.fromkeys(label for label in labels if label != part.label)))


def _placed(ordered: Line, made: Scene, numbers: list[int | None], around: Part | None) -> Drawing:
    outer = first_name(ordered, around)[: around.cut] if around else ""
    cuts = dict.fromkeys(range(len(made.parts)), outer) | cuts_of(ordered, made.clusters, outer)
    boxes = [
        layer_box(ordered, part, number, cuts[index])
        for index, (part, number) in enumerate(zip(made.parts, numbers, strict=True))
    ]
    boxes += [end_box(ordered, position) for position in made.ends]
    labels = arrow_labels(ordered, made)
    layout, labels, down = _best(made, boxes, labels, prefer_down=around is None)
    return _drawing(made, boxes, labels, layout, down=down)


def _best(
    made: Scene, boxes: list[DrawnNode], labels: list[str], *, prefer_down: bool
) -> tuple[Layout, list[str], bool]:
    # Height is scrolled anyway, width is a nuisance; a whole model reads downwards while it fits.
    upright = _layout(made, boxes, labels, down=True)
    if prefer_down and upright.width <= PAGE:
        return upright, labels, True
    sideways = _layout(made, boxes, labels, down=False)
    bare = [""] * len(labels)
    if sideways.width > INSIDE and not prefer_down:  # the ends say the shapes; without labels it may fit
        sideways, labels_sideways = _layout(made, boxes, bare, down=False), bare
    else:
        labels_sideways = labels
    if _cost(sideways) <= _cost(upright):
        return sideways, labels_sideways, False
    return upright, labels, True


def _cost(layout: Layout) -> float:
    return layout.height + max(0.0, layout.width - PAGE)


def _layout(made: Scene, boxes: list[DrawnNode], labels: list[str], *, down: bool) -> Layout:
    arrows = [
        Arrow(source=source, target=target, label=(text_width(label, SMALL) + 8, 14.0) if label else None)
        for (source, target, _), label in zip(made.arrows, labels, strict=True)
    ]
    sizes = [(_width(box, down=down), box.height) for box in boxes]
    return laid_out(sizes, arrows, [_box(cluster) for cluster in made.clusters], down=down)


def _width(box: DrawnNode, *, down: bool) -> float:
    if down and box.kind not in ("merge", "io"):
        return max(WIDTH, box.width)
    return box.width


def _box(cluster: Cluster) -> Box:
    part = cluster.part
    room = text_width(part.label[:30], SMALL) + text_width(part.varies, SMALL) + (40 if part.repeats > 1 else 0)
    return Box(
        boxes=tuple(cluster.boxes),
        clusters=tuple(_box(inner) for inner in cluster.clusters),
        heading=(max(60.0, room + 16), 18.0),
    )


def _drawing(made: Scene, boxes: list[DrawnNode], labels: list[str], layout: Layout, *, down: bool) -> Drawing:
    nodes = tuple(
        replace(box, x=x, y=y, width=width, height=height)
        for box, (x, y, width, height) in zip(boxes, layout.boxes, strict=True)
    )
    edges = tuple(
        DrawnEdge(points=points, label=label, label_x=place[0] if place else 0.0, label_y=place[1] if place else 0.0)
        for points, label, place in zip(layout.arrows, labels, layout.labels, strict=True)
    )
    clusters = tuple(
        DrawnCluster(
            x=x,
            y=y,
            width=width,
            height=height,
            label=part.label,
            note=part.container.class_name if part.container else "",
            repeats=part.repeats,
            varies=part.varies,
        )
        for part, (x, y, width, height) in zip(_flat(made.clusters), layout.clusters, strict=True)
    )
    return Drawing(width=layout.width, height=layout.height, down=down, nodes=nodes, edges=edges, clusters=clusters)


def _flat(clusters: Sequence[Cluster]) -> list[Part]:
    return [part for cluster in clusters for part in (cluster.part, *_flat(cluster.clusters))]
