"""The layer table as a tree, and the table by kind, which is the legend of the diagram."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from kreport.analyzers._architecture.facts import Architecture, LayerFacts, NameGroup
from kreport.analyzers._architecture.sentences import KINDS
from kreport.diagram.flow import OPEN_KINDS
from kreport.document.blocks import Column, Swatch, Table, TableRow, Unit
from kreport.document.numbers import plural
from kreport.document.text import Name, Quiet, Span, Text

SHOWN_INPUTS = 3
"""Inputs named in a cell; the explorer has them all."""
LONG = 300
"""In a longer table an input that stands in the row above is not named again."""


def shown_layers(facts: Architecture) -> list[LayerFacts]:
    """Return the layers that are no holders of others, nor working parts of one: each value stands in one."""
    return [layer for layer in facts.layers if not layer.inner and not (layer.holds and layer.kind in OPEN_KINDS)]


def kind_table(facts: Architecture) -> Table:
    """Return one row a kind of layer, in the order in which they are met."""
    kinds: dict[str, list[LayerFacts]] = defaultdict(list)
    for layer in shown_layers(facts):
        kinds[layer.kind].append(layer)
    extra = [layer for layer in facts.layers if layer.holds and layer.kind in OPEN_KINDS and layer.stored]
    rows = [_kind_row(kind, layers, sum(layer.parameters for layer in layers)) for kind, layers in kinds.items()]
    if extra:
        own = sum(layer.stored for layer in extra)
        rows.append(TableRow(cells=(Swatch(layer_kind="other", text="containers' own"), len(extra), own, None, None)))
    columns = [
        Column(label="Kind"),
        Column(label="Layers", unit="exact"),
        Column(label="Parameters", unit="count"),
        Column(label="FLOPs", unit="si"),
        Column(label="Activations", unit="bytes"),
    ]
    return Table(title="By kind", columns=columns, rows=rows, sort=False)


def _kind_row(kind: str, layers: Sequence[LayerFacts], parameters: int) -> TableRow:
    noun = KINDS.get(kind, KINDS["other"])[len(layers) > 1]
    cells = (
        *(Swatch(layer_kind=kind, text=noun), len(layers), parameters),
        *(total(layer.flops for layer in layers), total(layer.activation_bytes for layer in layers)),
    )
    return TableRow(cells=cells)


def total(values: Iterable[int | None]) -> int | None:
    """Return the sum, None if one of them is not known."""
    added = 0
    for value in values:
        if value is None:
            return None
        added += value
    return added


def layer_table(facts: Architecture) -> Table:
    """Return one row a layer in tree order, those that hold others and groups of names above theirs."""
    frozen = any(not layer.trainable and layer.parameters for layer in facts.layers)
    mixed = len({layer.dtype for layer in facts.layers if layer.dtype}) > 1
    columns = [
        *(Column(label="Layer"), Column(label="Class"), Column(label="Output")),
        *(Column(label="Parameters", unit="count"), Column(label="Share", unit="bar")),
        *([Column(label="Trainable")] if frozen else []),
        *([Column(label="dtype")] if mixed else []),
        *(Column(label="FLOPs", unit=_FLOPS), Column(label="Activations", unit="bytes"), Column(label="Inputs")),
    ]
    return Table(
        title=plural(len(facts.layers), "layer"),
        subtitle="Output without batch axis; FLOPs and activation memory of one sample's forward pass"
        + ("; inputs where they are not the row above" if len(facts.layers) > LONG else ""),
        columns=columns,
        rows=tuple(_rows(facts, frozen=frozen, mixed=mixed)),
        search="name or class",
    )


_FLOPS: Unit = "si"


def _rows(facts: Architecture, *, frozen: bool, mixed: bool) -> Iterable[TableRow]:
    names = {layer.id: layer.name for layer in facts.layers}
    starting: dict[int, list[NameGroup]] = defaultdict(list)
    for group in facts.groups:
        starting[group.first].append(group)
    open_groups: list[NameGroup] = []
    above = ""
    for layer in facts.layers:
        open_groups = [group for group in open_groups if group.last >= layer.index]
        for group in starting[layer.index]:
            members = [inside for inside in facts.layers[group.first : group.last + 1] if inside.depth == layer.depth]
            yield _group_row(group, members, facts, layer.depth + len(open_groups), frozen=frozen, mixed=mixed)
            open_groups.append(group)
        implied = len(facts.layers) > LONG and layer.inputs == (above,)
        inputs = "" if implied else named(layer.inputs, names, SHOWN_INPUTS)
        cells = _cells(layer, facts, inputs, frozen=frozen, mixed=mixed)
        yield TableRow(cells=cells, depth=layer.depth + len(open_groups), parent=layer.holds)
        above = layer.id


def _group_row(
    group: NameGroup, members: Sequence[LayerFacts], facts: Architecture, depth: int, *, frozen: bool, mixed: bool
) -> TableRow:
    parameters = sum(layer.parameters for layer in members)
    cells = (
        *((Name(group.label),), plural(len(members), "layer"), members[-1].output_shape),
        *(parameters, _share(parameters, facts)),
        *([""] if frozen else []),
        *([""] if mixed else []),
        *(total(layer.flops for layer in members), total(layer.activation_bytes for layer in members), ""),
    )
    return TableRow(cells=cells, depth=depth, parent=True)


def _cells(layer: LayerFacts, facts: Architecture, inputs: Text, *, frozen: bool, mixed: bool) -> tuple[object, ...]:
    name: Text = (Name(layer.name, layer=layer.id),)
    about: Text = (layer.class_name, Quiet(f" {layer.activation}")) if layer.activation else layer.class_name
    return (
        *(Swatch(layer_kind=layer.kind, text=name), about, layer.output_shape),
        *(layer.parameters, _share(layer.parameters, facts)),
        *([trainable(layer)] if frozen else []),
        *([layer.dtype] if mixed else []),
        *(layer.flops, layer.activation_bytes, inputs),
    )


def _share(parameters: int, facts: Architecture) -> float | None:
    return parameters / facts.parameters if facts.parameters else None


def trainable(layer: LayerFacts) -> str:
    """Return whether the layer's weights are trained: yes, no, or part of them."""
    if not layer.parameters:
        return ""
    if not layer.trainable_parameters:
        return "no"
    return "yes" if layer.trainable else "part"


def named(ids: Sequence[str], names: dict[str, str], most: int) -> Text:
    """Return the layers by name, each a link; above ``most`` of them how many more there are."""
    spans: list[Span] = []
    for layer in ids[:most]:
        spans += [", ", Name(names[layer], layer=layer) if layer in names else Name(layer)]
    if len(ids) > most:
        spans.append(Quiet(f" and {len(ids) - most} more"))
    return tuple(spans[1:])
