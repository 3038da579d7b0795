"""What the layer explorer says of each layer's configuration, inputs and cost: one compact block."""

from __future__ import annotations

from kreport.analyzers._architecture.facts import Architecture, LayerFacts
from kreport.analyzers._architecture.tables import named, trainable
from kreport.document.blocks import Block, Definitions, LayerId
from kreport.document.numbers import quantity, shape
from kreport.document.text import CodeSpan, Text
from kreport.probes.graph import Shape

SHOWN = 8
"""Neighbours and shapes named in one line."""
LONGEST = 200
"""Characters of one setting's value; what is cut is said."""

TOLD = 0.001
"""Share of the model's parameters from which it is told."""


def layer_blocks(facts: Architecture) -> dict[LayerId, tuple[Block, ...]]:
    """Return for each layer what differs from its class's defaults, its neighbours and its cost."""
    names = {layer.id: layer.name for layer in facts.layers}
    return {layer.id: (Definitions(items=tuple(_items(layer, facts, names))),) for layer in facts.layers}


def _items(layer: LayerFacts, facts: Architecture, names: dict[str, str]) -> list[tuple[Text, Text]]:
    items: list[tuple[Text, Text]] = []
    if layer.settings:
        items.append(("Configuration", _settings(layer)))
    if layer.inputs:
        items.append(("Inputs", _neighbours(layer.inputs, names, layer.input_shapes)))
    if layer.output_shapes:
        items.append(("Output", _neighbours(layer.readers, names, layer.output_shapes)))
    elif layer.calls == 0:
        items.append(("Output", "not called in a prediction"))
    if layer.parameters:
        items.append(("Parameters", _parameters(layer, facts)))
    if layer.flops:
        items.append(("Compute", quantity(layer.flops, "flops")))
    if layer.calls and layer.calls > 1:
        items.append(("Calls", f"{layer.calls} in one forward pass"))
    if layer.policy and layer.policy != facts.policy:
        items.append(("dtype policy", layer.policy))
    return items


def _settings(layer: LayerFacts) -> Text:
    told = []
    for name, value in layer.settings:
        kept = value if len(value) <= LONGEST else f"{value[:LONGEST]}… ({len(value):,} characters)"
        told.append(f"{name}={kept}")
    return (CodeSpan(", ".join(told)),)


def _neighbours(ids: tuple[LayerId, ...], names: dict[str, str], shapes: tuple[Shape, ...]) -> Text:
    listed = ", ".join(shape(each) for each in shapes[:SHOWN])
    more = f" and {len(shapes) - SHOWN} more" if len(shapes) > SHOWN else ""
    told = named(ids, names, SHOWN)
    parts = told if isinstance(told, tuple) else (told,)
    return (f"{listed}{more} · ", *parts) if parts else f"{listed}{more}"


def _parameters(layer: LayerFacts, facts: Architecture) -> str:
    part = layer.parameters / facts.parameters if facts.parameters else 0.0
    share = f", {quantity(part, 'share')} of the model" if part >= TOLD else ""
    trained = f", {layer.trainable_parameters:,} of them trained"
    state = {"no": ", not trained", "part": trained}.get(trainable(layer), "")
    stored = f", stored as {layer.dtype}" if layer.dtype and layer.dtype != "float32" else ""
    return f"{layer.parameters:,}{share}{state}{stored}"
