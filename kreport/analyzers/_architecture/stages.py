"""The model in a dozen stretches, and the groups of the layer table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from kreport.analyzers._architecture.facts import LayerFacts, NameGroup, Stage
from kreport.diagram import Folded
from kreport.diagram.flow import Node
from kreport.diagram.text import shortened
from kreport.diagram.tree import Part
from kreport.probes.graph import Layer

MOST = 12
"""Rows of the chart."""
LONGEST = 48
"""Characters of a row's name; tables have names whole."""
SLIGHT = 0.02
"""Neighbouring single layers below this share of everything are one row."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stretch:
    label: str
    kind: str
    layers: tuple[LayerFacts, ...]
    repeats: int
    single: bool
    last: str


def stages(folded: Folded, layers: Mapping[str, LayerFacts]) -> tuple[Stage, ...]:
    """Return the folded model from input to output in at most :data:`MOST` rows; layers count once."""
    row = _opened(list(folded.parts))
    seen: set[str] = set()
    stretches = [_stretch(folded, part, layers, seen) for part in row]
    whole = _stage(_Stretch(
        label="", kind="", layers=tuple(f for s in stretches for f in s.layers), repeats=1, single=False, last=""
    ))  # fmt: skip
    stretches = _joined(stretches, whole)
    return tuple(_stage(stretch) for stretch in stretches)


def _opened(row: list[Part]) -> list[Part]:
    # A model that is little more than one nested model: show that one's stretches.
    while len(row) < MOST // 2:
        groups = [part for part in row if part.children and part.repeats == 1]
        largest = max(groups, key=lambda part: part.stop - part.start, default=None)
        if largest is None or len(row) + len(largest.children) > 4 * MOST:
            return row
        place = row.index(largest)
        row = [*row[:place], *largest.children, *row[place + 1 :]]
    return row


def _stretch(folded: Folded, part: Part, layers: Mapping[str, LayerFacts], seen: set[str]) -> _Stretch:
    nodes: Sequence[Node] = folded.line.nodes[part.start : part.stop]
    found = []
    for layer in (layer for node in nodes for layer in node.layers):
        if layer.id not in seen:
            seen.add(layer.id)
            found.append(layers[layer.id])
    weight: Counter[str] = Counter()
    for facts in found:
        weight[facts.kind] += 1 + facts.parameters
    kind = max(sorted(weight), key=lambda kind: weight[kind]) if weight else nodes[0].kind
    label = part.label or nodes[0].name
    return _Stretch(
        label=label, kind=kind, layers=tuple(found), repeats=part.repeats, single=not part.children, last=label
    )


def _stage(stretch: _Stretch) -> Stage:
    flops = [layer.flops for layer in stretch.layers if layer.calls != 0]
    sizes = [layer.activation_bytes for layer in stretch.layers if layer.calls != 0]
    return Stage(
        label=shortened(stretch.label, LONGEST),
        kind=stretch.kind,
        layers=len(stretch.layers),
        repeats=stretch.repeats,
        parameters=sum(layer.parameters for layer in stretch.layers),
        flops=None if None in flops else sum(value or 0 for value in flops),
        activation_bytes=None if None in sizes else sum(value or 0 for value in sizes),
    )


def _joined(stretches: list[_Stretch], whole: Stage) -> list[_Stretch]:
    joined: list[_Stretch] = []
    for stretch in stretches:
        slight = stretch.single and _share(stretch, whole) < SLIGHT
        if joined and slight and joined[-1].single and _share(joined[-1], whole) < SLIGHT:
            joined[-1] = _merged(joined[-1], stretch)
        else:
            joined.append(stretch)
    while len(joined) > MOST:
        pairs = [_share(a, whole) + _share(b, whole) for a, b in pairwise(joined)]
        place = pairs.index(min(pairs))
        joined[place : place + 2] = [_merged(joined[place], joined[place + 1])]
    return joined


def _share(stretch: _Stretch, whole: Stage) -> float:
    stage = _stage(stretch)
    parts = ((stage.parameters, whole.parameters), (stage.flops, whole.flops))
    return max((part / total for part, total in parts if part is not None and total), default=0.0)


def _merged(one: _Stretch, other: _Stretch) -> _Stretch:
    two = one.label == one.last and other.label == other.last and len(one.label) + len(other.label) < 22
    heavier = max((one, other), key=lambda stretch: sum(layer.parameters for layer in stretch.layers))
    return replace(
        one,
        label=f"{one.label}, {other.label}" if two else f"{one.label.split(', ')[0].split(' … ')[0]} … {other.last}",
        kind=heavier.kind,
        layers=(*one.layers, *other.layers),
        repeats=1,
        single=one.single and other.single,
        last=other.last,
    )


def name_groups(folded: Folded, layers: Sequence[Layer]) -> tuple[NameGroup, ...]:
    """Return the groups told by names as stretches of the layer tree, outer ones first."""
    ways = {layer.id: folded.ways.get(layer.id, ()) for layer in layers}
    found: list[NameGroup] = []
    siblings: dict[str, list[Layer]] = {}
    for layer in layers:
        siblings.setdefault(layer.parent, []).append(layer)
    ends = _ends(layers)
    for row in siblings.values():
        found += _runs(row, ways, ends, 0, row[0].depth)
    return tuple(sorted(found, key=lambda group: (group.first, -group.last)))


def _ends(layers: Sequence[Layer]) -> dict[str, int]:
    # The index of the last layer inside each layer, itself if there is none.
    ends = {layer.id: layer.index for layer in layers}
    for layer in reversed(layers):
        if layer.parent in ends:
            ends[layer.parent] = max(ends[layer.parent], ends[layer.id])
    return ends


def _runs(
    row: list[Layer], ways: Mapping[str, tuple[str, ...]], ends: Mapping[str, int], level: int, depth: int
) -> list[NameGroup]:
    found: list[NameGroup] = []
    start = 0
    while start < len(row):
        label = ways[row[start].id][level : level + 1]
        stop = start + 1
        while label and stop < len(row) and ways[row[stop].id][level : level + 1] == label:
            stop += 1
        if label and stop - start > 1:
            found.append(NameGroup(label=label[0], depth=depth, first=row[start].index, last=ends[row[stop - 1].id]))
            found += _runs(row[start:stop], ways, ends, level + 1, depth + 1)
        start = stop
    return found
