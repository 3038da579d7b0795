"""The nodes of a flow in one line, and the groups on it: nested models and names that begin alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kreport.diagram.flow import Flow, Node
from kreport.diagram.names import Prefix, Sibling, name_groups, prefix_length
from kreport.probes.graph import Layer

Step = tuple[str, Prefix]
"""One step of the way into the groups: a container's call and (), or a call and a prefix within it."""
Way = tuple[Step, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A stretch of the line: one node, a group, or a pattern that repeats.

    Every part is an interval, and the line is a topological order: however parts are closed,
    arrows between them never run in a circle.

    Attributes:
        start, stop: the positions it takes, all copies included.
        children: what is in it (in its first copy), () for a node.
        label: name of the group, whole.
        cut: characters of the names inside that only repeat the group's name.
        container: the layer whose call it is, for a nested model.
        repeats: number of copies; varies: what differs between them, "" if nothing does.
    """

    start: int
    stop: int
    children: tuple[Part, ...] = ()
    label: str = ""
    cut: int = 0
    container: Layer | None = None
    repeats: int = 1
    varies: str = ""

    @property
    def copy_stop(self) -> int:
        """Where its first copy ends."""
        return self.start + (self.stop - self.start) // self.repeats


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """Nodes in a topological order that keeps groups together.

    Attributes:
        nodes: by position. inputs: for each position those it reads, doubles kept.
        readers: for each position those that read it, each once.
        parts: the groups on the line, unfolded.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[tuple[int, ...], ...]
    readers: tuple[tuple[int, ...], ...]
    parts: tuple[Part, ...]


def line(flow: Flow) -> Line:
    """Return the nodes of ``flow`` in one line with its groups."""
    ways, labels = _ways(flow)
    nodes = _ordered(flow.nodes, ways)
    position = {node.key: index for index, node in enumerate(nodes)}
    inputs = tuple(tuple(position[key] for key in node.inputs) for node in nodes)
    readers: list[dict[int, None]] = [{} for _ in nodes]
    for index, sources in enumerate(inputs):
        for source in sources:
            readers[source][index] = None
    ordered = [ways[node.key] for node in nodes]
    parts = tuple(_parts(labels, ordered, 0, len(nodes), 0))
    return Line(nodes=tuple(nodes), inputs=inputs, readers=tuple(tuple(row) for row in readers), parts=parts)


def _ways(flow: Flow) -> tuple[dict[int, Way], dict[Step, Part]]:
    # For each node the groups around it, outermost first, and for each group its name.
    reads = {node.key: set(node.inputs) for node in flow.nodes}
    ways: dict[int, list[Step]] = {node.key: [] for node in flow.nodes}
    labels: dict[Step, Part] = {
        (call, ()): Part(start=0, stop=0, label=layer.name, container=layer)
        for call, (_, layer) in flow.containers.items()
    }
    rooms: dict[tuple[str, ...], list[Node]] = defaultdict(list)
    for node in flow.nodes:
        for depth in range(len(node.within) + 1):
            rooms[node.within[:depth]].append(node)
    for room in sorted(rooms, key=len):
        siblings = _siblings(flow, room, rooms[room])
        for sibling, groups in zip(siblings, name_groups(siblings, reads), strict=True):
            for prefix in groups:
                step = ("\0".join(room), prefix)
                length = prefix_length(sibling.name, prefix)
                labels.setdefault(step, Part(start=0, stop=0, label=sibling.name[:length], cut=length))
                for key in sibling.keys:
                    ways[key].append(step)
        for node in rooms[room]:
            if node.within[len(room) :]:
                ways[node.key].append((node.within[len(room)], ()))
    return {key: tuple(way) for key, way in ways.items()}, labels


def _siblings(flow: Flow, room: tuple[str, ...], nodes: list[Node]) -> list[Sibling]:
    held: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        deeper = node.within[len(room) : len(room) + 1]
        held[deeper[0] if deeper else f"\0{node.key}"].append(node)
    siblings = []
    for inner, group in held.items():
        layer = flow.containers[inner][1] if inner in flow.containers else group[0].layer
        siblings.append(
            Sibling(
                name=layer.name if layer else "",
                class_name=layer.class_name if layer else "",
                keys=tuple(node.key for node in group),
            )
        )
    return siblings


def _ordered(nodes: tuple[Node, ...], ways: dict[int, Way]) -> list[Node]:
    # Kahn's algorithm; among what is ready the node in the same group as the last one, else the earliest.
    waiting = {node.key: len(set(node.inputs)) for node in nodes}
    readers: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        for key in set(node.inputs):
            readers[key].append(node)
    ready = {node.key: node for node in nodes if not waiting[node.key]}
    order: list[Node] = []
    way: Way = ()
    while ready:
        chosen = min(ready, key=lambda key: (-_common(way, ways[key]), key))
        node = ready.pop(chosen)
        order.append(node)
        way = ways[chosen]
        for reader in readers[chosen]:
            waiting[reader.key] -= 1
            if not waiting[reader.key]:
                ready[reader.key] = reader
    placed = {node.key for node in order}  # a circle cannot be, but must not lose nodes
    return order + [replace(node, inputs=()) for node in nodes if node.key not in placed]


def _common(one: Way, other: Way) -> int:
    length = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        length += 1
    return length


def _parts(labels: dict[Step, Part], ways: list[Way], start: int, stop: int, depth: int) -> Iterator[Part]:
    while start < stop:
        step = ways[start][depth : depth + 1]
        end = start + 1
        while step and end < stop and ways[end][depth : depth + 1] == step:
            end += 1
        if not step:
            yield Part(start=start, stop=end)
        else:
            children = tuple(_parts(labels, ways, start, end, depth + 1))
            alone = len(children) == 1
            yield children[0] if alone else replace(labels[step[0]], start=start, stop=end, children=children)
        start = end
