"""The calls of a functional model from Keras's own graph, for where nothing can be traced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from kreport.document.blocks import LayerId
from kreport.probes import _keras
from kreport.probes.graph import Call, CallId, Edge, Shape
from kreport.probes.tree import LayerTree


def functional_calls(tree: LayerTree, functional: Any) -> tuple[tuple[Call, ...], tuple[CallId, ...]]:
    """Return calls with shapes and edges, without FLOPs, and the calls that make the outputs."""
    walker = _Walker(tree)
    # A Sequential hides its input layer: what it makes comes from the input's name.
    walker.walk(functional, "", {id(tensor): (_keras.name_of(tensor),) for tensor in functional.inputs})
    outputs = tuple(dict.fromkeys(s for tensor in functional.outputs for s in walker.made.get(id(tensor), ())))
    return tuple(walker.calls), outputs


class _Walker:
    def __init__(self, tree: LayerTree) -> None:
        self.tree = tree
        self.calls: list[Call] = []
        self.made: dict[int, tuple[CallId, ...]] = {}
        self.seen: Counter[LayerId] = Counter()

    def walk(self, functional: Any, parent: CallId, given: dict[int, tuple[CallId, ...]]) -> None:
        made = dict(given)
        for node in _keras.nodes_in_order(functional):
            target = node.operation
            if id(target) not in self.tree.id_of or (_keras.is_input(node) and parent):
                continue
            layer = self.tree.id_of[id(target)]
            self.seen[layer] += 1
            call = layer if self.seen[layer] == 1 else f"{layer}@{self.seen[layer]}"
            sources = [made.get(id(tensor), ()) for tensor in node.input_tensors]
            self.calls.append(_call(call, layer, parent, node, sources))
            inner = _keras.functional_of(target)
            made |= (
                self._inside(inner, call, node, sources)
                if inner is not None
                else dict.fromkeys((id(tensor) for tensor in node.outputs), (call,))
            )
        self.made = made

    def _inside(
        self, inner: Any, call: CallId, node: Any, sources: Sequence[tuple[CallId, ...]]
    ) -> dict[int, tuple[CallId, ...]]:
        given = {id(tensor): source for tensor, source in zip(inner.inputs, sources, strict=False)}
        self.walk(inner, call, given)
        return {
            id(outer): self.made.get(id(tensor), (call,))
            for outer, tensor in zip(node.outputs, inner.outputs, strict=False)
        }


def _call(call: CallId, layer: LayerId, parent: CallId, node: Any, sources: Iterable[tuple[CallId, ...]]) -> Call:
    return Call(
        id=call,
        layer=layer,
        parent=parent,
        inputs=tuple(Edge(source=source) for found in sources for source in found),
        input_shapes=tuple(_shape(tensor) for tensor in node.input_tensors),
        output_shapes=tuple(_shape(tensor) for tensor in node.outputs),
        flops=None,
        activation_bytes=None,
    )


def _shape(tensor: Any) -> Shape:
    return tuple(None if size is None else int(size) for size in tensor.shape)


def tensors_named(tensors: Any, names: Sequence[str] = ()) -> tuple[tuple[str, Shape], ...]:
    """Return (name, shape) of a functional model's inputs or outputs."""
    return tuple(
        (names[i] if i < len(names) else _keras.name_of(tensor), _shape(tensor)) for i, tensor in enumerate(tensors)
    )
