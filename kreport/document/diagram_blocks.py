"""A diagram as a block: boxes and arrows with positions already computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from kreport.document.block import Block, LayerId
from kreport.document.text import Text


@dataclass(frozen=True, kw_only=True, eq=False)
class DiagramNode:
    """A drawn node. Coordinates are the upper left corner, in px.

    Attributes:
        heading: class and size, bold; ``pills`` are the normalisation and activation folded into it.
        name: the user's name, in mono, whole; the drawing shortens it.
        value: right-aligned, such as the parameters or the output shape.
        layer: where the node links to; ``link`` overrides it with an anchor of this page.
        repeats: written as an inverse pill ``×N`` when above 1.
        tooltip: everything that does not fit, for ``<title>``.
    """

    x: float
    y: float
    width: float
    height: float
    layer_kind: str
    heading: str
    pills: Sequence[tuple[str, str]] = ()  # (kind, text)
    name: str = ""
    value: str = ""
    layer: LayerId = ""
    link: str = ""
    repeats: int = 1
    tooltip: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class DiagramEdge:
    """A spline: start point, then cubic Bézier triples, in px; ``label`` is a shape that changed."""

    points: Sequence[tuple[float, float]]
    label: str = ""
    label_at: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class DiagramCluster:
    """A box around nodes that belong together."""

    x: float
    y: float
    width: float
    height: float
    label: str
    note: str = ""
    repeats: int = 1
    link: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Diagram(Block):
    """Boxes and arrows with positions already computed."""

    kind: ClassVar[str] = "diagram"
    id: str
    title: Text
    subtitle: Text = ""
    alt: str
    width: float
    height: float
    nodes: Sequence[DiagramNode]
    edges: Sequence[DiagramEdge]
    clusters: Sequence[DiagramCluster] = ()
    note: Text = ""
