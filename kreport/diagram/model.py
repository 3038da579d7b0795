"""A laid-out drawing as plain numbers and strings: stored in the report, drawn without Graphviz."""

from __future__ import annotations

from dataclasses import dataclass

from kreport.document.blocks import LayerId


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnNode:
    """One box.

    Attributes:
        x, y, width, height: upper left corner and size in px, to 0.1 px.
        kind: kind of layer, for its colour; ``io`` for inputs and for the ends of a part.
        heading: class and size, or what a closed part holds.
        pills: (kind, text) of the layers folded into it.
        name: the user's name, whole; within a group without the group's prefix.
        layer: the layer it stands for, "" for a closed part or an end.
        part: index of the part it stands for, None for a layer.
        parameters: of one copy, followers included; None where weights are counted elsewhere.
        most: of the largest copy, where copies differ; else None.
        shape: its output shape where it stands for a tensor, such as ``8×8×1``.
        layers: how many layers it stands for, all copies.
        repeats: equal copies it stands for; varies: what differs between them, "" if nothing does.
        shared: the same weights are already counted at an earlier call.
    """

    x: float
    y: float
    width: float
    height: float
    kind: str
    heading: str
    pills: tuple[tuple[str, str], ...] = ()
    name: str = ""
    layer: LayerId = ""
    part: int | None = None
    parameters: int | None = None
    most: int | None = None
    shape: str = ""
    layers: int = 1
    repeats: int = 1
    varies: str = ""
    shared: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnEdge:
    """One arrow: ``points`` are x and y in turn, a start and then cubic Bézier triples, in px.

    ``label`` is the shape of the tensor where it changed, centred at ``label_x``, ``label_y``.
    """

    points: tuple[float, ...]
    label: str = ""
    label_x: float = 0.0
    label_y: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnCluster:
    """A box around nodes that belong together; ``repeats`` and ``varies`` as for a node."""

    x: float
    y: float
    width: float
    height: float
    label: str
    note: str = ""
    repeats: int = 1
    varies: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """Boxes and arrows; ``down`` tells top-down from left-to-right. Width and height in px."""

    width: float
    height: float
    down: bool
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]
    clusters: tuple[DrawnCluster, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnPart:
    """What is inside a closed part.

    Attributes:
        label: its name; ``others`` are the names of equal parts elsewhere that share the drawing.
        layers, parameters: of one copy.
        repeats, varies: as for a node.
    """

    label: str
    others: tuple[str, ...] = ()
    layers: int
    parameters: int
    repeats: int = 1
    varies: str = ""
    drawing: Drawing


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawings:
    """The whole model in one drawing, and a small one for each part that is closed in another.

    Attributes:
        main: the model.
        parts: in the order in which they are met; a node's ``part`` counts from 0.
        layers: how many layers are called and so stand somewhere in it.
    """

    main: Drawing
    parts: tuple[DrawnPart, ...]
    layers: int
