"""Places for boxes and ways for arrows: Graphviz sees sizes and numbers, never a word of the user's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

Size = tuple[float, float]
Frame = tuple[float, float, float, float]
"""x, y (upper left), width, height in px."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrow:
    """From box to box, by index; ``label`` is the room its label takes, None without one."""

    source: int
    target: int
    label: Size | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Box:
    """A cluster: indices of boxes and clusters in it, and the room its heading takes."""

    boxes: tuple[int, ...]
    clusters: tuple[Box, ...]
    heading: Size


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Frames of boxes and of clusters (parents before children), points and label places of arrows."""

    width: float
    height: float
    boxes: tuple[Frame, ...]
    clusters: tuple[Frame, ...]
    arrows: tuple[tuple[float, ...], ...]
    labels: tuple[tuple[float, float] | None, ...]


def laid_out(sizes: Sequence[Size], arrows: Sequence[Arrow], clusters: Sequence[Box], *, down: bool) -> Layout:
    """Return where ``dot`` places boxes of these ``sizes``, top-down or left to right."""
    import pygraphviz

    with _silence():
        graph = pygraphviz.AGraph(string=_source(sizes, arrows, clusters, down=down))
        graph.layout(prog="dot")
        return _read(graph, sizes, arrows)


def _source(sizes: Sequence[Size], arrows: Sequence[Arrow], clusters: Sequence[Box], *, down: bool) -> str:
    import pydot

    graph = pydot.Dot("g", graph_type="digraph", rankdir="TB" if down else "LR")
    graph.set_graph_defaults(nodesep="0.25" if down else "0.2", ranksep="0.29" if down else "0.25")
    graph.set_node_defaults(shape="box", fixedsize="true", label='""')
    graph.set_edge_defaults(dir="none")
    numbers = count()
    _fill(graph, clusters, numbers)
    for index, (width, height) in enumerate(sizes):
        graph.add_node(pydot.Node(f"n{index}", width=f"{width / 72:.4f}", height=f"{height / 72:.4f}"))
    for index, arrow in enumerate(arrows):
        room = {"label": _room(arrow.label)} if arrow.label else {}
        if arrow.target == arrow.source + 1:
            room["weight"] = "8"  # the next in line stands straight below
        graph.add_edge(pydot.Edge(f"n{arrow.source}", f"n{arrow.target}", key=f"e{index}", **room))
    return str(graph.to_string())


def _fill(graph: object, clusters: Sequence[Box], numbers: Iterator[int]) -> None:
    import pydot

    for cluster in clusters:
        inner = pydot.Cluster(f"c{next(numbers)}", label=_room(cluster.heading), labeljust="l", margin="12")
        for index in cluster.boxes:
            inner.add_node(pydot.Node(f"n{index}"))
        _fill(inner, cluster.clusters, numbers)
        graph.add_subgraph(inner)  # type: ignore[attr-defined]


def _room(size: Size) -> str:
    # An empty table keeps a place of an exact size; text would be measured with whatever font is there.
    width, height = (round(side) for side in size)
    table = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0" fixedsize="true" width="{width}"'
    return f'<{table} height="{height}"><tr><td></td></tr></table>>'


def _read(graph: object, sizes: Sequence[Size], arrows: Sequence[Arrow]) -> Layout:
    left, bottom, right, top = _numbers(graph.graph_attr["bb"])  # type: ignore[attr-defined]
    boxes = []
    for index, (width, height) in enumerate(sizes):
        x, y = _numbers(graph.get_node(f"n{index}").attr["pos"])  # type: ignore[attr-defined]
        boxes.append(_rounded(x - left - width / 2, top - y - height / 2, width, height))
    frames = {}
    for group in _subgraphs(graph):
        x0, y0, x1, y1 = _numbers(group.graph_attr["bb"])  # type: ignore[attr-defined]
        number = int(group.name.removeprefix("cluster_c"))  # type: ignore[attr-defined]
        frames[number] = _rounded(x0 - left, top - y1, x1 - x0, y1 - y0)
    lines, labels = [], []
    for index, arrow in enumerate(arrows):
        edge = graph.get_edge(f"n{arrow.source}", f"n{arrow.target}", f"e{index}")  # type: ignore[attr-defined]
        points = _numbers(edge.attr["pos"].replace(" ", ","))
        lines.append(_rounded(*(p - left if i % 2 == 0 else top - p for i, p in enumerate(points))))
        place = _numbers(edge.attr["lp"]) if arrow.label else None
        labels.append((round(place[0] - left, 1), round(top - place[1], 1)) if place else None)
    return Layout(
        width=round(right - left, 1),
        height=round(top - bottom, 1),
        boxes=tuple((x, y, w, h) for x, y, w, h in boxes),
        clusters=tuple((x, y, w, h) for _, (x, y, w, h) in sorted(frames.items())),
        arrows=tuple(lines),
        labels=tuple(labels),
    )


def _subgraphs(graph: object) -> Iterator[object]:
    for group in graph.subgraphs():  # type: ignore[attr-defined]
        yield group
        yield from _subgraphs(group)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.replace("\\\n", "").split(",")]


def _rounded(*values: float) -> tuple[float, ...]:
    return tuple(round(value, 1) + 0.0 for value in values)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what C libraries print (fontconfig's warnings) from the user's terminal."""
    try:
        saved = os.dup(2)
    except OSError:  # started without a standard error
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(nowhere)
        os.close(saved)
