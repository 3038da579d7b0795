"""Ways through the graph: the longest, and how far a convolution sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kreport.probes.graph import Call, LayerGraph

SLIDING = ("Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D")
POOLING = tuple(f"{kind}Pooling{rank}D" for kind in ("Max", "Average") for rank in (1, 2, 3))
POINTWISE_KINDS = ("io", "norm", "act", "reg", "merge", "prep")
PADDING = ("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D")


def longest_path(graph: LayerGraph) -> int | None:
    """Return how many calls lie on the longest way through the model; None when calls are not known."""
    holders = {call.parent for call in graph.calls}
    length: dict[str, int] = {}
    for call in graph.calls:  # in execution order
        if call.id not in holders:
            length[call.id] = 1 + max((length.get(edge.source, 0) for edge in call.inputs), default=0)
    return max(length.values(), default=None)


@dataclass(frozen=True)
class _View:
    """Input pixels a side that one value sees, and input pixels from one value to the next."""

    size: tuple[int, ...]
    step: tuple[int, ...]


def receptive_field(graph: LayerGraph, live: Mapping[str, Any]) -> tuple[tuple[int, ...] | None, str]:
    """Return the receptive field of the last convolution and that layer's id; (None, "") if not plain.

    Size grows by ``(kernel − 1) · dilation · step`` a layer and step by the stride (Araujo, Norris and
    Sim, Distill 2019, https://distill.pub/2019/computing-receptive-fields); where ways join the larger counts.

    Args:
        graph: the calls in execution order.
        live: layer objects by id; kernel sizes, strides and dilations are read from them.
    """
    classes = {layer.id: layer for layer in graph.layers}
    holders = {call.parent for call in graph.calls}
    views: dict[str, _View | None] = {}
    found: tuple[tuple[int, ...] | None, str] = (None, "")
    for call in graph.calls:
        if call.id in holders:
            continue
        layer = classes[call.layer]
        views[call.id] = _view(call, layer.class_name, layer.kind, live.get(call.layer), views)
        if layer.class_name in SLIDING:
            seen = views[call.id]
            found = (seen.size, layer.id) if seen else (None, "")
    return found


def _view(call: Call, class_name: str, kind: str, layer: Any, views: Mapping[str, _View | None]) -> _View | None:
    rank = len(call.output_shapes[0]) - 2 if call.output_shapes else 0
    if rank < 1:
        return None
    if not call.inputs:
        return _View((1,) * rank, (1,) * rank)
    if any(edge.source not in views and edge.source for edge in call.inputs):
        before: list[_View | None] = [views.get(edge.source, _View((1,) * rank, (1,) * rank)) for edge in call.inputs]
    else:
        before = [views[edge.source] for edge in call.inputs]
    joined = _joined([view for view in before if view]) if all(before) else None
    if joined is None or len(joined.size) != rank:
        return None
    if class_name in PADDING or kind in POINTWISE_KINDS:
        return joined
    if class_name in SLIDING:
        return _slid(joined, layer, "kernel_size")
    return _slid(joined, layer, "pool_size") if class_name in POOLING else None


def _joined(views: list[_View]) -> _View | None:
    if not views or len({(len(view.size), view.step) for view in views}) > 1:
        return None
    return _View(tuple(max(sizes) for sizes in zip(*(view.size for view in views), strict=True)), views[0].step)


def _slid(view: _View, layer: Any, window: str) -> _View | None:
    rank = len(view.size)
    sizes, strides = _sides(layer, window, rank), _sides(layer, "strides", rank)
    dilations = _sides(layer, "dilation_rate", rank) or (1,) * rank
    if sizes is None or strides is None or min(view.size, default=0) < 1:
        return None
    grown = tuple(
        old + (size - 1) * dilation * step
        for old, size, dilation, step in zip(view.size, sizes, dilations, view.step, strict=True)
    )
    return _View(grown, tuple(step * stride for step, stride in zip(view.step, strides, strict=True)))


def _sides(layer: Any, name: str, rank: int) -> tuple[int, ...] | None:
    value = getattr(layer, name, None)
    if isinstance(value, int):
        return (value,) * rank
    if isinstance(value, tuple | list) and len(value) == rank:
        return tuple(int(side) for side in value)
    return None
