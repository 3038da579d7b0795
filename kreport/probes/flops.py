"""Floating-point operations of a traced graph, operation by operation; one MAC is two FLOPs."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from kreport.probes import _keras

FREE = frozenset({
    "Placeholder", "PlaceholderWithDefault", "Const", "ReadVariableOp", "VarHandleOp", "Identity", "IdentityN", "NoOp",
    "Reshape", "Squeeze", "ExpandDims", "Pad", "PadV2", "MirrorPad", "Transpose", "Shape", "ShapeN", "Size", "Rank",
    "StridedSlice", "Slice", "Split", "SplitV", "Pack", "Unpack", "ConcatV2", "Tile", "BroadcastTo", "Fill", "Range",
    "GatherV2", "Gather", "GatherNd", "ResourceGather", "Cast", "StopGradient", "PreventGradient",
    "OnesLike", "ZerosLike",
    "SpaceToBatchND", "BatchToSpaceND", "SpaceToDepth", "DepthToSpace", "ReverseV2", "Roll", "BroadcastArgs", "Prod",
    "ResizeNearestNeighbor", "AssignVariableOp", "TensorListReserve", "TensorListFromTensor", "TensorListStack",
    "TensorListSetItem", "TensorListGetItem", "TensorListElementShape", "LoopCond", "LogicalAnd", "LogicalNot",
    "LogicalOr", "Select", "SelectV2", "ExtractImagePatches", "Where",
    "InvertPermutation", "AssignAddVariableOp", "Assert",
})  # fmt: skip
"""Operation types that move, shape or choose values: no arithmetic to count."""

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")

HEAVY = frozenset({
    "MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum", "Conv2D", "Conv3D",
    "DepthwiseConv2dNative", "Conv2DBackpropInput", "Conv3DBackpropInputV2",
})  # fmt: skip
"""Operation types that make up nearly all of a model: a count without one of them is none."""

CONTROL = frozenset({"While", "StatelessWhile", "If", "StatelessIf", "Case"})


def flops_of(graph: Any) -> tuple[list[int], Counter[str]]:
    """Return FLOPs by operation of the graph, in its order, and the types that are not counted.

    The counts are TensorFlow's own registered statistics (``tf.profiler``: 2·k·k·in per output value of a
    convolution, 2·m·n·k of a product, one per value of an elementwise operation); an Einsum is
    two FLOPs for each point of its index space. Bodies of loops are left to the caller.
    """
    counts, uncounted = [], Counter[str]()
    registered = _keras.counted_types()
    for operation in graph.get_operations():
        kind, value = operation.type, None
        if kind in _CALLS:
            inner, left_out = flops_of(_keras.body_of_call(operation))
            value = sum(inner)
            uncounted += left_out
        elif kind in FREE or kind in CONTROL:
            value = 0
        elif kind == "Einsum":
            value = _einsum(operation)
        elif kind in registered:
            value = _keras.counted_flops(operation)
        if value is None:
            uncounted[kind] += 1
        counts.append(int(value or 0))
    return counts, uncounted


def loop_flops(operation: Any) -> tuple[int, Counter[str]]:
    """Return the FLOPs of one round of a While operation, loops within it once, and the types not counted."""
    counts, uncounted = flops_of(_keras.body_of_loop(operation))
    return sum(counts), uncounted


def _einsum(operation: Any) -> int | None:
    equation = operation.get_attr("equation")
    equation = equation.decode() if isinstance(equation, bytes) else equation
    sizes: dict[str, int] = {}
    for term, tensor in zip(equation.split("->")[0].split(","), operation.inputs, strict=True):
        if "..." in term or tensor.shape.rank is None:
            return None
        for letter, size in zip(term, tensor.shape, strict=True):
            if size is None:
                return None
            sizes[letter] = max(size, sizes.get(letter, 1))
    return 2 * math.prod(sizes.values())
