"""How many samples go through the model at once, so that what its layers put out stays within a budget."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.probes.graph import Call, LayerGraph
from kreport.probes.tree import LayerTree

BYTES = 512 << 20
"""Of what a pass over a few samples holds at once beside the model; one sample goes through whatever it takes."""

UNKNOWN = 4
"""Samples at once where the size of what layers put out is not known."""

TAPE = 1.5
"""A tape holds what operations within layers put out as well, and gradients: ResNet50 takes 1.3 times its outputs."""

GATES = 8
"""Tensors of the size of its state that a recurrent layer holds for each step: gates, their inputs, the state."""

SCORES = 3
"""Tensors of the size of its weights that an attention layer holds: scores, shares, and shares after dropout."""

FLOAT = 4
"""Bytes of a value within a layer."""


def at_once(tree: LayerTree, graph: LayerGraph | None, *, most: int, tape: bool = False) -> int:
    """Return how many samples stay within :data:`BYTES`; at least one, at most ``most``.

    Args:
        tree: of the model.
        graph: its calls, or None.
        most: what else limits the number.
        tape: whether the pass keeps everything for gradients.
    """
    size = held(tree, graph)
    if size is None:
        return max(1, min(most, UNKNOWN))
    return max(1, min(most, int(BYTES / max(size * (TAPE if tape else 1.0), 1.0))))


def held(tree: LayerTree, graph: LayerGraph | None) -> int | None:
    """Return the bytes that all calls put out for one sample, with what recurrent and attention layers hold inside.

    None where the sizes are not known.
    """
    if graph is None or not graph.calls:
        return None
    live, kinds = dict(tree.entries), {layer.id: layer.kind for layer in graph.layers}
    holders = {call.parent for call in graph.calls}
    sizes = [_size(call, kinds.get(call.layer, ""), live.get(call.layer)) for call in graph.calls
             if call.id not in holders]  # fmt: skip
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _size(call: Call, kind: str, layer: Any) -> int | None:
    size = call.activation_bytes
    if size is None or kind not in ("rnn", "attn") or not call.input_shapes:
        return size
    first, last = (shapes[0] if shapes else () for shapes in (call.input_shapes, call.output_shapes))
    if len(first) < 3 or None in (first[1], last[-1]):
        return size
    if kind == "rnn":
        return size + FLOAT * GATES * int(first[1] or 0) * math.prod(int(n or 1) for n in last[-(len(first) - 2) :])
    keys = max((int(shape[1] or 0) for shape in call.input_shapes if len(shape) > 2), default=0)
    heads = int(getattr(layer, "num_heads", 0) or getattr(layer, "num_query_heads", 0) or 1)
    return size + FLOAT * SCORES * heads * int(first[1] or 0) * keys


def in_parts(size: int, most: int) -> Iterator[NDArray[np.intp]]:
    """Yield the places 0 to ``size`` in parts of at most ``most``."""
    for start in range(0, size, most):
        yield np.arange(start, min(start + most, size))
