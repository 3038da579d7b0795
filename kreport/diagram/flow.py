"""The calls of a model as nodes to draw: inner workings of one layer hidden, followers merged into pills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kreport.probes.graph import Call, CallId, Layer, LayerGraph, Shape

OPEN_KINDS = ("model", "other")
"""Containers whose calls are drawn; any other layer with calls inside (attention, RNN) is one node."""
FOLLOWERS = ("norm", "act")
HEADLESS = ("io", "prep")  # nothing is merged into these
NORMALISED = ("conv", "dense", "rnn", "attn", "embed")
"""What a normalisation is merged into; after an addition it often belongs to what comes next."""
MANY = 40
"""In a flow of more nodes than this, dropout becomes a pill as well."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """One call to draw, or a model input.

    Attributes:
        id: its first call. key: position in execution order.
        layer: None for an input that is no layer.
        pills: the layers that follow and are drawn inside it.
        within: calls of the containers around it, outermost first.
        inputs: keys of the nodes that make its inputs, in order, doubles kept.
        shapes: of its outputs; came: of its first input, None if it has none.
        tensors: how many tensors it takes; joins: it stands for sums outside any layer.
        parameters: own and followers'; 0 for a call whose layer was called before.
        shared: its layer was called before.
        ends: its result is an output of the model.
    """

    id: CallId
    key: int
    layer: Layer | None
    pills: tuple[Layer, ...] = ()
    within: tuple[CallId, ...] = ()
    inputs: tuple[int, ...] = ()
    shapes: tuple[Shape, ...] = ()
    came: Shape | None = None
    tensors: int = 0
    joins: bool = False
    parameters: int = 0
    shared: bool = False
    ends: bool = False

    @property
    def kind(self) -> str:
        """Kind of its layer."""
        return self.layer.kind if self.layer else "merge" if self.joins else "io"

    @property
    def name(self) -> str:
        """Name of its layer, or of the input."""
        return self.layer.name if self.layer else self.id

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers it stands for."""
        return (self.layer, *self.pills) if self.layer else self.pills


@dataclass(frozen=True, kw_only=True, eq=False)
class Flow:
    """Nodes in execution order, and the containers' calls by id."""

    nodes: tuple[Node, ...]
    containers: dict[CallId, tuple[Call, Layer]]


def flow(graph: LayerGraph) -> Flow:
    """Return what there is to draw of ``graph``; no nodes when its calls are not known."""
    layers = {layer.id: layer for layer in graph.layers}
    holders = {call.parent for call in graph.calls}
    owner, containers = _owners(graph, layers, holders)
    drawn = [call for call in graph.calls if owner[call.id] == call.id and call.id not in containers]
    nodes = _nodes(graph, drawn, owner, layers)
    merged = _merged(nodes, FOLLOWERS)
    if len(merged) > MANY:
        merged = _merged(merged, (*FOLLOWERS, "reg"))
    return Flow(nodes=tuple(merged), containers=containers)


def _owners(
    graph: LayerGraph, layers: dict[str, Layer], holders: set[CallId]
) -> tuple[dict[CallId, CallId], dict[CallId, tuple[Call, Layer]]]:
    # Which drawn call each call belongs to: itself, or the closed layer around it.
    calls = {call.id: call for call in graph.calls}
    containers = {
        call.id: (call, layers[call.layer])
        for call in graph.calls
        if call.id in holders and layers[call.layer].kind in OPEN_KINDS
    }
    owner = {}
    for call in graph.calls:
        owner[call.id] = call.id
        for outer in _around(call, calls):
            if outer.id not in containers:
                owner[call.id] = outer.id
    return owner, containers


def _around(call: Call, calls: dict[CallId, Call]) -> Iterator[Call]:
    while call.parent and call.parent in calls:
        call = calls[call.parent]
        yield call


def _nodes(graph: LayerGraph, drawn: list[Call], owner: dict[CallId, CallId], layers: dict[str, Layer]) -> list[Node]:
    calls = {call.id: call for call in graph.calls}
    named = dict(graph.input_shapes)
    known = {call.id for call in drawn}
    wanted = [owner.get(edge.source, edge.source) for call in drawn for edge in call.inputs]
    outside = list(dict.fromkeys(source for source in wanted if source not in known))
    keys = {source: key for key, source in enumerate([*outside, *(call.id for call in drawn)])}
    ends = {owner.get(output, output) for output in graph.outputs}
    nodes = [
        Node(id=source, key=keys[source], layer=layers.get(source), shapes=(named[source],) if source in named else ())
        for source in outside
    ]
    seen: set[str] = set()
    for call in drawn:
        first = call.layer not in seen
        seen.add(call.layer)
        layer = layers[call.layer]
        nodes.append(
            Node(
                id=call.id,
                key=keys[call.id],
                layer=layer,
                within=tuple(outer.id for outer in _around(call, calls))[::-1],
                inputs=tuple(
                    keys[owner.get(edge.source, edge.source)]
                    for edge in call.inputs
                    if owner.get(edge.source) != call.id
                ),
                shapes=call.output_shapes,
                came=call.input_shapes[0] if call.input_shapes else None,
                tensors=len(call.input_shapes),
                parameters=layer.parameters if first else 0,
                shared=not first and layer.parameters > 0,
                ends=call.id in ends,
            )
        )
    return nodes


def _merged(nodes: list[Node], followers: tuple[str, ...]) -> list[Node]:
    # A follower has one input, is its head's only reader, stands in the same container and keeps the shape.
    readers = Counter(key for node in nodes for key in node.inputs)
    home: dict[int, int] = {}
    kept: dict[int, Node] = {}
    for node in nodes:
        head = kept.get(home.get(node.inputs[0], -1)) if len(node.inputs) == 1 else None
        if (
            head is not None
            and node.layer is not None
            and node.kind in followers
            and head.kind not in HEADLESS
            and (node.kind != "norm" or head.kind in NORMALISED)
            and readers[node.inputs[0]] == 1
            and not head.ends
            and head.within == node.within
            and head.shapes == node.shapes
        ):
            home[node.key] = head.key
            kept[head.key] = replace(
                head,
                pills=(*head.pills, node.layer, *node.pills),
                parameters=head.parameters + node.parameters,
                ends=node.ends,
            )
        else:
            home[node.key] = node.key
            kept[node.key] = node
    return [replace(node, inputs=tuple(home[key] for key in node.inputs)) for node in kept.values()]
