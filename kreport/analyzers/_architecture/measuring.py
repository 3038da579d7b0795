"""From the layer graph to the facts of the section."""

from __future__ import annotations

from collections import Counter, defaultdict

from kreport.analyzers._architecture.facts import Architecture, LayerFacts
from kreport.analyzers._architecture.optimizer import optimizer_state
from kreport.analyzers._architecture.paths import longest_path, receptive_field
from kreport.analyzers._architecture.stages import name_groups, stages
from kreport.diagram import Drawings, Folded, drawings, fold_model
from kreport.diagram.flow import OPEN_KINDS
from kreport.probes.graph import Call, Layer, LayerGraph, Variable
from kreport.probes.tree import LayerTree


def architecture(graph: LayerGraph, tree: LayerTree) -> Architecture:
    """Return everything the section shows; ``tree`` holds the live layers and optimizer."""
    layers = tuple(_layers(graph))
    variables = [v for layer in (*graph.layers, graph.root) for v in layer.own if v.counts]
    gradient_bytes = sum(v.bytes for v in variables if v.trainable)
    folded = fold_model(graph)
    drawn, undrawn = _drawn(folded)
    field, last = receptive_field(graph, dict(tree.entries))
    return Architecture(
        layers=layers,
        groups=name_groups(folded, graph.layers),
        stages=stages(folded, {layer.id: layer for layer in layers}),
        name=graph.root.name,
        class_name=graph.root.class_name,
        policy=graph.root.policy,
        parameters=graph.root.parameters,
        trainable_parameters=graph.root.trainable_parameters,
        weight_bytes=_bytes_by_dtype(variables),
        gradient_bytes=gradient_bytes,
        adapters=sum(any(v.name.startswith("lora_") for v in layer.own) for layer in graph.layers),
        optimizer=optimizer_state(tree.model, gradient_bytes),
        flops=graph.flops,
        activation_bytes=_activation_bytes(graph, layers),
        longest_path=longest_path(graph),
        receptive_field=field,
        last_convolution=last,
        input_shapes=graph.input_shapes,
        output_shapes=graph.output_shapes,
        traced_shapes=graph.traced_shapes,
        uncounted=graph.uncounted,
        loops=graph.loops,
        untracked=graph.untracked,
        raw_variables=graph.raw_variables,
        missing=graph.missing,
        drawings=drawn,
        undrawn=undrawn,
    )


def _drawn(folded: Folded) -> tuple[Drawings | None, str]:
    try:
        return drawings(folded), ""
    except (ImportError, OSError, ValueError) as error:  # the layout engine is a C library
        return None, f"{type(error).__name__} from Graphviz"


def _layers(graph: LayerGraph) -> list[LayerFacts]:
    calls: dict[str, list[Call]] = defaultdict(list)
    for call in graph.calls:
        calls[call.layer].append(call)
    home = {call.id: call.layer for call in graph.calls}
    holders = {layer.parent for layer in graph.layers}
    inner = _inner(graph.layers, holders)
    inputs = {
        layer.id: tuple(
            dict.fromkeys(home.get(edge.source, edge.source) for call in calls[layer.id] for edge in call.inputs)
        )
        for layer in graph.layers
    }
    readers: dict[str, dict[str, None]] = defaultdict(dict)
    for layer in graph.layers:
        if layer.id not in holders or layer.kind not in OPEN_KINDS:
            for source in inputs[layer.id]:
                readers[source][layer.id] = None
    return [
        _facts(
            *(layer, calls[layer.id], inputs[layer.id], tuple(readers[layer.id])),
            holds=layer.id in holders,
            inner=layer.id in inner,
        )
        for layer in graph.layers
    ]


def _facts(
    layer: Layer, calls: list[Call], inputs: tuple[str, ...], readers: tuple[str, ...], *, holds: bool, inner: bool
) -> LayerFacts:
    counted = [variable for variable in layer.own if variable.counts]
    first = calls[0] if calls else None
    return LayerFacts(
        id=layer.id,
        index=layer.index,
        parent=layer.parent,
        depth=layer.depth,
        name=layer.name,
        class_name=layer.class_name,
        kind=layer.kind,
        operation=layer.operation,
        detail=layer.detail,
        activation=layer.activation,
        settings=layer.settings,
        policy=layer.policy,
        dtype=", ".join(dict.fromkeys(variable.dtype for variable in counted)),
        trainable=layer.trainable,
        parameters=layer.parameters,
        trainable_parameters=layer.trainable_parameters,
        stored=sum(_size(variable) for variable in counted),
        holds=holds,
        inner=inner,
        input_shapes=first.input_shapes if first else (),
        output_shapes=first.output_shapes if first else (),
        flops=_total([call.flops for call in calls]),
        activation_bytes=_total([call.activation_bytes for call in calls]),
        inputs=inputs,
        readers=readers,
        calls=layer.calls,
    )


def _inner(layers: tuple[Layer, ...], holders: set[str]) -> set[str]:
    # Tree order: parents come first.
    kinds = {layer.id: layer.kind for layer in layers}
    inner: set[str] = set()
    for layer in layers:
        if layer.parent and (layer.parent in inner or kinds.get(layer.parent, "model") not in OPEN_KINDS):
            inner.add(layer.id)
    return inner if holders else set()


def _size(variable: Variable) -> int:
    size = 1
    for side in variable.shape:
        size *= side
    return size


def _total(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if values and len(known) == len(values) else None


def _bytes_by_dtype(variables: list[Variable]) -> tuple[tuple[str, int], ...]:
    sizes: Counter[str] = Counter()
    for variable in variables:
        sizes[variable.dtype] += variable.bytes
    return tuple(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))


def _activation_bytes(graph: LayerGraph, layers: tuple[LayerFacts, ...]) -> int | None:
    shown = [layer for layer in layers if not layer.inner and not (layer.holds and layer.kind in OPEN_KINDS)]
    sizes = [layer.activation_bytes for layer in shown if layer.output_shapes]
    return _total(sizes) if graph.calls else None
