"""From a trace to calls: who feeds whom, shapes, FLOPs."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from kreport.document.blocks import LayerId
from kreport.document.numbers import plural, quantity
from kreport.probes import _keras, flops
from kreport.probes.graph import Call, CallId, Edge, Shape
from kreport.probes.trace import Record, Trace
from kreport.probes.tree import LayerTree

_SHAPE_ONLY = ("Shape", "ShapeN", "Size", "Rank")  # what flows through them is no data


@dataclass(frozen=True, kw_only=True, eq=False)
class Traced:
    """Calls and what goes with them; see :class:`kreport.probes.graph.LayerGraph`."""

    calls: tuple[Call, ...]
    outputs: tuple[CallId, ...]
    output_shapes: tuple[tuple[str, Shape], ...]
    flops: int | None
    uncounted: tuple[tuple[str, int], ...]
    loops: tuple[str, ...]
    untracked: tuple[str, ...]


def traced_calls(tree: LayerTree, trace: Trace, *, batch: int, open_sizes: bool) -> Traced:
    """Return the calls of a trace.

    Args:
        tree: gives the calls their layer ids; what it does not know is untracked.
        trace: at batch size ``batch``.
        batch: figures are divided by it.
        open_sizes: inputs had open sizes beside the batch, so nothing can be counted.
    """
    kept = kept_calls(tree, trace.records)
    ids = call_ids(tree, trace.records, kept)
    costs = _Costs(trace, ids)
    open_sizes = open_sizes or costs.open
    sources = _Sources(trace, tree, ids)
    calls = list(_input_calls(tree, trace, batch))
    for index in ids:
        record = trace.records[index]
        calls.append(
            Call(
                id=ids[index],
                layer=tree.id_of[id(record.target)],
                parent=_parent(record, trace.records, ids),
                inputs=tuple(sources.edges(record)),
                input_shapes=tuple(shape_of(tensor, batch) for tensor in record.inputs),
                output_shapes=tuple(shape_of(tensor, batch) for tensor in record.outputs),
                flops=None if open_sizes else costs.of(record) // batch,
                activation_bytes=_bytes(record.outputs, batch),
            )
        )
    return Traced(
        calls=tuple(calls),
        outputs=tuple(dict.fromkeys(s for _, tensor in trace.outputs for s in sources.of(tensor))),
        output_shapes=tuple((name, shape_of(tensor, batch)) for name, tensor in trace.outputs),
        flops=None if open_sizes else costs.total // batch,
        uncounted=tuple(sorted(costs.uncounted.items(), key=lambda item: (-item[1], item[0]))),
        loops=tuple(costs.loops),
        untracked=_untracked(tree, trace.records),
    )


def kept_calls(tree: LayerTree, records: list[Record]) -> list[bool]:
    """A call counts when the tree knows its layer and no built-in layer makes it on its own behalf."""
    kept: list[bool] = []
    for record in records:
        hidden = record.parent is not None and not _opens(records[record.parent].target, kept[record.parent])
        kept.append(id(record.target) in tree.id_of and not hidden)
    return kept


def _opens(parent: Any, kept: bool) -> bool:  # noqa: FBT001 - private, one caller
    """Models and layers of the user's own show what they call; Keras's own layers are one thing each."""
    return _keras.shows_inside(parent) and (kept or not _keras.is_builtin(parent))


def call_ids(tree: LayerTree, records: list[Record], kept: list[bool]) -> dict[int, CallId]:
    """Return the id of every call that counts, by the index of its record."""
    seen: Counter[LayerId] = Counter()
    ids = {}
    for index, record in enumerate(records):
        if kept[index]:
            layer = tree.id_of[id(record.target)]
            seen[layer] += 1
            ids[index] = layer if seen[layer] == 1 else f"{layer}@{seen[layer]}"
    return ids


def _parent(record: Record, records: list[Record], ids: dict[int, CallId]) -> CallId:
    index = record.parent
    while index is not None and index not in ids:
        index = records[index].parent
    return "" if index is None else ids[index]


def _input_calls(tree: LayerTree, trace: Trace, batch: int) -> Iterator[Call]:
    functional = _keras.functional_of(tree.model)
    if functional is None or _keras.is_sequential(tree.model):
        return
    by_name = {layer.name: tree.id_of[id(layer)] for layer in functional.operations if id(layer) in tree.id_of}
    for name, tensor in trace.inputs:
        if name in by_name:
            shape = (shape_of(tensor, batch),)
            yield Call(
                id=by_name[name], layer=by_name[name], parent="", inputs=(), input_shapes=shape, output_shapes=shape,
                flops=0, activation_bytes=_bytes([tensor], batch),
            )  # fmt: skip


class _Sources:
    """Who made a tensor: the nearest calls backwards through the graph's own operations."""

    def __init__(self, trace: Trace, tree: LayerTree, ids: dict[int, CallId]) -> None:
        self._made: dict[tuple[str, int], tuple[CallId, ...]] = {}
        parents = {trace.records[index].parent for index in ids}
        open_parents = self._ancestors(trace, parents)
        inputs = {call.id for call in _input_calls(tree, trace, 1)}
        for name, tensor in trace.inputs:
            layer = next((i for i in inputs if i == name or i.split("#")[0] == name), name)
            for part in _parts(tensor):
                self._made[_key(part)] = (layer,)
        for index, call in ids.items():
            if index not in open_parents:
                for tensor in trace.records[index].outputs:
                    self._made[_key(_values(tensor))] = (call,)

    @staticmethod
    def _ancestors(trace: Trace, parents: Iterable[int | None]) -> set[int]:
        found: set[int] = set()
        for parent in parents:
            index = parent
            while index is not None and index not in found:
                found.add(index)
                index = trace.records[index].parent
        return found

    def edges(self, record: Record) -> Iterator[Edge]:
        """Yield the edges into a call, in the order of its input tensors."""
        for tensor, role in zip(record.inputs, record.roles, strict=True):
            for source in self.of(tensor):
                yield Edge(source=source, role=role)

    def of(self, tensor: Any) -> tuple[CallId, ...]:
        """Return the calls that made a tensor (the values of a sparse or ragged one), each once."""
        waiting = [_values(tensor)]
        while waiting:  # not recursive: graphs are deeper than Python's stack
            current = waiting[-1]
            key = _key(current)
            if key in self._made:
                waiting.pop()
                continue
            operation = current.op
            before = [] if operation.type in _SHAPE_ONLY else list(operation.inputs)
            missing = [one for one in before if _key(one) not in self._made]
            if missing:
                waiting.extend(missing)
                continue
            self._made[key] = tuple(dict.fromkeys(s for one in before for s in self._made[_key(one)]))
            waiting.pop()
        return self._made[_key(_values(tensor))]


def _values(tensor: Any) -> Any:
    """Return what carries the data: indices and row splits are handed through layers as they are."""
    return getattr(tensor, "flat_values", getattr(tensor, "values", tensor))


def _key(tensor: Any) -> tuple[str, int]:
    return tensor.op.name, tensor.value_index


def _parts(tensor: Any) -> list[Any]:
    import tensorflow as tf

    return list(tf.nest.flatten(tensor, expand_composites=True))


class _Costs:
    """FLOPs by span of operations, loops multiplied by their rounds where those are known.

    ``open`` tells that a size is not known on which most of them depend.
    """

    def __init__(self, trace: Trace, ids: dict[int, CallId]) -> None:
        counts, self.uncounted = flops.flops_of(trace.graph)
        self.open = bool(flops.HEAVY & self.uncounted.keys())
        self.loops: list[str] = []
        spans = sorted((trace.records[i].start, -trace.records[i].end, i) for i in ids)
        for index, operation in enumerate(trace.graph.get_operations()):
            if operation.type in ("While", "StatelessWhile"):
                counts[index] = self._loop(operation, index, trace, spans, ids)
            elif operation.type in flops.CONTROL:
                self.uncounted[operation.type] += 1
        self._sums = [0, *accumulate(counts)]

    def _loop(
        self, operation: Any, index: int, trace: Trace, spans: list[tuple[int, int, int]], ids: dict[int, CallId]
    ) -> int:
        around = [i for start, end, i in spans[: bisect_right(spans, (index, 0, 0))] if start <= index < -end]
        owner = trace.records[around[-1]] if around else None
        rounds = _steps(owner) if owner is not None else None
        if owner is None or rounds is None:
            self.uncounted[operation.type] += 1
            self.open |= owner is not None and _keras.is_recurrent(owner.target)
            return 0
        one, uncounted = flops.loop_flops(operation)
        self.open |= bool(flops.HEAVY & uncounted.keys())
        name = ids[around[-1]]
        self.loops.append(f"{name}: {quantity(one, 'flops')} a step × {plural(rounds, 'step')}")
        return one * rounds

    def of(self, record: Record) -> int:
        """Return the FLOPs of one call, inner calls included."""
        return self._sums[record.end] - self._sums[record.start]

    @property
    def total(self) -> int:
        """FLOPs of the whole graph."""
        return self._sums[-1]


def _steps(record: Record) -> int | None:
    """A recurrent layer runs once for every step along its input's second axis."""
    if not _keras.is_recurrent(record.target) or not record.inputs:
        return None
    shape = record.inputs[0].shape
    return shape[1] if shape.rank is not None and shape.rank > 1 else None


def shape_of(tensor: Any, batch: int) -> Shape:
    """Return a tensor's shape, the batch axis open again."""
    if tensor.shape.rank is None:
        return ()
    sizes = tuple(None if size is None else int(size) for size in tensor.shape)
    return (None, *sizes[1:]) if sizes and sizes[0] == batch else sizes


def _bytes(tensors: Iterable[Any], batch: int) -> int | None:
    total = 0
    for tensor in tensors:
        if not hasattr(tensor, "shape") or tensor.shape.rank is None or any(size is None for size in tensor.shape):
            return None
        total += math.prod(int(size) for size in tensor.shape) * max(1, getattr(tensor.dtype, "size", 1) or 1)
    return total // batch


def _untracked(tree: LayerTree, records: list[Record]) -> tuple[str, ...]:
    import keras

    hidden = [r.target for r in records if isinstance(r.target, keras.Layer) and id(r.target) not in tree.id_of]
    return tuple(dict.fromkeys(f"{type(layer).__name__} {layer.name!r}" for layer in hidden))
