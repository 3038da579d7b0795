"""Results that meet outside any layer (``x = x + self.dense(x)`` in a ``call``), as nodes of their own.

Keras sees no layer there: a layer that reads such a sum reads, as far as calls tell, from everything
that was ever added up. Each distinct meeting becomes one node that reads the largest earlier meeting
contained in it and what came on top, which gives a residual stream its shape back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kreport.diagram.flow import Node


def with_joins(nodes: Sequence[Node]) -> list[Node]:
    """Return ``nodes`` with a node before each first reader of results that met; keys are new."""
    known: dict[frozenset[int], int] = {}  # which sources met in which node, by old keys
    homes: dict[int, Node] = {}  # by new key
    place: dict[int, int] = {}
    made: list[Node] = []

    def add(node: Node) -> int:
        made.append(replace(node, key=len(made)))
        homes[made[-1].key] = made[-1]
        return made[-1].key

    for node in nodes:
        inputs = tuple(place[key] for key in node.inputs)
        if _meets(node):
            met = frozenset(node.inputs)
            if met not in known:
                parts = _parts(met, known, place)
                known[met] = add(_join(node, parts, homes))
            inputs = (known[met],)
        place[node.key] = add(replace(node, inputs=inputs))
    return made


def _meets(node: Node) -> bool:
    return node.tensors == 1 and node.kind != "merge" and len(set(node.inputs)) > 1


def _parts(met: frozenset[int], known: dict[frozenset[int], int], place: dict[int, int]) -> tuple[int, ...]:
    parts: list[int] = []
    rest = set(met)
    for earlier in sorted(known, key=lambda sources: (-len(sources), known[sources])):
        if earlier < rest:
            parts.append(known[earlier])
            rest -= earlier
    return (*sorted(parts), *(place[key] for key in sorted(rest)))


def _join(reader: Node, parts: tuple[int, ...], homes: dict[int, Node]) -> Node:
    *others, last = [homes[key].within for key in sorted(parts)]
    within = max((_common(last, other) for other in (*others, reader.within)), key=len)
    made = {homes[key].shapes[0] for key in parts if homes[key].shapes}
    shape = made.pop() if len(made) == 1 else reader.came  # a sum keeps the shape of what it adds
    shapes = () if shape is None else (shape,)
    return Node(id="", key=0, layer=None, joins=True, within=within, inputs=parts, shapes=shapes, came=shape)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]
